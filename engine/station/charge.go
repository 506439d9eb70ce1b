package station

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cpos/engine/fault"
	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// payment is one charge on its way.
type payment struct {
	*Teller
	row     ledger.OrderRow // as the book last gave it
	sent    time.Duration
	noWait  bool
	last    pay.Outcome // what the last question told, where it was answered
	refused pay.Outcome // what the service said against the request without deciding about the order
	stopped bool        // the till halts over this order: nothing may be asked and shown any more
	tell    func(pay.Outcome)
}

// Charge makes one payment, from intention to outcome, and follows it while the customer stands there.
// progress, which may be nil, is told each outcome that is not final. The error is nil whenever
// something may have been sent: the row's status says what is known, Unknown and Pending included. An
// error means that nothing was sent (the book's, the driver's, a *Twin) or that ctx ended or a fault point
// stopped it; the row then holds what is known all the same, and FollowOpen asks on.
func (t *Teller) Charge(ctx context.Context, c Charge, progress func(pay.Outcome)) (ledger.OrderRow, error) {
	if progress == nil {
		progress = func(pay.Outcome) {}
	}
	o, err := t.newOrder(c)
	if err != nil {
		return ledger.OrderRow{}, err
	}
	if !t.mind.hold(o.ID) {
		return ledger.OrderRow{}, fmt.Errorf("charge %s: %w", o.ID, ledger.ErrNumber)
	}
	defer t.mind.release(o.ID)
	q, err := t.Gateway.Prepare(o, c.Code)
	if err != nil {
		return ledger.OrderRow{}, err
	}
	o.Digest = q.Digest()
	if err := t.intend(ctx, o, q, c); err != nil {
		return ledger.OrderRow{}, err
	}
	t.logIntended(ctx, o, c.Code)
	p := &payment{Teller: t, row: ledger.OrderRow{Order: o}, noWait: c.NoWait, tell: progress}
	if err := t.Points.Hit(fault.Intended); err != nil {
		return p.row, err
	}
	work, done := outlasting(ctx)
	defer done()
	err = p.carry(ctx, work, q)
	t.logEnd(ctx, p.row)
	return p.row, err
}

// The customer waits for the two lines of a charge, so they hold texts already: what else a line may hold goes
// through encoding/json, which takes longer than all the rest of it.

func (t *Teller) logIntended(ctx context.Context, o pay.Order, c pay.Code) {
	t.log().LogAttrs(ctx, slog.LevelInfo, "order intended", slog.String("order", o.ID), slog.String("amount", o.Amount.String()),
		slog.String("tender", o.Tender.String()), slog.String("code", c.String()))
}

func (t *Teller) logEnd(ctx context.Context, row ledger.OrderRow) {
	t.log().LogAttrs(ctx, slog.LevelInfo, "charge ends", slog.String("order", row.Order.ID),
		slog.String("status", row.Outcome.Status.String()), slog.String("why", string(row.Outcome.Why)))
}

// intend writes the intention down, unless the sale looks like an earlier one.
func (t *Teller) intend(ctx context.Context, o pay.Order, q pay.Request, c Charge) error {
	t.intending.Lock()
	defer t.intending.Unlock()
	if err := t.once(ctx, c); err != nil {
		return err
	}
	if err := t.Book.Intend(ctx, o, q); err != nil {
		return err
	}
	t.codes.used(c.Code, o.ID, t.Clock.Passed(), t.Rules.Twice)
	return nil
}

// newOrder fixes who pays what where.
func (t *Teller) newOrder(c Charge) (pay.Order, error) {
	now := t.Clock.Now()
	if c.ID == "" {
		id, err := t.Book.NewOrderID(now)
		if err != nil {
			return pay.Order{}, err
		}
		c.ID = id
	}
	o := pay.Order{ID: c.ID, Store: t.Till.Store.ID, Device: t.Till.Device, Clerk: t.Clerk(), Tender: c.Code.Tender(),
		Amount: c.Amount, Serial: c.Serial, Remark: c.Remark, Source: c.Source, At: now}
	return o, t.Points.Hit(fault.Numbered)
}

// carry sends the request and asks on until the fate is in the book or the customer has waited enough.
// ctx bounds the waiting, work the calls and what they leave in the book.
func (p *payment) carry(ctx, work context.Context, q pay.Request) error {
	if err := ctx.Err(); err != nil {
		p.keep(work, pay.Outcome{Status: pay.Closed, Why: pay.WhyNotSent, At: p.Clock.Now()})
		return err
	}
	p.sent = p.Clock.Passed()
	p.mind.watch(p.row.Order.ID, p.sent)
	out, err := p.Gateway.Pay(work, p.row.Order, q)
	if err := p.Points.Hit(fault.Sent); err != nil {
		return err
	}
	if err := p.answered(work, out, err); err != nil || p.noWait || p.over() {
		return err
	}
	if err := p.poll(ctx, work); err != nil || p.over() || !p.mayReverse() {
		return err
	}
	return p.reverse(ctx, work)
}

