package capture

import (
	"image"
	"math"
	"strings"
)

// plank is one lesson laid out for teaching: its ink and what is written there.
type plank struct {
	canvas
	number  int // of the lesson, from 1
	parts   []part
	written image.Rectangle // of the ink
	cols    []float64       // ink of each column, in wholly covered pixels
	upper   []float64       // the same for the upper half of what is written
	through []float64       // ink that goes on from column x-1 to column x
}

// measure sums up the ink by column for the search of cuts.
func (p *plank) measure() {
	p.cols, p.upper, p.through = make([]float64, p.w), make([]float64, p.w), make([]float64, p.w+1)
	middle := (p.written.Min.Y + p.written.Max.Y) / 2
	for y := range p.h {
		last := 0.0
		for x := range p.w {
			v := p.covered(x, y)
			p.cols[x] += v / float64(p.px)
			if y < middle {
				p.upper[x] += v / float64(p.px)
			}
			p.through[x] += min(last, v)
			last = v
		}
	}
}

// covered is the share of a pixel that is written, faint noise left out.
func (p *plank) covered(x, y int) float64 {
	sum := 0
	for _, v := range p.pix[p.at(x, y):][:p.planes] {
		sum += unsigned(int(v))
	}
	v := float64(sum) / float64(full*p.planes)
	if v < 0.12 {
		return 0
	}
	return min(v, 1)
}

// Costs of a cut. They are weighed in units of "a stroke was cut".
const (
	pitchSpread  = 0.16 // a digit's cell may differ from the common pitch by about this share
	strokeShare  = 0.08 // a stroke is about this share of the line's height
	gapInside    = 1.2  // an empty stretch inside a sign, if it is as wide as
	gapWide      = 0.18 // of the pitch
	mostGaps     = 6.0
	wordSpread   = 0.5 // of the pitch, for each letter of a word
	inkAbove     = 2.0 // per stroke of ink in the upper half of a point's or comma's cell
	leastInk     = 0.4 // wholly covered pixels that every sign has
	outerBearing = 0.4 // of the pitch: blank that belongs to the first and the last cell
)

// cuts are the columns at which one lesson's signs begin; the last entry is where the last sign ends.
type cuts []int

// cutAt finds the cheapest cuts of a lesson for one pitch of digits.
func (p *plank) cutAt(pitch float64) (cuts, float64) {
	x0, x1 := p.written.Min.X, p.written.Max.X
	n, m := len(p.parts), x1-x0+1
	cost := make([]float64, (n+1)*m)
	from := make([]int32, (n+1)*m)
	for i := range cost {
		cost[i] = math.Inf(1)
	}
	cost[0] = 0
	sums := p.totals()
	for i, part := range p.parts {
		least, most := part.widths(pitch, i == 0, i == n-1)
		for b := 1; b < m; b++ {
			if (i == n-1) != (b == m-1) {
				continue
			}
			end := p.through[x0+b] / (strokeShare * float64(p.written.Dy()))
			for a := max(0, b-most); a <= b-least; a++ {
				c := cost[i*m+a]
				if math.IsInf(c, 1) {
					continue
				}
				c += end + part.misfit(sums.width(part, a, b), pitch, i == 0, i == n-1) + p.content(part, a, b, pitch, &sums)
				if c < cost[(i+1)*m+b] {
					cost[(i+1)*m+b], from[(i+1)*m+b] = c, int32(a)
				}
			}
		}
	}
	total := cost[n*m+m-1]
	if math.IsInf(total, 1) {
		return nil, total
	}
	out := make(cuts, n+1)
	for i, b := n, int32(m-1); i >= 0; i-- {
		out[i] = x0 + int(b)
		if i > 0 {
			b = from[i*m+int(b)]
		}
	}
	return out, total
}

// totals are running sums over the written columns, so that what a cell holds is a difference of two.
type totals struct {
	above, ink []float64
	gaps       []float64 // squares of the widths of empty stretches, each counted where it begins
	from       []int     // where the empty stretch of a column begins; -1 for an inked column
	wide       []float64 // and the square of its width
	last       []int     // one past the last inked column before this one
}

func (p *plank) totals() totals {
	x0, n := p.written.Min.X, p.written.Dx()
	t := totals{make([]float64, n+1), make([]float64, n+1), make([]float64, n+1), make([]int, n), make([]float64, n), make([]int, n+1)}
	for i := range n {
		t.above[i+1], t.ink[i+1] = t.above[i]+p.upper[x0+i], t.ink[i]+p.cols[x0+i]
		t.from[i], t.last[i+1] = -1, t.last[i]
		if p.cols[x0+i] > 0 {
			t.last[i+1] = i + 1
		} else if i > 0 {
			t.from[i] = i
			if t.from[i-1] >= 0 {
				t.from[i] = t.from[i-1]
			}
		}
	}
	for i := n - 1; i >= 0; i-- {
		if t.from[i] >= 0 {
			w := float64(i + 1 - t.from[i])
			for k := t.from[i]; k <= i; k++ {
				t.wide[k] = w * w
			}
			i = t.from[i]
		}
	}
	for i := range n {
		t.gaps[i+1] = t.gaps[i]
		if t.from[i] == i {
			t.gaps[i+1] += t.wide[i]
		}
	}
	return t
}

