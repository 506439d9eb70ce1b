package capture

import (
	"math"
	"slices"
)

// tolerances say how much equal signs differed in the lessons, and so may differ in a reading.
type tolerances struct {
	hard  bool
	share float64 // of a sign's ink
	worst int     // single value
	left  int64   // sum of squares
	veil  int     // pixels of faint areas that a lesson had
	place float64 // px by which a sign stood off where its neighbour put it
}

// see takes in the difference of two equal signs.
func (t *tolerances) see(share float64, worst int, left int64) {
	t.share, t.worst, t.left = max(t.share, share), max(t.worst, worst), max(t.left, left)
}

// margins are the blank px that the lessons had left and right of the writing.
type margins struct {
	left, right       int  // the narrowest
	free              bool // a word stood at different distances from the amount, and neither end was fixed
	fixLeft, fixRight bool // the writing began, or ended, at the same column in every lesson
	leftPen, rightPen float64
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
	g.loosen(lines)
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
			if g.margin.free && g.signs[b].parted(&g.signs[a]) {
				continue
			}
			// origin b - origin a = room a - lead a + lead b
			eq.add(1, line[j].at-line[j-1].at, term{n + a, 1}, term{a, -1}, term{b, 1})
		}
	}
	x := eq.solve()
	for i := range g.signs {
		g.signs[i].lead, g.signs[i].reach = x[i], x[n+i]-x[i]
	}
	g.pitch = width
	g.chain(lines, index)
	for _, line := range lines {
		for j := 1; j < len(line); j++ {
			a, b := &g.signs[index(line[j-1])], &g.signs[index(line[j])]
			if b.parted(a) {
				continue
			}
			off := line[j].at - line[j-1].at - a.reach - b.lead
			g.spread.place = max(g.spread.place, math.Abs(off))
		}
	}
}

// chain numbers what the lessons tie together: a sign's room on one side with its neighbours' room that meets
// it, and so on. Between two chains nothing was measured, however often each sign was seen.
func (g *Glyphs) chain(lines [][]*seen, index func(*seen) int) {
	n := len(g.signs)
	group := make([]int, 2*n) // of what is before sign i at i, of what is behind it at n+i
	last := 0
	for _, line := range lines {
		for j := 1; j < len(line); j++ {
			a, b := n+index(line[j-1]), index(line[j])
			switch {
			case group[a] == 0 && group[b] == 0:
				last++
				group[a], group[b] = last, last
			case group[a] == 0:
				group[a] = group[b]
			case group[b] == 0:
				group[b] = group[a]
			default:
				from, to := group[b], group[a]
				for i := range group {
					if group[i] == from {
						group[i] = to
					}
				}
			}
		}
	}
	for i := range g.signs {
		g.signs[i].chainBefore, g.signs[i].chainBehind = group[i], group[n+i]
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
		return float64(g.height*g.paint.columns()) * 0.6
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
		m.fixLeft = m.fixLeft && math.Abs(l-m.leftPen) < 1.6*float64(g.paint.columns())
		m.fixRight = m.fixRight && math.Abs(r-m.rightPen) < 1.6*float64(g.paint.columns())
	}
	m.free = g.margin.free && !m.fixRight
	g.margin = m
}

// loosen finds words whose distance to the amount varied, or may vary because all amounts were equally wide.
func (g *Glyphs) loosen(lines [][]*seen) {
	g.margin = margins{}
	for i := range g.signs {
		s := &g.signs[i]
		if s.kind != before && s.kind != after || s.kind == before && !s.ends() || s.kind == after && s.piece > 0 {
			continue
		}
		var gaps, widths []float64
		for _, line := range lines {
			for j, o := range line {
				if o.part != s.part {
					continue
				}
				first, last := amountEnds(line)
				widths = append(widths, float64(line[last].to-line[first].from))
				if s.kind == before && j+1 < len(line) {
					gaps = append(gaps, float64(line[j+1].from-o.to))
				} else if s.kind == after && j > 0 {
					gaps = append(gaps, float64(o.from-line[j-1].to))
				}
			}
		}
		varied := ranged(gaps) > max(2, 0.1*float64(g.height))*float64(g.paint.columns())
		s.loose = varied || ranged(widths) < g.digitWidth(lines)/2
		g.margin.free = g.margin.free || varied
	}
}

// amountEnds are the first and the last sign of a line's amount.
func amountEnds(line []*seen) (first, last int) {
	for first < len(line)-1 && line[first].kind == before {
		first++
	}
	last = len(line) - 1
	for last > first && line[last].kind == after {
		last--
	}
	return first, last
}

func ranged(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	return slices.Max(v) - slices.Min(v)
}

func (g *Glyphs) named(p part) *sign {
	for i := range g.signs {
		if g.signs[i].part == p {
			return &g.signs[i]
		}
	}
	return nil
}
