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
	Platform hint   `json:"pay_platform"`
	Mch      string `json:"out_mch_id"`
	Sub      string `json:"out_sub_mch_id"`
	Shop     string `json:"out_shop_id"`
}

type clientAnswer struct {
	Device text `json:"device_id"`
}

// orderAnswer is the object of micro_pay and query_order.
type orderAnswer struct {
	Key   *mchAnswer    `json:"pay_mch_key"`
	Order *orderContent `json:"order_content"`
}

type orderContent struct {
	Number       string   `json:"out_trade_no"`
	Trade        string   `json:"transaction_id"`
	TimeEnd      hint     `json:"time_end"`
	Created      hint     `json:"create_time"`
	Updated      hint     `json:"last_update_time"`
	Transforming flag     `json:"is_transforming"`
	Total        *number  `json:"total_fee"`
	Currency     string   `json:"fee_type"`
	Cash         *number  `json:"cash_fee"`
	Settlement   *number  `json:"settlement_total_fee"`
	Refunded     present  `json:"refunded_fee"`
	WeChat       *wxOrder `json:"wxpay_order_content_ext"`
	Alipay       *aliPaid `json:"alipay_order_content_ext"`
	Card         *cardExt `json:"card_order_content_ext"`
}

type wxOrder struct {
	State number `json:"current_trade_state"`
	Desc  string `json:"trade_state_desc"` // for the cashier
}

type aliPaid struct {
	State      number  `json:"current_trade_state"`
	Refunded   present `json:"refund_fee"`
	RefundedAt present `json:"gmt_refund"`
}

type cardExt struct {
	State number `json:"current_trade_state"`
}

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
