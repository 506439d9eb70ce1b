package cloudpay

import (
	"context"
	"errors"
	"fmt"

	"cpos/engine/pay"
	"cpos/engine/words"
)

// PrepareRefund fixes the text of a refund of one order, wholly or in part. What has been refunded before
// is the book's to know; here the refund alone must not exceed the order.
func (g *Gateway) PrepareRefund(o pay.Order, r pay.Refund) (pay.Request, error) {
	err := errors.Join(pay.ValidNumber(o.ID), pay.ValidNumber(r.ID), checkAmount(o.Amount), checkAmount(r.Amount),
		g.checkPlace(o))
	if err == nil && r.Amount > o.Amount {
		err = words.Fail(pay.ErrMoneyRange, "gateway.amount", "amount", r.Amount, "most", o.Amount)
	}
	if err == nil && r.Order != "" && r.Order != o.ID {
		err = ErrOtherRequest
	}
	if err != nil {
		return pay.Request{}, fmt.Errorf("prepare refund %q: %w", r.ID, err)
	}
	text, err := content(refundRequest{
		Key: g.key(o),
		Content: refundContent{
			Order:    o.ID,
			Number:   r.ID,
			Total:    int64(o.Amount),
			Fee:      int64(r.Amount),
			Currency: currency,
			Reason:   cut(r.Reason, maxReason),
		},
		Client: g.client(o, r.Clerk),
		Nonce:  g.env.Nonce(),
	})
	return pay.Request{Number: r.ID, Content: text}, err
}

// Refund sends a prepared refund. That the service took it comes back as RefundAccepted; only a state that
// says so is RefundDone.
func (g *Gateway) Refund(ctx context.Context, o pay.Order, r pay.Refund, q pay.Request) (pay.RefundOutcome, error) {
	if err := checkRequest(q, r.ID, r.Digest); err != nil {
		return g.refundFailed(answer{}, problem(pay.ErrNotSent, callRefund, err))
	}
	a, err := g.do(ctx, call{callRefund, q.Content, g.refundKey, g.payLimit})
	if err != nil {
		return g.refundFailed(a, err)
	}
	return g.readRefund(o, r, a, callRefund)
}

// QueryRefund asks about a refund. The number is always sent: what an empty one means is told in two ways.
func (g *Gateway) QueryRefund(ctx context.Context, o pay.Order, r pay.Refund) (pay.RefundOutcome, error) {
	text, err := content(orderRequest{
		Key: g.key(o), Client: g.client(o, r.Clerk), Number: o.ID, Refund: r.ID, Nonce: g.env.Nonce(),
	})
	if err != nil {
		return g.refundFailed(answer{}, problem(pay.ErrNotSent, callQueryRefund, err))
	}
	a, err := g.do(ctx, call{callQueryRefund, text, nil, g.queryLimit})
	if err != nil {
		return g.refundFailed(a, err)
	}
	return g.readRefund(o, r, a, callQueryRefund)
}

// readRefund turns an authentic answer into an outcome.
func (g *Gateway) readRefund(o pay.Order, r pay.Refund, a answer, name string) (pay.RefundOutcome, error) {
	if a.Status != statusOK {
		return g.refundRefused(a, name), nil
	}
	back, err := g.refundsOf(o, a, name)
	if err != nil {
		return g.refundFailed(a, problem(kindOfCheck(err), name, err))
	}
	out := pay.RefundOutcome{LogID: uint64(a.LogID), At: g.env.Now()}
	c, found := back.find(r.ID, name)
	if !found {
		if name == callRefund {
			out.Status = pay.RefundAccepted // the call worked, and that is all a refund's status 0 promises
			return out, nil
		}
		out.Why = pay.WhyNotFound
		return out, nil
	}
	if err := g.checkRefund(o, r, back.Key, c); err != nil {
		return g.refundFailed(a, problem(kindOfCheck(err), name, err))
	}
	m := c.meaning()
	out.Status, out.Why, out.Trade = m.status, m.why, c.Trade
	if m.status == pay.RefundDone {
		out.At = g.at(c.Done, c.Updated)
	}
	return out, nil
}

// refundsOf reads the refunds in an answer, all of which must be of that order. An answer without the object
// of its interface answers something else.
func (g *Gateway) refundsOf(o pay.Order, a answer, name string) (refundAnswer, error) {
	var back *refundAnswer
	if err := a.member(name, &back); err != nil {
		return refundAnswer{}, err
	}
	if back == nil {
		return refundAnswer{}, fmt.Errorf("%w: no %s in it", errGarbled, name)
	}
	for _, c := range back.Orders {
		if err := same("out_trade_no", o.ID, c.Order); err != nil {
			return *back, err
		}
	}
	return *back, nil
}

// find picks the refund of that number. A query may list all refunds of the order; the refund call speaks
// of one, and one of another number is then a contradiction to be found by the check.
func (a refundAnswer) find(number, name string) (refundOrder, bool) {
	for _, c := range a.Orders {
		if c.Number == number {
			return c, true
		}
	}
	if name == callRefund && len(a.Orders) > 0 {
		return a.Orders[0], true
	}
	return refundOrder{}, false
}

// refundRefused reads every status but 0. A 104 of the refund call is the one verdict: the sum is free.
func (g *Gateway) refundRefused(a answer, name string) pay.RefundOutcome {
	out := pay.RefundOutcome{Why: whyOfStatus(a, name), Text: a.Text, LogID: uint64(a.LogID), At: g.env.Now()}
	if name == callRefund && a.Status == statusFailed && out.Why != pay.WhyReentry {
		out.Status = pay.RefundFailed
	}
	return out
}

func (g *Gateway) refundFailed(a answer, err error) (pay.RefundOutcome, error) {
	return pay.RefundOutcome{Why: whyOf(err), Text: a.Text, LogID: uint64(a.LogID), At: g.env.Now()}, err
}
