//go:build !nowindow && (windows || cgo)

package window

import (
	"fmt"
	"image"
	"image/color"

	"gioui.org/f32"
	"gioui.org/io/event"
	"gioui.org/io/pointer"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/clip"
	"gioui.org/op/paint"
	"gioui.org/unit"

	"cpos/engine/words"
)

// Measures of the frozen screen, in dp.
const (
	cardWide   = unit.Dp(348)
	cropTall   = unit.Dp(76)
	handleSize = unit.Dp(9)
	lensSize   = unit.Dp(144)
	lensTimes  = 8
	labelRoom  = unit.Dp(32) // above the rectangle
)

// Shades over the frozen screen: what cannot be framed lies in the dark.
var (
	shadeOut = color.NRGBA{R: 0x08, G: 0x0c, B: 0x14, A: 0xb8}
	shadeIn  = color.NRGBA{R: 0x08, G: 0x0c, B: 0x14, A: 0x78}
	shadeNew = color.NRGBA{R: 0x08, G: 0x0c, B: 0x14, A: 0x40} // while nothing is framed yet
	pill     = color.NRGBA{R: 0x14, G: 0x18, B: 0x1f, A: 0xf0}
)

// layout draws a frame. update has run before.
func (f *framer) layout(gtx layout.Context) {
	all := image.Rectangle{Max: gtx.Constraints.Max}
	area := clip.Rect(all).Push(gtx.Ops)
	event.Op(gtx.Ops, f)
	f.cursor(gtx)
	f.shot.Add(gtx.Ops)
	paint.PaintOp{}.Add(gtx.Ops)
	f.shade(gtx, all)
	if !f.rect.Empty() {
		f.drawRect(gtx)
	}
	area.Pop()
	f.heading(gtx, all)
	if !f.rect.Empty() && f.grip == gripNone {
		f.card(gtx, all)
	}
	if f.inside && !f.typing && !f.finger && (f.rect.Empty() || f.grip != gripNone) {
		f.lens(gtx, all)
	}
}

func (f *framer) cursor(gtx layout.Context) {
	c := pointer.CursorCrosshair
	if f.typing {
		c = pointer.CursorDefault
	}
	g := f.grip
	if g == gripNone {
		g = f.under(f.at, gtx.Dp(reachMouse))
	}
	switch {
	case f.typing || g == gripNew:
	case g == gripMove:
		c = pointer.CursorAllScroll
	case g == gripN, g == gripS:
		c = pointer.CursorNorthSouthResize
	case g == gripW, g == gripE:
		c = pointer.CursorEastWestResize
	case g == gripN|gripW, g == gripS|gripE:
		c = pointer.CursorNorthWestSouthEastResize
	default:
		c = pointer.CursorNorthEastSouthWestResize
	}
	c.Add(gtx.Ops)
}

// shade darkens everything but the rectangle.
func (f *framer) shade(gtx layout.Context, all image.Rectangle) {
	for _, r := range around(all, f.room) {
		paintRect(gtx, r, shadeOut)
	}
	tone := shadeIn
	if f.rect.Empty() {
		tone = shadeNew
	}
	for _, r := range around(f.room, f.rect) {
		paintRect(gtx, r, tone)
	}
	edgeOf(gtx, f.room.Inset(-1), 1, color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0x90})
}

// around gives what of a rectangle lies outside a hole in it.
func around(r, hole image.Rectangle) []image.Rectangle {
	hole = hole.Intersect(r)
	if hole.Empty() {
		return []image.Rectangle{r}
	}
	return []image.Rectangle{
		{Min: r.Min, Max: image.Pt(r.Max.X, hole.Min.Y)}, {Min: image.Pt(r.Min.X, hole.Max.Y), Max: r.Max},
		{Min: image.Pt(r.Min.X, hole.Min.Y), Max: image.Pt(hole.Min.X, hole.Max.Y)},
		{Min: image.Pt(hole.Max.X, hole.Min.Y), Max: image.Pt(r.Max.X, hole.Max.Y)},
	}
}

func paintRect(gtx layout.Context, r image.Rectangle, c color.NRGBA) {
	if !r.Empty() {
		paint.FillShape(gtx.Ops, c, clip.Rect(r).Op())
	}
}

