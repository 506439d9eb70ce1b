//go:build !nowindow

package main

import (
	"image"
	"image/color"
	"strconv"
	"time"

	"gioui.org/f32"
	"gioui.org/op/clip"
	"gioui.org/op/paint"
	"gioui.org/text"
)

// band is the total of the large look: a dark strip across the window, readable from across the shop.
func (b *brush) band(t *till) {
	b.round(box(14, 56, b.look.w-32, 136), 8, b.total)
	b.write(box(38, 70, 200, 40), "应收合计", letters{24, true, text.Start, b.onTotalSoft})
	b.write(box(38, 126, 240, 44), "共 "+strconv.Itoa(t.pieces())+" 件商品", letters{20, false, text.Start, b.onTotalSoft})
	amount := b.look.regions[regionAmount]
	amount.Max.X -= 24
	b.write(amount, b.look.amountText(t.total()), letters{88, true, text.End, b.onTotal})
}

// tileColours are the colours of goods by their kind, in the order of the shelf.
var tileColours = [...]color.NRGBA{
	rgb(0x1971c2), rgb(0x1971c2), rgb(0x9c6508), rgb(0x2b8a3e), rgb(0x2b8a3e), rgb(0x6741d9),
	rgb(0x6741d9), rgb(0x9c6508), rgb(0x9c6508), rgb(0xc2255c), rgb(0x6741d9), rgb(0x495057),
}

// tiles are the goods as buttons for a finger, and the way to the settlement below them.
func (b *brush) tiles() {
	for i, it := range shelf {
		r := tile(i)
		b.round(r, 7, tileColours[i%len(tileColours)])
		name, size := cutName(it.name)
		white := rgb(0xffffff)
		b.write(box(r.Min.X+2, r.Min.Y+6, r.Dx()-4, 26), name, letters{16, true, text.Middle, white})
		b.write(box(r.Min.X+2, r.Min.Y+30, r.Dx()-4, 20), size, letters{12, false, text.Middle, white})
		b.write(box(r.Min.X+2, r.Min.Y+52, r.Dx()-4, 22), it.price.String(), letters{14, false, text.Middle, white})
	}
	b.round(touchSettle, 8, b.action)
	b.write(touchSettle, "收 款", letters{34, true, text.Middle, b.onAction})
}

// cutName parts "纯牛奶 250ml" into what it is and how large.
func cutName(name string) (what, size string) {
	for i, r := range name {
		if r == ' ' {
			return name[:i], name[i+1:]
		}
	}
	return name, ""
}

// display is the upper part of the lcd look: a lit display in a dark case.
func (b *brush) display(t *till, now time.Time) {
	b.fill(box(0, 0, b.look.w, 160), b.palette.header)
	b.write(box(18, 1, 200, 30), "惠民收银", letters{17, true, text.Start, b.onHeader})
	b.write(box(104, 2, 240, 30), "人民路店 · 02 号机", letters{13, false, text.Start, b.faint})
	b.write(box(b.look.w-350, 2, 332, 30), "收银员 1001    "+now.Format("2006-01-02 15:04"), letters{13, false, text.End, b.faint})
	b.framed(box(14, 32, b.look.w-28, 122), 8, 3, b.total, rgb(0x0e1110))
	b.write(box(34, 44, 160, 40), "应收合计", letters{26, true, text.Start, b.onTotal})
	b.write(box(34, 98, 60, 40), "件数", letters{18, false, text.Start, b.onTotalSoft})
	b.digits(box(84, 102, 120, 34), strconv.Itoa(t.pieces()), 3)
	b.write(box(330, 104, 84, 36), "人民币元", letters{17, false, text.End, b.onTotalSoft})
	amount := b.look.regions[regionAmount]
	b.digits(image.Rect(amount.Min.X, amount.Min.Y+12, amount.Max.X-8, amount.Max.Y-12), t.total().String(), len("99999.99")-1)
}

