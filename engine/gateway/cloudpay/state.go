package cloudpay

import (
	"strings"

	"cpos/engine/pay"
)

// meaning is what one state number says of a payment.
type meaning struct {
	status pay.Status
	why    pay.Why
}

// wechatStates are the numbers of wxpay_order_content_ext.current_trade_state. State 4 was paid and given
// back, wholly or in part: it stays Paid, for closing it would lose the part that was kept. State 11 says
// that the platform has never seen the order, which right after a lost answer may still change. 13 and 14
// belong to deposits, which a till never takes, and are left to the rule for unknown numbers.
var wechatStates = map[number]meaning{
	1:  {pay.Pending, ""},
	2:  {pay.Paid, ""},
	3:  {pay.Paid, ""},
	4:  {pay.Paid, pay.WhyTurnedRefund},
	5:  {pay.Declined, pay.WhyCustomerStopped},
	6:  {pay.Pending, ""},
	7:  {pay.Closed, ""},
	8:  {pay.Closed, pay.WhyReversed},
	9:  {pay.Pending, ""},
	10: {pay.Declined, pay.WhyPayError},
	11: {pay.Unknown, pay.WhyNotFound},
	12: {pay.Pending, ""},
}

// alipayStates are the numbers of alipay_order_content_ext.current_trade_state in every generation of the
// reference but the first (see firstAlipay). State 5 is "closed or refunded": closedAlipay tells the two
// apart.
var alipayStates = map[number]meaning{
	1: {pay.Pending, ""},
	2: {pay.Paid, ""},
	4: {pay.Pending, ""},
	5: {pay.Closed, ""},
	6: {pay.Paid, ""},
	7: {pay.Unknown, pay.WhyNotFound},
}

const alipayClosed = 5

// firstAlipay turns the numbers of the first generation (the reference of 2017) into those of the later
// ones: it counted waiting, closed, finished and unknown one lower. Its other numbers are nobody's.
var firstAlipay = map[number]number{1: 1, 2: 2, 3: 4, 4: 5, 5: 6, 6: 7}

// newer gives an order the numbers of the newer reference, whichever the service speaks.
func (g *Gateway) newer(c *orderContent) {
	if g.firstGeneration && c.Alipay != nil {
		c.Alipay.State = firstAlipay[c.Alipay.State]
	}
}

// cardStates and bookedStates belong to platforms a till does not charge through; they stand in lists.
var cardStates = map[number]meaning{
	1: {pay.Pending, ""},
	2: {pay.Paid, ""},
	3: {pay.Pending, ""},
	4: {pay.Paid, pay.WhyTurnedRefund},
	5: {pay.Closed, ""},
}

// refundMeaning is what one state number says of a refund.
type refundMeaning struct {
	status pay.RefundStatus
	why    pay.Why
}

// wechatRefunds: 5 means that the customer's account would not take the money and the merchant must pay by
// hand; 6 that the platform does not have the refund, which keeps its sum held until that is certain.
var wechatRefunds = map[number]refundMeaning{
	1: {pay.RefundAccepted, ""},
	2: {pay.RefundDone, ""},
	3: {pay.RefundFailed, pay.WhyRefused},
	4: {pay.RefundAccepted, ""},
	5: {pay.RefundManual, ""},
	6: {pay.RefundUnknown, pay.WhyNotFound},
}

// alipayRefunds: 4 and 5 came with the newer generations.
var alipayRefunds = map[number]refundMeaning{
	1: {pay.RefundAccepted, ""},
	2: {pay.RefundDone, ""},
	3: {pay.RefundFailed, pay.WhyRefused},
	4: {pay.RefundAccepted, ""},
	5: {pay.RefundUnknown, pay.WhyNotFound},
}

var cardRefunds = map[number]refundMeaning{
	1: {pay.RefundAccepted, ""},
	2: {pay.RefundDone, ""},
	3: {pay.RefundFailed, pay.WhyRefused},
}

// meaning reads an order's state. A number nobody knows is Pending, never a verdict: asking again is
// free; it says so in its why. One that the service says is still being processed is Pending as well.
func (c orderContent) meaning() meaning {
	if c.Transforming {
		return meaning{pay.Pending, ""}
	}
	var m meaning
	known := false
	switch {
	case c.WeChat != nil:
		m, known = wechatStates[c.WeChat.State]
	case c.Alipay != nil:
		m, known = alipayStates[c.Alipay.State]
		if known && c.Alipay.State == alipayClosed {
			m = c.closedAlipay()
		}
	case c.Card != nil:
		m, known = cardStates[c.Card.State]
	}
	if !known {
		return meaning{pay.Pending, pay.WhyState}
	}
	return m
}

// closedAlipay tells an order that was never paid from one that was paid and wholly given back: only the
// second has a time of payment or anything about a refund.
func (c orderContent) closedAlipay() meaning {
	if c.TimeEnd > 0 || c.Refunded || c.Alipay.Refunded || c.Alipay.RefundedAt {
		return meaning{pay.Paid, pay.WhyTurnedRefund}
	}
	return meaning{pay.Closed, ""}
}

// meaning reads a refund's state. An unknown number is Accepted: it holds the sum and is asked again.
func (c refundOrder) meaning() refundMeaning {
	if c.Transforming {
		return refundMeaning{pay.RefundAccepted, ""}
	}
	var m refundMeaning
	known := false
	switch {
	case c.WeChat != nil:
		m, known = wechatRefunds[c.WeChat.State]
	case c.Alipay != nil:
		m, known = alipayRefunds[c.Alipay.State]
	case c.Card != nil:
		m, known = cardRefunds[c.Card.State]
	}
	if !known {
		return refundMeaning{pay.RefundAccepted, pay.WhyState}
	}
	return m
}

// whyRefused reads the only cause the service gives: its sentence.
func whyRefused(text string) pay.Why {
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("店员信息", "门店、设备", "门店信息", "设备信息"):
		return pay.WhyMismatch
	case has("余额不足"):
		return pay.WhyBalance
	}
	return pay.WhyRefused
}

// saysNotFound reads "no such order" and "no such refund" out of the sentence; the service has no number
// for it.
func saysNotFound(text string) bool {
	if !strings.Contains(text, "不存在") && !strings.Contains(text, "未找到") {
		return false
	}
	for _, thing := range []string{"订单", "单号", "退款", "交易"} {
		if strings.Contains(text, thing) {
			return true
		}
	}
	return false
}
