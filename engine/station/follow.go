package station

import (
	"context"
	"errors"
	"fmt"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// Resolve asks once about an order, settles what is learnt, and gives the row. An order that is being
// charged at this moment is not asked about beside that. An error beside a row says why nothing could be
// learnt; the row is then what was known before.
func (t *Teller) Resolve(ctx context.Context, order string) (ledger.OrderRow, error) {
	row, _, err := t.resolve(ctx, order)
	return row, err
}

// resolve also says whether the order became final by it, so that somebody tells of it, and only once.
func (t *Teller) resolve(ctx context.Context, order string) (row ledger.OrderRow, ended bool, err error) {
	held := t.mind.hold(order)
	if held {
		defer t.mind.release(order)
	}
	if row, err = t.Book.Order(ctx, order); err != nil || !held {
		return row, false, err
	}
	work, done := outlasting(ctx)
	defer done()
	learnt, err := t.askOrder(work, row)
	return learnt, !row.Done() && learnt.Done(), err
}

// askOrder asks once about an order.
func (t *Teller) askOrder(ctx context.Context, row ledger.OrderRow) (ledger.OrderRow, error) {
	t.mind.watch(row.Order.ID, t.Clock.Passed())
	if undoing(row) {
		return t.undo(ctx, row)
	}
	out, failed := t.Gateway.Query(ctx, row.Order)
	learnt, err := t.learn(ctx, row, t.heard(out, failed))
	if err != nil {
		return row, err
	}
	if failed != nil {
		return learnt, fmt.Errorf("ask about order %s: %w", row.Order.ID, failed)
	}
	if learnt.Outcome.Status != row.Outcome.Status {
		t.log().InfoContext(ctx, "order learnt", "order", row.Order.ID, "status", learnt.Outcome.Status, "why", learnt.Outcome.Why)
	}
	return learnt, nil
}

// ResolveRefund asks once about a refund, and sends it again, byte for byte, where the service knows
// nothing of it. An error beside a row says why nothing could be learnt.
func (t *Teller) ResolveRefund(ctx context.Context, refund string) (ledger.RefundRow, error) {
	row, err := t.Book.Refund(ctx, refund)
	if err != nil || row.Outcome.Status.Final() {
		return row, err
	}
	if !t.mind.hold(refund) {
		return row, nil // it is on its way at this moment
	}
	defer t.mind.release(refund)
	work, done := outlasting(ctx)
	defer done()
	return t.askRefund(work, row)
}

// askRefund asks once about a refund that is not final.
func (t *Teller) askRefund(ctx context.Context, row ledger.RefundRow) (ledger.RefundRow, error) {
	order, err := t.Book.Order(ctx, row.Refund.Order)
	if err != nil {
		return row, err
	}
	out, failed := t.Gateway.QueryRefund(ctx, order.Order, row.Refund)
	if failed == nil && out.Status == pay.RefundUnknown && out.Why == pay.WhyNotFound {
		out, failed = t.repeat(ctx, order.Order, row, out)
	}
	out = t.heardRefund(out, failed)
	if failed != nil && stopping(out.Why) == "" {
		return row, fmt.Errorf("ask about refund %s: %w", row.Refund.ID, failed)
	}
	learnt, err := t.learnRefund(ctx, row, out)
	if err != nil {
		return row, err
	}
	if learnt.Outcome.Status.Final() {
		t.mind.forget(row.Refund.ID)
	}
	return learnt, failed
}

// repeat sends a refund again that the service does not know: the same request is the same refund. It is
// not sent while the till is halted, nor when the service has taken it before, nor when it is too old.
func (t *Teller) repeat(ctx context.Context, o pay.Order, row ledger.RefundRow, out pay.RefundOutcome) (pay.RefundOutcome, error) {
	_, halted, err := t.Book.Halted(ctx)
	if err != nil {
		return out, err
	}
	if halted || stopping(row.Outcome.Why) != "" || row.Outcome.Status != pay.RefundUnknown ||
		t.Clock.Now().Sub(row.Refund.At) > repeatFor {
		return out, nil
	}
	q, err := t.Book.Request(ctx, row.Refund.ID)
	if err != nil {
		return out, err
	}
	t.log().InfoContext(ctx, "refund sent again", "refund", row.Refund.ID)
	return t.Gateway.Refund(ctx, o, row.Refund, q)
}

// FollowOpen asks once about every order and refund that is not final and due, and gives the orders that
// became final. It is called at start-up before the till opens (all are due then), and every FollowEvery.
// A service that does not answer is no error; the orders stay open.
func (t *Teller) FollowOpen(ctx context.Context) ([]ledger.OrderRow, error) {
	work, done := outlasting(ctx)
	defer done()
	final, reached, err := t.followOrders(ctx, work)
	if err == nil && reached {
		err = t.followRefunds(ctx, work)
	}
	return final, err
}

// followOrders also says whether the service can be reached at all.
func (t *Teller) followOrders(ctx, work context.Context) (final []ledger.OrderRow, reached bool, err error) {
	t.mind.begins(t.Clock.Passed(), t.Rules.FollowEvery)
	open, err := t.Book.Orders(ctx, ledger.Filter{Open: true})
	if err != nil {
		return nil, false, err
	}
	for _, row := range open {
		t.mind.watch(row.Order.ID, t.Clock.Passed())
	}
	for _, row := range open {
		if err := ctx.Err(); err != nil {
			return final, false, err
		}
		lost := t.mind.lost()
		learnt, ended, err := t.followOne(ctx, work, row.Order.ID)
		if ended {
			final = append(final, learnt)
		}
		// One answer that cannot be read must not keep the others waiting, nor a dead road be tried for each.
		// Where the road was open again before the question had timed out, it is asked once more.
		switch {
		case err == nil:
		case !t.reachable(work):
			return final, false, nil
		case !lost:
			if learnt, ended, _ = t.followOne(ctx, work, row.Order.ID); ended {
				final = append(final, learnt)
			}
		}
	}
	return final, true, nil
}

// followOne asks once about an order that nobody has in hand, and says whether it ended by that. The error
// is that of the road, and told.
func (t *Teller) followOne(ctx, work context.Context, id string) (row ledger.OrderRow, ended bool, err error) {
	if !t.mind.hold(id) {
		return row, false, nil
	}
	defer t.mind.release(id)
	row, err = t.askOpen(work, id)
	switch {
	case errors.Is(err, errNoLongerOpen):
		return row, false, nil // the charge that had it in hand told of it
	case err != nil:
		t.log().WarnContext(ctx, "open order stays open", "order", id, "err", err)
		if t.mind.lost() {
			return row, false, err
		}
		return row, false, nil
	}
	return row, row.Done(), nil
}

// errNoLongerOpen says that an order became final between being listed and being taken in hand.
var errNoLongerOpen = errors.New("order is no longer open")

// askOpen asks once about an order that is in hand, unless it has meanwhile become final: then whoever
// had it in hand before tells of it, and nobody may tell of it twice.
func (t *Teller) askOpen(ctx context.Context, id string) (ledger.OrderRow, error) {
	row, err := t.Book.Order(ctx, id)
	if err != nil {
		return row, err
	}
	switch {
	case row.Done():
		return row, errNoLongerOpen
	case row.Outcome.Why == pay.WhyReentry:
		// What the service has under the number of a re-entered order is another payment; a person decides.
		return row, nil
	}
	return t.askOrder(ctx, row)
}

func (t *Teller) followRefunds(ctx, work context.Context) error {
	open, err := t.Book.Refunds(ctx, ledger.Filter{Open: true})
	if err != nil {
		return err
	}
	t.mind.keepRefunds(open)
	for _, row := range open {
		if err := ctx.Err(); err != nil {
			return err
		}
		id := row.Refund.ID
		if !t.mind.due(id, t.Clock.Passed()) || !t.mind.hold(id) {
			continue
		}
		t.mind.askLater(id, t.Clock.Passed())
		learnt, err := t.askRefund(work, row)
		t.mind.release(id)
		if err != nil {
			t.log().WarnContext(ctx, "open refund stays open", "refund", id, "err", err)
			continue
		}
		t.log().InfoContext(ctx, "refund asked about", "refund", id, "status", learnt.Outcome.Status)
		if s := learnt.Outcome.Status; s == pay.RefundManual || s == pay.RefundFailed {
			t.mind.gaveUp(learnt)
		}
	}
	return nil
}