// edgeOf draws the edge of a rectangle outside it, on whole pixels.
func edgeOf(gtx layout.Context, r image.Rectangle, thick int, c color.NRGBA) {
	for _, side := range around(r.Inset(-thick), r) {
		paintRect(gtx, side, c)
	}
}

func (f *framer) drawRect(gtx layout.Context) {
	thick := max(2, gtx.Dp(2))
	edgeOf(gtx, f.rect, thick, blue.full)
	edgeOf(gtx, f.rect.Inset(-thick), 1, color.NRGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xd0})
	if !f.typing && f.grip == gripNone {
		half := gtx.Dp(handleSize) / 2
		for _, at := range f.handles() {
			r := image.Rectangle{Min: at.Sub(image.Pt(half, half)), Max: at.Add(image.Pt(half+1, half+1))}
			paintRect(gtx, r, white)
			edgeOf(gtx, r, max(1, gtx.Dp(1.5)), blue.full)
		}
	}
	f.sizeLabel(gtx)
}

// sizeLabel tells the size above the rectangle, or inside the screen where there is no room.
func (f *framer) sizeLabel(gtx layout.Context) {
	m := op.Record(gtx.Ops)
	d := f.pill(gtx, sizeSmall, fmt.Sprintf("%d × %d", f.rect.Dx(), f.rect.Dy()))
	call := m.Stop()
	at := image.Pt(f.rect.Min.X-2, f.rect.Min.Y-d.Size.Y-gtx.Dp(10))
	if at.Y < 0 {
		at.Y = f.rect.Max.Y + gtx.Dp(10)
	}
	at.X = max(0, min(at.X, f.o.Picture.Rect.Dx()-d.Size.X))
	defer op.Offset(at).Push(gtx.Ops).Pop()
	call.Add(gtx.Ops)
}

// pill is one line of white on dark.
func (f *framer) pill(gtx layout.Context, size unit.Sp, text string) layout.Dimensions {
	gtx.Constraints.Min = image.Point{}
	m := op.Record(gtx.Ops)
	d := layout.Inset{Left: 8, Right: 8, Top: 4, Bottom: 3}.Layout(gtx, f.saying(voice{size: size, color: white, free: true}, text))
	call := m.Stop()
	fill(gtx, pill, d.Size, 4)
	call.Add(gtx.Ops)
	return d
}

// heading says what is wanted, at the top of the screen, or at its bottom when the rectangle is up there.
func (f *framer) heading(gtx layout.Context, all image.Rectangle) {
	step := words.T("frame.step.draw")
	switch {
	case f.typing:
		step = words.T("frame.step.type")
	case !f.rect.Empty():
		step = words.T("frame.step.adjust")
	}
	m := op.Record(gtx.Ops)
	open := gtx
	open.Constraints = layout.Constraints{Max: image.Pt(all.Dx()-2*gtx.Dp(edge), all.Dy())}
	d := layout.Inset{Left: 20, Right: 20, Top: 10, Bottom: 9}.Layout(open, func(gtx layout.Context) layout.Dimensions {
		return layout.Flex{Alignment: layout.Middle}.Layout(gtx,
			layout.Rigid(f.saying(voice{size: sizeState, bold: true, color: white, free: true}, f.word(f.o.Title))), spaceX(16),
			layout.Rigid(f.saying(voice{size: sizeBody, color: faint, free: true}, f.word(step))))
	})
	call := m.Stop()
	at := image.Pt((all.Dx()-d.Size.X)/2, gtx.Dp(16))
	bar := image.Rectangle{Min: at, Max: at.Add(d.Size)}
	if bar.Inset(-gtx.Dp(edge)).Overlaps(f.rect) {
		at.Y = all.Dy() - d.Size.Y - gtx.Dp(16)
	}
	defer op.Offset(at).Push(gtx.Ops).Pop()
	fill(gtx, pill, d.Size, round)
	call.Add(gtx.Ops)
}

