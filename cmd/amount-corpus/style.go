package main

import (
	"image"
	"math"
	"math/rand/v2"
)

// style is one look of one program: font, size, smoothing, scaling and colours. Its region of the screen
// never moves; the amounts in it change.
type style struct {
	ID, Cat string
	Number  int // in its category
	Font    font
	Display display
	Px      int // size of the font in pixels of the program
	d       drawing
	w       wording
	Align   align
	Ink     tone
	Paper   tone
	Foot    tone  // the paper's lower end, where it is a gradient
	Ghost   *tone // unlit segments
	Frame   frame
	Caret   bool    // a caret blinks behind the amount
	Apart   bool    // the prefix stands at the left end of the field, far from the amount
	Scale   float64 // pixels of the screen for one of the program
	Stretch bool    // the system stretches the program's picture; otherwise the program draws larger
	Wander  int     // whole pixels that a found anchor may be off
	damage  damage
	Hurry   bool // taught with lessons that lack digits
	Lessons []int

	pen      *pen
	closers  []func()
	field    image.Rectangle // in pixels of the program
	region   image.Rectangle // in pixels of the screen, or of the program when the system stretches it
	baseline int
	room     int // pixels between the text and the edge of its field
}

type align string

const (
	alignRight  align = "right"
	alignLeft   align = "left"
	alignCentre align = "centre"
)

// moment is what may differ between two pictures of one style.
type moment struct {
	caret  bool
	off    image.Point // whole pixels that the window is off
	look   image.Point // whole pixels that the region is off, as when a window moved unseen
	tint   *tone       // another ink
	around func(c *canvas, s *style)
}

// close frees the fonts.
func (s *style) close() {
	for _, f := range s.closers {
		f()
	}
}

// lay fixes the field and the region around it so that the largest amount fits.
func (s *style) lay(rng *rand.Rand) {
	widest := s.w.spell(largestAmount/11*8 + 88)
	ink := s.pen.bounds(s.w.Prefix + "0123456789" + s.w.Suffix).Union(s.pen.bounds(widest))
	padX, padY := rng.IntN(max(4, s.Px/3)), 3+s.Wander+rng.IntN(max(3, s.Px/5))
	s.room = 3 + s.Wander + s.lean()
	length := (s.pen.width(widest)+63)/64 + rng.IntN(s.Px)
	if s.Apart {
		length += s.Px * 2
	}
	at := image.Pt(rng.IntN(8), rng.IntN(8)) // where the field lies in the window; it decides how stretching hits it
	s.field = image.Rect(0, 0, max(length, ink.Dx())+2*(padX+s.room)+s.Px/8, ink.Dy()+2*padY).Add(at)
	s.baseline = s.field.Min.Y + padY - ink.Min.Y
	s.region = s.field
	if s.Frame != frameNone {
		s.region = s.field.Inset(-1 - rng.IntN(3))
	}
	if s.Stretch {
		s.region = image.Rect(scaled(s.region.Min.X, s.Scale), scaled(s.region.Min.Y, s.Scale), scaled(s.region.Max.X, s.Scale), scaled(s.region.Max.Y, s.Scale))
	}
	s.damage.Offset = image.Pt(rng.IntN(16), rng.IntN(16))
}

// lean is how far a slanted character reaches out of its own width, in pixels.
func (s *style) lean() int {
	most := 0
	for _, r := range "0123456789" + s.w.Prefix + s.w.Suffix {
		one := s.pen.bounds(string(r))
		most = max(most, -one.Min.X, one.Max.X-s.pen.width(string(r))/64)
	}
	return most
}

func scaled(v int, by float64) int { return int(math.Round(float64(v) * by)) }

// origin is where a line begins, in 64ths of a pixel of the program.
func (s *style) origin(text string) int {
	left, right := (s.field.Min.X+s.room)*64, (s.field.Max.X-s.room)*64
	width := s.pen.width(text)
	switch s.Align {
	case alignLeft:
		return left
	case alignCentre:
		return (left + right - width) / 2
	}
	return right - width
}

// write draws a line of the field and returns the ink of its characters.
func (s *style) write(c *canvas, text string, m moment) []box {
	ink := s.Ink
	if m.tint != nil {
		ink = *m.tint
	}
	var boxes []box
	if s.Apart {
		x := (s.field.Min.X + s.room + m.off.X) * 64
		boxes = s.pen.draw(c, x, s.baseline+m.off.Y, s.w.Prefix, ink)
		text = text[len(s.w.Prefix):]
	}
	x := s.origin(text) + 64*m.off.X
	boxes = append(boxes, s.pen.draw(c, x, s.baseline+m.off.Y, text, ink)...)
	if s.Caret && m.caret {
		at := (x + s.pen.width(text) + 63) / 64
		thick := max(1, s.Px/24)
		c.fill(image.Rect(at, s.baseline-s.Px, at+thick, s.baseline+max(1, s.Px/5)).Intersect(s.field.Inset(1)), ink)
	}
	return boxes
}

// scene paints the program's window around the field, far enough for a region that is off.
func (s *style) scene(texts []string, m moment) (*canvas, []box) {
	far := s.field.Inset(-8 - 2*max(abs(m.look.X), abs(m.look.Y)))
	c := newCanvas(far, s.Paper)
	s.Frame.paint(c, s)
	s.unlit(c, m)
	if m.around != nil {
		m.around(c, s)
	}
	var boxes []box
	for _, text := range texts {
		boxes = append(boxes, s.write(c, text, m)...)
	}
	return c, boxes
}

// unlit draws the segments that do not shine.
func (s *style) unlit(c *canvas, m moment) {
	if s.Ghost == nil {
		return
	}
	all := "88888.88"
	if s.w.Whole {
		all = "88888"
	}
	s.pen.draw(c, s.origin(all)+64*m.off.X, s.baseline+m.off.Y, all, *s.Ghost)
}

// shoot is the region of the screen while the program shows a text, before any damage on the way, and the
// ink of the text's characters in it.
func (s *style) shoot(text string, m moment) (*canvas, []box) {
	return s.shootAll([]string{text}, m)
}

// shootAll draws several texts over each other.
func (s *style) shootAll(texts []string, m moment) (*canvas, []box) {
	c, boxes := s.scene(texts, m)
	region := s.region.Add(m.look)
	factor := 1.0
	if s.Stretch {
		factor = s.Scale
		c = c.stretch(s.Scale, region)
	}
	for i, b := range boxes {
		r := b.rect
		boxes[i].rect = image.Rect(scaled(r.Min.X, factor), scaled(r.Min.Y, factor), scaled(r.Max.X, factor), scaled(r.Max.Y, factor)).Sub(region.Min)
	}
	return c.crop(region), boxes
}

// moment draws what differs by chance between two pictures.
func (s *style) moment(rng *rand.Rand) moment {
	m := moment{caret: rng.IntN(2) == 0}
	if s.Wander > 0 {
		m.off = image.Pt(rng.IntN(2*s.Wander+1)-s.Wander, rng.IntN(2*s.Wander+1)-s.Wander)
	}
	return m
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}
