package capture

import "image"

// A caret is a thin upright bar that is higher than everything else in the line. No sign of an amount is,
// so it may be left out of the reading wherever it stands; what it covers is then missing and refuses.
const (
	caretWide   = 12 // the bar's width is at most the line's height divided by this, and two px
	caretTaller = 2  // rows by which it is higher than the rest
)

// bar is one column's ink: rows from top to bottom, even from end to end.
type bar struct {
	top, bottom int // one past the last
	even        bool
}

// wipeCaret takes a caret out of the canvas. written is where there is ink at all; tallest is how many rows the
// highest digit has, 0 while that is not known.
func (c *canvas) wipeCaret(written image.Rectangle, tallest int) bool {
	widest := max(2*c.px, written.Dy()*c.px/caretWide)
	bars := make([]bar, c.w)
	for x := written.Min.X; x < written.Max.X; x++ {
		bars[x] = c.bar(x, written)
	}
	for x := written.Min.X; x < written.Max.X; x++ {
		b := bars[x]
		if !b.even || b.bottom-b.top < max(written.Dy()*2/3, tallest+caretTaller) {
			continue
		}
		to := x
		for to < written.Max.X && bars[to].even && within(bars[to].top-b.top, 1) && within(bars[to].bottom-b.bottom, 1) {
			to++
		}
		if to-x <= widest && c.alone(x, to) && c.towers(bars, b, x, to, written) {
			c.wipe(x, to, b)
			return true
		}
		x = to - 1
	}
	return false
}

// bar measures one column.
func (c *canvas) bar(x int, written image.Rectangle) bar {
	b := bar{top: -1, even: true}
	most, least := 0, mostInk
	for y := written.Min.Y; y < written.Max.Y; y++ {
		v := c.strongest(x, y)
		if v < inkLevel {
			continue
		}
		if b.top < 0 {
			b.top = y
		}
		b.even = b.even && (b.bottom == 0 || b.bottom == y)
		b.bottom = y + 1
		most, least = max(most, v), min(least, v)
	}
	b.even = b.even && b.top >= 0 && 3*least >= 2*most
	return b
}

func (c *canvas) strongest(x, y int) int {
	most := 0
	for _, v := range c.pix[c.at(x, y):][:c.planes] {
		most = max(most, unsigned(int(v)))
	}
	return most
}

// towers says that a bar over columns from to to is higher than all the rest.
func (c *canvas) towers(bars []bar, b bar, from, to int, written image.Rectangle) bool {
	top, bottom := written.Max.Y, written.Min.Y
	for x := written.Min.X; x < written.Max.X; x++ {
		if x >= from-c.px && x < to+c.px || bars[x].top < 0 {
			continue
		}
		top, bottom = min(top, bars[x].top), max(bottom, bars[x].bottom)
	}
	if b.top == 0 || b.bottom == c.h {
		return false // the side of something that lies over the region
	}
	return bottom > top && b.top <= top && b.bottom >= bottom && b.bottom-b.top >= bottom-top+caretTaller
}

// alone says that a bar has a blank at one side at least, which a stroke within a sign has not.
func (c *canvas) alone(from, to int) bool {
	blank := func(x int) bool {
		if x < 0 || x >= c.w {
			return true
		}
		for y := range c.h {
			if c.strongest(x, y) >= inkLevel {
				return false
			}
		}
		return true
	}
	return blank(from-c.px) || blank(to+c.px-1)
}

// wipe clears a bar and its faint sides.
func (c *canvas) wipe(from, to int, b bar) {
	for x := from - c.px; x < to+c.px; x++ {
		if x < 0 || x >= c.w || (x < from || x >= to) && !c.faint(x, b) {
			continue
		}
		for y := range c.h {
			clear(c.pix[c.at(x, y):][:c.planes])
		}
	}
}

// faint says that a column beside a bar holds nothing but the bar's smoothed side.
func (c *canvas) faint(x int, b bar) bool {
	for y := range c.h {
		v := c.strongest(x, y)
		if v >= full/2 || v >= inkLevel && (y < b.top-1 || y > b.bottom) {
			return false
		}
	}
	return c.strongest(x, b.top+1) > 0 && c.strongest(x, b.bottom-2) > 0
}
