package main

import (
	"image"
	"math"
)

// glyph is the coverage of one character, drawn at one place inside its pixel.
type glyph struct {
	left, top, w, h int // pixels from the origin: left edge, top edge above the baseline, size
	channels        int // coverages for a pixel: 1, or 3 for sub-pixels
	advance, linear int // 64ths of a pixel: to the next glyph as hinted, as designed
	cover           []byte
}

// shapes gives the glyphs of one font at one size: a face, or a drawn segment or dot display.
type shapes interface {
	glyph(r rune, shift int) (glyph, bool)
	kern(a, b rune, whole bool) int
}

// pen writes lines. The first of its fonts that has a character draws it, as systems do with Chinese
// characters in a Latin font.
type pen struct {
	fonts  []shapes
	d      drawing
	weight [256]byte // coverage after the contrast
	cache  map[shapeKey]glyph
}

type shapeKey struct {
	r     rune
	shift int
}

func newPen(d drawing, fonts ...shapes) *pen {
	p := &pen{fonts: fonts, d: d, cache: map[shapeKey]glyph{}}
	for i := range p.weight {
		p.weight[i] = byte(math.Round(255 * math.Pow(float64(i)/255, d.Contrast)))
	}
	return p
}

// glyph never fails: a character that no font has is an empty glyph half as wide as "0".
func (p *pen) glyph(r rune, shift int) glyph {
	key := shapeKey{r, shift}
	if g, ok := p.cache[key]; ok {
		return g
	}
	g, ok := glyph{}, false
	for _, f := range p.fonts {
		if g, ok = f.glyph(r, shift); ok {
			break
		}
	}
	if !ok && r != '0' {
		zero := p.glyph('0', 0)
		g = glyph{advance: zero.advance / 2, linear: zero.linear / 2, channels: 1}
	}
	g = trim(g)
	if p.d.Bold {
		g = strikeTwice(g)
	}
	p.cache[key] = g
	return g
}

// has says whether one of the fonts can draw every character of a text.
func (p *pen) has(text string) bool {
	for _, r := range text {
		found := r == ' '
		for _, f := range p.fonts {
			if found {
				break
			}
			_, found = f.glyph(r, 0)
		}
		if !found {
			return false
		}
	}
	return true
}

// trim takes the empty rows and columns off a glyph: fonts of fixed cells have them.
func trim(g glyph) glyph {
	ink := image.Rectangle{}
	for i, c := range g.cover {
		if c > 0 {
			x, y := i/g.channels%g.w, i/g.channels/g.w
			ink = ink.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	tight := g
	tight.left, tight.top, tight.w, tight.h = g.left+ink.Min.X, g.top-ink.Min.Y, ink.Dx(), ink.Dy()
	tight.cover = make([]byte, 0, tight.w*tight.h*g.channels)
	for y := ink.Min.Y; y < ink.Max.Y; y++ {
		from := (y*g.w + ink.Min.X) * g.channels
		tight.cover = append(tight.cover, g.cover[from:from+tight.w*g.channels]...)
	}
	return tight
}

// strikeTwice makes a glyph bold by drawing it again one pixel to the right.
func strikeTwice(g glyph) glyph {
	if g.w == 0 {
		return g
	}
	b := g
	b.w, b.advance, b.linear = g.w+1, g.advance+64, g.linear+64
	b.cover = make([]byte, b.w*b.h*b.channels)
	n := g.channels
	for y := range g.h {
		for i := range g.w * n {
			c := g.cover[y*g.w*n+i]
			for _, at := range []int{y*b.w*n + i, y*b.w*n + i + n} {
				b.cover[at] = max(b.cover[at], c)
			}
		}
	}
	return b
}

// placed is a glyph at its place in a line.
type placed struct {
	r rune
	g glyph
	x int // pixel of the glyph's origin
}

// box is the ink of one character on a canvas.
type box struct {
	r    rune
	rect image.Rectangle
}

// line sets a text with its origin at x64 (64ths of a pixel) and returns where it ends.
func (p *pen) line(x64 int, text string) ([]placed, int) {
	whole := p.d.Phases <= 1 && !p.d.Designed
	if whole {
		x64 = (x64 + 32) &^ 63
	}
	var set []placed
	previous := rune(0)
	for _, r := range text {
		if previous != 0 {
			x64 += p.d.Tracking
			if p.d.Kerned {
				x64 += p.fonts[0].kern(previous, r, whole)
			}
		}
		at := x64
		if !whole {
			step := 64 / p.d.Phases
			at = (x64 + step/2) / step * step
		}
		g := p.glyph(r, at&63)
		set = append(set, placed{r, g, at >> 6})
		if whole {
			x64 += (g.advance + 32) &^ 63
		} else {
			x64 += p.glyph(r, 0).linear
		}
		previous = r
	}
	return set, x64
}

// width is the length of a text in 64ths of a pixel.
func (p *pen) width(text string) int {
	_, end := p.line(0, text)
	return end
}

// bounds is the ink of a text whose origin is (0, 0) on the baseline.
func (p *pen) bounds(text string) image.Rectangle {
	set, _ := p.line(0, text)
	var all image.Rectangle
	for _, s := range set {
		all = all.Union(s.rect(0))
	}
	return all
}

func (s placed) rect(baseline int) image.Rectangle {
	if s.g.w == 0 || s.g.h == 0 {
		return image.Rectangle{}
	}
	x, y := s.x+s.g.left, baseline-s.g.top
	return image.Rect(x, y, x+s.g.w, y+s.g.h)
}

// draw writes a text and says where each character's ink is.
func (p *pen) draw(c *canvas, x64, baseline int, text string, ink tone) []box {
	set, _ := p.line(x64, text)
	var boxes []box
	for _, s := range set {
		r := s.rect(baseline)
		if r.Empty() {
			continue
		}
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				c.blend(x, y, ink, p.coverage(s.g, x-r.Min.X, y-r.Min.Y))
			}
		}
		boxes = append(boxes, box{s.r, r})
	}
	return boxes
}

// coverage is how much of the red, green and blue stripe of a pixel the glyph covers.
func (p *pen) coverage(g glyph, x, y int) [3]byte {
	if g.channels == 1 {
		v := p.weight[g.cover[y*g.w+x]]
		return [3]byte{v, v, v}
	}
	at := (y*g.w + x) * 3
	v := [3]byte{p.weight[g.cover[at]], p.weight[g.cover[at+1]], p.weight[g.cover[at+2]]}
	if p.d.Smoothing == smoothBGR {
		v[0], v[2] = v[2], v[0]
	}
	return v
}