// poll asks until the fate is in the book or the customer has waited enough. Once a question was lost the
// road is felt for first: a ping tells soon that it is open again, where a question would wait long for
// nothing.
func (p *payment) poll(ctx, work context.Context) error {
	until := p.sent + p.Rules.PollFor
	for wait := p.firstWait(); p.Clock.Passed()+wait < until; wait = p.Rules.PollEvery {
		if err := p.Clock.Sleep(ctx, wait); err != nil {
			return err
		}
		if p.mind.lost() && !p.reachable(work) {
			continue
		}
		out, err := p.Gateway.Query(work, p.row.Order)
		if err := p.asked(work, out, err); err != nil || p.over() {
			return err
		}
	}
	return nil
}

// over says that there is nothing more to ask in this charge.
func (p *payment) over() bool { return p.stopped || p.row.Outcome.Status.Final() }

// firstWait is the time between the payment's answer and the first query. A lost answer and a refusal are
// asked about at once; a customer who types a password is given time.
func (p *payment) firstWait() time.Duration {
	switch {
	case p.row.Outcome.Why == pay.WhyBusy:
		return busyWait
	case p.row.Outcome.Status == pay.Pending:
		return p.Rules.PollEvery
	}
	return 0
}

// answered takes what the payment call told.
func (p *payment) answered(ctx context.Context, out pay.Outcome, err error) error {
	out = p.heard(out, err)
	switch {
	case errors.Is(err, pay.ErrNotSent):
		// Nothing was sent before this call either, so the order never comes into being.
		out.Status, out.Why = pay.Closed, pay.WhyNotSent
	case stopping(out.Why) != "":
		return p.giveUp(ctx, out)
	case out.Status == pay.Unknown && refuses(out.Why):
		p.refused = out
	}
	return p.record(ctx, out, func() (ledger.OrderRow, error) { return p.settle(ctx, p.row.Order, out) })
}

// refuses says that the service would not take the request, without a verdict about the order: such an
// answer may be unsigned or be about a number that is in use, so a query has to confirm it.
func refuses(w pay.Why) bool {
	return w == pay.WhyNumberUsed || w == pay.WhyRefused || w == pay.WhyMismatch || w == pay.WhyAuthKey
}

// asked takes what a query told.
func (p *payment) asked(ctx context.Context, out pay.Outcome, err error) error {
	out = p.heard(out, err)
	p.last = out
	if err != nil {
		p.last = pay.Outcome{}
	}
	switch {
	case stopping(out.Why) != "":
		return p.giveUp(ctx, out)
	case p.refused.Why != pay.WhyNone && p.confirms(out):
		declined := p.refused
		declined.Status = pay.Declined
		return p.record(ctx, declined, func() (ledger.OrderRow, error) { return p.settle(ctx, p.row.Order, declined) })
	case p.refused.Why == pay.WhyNumberUsed && out.Status != pay.Unknown:
		// The service would not take the number and yet has a payment under it: somebody else's.
		out.Why = pay.WhyReentry
		return p.giveUp(ctx, out)
	}
	return p.record(ctx, out, func() (ledger.OrderRow, error) { return p.learn(ctx, p.row, out) })
}

// confirms says that a query bears out that the payment was refused: the service has no such order, has
// one that came to nothing, or will not have this till's key for the query either. Any other refusal of the
// query is as unsigned as that of the payment and bears out nothing.
func (p *payment) confirms(out pay.Outcome) bool {
	switch out.Status {
	case pay.Unknown:
		return out.Why == pay.WhyNotFound || out.Why == pay.WhyAuthKey && p.refused.Why == pay.WhyAuthKey
	case pay.Declined, pay.Closed:
		return true
	}
	return false
}

// giveUp ends the charge and halts the till.
func (p *payment) giveUp(ctx context.Context, out pay.Outcome) error {
	p.stopped = true
	out.Status = pay.Unknown
	return p.record(ctx, out, func() (ledger.OrderRow, error) { return p.stop(ctx, p.row, out, stopping(out.Why)) })
}

// record puts an outcome into the book by write and tells of it. When the book cannot be written the
// payment goes on as if nothing had been heard: what is not on disk is not known, and the next query
// brings it again. The error is a fault point's.
func (p *payment) record(ctx context.Context, out pay.Outcome, write func() (ledger.OrderRow, error)) error {
	if err := p.Points.Hit(fault.Answered); err != nil {
		return err
	}
	row, err := write()
	if err != nil {
		p.log().ErrorContext(ctx, "outcome not recorded", "order", p.row.Order.ID, "err", err)
	} else {
		p.row = row
	}
	if err := p.Points.Hit(fault.Settled); err != nil {
		return err
	}
	if !p.row.Outcome.Status.Final() {
		out.Status = p.row.Outcome.Status
		p.tell(out)
	}
	return nil
}

// keep records an outcome outside the story of the answers.
func (p *payment) keep(ctx context.Context, out pay.Outcome) {
	row, err := p.settle(ctx, p.row.Order, out)
	if err != nil {
		p.log().ErrorContext(ctx, "outcome not recorded", "order", p.row.Order.ID, "err", err)
		return
	}
	p.row = row
}
