package capture

import (
	"image"
	"math"
	"slices"
	"sync"
)

// Bounds of the search. A line that needs more is not one that was taught.
const (
	mostSigns  = 40
	mostSteps  = 160
	mostJudged = 8
	readPad    = 24 // blank columns and rows around the picture
)

// reader is the working memory of one reading.
type reader struct {
	g       *Glyphs
	crop    image.Rectangle // inside of the picture's frame
	canvas                  // ink that is not explained yet
	cols    []int16         // strongest ink of each column, before anything was explained
	written image.Rectangle
	start   int // row on which the line begins
	placed  []placed
	tries   [mostSigns + 1][]placed
	steps   int
	best    Sight // of the refused explanations, the first complete one or the one that came furthest
	judged  int   // how many complete ones there were; best is the first of them
}

// placed is a sign laid on the picture.
type placed struct {
	sign  *sign
	look  *look
	x     int // first column of the look
	shift float64
	share float64 // unexplained share of its ink
}

func (p placed) origin() float64 { return float64(p.x-p.look.dx) + p.shift }

var readers = sync.Pool{New: func() any { return new(reader) }}

// Read explains every inked pixel of a picture with taught signs, or refuses. It changes nothing in Glyphs
// and may be called by any number of goroutines.
func (g *Glyphs) Read(crop *image.RGBA) Sight {
	r := readers.Get().(*reader)
	defer func() {
		r.g = nil
		readers.Put(r)
	}()
	r.g, r.steps, r.placed, r.best, r.judged = g, 0, r.placed[:0], Sight{}, 0
	if why := r.look(crop); why != "" {
		return Sight{Why: why}
	}
	for _, start := range r.starts() {
		r.start = start
		if saw, ok := r.next(); ok {
			return saw
		}
	}
	if r.best.Why == "" {
		return Sight{Why: Strange, Worst: r.onPicture(r.written)}
	}
	return r.best
}

// look turns the picture into ink and refuses what cannot be the taught line before anything is compared.
func (r *reader) look(crop *image.RGBA) Reason {
	g := r.g
	if crop == nil || !readable(crop.Bounds()) {
		return Unfit
	}
	back, why := g.backOf(crop)
	if why != "" {
		return why
	}
	if !findFrame(crop, back).holds(g.frame) {
		return EdgeInk
	}
	r.crop = g.frame.inside(crop.Bounds())
	if !readable(r.crop) {
		return Unfit
	}
	r.lay(view{crop, r.crop, back}, g.paint, readPad)
	if r.hasStrange {
		return Strange
	}
	if r.veiled() > g.spread.veil*2+r.w*r.h/veilShare {
		return Strange
	}
	r.written = r.inked(inkLevel)
	if !r.written.Empty() && r.wipeCaret(r.written, g.tallest()) {
		r.written = r.inked(inkLevel)
	}
	switch {
	case r.written.Empty():
		return Blank
	case r.written.Min.X == 0 || r.written.Min.Y == 0 || r.written.Max.X == r.w-r.spare || r.written.Max.Y == r.h:
		return EdgeInk
	case r.written.Dy() > g.height:
		return Strange
	}
	if g.paint.slant > 0 {
		r.upright(g.paint.slant, r.written.Min.Y)
		r.written = r.inked(inkLevel)
	}
	r.cols = r.columns(r.cols)
	return ""
}

// tallest is how many rows the highest digit has.
func (g *Glyphs) tallest() int {
	most := 0
	for _, s := range g.signs {
		if s.kind == digit {
			most = max(most, s.looks[0].bottom-s.looks[0].top)
		}
	}
	return most
}

// veilShare: one pixel in so many may lie in a faint area although no lesson had one.
const veilShare = 60

// backOf finds the background of a picture, which must be the taught one.
func (g *Glyphs) backOf(crop *image.RGBA) (ground, Reason) {
	if taught := g.paint.back; taught.rows != nil {
		if crop.Bounds().Dy() != len(taught.rows) {
			return taught, Unfit
		}
		return taught, ""
	}
	back := meanNear(crop, crop.Bounds(), g.paint.back.flat, sameColour/2)
	if back.share < 0.3 {
		if back = backTone(crop, crop.Bounds()); !near(back.colour, g.paint.back.flat, sameColour) {
			return ground{}, Recoloured
		}
	}
	return ground{flat: back.colour}, ""
}

func near(a, b [3]int, reach int) bool {
	return within(a[0]-b[0], reach) && within(a[1]-b[1], reach) && within(a[2]-b[2], reach)
}