// Measures of a seven-segment digit, as shares of its height.
const (
	digitWide   = 0.56
	digitStep   = 0.75 // from one digit to the next
	strokeThick = 0.12
)

// segments are the corners of a lit stroke, in the order a to g: upper, upper right, lower right, lower,
// lower left, upper left, middle. A digit's bits say which of them are lit.
var segments = [7][2]f32.Point{
	{{X: 0, Y: 0}, {X: 1, Y: 0}}, {{X: 1, Y: 0}, {X: 1, Y: .5}}, {{X: 1, Y: .5}, {X: 1, Y: 1}}, {{X: 0, Y: 1}, {X: 1, Y: 1}},
	{{X: 0, Y: .5}, {X: 0, Y: 1}}, {{X: 0, Y: 0}, {X: 0, Y: .5}}, {{X: 0, Y: .5}, {X: 1, Y: .5}},
}

var lit = [10]uint8{0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f}

// digits writes a number on a display of so many cells, against the right edge. A real display shows its
// dark segments faintly; so does this one.
func (b *brush) digits(r image.Rectangle, s string, cells int) {
	h := float32(r.Dy())
	ghost := b.onTotal
	ghost.A = 9
	x := float32(r.Max.X) - h*digitWide
	point := false
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '.' {
			point = true
			continue
		}
		b.digit(x, r, lit[s[i]-'0'], ghost)
		if point {
			b.point(x+h*((digitStep+digitWide-strokeThick)/2), r)
		}
		point = false
		x -= h * digitStep
		cells--
	}
	for ; cells > 0; cells-- {
		b.digit(x, r, 0, ghost)
		x -= h * digitStep
	}
}

// digit draws one cell whose left edge is x.
func (b *brush) digit(x float32, r image.Rectangle, bits uint8, ghost color.NRGBA) {
	h := float32(r.Dy())
	half := h * strokeThick / 2
	at := func(p f32.Point) f32.Point {
		return f32.Pt(x+half+p.X*(h*digitWide-2*half), float32(r.Min.Y)+half+p.Y*(h-2*half))
	}
	for i, ends := range segments {
		colour := ghost
		if bits&(1<<i) != 0 {
			colour = b.onTotal
		}
		b.stroke(at(ends[0]), at(ends[1]), half, colour)
	}
}

// stroke draws a segment as displays have it: pointed at both ends, with a hair of a gap to the next.
func (b *brush) stroke(from, to f32.Point, half float32, c color.NRGBA) {
	along := f32.Pt(1, 0)
	if from.X == to.X {
		along = f32.Pt(0, 1)
	}
	gap := half * 0.22
	from, to = from.Add(along.Mul(gap)), to.Sub(along.Mul(gap))
	across := f32.Pt(along.Y, along.X).Mul(half)
	tip := along.Mul(half)
	b.shape(c, from, from.Add(tip).Sub(across), to.Sub(tip).Sub(across), to, to.Sub(tip).Add(across), from.Add(tip).Add(across))
}

// point draws the decimal point whose left edge is x, at the foot of the digits.
func (b *brush) point(x float32, r image.Rectangle) {
	side := float32(r.Dy()) * strokeThick
	y := float32(r.Max.Y)
	b.shape(b.onTotal, f32.Pt(x, y-side), f32.Pt(x+side, y-side), f32.Pt(x+side, y), f32.Pt(x, y))
}

// shape fills a polygon.
func (b *brush) shape(c color.NRGBA, corners ...f32.Point) {
	var p clip.Path
	p.Begin(b.gtx.Ops)
	for i, k := range corners {
		k = k.Mul(b.zoom()).Add(f32.Pt(float32(b.frame.x), float32(b.frame.y)).Mul(b.scale))
		if i == 0 {
			p.MoveTo(k)
		} else {
			p.LineTo(k)
		}
	}
	p.Close()
	paint.FillShape(b.gtx.Ops, c, clip.Outline{Path: p.End()}.Op())
}
