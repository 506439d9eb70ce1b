package main

import (
	"image"
	"strings"
)

// hazard is a way in which a picture of a region must not be believed, or not beyond what it shows.
type hazard struct {
	Name string
	Says string
	make func(b *batch) (shown, bool) // false: this draw shows no such hazard, try another
}

// shown is the picture of a hazard. Want is the amount that may be accepted, 0 where none may.
type shown struct {
	c, second *canvas
	text      string
	want      int
}

// hazardPrefix begins the category of every hazard.
const hazardPrefix = "hazard-"

// hazardTries is how often a hazard is drawn anew before the style goes without it.
const hazardTries = 300

var hazards = []hazard{
	{"cut", "the region's edge runs through a digit, or left the prefix outside", (*batch).cut},
	{"covered", "another window hides a part of the amount", (*batch).covered},
	{"tooltip", "a tooltip with text hides a part of the amount", (*batch).tooltip},
	{"cursor", "the mouse cursor stands on a digit", (*batch).cursor},
	{"torn", "the upper half of one amount and the lower half of the next", (*batch).torn},
	{"fading", "one amount fades into the next", (*batch).fading},
	{"overprint", "two amounts drawn over each other", (*batch).overprint},
	{"shifted", "the window moved: a part of the amount, and what stands beside it", (*batch).shifted},
	{"negative", "a negative amount", (*batch).negative},
	{"two", "two amounts in the region", (*batch).two},
	{"changed", "the next grab shows another amount (column second)", (*batch).changed},
	{"otherfont", "another font or size than taught", (*batch).otherFont},
	{"form", "not an amount of this program: three decimals, one, none, a time, a share", (*batch).form},
	{"bar", "a caret between two digits", (*batch).bar},
	{"selected", "a part of the amount is selected", (*batch).selected},
	{"unseen", "a digit that no lesson showed", (*batch).unseen},
	{"blank", "nothing", (*batch).blank},
	{"zero", "zero", (*batch).zero},
	{"allink", "one colour all over", (*batch).allInk},
	{"noise", "words, strokes or grains", (*batch).noise},
}

// hazards draws some pictures of one kind.
func (b *batch) hazards(h hazard, n int) {
	for range n {
		for range hazardTries {
			p, ok := h.make(b)
			if !ok {
				continue
			}
			r := row{cat: hazardPrefix + h.Name, role: roleTest, must: mustReject, text: p.text}
			if p.want > 0 {
				r.must, r.want = mustTruthOrReject, plain(p.want)
			}
			b.addPair(p.c, p.second, r)
			break
		}
	}
}

// fits says whether every character stands whole inside the region.
func (s *style) fits(boxes []box) bool {
	for _, b := range boxes {
		if !b.rect.In(s.screen().Inset(1)) {
			return false
		}
	}
	return true
}

// screen is the region with its corner at (0, 0).
func (s *style) screen() image.Rectangle { return s.region.Sub(s.region.Min) }

// next draws an amount with its text, picture and characters.
func (b *batch) next(m moment) (fen int, text string, c *canvas, boxes []box) {
	fen = b.amount()
	text = b.s.w.spell(fen)
	c, boxes = b.s.shoot(text, m)
	return fen, text, c, boxes
}

// digits are the boxes of the digits of an amount.
func digits(boxes []box) []box {
	var some []box
	for _, b := range boxes {
		if b.r >= '0' && b.r <= '9' {
			some = append(some, b)
		}
	}
	return some
}

// still is a moment without chance, for what is compared.
func (b *batch) still() moment { return moment{} }

