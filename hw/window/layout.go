//go:build !nowindow && (windows || cgo)

package window

import (
	"image"
	"image/color"
	"math"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"gioui.org/io/pointer"
	"gioui.org/io/semantic"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/clip"
	"gioui.org/op/paint"
	"gioui.org/text"
	"gioui.org/unit"
	"gioui.org/widget"

	"cpos/engine/face"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// layout draws one frame. The countdown runs by gtx.Now.
func (p *panel) layout(gtx layout.Context) layout.Dimensions {
	p.update(gtx)
	p.cut = p.cut[:0]
	size := gtx.Constraints.Max
	gtx.Constraints = layout.Exact(size)
	whole := clip.UniformRRect(image.Rectangle{Max: size}, gtx.Dp(corner))
	defer whole.Push(gtx.Ops).Pop()
	paint.Fill(gtx.Ops, paper)
	p.handle(gtx)

	layout.Flex{Axis: layout.Vertical}.Layout(gtx,
		layout.Rigid(p.banner),
		layout.Flexed(1, func(gtx layout.Context) layout.Dimensions {
			return layout.Inset{Left: edge, Right: edge, Top: 16, Bottom: 16}.Layout(gtx, p.body)
		}),
	)
	outline(gtx, faint, size, corner, 1)
	return layout.Dimensions{Size: size}
}

// handle is where the window can be dragged: the strip above the amount, where nothing is pressed. A finger
// that trembles on a button must not move the window.
func (p *panel) handle(gtx layout.Context) {
	strip := image.Pt(gtx.Constraints.Max.X, gtx.Dp(28+16+28))
	if p.view.Banner.IsZero() {
		strip.Y -= gtx.Dp(28)
	}
	defer clip.Rect{Max: strip}.Push(gtx.Ops).Pop()
	pointer.CursorGrab.Add(gtx.Ops)
	p.drag.Add(gtx.Ops)
}

func (p *panel) body(gtx layout.Context) layout.Dimensions {
	var rows []layout.FlexChild
	if !p.aside() {
		rows = append(rows, layout.Rigid(p.header), spaceY(tight), layout.Rigid(p.sum), spaceY(gap))
	}
	rows = append(rows, layout.Flexed(1, p.state))
	switch {
	case p.view.Mood == face.Clerk:
		rows = append(rows, spaceY(gap), layout.Rigid(p.clerkBox))
	case p.view.Mood == face.WantCode:
		rows = append(rows, spaceY(gap), layout.Rigid(p.codeBox))
	case p.view.Resumes && editable(p.view.Mood): // a remark can wait
		rows = append(rows, spaceY(gap), layout.Rigid(p.resumeRow))
	case editable(p.view.Mood):
		rows = append(rows, spaceY(gap), layout.Rigid(p.remarkBox))
	}
	if p.keypadOpen() {
		rows = append(rows, spaceY(gap), layout.Rigid(p.keypad))
	}
	if p.view.Mood != face.Paying || p.view.Order != "" {
		rows = append(rows, spaceY(gap), layout.Rigid(p.footer))
	}
	return layout.Flex{Axis: layout.Vertical}.Layout(gtx, rows...)
}

// aside says that the view is a sentence of its own and belongs to no sale.
func (p *panel) aside() bool {
	if p.view.Mood == face.Clerk {
		return true
	}
	return (p.view.Mood == face.Notice || p.view.Mood == face.Halted) && p.view.Amount == 0 && p.view.Code == ""
}

func (p *panel) text(key string, namesAndValues ...any) string {
	return words.Say(p.lang, words.T(key, namesAndValues...))
}

func (p *panel) banner(gtx layout.Context) layout.Dimensions {
	if p.view.Banner.IsZero() {
		return layout.Dimensions{}
	}
	size := image.Pt(gtx.Constraints.Max.X, gtx.Dp(28))
	gtx.Constraints = layout.Exact(size)
	paint.FillShape(gtx.Ops, mix(amber.pale, amber.full, 0.16), clip.Rect{Max: size}.Op())
	layout.Inset{Left: edge, Right: edge}.Layout(gtx, func(gtx layout.Context) layout.Dimensions {
		return layout.Center.Layout(gtx, p.saying(
			voice{size: sizeSmall, bold: true, color: amber.dark, free: true, align: text.Middle}, words.Say(p.lang, p.view.Banner)))
	})
	return layout.Dimensions{Size: size}
}

// header tells how the customer pays, and the POS's own number of the sale.
func (p *panel) header(gtx layout.Context) layout.Dimensions {
	gtx.Constraints = layout.Exact(image.Pt(gtx.Constraints.Max.X, gtx.Dp(28)))
	right := ""
	if p.view.Serial != "" {
		right = p.text("window.serial", "number", p.view.Serial)
	}
	return layout.Flex{Alignment: layout.Middle, Spacing: layout.SpaceBetween}.Layout(gtx,
		layout.Rigid(p.means),
		layout.Rigid(func(gtx layout.Context) layout.Dimensions {
			gtx.Constraints.Min = image.Point{}
			return layout.Inset{Left: gap}.Layout(gtx, p.saying(voice{size: sizeSmall, color: soft, free: true}, right))
		}),
	)
}

// means is the pill with the means of payment and the masked code.
func (p *panel) means(gtx layout.Context) layout.Dimensions {
	gtx.Constraints.Min.X = 0
	gtx.Constraints.Min.Y = 0
	h, name := hueOfTender(p.view.Tender), p.text("window.no_code")
	switch {
	case p.view.Tender != pay.TenderUnknown:
		name = p.text("tender." + p.view.Tender.String())
	case p.view.Code != "":
		name = p.text("window.code")
	}
	code := p.view.Code
	m := op.Record(gtx.Ops)
	d := layout.Inset{Left: 10, Right: 12, Top: 5, Bottom: 5}.Layout(gtx, func(gtx layout.Context) layout.Dimensions {
		row := []layout.FlexChild{layout.Rigid(spot(h)), spaceX(tight),
			layout.Rigid(p.saying(voice{size: sizeSmall, bold: true, color: h.dark}, name))}
		if code != "" {
			row = append(row, spaceX(tight), layout.Rigid(p.saying(voice{size: sizeSmall, color: h.dark}, code)))
		}
		return layout.Flex{Alignment: layout.Middle}.Layout(gtx, row...)
	})
	call := m.Stop()
	fill(gtx, h.pale, d.Size, gtx.Metric.PxToDp(d.Size.Y/2))
	call.Add(gtx.Ops)
	return d
}

// spot is the coloured dot of a means of payment.
func spot(h hue) layout.Widget {
	return func(gtx layout.Context) layout.Dimensions {
		size := image.Pt(gtx.Dp(8), gtx.Dp(8))
		paint.FillShape(gtx.Ops, h.full, clip.Ellipse{Max: size}.Op(gtx.Ops))
		return layout.Dimensions{Size: size}
	}
}

// sum is the amount beside the picture it was read from.
func (p *panel) sum(gtx layout.Context) layout.Dimensions {
	gtx.Constraints = layout.Exact(image.Pt(gtx.Constraints.Max.X, gtx.Dp(76)))
	row := []layout.FlexChild{layout.Flexed(1, p.amountBlock)}
	if p.view.Crop != nil {
		row = append(row, spaceX(16), layout.Rigid(p.picture))
	}
	return layout.Flex{Alignment: layout.Start}.Layout(gtx, row...)
}

func (p *panel) amountBlock(gtx layout.Context) layout.Dimensions {
	label := "window.amount"
	switch {
	case p.view.Mood == face.Succeeded:
		label = "window.paid"
	case p.view.Suggested && p.view.Amount != 0 && editable(p.view.Mood):
		label = "window.suggested"
	}
	return layout.Flex{Axis: layout.Vertical}.Layout(gtx,
		layout.Rigid(p.saying(voice{size: sizeSmall, color: soft}, p.text(label))), spaceY(4),
		layout.Rigid(p.amountBox),
	)
}

func (p *panel) amountBox(gtx layout.Context) layout.Dimensions {
	size := image.Pt(gtx.Constraints.Max.X, gtx.Dp(56))
	gtx.Constraints = layout.Exact(size)
	inset := layout.Inset{}
	if editable(p.view.Mood) {
		inset = layout.Inset{Left: gap, Right: tight}
		fill(gtx, white, size, round)
		if p.active == &p.amount {
			outline(gtx, blue.full, size, round, 2)
		} else {
			outline(gtx, faint, size, round, 1)
		}
	}
	inset.Layout(gtx, func(gtx layout.Context) layout.Dimensions {
		gtx.Constraints.Min = image.Point{}
		return centred(gtx, size.Y, func(gtx layout.Context) layout.Dimensions {
			return layout.Flex{Alignment: layout.Baseline}.Layout(gtx,
				layout.Rigid(p.saying(voice{size: sizeYuan, bold: true, color: p.amountInk()}, "¥")), spaceX(6),
				layout.Flexed(1, p.figures))
		})
	})
	return layout.Dimensions{Size: size}
}

func (p *panel) amountInk() color.NRGBA {
	switch {
	case p.view.Mood == face.Succeeded:
		return green.dark
	case p.view.Amount == 0 && p.amount.editor.Len() == 0:
		return faint
	}
	return ink
}

// figures are the digits: to be typed, to be read, or not known yet.
func (p *panel) figures(gtx layout.Context) layout.Dimensions {
	v := voice{size: sizeAmount, bold: true, color: p.amountInk()}
	if len(typedForm(p.view.Amount)) > 8 || p.amount.editor.Len() > 8 {
		v.size = sizeYuan
	} else if p.view.Crop != nil && (len(typedForm(p.view.Amount)) > 6 || p.amount.editor.Len() > 6) {
		v.size = 34
	}
	switch {
	case editable(p.view.Mood):
		v.color = ink // of the caret too, which must be seen in an empty box
		return p.edit(gtx, &p.amount, v, p.text("window.amount"), "0.00")
	case p.view.Amount == 0:
		return unknownSum(gtx)
	}
	return p.say(gtx, v, p.view.Amount.String())
}

// unknownSum is a quiet bar where the digits will stand.
func unknownSum(gtx layout.Context) layout.Dimensions {
	size := image.Pt(gtx.Dp(132), gtx.Dp(28))
	fill(gtx, mix(surface, ink, 0.05), size, round)
	return layout.Dimensions{Size: size, Baseline: gtx.Dp(3)}
}

// picture shows what was read and, under it, how it was read.
func (p *panel) picture(gtx layout.Context) layout.Dimensions {
	gtx.Constraints.Min = image.Point{}
	caption := p.text("window.unread")
	if p.reading > 0 {
		caption = p.text("window.read", "amount", p.reading)
	}
	frame := image.Pt(gtx.Dp(148), gtx.Dp(52))
	return layout.Flex{Axis: layout.Vertical}.Layout(gtx,
		layout.Rigid(func(gtx layout.Context) layout.Dimensions {
			gtx.Constraints = layout.Exact(frame)
			fill(gtx, surface, frame, round)
			inner := gtx
			inner.Constraints = layout.Exact(frame.Sub(image.Pt(gtx.Dp(8), gtx.Dp(8))))
			shift := op.Offset(image.Pt(gtx.Dp(4), gtx.Dp(4))).Push(gtx.Ops)
			widget.Image{Src: p.crop, Fit: widget.Contain, Position: layout.Center, Scale: 1 / gtx.Metric.PxPerDp}.Layout(inner)
			shift.Pop()
			outline(gtx, line, frame, round, 1)
			return layout.Dimensions{Size: frame}
		}), spaceY(6),
		layout.Rigid(func(gtx layout.Context) layout.Dimensions {
			gtx.Constraints = layout.Constraints{Min: image.Pt(frame.X, 0), Max: image.Pt(frame.X, gtx.Dp(20))}
			return p.say(gtx, voice{size: sizeSmall, color: soft, align: text.Middle}, caption)
		}),
	)
}

// state is the card with the mood, one calm sentence and one next step.
func (p *panel) state(gtx layout.Context) layout.Dimensions {
	h := hueOf(p.view.Mood)
	title, note, step := p.sentences()
	big := !editable(p.view.Mood) && p.view.Mood != face.Hidden
	disc := unit.Dp(36)
	if big {
		disc = 48
	}
	return card(gtx, h.pale, layout.Inset{Left: 16, Right: 16, Top: tight, Bottom: tight}, func(gtx layout.Context) layout.Dimensions {
		return layout.Flex{Alignment: layout.Middle}.Layout(gtx,
			layout.Rigid(func(gtx layout.Context) layout.Dimensions { return sign(gtx, p.view.Mood, h, disc) }),
			spaceX(16),
			layout.Flexed(1, func(gtx layout.Context) layout.Dimensions {
				height := gtx.Constraints.Max.Y
				gtx.Constraints.Min = image.Point{}
				v := voice{size: sizeState, bold: true, color: h.dark}
				if big {
					v.size = sizeResult
				}
				return centred(gtx, height, func(gtx layout.Context) layout.Dimensions {
					return p.told(gtx, v, title, note, step)
				})
			}),
		)
	})
}

// told sets the three voices of the card. A long note takes the lines that the step leaves.
func (p *panel) told(gtx layout.Context, head voice, title, note, step string) layout.Dimensions {
	rows := []layout.FlexChild{layout.Rigid(p.saying(head, title))}
	if note != "" {
		rows = append(rows, spaceY(2), layout.Rigid(p.saying(voice{size: sizeBody, color: ink, lines: p.noteLines(gtx, step), free: true}, note)))
	}
	if step != "" {
		rows = append(rows, spaceY(4), layout.Rigid(p.saying(voice{size: sizeBody - 1, color: grey.dark, lines: stepLines(gtx), free: true}, step)))
	}
	return layout.Flex{Axis: layout.Vertical}.Layout(gtx, rows...)
}

func (p *panel) noteLines(gtx layout.Context, step string) int {
	left := gtx.Constraints.Max.Y - gtx.Sp(30)
	if step != "" {
		left -= gtx.Sp(4) + stepLines(gtx)*gtx.Sp(19)
	}
	return max(1, left/gtx.Sp(20))
}

// stepLines lets the next step have a second line where the card is high: it may end in a telephone number.
func stepLines(gtx layout.Context) int {
	if gtx.Constraints.Max.Y < gtx.Sp(115) {
		return 1
	}
	return 2
}

// sentences chooses what the card says. What is wrong with the typed amount goes before everything else.
func (p *panel) sentences() (title, note, step string) {
	mood := p.view.Mood
	if mood == face.Hidden {
		mood = face.Reading
	}
	title = p.text("window.mood." + mood.String())
	note, step = words.Say(p.lang, p.view.Note), words.Say(p.lang, p.view.Step)
	if key := "window.step." + mood.String(); step == "" && words.Known(key) {
		step = p.text(key)
	}
	if editable(mood) {
		if _, wrong := p.entered(); !wrong.IsZero() {
			note = words.Say(p.lang, wrong)
		}
	}
	if note == title {
		note = ""
	}
	return title, capital(note), capital(step)
}

// capital begins a sentence as it begins when it stands alone; the catalogue's also stand behind a colon.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

func (p *panel) remarkBox(gtx layout.Context) layout.Dimensions {
	hint := p.text("window.remark")
	return p.box(gtx, &p.remark, 40, hint, hint)
}

func (p *panel) clerkBox(gtx layout.Context) layout.Dimensions {
	hint := p.text("window.clerk")
	return p.box(gtx, &p.clerk, 40, hint, hint)
}

func (p *panel) codeBox(gtx layout.Context) layout.Dimensions {
	hint := p.text("window.code_box")
	return p.box(gtx, &p.code, 40, hint, hint)
}

// footer holds what is left to say at the left and the keys at the right.
func (p *panel) footer(gtx layout.Context) layout.Dimensions {
	gtx.Constraints = layout.Exact(image.Pt(gtx.Constraints.Max.X, gtx.Dp(44)))
	row := []layout.FlexChild{layout.Flexed(1, p.leftover)}
	if label, ok := p.stopLabel(); ok {
		row = append(row, layout.Rigid(p.stopButton(label)))
	}
	typed := p.code.editor.Len() > 0
	switch label, ok := p.goLabel(); {
	case p.view.Resumes && (!ok || p.view.Mood == face.WantCode && !typed):
		row = append(row, spaceX(gap), layout.Rigid(func(gtx layout.Context) layout.Dimensions {
			gtx.Constraints.Min = image.Point{}
			return p.resumeButton(gtx, 44)
		}))
	case ok:
		row = append(row, spaceX(gap), layout.Rigid(p.goButton(label)))
	}
	return layout.Flex{Alignment: layout.Middle}.Layout(gtx, row...)
}

// leftover is the countdown while one runs, else the order's number. It takes the width that is left.
func (p *panel) leftover(gtx layout.Context) layout.Dimensions {
	room := gtx.Constraints.Max.X
	gtx.Constraints.Min = image.Point{}
	var d layout.Dimensions
	switch {
	case p.view.Mood == face.Counting:
		d = p.countdown(gtx)
	case p.view.Order != "" && !editable(p.view.Mood):
		number := p.text("window.order", "number", p.view.Order)
		if p.view.Resumes { // a third button leaves room for half of it in a line
			half := (len(p.view.Order) + 1) / 2
			number = p.view.Order[:half] + "\n" + p.view.Order[half:]
		}
		d = layout.Inset{Right: gap}.Layout(gtx, p.saying(voice{size: sizeSmall, color: soft, free: true, lines: 2}, number))
	}
	d.Size.X = room
	return d
}

// countStep is how often a countdown is drawn anew.
const countStep = 100 * time.Millisecond

func (p *panel) countdown(gtx layout.Context) layout.Dimensions {
	left := max(0, p.deadline.Sub(gtx.Now))
	if left > 0 {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(min(countStep, left))})
	}
	seconds := strconv.Itoa(int(math.Ceil(left.Seconds())))
	part := float32(1)
	if p.view.Left > 0 {
		part = float32(left) / float32(p.view.Left)
	}
	return layout.Inset{Right: gap}.Layout(gtx, func(gtx layout.Context) layout.Dimensions {
		return layout.Flex{Axis: layout.Vertical}.Layout(gtx,
			layout.Rigid(p.saying(voice{size: sizeSmall, color: grey.dark, lines: 2}, p.text("window.left", "seconds", seconds))),
			spaceY(6),
			layout.Rigid(func(gtx layout.Context) layout.Dimensions { return bar(gtx, part) }))
	})
}

