//go:build !nowindow

package main

import (
	"image"
	"image/color"

	"gioui.org/app"
	"gioui.org/font"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/clip"
	"gioui.org/op/paint"
	"gioui.org/text"
	"gioui.org/unit"
	"gioui.org/widget"
)

// palette is a look.
type palette struct {
	page, card, edge, header, onHeader, faint  color.NRGBA
	ink, soft, stripe, chosen                  color.NRGBA
	total, onTotal, onTotalSoft                color.NRGBA
	action, onAction, quiet, alarm, good, veil color.NRGBA
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

var light = palette{
	page: rgb(0xe9edf2), card: rgb(0xffffff), edge: rgb(0xc8d0da), header: rgb(0x14508c), onHeader: rgb(0xffffff), faint: rgb(0xb9d2ec),
	ink: rgb(0x1c2733), soft: rgb(0x64717f), stripe: rgb(0xf5f8fb), chosen: rgb(0xd9e9fa),
	total: rgb(0xffffff), onTotal: rgb(0xb3140f), onTotalSoft: rgb(0x64717f),
	action: rgb(0x1668b8), onAction: rgb(0xffffff), quiet: rgb(0xe3e9f0), alarm: rgb(0xc62828), good: rgb(0x1d7a3d),
	veil: color.NRGBA{R: 20, G: 30, B: 45, A: 120},
}

var dark = palette{
	page: rgb(0x14181d), card: rgb(0x1e242b), edge: rgb(0x36404b), header: rgb(0x0c0f13), onHeader: rgb(0xf0f4f8), faint: rgb(0x8a97a5),
	ink: rgb(0xe6ebf0), soft: rgb(0x8e9aa8), stripe: rgb(0x222931), chosen: rgb(0x1d3f5f),
	total: rgb(0x07090b), onTotal: rgb(0x4be37f), onTotalSoft: rgb(0x8e9aa8),
	action: rgb(0x1f7a4c), onAction: rgb(0xffffff), quiet: rgb(0x2b333c), alarm: rgb(0xd64545), good: rgb(0x4be37f),
	veil: color.NRGBA{A: 150},
}

// classic is a till in the colours of an old cash register, with a lit display on top.
var classic = palette{
	page: rgb(0xdcdfda), card: rgb(0xfbfbf7), edge: rgb(0xb4bab2), header: rgb(0x262b29), onHeader: rgb(0xf1f4ef), faint: rgb(0x9fab9f),
	ink: rgb(0x20261f), soft: rgb(0x667063), stripe: rgb(0xf1f3ec), chosen: rgb(0xdbe8c6),
	total: rgb(0xa9c67e), onTotal: rgb(0x17220f), onTotalSoft: rgb(0x3d4f2b),
	action: rgb(0x2f6b3c), onAction: rgb(0xffffff), quiet: rgb(0xe4e7e0), alarm: rgb(0xb3261e), good: rgb(0x2f6b3c),
	veil: color.NRGBA{R: 20, G: 26, B: 20, A: 120},
}

// touch is a till for fingers: strong colours, a dark band behind the total.
var touch = palette{
	page: rgb(0xf2f4f7), card: rgb(0xffffff), edge: rgb(0xcdd5df), header: rgb(0x1f2a37), onHeader: rgb(0xffffff), faint: rgb(0x9fb0c3),
	ink: rgb(0x17202b), soft: rgb(0x66758a), stripe: rgb(0xf6f8fb), chosen: rgb(0xffe9c7),
	total: rgb(0x263445), onTotal: rgb(0xffffff), onTotalSoft: rgb(0xc2cedb),
	action: rgb(0xe8590c), onAction: rgb(0xffffff), quiet: rgb(0xe6ebf1), alarm: rgb(0xc92a2a), good: rgb(0x2b8a3e),
	veil: color.NRGBA{R: 20, G: 30, B: 45, A: 120},
}

var palettes = map[string]palette{lookStandard: light, lookDark: dark, lookLarge: touch, lookLCD: classic}

// brush draws in px at scale 1, whatever the window's size is, and within a frame where one is set.
type brush struct {
	palette
	look   *look
	shaper *text.Shaper
	gtx    layout.Context
	scale  float32 // of the window
	frame  frame
}

func newBrush(l *look) *brush {
	return &brush{palette: palettes[l.name], look: l, shaper: text.NewShaper()}
}

func (b *brush) begin(ops *op.Ops, e app.FrameEvent, scale float32) {
	b.scale = scale
	b.gtx = layout.Context{Ops: ops, Now: e.Now, Source: e.Source}
	b.within(frame{zoom: 1}, func() {})
}

// within draws a part of the window in its frame; afterwards the window itself is the frame again.
func (b *brush) within(f frame, draw func()) {
	b.set(f)
	draw()
	b.set(frame{zoom: 1})
}

func (b *brush) set(f frame) {
	b.frame = f
	b.gtx.Metric = unit.Metric{PxPerDp: b.zoom(), PxPerSp: b.zoom()}
}

// zoom is how many px of the screen a px of the frame takes.
func (b *brush) zoom() float32 { return b.scale * float32(b.frame.zoom) }

func (b *brush) px(r image.Rectangle) image.Rectangle {
	at := func(n, by int) int { return int(float32(n)*b.zoom() + float32(by)*b.scale + 0.5) }
	return image.Rect(at(r.Min.X, b.frame.x), at(r.Min.Y, b.frame.y), at(r.Max.X, b.frame.x), at(r.Max.Y, b.frame.y))
}

func (b *brush) fill(r image.Rectangle, c color.NRGBA) {
	paint.FillShape(b.gtx.Ops, c, clip.Rect(b.px(r)).Op())
}

func (b *brush) round(r image.Rectangle, radius int, c color.NRGBA) {
	shape := clip.UniformRRect(b.px(r), int(float32(radius)*b.zoom()))
	paint.FillShape(b.gtx.Ops, c, shape.Op(b.gtx.Ops))
}

// framed is a rounded box with an edge of the given width.
func (b *brush) framed(r image.Rectangle, radius, width int, inside, edge color.NRGBA) {
	b.round(r, radius, edge)
	b.round(r.Inset(width), max(radius-width, 0), inside)
}

// colours pairs two colours: ground and edge of a box, or title and hint on it.
type colours struct{ fill, edge color.NRGBA }

// faces are asked for in this order: one with plain digits first, then one for Chinese. No face is part of
// the program, so a till looks like the machine it stands on, as tills do.
const faces = "Arial, Liberation Sans, DejaVu Sans, Microsoft YaHei, Noto Sans CJK SC, WenQuanYi Micro Hei, sans-serif"

// letters is how a text is set.
type letters struct {
	size  int
	bold  bool
	align text.Alignment
	color color.NRGBA
}

// write sets one line of text in the middle of the rectangle's height.
func (b *brush) write(r image.Rectangle, s string, l letters) {
	box := b.px(r)
	gtx := b.gtx
	gtx.Constraints = layout.Exact(image.Pt(box.Dx(), box.Dy()))
	gtx.Constraints.Min.Y = 0
	face := font.Font{Typeface: faces}
	if l.bold {
		face.Weight = font.Bold
	}
	ink := op.Record(gtx.Ops)
	paint.ColorOp{Color: l.color}.Add(gtx.Ops)
	colour := ink.Stop()
	set := op.Record(gtx.Ops)
	d := widget.Label{MaxLines: 1, Alignment: l.align}.Layout(gtx, b.shaper, face, unit.Sp(l.size), s, colour)
	call := set.Stop()
	move := op.Offset(image.Pt(box.Min.X, box.Min.Y+(box.Dy()-d.Size.Y)/2)).Push(gtx.Ops)
	call.Add(gtx.Ops)
	move.Pop()
}