// starts lists the rows on which the line may begin, most likely first: where it began in the lessons if the
// region is as high as theirs, else wherever one of the first signs fits below the topmost ink.
func (r *reader) starts() []int {
	var rows []int
	if r.h == r.g.size.Y-r.g.frame.top-r.g.frame.bottom {
		rows = append(rows, r.g.rows...)
	}
	for _, d := range []int{0, 1, -1} {
		rows = append(rows, r.written.Min.Y-1+d)
	}
	type try struct {
		row  int
		cost float64
	}
	var tries []try
	for i, row := range rows {
		if slices.Contains(rows[:i], row) || row < -readPad || row+r.g.height > r.h+readPad {
			continue
		}
		r.start = row
		if c := r.firstCost(); !math.IsInf(c, 1) {
			tries = append(tries, try{row, c})
		}
	}
	slices.SortStableFunc(tries, func(a, b try) int {
		switch {
		case a.cost < b.cost:
			return -1
		case a.cost > b.cost:
			return 1
		}
		return 0
	})
	var out []int
	for _, t := range tries {
		out = append(out, t.row)
	}
	return out[:min(2, len(out))]
}

func (r *reader) firstCost() float64 {
	if c := r.candidates(0); len(c) > 0 {
		return c[0].share
	}
	return math.Inf(1)
}

// next explains the next unexplained ink to the right of what is placed, trying the best fitting sign first,
// until no ink is left and the whole line holds.
func (r *reader) next() (Sight, bool) {
	depth := len(r.placed)
	if depth > 0 && r.nextInk() < 0 && r.mayEnd() {
		return r.judge()
	}
	if depth == mostSigns {
		return Sight{}, false
	}
	for _, p := range r.candidates(depth) {
		if r.steps++; r.steps > mostSteps || r.judged > mostJudged {
			return Sight{}, false
		}
		r.take(p, -1)
		r.placed = append(r.placed, p)
		saw, ok := r.next()
		if ok {
			return saw, true
		}
		r.placed = r.placed[:depth]
		r.take(p, 1)
	}
	if depth > 0 {
		r.stuck()
	}
	return Sight{}, false
}

// stuck remembers how far the explanation came, for people who want to see why.
func (r *reader) stuck() {
	if r.judged == 0 && len(r.placed) >= len(r.best.Signs) {
		r.best = Sight{Why: Strange, Signs: r.seen()}
		if c := r.nextInk(); c >= 0 {
			r.best.Worst = r.onPicture(image.Rect(c, r.written.Min.Y, min(r.w, c+r.g.height/2), r.written.Max.Y))
		}
	}
}

// nextInk is the first column with unexplained ink, or -1. Where the sign placed last still reaches, less than a
// shift may leave is not ink of another sign. Only the line's rows count: ink above or below is found when the
// whole explanation is judged.
func (r *reader) nextInk() int {
	from, soft := r.written.Min.X, -1
	if n := len(r.placed); n > 0 {
		last := r.placed[n-1]
		from, soft = last.x, last.x+last.look.w+r.px
	}
	top, bottom := max(0, r.start), min(r.h, r.start+r.g.height)
	for x := max(0, from); x < min(r.w, r.written.Max.X); x++ {
		if r.cols[x] < inkLevel {
			continue
		}
		level := inkLevel
		if x < soft {
			level = r.g.pixelLimit() + softInk
		}
		for y := top; y < bottom; y++ {
			if r.strongest(x, y) >= level {
				return x
			}
		}
	}
	return -1
}

// softInk is how much more than elsewhere a sign may leave unexplained before another sign is looked for there.
const softInk = 40

// mayEnd says that the line may end behind the sign placed last.
func (r *reader) mayEnd() bool {
	switch r.placed[len(r.placed)-1].sign.kind {
	case before, point:
		return false
	case after:
		return r.placed[len(r.placed)-1].sign.ends()
	}
	return true
}

// follows says which signs may stand next.
func (r *reader) follows(s *sign) bool {
	if len(r.placed) == 0 {
		return s.kind == before && s.piece == 0 || s.kind == digit && r.g.mayBeBare()
	}
	last := r.placed[len(r.placed)-1].sign
	inWord := last.kind == before || last.kind == after
	switch {
	case inWord && !last.ends():
		return s.kind == last.kind && s.text == last.text && s.piece == last.piece+1
	case last.kind == digit:
		return s.kind == digit || s.kind == point || s.kind == after && s.piece == 0
	case last.kind == after:
		return false
	}
	return s.kind == digit
}

// mayBeBare says that some lesson had no word before the amount.
func (g *Glyphs) mayBeBare() bool {
	return slices.ContainsFunc(g.shapes, func(s shape) bool { return s.before == "" })
}

const (
	mostCandidates = 6
	farBehind      = 0.3 // a sign that fits so much worse than the best one is not tried
	looseShare     = 0.5 // unexplained share up to which a sign is worth trying; the judging is strict
)

