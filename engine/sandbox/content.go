package sandbox

import (
	"time"

	"cpos/engine/pay"
)

// Platform numbers of pay_mch_key.
const (
	platformWeChat = 1
	platformAlipay = 2
)

func platformOf(t pay.Tender) int64 {
	if t == pay.Alipay {
		return platformAlipay
	}
	return platformWeChat
}

// tenderOf reads a platform number; the platforms that no scanned code of this service pays with are
// unknown.
func tenderOf(platform int64) pay.Tender {
	switch platform {
	case platformWeChat:
		return pay.WeChat
	case platformAlipay:
		return pay.Alipay
	}
	return pay.TenderUnknown
}

const microPayTrade = 1 // trade_type

// fen is an amount as the wire has it: a number.
type fen int64

type orderContent struct {
	Number     string      `json:"out_trade_no"`
	Trade      string      `json:"transaction_id,omitempty"`
	TradeType  int         `json:"trade_type"`
	PaidAt     int64       `json:"time_end,omitempty"`
	Nonce      string      `json:"nonce_str"`
	Created    int64       `json:"create_time,omitempty"`
	Updated    int64       `json:"last_update_time,omitempty"`
	InProgress bool        `json:"is_transforming"`
	Total      fen         `json:"total_fee,omitempty"`
	Currency   string      `json:"fee_type,omitempty"`
	Cash       *fen        `json:"cash_fee,omitempty"`
	CashType   string      `json:"cash_fee_type,omitempty"`
	Settlement *fen        `json:"settlement_total_fee,omitempty"`
	Refunded   *fen        `json:"refunded_fee,omitempty"` // in the list only
	Body       string      `json:"body,omitempty"`
	Coupons    []coupon    `json:"coupon_infos,omitempty"`
	WeChat     *tradeState `json:"wxpay_order_content_ext,omitempty"`
	Alipay     *tradeState `json:"alipay_order_content_ext,omitempty"`
}

type tradeState struct {
	State int    `json:"current_trade_state"`
	Text  string `json:"trade_state_desc,omitempty"`
}

type coupon struct {
	ID         string `json:"coupon_id"`
	Fee        fen    `json:"coupon_fee"`
	Type       string `json:"coupon_type"`
	Contribute int    `json:"contribute_type"`
}

type refundContent struct {
	Number     string        `json:"out_refund_no"`
	Trade      string        `json:"refund_id"`
	Order      string        `json:"out_trade_no"`
	TradeType  int           `json:"trade_type"`
	Nonce      string        `json:"nonce_str"`
	Created    int64         `json:"create_time"`
	Updated    int64         `json:"last_update_time"`
	InProgress bool          `json:"is_transforming"`
	Total      fen           `json:"total_fee"`
	Amount     fen           `json:"refund_fee"`
	Currency   string        `json:"refund_fee_type"`
	Reason     string        `json:"refund_reason,omitempty"`
	DoneAt     int64         `json:"refund_success_time,omitempty"`
	WeChat     *weChatRefund `json:"wxpay_refund_order_content_ext,omitempty"`
	Alipay     *alipayRefund `json:"alipay_refund_order_content_ext,omitempty"`
}

type weChatRefund struct {
	State   int    `json:"state"`
	Cash    fen    `json:"cash_refund_fee"`
	Channel string `json:"refund_channel"`
}

type alipayRefund struct {
	Status int    `json:"refund_status"`
	Change string `json:"fund_change,omitempty"`
}

// contentOf writes an order as its platform tells it. The payment code is not repeated, for it is not kept.
func contentOf(o *Order, now time.Time) *orderContent {
	c := &orderContent{
		Number: o.Number, TradeType: microPayTrade, Nonce: nonce(),
		Created: o.At.Unix(), Updated: o.Changed.Unix(),
		InProgress: now.Before(o.Until),
		Total:      fen(o.Amount), Currency: "CNY", Body: o.Body,
	}
	if !o.PaidAt.IsZero() {
		cash := fen(o.Cash)
		c.Trade, c.PaidAt = o.Trade, o.PaidAt.Unix()
		c.Cash, c.CashType, c.Settlement = &cash, "CNY", &cash
	}
	if o.Cash < o.Amount {
		c.Coupons = []coupon{{"practice-coupon", fen(o.Amount - o.Cash), "NO_CASH", 1}}
	}
	c.setState(o.Tender, wireState(o), o.Reason)
	return c
}

func (c *orderContent) setState(t pay.Tender, state int, text string) {
	if t == pay.Alipay {
		c.Alipay = &tradeState{State: state} // the Alipay form has no sentence
		return
	}
	c.WeChat = &tradeState{state, text}
}

// wireState numbers a state in its platform's own way: WeChat by the order state table, Alipay by the
// newer of its two tables, where waiting is 4, closed or refunded is 5 and "does not exist" is 7.
func wireState(o *Order) int {
	if o.Tender == pay.Alipay {
		switch {
		case o.State == StatePaying:
			return 4
		case o.State == StatePaid && o.Refunded < o.Amount:
			return 2
		}
		return 5
	}
	switch {
	case o.State == StatePaying:
		return 9
	case o.State == StatePaid && o.Refunded > 0:
		return 4 // "turned into refund", for a part as for the whole
	case o.State == StatePaid:
		return 2
	case o.State == StateStopped:
		return 5
	case o.State == StateReversed:
		return 8
	}
	return 10
}

// absent is the content for a number the service does not know on that platform.
func absent(number string, t pay.Tender) *orderContent {
	c := &orderContent{Number: number, TradeType: microPayTrade, Nonce: nonce()}
	const weChatVoid, alipayNone = 11, 7
	if t == pay.Alipay {
		c.setState(t, alipayNone, "")
	} else {
		c.setState(t, weChatVoid, "订单不存在.")
	}
	return c
}

// spoken gives an order the numbers of the reference that the service follows: the first one counted
// Alipay's states from the waiting one on by one less.
func (s *Server) spoken(c *orderContent) *orderContent {
	if s.cfg.FirstGeneration && c.Alipay != nil && c.Alipay.State > 2 {
		c.Alipay.State--
	}
	return c
}

func refundContentOf(r *Refund) *refundContent {
	c := &refundContent{
		Number: r.Number, Trade: r.Trade, Order: r.Order, TradeType: microPayTrade, Nonce: nonce(),
		Created: r.At.Unix(), Updated: r.Changed.Unix(),
		Total: fen(r.Total), Amount: fen(r.Amount), Currency: "CNY", Reason: r.Reason,
	}
	if r.Status == pay.RefundDone {
		c.DoneAt = r.Changed.Unix()
	}
	if r.Tender != pay.Alipay {
		c.WeChat = &weChatRefund{wireRefundState(r), c.Amount, "ORIGINAL"}
		return c
	}
	c.Alipay = &alipayRefund{Status: wireRefundState(r)}
	if r.Status == pay.RefundDone {
		c.Alipay.Change = "Y"
	}
	return c
}

// wireRefundState numbers a refund: an accepted one is 4 with WeChat and 1 with Alipay, and only WeChat
// hands a refund over to be paid by hand.
func wireRefundState(r *Refund) int {
	switch r.Status {
	case pay.RefundDone:
		return 2
	case pay.RefundFailed:
		return 3
	case pay.RefundManual:
		return 5
	}
	if r.Tender == pay.Alipay {
		return 1
	}
	return 4
}
