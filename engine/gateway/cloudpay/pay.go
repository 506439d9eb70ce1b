package cloudpay

import (
	"context"
	"errors"
	"fmt"

	"cpos/engine/pay"
	"cpos/engine/words"
)

// Interfaces, which are also the last part of the address and, but for the lists, the name of the object
// in the answer.
const (
	callMicroPay    = "micro_pay"
	callQueryOrder  = "query_order"
	callReverse     = "reverse"
	callRefund      = "refund"
	callQueryRefund = "query_refund_order"
	callOrderDetail = "client_order_detail"
	callShops       = "query_sub_mch_shop_info"
	callPrefixes    = "query_identity_mapping"
	callPing        = "ping"
)

// Errors of Prepare and PrepareRefund. They are mistakes of the caller or of the person at the till; the
// first three are pay's.
var (
	// ErrNotOurCode says that the code is none of a platform that Cloud Pay takes, or of another one than
	// the order's.
	ErrNotOurCode = errors.New("not a payment code for this order")
	// ErrOtherRequest says that a request was handed in that belongs to another order or refund.
	ErrOtherRequest = errors.New("request belongs to another order")
)

// Prepare fixes the text of a payment: body, machine and a nonce are chosen now and stay.
func (g *Gateway) Prepare(o pay.Order, c pay.Code) (pay.Request, error) {
	if o.Tender == pay.TenderUnknown {
		o.Tender = c.Tender()
	}
	if err := errors.Join(pay.ValidNumber(o.ID), checkAmount(o.Amount), g.checkPlace(o)); err != nil {
		return pay.Request{}, fmt.Errorf("prepare order %q: %w", o.ID, err)
	}
	if platformOf(o.Tender) == 0 || c.Tender() != o.Tender {
		return pay.Request{}, fmt.Errorf("prepare order %q: %w", o.ID, ErrNotOurCode)
	}
	text, err := content(microPayRequest{
		Key: g.key(o),
		Content: payContent{
			Number:   o.ID,
			Code:     c.Reveal(),
			Total:    int64(o.Amount),
			Currency: currency,
			Body:     cut(g.body, maxBody),
			Serial:   cut(o.Serial, maxSerial),
			Remark:   cut(o.Remark, maxRemark),
		},
		Client: g.client(o, o.Clerk),
		Nonce:  g.env.Nonce(),
	})
	return pay.Request{Number: o.ID, Content: text}, err
}

// Pay sends a prepared payment in a fresh envelope. An answer that the customer has stopped comes back
// as Pending once: the service wants that confirmed by a query before it is final.
func (g *Gateway) Pay(ctx context.Context, o pay.Order, r pay.Request) (pay.Outcome, error) {
	if err := checkRequest(r, o.ID, o.Digest); err != nil {
		return g.failed(answer{}, problem(pay.ErrNotSent, callMicroPay, err))
	}
	a, err := g.do(ctx, call{callMicroPay, r.Content, nil, g.payLimit})
	if err != nil {
		return g.failed(a, err)
	}
	out, err := g.readOrder(o, a, callMicroPay)
	if a.Status == statusOK && out.Why == pay.WhyCustomerStopped {
		out.Status = pay.Pending
	}
	return out, err
}

// Query asks about an order.
func (g *Gateway) Query(ctx context.Context, o pay.Order) (pay.Outcome, error) {
	text, err := content(orderRequest{
		Key: g.key(o), Client: g.client(o, o.Clerk), Number: o.ID, TradeType: tradeMicroPay, Nonce: g.env.Nonce(),
	})
	if err != nil {
		return g.failed(answer{}, problem(pay.ErrNotSent, callQueryOrder, err))
	}
	a, err := g.do(ctx, call{callQueryOrder, text, nil, g.queryLimit})
	if err != nil {
		return g.failed(a, err)
	}
	return g.readOrder(o, a, callQueryOrder)
}

// Cancel reverses a payment where the option reverse is on. Status 0 says only that the service will do
// it, so the outcome is Unknown with WhyReversed until a query says Closed.
func (g *Gateway) Cancel(ctx context.Context, o pay.Order) (pay.Outcome, error) {
	if !g.reverse {
		return g.failed(answer{}, problem(pay.ErrNotAllowed, callReverse, nil))
	}
	text, err := content(orderRequest{Key: g.key(o), Client: g.client(o, o.Clerk), Number: o.ID, Nonce: g.env.Nonce()})
	if err != nil {
		return g.failed(answer{}, problem(pay.ErrNotSent, callReverse, err))
	}
	a, err := g.do(ctx, call{callReverse, text, g.refundKey, g.payLimit})
	if err != nil {
		return g.failed(a, err)
	}
	out := g.refused(a, callReverse)
	if a.Status == statusOK {
		out.Why = pay.WhyReversed
	}
	return out, nil
}

