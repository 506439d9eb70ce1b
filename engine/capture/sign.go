package capture

// sign is one sign of the style in every look that the lessons showed. Where it stands is told by its
// origin, which all its looks share; lead and reach say how far the neighbours' origins are.
type sign struct {
	part
	looks []look
	lead  float64 // columns from the end of what stands before to this sign's origin
	reach float64 // columns from this sign's origin to the end of its room
	// The lessons measured the distance to a neighbour where that one's chain behind it is this one's chain before
	// it: they stood side by side, or others did that lead from one to the other. 0 is no chain.
	chainBefore, chainBehind int
	loose                    bool // a word whose distance to the amount is not always the same
}

// parted says that between the sign before and this one a blank of any width may be: one of them ends a word
// that was seen at several distances from the amount.
func (s *sign) parted(last *sign) bool {
	return last.kind == before && s.kind == digit && last.loose || last.kind == digit && s.kind == after && s.loose
}

// look is one picture of a sign, as high as the line, with a blank column at each side.
type look struct {
	dx, w       int     // first column, from the sign's origin, and columns
	pix         []int16 // ink, row by row
	ink         int64   // sum of squares of pix
	slope       int64   // sum of squares of the change from column to column; 0 when it never moves
	top, bottom int     // rows with ink worth the name; bottom is one past
	// The sign touched its neighbour in the lesson, and some of the ink at that side may be the neighbour's.
	openLeft, openRight bool
	first, last         int // columns with ink worth the name, from the look's first column; last is one past
}

// furthest is how far, in columns, a look is moved between two columns to fit better.
const furthest = 0.6

// finish computes what follows from the pixels. A hard style has no smoothed edges and never lies between columns.
func (l *look) finish(planes, height int, hard bool) {
	row := l.w * planes
	l.ink, l.slope = 0, 0
	l.first, l.last = l.w, 0
	l.top, l.bottom = height, 0
	for y := range height {
		line := l.pix[y*row : (y+1)*row]
		for i, v := range line {
			l.ink += int64(v) * int64(v)
			if v >= inkLevel || v <= -inkLevel {
				l.first, l.last = min(l.first, i/planes), max(l.last, i/planes+1)
				l.top, l.bottom = min(l.top, y), y+1
			}
			if !hard && i >= planes {
				d := int64(v) - int64(line[i-planes])
				l.slope += d * d
			}
		}
	}
	if l.first > l.last {
		l.first, l.last = 0, l.w
	}
}

// fit is how well a look explains what stands in a place.
type fit struct {
	left  int64   // unexplained, as a sum of squares
	shift float64 // columns by which the look was moved between two columns
}

// window is a place on a canvas: the index of its first value and the values from row to row.
type window struct {
	pix          []int16
	from, stride int
	step         int // rows from one that is compared to the next; 1 compares all
}

// against lays the look's first columns on a window of ink. Above limit the search is given up and left is only
// known to be too much.
func (l *look) against(in window, columns, planes, height int, limit int64) fit {
	row := l.w * planes
	var left, here, before, behind int64
	limit /= int64(in.step)
	for y := in.step / 2; y < height; y += in.step {
		ink := in.pix[in.from+y*in.stride:][:columns*planes]
		sq, c, b, a := crossed(ink, l.pix[y*row:][:row], planes)
		left, here, before, behind = left+int64(sq), here+int64(c), before+int64(b), behind+int64(a)
		if left > 4*limit {
			return fit{left: left * int64(in.step)}
		}
	}
	n := int64(in.step)
	return l.moved(left*n, (before-here)*n, (behind-here)*n)
}

// crossed sums, over one row, the squares of what the tile leaves of the ink, and that rest times the tile
// as it is, one column to the right and one column to the left. The tile's outermost columns are blank.
func crossed(ink, tile []int16, planes int) (sq, here, right, left int32) {
	for i := range planes {
		d := int32(ink[i])
		sq += d * d
		left += d * int32(tile[planes+i])
	}
	n := len(ink)
	if n == len(tile) {
		n -= planes
		for i := n; i < len(ink); i++ {
			d := int32(ink[i])
			sq += d * d
			right += d * int32(tile[i-planes])
		}
	}
	n -= planes
	ink = ink[planes:][:n]
	before, at, behind := tile[:n], tile[planes:][:n], tile[2*planes:][:n]
	for i, v := range ink {
		t := int32(at[i])
		d := int32(v) - t
		sq += d * d
		here += d * t
		right += d * int32(before[i])
		left += d * int32(behind[i])
	}
	return sq, here, right, left
}

// moved takes off what moving the look by a part of a column, to the right or to the left, explains.
func (l *look) moved(left, right, leftward int64) fit {
	best := fit{left: left}
	if l.slope == 0 {
		return best
	}
	for i, along := range [2]int64{right, leftward} {
		s := max(0, min(furthest, float64(along)/float64(l.slope)))
		rest := left + int64(s*s*float64(l.slope)-2*s*float64(along))
		if rest < best.left {
			best = fit{max(0, rest), s * float64(1-2*i)}
		}
	}
	return best
}

// value is the look's ink at one of its values when it is moved by shift, given in 256ths of a column.
func (l *look) value(i, shift, planes int) int {
	v := int(l.pix[i])
	switch {
	case shift > 0 && i >= planes:
		return v + (int(l.pix[i-planes])-v)*shift>>8
	case shift < 0 && i+planes < len(l.pix):
		return v + (int(l.pix[i+planes])-v)*-shift>>8
	}
	return v
}

// fixed gives a shift in 256ths.
func fixed(shift float64) int { return int(shift * 256) }

// open says that a column of the look may hold a neighbour's ink, or lack its own that went to the neighbour.
func (l *look) open(x, px int) bool {
	return l.openLeft && x <= px || l.openRight && x >= l.w-1-px
}