// candidates are the signs that may stand next and where, best fit first.
func (r *reader) candidates(depth int) []placed {
	out := r.tries[depth][:0]
	ink := r.nextInk()
	if ink < 0 {
		return nil
	}
	for i := range r.g.signs {
		s := &r.g.signs[i]
		if !r.follows(s) {
			continue
		}
		best := placed{share: looseShare}
		for j := range s.looks {
			r.bestPlace(s, &s.looks[j], ink, &best)
		}
		if best.look != nil {
			out = append(out, best)
		}
	}
	slices.SortStableFunc(out, func(a, b placed) int {
		switch {
		case a.share < b.share:
			return -1
		case a.share > b.share:
			return 1
		}
		return 0
	})
	out = out[:min(len(out), mostCandidates)]
	for len(out) > 1 && out[len(out)-1].share > out[0].share+farBehind {
		out = out[:len(out)-1]
	}
	r.tries[depth] = out
	return out
}

// bestPlace tries a look near the next ink and near where the sign before puts it.
func (r *reader) bestPlace(s *sign, l *look, ink int, best *placed) {
	from, to := ink-l.first-r.px, ink-l.first+r.px
	if n := len(r.placed); n > 0 {
		last := r.placed[n-1]
		expect := last.origin() + last.sign.reach + s.lead + float64(l.dx)
		reach := r.g.placeReach(last.sign, s)
		low, high := int(math.Ceil(expect-reach)), int(math.Floor(expect+reach))
		if s.parted(last.sign) {
			low, high = min(low, last.x+last.look.last), math.MaxInt32
		} else if ink <= last.x+last.look.last { // they touch: the ink's beginning says little
			wide := min(reach, float64(3*r.px))
			from, to = min(from, int(math.Round(expect-wide))), max(to, int(math.Round(expect+wide)))
		}
		from, to = max(from, low), min(to, high)
	}
	for x := from; x <= to; x++ {
		if !r.holds(x, l) {
			continue
		}
		limit := int64(best.share*float64(l.ink)) + full*full/2
		f := l.against(r.glance(x), l.last, r.planes, r.g.height, limit)
		if share := (float64(f.left)) / (float64(l.ink) + full*full); share < best.share {
			*best = placed{s, l, x, f.shift, share}
		}
	}
}

// How far, in digits' widths, a sign may stand from where its neighbour puts it: if the lessons measured the
// distance of the two, and how much more where it is guessed at. A blank between two numbers is wider.
// Without decimals nothing but that blank tells two numbers from one, and in narrow displays it is a quarter of a
// digit: there the reach has a lower ceiling.
const (
	placeShare = 0.08
	guessShare = 0.16
	wholeShare = 0.17
)

// placeReach is the same in columns.
func (g *Glyphs) placeReach(a, b *sign) float64 {
	share := placeShare
	if a.chainBehind == 0 || a.chainBehind != b.chainBefore {
		share += guessShare
	}
	px := float64(g.paint.columns())
	reach := 1.3*px + share*g.pitch + min(g.spread.place, placeShare*g.pitch)
	if g.shapes[0].decimals == 0 {
		reach = min(reach, max(1.3*px, wholeShare*g.pitch))
	}
	return reach
}

// take adds (sign 1) or takes off (sign -1) a placed sign's ink.
func (r *reader) take(p placed, by int) {
	row := p.look.w * r.planes
	shift := fixed(p.shift)
	for y := range r.g.height {
		to := r.pix[r.at(p.x, r.start+y):][:row]
		for i := range to {
			to[i] += int16(by * p.look.value(y*row+i, shift, r.planes))
		}
	}
}

// window is where a look is laid to be compared row by row.
func (r *reader) window(x int) window { return window{r.pix, r.at(x, r.start), r.stride, 1} }

// glance is a window of which only some rows are compared: enough to find a place, not to believe it.
func (r *reader) glance(x int) window {
	return window{r.pix, r.at(x, r.start), r.stride, max(1, r.g.height/glanceRows)}
}

const glanceRows = 20

// onPicture gives columns and rows of the canvas in px of the picture.
func (r *reader) onPicture(b image.Rectangle) image.Rectangle {
	by := r.slid((b.Min.Y+b.Max.Y)/2, r.g.paint.slant, r.written.Min.Y)
	b.Min.X, b.Max.X = (b.Min.X-by)/r.px, (b.Max.X-by+r.px-1)/r.px
	return b.Add(r.crop.Min)
}

// text is what the placed signs say.
func (r *reader) parts() []part {
	var out []part
	for _, p := range r.placed {
		out = append(out, p.sign.part)
	}
	return out
}

func (r *reader) seen() []SeenSign {
	var out []SeenSign
	for _, p := range r.placed {
		at := image.Rect(p.x, r.start, p.x+p.look.w, r.start+r.g.height)
		out = append(out, SeenSign{Text: p.sign.text, At: r.onPicture(at), Residual: p.share})
	}
	return out
}

// holds says that a look laid at a column stays inside the canvas and its border.
func (r *reader) holds(x int, l *look) bool { return x >= -readPad && x+l.w <= r.w+readPad }
