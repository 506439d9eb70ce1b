package capture

import "math"

// tolerances say how much equal signs differed in the lessons, and so may differ in a reading.
type tolerances struct {
	hard  bool
	share float64 // of a sign's ink
	worst int     // single value
	left  int64   // sum of squares
	place float64 // px by which a sign stood off where its neighbour put it
}

// see takes in the difference of two equal signs.
func (t *tolerances) see(share float64, worst int, left int64) {
	t.share, t.worst, t.left = max(t.share, share), max(t.worst, worst), max(t.left, left)
}

// margins are the blank px that the lessons had left and right of the writing.
type margins struct {
	left, right       int  // the narrowest
	fixLeft, fixRight bool // the writing began, or ended, at the same column in every lesson
	leftPen, rightPen float64
	widestGap         int
}

// How strongly what is usual counts against what was measured, when a sign's room is found.
const (
	bearingWeight = 0.05 // half of what the sign leaves of the digits' width is on its left
	widthWeight   = 0.3  // all digits are equally wide
)

// space finds each sign's lead and reach from where the signs stood in the lessons, by least squares. Digits
// are equally wide in nearly every typeface, which stands in for neighbours that were never seen together.
func (g *Glyphs) space(lines [][]*seen) {
	index := func(s *seen) int {
		for i := range g.signs {
			if g.signs[i].part == s.part {
				return i
			}
		}
		return -1
	}
	n := len(g.signs)
	width := g.digitWidth(lines)
	// unknowns: lead of sign i at i, whole room of sign i at n+i
	eq := newEquations(2 * n)
	for i, s := range g.signs {
		wide := float64(s.looks[0].w)
		if s.kind == digit {
			eq.add(bearingWeight, (width-wide)/2, term{i, 1})
			eq.add(widthWeight, width, term{n + i, 1})
		} else {
			eq.add(bearingWeight, max(0, width-wide)/6, term{i, 1})
			eq.add(bearingWeight, wide+max(0, width-wide)/3, term{n + i, 1})
		}
	}
	for _, line := range lines {
		for j := 1; j < len(line); j++ {
			a, b := index(line[j-1]), index(line[j])
			// origin b - origin a = room a - lead a + lead b
			eq.add(1, line[j].at-line[j-1].at, term{n + a, 1}, term{a, -1}, term{b, 1})
		}
	}
	x := eq.solve()
	for i := range g.signs {
		g.signs[i].lead, g.signs[i].reach = x[i], x[n+i]-x[i]
	}
	for _, line := range lines {
		for j := 1; j < len(line); j++ {
			a, b := &g.signs[index(line[j-1])], &g.signs[index(line[j])]
			off := line[j].at - line[j-1].at - a.reach - b.lead
			g.spread.place = max(g.spread.place, math.Abs(off))
		}
	}
}

// digitWidth is the middle of the distances between neighbouring digits' centres.
func (g *Glyphs) digitWidth(lines [][]*seen) float64 {
	var all []float64
	for _, line := range lines {
		for j := 1; j < len(line); j++ {
			a, b := line[j-1], line[j]
			if a.kind == digit && b.kind == digit {
				all = append(all, float64(b.from+b.to-a.from-a.to)/2)
			}
		}
	}
	if len(all) == 0 {
		return float64(g.height) * 0.6
	}
	return median(all)
}

// edges remembers how far from the picture's sides the writing stood.
func (g *Glyphs) edges(lines [][]*seen) {
	m := margins{left: math.MaxInt32, right: math.MaxInt32, fixLeft: true, fixRight: true}
	for i, line := range lines {
		first, last := line[0], line[len(line)-1]
		w := first.plank.w
		m.left, m.right = min(m.left, first.from), min(m.right, w-last.to)
		l := first.at - g.named(first.part).lead
		r := float64(w) - last.at - g.named(last.part).reach
		if i == 0 {
			m.leftPen, m.rightPen = l, r
		}
		m.fixLeft = m.fixLeft && math.Abs(l-m.leftPen) < 1.6
		m.fixRight = m.fixRight && math.Abs(r-m.rightPen) < 1.6
		for j := 1; j < len(line); j++ {
			m.widestGap = max(m.widestGap, line[j].from-line[j-1].to)
		}
	}
	g.margin = m
}

func (g *Glyphs) named(p part) *sign {
	for i := range g.signs {
		if g.signs[i].part == p {
			return &g.signs[i]
		}
	}
	return nil
}