// inside is the sum of the squares of the empty stretches wholly inside a cell.
func (t *totals) inside(a, b int) float64 {
	v := t.gaps[b] - t.gaps[a]
	if t.from[b-1] >= a {
		v -= t.wide[b-1]
	}
	if t.from[a] == a && (t.from[b-1] != a) {
		v -= t.wide[a]
	}
	return v
}

// widths bounds a sign's cell in columns.
func (s part) widths(pitch float64, first, last bool) (least, most int) {
	outer := 0.0
	if first || last {
		outer = outerBearing
	}
	switch s.kind {
	case digit:
		return max(1, int((0.5-outer)*pitch)), int(1.6*pitch) + 1
	case point:
		return 1, int(1.15*pitch) + 1
	}
	return max(2, int(0.4*pitch)), math.MaxInt32
}

// misfit is the cost of a cell's width.
func (s part) misfit(width, pitch float64, first, last bool) float64 {
	outer := 0.0
	if first || last {
		outer = outerBearing * pitch
	}
	var d float64
	switch s.kind {
	case digit:
		d = outside(width, pitch-outer, pitch)
	case point:
		d = outside(width, 0.2*pitch, 0.75*pitch) / 2
	default:
		least, most := s.letters()
		d = outside(width, least*pitch, most*pitch) / (wordSpread * pitch)
		return d * d
	}
	d /= pitchSpread * pitch
	return d * d
}

// letters guesses how many digits' widths a word's ink fills: an ideograph is about twice as wide as a digit.
func (s part) letters() (least, most float64) {
	for _, r := range strings.TrimSpace(s.text) {
		if r >= 0x2e80 {
			least, most = least+1, most+2.6
		} else {
			least, most = least+0.2, most+1.5
		}
	}
	return least / 2, most
}

func outside(v, low, high float64) float64 { return max(low-v, v-high, 0) }

// width is a cell's width; of a word only what is inked, for it may stand at any distance from the amount.
func (t *totals) width(s part, a, b int) float64 {
	if s.kind == before {
		return float64(t.last[b] - a)
	}
	return float64(b - a)
}

// content is the cost of what a cell holds: a point has nothing above, a digit has, and neither has wide gaps.
func (p *plank) content(s part, a, b int, pitch float64, t *totals) float64 {
	if t.ink[b]-t.ink[a] < leastInk {
		return math.Inf(1)
	}
	if s.kind == before || s.kind == after {
		return 0
	}
	stroke := strokeShare * float64(p.written.Dy())
	up := t.above[b] - t.above[a]
	gap := gapWide * pitch
	c := min(mostGaps, gapInside*t.inside(a, b)/(gap*gap))
	if s.kind == point {
		return c + inkAbove*up/stroke
	}
	if up < stroke {
		c += inkAbove * (1 - up/stroke)
	}
	return c
}

// pitches lists the digit widths worth trying, best first, with the cuts of every lesson.
func pitches(planks []*plank, most int) [][]cuts {
	type try struct {
		cost float64
		cuts []cuts
	}
	var tries []try
	low, high := pitchBounds(planks)
	for w := low; w <= high; w += max(0.25, 0.02*w) {
		t := try{}
		for _, p := range planks {
			c, cost := p.cutAt(w)
			t.cost += cost
			t.cuts = append(t.cuts, c)
		}
		if !math.IsInf(t.cost, 1) {
			tries = append(tries, t)
		}
	}
	var out [][]cuts
	for len(out) < most {
		best := -1
		for i, t := range tries {
			if !math.IsInf(t.cost, 1) && (best < 0 || t.cost < tries[best].cost) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		chosen := tries[best].cuts
		out = append(out, chosen)
		for i := range tries {
			if sameCuts(tries[i].cuts, chosen) {
				tries[i].cost = math.Inf(1)
			}
		}
	}
	return out
}

// pitchBounds are the narrowest and the widest digits that the lessons have room for.
func pitchBounds(planks []*plank) (low, high float64) {
	low, high = math.Inf(1), math.Inf(1)
	for _, p := range planks {
		height, width := float64(p.written.Dy()*p.px), float64(p.written.Dx())
		digits := 0
		for _, s := range p.parts {
			if s.kind == digit {
				digits++
			}
		}
		low = min(low, 0.25*height)
		high = min(high, 1.6*height, width/(float64(digits)-2*outerBearing)*1.05)
	}
	return max(2, min(low, high*0.9)), max(3, high)
}

// sameCuts says that two sets of cuts differ by a column at most.
func sameCuts(a, b []cuts) bool {
	for i := range a {
		for j := range a[i] {
			if unsigned(a[i][j]-b[i][j]) > 1 {
				return false
			}
		}
	}
	return true
}
