package capture

import (
	"math"
	"slices"
)

// seen is one occurrence of a sign in a lesson.
type seen struct {
	plank *plank
	part
	from, to int // columns
	top      int // first and one past the last row with ink
	bottom   int
	look     look
	at       float64 // of the sign's origin, in columns of the lesson
}

// learnPad is the blank border of a lesson's canvas, so that a sign's box may reach over the picture's edge.
const learnPad = 8

// learn makes signs of the lessons for one way of cutting them.
func (g *Glyphs) learn(planks []*plank, cut []cuts) error {
	var all []*seen
	lines := make([][]*seen, len(planks))
	pieces := wordPieces(planks, cut)
	for i, p := range planks {
		for j, part := range p.parts {
			for _, c := range p.cells(part, cut[i][j], cut[i][j+1], pieces) {
				s := p.occurrence(c.part, c.from, c.to)
				if s == nil {
					return &TeachError{Code: LessonUncut, Lesson: p.number, Text: part.text}
				}
				lines[i] = append(lines[i], s)
			}
		}
		all = append(all, lines[i]...)
	}
	starts := g.alignRows(planks, lines)
	hard := isHard(planks)
	for i, line := range lines {
		for _, s := range line {
			s.cutLook(starts[i], g.height, hard)
		}
		for j := 1; j < len(line); j++ {
			touch := line[j-1].to == line[j].from
			line[j-1].look.openRight, line[j].look.openLeft = touch, touch
		}
	}
	g.rows = nil
	for i, p := range planks {
		_ = p
		g.rows = append(g.rows, starts[i])
	}
	slices.Sort(g.rows)
	g.rows = slices.Compact(g.rows)
	if err := g.gather(all, hard); err != nil {
		return err
	}
	if err := g.apart(); err != nil {
		return err
	}
	g.space(lines)
	g.edges(lines)
	return nil
}

// cell is a part and the columns that it may fill.
type cell struct {
	part
	from, to int
}

// wordPieces says of every word into how many stretches of ink it falls, if it does so alike in all lessons.
func wordPieces(planks []*plank, cut []cuts) map[part]int {
	out := map[part]int{}
	for i, p := range planks {
		for j, part := range p.parts {
			if part.kind != before && part.kind != after {
				continue
			}
			n := len(p.stretches(cut[i][j], cut[i][j+1]))
			if had, ok := out[part]; ok && had != n {
				n = 1
			}
			out[part] = n
		}
	}
	return out
}

// cells splits a word's cell into its pieces.
func (p *plank) cells(s part, from, to int, pieces map[part]int) []cell {
	n := pieces[s]
	if n <= 1 {
		return []cell{{s, from, to}}
	}
	var out []cell
	for i, at := range p.stretches(from, to) {
		out = append(out, cell{part{s.text, s.kind, i, n}, at, to})
		if i > 0 {
			out[i-1].to = at
		}
	}
	out[0].from = from
	return out
}

// stretches are the columns at which ink begins after a blank.
func (p *plank) stretches(from, to int) []int {
	var out []int
	blank := true
	for x := from; x < to; x++ {
		inked := p.strongest(x) >= inkLevel
		if inked && blank {
			out = append(out, x)
		}
		blank = !inked
	}
	return out
}

// occurrence trims a cell to its ink and the faint fringe around it.
func (p *plank) occurrence(s part, a, b int) *seen {
	strong := func(x int) bool { return p.strongest(x) >= inkLevel }
	from, to := a, b
	for from < to && !strong(from) {
		from++
	}
	for to > from && !strong(to-1) {
		to--
	}
	if from >= to {
		return nil
	}
	o := &seen{plank: p, part: s, top: p.h, bottom: 0}
	for y := range p.h {
		for x := from; x < to; x++ {
			if p.canvas.strongest(x, y) >= inkLevel {
				o.top, o.bottom = min(o.top, y), max(o.bottom, y+1)
			}
		}
	}
	for n := 0; n < 3*p.px && from > a && p.strongest(from-1) >= 12; n++ {
		from--
	}
	for n := 0; n < 3*p.px && to < b && p.strongest(to) >= 12; n++ {
		to++
	}
	o.from, o.to = from, to
	return o
}

