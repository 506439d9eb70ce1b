package station

import (
	"context"

	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/script"
	"cpos/engine/words"
)

// StatusNotSent is what a script is told of a payment that was refused before anything was sent.
const StatusNotSent = "not_sent"

// fail lets a failure stand, and presses its keys where the script has some.
func (s State) fail() (State, []Effect) {
	if !s.Rules.Hooks.Failure {
		return s, []Effect{Wait{Turn: s.Turn}}
	}
	s.Played = false
	return s, []Effect{s.failKeys(keys.Mark{}), Wait{Turn: s.Turn}}
}

func (s State) failKeys(from keys.Mark) Effect {
	return Fail{Turn: s.Turn, Trigger: s.Trigger, Code: s.Code, Amount: s.Amount, Row: s.Row, From: from}
}

// alarm makes the script's noise about a result that is not known.
func (s State) alarm(row ledger.OrderRow, trigger string) []Effect {
	if !s.Rules.Hooks.Unknown {
		return nil
	}
	return []Effect{Alarm{Trigger: trigger, Row: row}}
}

// refunded presses the keys after a refund as soon as no sale is open: its keys and a sale's must not mix.
func (s State) refunded(b Givenback) (State, []Effect) {
	if !s.Rules.Hooks.Refund {
		return s, nil
	}
	return s.told(News{Text: words.T("station.refund.taken", "number", b.Refund.Refund.ID, "amount", b.Refund.Refund.Amount), Back: &b})
}

// returnKeys presses them.
func (s State) returnKeys(b Givenback) (State, []Effect) {
	s.Back, s.Played = b, false
	return s, []Effect{Return{Turn: s.Turn, Back: b}, Wait{Turn: s.Turn}}
}

// playOn lets the keys about a finished sale or refund go on where they stopped.
func (s State) playOn(from keys.Mark) (State, []Effect) {
	s.Stuck, s.Step, s.Played, s.Stays = keys.Mark{}, words.Text{}, false, false
	effect := s.failKeys(from)
	switch s.Show {
	case ShowPaid:
		s.Note = words.Text{}
		effect = Finish{Turn: s.Turn, Trigger: s.Trigger, Row: s.Row, From: from}
	case ShowNotice:
		effect = Return{Turn: s.Turn, Back: s.Back, From: from}
	}
	return s, []Effect{effect, Wait{Turn: s.Turn}}
}

// failed asks the script what to press after a payment that has not succeeded, and presses it.
func (s *Station) failed(ctx context.Context, f Fail) *Stop {
	tender := f.Code.Tender()
	if f.Row.Order.ID != "" {
		tender = f.Row.Order.Tender
	}
	return s.play(ctx, f.From, func(ctx context.Context) (keys.Plan, error) {
		c := s.context(f.Trigger, tender)
		c.Amount, c.Serial = f.Amount, f.Row.Order.Serial
		r := s.result(f.Row)
		if r.OrderID == "" {
			r.Method, r.Status, r.Amount, r.At = c.Kind, StatusNotSent, f.Amount, s.parts.Teller.Clock.Now()
		}
		return s.parts.Hooks.PostFailure(ctx, c, r)
	})
}

// alarm plays what the script gives for a result that is not known. It is only noise: the window says all
// that matters.
func (s *Station) alarm(ctx context.Context, f Alarm) {
	limited, cancel := context.WithTimeout(ctx, hookLimit)
	defer cancel()
	plan, err := s.parts.Hooks.OnUnknown(limited, s.contextOf(f.Trigger, f.Row.Order), s.result(f.Row))
	if err == nil && len(plan) > 0 {
		err = s.parts.Play(ctx, plan)
	}
	if err != nil {
		s.parts.Teller.Log.Warn("hook", "name", "on_unknown", "error", err)
	}
}

// returned asks the script what to press after a refund, and presses it.
func (s *Station) returned(ctx context.Context, f Return) *Stop {
	o, r := f.Back.Order.Order, f.Back.Refund
	return s.play(ctx, f.From, func(ctx context.Context) (keys.Plan, error) {
		return s.parts.Hooks.PostRefund(ctx, s.contextOf("", o), script.Giveback{
			ID: r.Refund.ID, OrderID: o.ID, Method: o.Tender.String(), Status: r.Outcome.Status.String(),
			Amount: r.Refund.Amount, Paid: o.Amount, Reason: r.Refund.Reason, At: r.Outcome.At,
		})
	})
}

// contextOf is what a hook knows about an order.
func (s *Station) contextOf(trigger string, o pay.Order) script.Context {
	c := s.context(trigger, o.Tender)
	c.Serial, c.Amount = o.Serial, o.Amount
	return c
}

// result is what a hook is told of an order.
func (s *Station) result(row ledger.OrderRow) script.Result {
	o := row.Order
	return script.Result{OrderID: o.ID, Method: o.Tender.String(), Status: row.Outcome.Status.String(),
		Amount: o.Amount, Trade: row.Outcome.Trade, At: row.Outcome.At}
}

// Refunded tells of a refund that the service has taken, for the keys after it. Refunds come through commands;
// the engine's owner calls this.
func (s *Station) Refunded(order ledger.OrderRow, r ledger.RefundRow) {
	if s.parts.Rules.Hooks.Refund {
		s.tell(Refunded{Givenback{order, r}})
	}
}
