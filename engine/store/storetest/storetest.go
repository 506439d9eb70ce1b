// Package storetest is the exam that every ledger.Store sits: that a failed transaction leaves nothing,
// that what was acknowledged is there after opening again, and that rows are found by every filter.
//
// It promises that two stores which pass behave alike for the book. What only one kind of store can show,
// such as a power cut, is left to that store's own tests.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// Maker opens a new, empty store. Reopen closes it and opens the same content again, as after a restart.
type Maker func(t *testing.T) (s ledger.Store, reopen func() ledger.Store)

// Sit asks everything of stores that open makes.
func Sit(t *testing.T, open Maker) {
	for _, q := range []struct {
		name string
		ask  func(*testing.T, *desk)
	}{
		{"what was written is read back whole", readBack},
		{"what was written is there after a restart", restart},
		{"a failed transaction leaves nothing", atomic},
		{"a panic in a transaction leaves nothing and the store usable", panics},
		{"a transaction reads its own writes", ownWrites},
		{"facts come in order and from where one asks", factOrder},
		{"a fact's place is taken once", onePlace},
		{"orders are found by every filter", filters},
		{"refunds are found by every filter", refundFilters},
		{"rows in the thousands come in order", many},
		{"counters", counters},
		{"the halt latch", latch},
		{"sums add up and are chosen by day", sums},
		{"sums of a shift stay apart", shiftSums},
		{"shifts", shifts},
		{"a fact by its number", oneFact},
		{"the facts of halts", haltFacts},
		{"sealed contents", sealed},
		{"listings may be nested and left early", nested},
		{"an ended context begins nothing", ended},
	} {
		t.Run(q.name, func(t *testing.T) {
			s, reopen := open(t)
			q.ask(t, &desk{t, s, reopen})
		})
	}
}

// desk is where one question is answered.
type desk struct {
	t      *testing.T
	s      ledger.Store
	reopen func() ledger.Store
}

func (d *desk) update(fn func(ledger.Tx) error) {
	d.t.Helper()
	if err := d.s.Update(d.t.Context(), fn); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) view(fn func(ledger.Rows) error) {
	d.t.Helper()
	if err := d.s.View(d.t.Context(), fn); err != nil {
		d.t.Fatal(err)
	}
}

var start = time.Date(2026, 11, 22, 8, 0, 0, 123e6, time.UTC)

// Fact makes a fact that needs no book around it.
func Fact(seq uint64) ledger.Fact {
	f := ledger.Fact{Seq: seq, At: start.Add(time.Duration(seq) * time.Second), Kind: ledger.KindRemark,
		Version: 1, Number: fmt.Sprintf("N%d", seq), Body: []byte(`{"text":"少糖 \u0000"}`)}
	f.Prev[0], f.Hash[31], f.Before = byte(seq), byte(seq+1), seq/2
	return f
}

// orderAt makes an order with every field set, so that one which is lost shows.
func orderAt(seq uint64) ledger.OrderRow {
	r := ledger.OrderRow{
		Order: pay.Order{ID: fmt.Sprintf("D%d", seq), Store: "店 1", Device: "02", Clerk: "1003",
			Tender: pay.WeChat, Amount: pay.Money(100 * seq), Serial: "POS-1", Remark: "少糖",
			Source: "screen", At: start.Add(time.Duration(seq) * time.Minute)},
		Outcome: pay.Outcome{Status: pay.Paid, Trade: "4200", Why: pay.WhyBusy, Text: "成功", Net: 99,
			LogID: 1<<63 + 5, At: start.Add(time.Hour)},
		Refunded: 50, Slips: 2, Seq: seq, Last: seq + 7, Shift: 3,
	}
	r.Order.Digest[5] = byte(seq)
	return r
}

func refundAt(seq uint64, order string) ledger.RefundRow {
	r := ledger.RefundRow{
		Refund: pay.Refund{ID: fmt.Sprintf("R%d", seq), Order: order, Amount: 25, Reason: "坏了", Clerk: "1003",
			Approver: "1001", At: start.Add(time.Duration(seq) * time.Minute)},
		Outcome: pay.RefundOutcome{Status: pay.RefundManual, Trade: "5000", Why: pay.WhyRefused, Text: "请人工",
			LogID: 1<<63 + 6, At: start.Add(2 * time.Hour)},
		Seq: seq, Last: seq + 3, Shift: 4,
	}
	r.Refund.Digest[6] = byte(seq)
	return r
}

