package station

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// Times of moving money.
const (
	// busyWait is how long the service asks to be left alone when it is busy (Cloud Pay, statuses 3 and 103).
	busyWait = 3 * time.Second
	// outlast is what a call in flight gets when its caller goes, so that its outcome still reaches the book.
	outlast = 10 * time.Second
)

func (t *Teller) log() *slog.Logger {
	if t.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return t.Log
}

// outlasting gives a context that lives on for a while when ctx ends.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(outlast, cancel) })
	return work, func() { stop(); cancel() }
}

// whyOf names the error of a call.
func whyOf(err error) pay.Why {
	switch {
	case errors.Is(err, pay.ErrContradiction):
		return pay.WhyContradiction
	case errors.Is(err, pay.ErrForged):
		return pay.WhyForged
	case errors.Is(err, pay.ErrAuthKey):
		return pay.WhyAuthKey
	case errors.Is(err, pay.ErrSignKey):
		return pay.WhySignKey
	case errors.Is(err, pay.ErrNotSent):
		return pay.WhyNotSent
	}
	return pay.WhyNoAnswer
}

// heard is what a call about an order told. Whatever stands beside an error, it is no verdict.
func (t *Teller) heard(out pay.Outcome, err error) pay.Outcome {
	t.noteRoad(err)
	if err != nil {
		out.Status = pay.Unknown
		if out.Why == pay.WhyNone {
			out.Why = whyOf(err)
		}
	}
	if out.At.IsZero() {
		out.At = t.Clock.Now()
	}
	if out.Why == pay.WhyState {
		t.log().Error("the service tells a state that nobody has heard of; the order stays open", "log_id", out.LogID)
	}
	return out
}

// believed turns "no such order" into Closed once nothing can be on its way any more.
func (t *Teller) believed(number string, out pay.Outcome) pay.Outcome {
	if t.mind.absentTwice(number, t.Clock.Passed(), out.Status == pay.Unknown, out.Why == pay.WhyNotFound) {
		out.Status = pay.Closed
	}
	return out
}

// learn puts into the book what a query told about an order. A query that failed tells nothing of the
// order, and neither does a service that is busy: then the row stays. The error is the book's.
func (t *Teller) learn(ctx context.Context, row ledger.OrderRow, out pay.Outcome) (ledger.OrderRow, error) {
	if code := stopping(out.Why); code != "" {
		return t.stop(ctx, row, out, code)
	}
	if row.OnEvidence() {
		return t.bearOut(ctx, row, out)
	}
	if !row.Outcome.Status.Final() {
		out = t.believed(row.Order.ID, out)
		if out.Status == pay.Paid && out.Why == pay.WhyTurnedRefund && t.wasReversed(ctx, row) {
			// A refusal of the reversal may be unsigned, and untrue: it was undone after all.
			out.Status, out.Why = pay.Closed, pay.WhyReversed
		}
	}
	if out.Status == pay.Unknown && (out.Why != pay.WhyNotFound || row.Outcome.Status != pay.Unknown) {
		return row, nil
	}
	// A platform that calls "closed or refunded" one state cannot take back what it said was paid.
	if row.Outcome.Status == pay.Paid && out.Status == pay.Closed && out.Why == pay.WhyNone && row.Order.Tender == pay.Alipay {
		out.Status, out.Why = pay.Paid, pay.WhyTurnedRefund
	}
	return t.settle(ctx, row.Order, out)
}

// settle records an outcome. One that may not follow what another call has recorded meanwhile is stale
// when it is no verdict; two verdicts of which one says paid cannot both be true and halt the till.
func (t *Teller) settle(ctx context.Context, o pay.Order, out pay.Outcome) (ledger.OrderRow, error) {
	row, err := t.Book.Settle(ctx, o.ID, out)
	if !errors.Is(err, ledger.ErrStatus) {
		if err == nil && row.Done() {
			t.mind.forgetOrder(o.ID)
		}
		return row, err
	}
	if row, err = t.Book.Order(ctx, o.ID); err != nil {
		return row, err
	}
	stands := row.Outcome.Status
	if !out.Status.Final() || stands != pay.Paid && out.Status != pay.Paid {
		return row, nil
	}
	return row, t.halt(ctx, ledger.Difference{Code: ledger.Contradicted, Number: o.ID, Ours: o.Amount,
		Theirs: o.Amount, State: stands.String() + "/" + out.Status.String()})
}

// stopping names the difference behind a cause that halts the till, or is empty.
func stopping(w pay.Why) ledger.DiffCode {
	switch w {
	case pay.WhyReentry:
		return ledger.Reentry
	case pay.WhyContradiction:
		return ledger.Contradicted
	}
	return ""
}

// stop halts the till over an order, whose fate is unknown until a later answer tells it. It is never
// undone: the number may be that of an earlier, genuine payment.
func (t *Teller) stop(ctx context.Context, row ledger.OrderRow, out pay.Outcome, code ledger.DiffCode) (ledger.OrderRow, error) {
	out.Status = pay.Unknown
	halted := t.halt(ctx, ledger.Difference{Code: code, Number: row.Order.ID, Ours: row.Order.Amount})
	// What is being undone stays so: it is followed by that, and an answer about something else ends nothing.
	if row.Outcome.Status.Final() || undoing(row) {
		return row, halted
	}
	settled, err := t.settle(ctx, row.Order, out)
	if err != nil {
		settled = row
	}
	return settled, errors.Join(halted, err)
}

// halt closes the latch over differences that no halt has been recorded for. What a person has seen and
// released does not stop the till again.
func (t *Teller) halt(ctx context.Context, found ...ledger.Difference) error {
	before, err := t.Book.Differences(ctx)
	if err != nil {
		return err
	}
	var fresh []ledger.Difference
	for _, d := range found {
		if !before[d] {
			fresh = append(fresh, d)
			t.log().ErrorContext(ctx, "till halts", "difference", d.Code, "number", d.Number,
				"ours", d.Ours, "theirs", d.Theirs, "state", d.State)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return t.Book.Halt(ctx, t.Clock.Now(), fresh)
}
