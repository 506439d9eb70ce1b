package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"cpos/engine/face"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/station"
	"cpos/engine/words"
)

// wished keeps what the desk was told that the cashier wants.
type wished chan face.Intent

func (w wished) Intend(i face.Intent) { w <- i }

// openTestDesk serves a desk of a till that shows one view.
func openTestDesk(t *testing.T, data string) (wished, *deskBoard) {
	t.Helper()
	w, board := make(wished, 4), &deskBoard{}
	ctx, cancel := context.WithCancel(t.Context())
	ln, err := listenDesk(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	code := pay.DefaultCodeRules().Classify("134567890123456700")
	done := make(chan error, 1)
	go func() {
		done <- serveDesk(ctx, ln, deskHost{
			Lang: words.English, Desk: w, Board: board, Engine: func() deskEngine { return deskEngine{Open: true} },
			View: func() face.View { return face.View{Turn: 7, Mood: face.Asking, Amount: 1250, Code: code.String()} },
			Refund: func(_ context.Context, g station.Giveback) (ledger.RefundRow, error) {
				return ledger.RefundRow{}, ledger.ErrRemainder
			},
			Release: func(context.Context, string, string) error { return nil }, Stop: cancel,
			Fault: func(err error) *deskFault {
				exit, _ := codeOf(err)
				return &deskFault{Exit: exit, What: err.Error()}
			},
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w, board
}

func TestDeskAnswers(t *testing.T) {
	data := t.TempDir()
	w, _ := openTestDesk(t, data)
	say, err := askDesk(t.Context(), data, deskAsk{Do: deskView})
	if err != nil || say.View.Mood != "asking" || say.View.Amount != 1250 || !say.Engine.Open {
		t.Fatalf("view: %+v, %v", say, err)
	}
	if strings.Contains(say.View.Code, "4567") {
		t.Errorf("the desk tells the code: %s", say.View.Code)
	}
	if _, err := askDesk(t.Context(), data, deskAsk{Do: deskIntend, Intent: wishConfirm}); err != nil {
		t.Fatal(err)
	}
	if i := <-w; i.Kind != face.Confirm || i.Turn != 7 {
		t.Errorf("the wish is %+v, not to confirm the sale that is shown", i)
	}
	var fault *deskFault
	if _, err := askDesk(t.Context(), data, deskAsk{Do: deskRefund, Order: "1"}); !errors.As(err, &fault) || fault.Exit != exitDeclined {
		t.Errorf("a refund above the remainder: %v", err)
	}
	for _, a := range []deskAsk{{Do: "dance"}, {Do: deskIntend, Intent: "dance"}} {
		if _, err := askDesk(t.Context(), data, a); !errors.As(err, &fault) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}

func TestDeskIsItsUsersOwn(t *testing.T) {
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "desk.sock"), nil, 0o644); err != nil { // left by a crash
		t.Fatal(err)
	}
	openTestDesk(t, data)
	info, err := os.Stat(filepath.Join(data, "desk.sock"))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
}

func TestDeskWithALongPathAndWithoutAnEngine(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	data := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if _, err := askDesk(t.Context(), data, deskAsk{Do: deskView}); !errors.Is(err, errNoEngine) {
		t.Errorf("no engine: %v", err)
	}
	openTestDesk(t, data)
	if _, err := askDesk(t.Context(), data, deskAsk{Do: deskView}); err != nil {
		t.Error(err)
	}
}

func TestDeskWatchers(t *testing.T) {
	data := t.TempDir()
	_, board := openTestDesk(t, data)
	c, err := dialDesk(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.ask(t.Context(), deskAsk{Do: deskWatch}); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		board.Show(face.View{Turn: uint64(n), Mood: face.Paying})
	}
	for n := range 3 {
		if say, err := c.next(); err != nil || say.View.Turn != uint64(n) || say.View.Mood != "paying" {
			t.Fatalf("view %d: %+v, %v", n, say.View, err)
		}
	}
}

func TestASlowWatcherLosesTheOldestViews(t *testing.T) {
	var b deskBoard
	views, leave := b.look()
	defer leave()
	for n := range 2 * unread {
		b.Show(face.View{Turn: uint64(n)})
	}
	if first := <-views; first.Turn != unread {
		t.Errorf("the first that is left is %d", first.Turn)
	}
}