// readOrder turns an authentic answer of micro_pay or query_order into an outcome.
func (g *Gateway) readOrder(o pay.Order, a answer, name string) (pay.Outcome, error) {
	if a.Status != statusOK {
		return g.refused(a, name), nil
	}
	var back orderAnswer
	if err := a.member(name, &back); err != nil {
		return g.failed(a, problem(pay.ErrNoAnswer, name, err))
	}
	if back.Order == nil {
		return g.failed(a, problem(pay.ErrNoAnswer, name, fmt.Errorf("%w: no order in it", errGarbled)))
	}
	g.newer(back.Order)
	if err := g.checkOrder(o, back); err != nil {
		return g.failed(a, problem(kindOfCheck(err), name, err))
	}
	c := back.Order
	m := c.meaning()
	out := pay.Outcome{Status: m.status, Why: m.why, Trade: c.Trade, Text: c.text(), LogID: uint64(a.LogID), At: g.env.Now()}
	if m.status == pay.Paid {
		out.Net, out.At = c.net(), g.at(c.TimeEnd)
	}
	return out, nil
}

// refused reads every status but 0. Only 104 on the payment itself is a verdict; everywhere else the call
// failed and the order is as unknown as it was.
func (g *Gateway) refused(a answer, name string) pay.Outcome {
	out := pay.Outcome{Status: pay.Unknown, Why: whyOfStatus(a, name), Text: a.Text, LogID: uint64(a.LogID), At: g.env.Now()}
	if name == callMicroPay && a.Status == statusFailed && out.Why != pay.WhyReentry {
		out.Status = pay.Declined
	}
	return out
}

// whyOfStatus reads a status other than 0. The re-entry guard is looked at before the text of a 104: to
// undo such an order would give an earlier, genuine payment back.
func whyOfStatus(a answer, name string) pay.Why {
	switch a.Status {
	case statusOK:
		return pay.WhyNone
	case statusInternal, statusLater:
		return pay.WhyBusy
	case statusNewNo:
		if asks(name) && saysNotFound(a.Text) {
			return pay.WhyNotFound
		}
		return pay.WhyNumberUsed
	case statusFailed:
		switch {
		case a.Internal == internalReentry:
			return pay.WhyReentry
		case asks(name) && saysNotFound(a.Text):
			return pay.WhyNotFound
		}
		return whyRefused(a.Text)
	}
	return pay.WhyRefused
}

// asks says that the interface only asks and moves no money.
func asks(name string) bool { return name == callQueryOrder || name == callQueryRefund }

// failed is an outcome of a call that ended in an error: unknown, with what was learned.
func (g *Gateway) failed(a answer, err error) (pay.Outcome, error) {
	out := pay.Outcome{Why: whyOf(err), Text: a.Text, LogID: uint64(a.LogID), At: g.env.Now()}
	if errors.Is(err, pay.ErrNotAllowed) {
		out.Why = pay.WhyNone
	}
	return out, err
}

// kindOfCheck tells an answer about something else from one that lacks what is needed to believe it.
func kindOfCheck(err error) error {
	if errors.Is(err, errGarbled) {
		return pay.ErrNoAnswer
	}
	return pay.ErrContradiction
}

// text is the sentence for the cashier. A plain "call succeeded" of the envelope says nothing to them.
func (c orderContent) text() string {
	if c.WeChat == nil {
		return ""
	}
	return sentence(c.WeChat.Desc)
}

// net is what the merchant will be settled for, when told, else what the customer paid in money: a coupon
// may lower both without the order being less paid.
func (c orderContent) net() pay.Money {
	for _, n := range []*number{c.Settlement, c.Cash} {
		if n != nil {
			return pay.Money(*n)
		}
	}
	return 0
}

// checkAmount guards what the service would cut to 32 bits.
func checkAmount(m pay.Money) error {
	if m <= 0 || m > pay.MaxCharge {
		return words.Fail(pay.ErrMoneyRange, "gateway.amount", "amount", m, "most", pay.MaxCharge)
	}
	return nil
}

var errNoPlace = errors.New("store or device is not set")

func (g *Gateway) checkPlace(o pay.Order) error {
	if or(o.Store, g.env.Store) == "" || or(o.Device, g.env.Device) == "" {
		return errNoPlace
	}
	return nil
}

// checkRequest refuses a request that is not the one the book holds for this number.
func checkRequest(r pay.Request, number string, digest pay.Digest) error {
	if r.Number != number || len(r.Content) == 0 || (digest != pay.Digest{} && digest != r.Digest()) {
		return ErrOtherRequest
	}
	return nil
}
