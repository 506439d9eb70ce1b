//go:build !nowindow && (windows || cgo)

package window

import (
	"image"
	"image/color"

	"gioui.org/font"
	"gioui.org/font/gofont"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/clip"
	"gioui.org/op/paint"
	"gioui.org/text"
	"gioui.org/unit"
	"gioui.org/widget"

	"cpos/engine/face"
	"cpos/engine/pay"
)

// Every distance is a multiple of 4 dp, every text one of these sizes.
const (
	wide   = unit.Dp(440)
	tall   = unit.Dp(376)
	keypad = unit.Dp(4*52 + 3*8 + 12) // added below when the keypad is open

	edge   = unit.Dp(20)
	gap    = unit.Dp(12)
	tight  = unit.Dp(8)
	round  = unit.Dp(8)
	corner = unit.Dp(12) // of the window itself

	sizeAmount = unit.Sp(40)
	sizeYuan   = unit.Sp(24)
	sizeResult = unit.Sp(20)
	sizeState  = unit.Sp(17)
	sizeKeypad = unit.Sp(22)
	sizeBody   = unit.Sp(14)
	sizeSmall  = unit.Sp(12)
)

// hue is one accent: its full tone for icons and buttons, dark for text on pale, pale for surfaces.
type hue struct{ full, dark, pale color.NRGBA }

var (
	white   = rgb(0xffffff)
	paper   = rgb(0xfcfcfd)
	ink     = rgb(0x14181f)
	soft    = rgb(0x5a6472) // second voice; 5.9:1 on white
	faint   = rgb(0xc3cad4)
	line    = rgb(0xdfe4ea)
	surface = rgb(0xf3f5f8)

	blue  = hue{rgb(0x1f66e0), rgb(0x174ba6), rgb(0xeaf1fd)}
	green = hue{rgb(0x0f8a4b), rgb(0x0a6637), rgb(0xe5f6ec)}
	amber = hue{rgb(0xb86200), rgb(0x8a4a00), rgb(0xfff3de)}
	red   = hue{rgb(0xc9302c), rgb(0x9d1f1c), rgb(0xfdebea)}
	grey  = hue{rgb(0x5a6472), rgb(0x343c48), rgb(0xf0f2f5)}

	wechat = hue{rgb(0x07a452), rgb(0x066b37), rgb(0xe4f7ec)}
	alipay = hue{rgb(0x1677ff), rgb(0x0a4fb8), rgb(0xe8f1ff)}
)

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

// hueOf is the accent of a mood.
func hueOf(m face.Mood) hue {
	switch m {
	case face.Succeeded:
		return green
	case face.Failed, face.Halted:
		return red
	case face.Unresolved, face.Typing:
		return amber
	case face.Notice, face.Reading, face.Hidden:
		return grey
	}
	return blue
}

func hueOfTender(t pay.Tender) hue {
	switch t {
	case pay.WeChat:
		return wechat
	case pay.Alipay:
		return alipay
	}
	return grey
}

// faces are asked for in this order; whatever none of them has comes from any font of the system.
// Latin comes first, for the digits; the Go fonts are part of the program and stand last among them because
// of their slashed zero.
const faces = "Segoe UI, Inter, Noto Sans, Open Sans, Liberation Sans, Arimo, Nimbus Sans, DejaVu Sans, Go, " +
	"Microsoft YaHei UI, Microsoft YaHei, Noto Sans CJK SC, Source Han Sans SC, WenQuanYi Micro Hei, sans-serif"

// look draws with one shaper and remembers which texts did not fit, so that a test can ask.
type look struct {
	shaper *text.Shaper
	cut    []string // texts of this frame that were shortened although they may not be
}

func newLook() *look {
	return &look{shaper: text.NewShaper(text.WithCollection(gofont.Collection()))}
}

// voice is how a text is set.
type voice struct {
	size  unit.Sp
	bold  bool
	color color.NRGBA
	lines int  // at most; 0 means one
	free  bool // comes from outside and may be shortened with an ellipsis
	align text.Alignment
}

