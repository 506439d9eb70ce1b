package ledger_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

var (
	noon  = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	rules = ledger.ReconcileRules{Store: "s", Device: "d", Grace: time.Minute, Now: noon,
		Window: [2]time.Time{noon.Add(-15 * time.Minute), noon}}
)

// ago makes a payment of our till, so many minutes before noon.
func ago(minutes int, number string, amount pay.Money, s pay.Status) pay.Entry {
	return pay.Entry{Kind: pay.EntryPayment, Order: number, Store: "s", Device: "d", Amount: amount, Status: s,
		At: noon.Add(time.Duration(-minutes) * time.Minute)}
}

func backAgo(minutes int, number string, amount pay.Money, s pay.RefundStatus) pay.Entry {
	e := ago(minutes, "order of "+number, amount, 0)
	e.Kind, e.Refund, e.Back = pay.EntryRefund, number, s
	return e
}

func elsewhere(e pay.Entry) pay.Entry { e.Device = "other"; return e }

func TestReconcile(t *testing.T) {
	type entries = []pay.Entry
	type diffs = []ledger.Difference
	rows := []struct {
		name         string
		ours, theirs entries
		want         diffs
	}{
		{"nothing on both sides", nil, nil, nil},
		{"the same on both sides", entries{ago(5, "A", 10, pay.Paid)}, entries{ago(5, "A", 10, pay.Paid)}, nil},
		{"an order we never made", nil, entries{ago(0, "F", 10, pay.Paid)},
			diffs{{Code: ledger.MissingHere, Number: "F", Theirs: 10}}},
		{"an order we never made, not even paid", nil, entries{ago(5, "F", 10, pay.Pending)},
			diffs{{Code: ledger.MissingHere, Number: "F", Theirs: 10}}},
		{"a foreign order at the old edge", nil, entries{ago(15, "F", 10, pay.Paid)}, nil},
		{"a foreign order of another till", nil, entries{elsewhere(ago(5, "F", 10, pay.Paid))}, nil},
		{"a refund we never made", nil, entries{backAgo(5, "R", 3, pay.RefundDone)},
			diffs{{Code: ledger.RefundUnknown, Number: "R", Theirs: 3}}},
		{"paid here, unknown there", entries{ago(5, "A", 10, pay.Paid)}, nil,
			diffs{{Code: ledger.MissingThere, Number: "A", Ours: 10}}},
		{"paid here a moment ago", entries{ago(1, "A", 10, pay.Paid)}, nil, nil},
		{"paid here at the old edge", entries{ago(15, "A", 10, pay.Paid)}, nil, nil},
		{"paid here before the window", entries{ago(30, "A", 10, pay.Paid)}, nil, nil},
		{"declined here, unknown there", entries{ago(5, "A", 10, pay.Declined)}, nil, nil},
		{"unknown here and there", entries{ago(5, "A", 10, pay.Unknown)}, nil, nil},
		{"refunded here, unknown there", entries{backAgo(5, "R", 3, pay.RefundAccepted)}, nil,
			diffs{{Code: ledger.MissingThere, Number: "R", Ours: 3}}},
		{"a refund that failed here, unknown there", entries{backAgo(5, "R", 3, pay.RefundFailed)}, nil, nil},
		{"another amount", entries{ago(0, "A", 10, pay.Paid)}, entries{ago(0, "A", 11, pay.Paid)},
			diffs{{Code: ledger.AmountOff, Number: "A", Ours: 10, Theirs: 11}}},
		{"another amount of a refund", entries{backAgo(0, "R", 3, pay.RefundDone)}, entries{backAgo(0, "R", 2, pay.RefundDone)},
			diffs{{Code: ledger.AmountOff, Number: "R", Ours: 3, Theirs: 2}}},
		{"paid here, declined there", entries{ago(5, "A", 10, pay.Paid)}, entries{ago(5, "A", 10, pay.Declined)},
			diffs{{Code: ledger.StateOff, Number: "A", Ours: 10, Theirs: 10, State: "paid/declined"}}},
		{"unknown here, paid there", entries{ago(5, "A", 10, pay.Unknown)}, entries{ago(5, "A", 10, pay.Paid)},
			diffs{{Code: ledger.StateOff, Number: "A", Ours: 10, Theirs: 10, State: "unknown/paid"}}},
		{"unknown here, paid there a moment ago", entries{ago(1, "A", 10, pay.Unknown)}, entries{ago(1, "A", 10, pay.Paid)}, nil},
		{"unknown here, pending there", entries{ago(5, "A", 10, pay.Unknown)}, entries{ago(5, "A", 10, pay.Pending)}, nil},
		{"a refund on its way", entries{backAgo(9, "R", 3, pay.RefundAccepted)}, entries{backAgo(9, "R", 3, pay.RefundDone)}, nil},
		{"a refund that failed there only", entries{backAgo(9, "R", 3, pay.RefundAccepted)}, entries{backAgo(9, "R", 3, pay.RefundFailed)},
			diffs{{Code: ledger.StateOff, Number: "R", Ours: 3, Theirs: 3, State: "accepted/failed"}}},
		{"a line twice over two pages", entries{ago(5, "A", 10, pay.Paid)},
			entries{ago(5, "A", 10, pay.Pending), ago(5, "A", 10, pay.Paid)}, nil},
		{"a line twice with two amounts", entries{ago(5, "A", 10, pay.Paid)},
			entries{ago(5, "A", 10, pay.Paid), ago(5, "A", 9, pay.Paid)},
			diffs{{Code: ledger.AmountOff, Number: "A", Ours: 10, Theirs: 9}}},
		{"an order and a refund of one number are two things", entries{ago(5, "N", 10, pay.Paid)},
			entries{backAgo(5, "N", 10, pay.RefundDone), ago(5, "N", 10, pay.Paid)},
			diffs{{Code: ledger.RefundUnknown, Number: "N", Theirs: 10}}},
		{"our own line of another till", entries{elsewhere(ago(5, "A", 10, pay.Paid))}, nil, nil},
	}
	for _, r := range rows {
		if got := ledger.Reconcile(r.ours, r.theirs, rules); !slices.Equal(got, r.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", r.name, got, r.want)
		}
	}
}

