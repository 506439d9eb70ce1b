package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cpos/engine/pay"
)

// Request gives back the sealed content of an order or refund that is not final, byte for byte, after
// checking it against the digest in the chain. ErrNoOrder, ErrFinal, ErrBroken.
func (b *Book) Request(ctx context.Context, number string) (pay.Request, error) {
	var sealed []byte
	var want pay.Digest
	err := b.store.View(ctx, func(rows Rows) (err error) {
		if want, err = digestOf(rows, number); err != nil {
			return err
		}
		var ok bool
		if sealed, ok, err = rows.Sealed(number); err == nil && !ok {
			err = ErrFinal
		}
		return err
	})
	if err != nil {
		return pay.Request{}, fmt.Errorf("request of %s: %w", number, err)
	}
	content, err := b.opt.Sealer.Open(number, sealed)
	if err != nil {
		return pay.Request{}, fmt.Errorf("request of %s: %w", number, err)
	}
	r := pay.Request{Number: number, Content: content}
	if r.Digest() != want {
		return pay.Request{}, fmt.Errorf("request of %s is not the one that was recorded: %w", number, ErrBroken)
	}
	return r, nil
}

func digestOf(rows Rows, number string) (pay.Digest, error) {
	o, err := order(rows, number)
	if err != nil {
		return pay.Digest{}, err
	}
	if o != nil {
		return o.Order.Digest, nil
	}
	r, err := refund(rows, number)
	if err != nil {
		return pay.Digest{}, err
	}
	if r == nil {
		return pay.Digest{}, ErrNoOrder
	}
	return r.Refund.Digest, nil
}

// Halted gives the latch as it binds this till: one that was released since the book was opened counts as
// closed.
func (b *Book) Halted(ctx context.Context) (Halt, bool, error) {
	var h Halt
	var closed bool
	err := b.store.View(ctx, func(rows Rows) (err error) {
		h, closed, err = b.latch(rows)
		return err
	})
	if err != nil {
		return Halt{}, false, fmt.Errorf("read halt: %w", err)
	}
	if seen := b.halt.Load(); !closed && seen != nil {
		return *seen, true, nil
	}
	return h, closed, nil
}

// Order gives one order, by its number. ErrNoOrder.
func (b *Book) Order(ctx context.Context, id string) (OrderRow, error) {
	var row *OrderRow
	err := b.store.View(ctx, func(rows Rows) (err error) {
		if row, err = order(rows, id); err == nil && row == nil {
			err = ErrNoOrder
		}
		return err
	})
	if err != nil {
		return OrderRow{}, fmt.Errorf("order %s: %w", id, err)
	}
	return *row, nil
}

// Orders gives the orders a filter chooses.
func (b *Book) Orders(ctx context.Context, f Filter) ([]OrderRow, error) {
	var all []OrderRow
	err := b.store.View(ctx, func(rows Rows) error {
		for row, err := range rows.Orders(f) {
			if err != nil {
				return err
			}
			all = append(all, row)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	return all, nil
}

// Refund gives one refund, by its number. ErrNoOrder.
func (b *Book) Refund(ctx context.Context, id string) (RefundRow, error) {
	var row *RefundRow
	err := b.store.View(ctx, func(rows Rows) (err error) {
		if row, err = refund(rows, id); err == nil && row == nil {
			err = ErrNoOrder
		}
		return err
	})
	if err != nil {
		return RefundRow{}, fmt.Errorf("refund %s: %w", id, err)
	}
	return *row, nil
}

// Refunds gives the refunds a filter chooses.
func (b *Book) Refunds(ctx context.Context, f Filter) ([]RefundRow, error) {
	var all []RefundRow
	err := b.store.View(ctx, func(rows Rows) (err error) {
		all, err = refunds(rows, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list refunds: %w", err)
	}
	return all, nil
}

func refunds(rows Rows, f Filter) ([]RefundRow, error) {
	var all []RefundRow
	for row, err := range rows.Refunds(f) {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// History gives all facts about an order and its refunds, oldest first. ErrNoOrder.
func (b *Book) History(ctx context.Context, order string) ([]Fact, error) {
	var all []Fact
	err := b.store.View(ctx, func(rows Rows) (err error) {
		all, err = history(rows, order)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", order, err)
	}
	return all, nil
}

// history walks from the order's newest fact back to its intention. Every fact about a refund belongs to
// the order's history as well.
func history(rows Rows, id string) ([]Fact, error) {
	o, err := order(rows, id)
	if err != nil {
		return nil, err
	}
	if o == nil {
		return nil, ErrNoOrder
	}
	return thread(*o, rows.Fact)
}

// thread gathers an order's facts, oldest first, from the newest back.
func thread(o OrderRow, fact func(seq uint64) (Fact, bool, error)) ([]Fact, error) {
	var all []Fact
	for at, before := o.Last, uint64(0); at != 0; at = before {
		f, ok, err := fact(at)
		if err != nil {
			return nil, err
		}
		if !ok || f.Before >= at {
			return nil, fmt.Errorf("fact %d of order %s: %w", at, o.Order.ID, ErrBroken)
		}
		all, before = append(all, f), f.Before
	}
	slices.Reverse(all)
	return all, nil
}

// Statement gives our side of a reconciliation: payments and refunds whose intention lies in [from, to].
// Read it after the service's side, so that it holds every order the service can have seen.
func (b *Book) Statement(ctx context.Context, from, to time.Time) ([]pay.Entry, error) {
	var all []pay.Entry
	f := Filter{From: from, To: to.Add(time.Millisecond)}
	err := b.store.View(ctx, func(rows Rows) error {
		for row, err := range rows.Orders(f) {
			if err != nil {
				return err
			}
			all = append(all, entryOf(row))
		}
		back, err := refunds(rows, f)
		if err != nil {
			return err
		}
		for _, r := range back {
			o, err := order(rows, r.Refund.Order)
			if err != nil {
				return err
			}
			if o == nil {
				return fmt.Errorf("refund %s has no order: %w", r.Refund.ID, ErrBroken)
			}
			all = append(all, backEntryOf(*o, r))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	return all, nil
}

func entryOf(row OrderRow) pay.Entry {
	o := row.Order
	return pay.Entry{Kind: pay.EntryPayment, Order: o.ID, Store: o.Store, Device: o.Device,
		Tender: o.Tender, Amount: o.Amount, Status: row.Outcome.Status, Trade: row.Outcome.Trade, At: o.At}
}

func backEntryOf(o OrderRow, r RefundRow) pay.Entry {
	return pay.Entry{Kind: pay.EntryRefund, Order: r.Refund.Order, Refund: r.Refund.ID,
		Store: o.Order.Store, Device: o.Order.Device, Tender: o.Order.Tender, Amount: r.Refund.Amount,
		Back: r.Outcome.Status, Trade: r.Outcome.Trade, At: r.Refund.At}
}

// Sums gives the maintained totals of the days fromDay to toDay, both included, as 2006-01-02. An order
// counts on the day of its intention while it is paid, a refund on the day of its own from the moment the
// service took it until it failed.
func (b *Book) Sums(ctx context.Context, fromDay, toDay string) ([]Sum, error) {
	var all []Sum
	err := b.store.View(ctx, func(rows Rows) error {
		parts, err := rows.Sums(fromDay, toDay)
		for _, s := range parts {
			s.Shift, s.Late = 0, false
			all = added(all, s)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sums: %w", err)
	}
	return all, nil
}
