package capture

// sign is one sign of the style in every look that the lessons showed. Where it stands is told by its
// origin, which all its looks share; lead and reach say how far the neighbours' origins are.
type sign struct {
	part
	looks []look
	lead  float64 // px from the end of what stands before to this sign's origin
	reach float64 // px from this sign's origin to the end of its room
}

// look is one picture of a sign, as high as the line.
type look struct {
	dx, w       int     // first column, from the sign's origin, and columns
	pix         []int16 // ink, row by row
	slope       []int16 // how the ink changes when the sign moves right by one px
	ink         int64   // sum of squares of pix
	slopeInk    int64   // sum of squares of slope
	first, last int     // columns with ink worth the name, from the look's first column; last is one past
	times       int     // how many occurrences were averaged
}

// furthest is how far, in px, a look is moved between two columns to fit better.
const furthest = 0.6

// finish computes what follows from the pixels. hard styles have no smoothed edges and never lie between columns.
func (l *look) finish(planes, height int, hard bool) {
	row := l.w * planes
	l.slope = make([]int16, len(l.pix))
	l.ink, l.slopeInk = 0, 0
	l.first, l.last = l.w, 0
	for y := range height {
		line := l.pix[y*row : (y+1)*row]
		for i, v := range line {
			l.ink += int64(v) * int64(v)
			if v >= inkLevel || v <= -inkLevel {
				l.first, l.last = min(l.first, i/planes), max(l.last, i/planes+1)
			}
			if hard {
				continue
			}
			var left, right int16
			if i >= planes {
				left = line[i-planes]
			}
			if i+planes < row {
				right = line[i+planes]
			}
			s := (left - right) / 2
			l.slope[y*row+i] = s
			l.slopeInk += int64(s) * int64(s)
		}
	}
	if l.first > l.last {
		l.first, l.last = 0, l.w
	}
}

// fit is how well a look explains what stands in a place.
type fit struct {
	left  int64   // unexplained, as a sum of squares
	shift float64 // px by which the look was moved between two columns
}

// against lays the look on a window of ink. rows are stride values apart, from is the window's first value.
// Above limit the search is given up and left is only known to be too much.
func (l *look) against(pix []int16, from, stride, planes, height int, limit int64) fit {
	row := l.w * planes
	var left, along int64
	for y := range height {
		in := pix[from+y*stride:][:row]
		tile, slope := l.pix[y*row:][:row], l.slope[y*row:][:row]
		var sq, cross int32
		for i, v := range in {
			d := int32(v) - int32(tile[i])
			sq += d * d
			cross += d * int32(slope[i])
		}
		left, along = left+int64(sq), along+int64(cross)
		if left > 4*limit {
			return fit{left: left}
		}
	}
	return l.moved(left, along)
}

// moved takes off what moving the look by a part of a column explains.
func (l *look) moved(left, along int64) fit {
	if l.slopeInk == 0 {
		return fit{left: left}
	}
	s := float64(along) / float64(l.slopeInk)
	s = max(-furthest, min(furthest, s))
	return fit{left: max(0, left+int64(s*s*float64(l.slopeInk)-2*s*float64(along))), shift: s}
}

// value is the look's ink at a column and row when it is moved by shift; outside it is blank.
func (l *look) value(i int, shift float64) int {
	return int(l.pix[i]) + int(shift*float64(l.slope[i]))
}
