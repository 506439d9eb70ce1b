package station

import (
	"context"
	"errors"
	"fmt"

	"cpos/engine/fault"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// Refund gives back money of a paid order. Accepted is not done: FollowOpen asks on. The error is nil
// whenever something may have been sent, as in Charge. An error that nothing was sent for is the book's
// (ErrNoOrder, ErrNotPaid, ErrRemainder, ErrHalted), the driver's, or wraps pay.ErrNotAllowed where the
// rules want all that is left to be given back at once.
func (t *Teller) Refund(ctx context.Context, g Giveback) (ledger.RefundRow, error) {
	order, err := t.Book.Order(ctx, g.Order)
	if err != nil {
		return ledger.RefundRow{}, err
	}
	r, err := t.newRefund(order, g)
	if err != nil {
		return ledger.RefundRow{}, err
	}
	if !t.mind.hold(r.ID) {
		return ledger.RefundRow{}, fmt.Errorf("refund %s: %w", r.ID, ledger.ErrNumber)
	}
	defer t.mind.release(r.ID)
	q, err := t.Gateway.PrepareRefund(order.Order, r)
	if err != nil {
		return ledger.RefundRow{}, err
	}
	r.Digest = q.Digest()
	if err := t.Book.IntendRefund(ctx, r, q); err != nil {
		return ledger.RefundRow{}, err
	}
	t.log().InfoContext(ctx, "refund intended", "order", r.Order, "refund", r.ID, "amount", r.Amount)
	row := ledger.RefundRow{Refund: r}
	if err := t.Points.Hit(fault.RefundIntended); err != nil {
		return row, err
	}
	work, done := outlasting(ctx)
	defer done()
	row, err = t.giveBack(work, order.Order, row, q)
	t.log().InfoContext(ctx, "refund ends", "refund", r.ID, "status", row.Outcome.Status, "why", row.Outcome.Why)
	return row, err
}

// newRefund fixes how much of an order goes back. What is left is checked again, with the intention, by
// the book.
func (t *Teller) newRefund(order ledger.OrderRow, g Giveback) (pay.Refund, error) {
	left := order.Order.Amount - order.Refunded
	if g.Amount == 0 {
		g.Amount = left
	}
	switch {
	case order.Outcome.Status != pay.Paid:
		return pay.Refund{}, fmt.Errorf("refund of order %s: %w", g.Order, ledger.ErrNotPaid)
	case left <= 0 || g.Amount > left:
		return pay.Refund{}, fmt.Errorf("refund of order %s: %s of %s that are left: %w", g.Order, g.Amount, left, ledger.ErrRemainder)
	case g.Amount != left && !t.Rules.Partial:
		return pay.Refund{}, words.Fail(pay.ErrNotAllowed, "teller.refund.partial", "left", left).Advise("teller.refund.partial.hint", "left", left)
	}
	now := t.Clock.Now()
	id, err := t.Book.NewRefundID(now)
	return pay.Refund{ID: id, Order: g.Order, Amount: g.Amount, Reason: g.Reason, Clerk: t.Clerk(),
		Approver: g.Approver, At: now}, err
}

// giveBack sends a refund for the first time and records what came of it. A lost answer is asked about
// once, so that the clerk mostly learns it at once.
func (t *Teller) giveBack(ctx context.Context, o pay.Order, row ledger.RefundRow, q pay.Request) (ledger.RefundRow, error) {
	out, err := t.Gateway.Refund(ctx, o, row.Refund, q)
	if err := t.Points.Hit(fault.RefundSent); err != nil {
		return row, err
	}
	out = t.heardRefund(out, err)
	switch {
	case errors.Is(err, pay.ErrNotSent), errors.Is(err, pay.ErrAuthKey), errors.Is(err, pay.ErrSignKey):
		// Nothing was sent before and this was not sent or not taken, so the sum is free.
		out.Status = pay.RefundFailed
	case out.Status == pay.RefundUnknown && err != nil && stopping(out.Why) == "":
		told, err := t.Gateway.QueryRefund(ctx, o, row.Refund)
		if err == nil && told.Status != pay.RefundUnknown || stopping(whyOf(err)) != "" {
			out = t.heardRefund(told, err)
		}
	}
	row = t.recordRefund(ctx, row, out)
	t.mind.askLater(row.Refund.ID, t.Clock.Passed())
	return row, t.Points.Hit(fault.RefundSettled)
}

// recordRefund puts an outcome into the book. When that fails the row stays what it was; the refund is
// open and the next answer is recorded instead.
func (t *Teller) recordRefund(ctx context.Context, row ledger.RefundRow, out pay.RefundOutcome) ledger.RefundRow {
	settled, err := t.learnRefund(ctx, row, out)
	if err != nil {
		t.log().ErrorContext(ctx, "refund's outcome not recorded", "refund", row.Refund.ID, "err", err)
		return row
	}
	return settled
}

// learnRefund puts into the book what was told about a refund, and halts the till where an answer speaks
// of something else than was asked.
func (t *Teller) learnRefund(ctx context.Context, row ledger.RefundRow, out pay.RefundOutcome) (ledger.RefundRow, error) {
	var halted error
	if code := stopping(out.Why); code != "" {
		out.Status = pay.RefundUnknown
		halted = t.halt(ctx, ledger.Difference{Code: code, Number: row.Refund.ID, Ours: row.Refund.Amount})
	}
	if out.Status == pay.RefundUnknown && row.Outcome.Status != pay.RefundUnknown {
		return row, halted // the service has told more before
	}
	settled, err := t.Book.SettleRefund(ctx, row.Refund.ID, out)
	if errors.Is(err, ledger.ErrStatus) {
		settled, err = t.Book.Refund(ctx, row.Refund.ID) // another call was told its end meanwhile
	}
	return settled, errors.Join(halted, err)
}

func (t *Teller) heardRefund(out pay.RefundOutcome, err error) pay.RefundOutcome {
	t.noteRoad(err)
	if err != nil {
		out.Status = pay.RefundUnknown
		if out.Why == pay.WhyNone {
			out.Why = whyOf(err)
		}
	}
	if out.At.IsZero() {
		out.At = t.Clock.Now()
	}
	return out
}
