//go:build !nowindow && (windows || cgo)

package window

import (
	"errors"
	"image"
	"strings"
	"time"

	"gioui.org/gesture"
	"gioui.org/io/event"
	"gioui.org/io/key"
	"gioui.org/layout"
	"gioui.org/op/paint"
	"gioui.org/unit"

	"cpos/engine/face"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// panel is the content of the payment window: the view it shows, what was typed into it, and the wishes
// that came of it. One goroutine uses it.
type panel struct {
	*look
	lang  words.Lang
	touch bool

	view     face.View
	deadline time.Time // when a Counting view's Left has run out
	crop     paint.ImageOp
	reading  pay.Money // what was read off the crop; a correction by hand does not change it

	amount, remark, code field
	clerk                field
	confirm, cancel      button
	resume               button
	keys                 [12]button
	drag                 gesture.Drag

	typed   bool   // the amount was changed by hand in this turn
	caret   *field // gets the caret with the next frame
	drop    bool   // nothing keeps the caret after the next frame
	active  *field // has the caret
	intents []face.Intent
}

// clerkRunes are what clerks' numbers are made of.
const clerkRunes = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"

// amountRunes are what an input method may produce for an amount.
const amountRunes = "0123456789.０１２３４５６７８９．。"

func newPanel(lang words.Lang, touch bool) *panel { return newPanelWith(newLook(), lang, touch) }

func newPanelWith(l *look, lang words.Lang, touch bool) *panel {
	return &panel{
		look: l, lang: lang, touch: touch,
		amount: newField(amountRunes, 12, key.HintNumeric),
		remark: newField("", 40, key.HintAny),
		code:   newField("", pay.MaxCodeText, key.HintNumeric),
		clerk:  newField(clerkRunes, 20, key.HintAny),
	}
}

// show replaces the view. What the cashier is typing stays until the sale is another one.
func (p *panel) show(v face.View, now time.Time) {
	old := p.view
	p.view = v
	if v.Turn != old.Turn || v.Mood == face.Hidden {
		p.typed, p.drop, p.caret = false, true, nil
		p.reading = 0
		p.code.set("")
		p.clerk.set("")
	}
	if v.Crop != old.Crop && v.Crop != nil {
		p.crop = paint.NewImageOp(v.Crop)
		p.reading = 0
	}
	if p.reading == 0 && !p.typed {
		p.reading = v.Amount
	}
	if v.Mood == face.Counting {
		p.deadline = now.Add(v.Left)
	}
	if p.active != &p.amount || !p.typed {
		p.amount.set(typedForm(v.Amount))
	}
	if p.active != &p.remark {
		p.remark.set(v.Remark)
	}
	p.moveCaret(old.Mood, v)
}

// moveCaret gives the caret to the amount when it must be typed and takes it away when that is over.
func (p *panel) moveCaret(was face.Mood, v face.View) {
	switch {
	case v.Mood == face.Typing && (was != face.Typing || p.drop):
		p.caret, p.drop = &p.amount, false
		p.amount.selectAll()
	case v.Mood == face.Clerk:
		if was != face.Clerk || p.drop {
			p.caret, p.drop = &p.clerk, false
		}
	case was == face.Typing && v.Mood != face.Typing, !editable(v.Mood):
		p.drop = true
	}
}

// typedForm is an amount as it stands in the box; an unknown one leaves the box empty.
func typedForm(m pay.Money) string {
	if m == 0 {
		return ""
	}
	return m.String()
}

// editable says whether amount and remark may still be changed.
func editable(m face.Mood) bool {
	return m == face.Typing || m == face.Asking || m == face.Counting || m == face.WantCode
}

// wantsKeys says whether the window needs the keyboard.
func (p *panel) wantsKeys() bool {
	return p.view.Mood != face.Hidden && (p.active != nil || p.caret != nil)
}

// keypadOpen says whether digits can be tapped.
func (p *panel) keypadOpen() bool {
	if p.touch && p.view.Mood == face.Clerk {
		return true
	}
	return p.touch && editable(p.view.Mood) &&
		(p.view.Mood == face.Typing || p.active == &p.amount || p.active == &p.code || p.caret == &p.amount)
}

// size is how large the window wants to be.
func (p *panel) size() (w, h unit.Dp) {
	if p.keypadOpen() {
		return wide, tall + keypad
	}
	return wide, tall
}

// sizePx is size in px.
func (p *panel) sizePx(m unit.Metric) image.Point {
	w, h := p.size()
	return image.Pt(m.Dp(w), m.Dp(h))
}

// entered reads the amount as it stands in the window; wrong says what keeps it from being one.
func (p *panel) entered() (m pay.Money, wrong words.Text) {
	if !p.typed && p.view.Amount > 0 {
		return p.view.Amount, words.Text{}
	}
	s := normalAmount(p.amount.editor.Text())
	m, err := pay.ParseMoney(s)
	switch {
	case s == "":
		return 0, words.Text{}
	case errors.Is(err, pay.ErrMoneyDecimals):
		return 0, words.T("window.wrong.decimals")
	case errors.Is(err, pay.ErrMoneyRange), err == nil && m > pay.MaxCharge:
		return 0, words.T("window.wrong.range")
	case err != nil:
		return 0, words.T("window.wrong.text")
	case m <= 0:
		return 0, words.T("window.wrong.zero")
	}
	return m, words.Text{}
}

// normalAmount turns full-width digits and points plain and completes what hands leave out: "12." and ".5".
func normalAmount(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '．' || r == '。':
			return '.'
		}
		return r
	}, s)
	if strings.HasPrefix(s, ".") {
		s = "0" + s
	}
	return strings.TrimSuffix(s, ".")
}

