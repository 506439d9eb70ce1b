package capture

import (
	"image"
	"math"
)

// canvas is the ink of a view, with an empty border around it so that a sign may be laid anywhere near it.
type canvas struct {
	w, h   int // columns and rows of the view
	px     int // columns that one px of the picture has
	planes int // values that one column has
	spare  int // columns at the right that the picture has not; slanted rows are moved into them
	pad    int // columns and rows of the border
	stride int // values from row to row
	pix    []int16
	// strange is a pixel whose colour is neither writing nor background.
	strange    image.Point
	hasStrange bool
}

// lay paints a view into the canvas, whose memory is used again.
func (c *canvas) lay(v view, p paint, pad int) {
	c.px, c.planes = p.columns(), p.depth()
	c.spare = p.spareFor(v.inside.Dy())
	c.w, c.h, c.pad = v.inside.Dx()*c.px+c.spare, v.inside.Dy(), pad
	c.stride = (c.w + 2*pad) * c.planes
	c.hasStrange = false
	lineTop, lineBottom := v.back.lines()
	n := c.stride * (c.h + 2*pad)
	if cap(c.pix) < n {
		c.pix = make([]int16, n)
	} else {
		c.pix = c.pix[:n]
		clear(c.pix)
	}
	mix := p.mixer()
	for y := range c.h {
		from := v.picture.Pix[v.picture.PixOffset(v.inside.Min.X, v.inside.Min.Y+y):]
		to := c.pix[c.at(0, y):]
		back := v.rowBack(v.inside.Min.Y + y)
		if p.planes == 1 {
			c.layLine(y, v.inside.Dx(), from, to, back, &mix, p)
		} else {
			layPlanes(v.inside.Dx(), from, to, back, &mix)
		}
		if row := v.inside.Min.Y - v.picture.Rect.Min.Y + y; row < lineTop || row >= len(v.back.rows)-lineBottom && lineBottom > 0 {
			c.clearEnds(y)
		}
	}
}

// corner is how many px at the ends of a frame's upper and lower lines belong to its round corners.
const corner = 3

// clearEnds takes the round corners of a frame out of a row.
func (c *canvas) clearEnds(y int) {
	n := min(corner*c.px, c.w-c.spare)
	clear(c.pix[c.at(0, y):][:n*c.planes])
	clear(c.pix[c.at(c.w-c.spare-n, y):][:n*c.planes])
}

func (c *canvas) layLine(y, w int, from []uint8, to []int16, back [3]int, mix *mixer, p paint) {
	for x := range w {
		r, g, b := int(from[4*x])-back[0], int(from[4*x+1])-back[1], int(from[4*x+2])-back[2]
		if r|g|b == 0 {
			continue
		}
		ink, off := mix.onLine(r, g, b)
		if off > p.stray && !c.hasStrange {
			c.hasStrange, c.strange = true, image.Pt(x, y)
		}
		if p.ghost > 0 && ink > 0 {
			ink = max(0, ink-p.ghost) * full / (full - p.ghost)
		}
		to[x] = clamp16(ink)
	}
}

func layPlanes(w int, from []uint8, to []int16, back [3]int, mix *mixer) {
	for x := range w {
		for ch := range 3 {
			if d := int(from[4*x+ch]) - back[ch]; d != 0 {
				to[3*x+ch] = clamp16((d*mix.k[ch] + 1<<(mixBits-1)) >> mixBits)
			}
		}
	}
}

// mostInk keeps squares of differences far inside 32 bits.
const mostInk = 1 << 10

func clamp16(v int) int16 { return int16(max(-mostInk, min(mostInk, v))) }

// at is the index of a pixel's first value; x and y may lie in the border.
func (c *canvas) at(x, y int) int { return (y+c.pad)*c.stride + (x+c.pad)*c.planes }

// columns tells the strongest ink of each column of the view, whatever its sign.
func (c *canvas) columns(out []int16) []int16 {
	out = append(out[:0], make([]int16, c.w)...)
	for y := range c.h {
		row := c.pix[c.at(0, y):][:c.w*c.planes]
		for i, v := range row {
			x := i
			if c.planes == 3 {
				x = i / 3
			}
			out[x] = max(out[x], v, -v)
		}
	}
	return out
}

// inked is the rectangle of all pixels at or above a level; empty when there is none.
func (c *canvas) inked(level int16) image.Rectangle {
	r := image.Rectangle{Min: image.Pt(math.MaxInt32, math.MaxInt32)}
	for y := range c.h {
		row := c.pix[c.at(0, y):][:c.w*c.planes]
		first, last := -1, -1
		for i, v := range row {
			if v >= level || v <= -level {
				if first < 0 {
					first = i
				}
				last = i
			}
		}
		if first < 0 {
			continue
		}
		r.Min.X, r.Max.X = min(r.Min.X, first/c.planes), max(r.Max.X, last/c.planes+1)
		r.Min.Y, r.Max.Y = min(r.Min.Y, y), y+1
	}
	if r.Max.Y == 0 {
		return image.Rectangle{}
	}
	return r
}

// veiled counts pixels of faint ink that fill areas: the face of something that lies over the region. Smoothed
// edges are faint too, but only a pixel wide.
func (c *canvas) veiled() int {
	faint := func(i int) bool {
		return c.pix[i] >= faintLevel && c.pix[i] < inkLevel || c.pix[i] <= -faintLevel && c.pix[i] > -inkLevel
	}
	n := 0
	for y := range c.h - 1 {
		for x := range c.w - c.spare - c.px {
			i := c.at(x, y)
			right := i + c.px*c.planes
			if faint(i) && faint(right) && faint(i+c.stride) && faint(right+c.stride) {
				n++
			}
		}
	}
	return n
}

// faintLevel is ink that a flat background does not have.
const faintLevel = 12

// unit gives a vector the length one.
func unit(v [3]float64) [3]float64 {
	l := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
	if l == 0 {
		return [3]float64{1, 0, 0}
	}
	return [3]float64{v[0] / l, v[1] / l, v[2] / l}
}
