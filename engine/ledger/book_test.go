package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
)

// clearSealer leaves contents as they are; sealing has its own room and tests.
type clearSealer struct{}

func (clearSealer) Seal(_ string, plain []byte) ([]byte, error)  { return bytes.Clone(plain), nil }
func (clearSealer) Open(_ string, sealed []byte) ([]byte, error) { return bytes.Clone(sealed), nil }

var numbering = ledger.Numbering{Prefix: "01000826", Store: "sz01cccccccccccccccc", Device: "02"}

var morning = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

// till is a book with a clock that moves by hand.
type till struct {
	*ledger.Book
	store ledger.Store
	now   time.Time
}

type tester interface {
	Helper()
	Fatal(args ...any)
	Context() context.Context
}

func newTill(t tester) *till { return openTill(t, store.NewMemory(), morning) }

func openTill(t tester, s ledger.Store, now time.Time) *till {
	t.Helper()
	x := &till{store: s, now: now}
	b, err := ledger.Open(t.Context(), s, ledger.Options{Numbering: numbering, Sealer: clearSealer{},
		Now: func() time.Time { return x.now }})
	if err != nil {
		t.Fatal(err)
	}
	x.Book = b
	return x
}

func (x *till) order(t tester, amount pay.Money) (pay.Order, pay.Request) {
	t.Helper()
	id, err := x.NewOrderID(x.now)
	if err != nil {
		t.Fatal(err)
	}
	return pay.Order{ID: id, Store: numbering.Store, Device: numbering.Device, Clerk: "1003", Tender: pay.WeChat,
		Amount: amount, At: x.now}, pay.Request{Number: id, Content: []byte("content of " + id)}
}

func (x *till) intended(t tester, amount pay.Money) string {
	t.Helper()
	o, r := x.order(t, amount)
	if err := x.Intend(t.Context(), o, r); err != nil {
		t.Fatal(err)
	}
	return o.ID
}

func (x *till) settled(t tester, id string, s pay.Status) {
	t.Helper()
	if _, err := x.Settle(t.Context(), id, pay.Outcome{Status: s, At: x.now}); err != nil {
		t.Fatal(err)
	}
}

func (x *till) paid(t tester, amount pay.Money) string {
	t.Helper()
	id := x.intended(t, amount)
	x.settled(t, id, pay.Paid)
	return id
}

func (x *till) refund(t tester, order string, amount pay.Money) (string, error) {
	t.Helper()
	id, err := x.NewRefundID(x.now)
	if err != nil {
		t.Fatal(err)
	}
	return id, x.IntendRefund(t.Context(), pay.Refund{ID: id, Order: order, Amount: amount, Clerk: "1003", At: x.now},
		pay.Request{Number: id, Content: []byte("refund " + id)})
}