func (l *look) font(bold bool) font.Font {
	f := font.Font{Typeface: faces}
	if bold {
		f.Weight = font.Bold
	}
	return f
}

// Fonts disagree about the space around a line, and a line may mix two of them. So every line is set on a
// grid of its own size: the baseline one size below the top, which puts capitals, digits and Chinese in the
// middle of the line's height.
const (
	lineHeight = 1.28 // of a single line, in sizes
	linePitch  = 1.36 // from baseline to baseline, in sizes
)

// say sets a text in the given voice.
func (l *look) say(gtx layout.Context, v voice, s string) layout.Dimensions {
	if s == "" {
		return layout.Dimensions{}
	}
	label := widget.Label{MaxLines: max(1, v.lines), Alignment: v.align, LineHeight: v.size * linePitch, LineHeightScale: 1}
	open := gtx
	open.Constraints.Min.Y, open.Constraints.Max.Y = 0, 1<<20
	m := op.Record(gtx.Ops)
	d, info := label.LayoutDetailed(open, l.shaper, l.font(v.bold), v.size, s, ofColor(gtx.Ops, v.color))
	d = onGrid(gtx, d, v.size, m.Stop())
	if !v.free && (info.Truncated > 0 || d.Size.X > gtx.Constraints.Max.X || d.Size.Y > gtx.Constraints.Max.Y) {
		l.cut = append(l.cut, s)
	}
	return d
}

// onGrid draws text of the given size with its first baseline where the grid wants it.
func onGrid(gtx layout.Context, d layout.Dimensions, size unit.Sp, draw op.CallOp) layout.Dimensions {
	first := d.Size.Y - d.Baseline
	em := float32(gtx.Sp(size))
	pitch := float32(gtx.Sp(size * linePitch))
	more := max(0, int((float32(d.Size.Y)-0.9*em)/pitch)) // lines after the first
	baseline := int(em)
	height := int(em*lineHeight) + int(float32(more)*pitch)
	defer op.Offset(image.Pt(0, baseline-first)).Push(gtx.Ops).Pop()
	draw.Add(gtx.Ops)
	return layout.Dimensions{Size: image.Pt(d.Size.X, height), Baseline: height - baseline}
}

// saying is say as a widget.
func (l *look) saying(v voice, s string) layout.Widget {
	return func(gtx layout.Context) layout.Dimensions { return l.say(gtx, v, s) }
}

func ofColor(ops *op.Ops, c color.NRGBA) op.CallOp {
	m := op.Record(ops)
	paint.ColorOp{Color: c}.Add(ops)
	return m.Stop()
}

// fill paints a rounded rectangle of the given size.
func fill(gtx layout.Context, c color.NRGBA, size image.Point, radius unit.Dp) {
	paint.FillShape(gtx.Ops, c, clip.UniformRRect(image.Rectangle{Max: size}, gtx.Dp(radius)).Op(gtx.Ops))
}

// outline draws the edge of a rounded rectangle, inside it.
func outline(gtx layout.Context, c color.NRGBA, size image.Point, radius, width unit.Dp) {
	w := max(1, gtx.Dp(width))
	r := clip.UniformRRect(image.Rectangle{Max: size}.Inset(w/2), gtx.Dp(radius))
	paint.FillShape(gtx.Ops, c, clip.Stroke{Path: r.Path(gtx.Ops), Width: float32(w)}.Op())
}

// card lays w on a rounded surface that is as wide and tall as the constraints' minimum.
func card(gtx layout.Context, c color.NRGBA, inset layout.Inset, w layout.Widget) layout.Dimensions {
	m := op.Record(gtx.Ops)
	d := inset.Layout(gtx, w)
	call := m.Stop()
	fill(gtx, c, d.Size, round)
	call.Add(gtx.Ops)
	return d
}

func spaceY(d unit.Dp) layout.FlexChild { return layout.Rigid(layout.Spacer{Height: d}.Layout) }

func spaceX(d unit.Dp) layout.FlexChild { return layout.Rigid(layout.Spacer{Width: d}.Layout) }
