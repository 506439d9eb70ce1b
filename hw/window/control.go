//go:build !nowindow && (windows || cgo)

package window

import (
	"image"
	"image/color"

	"gioui.org/gesture"
	"gioui.org/io/key"
	"gioui.org/io/pointer"
	"gioui.org/io/semantic"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/clip"
	"gioui.org/text"
	"gioui.org/unit"
	"gioui.org/widget"
)

// button is pressed with the pointer or a finger. It never takes the keyboard, not even inside the window:
// a press on the keypad must leave the caret where it is.
type button struct{ click gesture.Click }

// pressed says whether the button was pressed since the last frame.
func (b *button) pressed(gtx layout.Context) bool {
	hit := false
	for {
		e, ok := b.click.Update(gtx.Source)
		if !ok {
			return hit
		}
		hit = hit || e.Kind == gesture.KindClick
	}
}

// face of a button.
type buttonLook struct {
	label   string
	key     string // printed on it; empty for none
	accent  hue
	primary bool
	off     bool
	size    unit.Sp
	height  unit.Dp
	draw    []stroke // drawn instead of the label, which stays its name
}

func (l *look) button(gtx layout.Context, b *button, s buttonLook) layout.Dimensions {
	back, fore, rim := white, ink, line
	if s.primary {
		back, fore, rim = s.accent.full, white, s.accent.full
	}
	switch {
	case s.off:
		back, fore, rim = surface, soft, line
	case b.click.Pressed():
		back = mix(back, ink, 0.14)
	case b.click.Hovered():
		back = mix(back, ink, 0.05)
	}
	m := op.Record(gtx.Ops)
	d := l.buttonText(gtx, s, fore)
	call := m.Stop()

	fill(gtx, back, d.Size, round)
	outline(gtx, rim, d.Size, round, 1)
	call.Add(gtx.Ops)
	defer clip.Rect{Max: d.Size}.Push(gtx.Ops).Pop()
	semantic.Button.Add(gtx.Ops)
	semantic.LabelOp(s.label).Add(gtx.Ops)
	semantic.EnabledOp(!s.off).Add(gtx.Ops)
	if !s.off {
		pointer.CursorPointer.Add(gtx.Ops)
		b.click.Add(gtx.Ops)
	}
	return d
}

func (l *look) buttonText(gtx layout.Context, s buttonLook, fore color.NRGBA) layout.Dimensions {
	gtx.Constraints.Min.Y = gtx.Dp(s.height)
	gtx.Constraints.Max.Y = gtx.Constraints.Min.Y
	min := gtx.Constraints.Min
	return layout.Center.Layout(gtx, func(gtx layout.Context) layout.Dimensions {
		gtx.Constraints.Min = image.Point{}
		inset := layout.Inset{Left: 16, Right: 16}
		if min.X > 0 {
			inset = layout.Inset{Left: 4, Right: 4}
		}
		if s.draw != nil {
			px := gtx.Dp(26)
			drawStrokes(gtx, s.draw, px, fore)
			return layout.Dimensions{Size: image.Pt(px, px)}
		}
		return inset.Layout(gtx, func(gtx layout.Context) layout.Dimensions {
			children := []layout.FlexChild{layout.Rigid(l.saying(voice{size: s.size, bold: true, color: fore}, s.label))}
			if s.key != "" {
				children = append(children, spaceX(10), layout.Rigid(l.keycap(s.key, fore)))
			}
			return layout.Flex{Alignment: layout.Middle}.Layout(gtx, children...)
		})
	})
}

// keycap draws the name of a key the way it stands on the keyboard.
func (l *look) keycap(name string, fore color.NRGBA) layout.Widget {
	return func(gtx layout.Context) layout.Dimensions {
		m := op.Record(gtx.Ops)
		d := layout.Inset{Left: 6, Right: 6, Top: 2, Bottom: 2}.Layout(gtx,
			l.saying(voice{size: sizeSmall, color: fore}, name))
		call := m.Stop()
		shade := fore
		shade.A = 0x22
		fill(gtx, shade, d.Size, 4)
		call.Add(gtx.Ops)
		return d
	}
}

// mix moves a colour towards another by a part of 0 to 1.
func mix(a, b color.NRGBA, part float32) color.NRGBA {
	to := func(x, y uint8) uint8 { return uint8(float32(x) + (float32(y)-float32(x))*part) }
	return color.NRGBA{R: to(a.R, b.R), G: to(a.G, b.G), B: to(a.B, b.B), A: a.A}
}