// strongest is the most ink of a column.
func (p *plank) strongest(x int) int {
	most := 0
	for y := range p.h {
		most = max(most, p.canvas.strongest(x, y))
	}
	return most
}

// alignRows finds the row on which the line begins in each lesson, so that equal signs stand equally high,
// and how many rows the line has.
func (g *Glyphs) alignRows(planks []*plank, lines [][]*seen) []int {
	offset := make([]int, len(planks))
	for i := 1; i < len(planks); i++ {
		var shared, digits []int
		for _, s := range lines[i] {
			for j := range i {
				for _, o := range lines[j] {
					d := s.top - o.top + offset[j]
					if o.part == s.part {
						shared = append(shared, d)
					}
					if o.kind == digit && s.kind == digit {
						digits = append(digits, d)
					}
				}
			}
		}
		if len(shared) == 0 {
			shared = digits
		}
		slices.Sort(shared)
		offset[i] = shared[len(shared)/2]
	}
	top, bottom := math.MaxInt32, 0
	for i, p := range planks {
		top, bottom = min(top, p.written.Min.Y-offset[i]), max(bottom, p.written.Max.Y-offset[i])
	}
	g.height = bottom - top + 2
	for i := range offset {
		offset[i] += top - 1
	}
	return offset
}

// isHard says that the writing has no smoothed edges: nearly every inked value is a whole one.
func isHard(planks []*plank) bool {
	whole, all := 0, 0
	for _, p := range planks {
		if p.planes != 1 {
			return false
		}
		for _, v := range p.pix {
			if v >= 26 || v <= -26 {
				all++
				if within(int(v)-full, 26) {
					whole++
				}
			}
		}
	}
	return 100*whole >= 97*all
}

// cutLook copies an occurrence out of its lesson.
func (s *seen) cutLook(start, height int, hard bool) {
	p := s.plank
	row := (s.to - s.from + 2) * p.planes
	s.look = look{w: s.to - s.from + 2, pix: make([]int16, row*height)}
	for y := range height {
		if at := start + y; at >= -p.pad && at < p.h+p.pad {
			copy(s.look.pix[y*row+p.planes:(y+1)*row-p.planes], p.pix[p.at(s.from, at):])
		}
	}
	for i, v := range s.look.pix {
		s.look.pix[i] = max(0, min(255, v)) // what a tile file can hold
	}
	s.look.finish(p.planes, height, hard)
	s.at = float64(s.from - 1)
}

