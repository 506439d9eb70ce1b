package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"cpos/engine/pay"
)

// Numbering is what a till's order and refund numbers are made of (Cloud Pay: at most 32 characters,
// starting with the sub-merchant's order prefix).
type Numbering struct {
	Prefix string // order prefix of the sub-merchant
	Store  string // out_shop_id
	Device string

	code string // the till code, once it was worked out
}

// Options open a book.
type Options struct {
	Numbering Numbering
	Sealer    Sealer
	Now       func() time.Time // the clock; nil is time.Now
}

// Book is the till's ledger over one Store. Its methods may be called from several goroutines.
type Book struct {
	store Store
	opt   Options
	seqs  sequences
	open  openOrders
	halt  atomic.Pointer[Halt] // that this book has seen; a release opens only the next one
}

// Open reads the newest facts back, checks the chain's tail and the rows it folds to, and makes the
// book ready. It writes nothing, unless the book is a backup that was put in its place: then its numbers
// jump over those that may have been used since.
func Open(ctx context.Context, s Store, opt Options) (*Book, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	opt.Numbering.code = opt.Numbering.TillCode()
	b := &Book{store: s, opt: opt, seqs: sequences{used: map[string]uint64{}}}
	marked := uint64(0)
	err := s.View(ctx, func(rows Rows) (err error) {
		if marked, err = rows.Counter(backupMark); err != nil {
			return err
		}
		for _, name := range []string{orderCounter, refundCounter} {
			n, err := rows.Counter(name)
			if err != nil {
				return err
			}
			b.seqs.raise(name, n)
		}
		if _, _, err := b.latch(rows); err != nil {
			return err
		}
		return checkTail(rows)
	})
	if err == nil && marked > 0 {
		err = b.goOn(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("open book: %w", err)
	}
	return b, nil
}

// NewOrderID takes the next order number. It is used up in this process; on disk it is by Intend.
// ErrNumbering.
func (b *Book) NewOrderID(at time.Time) (string, error) {
	if err := b.opt.Numbering.check(""); err != nil {
		return "", err
	}
	return b.opt.Numbering.number("", at, b.seqs.next(orderCounter))
}

// Own says that a number has the form that this till gives to its orders and refunds.
func (b *Book) Own(number string) bool {
	_, _, ours := b.opt.Numbering.parse(number)
	return ours
}

// NewRefundID takes the next refund number. ErrNumbering.
func (b *Book) NewRefundID(at time.Time) (string, error) {
	if err := b.opt.Numbering.check(refundMark); err != nil {
		return "", err
	}
	return b.opt.Numbering.number(refundMark, at, b.seqs.next(refundCounter))
}

// RaiseCounter makes the next number greater than the sequence inside number, if that is one of this
// till's own, so that a reinstalled till never reuses one that the service already lists.
func (b *Book) RaiseCounter(ctx context.Context, number string) error {
	counter, seq, ours := b.opt.Numbering.parse(number)
	if !ours {
		return nil
	}
	b.seqs.raise(counter, seq)
	var known uint64
	err := b.store.View(ctx, func(rows Rows) (err error) {
		known, err = rows.Counter(counter)
		return err
	})
	if err == nil && known < seq {
		err = b.store.Update(ctx, func(tx Tx) error { return raise(tx, counter, seq) })
	}
	if err != nil {
		return fmt.Errorf("raise counter to %s: %w", number, err)
	}
	return nil
}

func raise(tx Tx, counter string, seq uint64) error {
	known, err := tx.Counter(counter)
	if err != nil || known >= seq {
		return err
	}
	return tx.SetCounter(counter, seq)
}

// Intend records that o is about to be sent with the exact content r, which is sealed beside the chain
// until the order is final. Nothing may be sent before it returns nil. ErrHalted, ErrNumber.
func (b *Book) Intend(ctx context.Context, o pay.Order, r pay.Request) error {
	if o.At.IsZero() {
		o.At = b.opt.Now()
	}
	o.Digest = r.Digest()
	err := errors.Join(b.barred(), checkIntended(o.ID, o.Amount, r))
	if err == nil {
		err = b.store.Update(ctx, func(tx Tx) error {
			from, err := b.intending(tx, o.ID)
			if err != nil {
				return err
			}
			if _, err := b.recordMet(tx, from, KindIntention, o.ID, bodyOfOrder(o)); err != nil {
				return err
			}
			b.open.add(o.ID) // before anybody can read it
			return b.keep(tx, o.ID, r)
		})
	}
	if err != nil {
		return fmt.Errorf("record order %s: %w", o.ID, err)
	}
	return nil
}

// checkIntended checks what holds for payments and refunds alike.
func checkIntended(number string, amount pay.Money, r pay.Request) error {
	if err := pay.ValidNumber(number); err != nil {
		return err
	}
	if r.Number != number {
		return fmt.Errorf("the request is that of %q", r.Number)
	}
	if amount <= 0 || amount > pay.MaxCharge {
		return fmt.Errorf("%s: %w", amount, pay.ErrMoneyRange)
	}
	return nil
}

// keep puts the sealed request and the used sequence beside the fact of an intention.
func (b *Book) keep(tx Tx, number string, r pay.Request) error {
	sealed, err := b.opt.Sealer.Seal(number, r.Content)
	if err != nil {
		return fmt.Errorf("seal request: %w", err)
	}
	if err := tx.PutSealed(number, sealed); err != nil {
		return err
	}
	if counter, seq, ours := b.opt.Numbering.parse(number); ours {
		return raise(tx, counter, seq)
	}
	return nil
}

// Settle records what an answer said. A repeated outcome adds no fact: one that differs from the newest
// in nothing but its time and the service's message number. ErrNoOrder, ErrStatus.
func (b *Book) Settle(ctx context.Context, order string, out pay.Outcome) (OrderRow, error) {
	var settled OrderRow
	err := b.store.Update(ctx, func(tx Tx) error {
		row, ok, err := tx.Order(order)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoOrder
		}
		if settled = row; sameOutcome(row.Outcome, merged(row.Outcome, out)) {
			return nil
		}
		f, err := b.next(tx, KindOutcome, order, bodyOfOutcome(out))
		if err != nil {
			return err
		}
		k := known{order: &row}
		if k.shift, err = shift(tx, row.Shift); err != nil {
			return err
		}
		c, err := put(tx, f, k)
		if err != nil {
			return err
		}
		settled = *c.order
		return nil
	})
	if err != nil {
		return OrderRow{}, fmt.Errorf("settle order %s: %w", order, err)
	}
	b.open.follow(settled)
	return settled, nil
}

