package main

import "image"

// frame is the border of the field, inside the region because the rectangle was drawn a little too large.
type frame string

const (
	frameNone    frame = "none"
	frameSunken  frame = "sunken"  // two lines, as Windows' classic edit control
	frameFlat    frame = "flat"    // one line
	frameRound   frame = "round"   // one line with cut corners
	frameFocus   frame = "focus"   // a dotted line inside a flat one
	frameUnder   frame = "under"   // a line below
	frameShadow  frame = "shadow"  // one line and a soft shadow outside
	frameHeading frame = "heading" // a bar of colour at the left
)

var frames = []frame{frameSunken, frameFlat, frameRound, frameFocus, frameUnder, frameShadow, frameHeading}

// paint draws the field, its paper and its border.
func (f frame) paint(c *canvas, s *style) {
	in := s.field
	if f != frameNone {
		c.fill(c.Rect, s.surround())
		c.fill(in, s.Paper)
	}
	if s.Foot != s.Paper {
		c.slope(in, s.Paper, s.Foot)
		if f == frameNone {
			c.fill(image.Rect(c.Rect.Min.X, c.Rect.Min.Y, c.Rect.Max.X, in.Min.Y), s.Paper)
			c.fill(image.Rect(c.Rect.Min.X, in.Max.Y, c.Rect.Max.X, c.Rect.Max.Y), s.Foot)
			c.slope(image.Rect(c.Rect.Min.X, in.Min.Y, c.Rect.Max.X, in.Max.Y), s.Paper, s.Foot)
		}
	}
	line := s.Paper.mix(s.Ink, 0.45)
	switch f {
	case frameSunken:
		c.outline(in, line, tone{255, 255, 255})
		c.outline(in.Inset(1), s.Paper.mix(tone{}, 0.7), s.surround())
	case frameFlat:
		c.outline(in, line, line)
	case frameRound:
		f.round(c, in, line, s.surround())
	case frameFocus:
		c.outline(in, line, line)
		f.dotted(c, in.Inset(2), line)
	case frameUnder:
		c.fill(image.Rect(in.Min.X, in.Max.Y-1, in.Max.X, in.Max.Y), s.Ink)
	case frameShadow:
		c.outline(in.Inset(-1), s.surround().mix(tone{}, 0.08), s.surround().mix(tone{}, 0.25))
		c.outline(in, line, line)
	case frameHeading:
		c.fill(image.Rect(in.Min.X, in.Min.Y, in.Min.X+2, in.Max.Y), line)
	}
}

// surround is the colour of the window around a field.
func (s *style) surround() tone {
	if s.Paper.dark() {
		return s.Paper.mix(tone{255, 255, 255}, 0.18)
	}
	return s.Paper.mix(tone{}, 0.07)
}

func (t tone) dark() bool { return 3*int(t[0])+6*int(t[1])+int(t[2]) < 1280 }

func (f frame) round(c *canvas, in image.Rectangle, line, out tone) {
	c.outline(in, line, line)
	for _, corner := range []image.Point{in.Min, {X: in.Max.X - 1, Y: in.Min.Y}, {X: in.Min.X, Y: in.Max.Y - 1}, in.Max.Sub(image.Pt(1, 1))} {
		c.set(corner.X, corner.Y, out)
		inner := corner.Add(image.Pt(sign(in.Min.X+in.Dx()/2-corner.X), sign(in.Min.Y+in.Dy()/2-corner.Y)))
		c.set(inner.X, inner.Y, line)
	}
}

func (f frame) dotted(c *canvas, in image.Rectangle, line tone) {
	for x := in.Min.X; x < in.Max.X; x += 2 {
		c.set(x, in.Min.Y, line)
		c.set(x, in.Max.Y-1, line)
	}
	for y := in.Min.Y; y < in.Max.Y; y += 2 {
		c.set(in.Min.X, y, line)
		c.set(in.Max.X-1, y, line)
	}
}

func sign(v int) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}
