package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/engine/ledger"
)

// The next clerk takes over with a hot-key: the window asks for her number, one that the shop does not have is
// refused, the sales that follow are hers, her shift has begun, and a restart forgets none of it.
func TestAnotherClerkTakesOverByHotkey(t *testing.T) {
	p := &screenStory{t: t, stage: openTestStage(t, buildPOS(t), "12.50,8.00", "")}
	play := func(lines ...string) {
		t.Helper()
		for _, line := range lines {
			if err := p.do(strings.Fields(line)); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	}
	chord := func() {
		_ = sleep(t.Context(), thought)
		keys := []rune{0xffe3, 0xffe1, 'l'} // Ctrl, Shift, L
		for _, k := range keys {
			xtest.FakeInput(p.hand.x, xproto.KeyPress, byte(p.hand.codes[k]), 0, 0, 0, 0, 0)
		}
		for i := len(keys) - 1; i >= 0; i-- {
			xtest.FakeInput(p.hand.x, xproto.KeyRelease, byte(p.hand.codes[keys[i]]), 0, 0, 0, 0, 0)
		}
		p.hand.x.Sync()
	}
	types := func(text string) {
		if err := p.posTypes(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if err := p.hand.spell(t.Context(), append([]rune(text), handEnter)...); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := askDesk(t.Context(), p.data, deskAsk{Do: deskShift, Text: shiftBegins, Who: "1001"}); err != nil || out.Shift != 1 {
		t.Fatalf("open the shift of 1001: %v", err)
	}

	chord()
	play("shows clerk")
	types("4711")
	play("shows clerk note=run.clerk.unknown")
	if err := p.hand.write(string(handEsc)); err != nil {
		t.Fatal(err)
	}
	play("shows hidden")

	chord()
	play("shows clerk")
	types("1002")
	play("shows notice note=station.clerk.changed", "shows hidden")
	if err := p.posTypes(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	play("pressed nothing", "scan 134567899023456700", "shows asking amount=12.50", "press enter", "shows succeeded", "shows hidden")
	p.sold(t, 1, "1002")
	if err := p.reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.shown = len(p.views)
	p.mu.Unlock()
	play("scan 134567899123456700", "shows asking amount=8.00", "press enter", "shows succeeded")
	p.sold(t, 2, "1002")
}

// sold looks into the book: so many orders, the newest the clerk's, and only her shift open.
func (p *screenStory) sold(t *testing.T, n int, clerk string) {
	t.Helper()
	b, err := openTill(t.Context(), p.globals(), reading)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	rows, err := b.book.Orders(t.Context(), ledger.Filter{})
	if err != nil || len(rows) != n || rows[n-1].Order.Clerk != clerk {
		t.Fatalf("%d orders, %v", len(rows), err)
	}
	shifts, err := b.book.Shifts(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range shifts {
		if s.Open() != (s.Clerk == clerk) || s.Opened.After(time.Now()) {
			t.Errorf("shift %d of %s is open: %t", s.Number, s.Clerk, s.Open())
		}
	}
	if len(shifts) != 2 {
		t.Errorf("%d shifts", len(shifts))
	}
}