func (x *till) verified(t tester) int {
	t.Helper()
	n, err := x.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAPaymentFromIntentionToOutcome(t *testing.T) {
	x := newTill(t)
	id := x.intended(t, 1250)
	r, err := x.Request(t.Context(), id)
	if err != nil || string(r.Content) != "content of "+id || r.Number != id {
		t.Fatalf("request %v, %v", r, err)
	}
	row, err := x.Settle(t.Context(), id, pay.Outcome{Status: pay.Paid, Trade: "4200", Net: 1240, LogID: 1, At: x.now})
	if err != nil || row.Outcome.Status != pay.Paid || row.Order.Digest != r.Digest() {
		t.Fatalf("%+v, %v", row, err)
	}
	if _, err := x.Request(t.Context(), id); !errors.Is(err, ledger.ErrFinal) {
		t.Errorf("the request of a final order: %v", err)
	}
	again, err := x.Settle(t.Context(), id, pay.Outcome{Status: pay.Paid, Trade: "4200", Net: 1240, LogID: 2, At: x.now.Add(time.Hour)})
	if err != nil || again != row {
		t.Errorf("the same answer again: %+v, %v", again, err)
	}
	if n := x.verified(t); n != 2 {
		t.Errorf("%d facts, want intention and outcome", n)
	}
	x.settled(t, id, pay.Closed)
	row, err = x.Order(t.Context(), id)
	if err != nil || row.Outcome.Status != pay.Closed || row.Outcome.Trade != "4200" {
		t.Errorf("after it was reversed: %+v, %v", row, err)
	}
	sums, err := x.Sums(t.Context(), "2026-11-22", "2026-11-22")
	if err != nil || len(sums) != 1 || sums[0].PaidAmount != 0 || sums[0].Paid != 0 {
		t.Errorf("sums %+v, %v", sums, err)
	}
	x.verified(t)
}

func TestWhatIntendRefuses(t *testing.T) {
	rows := []struct {
		name   string
		change func(*pay.Order, *pay.Request)
		want   error
	}{
		{"no number", func(o *pay.Order, r *pay.Request) { o.ID, r.Number = "", "" }, pay.ErrNumberLength},
		{"a number of 33", func(o *pay.Order, r *pay.Request) {
			o.ID = strings.Repeat("1", 33)
			r.Number = o.ID
		}, pay.ErrNumberLength},
		{"nothing to pay", func(o *pay.Order, _ *pay.Request) { o.Amount = 0 }, pay.ErrMoneyRange},
		{"less than nothing", func(o *pay.Order, _ *pay.Request) { o.Amount = -1 }, pay.ErrMoneyRange},
		{"more than a service takes", func(o *pay.Order, _ *pay.Request) { o.Amount = pay.MaxCharge + 1 }, pay.ErrMoneyRange},
		{"a request of another order", func(_ *pay.Order, r *pay.Request) { r.Number = "X" }, nil},
		{"a year that cannot be written", func(o *pay.Order, _ *pay.Request) { o.At = o.At.AddDate(9000, 0, 0) }, nil},
	}
	for _, row := range rows {
		x := newTill(t)
		o, r := x.order(t, 100)
		row.change(&o, &r)
		err := x.Intend(t.Context(), o, r)
		if err == nil || row.want != nil && !errors.Is(err, row.want) {
			t.Errorf("%s: %v", row.name, err)
		}
		if n := x.verified(t); n != 0 {
			t.Errorf("%s left %d facts", row.name, n)
		}
	}
}

func TestANumberIsUsedOnce(t *testing.T) {
	x := newTill(t)
	id := x.paid(t, 100)
	o, r := x.order(t, 100)
	o.ID, r.Number = id, id
	if err := x.Intend(t.Context(), o, r); !errors.Is(err, ledger.ErrNumber) {
		t.Errorf("an order's number again: %v", err)
	}
	back, err := x.refund(t, id, 10)
	if err != nil {
		t.Fatal(err)
	}
	o.ID, r.Number = back, back
	if err := x.Intend(t.Context(), o, r); !errors.Is(err, ledger.ErrNumber) {
		t.Errorf("a refund's number for an order: %v", err)
	}
	for _, taken := range []string{id, back} {
		err := x.IntendRefund(t.Context(), pay.Refund{ID: taken, Order: id, Amount: 1}, pay.Request{Number: taken})
		if !errors.Is(err, ledger.ErrNumber) {
			t.Errorf("%s for a refund: %v", taken, err)
		}
	}
	x.verified(t)
}

func TestRefundsStayWithinWhatWasPaid(t *testing.T) {
	x := newTill(t)
	id := x.paid(t, 1000)
	first, err := x.refund(t, id, 600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.refund(t, id, 401); !errors.Is(err, ledger.ErrRemainder) {
		t.Errorf("401 of 400: %v", err)
	}
	if _, err := x.SettleRefund(t.Context(), first, pay.RefundOutcome{Status: pay.RefundFailed, At: x.now}); err != nil {
		t.Fatal(err)
	}
	second, err := x.refund(t, id, 1000)
	if err != nil {
		t.Errorf("a failed refund kept its sum: %v", err)
	}
	if _, err := x.refund(t, id, 1); !errors.Is(err, ledger.ErrRemainder) {
		t.Errorf("1 of 0: %v", err)
	}
	row, err := x.SettleRefund(t.Context(), second, pay.RefundOutcome{Status: pay.RefundAccepted, Trade: "5000", At: x.now})
	if err != nil || row.Outcome.Trade != "5000" {
		t.Errorf("%+v, %v", row, err)
	}
	row, err = x.SettleRefund(t.Context(), second, pay.RefundOutcome{Status: pay.RefundDone, At: x.now})
	if err != nil || row.Outcome.Trade != "5000" {
		t.Errorf("the service's number was forgotten: %+v, %v", row, err)
	}
	o, err := x.Order(t.Context(), id)
	if err != nil || o.Refunded != 1000 {
		t.Errorf("%+v, %v", o, err)
	}
	sums, err := x.Sums(t.Context(), "2026-11-22", "2026-11-22")
	want := ledger.Sum{Day: "2026-11-22", Tender: pay.WeChat, Paid: 1, PaidAmount: 1000, Refunds: 1, RefundsAmount: 1000}
	if err != nil || len(sums) != 1 || sums[0] != want {
		t.Errorf("sums %+v, %v", sums, err)
	}
	facts, err := x.History(t.Context(), id)
	if err != nil || len(facts) != 7 {
		t.Errorf("%d facts in the history, %v", len(facts), err)
	}
	x.verified(t)
}

func TestOnlyAPaidOrderIsRefunded(t *testing.T) {
	x := newTill(t)
	for _, s := range []pay.Status{pay.Unknown, pay.Pending, pay.Declined, pay.Closed} {
		id := x.intended(t, 100)
		x.settled(t, id, s)
		if _, err := x.refund(t, id, 1); !errors.Is(err, ledger.ErrNotPaid) {
			t.Errorf("%s: %v", s, err)
		}
	}
	if _, err := x.refund(t, "nobody", 1); !errors.Is(err, ledger.ErrNoOrder) {
		t.Errorf("no order: %v", err)
	}
}

func TestAFinalOutcomeStays(t *testing.T) {
	x := newTill(t)
	for _, row := range []struct{ before, after pay.Status }{
		{pay.Paid, pay.Declined}, {pay.Paid, pay.Unknown}, {pay.Paid, pay.Pending}, {pay.Declined, pay.Paid},
		{pay.Closed, pay.Paid}, {pay.Declined, pay.Closed},
	} {
		id := x.intended(t, 100)
		x.settled(t, id, row.before)
		if _, err := x.Settle(t.Context(), id, pay.Outcome{Status: row.after}); !errors.Is(err, ledger.ErrStatus) {
			t.Errorf("%s after %s: %v", row.after, row.before, err)
		}
	}
	if _, err := x.Settle(t.Context(), "nobody", pay.Outcome{}); !errors.Is(err, ledger.ErrNoOrder) {
		t.Errorf("no order: %v", err)
	}
	x.verified(t)
}

func TestAHaltStopsNewMoneyAndSurvivesARestart(t *testing.T) {
	x := newTill(t)
	open, paid := x.intended(t, 100), x.paid(t, 500)
	foreign := ledger.Difference{Code: ledger.MissingHere, Number: "F1", Theirs: 9}
	amount := ledger.Difference{Code: ledger.AmountOff, Number: paid, Ours: 500, Theirs: 400}
	for _, d := range [][]ledger.Difference{{foreign}, {foreign}, {foreign, amount, amount}} {
		if err := x.Halt(t.Context(), x.now, d); err != nil {
			t.Fatal(err)
		}
		x.now = x.now.Add(time.Minute)
	}
	x = openTill(t, x.store, x.now)
	h, halted, err := x.Halted(t.Context())
	if err != nil || !halted || !h.At.Equal(morning) || len(h.Differences) != 2 {
		t.Fatalf("%+v, %t, %v", h, halted, err)
	}
	o, r := x.order(t, 1)
	if err := x.Intend(t.Context(), o, r); !errors.Is(err, ledger.ErrHalted) {
		t.Errorf("a payment: %v", err)
	}
	if _, err := x.refund(t, paid, 1); !errors.Is(err, ledger.ErrHalted) {
		t.Errorf("a refund: %v", err)
	}
	x.settled(t, open, pay.Paid) // money already in flight still ends
	if n := x.verified(t); n != 6 {
		t.Errorf("%d facts: only new differences are recorded", n)
	}
	for range 2 {
		if err := x.Release(t.Context(), "provider", "checked"); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Intend(t.Context(), o, r); !errors.Is(err, ledger.ErrHalted) {
		t.Errorf("after the release, in the till that had seen the halt: %v", err)
	}
	if _, halted, err := x.Halted(t.Context()); !halted || err != nil {
		t.Errorf("that till is no longer halted: %v", err)
	}
	x = openTill(t, x.store, x.now)
	if err := x.Intend(t.Context(), o, r); err != nil {
		t.Errorf("after the release and a new start: %v", err)
	}
	if n := x.verified(t); n != 8 {
		t.Errorf("%d facts", n)
	}
}

func TestSlipsAndRemarks(t *testing.T) {
	x := newTill(t)
	id := x.paid(t, 100)
	back, err := x.refund(t, id, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, proof := range []string{"unknown", "none", "sent", "drained", "printed"} {
		if err := x.Slip(t.Context(), id, "payment", 1, proof, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Slip(t.Context(), back, "refund", 1, "printed", ""); err != nil {
		t.Fatal(err)
	}
	if err := x.Remark(t.Context(), id, "少糖 \xff", "1003"); err != nil {
		t.Fatal(err)
	}
	row, err := x.Order(t.Context(), id)
	if err != nil || row.Slips != 3 || row.Order.Remark != "少糖 \ufffd" {
		t.Errorf("%+v, %v", row, err)
	}
	for name, err := range map[string]error{
		"a slip of nothing":              x.Slip(t.Context(), "nobody", "payment", 1, "sent", ""),
		"a payment's slip of a refund":   x.Slip(t.Context(), back, "payment", 1, "sent", ""),
		"a refund's slip of a payment":   x.Slip(t.Context(), id, "refund", 1, "sent", ""),
		"a remark on nothing":            x.Remark(t.Context(), "nobody", "x", ""),
		"a remark on a refund's number":  x.Remark(t.Context(), back, "x", ""),
		"a history of a refund's number": func() error { _, err := x.History(t.Context(), back); return err }(),
	} {
		if !errors.Is(err, ledger.ErrNoOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := x.Slip(t.Context(), id, "shopping list", 1, "sent", ""); err == nil {
		t.Error("a slip of no kind was taken")
	}
	facts, err := x.History(t.Context(), id)
	if err != nil || len(facts) != 10 {
		t.Errorf("%d facts, %v", len(facts), err)
	}
	x.verified(t)
}

func TestTheStatementOfAWindow(t *testing.T) {
	x := newTill(t)
	early := x.paid(t, 100)
	x.now = x.now.Add(time.Minute)
	from := x.now
	first := x.paid(t, 200)
	x.now = x.now.Add(time.Minute)
	back, err := x.refund(t, early, 50)
	if err != nil {
		t.Fatal(err)
	}
	x.now = x.now.Add(time.Minute)
	x.paid(t, 300)
	got, err := x.Statement(t.Context(), from, from.Add(time.Minute))
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Number() != first || got[0].Kind != pay.EntryPayment || got[0].Status != pay.Paid {
		t.Errorf("%+v", got[0])
	}
	if got[1].Number() != back || got[1].Order != early || got[1].Store != numbering.Store || got[1].Tender != pay.WeChat {
		t.Errorf("%+v", got[1])
	}
}

func TestDaysTurnAtMidnightInChina(t *testing.T) {
	x := newTill(t)
	x.now = time.Date(2026, 11, 22, 15, 59, 59, 0, time.UTC)
	before := x.paid(t, 1)
	x.now = x.now.Add(time.Second)
	after := x.paid(t, 2)
	if !strings.Contains(before, "261122") || !strings.Contains(after, "261123") {
		t.Errorf("%s, %s", before, after)
	}
	sums, err := x.Sums(t.Context(), "2026-11-22", "2026-11-23")
	if err != nil || len(sums) != 2 || sums[0].Day != "2026-11-22" || sums[1].PaidAmount != 2 {
		t.Errorf("%+v, %v", sums, err)
	}
}

// TestRandomDays plays payments, refunds, halts and restarts in any order. After each the rows must be
// what the facts say, and refunds within what was paid.
func TestRandomDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newTill(t)
		var orders, refunds []string
		pick := func(from []string) string {
			if len(from) == 0 {
				return "nobody"
			}
			return rapid.SampledFrom(from).Draw(t, "number")
		}
		steps := map[string]func(*rapid.T){
			"intend": func(t *rapid.T) {
				o, r := x.order(t, pay.Money(rapid.Int64Range(1, 500).Draw(t, "amount")))
				if x.Intend(t.Context(), o, r) == nil {
					orders = append(orders, o.ID)
				}
			},
			"settle": func(t *rapid.T) {
				out := pay.Outcome{Status: pay.Status(rapid.IntRange(0, 4).Draw(t, "status")),
					Text: rapid.String().Draw(t, "text"), At: x.now}
				_, _ = x.Settle(t.Context(), pick(orders), out) // may be refused; the rows must stay right
			},
			"refund": func(t *rapid.T) {
				id, err := x.refund(t, pick(orders), pay.Money(rapid.Int64Range(1, 300).Draw(t, "amount")))
				if err == nil {
					refunds = append(refunds, id)
				}
			},
			"settle refund": func(t *rapid.T) {
				out := pay.RefundOutcome{Status: pay.RefundStatus(rapid.IntRange(0, 4).Draw(t, "status")), At: x.now}
				_, _ = x.SettleRefund(t.Context(), pick(refunds), out)
			},
			"halt": func(t *rapid.T) {
				n := rapid.IntRange(0, 3).Draw(t, "difference")
				_ = x.Halt(t.Context(), x.now, []ledger.Difference{{Code: ledger.StateOff, Number: fmt.Sprint(n)}})
			},
			"open shift":  func(t *rapid.T) { _, _ = x.OpenShift(t.Context(), "1003") },
			"close shift": func(t *rapid.T) { _, _ = x.CloseShift(t.Context(), "1003", nil) },
			"release":     func(t *rapid.T) { _ = x.Release(t.Context(), "p", "r") },
			"restart":     func(t *rapid.T) { x = openTill(t, x.store, x.now) },
			"time":        func(t *rapid.T) { x.now = x.now.Add(time.Duration(rapid.Int64Range(-1e13, 1e14).Draw(t, "step"))) },
			"": func(t *rapid.T) {
				x.verified(t)
				all, err := x.Orders(t.Context(), ledger.Filter{})
				if err != nil || len(all) != len(orders) {
					t.Fatalf("%d orders of %d, %v", len(all), len(orders), err)
				}
				open, err := x.OpenOrders(t.Context())
				asked, err2 := x.Orders(t.Context(), ledger.Filter{Open: true})
				if err != nil || err2 != nil || len(open) != len(asked) {
					t.Fatalf("%d orders are remembered as open, %d are: %v, %v", len(open), len(asked), err, err2)
				}
				for _, o := range all {
					if o.Refunded < 0 || o.Refunded > o.Order.Amount {
						t.Fatalf("%s of %s refunded", o.Refunded, o.Order.Amount)
					}
				}
			},
		}
		t.Repeat(steps)
	})
}
