package cloudpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cpos/engine/pay"
)

// mchAnswer is the merchant part of an answer. In lists it is called order_mch.
type mchAnswer struct {
	Platform       hint
	Mch, Sub, Shop string
}

func (m *mchAnswer) UnmarshalJSON(b []byte) error {
	return object(b,
		member{"pay_platform", &m.Platform},
		member{"out_mch_id", (*strict)(&m.Mch)},
		member{"out_sub_mch_id", (*strict)(&m.Sub)},
		member{"out_shop_id", (*strict)(&m.Shop)})
}

type clientAnswer struct {
	Device text `json:"device_id"`
}

// orderAnswer is the object of micro_pay and query_order.
type orderAnswer struct {
	Key   *mchAnswer
	Order *orderContent
}

func (a *orderAnswer) UnmarshalJSON(b []byte) error {
	return object(b, member{"pay_mch_key", optional(&a.Key)}, member{"order_content", optional(&a.Order)})
}

type orderContent struct {
	Number, Trade, Currency   string
	TimeEnd, Created, Updated hint
	Transforming              flag
	Total, Cash, Settlement   *number
	Refunded                  present
	WeChat                    *wxOrder
	Alipay                    *aliPaid
	Card                      *cardExt
}

func (c *orderContent) UnmarshalJSON(b []byte) error {
	return object(b,
		member{"out_trade_no", (*strict)(&c.Number)},
		member{"transaction_id", (*strict)(&c.Trade)},
		member{"time_end", &c.TimeEnd},
		member{"create_time", &c.Created},
		member{"last_update_time", &c.Updated},
		member{"is_transforming", &c.Transforming},
		member{"total_fee", optional(&c.Total)},
		member{"fee_type", (*strict)(&c.Currency)},
		member{"cash_fee", optional(&c.Cash)},
		member{"settlement_total_fee", optional(&c.Settlement)},
		member{"refunded_fee", &c.Refunded},
		member{"wxpay_order_content_ext", optional(&c.WeChat)},
		member{"alipay_order_content_ext", optional(&c.Alipay)},
		member{"card_order_content_ext", optional(&c.Card)})
}

const orderState = "current_trade_state"

type wxOrder struct {
	State number
	Desc  string // for the cashier
}

func (w *wxOrder) UnmarshalJSON(b []byte) error {
	return object(b, member{orderState, &w.State}, member{"trade_state_desc", (*strict)(&w.Desc)})
}

type aliPaid struct {
	State                number
	Refunded, RefundedAt present
}

func (a *aliPaid) UnmarshalJSON(b []byte) error {
	return object(b, member{orderState, &a.State}, member{"refund_fee", &a.Refunded}, member{"gmt_refund", &a.RefundedAt})
}

type cardExt struct{ State number }

func (c *cardExt) UnmarshalJSON(b []byte) error { return object(b, member{orderState, &c.State}) }

// refundAnswer is the object of refund, with one refund, and of query_refund_order, with a list of them.
type refundAnswer struct {
	Key    *mchAnswer   `json:"pay_mch_key"`
	Orders refundOrders `json:"refund_order_content"`
}

type refundOrders []refundOrder

func (r *refundOrders) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		return json.Unmarshal(b, (*[]refundOrder)(r))
	}
	var one *refundOrder
	if err := json.Unmarshal(b, &one); err != nil || one == nil {
		return err
	}
	*r = refundOrders{*one}
	return nil
}

type refundOrder struct {
	Number       string     `json:"out_refund_no"`
	Order        string     `json:"out_trade_no"`
	Trade        string     `json:"refund_id"`
	Created      hint       `json:"create_time"`
	Updated      hint       `json:"last_update_time"`
	Done         hint       `json:"refund_success_time"`
	Transforming flag       `json:"is_transforming"`
	Total        *number    `json:"total_fee"`
	Fee          *number    `json:"refund_fee"`
	Currency     string     `json:"refund_fee_type"`
	WeChat       *stateExt  `json:"wxpay_refund_order_content_ext"`
	Alipay       *aliRefund `json:"alipay_refund_order_content_ext"`
	Card         *stateExt  `json:"card_refund_order_content_ext"`
}

type stateExt struct {
	State number `json:"state"`
}

type aliRefund struct {
	State number `json:"refund_status"`
}

// contradiction is one member of an authentic answer that is not what was asked about.
type contradiction struct {
	member          string
	asked, answered any
}

func (c contradiction) Error() string {
	return fmt.Sprintf("%s is %v, asked about %v", c.member, c.answered, c.asked)
}

// errIncomplete is an answer that lacks what is needed to believe it.
var errIncomplete = fmt.Errorf("%w: number, amount or merchant is missing", errGarbled)

// checkOrder compares an order with what was asked. A member that is there must match whatever the state;
// that all of them are there is asked only of an order that is to be called paid.
func (g *Gateway) checkOrder(o pay.Order, a orderAnswer) error {
	c := a.Order
	err := errors.Join(
		same("out_trade_no", o.ID, c.Number),
		sameFee("total_fee", o.Amount, c.Total),
		same("fee_type", currency, c.Currency),
		g.checkMerchant(or(o.Store, g.env.Store), a.Key))
	if err != nil {
		return err
	}
	complete := c.Number != "" && c.Total != nil && a.Key != nil && a.Key.Sub != ""
	if !complete && c.meaning().status == pay.Paid {
		return errIncomplete
	}
	return nil
}

// checkRefund does for a refund what checkOrder does for an order.
func (g *Gateway) checkRefund(o pay.Order, r pay.Refund, key *mchAnswer, c refundOrder) error {
	err := errors.Join(
		same("out_refund_no", r.ID, c.Number),
		same("out_trade_no", o.ID, c.Order),
		sameFee("refund_fee", r.Amount, c.Fee),
		sameFee("total_fee", o.Amount, c.Total),
		same("refund_fee_type", currency, c.Currency),
		g.checkMerchant(or(o.Store, g.env.Store), key))
	if err != nil {
		return err
	}
	complete := c.Number != "" && c.Fee != nil
	if !complete && c.meaning().status.Final() {
		return errIncomplete
	}
	return nil
}

func (g *Gateway) checkMerchant(store string, key *mchAnswer) error {
	if key == nil {
		return nil
	}
	return errors.Join(
		same("out_mch_id", g.mch, key.Mch),
		same("out_sub_mch_id", g.sub, key.Sub),
		same("out_shop_id", store, key.Shop))
}

func same(member, asked, answered string) error {
	if answered == "" || answered == asked {
		return nil
	}
	return contradiction{member, asked, answered}
}

func sameFee(member string, asked pay.Money, answered *number) error {
	if answered == nil || pay.Money(*answered) == asked {
		return nil
	}
	return contradiction{member, asked, pay.Money(*answered)}
}

// at gives the first time that is set, in Unix seconds, else now.
func (g *Gateway) at(candidates ...hint) time.Time {
	for _, s := range candidates {
		if s > 0 {
			return time.Unix(int64(s), 0)
		}
	}
	return g.env.Now()
}
