package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// shelf is eight orders that differ in what filters look at.
func shelf() []ledger.OrderRow {
	var all []ledger.OrderRow
	for seq := uint64(1); seq <= 8; seq++ {
		r := orderAt(seq)
		r.Outcome.Status = pay.Status(seq % 5)
		r.Order.Tender = pay.Tender(1 + seq%3)
		r.Order.Clerk, r.Order.Serial = fmt.Sprintf("C%d", seq%2), fmt.Sprintf("S%d", seq%4)
		all = append(all, r)
	}
	return all
}

// sealOpen puts the request that lies sealed while an order or refund is not final.
func sealOpen(tx ledger.Tx, number string, final bool) error {
	if final {
		return nil
	}
	return tx.PutSealed(number, []byte(number))
}

func filters(t *testing.T, d *desk) {
	all := shelf()
	d.update(func(tx ledger.Tx) error {
		for _, r := range all {
			if err := errors.Join(tx.PutOrder(r), sealOpen(tx, r.Order.ID, r.Outcome.Status.Final())); err != nil {
				return err
			}
		}
		return nil
	})
	third := all[2].Order.At
	for name, f := range map[string]ledger.Filter{
		"all":              {},
		"from is included": {From: third},
		"to is not":        {To: third},
		"between":          {From: third, To: third.Add(2 * time.Minute)},
		"a little later":   {From: third.Add(time.Nanosecond)},
		"to a little later": {
			To: third.Add(time.Nanosecond)},
		"one status":   {Statuses: []pay.Status{pay.Unknown}},
		"two statuses": {Statuses: []pay.Status{pay.Paid, pay.Closed}},
		"clerk":        {Clerk: "C1"},
		"serial":       {Serial: "S2"},
		"tender":       {Tender: pay.Cash},
		"number":       {Order: "D5"},
		"open":         {Open: true},
		"newest first": {Newest: true},
		"newest three": {Newest: true, Limit: 3},
		"first two":    {Limit: 2},
		"more than":    {Limit: 100},
		"all at once":  {From: third, Clerk: "C0", Open: true, Newest: true, Limit: 1},
		"nobody":       {Clerk: "C1' OR 1=1 --"},
	} {
		d.view(func(rows ledger.Rows) error {
			got, want := collect(t, rows.Orders(f)), expected(all, f, f.Chooses)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %d rows, want %d", name, len(got), len(want))
			}
			return nil
		})
	}
}

// expected is the filter's meaning in its plainest form.
func expected[T any](all []T, f ledger.Filter, chooses func(T) bool) []T {
	var want []T
	for _, r := range all {
		if chooses(r) {
			want = append(want, r)
		}
	}
	if f.Newest {
		slices.Reverse(want)
	}
	if f.Limit > 0 && len(want) > f.Limit {
		want = want[:f.Limit]
	}
	return want
}

func refundFilters(t *testing.T, d *desk) {
	var all []ledger.RefundRow
	d.update(func(tx ledger.Tx) error {
		for seq := uint64(1); seq <= 3; seq++ {
			if err := tx.PutOrder(orderAt(seq)); err != nil {
				return err
			}
		}
		for seq := uint64(11); seq <= 18; seq++ {
			r := refundAt(seq, fmt.Sprintf("D%d", 1+seq%3))
			r.Outcome.Status = pay.RefundStatus(seq % 5)
			r.Refund.Clerk = fmt.Sprintf("C%d", seq%2)
			all = append(all, r)
			if err := errors.Join(tx.PutRefund(r), sealOpen(tx, r.Refund.ID, r.Outcome.Status.Final())); err != nil {
				return err
			}
		}
		return nil
	})
	middle := all[4].Refund.At
	for name, f := range map[string]ledger.Filter{
		"all": {}, "from": {From: middle}, "to": {To: middle}, "of one order": {Order: "D2"},
		"clerk": {Clerk: "C1"}, "open": {Open: true}, "newest two": {Newest: true, Limit: 2},
		"what is about orders chooses nothing": {Serial: "S", Tender: pay.Cash, Statuses: []pay.Status{pay.Paid}},
	} {
		d.view(func(rows ledger.Rows) error {
			got, want := collect(t, rows.Refunds(f)), expected(all, f, f.ChoosesRefund)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %d rows, want %d", name, len(got), len(want))
			}
			return nil
		})
	}
}
