package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// A cashier who leans on Ctrl stops the keys after payment. The window says at which step and what to press by
// hand; one chord lets them go on, and each key reaches the POS once.
func TestKeysThatStoppedGoOnWithOneChord(t *testing.T) {
	p := &screenStory{t: t, stage: openTestStage(t, buildPOS(t), "12.50", "")}
	const ctrl = 0xffe3
	fake := func(kind byte, sign rune) {
		xtest.FakeInput(p.hand.x, kind, byte(p.hand.codes[sign]), 0, 0, 0, 0, 0)
		p.hand.x.Sync()
	}
	for _, line := range []string{"scan 134567899023456700", "shows asking amount=12.50", "pressed focus esc f12"} {
		if err := p.do(strings.Fields(line)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	_ = sleep(t.Context(), thought)
	fake(xproto.KeyPress, handEnter)
	fake(xproto.KeyRelease, handEnter)
	fake(xproto.KeyPress, ctrl)
	said := ""
	for end := time.Now().Add(moodLimit); said == ""; _ = sleep(t.Context(), 20*time.Millisecond) {
		p.mu.Lock()
		i := slices.IndexFunc(p.views, func(v deskFace) bool { return v.Mood == "succeeded" && v.Step != nil && v.Resumes })
		if i >= 0 {
			said = p.views[i].Note.Text + " / " + p.views[i].Step.Text
		}
		p.mu.Unlock()
		if time.Now().After(end) {
			t.Fatal("the keys did not stop, or nobody was told")
		}
	}
	for _, want := range []string{"Ctrl, Alt or Shift is held down", "step 2: press F6"} {
		if !strings.Contains(said, want) {
			t.Errorf("the cashier is told %q", said)
		}
	}
	fake(xproto.KeyRelease, ctrl)
	if err := p.do([]string{"pressed", "nothing"}); err != nil {
		t.Fatal(err)
	}
	_ = sleep(t.Context(), thought)
	fake(xproto.KeyPress, ctrl)
	fake(xproto.KeyPress, handEnter)
	fake(xproto.KeyRelease, handEnter)
	fake(xproto.KeyRelease, ctrl)
	for _, line := range []string{"pressed focus f6 text:12.50 f10", "shows hidden", "pressed nothing", "bank orders=1 paid=1 amount=12.50"} {
		if err := p.do(strings.Fields(line)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
}
