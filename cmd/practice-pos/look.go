package main

import (
	"image"
	"math"
	"slices"
	"strings"
)

// look is one of the ways in which tills appear: how large the window is, where its parts lie and which
// of them are drawn.
type look struct {
	name string
	w, h int // client area in px at scale 1
	rows int // of the goods table
	// Where the parts lie that every look has.
	goods, side, question frame
	regions               map[string]image.Rectangle // in px of the client area at scale 1
}

// frame puts a part of the window elsewhere: its px are multiplied, then moved.
type frame struct {
	x, y int
	zoom float64
}

func (f frame) rect(r image.Rectangle) image.Rectangle {
	at := func(n, by int) int { return by + int(math.Round(float64(n)*f.zoom)) }
	return image.Rect(at(r.Min.X, f.x), at(r.Min.Y, f.y), at(r.Max.X, f.x), at(r.Max.Y, f.y))
}

// Names of the looks.
const (
	lookStandard = "standard"
	lookDark     = "dark"
	lookLarge    = "large"
	lookLCD      = "lcd"
)

func lookNames() []string { return []string{lookStandard, lookDark, lookLarge, lookLCD} }

// findLook gives a look by its name, or nil.
func findLook(name string) *look {
	unmoved := frame{zoom: 1}
	switch name {
	case lookStandard, lookDark:
		l := &look{name: name, w: 900, h: 680, rows: 11, goods: unmoved, side: unmoved, question: unmoved}
		return l.with(box(628, 92, 248, 68))
	case lookLarge:
		l := &look{name: name, w: 1024, h: 768, rows: 8, goods: frame{-2, 135, 1.14}, side: frame{-2, -4, 1.14}, question: frame{0, 60, 1.14}}
		l = l.with(box(330, 64, 670, 120))
		l.regions[regionSettle] = l.side.rect(touchSettle)
		for i := range shelf {
			l.regions[regionGoods+shelf[i].code] = l.side.rect(tile(i))
		}
		return l
	case lookLCD:
		l := &look{name: name, w: 900, h: 710, rows: 9, goods: frame{0, 110, 1}, side: frame{0, -12, 1}, question: frame{0, 40, 1}}
		return l.with(box(420, 40, 456, 106))
	}
	return nil
}

// with puts every region to where the look has it; the total is in a place of its own.
func (l *look) with(amount image.Rectangle) *look {
	l.regions = map[string]image.Rectangle{regionAmount: amount, regionSerial: l.goods.rect(places[regionSerial]),
		regionPopup: l.question.rect(places[regionPopup])}
	for name, r := range places {
		if _, there := l.regions[name]; !there {
			l.regions[name] = l.side.rect(r)
		}
	}
	return l
}

// regionAt names what lies at a point (scale 1) that can be clicked in this state, or any region.
func (l *look) regionAt(s state, p image.Point) string {
	for _, name := range slices.Concat(clickable[s], []string{regionAmount, regionSerial}) {
		if p.In(l.regions[name]) {
			return name
		}
	}
	for name, r := range l.regions {
		if s == selling && strings.HasPrefix(name, regionGoods) && p.In(r) {
			return name
		}
	}
	return ""
}

// touchSettle and the tiles are what the large look has at its side while goods are taken in.
var touchSettle = box(572, 538, 312, 78)

// tile is where the button of the i-th goods lies.
func tile(i int) image.Rectangle { return box(572+(i%3)*107, 184+(i/3)*88, 98, 79) }

// amountText is the total as the look writes it.
func (l *look) amountText(f fen) string {
	if l.name != lookLarge {
		return f.String()
	}
	yuan, part, _ := strings.Cut(f.String(), ".")
	if len(yuan) > 3 {
		yuan = yuan[:len(yuan)-3] + "," + yuan[len(yuan)-3:]
	}
	return "￥" + yuan + "." + part
}