func sameOutcome(a, b pay.Outcome) bool {
	a.At, a.LogID, b.At, b.LogID = time.Time{}, 0, time.Time{}, 0
	return a == b
}

// IntendRefund records that r is about to be sent, after checking in the same transaction that the order
// is paid and that all refunds together stay within it. ErrHalted, ErrNotPaid, ErrRemainder, ErrNumber.
func (b *Book) IntendRefund(ctx context.Context, r pay.Refund, q pay.Request) error {
	if r.At.IsZero() {
		r.At = b.opt.Now()
	}
	r.Digest = q.Digest()
	err := errors.Join(b.barred(), checkIntended(r.ID, r.Amount, q))
	if err == nil {
		err = b.store.Update(ctx, func(tx Tx) error {
			from, err := b.intending(tx, r.ID)
			if err != nil {
				return err
			}
			if _, err := b.recordMet(tx, from, KindRefund, r.ID, bodyOfRefund(r)); err != nil {
				return err
			}
			return b.keep(tx, r.ID, q)
		})
	}
	if err != nil {
		return fmt.Errorf("record refund %s: %w", r.ID, err)
	}
	return nil
}

// SettleRefund records what an answer said of a refund. A repeated outcome adds no fact, as in Settle.
func (b *Book) SettleRefund(ctx context.Context, refund string, out pay.RefundOutcome) (RefundRow, error) {
	var settled RefundRow
	err := b.store.Update(ctx, func(tx Tx) error {
		row, ok, err := tx.Refund(refund)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoOrder
		}
		if settled = row; sameRefundOutcome(row.Outcome, mergedRefund(row.Outcome, out)) {
			return nil
		}
		c, err := b.record(tx, KindRefundOutcome, refund, bodyOfRefundOutcome(out))
		if err != nil {
			return err
		}
		settled = *c.refund
		return nil
	})
	if err != nil {
		return RefundRow{}, fmt.Errorf("settle refund %s: %w", refund, err)
	}
	return settled, nil
}

func sameRefundOutcome(a, b pay.RefundOutcome) bool {
	a.At, a.LogID, b.At, b.LogID = time.Time{}, 0, time.Time{}, 0
	return a == b
}

// Slip records what became of a printed copy: kind is "payment" or "refund", proof the printer's word
// ("unknown", "none", "sent", "drained" or "printed"). ErrNoOrder.
func (b *Book) Slip(ctx context.Context, number, kind string, copy int, proof, why string) error {
	if kind != slipOfPayment && kind != slipOfRefund {
		return fmt.Errorf("record slip of %s: kind %q is neither payment nor refund", number, kind)
	}
	return b.note(ctx, "slip of "+number, KindSlip, number, slipV1{kind, copy, proof, why})
}

// Remark records a new remark on an order. ErrNoOrder.
func (b *Book) Remark(ctx context.Context, order, text, clerk string) error {
	return b.note(ctx, "remark on "+order, KindRemark, order, remarkV1{text, clerk})
}