// fill writes one of everything.
func fill(tx ledger.Tx) error {
	return errors.Join(tx.Append(Fact(1)), tx.PutOrder(orderAt(1)), tx.PutRefund(refundAt(2, "D1")),
		tx.PutSealed("D1", []byte{0, 1, 255}), tx.SetCounter("order", 41),
		tx.SetHalt(&ledger.Halt{At: start, Differences: []ledger.Difference{
			{Code: ledger.AmountOff, Number: "D1", Ours: 1, Theirs: 2, State: "a/b"}}}),
		tx.AddSum(ledger.Sum{Day: "2026-11-22", Tender: pay.WeChat, Paid: 1, PaidAmount: 100}))
}

// everything is all that a store holds, in a form that compares.
type everything struct {
	Tail    ledger.Fact
	Facts   []ledger.Fact
	Orders  []ledger.OrderRow
	Refunds []ledger.RefundRow
	Sealed  []byte
	Counter uint64
	Halt    ledger.Halt
	Halted  bool
	Sums    []ledger.Sum
}

func (d *desk) everything() everything {
	d.t.Helper()
	var all everything
	d.view(func(rows ledger.Rows) (err error) {
		if all.Tail, _, err = rows.Tail(); err != nil {
			return err
		}
		all.Facts = collect(d.t, rows.Facts(0))
		all.Orders = collect(d.t, rows.Orders(ledger.Filter{}))
		all.Refunds = collect(d.t, rows.Refunds(ledger.Filter{}))
		if all.Sealed, _, err = rows.Sealed("D1"); err != nil {
			return err
		}
		if all.Counter, err = rows.Counter("order"); err != nil {
			return err
		}
		if all.Halt, all.Halted, err = rows.Halt(); err != nil {
			return err
		}
		all.Sums, err = rows.Sums("2026-01-01", "2026-12-31")
		return err
	})
	return all
}

