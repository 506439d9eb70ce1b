package main

import "image"

// torn takes the rows above a line from one picture and the rest from the next.
func (b *batch) torn() (shown, bool) {
	a, c, boxes := b.pair()
	tallest := digits(boxes)[0].rect
	y := tallest.Min.Y + tallest.Dy()/4 + b.rng.IntN(max(1, tallest.Dy()/2))
	mixed := b.blend(a.picture, c.picture, func(_, row int, older, newer tone) tone {
		if row < y {
			return older
		}
		return newer
	})
	return shown{c: mixed, text: a.text + " | " + c.text}, b.nobodys(mixed, a.text, c.text, b.visible())
}

// fading is a part of one picture and a part of the next in every pixel.
func (b *batch) fading() (shown, bool) {
	a, c, _ := b.pair()
	part := 0.42 + 0.16*b.rng.Float64()
	mixed := b.blend(a.picture, c.picture, func(_, _ int, older, newer tone) tone { return older.mix(newer, part) })
	return shown{c: mixed, text: a.text + " | " + c.text}, b.nobodys(mixed, a.text, c.text, b.visible()/2) // every pixel is between the two
}

// overprint writes an amount without wiping the one before.
func (b *batch) overprint() (shown, bool) {
	a, c, _ := b.pair()
	mixed, _ := b.s.shootAll([]string{a.text, c.text}, b.still())
	return shown{c: mixed, text: a.text + " | " + c.text}, b.nobodys(mixed, a.text, c.text, b.visible())
}

// scene is an amount's text and picture.
type scene struct {
	text    string
	picture *canvas
}

// pair draws two amounts at the same moment, and the characters of the second.
func (b *batch) pair() (first, second scene, boxes []box) {
	_, text, c, _ := b.next(b.still())
	_, other, d, boxes := b.next(b.still())
	return scene{text, c}, scene{other, d}, boxes
}

func (b *batch) blend(older, newer *canvas, mix func(x, y int, older, newer tone) tone) *canvas {
	out := newCanvas(newer.Rect, tone{})
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.set(x, y, mix(x, y, older.at(x, y), newer.at(x, y)))
		}
	}
	return out
}

// nobodys says whether a mixture of two amounts is no picture of any amount: seven segments make an 8 of the
// upper half of a 9 and the lower half of a 6, and nobody could tell.
func (b *batch) nobodys(mixed *canvas, first, second string, visible int) bool {
	one, _ := b.s.shoot(first, b.still())
	two, _ := b.s.shoot(second, b.still())
	all := b.s.screen()
	if !b.apart(mixed, one, all, visible) || !b.apart(mixed, two, all, visible) {
		return false
	}
	longer := second
	if len(first) > len(second) {
		longer = first
	}
	for i, r := range longer {
		if r >= '0' && r <= '9' && b.noDigit(mixed, longer, i, visible) {
			return true
		}
	}
	return false
}

// noDigit says whether a mixture shows no digit at one place of a text.
func (b *batch) noDigit(mixed *canvas, text string, i, visible int) bool {
	var candidates []*canvas
	var cells []image.Rectangle
	widest := image.Rectangle{}
	for d := byte('0'); d <= '9'; d++ {
		c, boxes := b.s.shoot(text[:i]+string(d)+text[i+1:], b.still())
		if at := ink(boxes, text, i); at >= 0 {
			candidates, cells = append(candidates, c), append(cells, boxes[at].rect)
			widest = widest.Union(boxes[at].rect)
		}
	}
	for k, c := range candidates {
		cell := cells[k]
		if b.s.even() { // then the neighbours stay where they are, and ink beside a narrow digit counts
			cell = widest
		}
		cell.Min.Y, cell.Max.Y = 0, mixed.Rect.Max.Y
		if !b.apart(mixed, c, cell, visible) {
			return false
		}
	}
	return true
}

// ink finds the box of the character at a byte of a text: spaces have none.
func ink(boxes []box, text string, at int) int {
	n := 0
	for i, r := range text {
		if i == at {
			break
		}
		if r != ' ' && r != '　' {
			n++
		}
	}
	if n >= len(boxes) {
		return -1
	}
	return n
}

// apart says whether two pictures differ in a rectangle by more than the smoothing of an edge.
func (b *batch) apart(one, two *canvas, in image.Rectangle, visible int) bool {
	in = in.Intersect(one.Rect)
	most, seen := max(3, b.s.weight()/16), 0
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if distance(one.at(x, y), two.at(x, y)) > visible {
				seen++
			}
		}
	}
	return seen > most
}

// visible is the difference of two pixels that smoothing alone does not make.
func (b *batch) visible() int { return max(12, b.s.contrast()*2/5) }

// contrast is how far the strongest ink of an eight is from the paper: thin strokes never reach their tone.
func (s *style) contrast() int {
	peak := byte(0)
	for _, c := range s.pen.glyph('8', 0).cover {
		peak = max(peak, s.pen.weight[c])
	}
	return distance(s.Ink, s.Paper) * int(peak) / 255
}

// weight is how many pixels of the screen an eight inks.
func (s *style) weight() int {
	n := 0
	g := s.pen.glyph('8', 0)
	for i := 0; i < len(g.cover); i += g.channels {
		if s.pen.weight[g.cover[i]] > 127 {
			n++
		}
	}
	if s.Stretch {
		n = int(float64(n) * s.Scale * s.Scale)
	}
	return n
}

// even says whether all digits are equally wide and keep their places.
func (s *style) even() bool {
	zero := s.pen.width("00")
	for a := '0'; a <= '9'; a++ {
		for b := '0'; b <= '9'; b++ {
			if s.pen.width(string([]rune{a, b})) != zero {
				return false
			}
		}
	}
	return true
}

// otherFont writes the amount as the program does after somebody changed its settings.
func (b *batch) otherFont() (shown, bool) {
	fen := b.amount()
	text := b.s.w.spell(fen)
	font, px := b.s.Font, b.s.Px
	if b.rng.IntN(2) == 0 || b.s.Display != displayNone || font.Kind == kindBitmap {
		font = pick(b.rng, of(b.fonts, kindSans, kindWindows, kindFixed, kindSerif, kindBitmap))
	}
	if font.Path == b.s.Font.Path {
		px += pick(b.rng, []int{-2, -1, 1, 2, 3})
	}
	if font.Path == b.s.Font.Path && font.Index == b.s.Font.Index && px == b.s.Px || px < 7 {
		return shown{}, false
	}
	other, err := b.r.open(font.Path, font.Index, px, b.s.d)
	if err != nil {
		return shown{}, false
	}
	defer other.close()
	own := b.s.pen
	defer func() { b.s.pen = own }()
	b.s.pen = newPen(b.s.d, append([]shapes{other}, own.fonts[1:]...)...)
	c, boxes := b.s.shoot(text, b.s.moment(b.rng))
	return shown{c: c, text: text, want: fen}, b.s.fits(boxes) && b.s.pen.has(text)
}