// bar is what is left of the countdown.
func bar(gtx layout.Context, part float32) layout.Dimensions {
	size := image.Pt(min(gtx.Constraints.Max.X, gtx.Dp(112)), gtx.Dp(4))
	fill(gtx, line, size, 2)
	if done := int(float32(size.X) * part); done > size.Y {
		fill(gtx, blue.full, image.Pt(done, size.Y), 2)
	}
	return layout.Dimensions{Size: size}
}

// stopLabel names what Esc does, if anything.
func (p *panel) stopLabel() (string, bool) {
	switch p.view.Mood {
	case face.Paying:
		return "", false
	case face.Waiting:
		return p.text("window.hide"), true
	case face.Succeeded, face.Failed, face.Unresolved, face.Halted, face.Notice:
		return p.text("window.close"), true
	}
	return p.text("window.cancel"), true
}

// goLabel names what Enter does, if it has a button of its own.
func (p *panel) goLabel() (string, bool) {
	switch p.view.Mood {
	case face.Typing, face.Asking, face.Counting:
		return p.text("window.confirm"), true
	case face.WantCode:
		return p.text("window.use_code"), true
	case face.Clerk:
		return p.text("window.change"), true
	}
	return "", false
}

func (p *panel) stopButton(label string) layout.Widget {
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Constraints.Min = image.Point{}
		return p.button(gtx, &p.cancel, buttonLook{label: label, key: "Esc", size: sizeBody, height: 44})
	}
}

