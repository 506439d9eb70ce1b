package main

import (
	"image"
	"math"
)

// hidden is the share of a digit that must be hidden before a picture may not be read at all; with less,
// the truth may be read.
const hidden = 0.3

// covered puts a window with a border over a part of the amount.
func (b *batch) covered() (shown, bool) {
	m := b.s.moment(b.rng)
	fen, text, c, boxes := b.next(m)
	over := b.over(pick(b.rng, digits(boxes)).rect)
	cover := pick(b.rng, []tone{dialogue, oldDialogue, white, {0, 120, 215}, {43, 87, 154}, {60, 60, 60}, {255, 140, 0}})
	if distance(cover, b.s.Paper) < 24 {
		return shown{}, false // it would look like an empty place
	}
	c.fill(over, cover)
	c.outline(over, cover.mix(white, 0.5), cover.mix(black, 0.5))
	return b.hides(c, over, fen, text, boxes)
}

// over is a rectangle from outside the region that ends on a digit.
func (b *batch) over(digit image.Rectangle) image.Rectangle {
	all := b.s.screen()
	x, y := digit.Min.X+1+b.rng.IntN(max(1, digit.Dx())), digit.Min.Y+1+b.rng.IntN(max(1, digit.Dy()))
	switch b.rng.IntN(5) {
	case 0:
		return image.Rect(-5, -5, x, all.Max.Y+5)
	case 1:
		return image.Rect(x, -5, all.Max.X+5, all.Max.Y+5)
	case 2:
		return image.Rect(-5, y, all.Max.X+5, all.Max.Y+5)
	case 3:
		return image.Rect(x, y, all.Max.X+5, all.Max.Y+5)
	}
	return image.Rect(digit.Min.X-b.rng.IntN(4), digit.Min.Y-1, digit.Max.X+b.rng.IntN(1+3*digit.Dx()), y+1)
}

// hides labels a picture by how much of its digits a rectangle hides.
func (b *batch) hides(c *canvas, over image.Rectangle, fen int, text string, boxes []box) (shown, bool) {
	most := 0.0
	for _, d := range digits(boxes) {
		part := d.rect.Intersect(over)
		most = math.Max(most, float64(part.Dx()*part.Dy())/float64(max(1, d.rect.Dx()*d.rect.Dy())))
	}
	if most >= hidden {
		fen = 0
	}
	return shown{c: c, text: text, want: fen}, most > 0
}

// tooltip puts a note with words or a price over a part of the amount.
func (b *batch) tooltip() (shown, bool) {
	m := b.s.moment(b.rng)
	fen, text, c, boxes := b.next(m)
	note := b.note()
	if note == nil {
		return shown{}, false
	}
	words := pick(b.rng, []string{"F9 Pay", "12 items", "Print", "合计金额", "3.50", "New order", "¥ 8.00", "F5 结算", "Saved 1.20"})
	size := note.bounds(words)
	digit := pick(b.rng, digits(boxes)).rect
	at := image.Pt(digit.Min.X+b.rng.IntN(max(1, digit.Dx())), digit.Min.Y+b.rng.IntN(max(1, digit.Dy())))
	if b.rng.IntN(2) == 0 {
		at.X -= size.Dx() / 2
	}
	over := image.Rectangle{Min: at, Max: at.Add(image.Pt(size.Dx()+8, size.Dy()+6))}
	paper := pick(b.rng, []tone{{255, 255, 225}, {255, 255, 255}, {50, 50, 50}})
	ink := black
	if paper.dark() {
		ink = white
	}
	c.fill(over, paper)
	c.outline(over, ink, ink)
	note.draw(c, (over.Min.X+4-size.Min.X)*64, over.Min.Y+3-size.Min.Y, words, ink)
	return b.hides(c, over, fen, text, boxes)
}

// note is the pen of tooltips, the same in all styles.
func (b *batch) note() *pen {
	if b.notes != nil {
		return b.notes
	}
	some := of(b.fonts, kindChinese)
	f, err := b.r.open(some[0].Path, some[0].Index, 12, systems["gdi-grey"])
	if err != nil {
		return nil
	}
	b.s.closers = append(b.s.closers, f.close)
	b.notes = newPen(systems["gdi-grey"], f)
	return b.notes
}