func collect[T any](t *testing.T, all iter.Seq2[T, error]) []T {
	t.Helper()
	var rows []T
	for row, err := range all {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

func (d *desk) same(got, want any) {
	d.t.Helper()
	if !reflect.DeepEqual(got, want) {
		d.t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func readBack(t *testing.T, d *desk) {
	d.same(d.everything(), everything{})
	d.update(fill)
	d.same(d.everything(), everything{
		Tail: Fact(1), Facts: []ledger.Fact{Fact(1)}, Orders: []ledger.OrderRow{orderAt(1)},
		Refunds: []ledger.RefundRow{refundAt(2, "D1")}, Sealed: []byte{0, 1, 255}, Counter: 41,
		Halt: ledger.Halt{At: start, Differences: []ledger.Difference{
			{Code: ledger.AmountOff, Number: "D1", Ours: 1, Theirs: 2, State: "a/b"}}}, Halted: true,
		Sums: []ledger.Sum{{Day: "2026-11-22", Tender: pay.WeChat, Paid: 1, PaidAmount: 100}},
	})
	changed := orderAt(1)
	changed.Outcome, changed.Refunded, changed.Last = pay.Outcome{}, 0, 99
	changed.Order.Remark = "多糖"
	back := refundAt(2, "D1")
	back.Outcome, back.Last = pay.RefundOutcome{}, 98
	d.update(func(tx ledger.Tx) error { return errors.Join(tx.PutOrder(changed), tx.PutRefund(back)) })
	d.view(func(rows ledger.Rows) error {
		o, ok, err := rows.Order("D1")
		d.same(o, changed)
		r, found, err2 := rows.Refund("R2")
		d.same(r, back)
		d.same([]bool{ok, found}, []bool{true, true})
		_, absent, err3 := rows.Order("R2")
		d.same(absent, false)
		_, absent, err4 := rows.Refund("D1")
		d.same(absent, false)
		return errors.Join(err, err2, err3, err4)
	})
}

func restart(t *testing.T, d *desk) {
	d.update(fill)
	before := d.everything()
	d.s = d.reopen()
	d.same(d.everything(), before)
}

var errStop = errors.New("stop")

func atomic(t *testing.T, d *desk) {
	d.update(fill)
	before := d.everything()
	err := d.s.Update(t.Context(), func(tx ledger.Tx) error {
		order := orderAt(1)
		order.Outcome = pay.Outcome{}
		return errors.Join(tx.Append(Fact(2)), tx.PutOrder(order), tx.PutOrder(orderAt(9)),
			tx.PutRefund(refundAt(10, "D9")), tx.DropSealed("D1"), tx.PutSealed("D9", []byte("x")),
			tx.SetCounter("order", 77), tx.SetHalt(nil),
			tx.AddSum(ledger.Sum{Day: "2026-11-22", Tender: pay.WeChat, Paid: 5}), errStop)
	})
	if !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	d.same(d.everything(), before)
	d.update(func(tx ledger.Tx) error { return tx.Append(Fact(2)) })
	d.same(len(d.everything().Facts), 2)
}

func panics(t *testing.T, d *desk) {
	func() {
		defer func() { d.same(recover(), any("torn")) }()
		_ = d.s.Update(t.Context(), func(tx ledger.Tx) error {
			if err := tx.Append(Fact(1)); err != nil {
				return err
			}
			panic("torn")
		})
	}()
	d.same(d.everything(), everything{})
	d.update(fill)
}

func ownWrites(t *testing.T, d *desk) {
	d.update(func(tx ledger.Tx) error {
		if err := fill(tx); err != nil {
			return err
		}
		tail, ok, err := tx.Tail()
		d.same([]any{tail, ok}, []any{Fact(1), true})
		o, ok, err2 := tx.Order("D1")
		d.same([]any{o, ok}, []any{orderAt(1), true})
		n, err3 := tx.Counter("order")
		d.same(n, uint64(41))
		_, halted, err4 := tx.Halt()
		d.same(halted, true)
		return errors.Join(err, err2, err3, err4)
	})
}

func factOrder(t *testing.T, d *desk) {
	for seq := uint64(1); seq <= 20; seq++ {
		d.update(func(tx ledger.Tx) error { return tx.Append(Fact(seq)) })
	}
	d.view(func(rows ledger.Rows) error {
		for _, from := range []uint64{0, 1, 15, 20, 21} {
			var want []ledger.Fact
			for seq := max(from, 1); seq <= 20; seq++ {
				want = append(want, Fact(seq))
			}
			d.same(collect(t, rows.Facts(from)), want)
		}
		return nil
	})
	d.same(d.everything().Tail, Fact(20))
}

func onePlace(t *testing.T, d *desk) {
	d.update(func(tx ledger.Tx) error { return tx.Append(Fact(1)) })
	other := Fact(1)
	other.Body = []byte("{}")
	if err := d.s.Update(t.Context(), func(tx ledger.Tx) error { return tx.Append(other) }); err == nil {
		t.Fatal("a fact was written over another")
	}
	d.same(d.everything().Facts, []ledger.Fact{Fact(1)})
}

func many(t *testing.T, d *desk) {
	const rows = 3000
	d.update(func(tx ledger.Tx) error {
		for seq := uint64(rows); seq >= 1; seq-- {
			if err := tx.PutOrder(orderAt(seq)); err != nil {
				return err
			}
		}
		return nil
	})
	got := d.everything().Orders
	if len(got) != rows || !slices.IsSortedFunc(got, func(a, b ledger.OrderRow) int { return int(a.Seq) - int(b.Seq) }) {
		t.Fatalf("%d rows, or not in order", len(got))
	}
}

func counters(t *testing.T, d *desk) {
	d.update(func(tx ledger.Tx) error {
		return errors.Join(tx.SetCounter("order", 5), tx.SetCounter("refund", 9), tx.SetCounter("order", 6))
	})
	d.s = d.reopen()
	d.view(func(rows ledger.Rows) error {
		o, err := rows.Counter("order")
		r, err2 := rows.Counter("refund")
		none, err3 := rows.Counter("never set")
		d.same([]uint64{o, r, none}, []uint64{6, 9, 0})
		return errors.Join(err, err2, err3)
	})
}

func latch(t *testing.T, d *desk) {
	for _, want := range []*ledger.Halt{{At: start}, {At: start.Add(time.Second),
		Differences: []ledger.Difference{{Code: ledger.MissingHere, Number: "X", Theirs: 5}}}, nil} {
		d.update(func(tx ledger.Tx) error { return tx.SetHalt(want) })
		d.s = d.reopen()
		got := d.everything()
		if got.Halted != (want != nil) || want != nil && !reflect.DeepEqual(got.Halt, *want) {
			t.Fatalf("got %+v, want %+v", got.Halt, want)
		}
	}
}

func sums(t *testing.T, d *desk) {
	for _, s := range []ledger.Sum{
		{Day: "2026-11-21", Tender: pay.WeChat, Paid: 1, PaidAmount: 10},
		{Day: "2026-11-22", Tender: pay.Alipay, Paid: 1, PaidAmount: 20},
		{Day: "2026-11-22", Tender: pay.WeChat, Paid: 1, PaidAmount: 30},
		{Day: "2026-11-22", Tender: pay.WeChat, Paid: -1, PaidAmount: -5, Refunds: 2, RefundsAmount: 7},
		{Day: "2026-11-23", Tender: pay.Cash, Refunds: 1, RefundsAmount: 1},
	} {
		d.update(func(tx ledger.Tx) error { return tx.AddSum(s) })
	}
	d.view(func(rows ledger.Rows) error {
		got, err := rows.Sums("2026-11-22", "2026-11-22")
		d.same(got, []ledger.Sum{
			{Day: "2026-11-22", Tender: pay.WeChat, Paid: 0, PaidAmount: 25, Refunds: 2, RefundsAmount: 7},
			{Day: "2026-11-22", Tender: pay.Alipay, Paid: 1, PaidAmount: 20}})
		all, err2 := rows.Sums("2026-11-01", "2026-11-30")
		d.same(len(all), 4)
		none, err3 := rows.Sums("2026-11-24", "2026-11-20")
		d.same(len(none), 0)
		return errors.Join(err, err2, err3)
	})
}

func shiftSums(t *testing.T, d *desk) {
	for _, s := range []ledger.Sum{
		{Day: "2026-11-21", Tender: pay.WeChat, Shift: 1, Paid: 1, PaidAmount: 10},
		{Day: "2026-11-22", Tender: pay.WeChat, Shift: 1, Paid: 1, PaidAmount: 20},
		{Day: "2026-11-22", Tender: pay.WeChat, Shift: 1, Late: true, Paid: 1, PaidAmount: 40},
		{Day: "2026-11-22", Tender: pay.WeChat, Shift: 2, Paid: 1, PaidAmount: 80},
		{Day: "2026-11-22", Tender: pay.WeChat, Paid: 1, PaidAmount: 160},
		{Day: "2026-11-22", Tender: pay.WeChat, Shift: 1, Paid: 1, PaidAmount: 320},
	} {
		d.update(func(tx ledger.Tx) error { return tx.AddSum(s) })
	}
	d.view(func(rows ledger.Rows) error {
		got, err := rows.ShiftSums(1)
		d.same(got, []ledger.Sum{
			{Day: "2026-11-21", Tender: pay.WeChat, Shift: 1, Paid: 1, PaidAmount: 10},
			{Day: "2026-11-22", Tender: pay.WeChat, Shift: 1, Paid: 2, PaidAmount: 340},
			{Day: "2026-11-22", Tender: pay.WeChat, Shift: 1, Late: true, Paid: 1, PaidAmount: 40}})
		none, err2 := rows.ShiftSums(9)
		d.same(len(none), 0)
		day, err3 := rows.Sums("2026-11-22", "2026-11-22")
		d.same(len(day), 4)
		return errors.Join(err, err2, err3)
	})
}

func shifts(t *testing.T, d *desk) {
	first := ledger.Shift{Number: 1, Clerk: "1003", Opened: start, Seq: 4}
	second := ledger.Shift{Number: 2, Clerk: "店员", Opened: start.Add(time.Minute), Seq: 5}
	d.update(func(tx ledger.Tx) error {
		_, found, err := tx.OpenShift("1003")
		d.same(found, false)
		err2 := errors.Join(tx.PutShift(first), tx.PutShift(second))
		got, found, err3 := tx.OpenShift("1003")
		d.same([]any{got, found}, []any{first, true})
		return errors.Join(err, err2, err3)
	})
	closed := first
	closed.Closed, closed.Last, closed.Counted, closed.Cash = start.Add(time.Hour), 9, true, 81250
	if err := d.s.Update(t.Context(), func(tx ledger.Tx) error { return errors.Join(tx.PutShift(closed), errStop) }); err == nil {
		t.Fatal("a failed transaction was taken")
	}
	d.update(func(tx ledger.Tx) error {
		got, _, err := tx.OpenShift("1003")
		d.same(got, first)
		return errors.Join(err, tx.PutShift(closed))
	})
	third := ledger.Shift{Number: 3, Clerk: "1003", Opened: start.Add(2 * time.Hour), Seq: 10}
	d.update(func(tx ledger.Tx) error {
		_, found, err := tx.OpenShift("1003")
		d.same(found, false)
		return errors.Join(err, tx.PutShift(third))
	})
	d.s = d.reopen()
	d.view(func(rows ledger.Rows) error {
		d.same(collect(t, rows.Shifts()), []ledger.Shift{third, second, closed})
		got, found, err := rows.Shift(1)
		d.same([]any{got, found}, []any{closed, true})
		open, found, err2 := rows.OpenShift("1003")
		d.same([]any{open, found}, []any{third, true})
		_, found, err3 := rows.Shift(4)
		d.same(found, false)
		return errors.Join(err, err2, err3)
	})
}

func haltFacts(t *testing.T, d *desk) {
	var want []ledger.Fact
	for seq := uint64(1); seq <= 30; seq++ {
		f := Fact(seq)
		switch seq % 7 {
		case 0:
			f.Kind = ledger.KindHalt
			want = append(want, f)
		case 1:
			f.Kind = ledger.KindRelease
		}
		d.update(func(tx ledger.Tx) error { return tx.Append(f) })
	}
	d.view(func(rows ledger.Rows) error {
		d.same(collect(t, rows.HaltFacts()), want)
		return nil
	})
}

func oneFact(t *testing.T, d *desk) {
	for seq := uint64(1); seq <= 9; seq++ {
		d.update(func(tx ledger.Tx) error { return tx.Append(Fact(seq)) })
	}
	d.view(func(rows ledger.Rows) error {
		got, found, err := rows.Fact(5)
		d.same([]any{got, found}, []any{Fact(5), true})
		_, none, err2 := rows.Fact(10)
		_, zero, err3 := rows.Fact(0)
		d.same([]bool{none, zero}, []bool{false, false})
		return errors.Join(err, err2, err3)
	})
}

func sealed(t *testing.T, d *desk) {
	content := []byte("once")
	d.update(func(tx ledger.Tx) error {
		return errors.Join(tx.PutSealed("D1", content), tx.PutSealed("D2", []byte{}), tx.DropSealed("never"))
	})
	content[0] = 'X' // the store keeps its own copy
	d.s = d.reopen()
	d.view(func(rows ledger.Rows) error {
		numbers, err := rows.SealedNumbers()
		d.same(numbers, []string{"D1", "D2"})
		return err
	})
	d.view(func(rows ledger.Rows) error {
		got, ok, err := rows.Sealed("D1")
		d.same([]any{string(got), ok}, []any{"once", true})
		got, ok, err2 := rows.Sealed("D2")
		d.same([]any{len(got), ok}, []any{0, true})
		return errors.Join(err, err2)
	})
	d.update(func(tx ledger.Tx) error { return tx.DropSealed("D1") })
	d.view(func(rows ledger.Rows) error {
		_, ok, err := rows.Sealed("D1")
		d.same(ok, false)
		return err
	})
}

func nested(t *testing.T, d *desk) {
	d.update(func(tx ledger.Tx) error {
		for seq := uint64(1); seq <= 5; seq++ {
			if err := tx.PutOrder(orderAt(seq)); err != nil {
				return err
			}
		}
		return nil
	})
	d.update(func(tx ledger.Tx) error {
		pairs := 0
		for a, err := range tx.Orders(ledger.Filter{}) {
			if err != nil {
				return err
			}
			for b, err := range tx.Orders(ledger.Filter{}) {
				if err != nil {
					return err
				}
				if pairs++; b.Seq == a.Seq {
					break
				}
			}
			if err := tx.SetCounter("seen", a.Seq); err != nil {
				return err
			}
		}
		d.same(pairs, 1+2+3+4+5)
		return nil
	})
}

func ended(t *testing.T, d *desk) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.s.Update(ctx, fill); err == nil {
		t.Error("an update began")
	}
	if err := d.s.View(ctx, func(ledger.Rows) error { return nil }); err == nil {
		t.Error("a view began")
	}
	d.same(d.everything(), everything{})
}