// note records one fact that needs nothing beside it.
func (b *Book) note(ctx context.Context, what string, kind Kind, number string, body any) error {
	err := b.store.Update(ctx, func(tx Tx) error {
		_, err := b.record(tx, kind, number, body)
		return err
	})
	if err != nil {
		return fmt.Errorf("record %s: %w", what, err)
	}
	return nil
}

// Halt records differences and closes the latch. Halting a halted book adds only what is new.
func (b *Book) Halt(ctx context.Context, at time.Time, d []Difference) error {
	err := b.store.Update(ctx, func(tx Tx) error {
		now, closed, err := tx.Halt()
		if err != nil {
			return err
		}
		fresh := unknownTo(now, d)
		if closed && len(fresh) == 0 {
			return nil
		}
		_, err = b.record(tx, KindHalt, "", bodyOfHalt(at, fresh))
		if err == nil {
			_, _, err = b.latch(tx)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("halt: %w", err)
	}
	return nil
}

// Release opens the latch and records who did it and why. Where it is open already nothing is recorded.
// A till that has seen the halt stays halted until it is started again.
func (b *Book) Release(ctx context.Context, who, reason string) error {
	err := b.store.Update(ctx, func(tx Tx) error {
		_, closed, err := tx.Halt()
		if err != nil || !closed {
			return err
		}
		_, err = b.record(tx, KindRelease, "", releaseV1{who, reason})
		return err
	})
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}

// intending gives what the fold of an intention asks. One of this till's own numbers above the highest that
// was ever used needs no search among all orders and refunds.
func (b *Book) intending(tx Tx, number string) (lookup, error) {
	counter, seq, ours := b.opt.Numbering.parse(number)
	if !ours {
		return tx, nil
	}
	used, err := tx.Counter(counter)
	if err != nil || seq <= used {
		return tx, err
	}
	return unused{tx, number}, nil
}

// unused is a lookup that knows a number to be neither an order's nor a refund's.
type unused struct {
	lookup
	number string
}

func (u unused) Order(id string) (OrderRow, bool, error) {
	if id == u.number {
		return OrderRow{}, false, nil
	}
	return u.lookup.Order(id)
}

func (u unused) Refund(id string) (RefundRow, bool, error) {
	if id == u.number {
		return RefundRow{}, false, nil
	}
	return u.lookup.Refund(id)
}

// record appends one fact behind the tail and everything that it changes, all in tx.
func (b *Book) record(tx Tx, kind Kind, number string, body any) (change, error) {
	return b.recordMet(tx, tx, kind, number, body)
}

// recordMet does it with what the fact meets looked up elsewhere.
func (b *Book) recordMet(tx Tx, from lookup, kind Kind, number string, body any) (change, error) {
	f, err := b.next(tx, kind, number, body)
	if err != nil {
		return change{}, err
	}
	k, err := meet(f, from)
	if err != nil {
		return change{}, err
	}
	return put(tx, f, k)
}

// next makes the fact that stands behind the tail.
func (b *Book) next(tx Tx, kind Kind, number string, body any) (entry, error) {
	tail, _, err := tx.Tail()
	if err != nil {
		return entry{}, err
	}
	f := Fact{Seq: tail.Seq + 1, At: whole(b.opt.Now()), Kind: kind, Version: versionOne,
		Number: number, Prev: tail.Hash}
	if f.Body, err = encode(body); err != nil {
		return entry{}, err
	}
	f.Hash = f.ExpectedHash()
	e := entry{Fact: f}
	if body, ok := body.(exacter); ok && body.exact() {
		e.said = body
	}
	return e, nil
}

// put folds a fact onto what it meets and writes both.
func put(tx Tx, f entry, k known) (change, error) {
	c, err := fold(f, k)
	if err != nil {
		return change{}, err
	}
	f.Before = k.before()
	if err := tx.Append(f.Fact); err != nil {
		return change{}, err
	}
	return c, c.write(tx)
}

// write puts a change into the store.
func (c change) write(tx Tx) error {
	if c.order != nil {
		if err := tx.PutOrder(*c.order); err != nil {
			return err
		}
	}
	if c.refund != nil {
		if err := tx.PutRefund(*c.refund); err != nil {
			return err
		}
	}
	if c.halt != nil || c.released {
		if err := tx.SetHalt(c.halt); err != nil {
			return err
		}
	}
	if c.shift != nil {
		if err := tx.PutShift(*c.shift); err != nil {
			return err
		}
	}
	if c.sum.Day != "" {
		if err := tx.AddSum(c.sum); err != nil {
			return err
		}
	}
	if c.drop != "" {
		return tx.DropSealed(c.drop)
	}
	return nil
}