// lens shows the pixels under the pointer, so that a rectangle can be set exactly.
func (f *framer) lens(gtx layout.Context, all image.Rectangle) {
	wide := gtx.Dp(lensSize) / lensTimes * lensTimes
	size, off := image.Pt(wide, wide), gtx.Dp(28)
	at := f.at.Add(image.Pt(off, off))
	if at.X+size.X > all.Max.X {
		at.X = f.at.X - off - size.X
	}
	if at.Y+size.Y+gtx.Dp(24) > all.Max.Y {
		at.Y = f.at.Y - off - size.Y
	}
	defer op.Offset(at).Push(gtx.Ops).Pop()
	box := image.Rectangle{Max: size}
	paintRect(gtx, box.Inset(-gtx.Dp(2)), white)
	inner := clip.Rect(box).Push(gtx.Ops)
	paintRect(gtx, box, ink)
	half := float32(wide) / 2 / lensTimes
	move := op.Affine(f32.Affine2D{}.Offset(f32.Pt(half-float32(f.at.X), half-float32(f.at.Y))).Scale(f32.Point{}, f32.Pt(lensTimes, lensTimes))).Push(gtx.Ops)
	f.shot.Add(gtx.Ops)
	paint.PaintOp{}.Add(gtx.Ops)
	move.Pop()
	cross := blue.full
	cross.A = 0xb0
	paintRect(gtx, image.Rect(0, wide/2-1, wide, wide/2+1), cross)
	paintRect(gtx, image.Rect(wide/2-1, 0, wide/2+1, wide), cross)
	inner.Pop()
	defer op.Offset(image.Pt(0, wide+gtx.Dp(6))).Push(gtx.Ops).Pop()
	here := f.at.Sub(f.room.Min)
	f.pill(gtx, sizeSmall, fmt.Sprintf("%d, %d", here.X, here.Y))
}

// card shows what would be read, and takes the text.
func (f *framer) card(gtx layout.Context, all image.Rectangle) {
	wide := gtx.Dp(cardWide)
	inner := gtx
	inner.Constraints = layout.Constraints{Min: image.Pt(wide, 0), Max: image.Pt(wide, all.Dy())}
	m := op.Record(gtx.Ops)
	d := layout.UniformInset(16).Layout(inner, f.cardContent)
	call := m.Stop()
	with := f.rect
	with.Min.Y -= gtx.Dp(labelRoom)
	at := besideRect(all, with, d.Size, gtx.Dp(16))
	defer op.Offset(at).Push(gtx.Ops).Pop()
	shadow := color.NRGBA{A: 0x30}
	fillAt(gtx, shadow, image.Rectangle{Max: d.Size}.Add(image.Pt(0, gtx.Dp(3))).Inset(-gtx.Dp(2)))
	area := clip.UniformRRect(image.Rectangle{Max: d.Size}, gtx.Dp(corner)).Push(gtx.Ops)
	event.Op(gtx.Ops, &f.seen) // a press on the card is none on the screen below it
	pointer.CursorDefault.Add(gtx.Ops)
	paint.Fill(gtx.Ops, paper)
	area.Pop()
	call.Add(gtx.Ops)
}

func fillAt(gtx layout.Context, c color.NRGBA, r image.Rectangle) {
	paint.FillShape(gtx.Ops, c, clip.UniformRRect(r, gtx.Dp(corner)).Op(gtx.Ops))
}

func (f *framer) cardContent(gtx layout.Context) layout.Dimensions {
	children := []layout.FlexChild{layout.Rigid(f.cropBox), spaceY(10), layout.Rigid(f.readLine)}
	if note := f.word(f.o.Note); note != "" {
		children = append(children, spaceY(8), layout.Rigid(f.saying(voice{size: sizeSmall, color: amber.dark, lines: 3, free: true}, note)))
	}
	if f.typing {
		children = append(children, spaceY(12),
			layout.Rigid(f.saying(voice{size: sizeSmall, color: soft, lines: 2, free: true}, f.word(words.T("frame.text")))), spaceY(4),
			layout.Rigid(func(gtx layout.Context) layout.Dimensions {
				return f.box(gtx, &f.text, 40, f.word(words.T("frame.text")), f.word(words.T("frame.text.hint")))
			}))
		if f.o.Touch {
			children = append(children, spaceY(8), layout.Rigid(f.keypad))
		}
	}
	children = append(children, spaceY(14), layout.Rigid(f.buttons))
	return layout.Flex{Axis: layout.Vertical}.Layout(gtx, children...)
}