// cut moves the region so that its edge runs through a digit.
func (b *batch) cut() (shown, bool) {
	m := b.s.moment(b.rng)
	fen, text, _, boxes := b.next(m)
	if b.s.w.Prefix != "" && b.rng.IntN(4) == 0 {
		return b.cutBetween(fen, text, m, boxes)
	}
	through := pick(b.rng, digits(boxes)).rect
	if through.Dx() < 3 || through.Dy() < 4 {
		return shown{}, false
	}
	share := 0.2 + 0.6*b.rng.Float64()
	x := through.Min.X + max(1, int(share*float64(through.Dx())))
	y := through.Min.Y + max(1, int(share*float64(through.Dy())))
	switch b.rng.IntN(4) {
	case 0:
		m.look = image.Pt(x, 0)
	case 1:
		m.look = image.Pt(x-b.s.region.Dx(), 0)
	case 2:
		m.look = image.Pt(0, y)
	case 3:
		m.look = image.Pt(0, y-b.s.region.Dy())
	}
	c, _ := b.s.shoot(text, m)
	return shown{c: c, text: text}, b.inkOnEdge(text, m)
}

// inkOnEdge says whether the region's edge runs through the ink of a text.
func (b *batch) inkOnEdge(text string, m moment) bool {
	c, _ := b.s.shoot(text, m)
	empty, _ := b.s.shootAll(nil, m)
	inner := c.Rect.Inset(1)
	for y := range c.Rect.Dy() {
		for x := range c.Rect.Dx() {
			if !image.Pt(x, y).In(inner) && distance(c.at(x, y), empty.at(x, y)) > b.visible() {
				return true
			}
		}
	}
	return false
}

// cutBetween leaves the prefix and perhaps some digits outside, without touching any of the others.
func (b *batch) cutBetween(_ int, text string, m moment, boxes []box) (shown, bool) {
	all := digits(boxes)
	first := all[b.rng.IntN(max(1, len(all)-3))].rect
	for _, o := range boxes {
		if o.rect.Min.X < first.Min.X && o.rect.Max.X >= first.Min.X-1 {
			return shown{}, false // the neighbours touch
		}
	}
	m.look = image.Pt(first.Min.X-1, 0)
	c, _ := b.s.shoot(text, m)
	return shown{c: c, text: text}, true
}

// shifted is a cut with the rest of the program's window around it.
func (b *batch) shifted() (shown, bool) {
	m := b.s.moment(b.rng)
	_, text, _, boxes := b.next(m)
	through := pick(b.rng, digits(boxes)).rect
	if through.Dx() < 3 || through.Dy() < 4 {
		return shown{}, false
	}
	x, y := (through.Min.X+through.Max.X)/2, (through.Min.Y+through.Max.Y)/2
	m.look = pick(b.rng, []image.Point{{X: x}, {X: x - b.s.region.Dx()}, {Y: y}, {Y: y - b.s.region.Dy()}, {X: x - b.s.region.Dx(), Y: y / 2}})
	if !b.inkOnEdge(text, m) {
		return shown{}, false
	}
	left, below := b.s.w.spell(b.amount()), b.s.w.spell(b.amount())
	m.around = func(c *canvas, s *style) {
		width := s.pen.width(left)/64 + s.Px
		s.pen.draw(c, (s.field.Min.X-width)*64, s.baseline, left, s.Ink)
		s.pen.draw(c, s.origin(below), s.baseline+s.field.Dy(), below, s.Ink)
		s.pen.draw(c, s.origin(left), s.baseline-s.field.Dy(), left, s.Ink)
	}
	c, _ := b.s.shoot(text, m)
	return shown{c: c, text: text}, true
}

func (b *batch) negative() (shown, bool) {
	m := b.s.moment(b.rng)
	w := b.s.w
	bare := wording{Grouped: w.Grouped, Whole: w.Whole}.spell(b.amount())
	minus := pick(b.rng, []string{"-", "-", "-", "−", "- "})
	if !b.s.pen.has(minus) {
		return shown{}, false
	}
	text := pick(b.rng, []string{w.Prefix + minus + bare + w.Suffix, w.Prefix + minus + bare + w.Suffix, minus + w.Prefix + bare + w.Suffix,
		w.Prefix + "(" + bare + ")" + w.Suffix, w.Prefix + bare + "-" + w.Suffix})
	if b.s.Apart && !strings.HasPrefix(text, w.Prefix) || !b.s.pen.has(text) {
		return shown{}, false
	}
	if b.rng.IntN(4) == 0 {
		if red := (tone{220, 0, 0}); distance(red, b.s.Paper) > 150 {
			m.tint = &red
		}
	}
	c, boxes := b.s.shoot(text, m)
	return shown{c: c, text: text}, b.s.fits(boxes)
}

