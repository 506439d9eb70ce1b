//go:build !nowindow && (windows || cgo)

package window

import (
	"image"
	"image/color"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"gioui.org/f32"
	"gioui.org/io/input"
	"gioui.org/io/key"
	"gioui.org/io/pointer"
	"gioui.org/io/semantic"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/unit"

	"cpos/engine/face"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// sharedLook reads the fonts of the system once for all tests.
var sharedLook = sync.OnceValue(newLook)

// stage plays a panel without a screen: the router is the one of a real window.
type stage struct {
	t      testing.TB
	p      *panel
	router input.Router
	ops    op.Ops
	now    time.Time
	scale  float32
}

func newStage(t testing.TB, lang words.Lang, touch bool) *stage {
	s := &stage{t: t, p: newPanelWith(sharedLook(), lang, touch), now: time.Unix(1_700_000_000, 0), scale: 1}
	s.router.Queue(key.FocusEvent{Focus: true})
	return s
}

func (s *stage) show(v face.View) *stage {
	s.p.show(v, s.now)
	return s.frame().frame()
}

func (s *stage) frame() *stage {
	s.ops.Reset()
	m := unit.Metric{PxPerDp: s.scale, PxPerSp: s.scale}
	s.p.layout(layout.Context{Ops: &s.ops, Now: s.now, Metric: m, Source: s.router.Source(), Constraints: layout.Exact(s.p.sizePx(m))})
	s.router.Frame(&s.ops)
	return s
}

func (s *stage) press(name key.Name) *stage {
	s.router.Queue(key.Event{Name: name, State: key.Press}, key.Event{Name: name, State: key.Release})
	return s.frame().frame()
}

// enter types a text where the caret is.
func (s *stage) enter(text string) *stage {
	var sel key.Range
	if s.p.active != nil {
		sel.Start, sel.End = s.p.active.editor.Selection()
	}
	end := min(sel.Start, sel.End) + len([]rune(text))
	s.router.Queue(key.EditEvent{Range: sel, Text: text}, key.SelectionEvent{Start: end, End: end})
	return s.frame().frame()
}

func (s *stage) clickAt(at image.Point) *stage {
	pos := f32.Pt(float32(at.X), float32(at.Y))
	s.router.Queue(
		pointer.Event{Kind: pointer.Press, Source: pointer.Mouse, Buttons: pointer.ButtonPrimary, Position: pos},
		pointer.Event{Kind: pointer.Release, Source: pointer.Mouse, Position: pos})
	return s.frame().frame()
}

func (s *stage) click(label string) *stage {
	s.t.Helper()
	n := s.find(label)
	if n == nil {
		s.t.Fatalf("no button %q", label)
	}
	return s.clickAt(middle(n.Desc.Bounds))
}

// find looks for a button or a box by its name, the way a screen reader would.
func (s *stage) find(label string) *input.SemanticNode {
	for _, n := range s.router.AppendSemantics(nil) {
		if n.Desc.Class == semantic.Button && n.Desc.Label == label || n.Desc.Class == semantic.Editor && n.Desc.Description == label {
			return &n
		}
	}
	return nil
}

func (s *stage) intents() []face.Intent {
	got := s.p.intents
	s.p.intents = nil
	return got
}

func (s *stage) wants(want ...face.Intent) {
	s.t.Helper()
	got := s.intents()
	if !slices.EqualFunc(got, want, func(a, b face.Intent) bool { return reflect.DeepEqual(a, b) }) {
		s.t.Errorf("intents %+v\nwant    %+v", got, want)
	}
}

func TestEveryTextFits(t *testing.T) {
	for _, lang := range []words.Lang{words.Chinese, words.English} {
		for _, scale := range []float32{1, 1.25, 1.5, 2} {
			for _, touch := range []bool{false, true} {
				for _, v := range append(samples(lang), stoppedSamples(lang)...) {
					m := v.Mood
					for _, amount := range []pay.Money{v.Amount, 1, pay.MaxCharge} {
						s := newStage(t, lang, touch)
						s.scale, v.Amount = scale, amount
						s.show(v)
						if len(s.p.cut) > 0 {
							t.Errorf("%s %s at %v with %s: cut %q", lang, m, scale, amount, s.p.cut)
						}
					}
				}
			}
		}
	}
}

func TestALongNoteStaysInItsCard(t *testing.T) {
	long := words.T("微信支付返回：用户账户状态异常，请联系微信支付客服处理后再发起支付，或更换其他支付方式继续完成本次交易，如有疑问请致电客服热线。系统将保留本次请求的全部记录以便核对。")
	for _, m := range moods[1:] {
		v := sample(m, words.Chinese)
		v.Note, v.Step = long, long
		s := newStage(t, words.Chinese, false).show(v)
		if len(s.p.cut) > 0 {
			t.Errorf("%v: cut %q", m, s.p.cut)
		}
		img := drawn(t, v, words.Chinese)
		keep(t, img, "long-"+m.String())
		under := int(tall) - 16 - 44 - 6 // the gap above the footer
		if editable(m) {
			under -= 12 + 40 // and above the box for a remark
		}
		if c := img.RGBAAt(220, under); m != face.Paying && c != (color.RGBA(paper)) {
			t.Errorf("%v: the card has grown over what stands below: %v", m, c)
		}
	}
}

func TestButtonsSayWhatTheCashierWants(t *testing.T) {
	confirm := face.Intent{Kind: face.Confirm, Turn: 7, Amount: 12850}
	cancel := face.Intent{Kind: face.Cancel, Turn: 7}
	for mood, want := range map[face.Mood]map[string]face.Intent{
		face.Reading:    {"取消": cancel},
		face.Asking:     {"确认收款": confirm, "取消": cancel},
		face.Counting:   {"确认收款": confirm, "取消": cancel},
		face.WantCode:   {"取消": cancel},
		face.Waiting:    {"收起": cancel},
		face.Succeeded:  {"关闭": cancel},
		face.Failed:     {"关闭": cancel},
		face.Unresolved: {"关闭": cancel},
		face.Halted:     {"关闭": cancel},
		face.Notice:     {"关闭": cancel},
	} {
		for label, intent := range want {
			t.Run(mood.String()+" "+label, func(t *testing.T) {
				s := newStage(t, words.Chinese, false).show(sample(mood, words.Chinese))
				s.click(label).wants(intent)
			})
		}
	}
	for _, mood := range []face.Mood{face.Typing, face.Asking, face.WantCode, face.Succeeded, face.Failed, face.Notice} {
		t.Run(mood.String()+" with keys that stopped", func(t *testing.T) {
			s := newStage(t, words.Chinese, false).show(stopped(mood, words.Chinese))
			s.click("继续按键").wants(face.Intent{Kind: face.Resume, Turn: 7})
			v := s.p.view
			if v.Resumes = false; s.show(v).find("继续按键") != nil {
				t.Error("keys that have not stopped can go on")
			}
		})
	}
	t.Run("nothing can be pressed while the request is on its way", func(t *testing.T) {
		s := newStage(t, words.Chinese, false).show(sample(face.Paying, words.Chinese))
		for _, n := range s.router.AppendSemantics(nil) {
			if n.Desc.Class == semantic.Button {
				t.Errorf("a button %q", n.Desc.Label)
			}
		}
		s.press(key.NameEscape).press(key.NameReturn).wants()
	})
}

func TestKeysDoWhatIsPrintedOnTheButtons(t *testing.T) {
	asking := sample(face.Asking, words.English)
	newStage(t, words.English, false).show(asking).press(key.NameReturn).wants(face.Intent{Kind: face.Confirm, Turn: 7, Amount: 12850})
	newStage(t, words.English, false).show(asking).press(key.NameEnter).wants(face.Intent{Kind: face.Confirm, Turn: 7, Amount: 12850})
	newStage(t, words.English, false).show(asking).press(key.NameEscape).wants(face.Intent{Kind: face.Cancel, Turn: 7})
	newStage(t, words.English, false).show(sample(face.Failed, words.English)).press(key.NameReturn).wants(face.Intent{Kind: face.Cancel, Turn: 7})
}

func TestTypingAnAmount(t *testing.T) {
	s := newStage(t, words.Chinese, false).show(sample(face.Typing, words.Chinese))
	if !s.p.wantsKeys() {
		t.Fatal("the window does not ask for the keyboard")
	}
	s.press(key.NameReturn).wants()
	s.enter("12.").wants(face.Intent{Kind: face.SetAmount, Turn: 7, Amount: 1200})
	s.enter("5").wants(face.Intent{Kind: face.SetAmount, Turn: 7, Amount: 1250})
	s.show(s.p.view)
	if got := s.p.amount.editor.Text(); got != "12.5" {
		t.Errorf("a new view of the same sale overwrote the amount: %q", got)
	}
	s.press(key.NameReturn).wants(face.Intent{Kind: face.Confirm, Turn: 7, Amount: 1250})
	v := s.p.view
	v.Mood, v.Amount = face.Paying, 1250
	if s.show(v); s.p.wantsKeys() {
		t.Error("the keyboard is kept after the amount was typed")
	}
}

func TestAmountsAsHandsTypeThem(t *testing.T) {
	for typed, want := range map[string]struct {
		m     pay.Money
		wrong string
	}{
		"12.5": {1250, ""}, "12.": {1200, ""}, ".5": {50, ""}, "１２．５０": {1250, ""}, "12。5": {1250, ""}, "0.01": {1, ""},
		"": {0, ""}, "12.345": {0, "window.wrong.decimals"}, "1.2.3": {0, "window.wrong.text"}, ".": {0, "window.wrong.zero"},
		"0": {0, "window.wrong.zero"}, "99999999999": {0, "window.wrong.range"}, "21474836.48": {0, "window.wrong.range"},
	} {
		s := newStage(t, words.Chinese, false).show(sample(face.Typing, words.Chinese))
		if typed != "" {
			s.enter(typed)
		}
		if m, wrong := s.p.entered(); m != want.m || wrong.Key != want.wrong {
			t.Errorf("%q: %v %q, want %v %q", typed, m, wrong.Key, want.m, want.wrong)
		}
	}
}

func TestReachingForTheAmountStopsTheCountdown(t *testing.T) {
	s := newStage(t, words.Chinese, false).show(sample(face.Counting, words.Chinese))
	s.clickAt(image.Pt(150, 150)).wants(face.Intent{Kind: face.SetAmount, Turn: 7, Amount: 12850})
	if !s.p.wantsKeys() {
		t.Error("the window does not ask for the keyboard")
	}
}

func TestARemarkIsToldWhenItIsDone(t *testing.T) {
	s := newStage(t, words.Chinese, false).show(sample(face.Asking, words.Chinese))
	s.clickAt(image.Pt(150, 276)).enter("二号桌").wants()
	s.press(key.NameReturn).wants(face.Intent{Kind: face.SetRemark, Turn: 7, Text: "二号桌"})
	if s.p.wantsKeys() {
		t.Error("the keyboard is kept")
	}
}

func TestACodeTypedIntoTheWindow(t *testing.T) {
	s := newStage(t, words.Chinese, false).show(sample(face.WantCode, words.Chinese))
	s.clickAt(image.Pt(150, 276)).enter("1345 8200 0000 0020 46")
	s.press(key.NameReturn).wants(face.Intent{Kind: face.SetCode, Turn: 7, Text: "134582000000002046"})
	if s.p.code.editor.Len() != 0 {
		t.Error("the code stays in the window")
	}
}

func TestTheKeypadWritesWithoutTakingTheCaret(t *testing.T) {
	s := newStage(t, words.Chinese, true).show(sample(face.Typing, words.Chinese))
	for _, k := range []string{"1", "2", ".", "5", "7", "退格"} {
		s.click(k)
	}
	if got := s.p.amount.editor.Text(); got != "12.5" {
		t.Errorf("the keypad wrote %q", got)
	}
	if s.p.active != &s.p.amount {
		t.Error("the caret went away")
	}
	s.intents()
	s.click("确认收款").wants(face.Intent{Kind: face.Confirm, Turn: 7, Amount: 1250})
}

func TestANewSaleKeepsNothingOfTheOldOne(t *testing.T) {
	s := newStage(t, words.Chinese, false).show(sample(face.Typing, words.Chinese)).enter("9.99")
	v := sample(face.Asking, words.Chinese)
	v.Turn, v.Amount, v.Remark = 8, 500, ""
	s.show(v)
	s.intents()
	s.press(key.NameReturn).wants(face.Intent{Kind: face.Confirm, Turn: 8, Amount: 500})
}

func TestOnlyTheCountdownAsksForFrames(t *testing.T) {
	for _, m := range moods {
		if m == face.Typing || m == face.Clerk {
			continue // its caret blinks
		}
		s := newStage(t, words.Chinese, false).show(sample(m, words.Chinese))
		s.frame().frame()
		at, asks := s.router.WakeupTime()
		if asks != (m == face.Counting) {
			t.Errorf("%v: asks for another frame: %v", m, asks)
		}
		if asks && at.Sub(s.now) < countStep {
			t.Errorf("the countdown is drawn every %v", at.Sub(s.now))
		}
	}
}