// update turns input into intents. It runs at the head of each frame.
func (p *panel) update(gtx layout.Context) {
	p.updateKeypad(gtx)
	enter := p.updateFields(gtx)
	if p.confirm.pressed(gtx) {
		enter = true
	}
	if p.cancel.pressed(gtx) || p.keyPressed(gtx, key.NameEscape) {
		p.stop()
	}
	if p.resume.pressed(gtx) && p.view.Resumes {
		p.drop = true
		p.send(face.Intent{Kind: face.Resume})
	}
	for _, name := range []key.Name{key.NameReturn, key.NameEnter} {
		enter = p.keyPressed(gtx, name) || enter
	}
	if enter {
		p.goOn()
	}
	p.updateCaret(gtx)
}

func (p *panel) keyPressed(gtx layout.Context, name key.Name) bool {
	hit := false
	for {
		e, ok := gtx.Event(key.Filter{Name: name})
		if !ok {
			return hit
		}
		if k, is := e.(key.Event); is && k.State == key.Press {
			hit = true
		}
	}
}

// updateFields reads the boxes and says whether Enter was pressed in the amount or the code.
func (p *panel) updateFields(gtx layout.Context) (enter bool) {
	if p.amount.submitted(gtx) {
		enter = true
	}
	if p.code.submitted(gtx) {
		enter = true
	}
	if p.clerk.submitted(gtx) {
		enter = true
	}
	if p.remark.submitted(gtx) {
		p.drop = true
	}
	if p.amount.changed() && editable(p.view.Mood) {
		p.typed = true
		m, _ := p.entered()
		p.send(face.Intent{Kind: face.SetAmount, Amount: m})
	}
	return enter
}

// updateCaret follows the caret from box to box and moves it where show wanted it.
func (p *panel) updateCaret(gtx layout.Context) {
	switch {
	case p.caret != nil:
		gtx.Execute(key.FocusCmd{Tag: &p.caret.editor})
	case p.drop:
		gtx.Execute(key.FocusCmd{})
	}
	now := p.holder(gtx)
	if p.active == &p.remark && now != &p.remark && p.remark.changed() {
		p.send(face.Intent{Kind: face.SetRemark, Text: strings.TrimSpace(p.remark.said)})
	}
	if now == &p.amount && p.active != now && p.view.Mood == face.Counting {
		// Whoever reaches for the amount does not want it charged in a second.
		m, _ := p.entered()
		p.send(face.Intent{Kind: face.SetAmount, Amount: m})
	}
	p.active, p.caret, p.drop = now, nil, false
}

// holder is the box that has the caret once this frame's commands are done.
func (p *panel) holder(gtx layout.Context) *field {
	switch {
	case p.caret != nil:
		return p.caret
	case p.drop:
		return nil
	}
	for _, f := range []*field{&p.amount, &p.remark, &p.code, &p.clerk} {
		if gtx.Focused(event.Tag(&f.editor)) {
			return f
		}
	}
	return nil
}

// goOn is Enter: the one thing the mood waits for.
func (p *panel) goOn() {
	if p.active == &p.remark && p.remark.changed() {
		p.send(face.Intent{Kind: face.SetRemark, Text: strings.TrimSpace(p.remark.said)})
	}
	switch p.view.Mood {
	case face.Typing, face.Asking, face.Counting:
		if m, _ := p.entered(); m > 0 {
			p.drop = p.view.Mood != face.Typing
			p.send(face.Intent{Kind: face.Confirm, Amount: m})
		}
	case face.WantCode:
		if text := pay.NormalizeCode(p.code.editor.Text()); text != "" {
			p.code.set("")
			p.drop = true
			p.send(face.Intent{Kind: face.SetCode, Text: text})
		}
	case face.Clerk:
		if text := strings.TrimSpace(p.clerk.editor.Text()); text != "" {
			p.send(face.Intent{Kind: face.SetClerk, Text: text})
		}
	case face.Succeeded, face.Failed, face.Unresolved, face.Halted, face.Notice:
		p.send(face.Intent{Kind: face.Cancel})
	}
}

// stop is Esc.
func (p *panel) stop() {
	if p.view.Mood != face.Paying && p.view.Mood != face.Hidden {
		p.drop = true
		p.send(face.Intent{Kind: face.Cancel})
	}
}

func (p *panel) send(i face.Intent) {
	i.Turn = p.view.Turn
	p.intents = append(p.intents, i)
}

// keypadKeys are the keys in reading order; the last one takes back.
var keypadKeys = [12]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "0", "\b"}

func (p *panel) updateKeypad(gtx layout.Context) {
	to := &p.amount
	switch {
	case p.view.Mood == face.Clerk:
		to = &p.clerk
	case p.active == &p.code:
		to = &p.code
	}
	for i, k := range keypadKeys {
		if !p.keys[i].pressed(gtx) {
			continue
		}
		if k == "\b" {
			to.editor.Delete(-1)
		} else {
			to.editor.Insert(k)
		}
	}
}
