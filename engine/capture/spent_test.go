package capture_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/capture"
	"cpos/engine/pay"
)

// wire tells what it was last told to.
type wire struct{ told capture.Told }

func (w *wire) Said(context.Context) (capture.Told, error) {
	if w.told.Serial == 0 {
		return capture.Told{}, capture.ErrSilent
	}
	return w.told, nil
}

func (w *wire) tell(text string) {
	w.told = capture.Told{Lines: []string{text}, At: time.Now(), Serial: w.told.Serial + 1}
}

func TestWhatWasToldOfAPaidSaleIsNotChargedAgain(t *testing.T) {
	rows := []struct {
		name   string
		kind   capture.Kind
		paid   bool
		next   func(w *wire)
		amount pay.Money
		why    capture.Reason
	}{
		{"the display still shows the paid sale", capture.Display, true, func(*wire) {}, 0, capture.Spent},
		{"the display shows the same total of the next sale", capture.Display, true, func(w *wire) { w.tell("12.50") }, 1250, ""},
		{"a declined sale is tried again", capture.Display, false, func(*wire) {}, 1250, ""},
		{"the slip of the paid sale", capture.PrintJob, true, func(*wire) {}, 0, capture.Spent},
		{"the receipt of the paid sale", capture.PrintJob, true, func(w *wire) { time.Sleep(2 * time.Second); w.tell("12.50") }, 0, capture.Spent},
		{"the slip of the next sale", capture.PrintJob, true, func(w *wire) { time.Sleep(2 * time.Second); w.tell("8.00") }, 800, ""},
		{"the same amount much later", capture.PrintJob, true, func(w *wire) { time.Sleep(3 * time.Minute); w.tell("12.50") }, 1250, ""},
		{"a window shows what it shows now", capture.WindowText, true, func(*wire) {}, 1250, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{}
				j := &capture.Judge{Grammar: capture.Grammar{Decimals: 2}, Sources: []capture.Source{{Kind: row.kind, Line: w}}}
				w.tell("12.50")
				r, err := j.Amount(t.Context())
				if err != nil || r.Amount != 1250 || !r.Sure {
					t.Fatalf("read %v, %v", r, err)
				}
				if row.paid {
					j.Spent(r)
				}
				row.next(w)
				r, err = j.Amount(t.Context())
				if err != nil || r.Amount != row.amount || r.Why != row.why || r.Sure != (row.why == "") {
					t.Errorf("read %v, sure %v, %q, %v", r.Amount, r.Sure, r.Why, err)
				}
			})
		})
	}
}
