package ledger_test

import (
	"errors"
	"testing"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

func (x *till) openOrders(t tester) []ledger.OrderRow {
	t.Helper()
	rows, err := x.Orders(t.Context(), ledger.Filter{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEvidenceCountsAsPaidUntilASignedAnswerSpeaks(t *testing.T) {
	for _, row := range []struct {
		name   string
		signed pay.Outcome
		paid   int
	}{
		{"the service says the same", pay.Outcome{Status: pay.Paid, Trade: "4200001"}, 1},
		{"the service says declined", pay.Outcome{Status: pay.Declined, Why: pay.WhyBalance}, 0},
		{"the service does not know it", pay.Outcome{Status: pay.Closed, Why: pay.WhyNotFound}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			x := newTill(t)
			id := x.intended(t, 1250)
			got, err := x.Evidence(t.Context(), id, "4200001", "1009", "seen on the phone")
			if err != nil || got.Outcome.Status != pay.Paid || got.Outcome.Why != pay.WhyEvidence || got.Outcome.Trade != "4200001" {
				t.Fatalf("%+v, %v", got, err)
			}
			if open := x.openOrders(t); len(open) != 1 || open[0] != got {
				t.Errorf("open orders %v: evidence is checked against the service", open)
			}
			if _, err := x.Request(t.Context(), id); err != nil {
				t.Errorf("the request is gone: %v", err)
			}
			x.sums(t, 1)
			if got, err = x.Settle(t.Context(), id, row.signed); err != nil || got.Outcome.Status != row.signed.Status || got.OnEvidence() {
				t.Fatalf("%+v, %v", got, err)
			}
			if len(x.openOrders(t)) != 0 {
				t.Error("still open")
			}
			x.sums(t, row.paid)
			x.verified(t)
		})
	}
}

// sums wants so many payments of 12.50 in the day's sum.
func (x *till) sums(t *testing.T, paid int) {
	t.Helper()
	sums, err := x.Sums(t.Context(), "2026-11-22", "2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	var all ledger.Sum
	for _, s := range sums {
		all = all.Add(s)
	}
	if all.Paid != paid || all.PaidAmount != pay.Money(paid)*1250 {
		t.Errorf("%d payments of %v in the day's sum", all.Paid, all.PaidAmount)
	}
}

func TestWhatIsNoEvidence(t *testing.T) {
	x := newTill(t)
	open, paid := x.intended(t, 1250), x.paid(t, 1250)
	for _, row := range []struct {
		name                    string
		order, trade, who, said string
		want                    error
	}{
		{"no transaction", open, "", "1009", "seen", ledger.ErrEvidence},
		{"a transaction that is none", open, "<script>", "1009", "seen", ledger.ErrEvidence},
		{"nobody", open, "4200001", " ", "seen", ledger.ErrEvidence},
		{"no reason", open, "4200001", "1009", "", ledger.ErrEvidence},
		{"an order that is final", paid, "4200001", "1009", "seen", ledger.ErrFinal},
		{"no order", "01000826X", "4200001", "1009", "seen", ledger.ErrNoOrder},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := x.Evidence(t.Context(), row.order, row.trade, row.who, row.said); !errors.Is(err, row.want) {
				t.Errorf("%v, want %v", err, row.want)
			}
		})
	}
	x.verified(t)
}

func TestAReversalIsWrittenDownBeforeItIsSent(t *testing.T) {
	x := newTill(t)
	id := x.intended(t, 1250)
	x.settled(t, id, pay.Pending)
	row, err := x.Reverse(t.Context(), id)
	if err != nil || row.Outcome.Status != pay.Unknown || row.Outcome.Why != pay.WhyReversing {
		t.Fatalf("%+v, %v", row, err)
	}
	x = openTill(t, x.store, morning)
	if open := x.openOrders(t); len(open) != 1 || open[0].Outcome.Why != pay.WhyReversing {
		t.Errorf("after a restart %v", open)
	}
	x.settled(t, id, pay.Closed)
	if _, err := x.Reverse(t.Context(), id); !errors.Is(err, ledger.ErrFinal) {
		t.Errorf("a closed order: %v", err)
	}
	other := x.intended(t, 1250)
	if err := x.Halt(t.Context(), morning, []ledger.Difference{{Code: ledger.MissingHere, Number: "X"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Reverse(t.Context(), other); !errors.Is(err, ledger.ErrHalted) {
		t.Errorf("a halted till: %v", err)
	}
	x.verified(t)
}

func TestWhatTheBookLacksIsNamed(t *testing.T) {
	x := newTill(t)
	own, _ := x.order(t, 1)
	rules := ledger.ReconcileRules{Store: "s", Device: "d", Now: morning, Own: x.Own}
	rules.Window[0], rules.Window[1] = morning.Add(-1e12), morning.Add(1e12)
	line := func(kind pay.EntryKind, number string) pay.Entry {
		e := pay.Entry{Kind: kind, Order: number, Refund: number, Store: "s", Device: "d", Amount: 1, At: morning}
		return e
	}
	for _, row := range []struct {
		name string
		line pay.Entry
		want ledger.DiffCode
	}{
		{"an order numbered as this till numbers", line(pay.EntryPayment, own.ID), ledger.MissingHere},
		{"an order numbered otherwise", line(pay.EntryPayment, "SOMETHING1"), ledger.ForeignOrder},
		{"a refund", line(pay.EntryRefund, "SOMETHING1"), ledger.RefundUnknown},
	} {
		t.Run(row.name, func(t *testing.T) {
			found := ledger.Reconcile(nil, []pay.Entry{row.line}, rules)
			if len(found) != 1 || found[0].Code != row.want || !found[0].Code.Stops() || !found[0].Code.MissesOurs() {
				t.Errorf("%v", found)
			}
		})
	}
}
