package station

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// Times of undoing a payment.
const (
	// reverseAfter is the least time between a payment and its reversal (WeChat's rule for code payments).
	reverseAfter = 15 * time.Second
	// reverseFor is how long the customer is kept waiting for the end of a reversal; then it is followed.
	reverseFor = 30 * time.Second
)

// undoing says that a reversal of an order is under way. Until it is answered, nothing that the service
// says of the order is its end: a reversal that arrives late gives even a paid order back.
func undoing(row ledger.OrderRow) bool {
	return row.Outcome.Status == pay.Unknown && (row.Outcome.Why == pay.WhyReversing || row.Outcome.Why == pay.WhyReversed)
}

// wasReversed says that a reversal of an order was ever sent, whatever was answered.
func (t *Teller) wasReversed(ctx context.Context, row ledger.OrderRow) bool {
	facts, err := t.Book.History(ctx, row.Order.ID)
	return err == nil && slices.ContainsFunc(facts, func(f ledger.Fact) bool { return f.Kind == ledger.KindReversal })
}

// mayReverse says that the profile wants an unfinished payment undone and that this one may be: the last
// question was answered and told no fate, and nothing was ever said against the request, for then its
// number may be that of an earlier, genuine payment.
func (p *payment) mayReverse() bool {
	unfinished := p.last.Status == pay.Pending || p.last.Why == pay.WhyBusy
	return p.Rules.Reverse && unfinished && !p.stopped && p.refused.Why == pay.WhyNone
}

// reverse undoes the payment and stays with it for a while. It is written down first, and repeated until
// it is answered, also after a restart.
func (p *payment) reverse(ctx, work context.Context) error {
	if err := p.Clock.Sleep(ctx, max(0, p.sent+reverseAfter-p.Clock.Passed())); err != nil {
		return err
	}
	row, err := p.Book.Reverse(work, p.row.Order.ID)
	if err != nil {
		p.log().ErrorContext(ctx, "payment not reversed", "order", p.row.Order.ID, "err", err)
		return nil
	}
	p.row = row
	p.log().WarnContext(ctx, "payment is reversed", "order", row.Order.ID)
	p.tell(row.Outcome)
	for until := p.Clock.Passed() + reverseFor; ; {
		row, err := p.undo(work, p.row)
		if err != nil {
			p.log().WarnContext(ctx, "reversal not finished", "order", row.Order.ID, "err", err)
		}
		p.row = row
		if p.over() || p.Clock.Passed()+p.Rules.PollEvery >= until {
			return nil
		}
		if err := p.Clock.Sleep(ctx, p.Rules.PollEvery); err != nil {
			return err
		}
	}
}

// undo takes a reversal one step on: it is sent until it is answered, and then the order is asked about
// until it has come to nothing.
func (t *Teller) undo(ctx context.Context, row ledger.OrderRow) (ledger.OrderRow, error) {
	if row.Outcome.Why == pay.WhyReversing {
		answered, err := t.sendReversal(ctx, row)
		if err != nil || answered.Outcome.Why == pay.WhyReversing {
			return answered, err
		}
		row = answered
	}
	if !undoing(row) { // it was refused: the order has the fate that the service tells
		return t.askOrder(ctx, row)
	}
	out, err := t.Gateway.Query(ctx, row.Order)
	out = t.heard(out, err)
	if err == nil && out.Status == pay.Paid && out.Why == pay.WhyTurnedRefund {
		// A platform without a state of its own for it tells a payment that was undone after it had come
		// through as one that was given back.
		out.Status, out.Why = pay.Closed, pay.WhyReversed
	}
	switch {
	case err != nil && stopping(out.Why) == "":
		return row, fmt.Errorf("ask about reversed order %s: %w", row.Order.ID, err)
	case stopping(out.Why) != "" || out.Status == pay.Closed || out.Status == pay.Declined:
		return t.learn(ctx, row, out)
	}
	return row, nil
}

// sendReversal asks the service to undo an order. Only an authentic answer counts as one.
func (t *Teller) sendReversal(ctx context.Context, row ledger.OrderRow) (ledger.OrderRow, error) {
	out, err := t.Gateway.Cancel(ctx, row.Order)
	out = t.heard(out, err)
	switch {
	case stopping(out.Why) != "":
		return t.stop(ctx, row, out, stopping(out.Why))
	case err != nil:
		return row, fmt.Errorf("reverse order %s: %w", row.Order.ID, err)
	case out.Why == pay.WhyBusy:
		return row, nil
	}
	out.Status = pay.Unknown
	return t.settle(ctx, row.Order, out)
}

// Evidence records that who has seen the payment of an order at the service, under that transaction number.
// The service is asked first, and its signed answer comes before any person's word: then the error wraps
// ledger.ErrFinal and the row holds that answer. A word taken is held against the answer that comes later.
func (t *Teller) Evidence(ctx context.Context, order, transaction, who, reason string) (ledger.OrderRow, error) {
	if !t.mind.hold(order) {
		return ledger.OrderRow{}, fmt.Errorf("evidence for order %s, which is being charged: %w", order, ledger.ErrOpen)
	}
	defer t.mind.release(order)
	row, err := t.Book.Order(ctx, order)
	if err != nil {
		return row, err
	}
	work, done := outlasting(ctx)
	defer done()
	if !row.Outcome.Status.Final() && row.Outcome.Why != pay.WhyReentry {
		if asked, err := t.askOrder(work, row); err == nil {
			row = asked
		}
	}
	if row.Outcome.Status.Final() || undoing(row) {
		return row, fmt.Errorf("evidence for order %s: %w", order, ledger.ErrFinal)
	}
	taken, err := t.Book.Evidence(work, order, transaction, who, reason)
	if err != nil {
		return row, err
	}
	t.log().WarnContext(ctx, "order taken as paid on evidence", "order", order, "transaction", transaction, "who", who)
	return taken, nil
}

// bearOut holds a signed answer against a person's word. The answer wins, and never silently: where the two
// differ the till halts.
func (t *Teller) bearOut(ctx context.Context, row ledger.OrderRow, out pay.Outcome) (ledger.OrderRow, error) {
	out = t.believed(row.Order.ID, out)
	if !out.Status.Final() {
		return row, nil
	}
	d := ledger.Difference{Code: ledger.EvidenceOff, Number: row.Order.ID, Ours: row.Order.Amount,
		State: row.Outcome.Status.String() + "/" + out.Status.String()}
	differs := out.Status != pay.Paid
	if out.Status == pay.Paid {
		d.Theirs, d.State = row.Order.Amount, row.Outcome.Trade+"/"+out.Trade
		differs = out.Trade != "" && out.Trade != row.Outcome.Trade
	}
	settled, err := t.settle(ctx, row.Order, out)
	if err != nil || !differs {
		return settled, err
	}
	return settled, t.halt(ctx, d)
}