func (p *panel) goButton(label string) layout.Widget {
	off := p.code.editor.Len() == 0
	switch p.view.Mood {
	case face.WantCode:
	case face.Clerk:
		off = p.clerk.editor.Len() == 0
	default:
		m, _ := p.entered()
		off = m == 0
	}
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Constraints.Min = image.Point{}
		return p.button(gtx, &p.confirm, buttonLook{label: label, key: "Enter", size: sizeBody, height: 44,
			primary: true, accent: blue, off: off})
	}
}

// resumeRow stands below the card that says at which step the keys stopped, where the footer has no room.
func (p *panel) resumeRow(gtx layout.Context) layout.Dimensions {
	gtx.Constraints = layout.Exact(image.Pt(gtx.Constraints.Max.X, gtx.Dp(40)))
	return p.resumeButton(gtx, 40)
}

func (p *panel) resumeButton(gtx layout.Context, height unit.Dp) layout.Dimensions {
	return p.button(gtx, &p.resume, buttonLook{label: p.text("window.resume"), key: "Ctrl+Enter", size: sizeBody, height: height})
}

// backspace is drawn, since few fonts have the sign.
var backspace = []stroke{{pt(9, 6), pt(20, 6), pt(20, 18), pt(9, 18), pt(3.5, 12), pt(9, 6)}, {pt(11.5, 9.5), pt(16.5, 14.5)}, {pt(16.5, 9.5), pt(11.5, 14.5)}}

func (p *panel) keypad(gtx layout.Context) layout.Dimensions {
	semantic.DescriptionOp("keypad").Add(gtx.Ops)
	rows := make([]layout.FlexChild, 0, 7)
	for r := range 4 {
		if r > 0 {
			rows = append(rows, spaceY(tight))
		}
		rows = append(rows, layout.Rigid(func(gtx layout.Context) layout.Dimensions {
			cells := make([]layout.FlexChild, 0, 5)
			for c := range 3 {
				if c > 0 {
					cells = append(cells, spaceX(tight))
				}
				cells = append(cells, layout.Flexed(1, p.keypadKey(3*r+c)))
			}
			return layout.Flex{}.Layout(gtx, cells...)
		}))
	}
	return layout.Flex{Axis: layout.Vertical}.Layout(gtx, rows...)
}

func (p *panel) keypadKey(i int) layout.Widget {
	look := buttonLook{label: keypadKeys[i], size: sizeKeypad, height: unit.Dp(52)}
	if look.label == "\b" {
		look.label, look.draw = p.text("window.backspace"), backspace
	}
	return func(gtx layout.Context) layout.Dimensions { return p.button(gtx, &p.keys[i], look) }
}
