package main

import "math"

// segments is a seven-segment display, drawn as programs and pole displays draw it.
type segments struct {
	height    int     // of a digit, pixels
	thick     float64 // of a segment, pixels
	gap       float64 // between the ends of two segments, pixels
	slope     float64 // sideways for each pixel upwards
	smoothing smoothing
}

// The lit segments, from the top clockwise and the middle last: bit 0 top, 1 upper right, 2 lower right,
// 3 bottom, 4 lower left, 5 upper left, 6 middle.
var lit = map[rune]byte{
	'0': 0x3f, '1': 0x06, '2': 0x5b, '3': 0x4f, '4': 0x66, '5': 0x6d, '6': 0x7d, '7': 0x07, '8': 0x7f, '9': 0x6f, '-': 0x40,
}

// oversampling is how many points decide the coverage of a pixel, in each direction.
const oversampling = 4

func (s segments) cell() (w float64) { return math.Round(float64(s.height) * 0.56) }

func (s segments) glyph(r rune, shift int) (glyph, bool) {
	lean := float64(s.height) * s.slope
	w := s.cell()
	inside := s.inside(lit[r], w)
	switch {
	case r == '.':
		w = math.Ceil(s.thick * 1.2)
		inside = func(x, y float64) bool { return x >= 0 && x < s.thick && y < s.thick }
	case r == ' ':
		inside = func(float64, float64) bool { return false }
	case lit[r] == 0:
		return glyph{}, false
	}
	pitch := int(math.Round(w+math.Max(2, s.thick))) * 64
	g := glyph{top: s.height, w: int(math.Ceil(w+lean)) + 1, h: s.height, channels: 1, advance: pitch, linear: pitch}
	g.cover = make([]byte, g.w*g.h)
	for y := range g.h {
		for x := range g.w {
			g.cover[y*g.w+x] = s.cover(func(px, py float64) bool {
				up := float64(s.height) - py
				return inside(px-float64(shift)/64-up*s.slope, up)
			}, x, y)
		}
	}
	return g, true
}

func (s segments) kern(rune, rune, bool) int { return 0 }

// cover counts the points of a pixel that are inside.
func (s segments) cover(inside func(x, y float64) bool, x, y int) byte {
	if s.smoothing == smoothMono {
		if inside(float64(x)+0.5, float64(y)+0.5) {
			return 255
		}
		return 0
	}
	n := 0
	for j := range oversampling {
		for i := range oversampling {
			if inside(float64(x)+(float64(i)+0.5)/oversampling, float64(y)+(float64(j)+0.5)/oversampling) {
				n++
			}
		}
	}
	return byte(n * 255 / (oversampling * oversampling))
}

// inside says whether a point, y upwards from the foot of the digit, lies in one of the lit segments. A
// segment is a bar with pointed ends.
func (s segments) inside(on byte, w float64) func(x, y float64) bool {
	h, half := float64(s.height), s.thick/2
	bar := func(along, across, from, to float64) bool {
		off := math.Abs(across)
		return off <= half && along >= from+s.gap+off-half && along <= to-s.gap-off+half
	}
	left, right, low, middle, high := half, w-half, half, h/2, h-half
	return func(x, y float64) bool {
		return on&0x01 != 0 && bar(x, y-high, left, right) ||
			on&0x02 != 0 && bar(y, x-right, middle, high) ||
			on&0x04 != 0 && bar(y, x-right, low, middle) ||
			on&0x08 != 0 && bar(x, y-low, left, right) ||
			on&0x10 != 0 && bar(y, x-left, low, middle) ||
			on&0x20 != 0 && bar(y, x-left, middle, high) ||
			on&0x40 != 0 && bar(x, y-middle, left, right)
	}
}

// dots is a display of five by seven dots, as customer displays and their pictures have it.
type dots struct {
	dot, gap int  // pixels
	round    bool // corners of a dot are cut
}

// matrix holds the rows of a character from the top, five bits each, the left one highest.
var matrix = map[rune][7]byte{
	'0': {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}, '1': {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e},
	'2': {0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f}, '3': {0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e},
	'4': {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}, '5': {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e},
	'6': {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}, '7': {0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08},
	'8': {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e}, '9': {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c},
	'.': {0, 0, 0, 0, 0, 0x0c, 0x0c}, ',': {0, 0, 0, 0, 0x0c, 0x04, 0x08}, '-': {0, 0, 0, 0x1f, 0, 0, 0},
	':': {0, 0x0c, 0x0c, 0, 0x0c, 0x0c, 0}, ' ': {}, '¥': {0x11, 0x0a, 0x1f, 0x04, 0x1f, 0x04, 0x04},
	'T': {0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04}, 'O': {0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e},
	'A': {0x0e, 0x11, 0x11, 0x11, 0x1f, 0x11, 0x11}, 'L': {0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f},
}

func (d dots) glyph(r rune, _ int) (glyph, bool) {
	rows, known := matrix[r]
	if !known {
		return glyph{}, false
	}
	step := d.dot + d.gap
	g := glyph{top: 7 * step, w: 5 * step, h: 7 * step, channels: 1, advance: 6 * step * 64, linear: 6 * step * 64}
	g.cover = make([]byte, g.w*g.h)
	for y := range g.h {
		for x := range g.w {
			if rows[y/step]>>(4-x/step)&1 == 1 {
				g.cover[y*g.w+x] = d.cover(x%step, y%step)
			}
		}
	}
	return g, true
}

func (d dots) kern(rune, rune, bool) int { return 0 }

func (d dots) cover(x, y int) byte {
	switch corner := (x == 0 || x == d.dot-1) && (y == 0 || y == d.dot-1); {
	case x >= d.dot || y >= d.dot:
		return 0
	case d.round && d.dot > 2 && corner:
		return 90
	}
	return 255
}
