package main

import (
	"context"
	"errors"
	"testing"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
	"cpos/engine/words"
)

// TestAShiftIsTurnedThroughTheRunningEngine asks an engine's desk, as the command does while one runs.
func TestAShiftIsTurnedThroughTheRunningEngine(t *testing.T) {
	book, err := ledger.Open(t.Context(), store.NewMemory(), ledger.Options{Numbering: ledger.Numbering{Prefix: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	ln, err := listenDesk(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- serveDesk(ctx, ln, deskHost{Lang: words.English, Shift: turnOn(book), Fault: func(err error) *deskFault {
			exit, _ := codeOf(err)
			return &deskFault{Exit: exit, What: err.Error()}
		}})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	cash := pay.Money(81250)
	for _, row := range []struct {
		name string
		ask  deskAsk
		exit int
	}{
		{"begin", deskAsk{Text: shiftBegins, Who: "1003"}, exitDone},
		{"begin again", deskAsk{Text: shiftBegins, Who: "1003"}, exitConflict},
		{"end", deskAsk{Text: shiftEnds, Who: "1003", Cash: &cash}, exitDone},
		{"end again", deskAsk{Text: shiftEnds, Who: "1003"}, exitUsage},
		{"neither", deskAsk{Text: "pause", Who: "1003"}, exitInternal},
	} {
		row.ask.Do = deskShift
		say, err := askDesk(t.Context(), data, row.ask)
		code, _ := codeOf(err)
		if code != row.exit || err == nil && say.Shift != 1 {
			t.Errorf("%s: exit %d, %+v, %v", row.name, code, say, err)
		}
	}
	sum, err := book.Shift(t.Context(), 1)
	if err != nil || sum.Shift.Open() || sum.Shift.Cash != cash {
		t.Errorf("%+v, %v", sum, err)
	}
	if _, err := book.CurrentShift(t.Context(), "1003"); !errors.Is(err, ledger.ErrNoShift) {
		t.Error(err)
	}
}
