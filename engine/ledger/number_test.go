package ledger_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
)

func TestTheShapeOfNumbers(t *testing.T) {
	x := newTill(t)
	till := numbering.TillCode()
	if len(till) != 6 {
		t.Fatalf("till code %q", till)
	}
	order, err := x.NewOrderID(morning)
	if want := "01000826" + till + "261122000001"; err != nil || order != want {
		t.Errorf("order %s, %v; want %s", order, err, want)
	}
	refund, err := x.NewRefundID(morning)
	if want := "01000826" + till + "261122R000001"; err != nil || refund != want {
		t.Errorf("refund %s, %v; want %s", refund, err, want)
	}
	if next, _ := x.NewOrderID(morning.AddDate(0, 0, -5)); next[len(next)-6:] != "000002" {
		t.Errorf("on an earlier day the sequence went to %s", next)
	}
}

func TestTillCodesTellTillsApart(t *testing.T) {
	codes := map[string]ledger.Numbering{}
	for _, n := range []ledger.Numbering{
		{Store: "shop1", Device: "02"}, {Store: "shop2", Device: "02"}, {Store: "shop1", Device: "03"},
		{Store: "shop10", Device: "2"}, {Store: "shop1", Device: "02 "}, {Store: "shop102"},
	} {
		if other, taken := codes[n.TillCode()]; taken {
			t.Errorf("%+v and %+v have one code", n, other)
		}
		codes[n.TillCode()] = n
	}
	a := ledger.Numbering{Prefix: "1", Store: "s", Device: "d"}
	b := ledger.Numbering{Prefix: "2", Store: "s", Device: "d"}
	if a.TillCode() != b.TillCode() {
		t.Error("the code depends on the prefix")
	}
}

func TestPrefixes(t *testing.T) {
	rows := []struct {
		name, prefix  string
		order, refund bool
	}{
		{"numeric", "01000826", true, true},
		{"ten letters", "sz0100lmnx", true, true},
		{"13, the longest for both", "1234567890123", true, true},
		{"14, no room for a refund", "12345678901234", true, false},
		{"15, no room at all", "123456789012345", false, false},
		{"none", "", false, false},
		{"a sign that no service takes", "0100-0826", false, false},
	}
	for _, r := range rows {
		b, err := ledger.Open(t.Context(), store.NewMemory(), ledger.Options{Numbering: ledger.Numbering{Prefix: r.prefix}})
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			make func(time.Time) (string, error)
			good bool
		}{"order": {b.NewOrderID, r.order}, "refund": {b.NewRefundID, r.refund}} {
			id, err := c.make(morning)
			if c.good && (err != nil || pay.ValidNumber(id) != nil) || !c.good && !errors.Is(err, ledger.ErrNumbering) {
				t.Errorf("%s, %s: %q, %v", r.name, what, id, err)
			}
		}
	}
}

func TestASequenceNeverGoesBack(t *testing.T) {
	x := newTill(t)
	used := map[string]bool{}
	for range 3 { // restarts
		for range 3 {
			id := x.paid(t, 10)
			if used[id] {
				t.Fatalf("%s was made twice", id)
			}
			used[id] = true
		}
		x = openTill(t, x.store, x.now.AddDate(-1, 0, 0)) // even when the clock does
	}
}

func TestAReinstalledTillGoesOnBehindWhatTheServiceLists(t *testing.T) {
	code := numbering.TillCode()
	rows := []struct {
		name, number, order, refund string
	}{
		{"an order of ours", "01000826" + code + "261121000Z00", "000Z01", "000001"},
		{"a refund of ours", "01000826" + code + "261121R00000A", "000001", "00000B"},
		{"an order whose sequence begins with R", "01000826" + code + "261121R0000A", "R0000B", "000001"},
		{"another till's", "01000826AAAAAA261121000Z00", "000001", "000001"},
		{"another merchant's", "99000826" + code + "261121000Z00", "000001", "000001"},
		{"no day", "01000826" + code + "269921000Z00", "000001", "000001"},
		{"too long", "01000826" + code + "261121000000Z00", "000001", "000001"},
		{"nothing", "", "000001", "000001"},
	}
	for _, r := range rows {
		x := newTill(t)
		for range 2 {
			if err := x.RaiseCounter(t.Context(), r.number); err != nil {
				t.Fatal(err)
			}
		}
		x = openTill(t, x.store, x.now) // it is on disk
		order, err := x.NewOrderID(x.now)
		refund, err2 := x.NewRefundID(x.now)
		if err != nil || err2 != nil || order[len(order)-6:] != r.order || refund[len(refund)-6:] != r.refund {
			t.Errorf("%s: then %s and %s, %v, %v", r.name, order, refund, err, err2)
		}
	}
}

func TestASequenceThatIsUsedUpIsAnError(t *testing.T) {
	x := newTill(t)
	if err := x.RaiseCounter(t.Context(), "01000826"+numbering.TillCode()+"261121ZZZZZZ"); err != nil {
		t.Fatal(err)
	}
	if id, err := x.NewOrderID(x.now); !errors.Is(err, ledger.ErrNumbering) {
		t.Errorf("%s, %v", id, err)
	}
}

func TestEveryNumberOfATillIsNewAndFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, used := newTill(t), map[string]bool{}
		for range rapid.IntRange(1, 40).Draw(t, "numbers") {
			at := morning.Add(time.Duration(rapid.Int64Range(-1e16, 1e16).Draw(t, "clock")))
			make := x.NewOrderID
			if rapid.Bool().Draw(t, "refund") {
				make = x.NewRefundID
			}
			id, err := make(at)
			if err != nil || pay.ValidNumber(id) != nil || used[id] {
				t.Fatalf("%q, %v, used before: %t", id, err, used[id])
			}
			used[id] = true
		}
	})
}