// cropBox shows the region enlarged by a whole number where it fits.
func (f *framer) cropBox(gtx layout.Context) layout.Dimensions {
	size := image.Pt(gtx.Constraints.Max.X, gtx.Dp(cropTall))
	fill(gtx, surface, size, round)
	outline(gtx, line, size, round, 1)
	have := f.rect.Size()
	room := size.Sub(image.Pt(gtx.Dp(16), gtx.Dp(16)))
	times := min(float32(room.X)/float32(have.X), float32(room.Y)/float32(have.Y), 6)
	if times >= 1 {
		times = float32(int(times))
	}
	at := f32.Pt((float32(size.X)-times*float32(have.X))/2, (float32(size.Y)-times*float32(have.Y))/2)
	at = f32.Pt(float32(int(at.X)), float32(int(at.Y)))
	defer clip.Rect(image.Rectangle{Max: size}).Push(gtx.Ops).Pop()
	defer op.Affine(f32.Affine2D{}.Scale(f32.Point{}, f32.Pt(times, times)).Offset(at)).Push(gtx.Ops).Pop()
	defer clip.Rect(image.Rectangle{Max: have}).Push(gtx.Ops).Pop()
	f.crop.Add(gtx.Ops)
	paint.PaintOp{}.Add(gtx.Ops)
	return layout.Dimensions{Size: size}
}

// readLine tells what would be read.
func (f *framer) readLine(gtx layout.Context) layout.Dimensions {
	text, note, tone := f.seen.Text, f.word(f.seen.Note), amber.dark
	if f.seen.Good {
		tone = green.dark
	}
	switch {
	case f.o.Preview == nil:
		return layout.Dimensions{}
	case f.seenOf != f.rect:
		text, note = "…", f.word(words.T("frame.reading"))
		tone = soft
	case text == "":
		text = "—"
	}
	return layout.Flex{Axis: layout.Vertical}.Layout(gtx,
		layout.Rigid(func(gtx layout.Context) layout.Dimensions {
			return layout.Flex{Alignment: layout.Baseline}.Layout(gtx,
				layout.Rigid(f.saying(voice{size: sizeSmall, color: soft, free: true}, f.word(words.T("frame.read")))), spaceX(8),
				layout.Flexed(1, f.saying(voice{size: sizeResult, bold: true, color: ink, free: true}, text)))
		}), spaceY(2),
		layout.Rigid(f.saying(voice{size: sizeSmall, color: tone, lines: 3, free: true}, note)))
}

func (f *framer) buttons(gtx layout.Context) layout.Dimensions {
	leave := buttonLook{label: f.word(words.T("frame.leave")), key: "Esc", accent: grey, size: sizeBody, height: 40}
	which := &f.leave
	if f.typing && !f.o.Fixed {
		leave.label, which = f.word(words.T("frame.back")), &f.back
	}
	next := buttonLook{label: f.word(words.T("frame.take")), key: "Enter", accent: blue, primary: true, size: sizeBody, height: 40,
		off: f.typing && f.typed() == "" || f.stopped()}
	if f.o.AskText && !f.typing {
		next.label = f.word(words.T("frame.next"))
	}
	return layout.Flex{}.Layout(gtx,
		layout.Flexed(1, func(gtx layout.Context) layout.Dimensions { return f.look.button(gtx, which, leave) }), spaceX(10),
		layout.Flexed(1.2, func(gtx layout.Context) layout.Dimensions { return f.look.button(gtx, &f.confirm, next) }))
}

// keypad lets a finger type.
func (f *framer) keypad(gtx layout.Context) layout.Dimensions {
	var rows []layout.FlexChild
	for row := range 4 {
		if row > 0 {
			rows = append(rows, spaceY(6))
		}
		rows = append(rows, layout.Rigid(func(gtx layout.Context) layout.Dimensions {
			var keys []layout.FlexChild
			for column := range 3 {
				i := 3*row + column
				if column > 0 {
					keys = append(keys, spaceX(6))
				}
				keys = append(keys, layout.Flexed(1, func(gtx layout.Context) layout.Dimensions {
					l := buttonLook{label: keypadKeys[i], accent: grey, size: sizeResult, height: 40}
					if l.label == "\b" {
						l.label = "←"
					}
					return f.look.button(gtx, &f.keys[i], l)
				}))
			}
			return layout.Flex{}.Layout(gtx, keys...)
		}))
	}
	return layout.Flex{Axis: layout.Vertical}.Layout(gtx, rows...)
}