// field is a box of one line to type in.
type field struct {
	editor widget.Editor
	said   string // the text as it was last looked at
}

func newField(filter string, most int, hint key.InputHint) field {
	return field{editor: widget.Editor{SingleLine: true, Submit: true, Filter: filter, MaxLen: most, InputHint: hint}}
}

// set replaces the text without counting as typed.
func (f *field) set(s string) {
	if f.editor.Text() != s {
		f.editor.SetText(s)
		f.editor.SetCaret(f.editor.Len(), f.editor.Len())
	}
	f.said = s
}

// selectAll lets the first key replace what stands there.
func (f *field) selectAll() { f.editor.SetCaret(f.editor.Len(), 0) }

// changed says whether the text was changed by hand since the last look.
func (f *field) changed() bool {
	s := f.editor.Text()
	if s == f.said {
		return false
	}
	f.said = s
	return true
}

// submitted says whether Enter was pressed in the box.
func (f *field) submitted(gtx layout.Context) bool {
	hit := false
	for {
		e, ok := f.editor.Update(gtx)
		if !ok {
			return hit
		}
		if _, enter := e.(widget.SubmitEvent); enter {
			hit = true
		}
	}
}

// edit lays the bare text of a field.
func (l *look) edit(gtx layout.Context, f *field, v voice, name, hint string) layout.Dimensions {
	semantic.DescriptionOp(name).Add(gtx.Ops)
	if f.editor.Len() == 0 {
		quiet := v
		quiet.color = hintInk(v)
		under := gtx
		under.Constraints.Min = image.Point{}
		l.say(under, quiet, hint)
	}
	f.editor.Alignment = v.align
	chosen := blue.full
	chosen.A = 0x38
	gtx.Constraints.Min.X = gtx.Constraints.Max.X
	gtx.Constraints.Min.Y, gtx.Constraints.Max.Y = 0, 1<<20
	m := op.Record(gtx.Ops)
	d := f.editor.Layout(gtx, l.shaper, l.font(v.bold), v.size, ofColor(gtx.Ops, v.color), ofColor(gtx.Ops, chosen))
	call := m.Stop()
	// The caret is as long as the font says, and some fonts promise depths that would reach out of the box.
	line := image.Rect(-caretRoom, 0, gtx.Constraints.Max.X+caretRoom, int(float32(gtx.Sp(v.size))*lineHeight))
	defer clip.Rect(line).Push(gtx.Ops).Pop()
	return onGrid(gtx, d, v.size, call)
}

// caretRoom is what the caret may reach out of the text at either side, in px.
const caretRoom = 4

// hintInk is quiet, and quieter still where the letters are large.
func hintInk(v voice) color.NRGBA {
	if v.size > sizeState {
		return faint
	}
	return soft
}

// box lays a field with a frame around it; the frame is strong while the field has the caret.
func (l *look) box(gtx layout.Context, f *field, height unit.Dp, name, hint string) layout.Dimensions {
	size := image.Pt(gtx.Constraints.Max.X, gtx.Dp(height))
	gtx.Constraints = layout.Exact(size)
	fill(gtx, white, size, round)
	if gtx.Focused(&f.editor) {
		outline(gtx, blue.full, size, round, 2)
	} else {
		outline(gtx, faint, size, round, 1)
	}
	layout.Inset{Left: gap, Right: gap}.Layout(gtx, func(gtx layout.Context) layout.Dimensions {
		gtx.Constraints.Min.Y = 0
		return centred(gtx, size.Y, func(gtx layout.Context) layout.Dimensions {
			return l.edit(gtx, f, voice{size: sizeBody, color: ink, align: text.Start}, name, hint)
		})
	})
	return layout.Dimensions{Size: size}
}

// centred puts w in the middle of a height in px, at the left.
func centred(gtx layout.Context, height int, w layout.Widget) layout.Dimensions {
	m := op.Record(gtx.Ops)
	d := w(gtx)
	call := m.Stop()
	defer op.Offset(image.Pt(0, (height-d.Size.Y)/2)).Push(gtx.Ops).Pop()
	call.Add(gtx.Ops)
	return layout.Dimensions{Size: image.Pt(d.Size.X, height)}
}