// two shows a second amount beside, or in place of, the first.
func (b *batch) two() (shown, bool) {
	m := b.s.moment(b.rng)
	first, second := b.s.w.spell(b.small()), b.s.w.spell(b.small())
	text := first + pick(b.rng, []string{"  ", " ", " / ", "   "}) + second
	if b.rng.IntN(3) == 0 {
		text = first + strings.Repeat(" ", 2) + wording{Grouped: b.s.w.Grouped, Whole: b.s.w.Whole}.spell(b.small())
	}
	if !b.s.pen.has(text) {
		return shown{}, false
	}
	c, boxes := b.s.shoot(text, m)
	return shown{c: c, text: text}, b.s.fits(boxes)
}

// small is an amount that leaves room for another one.
func (b *batch) small() int {
	for {
		if fen := b.amount(); fen < 1000_00 && b.rng.IntN(100_00) > fen {
			return fen
		}
	}
}

// changed is whole in both grabs; only their difference tells that the program was still writing.
func (b *batch) changed() (shown, bool) {
	m := b.s.moment(b.rng)
	fen, text, c, _ := b.next(m)
	other, _, second, _ := b.next(m)
	return shown{c: c, second: second, text: text, want: fen}, fen != other
}

// form shows what is no amount of this program, though it is made of the same characters.
func (b *batch) form() (shown, bool) {
	w := b.s.w
	forms := []string{"#.###", "##.#", "###", "#.#", "##:##", "##.##%", "#.##.##", "##-##", "#×##.##", "##.###", "##.##kg", ".##", "##.", "#### ##"}
	if w.Whole {
		forms = []string{"##.##", "###.#", "##:##", "##%", "##-##", "#×###", "### ###", "#.###"}
	}
	if w.Grouped {
		forms = append(forms, "#,##.##", "##,##", ",###.##")
	}
	form := []rune(pick(b.rng, forms))
	for i, r := range form {
		for r == '#' && form[i] == '#' {
			form[i] = rune('1' + b.rng.IntN(9))
		}
	}
	text := w.Prefix + string(form) + w.Suffix
	c, boxes := b.s.shoot(text, b.s.moment(b.rng))
	return shown{c: c, text: text}, b.s.fits(boxes) && b.s.pen.has(text)
}

// unseen is an amount with a digit of which the reader has no picture.
func (b *batch) unseen() (shown, bool) {
	fen := b.s.w.draw(b.rng)
	text := b.s.w.spell(fen)
	c, _ := b.s.shoot(text, b.s.moment(b.rng))
	return shown{c: c, text: text, want: fen}, !b.s.w.covers(b.s.Lessons, fen)
}

func (b *batch) blank() (shown, bool) {
	c, _ := b.s.shootAll(nil, b.s.moment(b.rng))
	return shown{c: c}, true
}

func (b *batch) zero() (shown, bool) {
	text := b.s.w.spell(0)
	c, _ := b.s.shoot(text, b.s.moment(b.rng))
	return shown{c: c, text: text}, true
}

func (b *batch) allInk() (shown, bool) {
	t := pick(b.rng, []tone{b.s.Ink, b.s.Ink, black, white, {byte(b.rng.IntN(256)), byte(b.rng.IntN(256)), byte(b.rng.IntN(256))}})
	return shown{c: newCanvas(b.s.screen(), t)}, true
}
