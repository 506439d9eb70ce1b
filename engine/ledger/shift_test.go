package ledger_test

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
)

func (x *till) opened(t tester) ledger.Shift {
	t.Helper()
	s, err := x.OpenShift(t.Context(), "1003")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (x *till) closed(t tester, cash *pay.Money) ledger.Shift {
	t.Helper()
	s, err := x.CloseShift(t.Context(), "1003", cash)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (x *till) summary(t tester, number uint64) ledger.ShiftSummary {
	t.Helper()
	s, err := x.Shift(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAShiftHoldsWhatItsClerkSold(t *testing.T) {
	x := newTill(t)
	x.paid(t, 1) // before the shift
	s := x.opened(t)
	if s.Number != 1 || !s.Open() || !s.Opened.Equal(morning) {
		t.Errorf("%+v", s)
	}
	id := x.paid(t, 1000)
	x.paid(t, 300)
	x.settled(t, x.intended(t, 70), pay.Declined)
	x.now = x.now.Add(20 * time.Hour) // a night shift: into the next day
	back, err := x.refund(t, id, 250)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.SettleRefund(t.Context(), back, pay.RefundOutcome{Status: pay.RefundDone, At: x.now}); err != nil {
		t.Fatal(err)
	}
	want := []ledger.Sum{{Tender: pay.WeChat, Shift: 1, Paid: 2, PaidAmount: 1300, Refunds: 1, RefundsAmount: 250}}
	if got, err := x.CurrentShift(t.Context(), "1003"); err != nil || !reflect.DeepEqual(got.Sums, want) || got.Late != nil {
		t.Errorf("%+v, %v", got, err)
	}
	cash := pay.Money(81250)
	s = x.closed(t, &cash)
	if s.Open() || !s.Counted || s.Cash != cash || !s.Closed.Equal(x.now) {
		t.Errorf("%+v", s)
	}
	x.paid(t, 9) // after it
	if got := x.summary(t, 1); got.Shift != s || !reflect.DeepEqual(got.Sums, want) || got.Late != nil {
		t.Errorf("%+v", got)
	}
	days, err := x.Sums(t.Context(), "2026-11-22", "2026-11-23")
	if err != nil || len(days) != 2 || days[0].PaidAmount != 1301 || days[1].PaidAmount != 9 || days[1].RefundsAmount != 250 {
		t.Errorf("the days mix with the shifts: %+v, %v", days, err)
	}
	x.verified(t)
}

func TestWhatComesAfterTheCloseStandsBesideIt(t *testing.T) {
	x := newTill(t)
	x.opened(t)
	x.paid(t, 100)
	slow := x.intended(t, 40)
	back, err := x.refund(t, x.paid(t, 500), 500)
	if err != nil {
		t.Fatal(err)
	}
	x.closed(t, nil)
	before := x.summary(t, 1)
	next := x.opened(t)
	x.settled(t, slow, pay.Paid)
	if _, err := x.SettleRefund(t.Context(), back, pay.RefundOutcome{Status: pay.RefundAccepted, At: x.now}); err != nil {
		t.Fatal(err)
	}
	after := x.summary(t, 1)
	if !reflect.DeepEqual(after.Sums, before.Sums) || before.Shift.Counted {
		t.Errorf("the close moved from %+v to %+v", before, after)
	}
	want := []ledger.Sum{{Tender: pay.WeChat, Shift: 1, Late: true, Paid: 1, PaidAmount: 40, Refunds: 1, RefundsAmount: 500}}
	if !reflect.DeepEqual(after.Late, want) {
		t.Errorf("late: %+v", after.Late)
	}
	if got := x.summary(t, next.Number); got.Sums != nil || got.Late != nil {
		t.Errorf("it fell into the next shift: %+v", got)
	}
	x.verified(t)
}

func TestEachClerkHasOneShift(t *testing.T) {
	x := newTill(t)
	x.opened(t)
	if _, err := x.OpenShift(t.Context(), "1003"); !errors.Is(err, ledger.ErrShiftOpen) {
		t.Errorf("twice: %v", err)
	}
	other, err := x.OpenShift(t.Context(), "1004")
	if err != nil || other.Number != 2 {
		t.Errorf("%+v, %v", other, err)
	}
	if _, err := x.CloseShift(t.Context(), "1005", nil); !errors.Is(err, ledger.ErrNoShift) {
		t.Errorf("nobody's: %v", err)
	}
	x.closed(t, nil)
	if _, err := x.CloseShift(t.Context(), "1003", nil); !errors.Is(err, ledger.ErrNoShift) {
		t.Errorf("closed twice: %v", err)
	}
	if third := x.opened(t); third.Number != 3 {
		t.Errorf("a number was given twice: %+v", third)
	}
	all, err := x.Shifts(t.Context(), 2)
	if err != nil || len(all) != 2 || all[0].Number != 3 || all[1].Clerk != "1004" {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := x.Shift(t.Context(), 9); !errors.Is(err, ledger.ErrNoShift) {
		t.Errorf("a shift that never was: %v", err)
	}
	x.paid(t, 5)
	x = openTill(t, x.store, x.now)
	if got := x.summary(t, 3); len(got.Sums) != 1 || got.Sums[0].PaidAmount != 5 {
		t.Errorf("after a restart: %+v", got)
	}
	x.verified(t)
}

// TestAnOldOrderIsReadWithoutTheFactsBetween counts what a history costs in a book where the order's
// facts lie far apart.
func TestAnOldOrderIsReadWithoutTheFactsBetween(t *testing.T) {
	counted := &countingStore{Memory: store.NewMemory()}
	x := openTill(t, counted, morning)
	id := x.paid(t, 100)
	for range 300 {
		x.paid(t, 1)
	}
	if _, err := x.refund(t, id, 10); err != nil {
		t.Fatal(err)
	}
	counted.facts = 0
	facts, err := x.History(t.Context(), id)
	if err != nil || len(facts) != 3 || counted.facts > 3 {
		t.Errorf("%d facts, %d read, %v", len(facts), counted.facts, err)
	}
	counted.facts = 0
	openTill(t, counted, morning)
	if counted.facts > 100 {
		t.Errorf("opening read %d facts", counted.facts)
	}
}

// countingStore counts the facts that are read.
type countingStore struct {
	*store.Memory
	facts int
}

func (s *countingStore) View(ctx context.Context, fn func(ledger.Rows) error) error {
	return s.Memory.View(ctx, func(rows ledger.Rows) error { return fn(countingRows{rows, s}) })
}

type countingRows struct {
	ledger.Rows
	s *countingStore
}

func (r countingRows) Fact(seq uint64) (ledger.Fact, bool, error) {
	r.s.facts++
	return r.Rows.Fact(seq)
}

func (r countingRows) Facts(from uint64) iter.Seq2[ledger.Fact, error] {
	return func(yield func(ledger.Fact, error) bool) {
		for f, err := range r.Rows.Facts(from) {
			if r.s.facts++; !yield(f, err) {
				return
			}
		}
	}
}