// gather puts the occurrences of equal signs on one origin and keeps the looks that differ.
func (g *Glyphs) gather(all []*seen, hard bool) error {
	g.signs, g.spread = nil, tolerances{hard: hard, veil: g.spread.veil}
	for _, s := range all {
		i := slices.IndexFunc(g.signs, func(o sign) bool { return o.part == s.part })
		if i < 0 {
			g.signs = append(g.signs, sign{part: s.part, looks: []look{s.look}})
			continue
		}
		if err := g.signs[i].join(s, g); err != nil {
			return err
		}
	}
	slices.SortFunc(g.signs, func(a, b sign) int {
		if a.kind != b.kind {
			return int(a.kind) - int(b.kind)
		}
		if a.text != b.text {
			return compareText(a.text, b.text)
		}
		return a.piece - b.piece
	})
	return nil
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

const (
	mostTiles  = 6
	unlikeness = 0.30 // share of a sign's ink by which two occurrences may differ
	sameLook   = 0.004
)

// join adds an occurrence to its sign, or says that it looks different.
func (s *sign) join(o *seen, g *Glyphs) error {
	best := overlay{left: math.MaxInt64}
	for i := range s.looks {
		for d := -3 * o.plank.px; d <= 3*o.plank.px; d++ {
			if v := lay(&s.looks[i], &o.look, d+s.looks[i].dx, g.paint.depth(), g.height); v.left < best.left {
				best = v
			}
		}
	}
	share := float64(best.left) / float64(max(1, o.look.ink))
	if share > unlikeness && best.left > 2*full*full {
		return &TeachError{Code: LessonUnlike, Lesson: o.plank.number, Text: s.text}
	}
	o.look.dx = best.dx
	o.at = float64(o.from-1-best.dx) + best.shift
	g.spread.see(share, best.worst, best.left)
	if share > sameLook && len(s.looks) < mostTiles {
		s.looks = append(s.looks, o.look)
	}
	return nil
}

// overlay is how two looks differ when one is laid over the other.
type overlay struct {
	left  int64
	dx    int // of the second look's first column, from the sign's origin
	shift float64
	worst int // strongest single difference
}

// lay lays look b over look a, with b's first column dx from the origin, and moves a between columns for the
// best fit. What only one of them covers counts whole.
func lay(a, b *look, dx, planes, height int) overlay {
	from, to := min(a.dx, dx), max(a.dx+a.w, dx+b.w)
	var left, right, leftward int64
	for y := range height {
		for x := from; x < to; x++ {
			for c := range planes {
				va := a.pixel(x-a.dx, y, c, planes)
				d := b.pixel(x-dx, y, c, planes) - va
				left += int64(d * d)
				right += int64(d * (a.pixel(x-a.dx-1, y, c, planes) - va))
				leftward += int64(d * (a.pixel(x-a.dx+1, y, c, planes) - va))
			}
		}
	}
	f := a.moved(left, right, leftward)
	o := overlay{left: f.left, dx: dx, shift: f.shift}
	for y := range height {
		for x := from; x < to; x++ {
			for c := range planes {
				d := b.pixel(x-dx, y, c, planes) - a.movedPixel(x-a.dx, y, c, planes, fixed(f.shift))
				o.worst = max(o.worst, unsigned(d))
			}
		}
	}
	return o
}

func (l *look) pixel(x, y, c, planes int) int {
	if x < 0 || x >= l.w {
		return 0
	}
	return int(l.pix[(y*l.w+x)*planes+c])
}

func (l *look) movedPixel(x, y, c, planes, shift int) int {
	if x < 0 || x >= l.w {
		return 0
	}
	return l.value((y*l.w+x)*planes+c, shift, planes)
}

// leastApart is by how many wholly covered pixels two signs must differ to be told apart at all.
const leastApart = 0.8

// apart refuses signs that look the same although they are not.
func (g *Glyphs) apart() error {
	for i := range g.signs {
		for j := range i {
			a, b := &g.signs[i], &g.signs[j]
			if !a.rivals(b) {
				continue
			}
			if least := g.distance(a, b); float64(least) < leastApart*full*full*float64(g.paint.planes) {
				return &TeachError{Code: LessonAlike, Text: b.text + a.text}
			}
		}
	}
	return nil
}

// rivals says that one could be taken for the other: both belong to the amount, or both are words.
func (s *sign) rivals(o *sign) bool {
	word := s.kind == before || s.kind == after
	if word {
		return o.kind == s.kind && o.text != s.text && o.piece == 0 && s.piece == 0 && s.pieces == 1 && o.pieces == 1
	}
	if o.kind == before || o.kind == after {
		return false
	}
	// A point and a comma are told apart by where they stand: an amount with the one for the other is malformed.
	return o.kind == digit || s.kind == digit
}

// distance is the least difference of any looks of two signs, as a sum of squares.
func (g *Glyphs) distance(a, b *sign) int64 {
	least := int64(math.MaxInt64)
	for i := range a.looks {
		for j := range b.looks {
			middle := a.looks[i].dx + (a.looks[i].w-b.looks[j].w)/2
			for d := -2 * g.paint.columns(); d <= 2*g.paint.columns(); d++ {
				least = min(least, lay(&a.looks[i], &b.looks[j], middle+d, g.paint.depth(), g.height).left)
			}
		}
	}
	return least
}