// The cursors of the mouse: # black, o white.
var cursors = [][]string{{
	"#           ", "##          ", "#o#         ", "#oo#        ", "#ooo#       ", "#oooo#      ", "#ooooo#     ", "#oooooo#    ",
	"#ooooooo#   ", "#oooooooo#  ", "#ooooooooo# ", "#oooooo#####", "#ooo#oo#    ", "#oo##oo#    ", "#o#  #oo#   ", "##   #oo#   ",
	"#     #oo#  ", "      #oo#  ", "       ##   ",
}, {
	"### ###", "   #   ", "   #   ", "   #   ", "   #   ", "   #   ", "   #   ", "   #   ", "   #   ", "   #   ", "   #   ", "   #   ", "   #   ", "### ###",
}, {
	"     ##      ", "    #oo#     ", "    #oo#     ", "    #oo#     ", "    #oo###   ", "    #oo#oo###", " ## #oo#oo#oo", "#oo##oooooooo", "#ooo#oooooooo",
	" #oo#oooooooo", "  #oooooooooo", "  #oooooooooo", "   #oooooooo#", "   #oooooooo#", "    #oooooo# ", "    ######## ",
}}

// cursor puts the mouse on a digit. What it leaves of the amount may be read.
func (b *batch) cursor() (shown, bool) {
	m := b.s.moment(b.rng)
	fen, text, c, boxes := b.next(m)
	digit := pick(b.rng, digits(boxes)).rect
	at := image.Pt(digit.Min.X+b.rng.IntN(max(1, digit.Dx())), digit.Min.Y+b.rng.IntN(max(1, digit.Dy())))
	zoom := 1 + b.rng.IntN(2)
	touched := false
	for y, line := range pick(b.rng, cursors) {
		for x, mark := range line {
			if mark == ' ' {
				continue
			}
			t := black
			if mark == 'o' {
				t = white
			}
			dot := image.Rect(x*zoom, y*zoom, (x+1)*zoom, (y+1)*zoom).Add(at)
			c.fill(dot, t)
			touched = touched || dot.Overlaps(digit)
		}
	}
	return shown{c: c, text: text, want: fen}, touched
}

// bar puts a caret between two digits, where it could pass for a one.
func (b *batch) bar() (shown, bool) {
	m := b.s.moment(b.rng)
	fen, text, c, boxes := b.next(m)
	all := digits(boxes)
	if len(all) < 3 {
		return shown{}, false
	}
	after := all[b.rng.IntN(len(all)-1)].rect
	x := after.Max.X + b.rng.IntN(2)
	c.fill(image.Rect(x, after.Min.Y-b.rng.IntN(3), x+max(1, after.Dx()/6), after.Max.Y+b.rng.IntN(3)), b.s.Ink)
	return shown{c: c, text: text, want: fen}, true
}

// selected inverts a part of the line, as marking with the mouse does.
func (b *batch) selected() (shown, bool) {
	m := b.s.moment(b.rng)
	fen, text, c, boxes := b.next(m)
	all := digits(boxes)
	from := all[b.rng.IntN(len(all))].rect
	to := all[b.rng.IntN(len(all))].rect
	mark := image.Rect(from.Min.X, from.Min.Y-2, to.Max.X, from.Max.Y+2).Intersect(c.Rect)
	if mark.Empty() {
		return shown{}, false
	}
	for y := mark.Min.Y; y < mark.Max.Y; y++ {
		for x := mark.Min.X; x < mark.Max.X; x++ {
			t := c.at(x, y)
			c.set(x, y, tone{255 - t[0], 255 - t[1], 255 - t[2]})
		}
	}
	return shown{c: c, text: text, want: fen}, true
}

// noise is what may stand in a region when another window is there.
func (b *batch) noise() (shown, bool) {
	c, _ := b.s.shootAll(nil, b.s.moment(b.rng))
	switch b.rng.IntN(3) {
	case 0:
		text := pick(b.rng, []string{"--.--", "Thank you", "NaN", "ERROR", "Welcome", "O.OO", "lOl.SO", "Loading", "谢谢惠顾", "***.**"})
		if !b.s.pen.has(text) || b.s.Apart {
			return shown{}, false
		}
		lettered, boxes := b.s.shoot(text, b.s.moment(b.rng))
		return shown{c: lettered, text: text}, b.s.fits(boxes)
	case 1:
		share := 0.02 + 0.5*b.rng.Float64()
		for y := range c.Rect.Dy() {
			for x := range c.Rect.Dx() {
				if b.rng.Float64() < share {
					c.set(x, y, b.s.Paper.mix(b.s.Ink, b.rng.Float64()))
				}
			}
		}
	case 2:
		for range 3 + b.rng.IntN(20) {
			x, y := b.rng.IntN(c.Rect.Dx()), b.rng.IntN(c.Rect.Dy())
			c.fill(image.Rect(x, y, x+1+b.rng.IntN(b.s.Px), y+1+b.rng.IntN(max(1, b.s.Px/6))), b.s.Ink)
		}
	}
	return shown{c: c}, true
}

// distance is how far two tones are apart in the channel that differs most.
func distance(a, b tone) int {
	most := 0
	for i := range a {
		most = max(most, abs(int(a[i])-int(b[i])))
	}
	return most
}