func TestWhichDifferencesStopTheTill(t *testing.T) {
	for code, want := range map[ledger.DiffCode]bool{ledger.MissingHere: true, ledger.MissingThere: true,
		ledger.AmountOff: true, ledger.Reentry: true, ledger.Contradicted: true, ledger.StateOff: false} {
		if code.Stops() != want {
			t.Errorf("%s stops: %t", code, !want)
		}
	}
}

// entry draws a line of any till, kind, state and age.
func entry(t *rapid.T) pay.Entry {
	number := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "number")
	minutes, amount := rapid.IntRange(0, 20).Draw(t, "minutes"), pay.Money(rapid.IntRange(1, 3).Draw(t, "amount"))
	e := ago(minutes, number, amount, pay.Status(rapid.IntRange(0, 4).Draw(t, "status")))
	if rapid.Bool().Draw(t, "refund") {
		e = backAgo(minutes, number, amount, pay.RefundStatus(rapid.IntRange(0, 4).Draw(t, "back")))
	}
	if rapid.IntRange(0, 4).Draw(t, "till") == 0 {
		e = elsewhere(e)
	}
	return e
}

func TestReconcileDoesNotDependOnOrderOrRepetition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.SliceOfN(rapid.Custom(entry), 0, 8)
		ours, theirs := side.Draw(t, "ours"), side.Draw(t, "theirs")
		want := ledger.Reconcile(ours, theirs, rules)
		again := func(e []pay.Entry, name string) []pay.Entry {
			return rapid.Permutation(append(slices.Clone(e), e...)).Draw(t, name)
		}
		before := slices.Clone(theirs)
		if got := ledger.Reconcile(again(ours, "ours again"), again(theirs, "theirs again"), rules); !slices.Equal(got, want) {
			t.Fatalf("got %+v, first %+v", got, want)
		}
		if !reflect.DeepEqual(theirs, before) {
			t.Fatal("the statement was changed")
		}
	})
}

func TestAStatementAgreesWithItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(rapid.Custom(entry), 0, 8, func(e pay.Entry) string {
			return e.Kind.String() + e.Number()
		}).Draw(t, "entries")
		if got := ledger.Reconcile(all, all, rules); len(got) != 0 {
			t.Fatalf("%+v", got)
		}
	})
}

func TestEveryDifferenceIsAboutALineThatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.SliceOfN(rapid.Custom(entry), 0, 8)
		ours, theirs := side.Draw(t, "ours"), side.Draw(t, "theirs")
		has := func(all []pay.Entry, number string) bool {
			return slices.ContainsFunc(all, func(e pay.Entry) bool { return e.Device == "d" && e.Number() == number })
		}
		for _, d := range ledger.Reconcile(ours, theirs, rules) {
			here, there := has(ours, d.Number), has(theirs, d.Number)
			if d.Code == ledger.MissingHere && !there || d.Code == ledger.MissingThere && !here ||
				(d.Code == ledger.AmountOff || d.Code == ledger.StateOff) && !(here && there) {
				t.Fatalf("%+v", d)
			}
		}
	})
}
