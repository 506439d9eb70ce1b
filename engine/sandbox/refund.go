package sandbox

import "cpos/engine/pay"

// refund accepts a refund. The same number with the same order and amount is the same refund.
func (s *Server) refund(c *call) answer {
	p, content := s.readParty(c), c.object("refund_content")
	number, orderNumber := content.text("out_refund_no", 128), content.text("out_trade_no", 128)
	total, amount := content.fen("total_fee"), content.fen("refund_fee")
	content.currency("refund_fee_type")
	reason := content.optional("refund_reason", 255)
	s.checkNumber(c, "out_refund_no", number)
	o := s.find(c, p, orderNumber)
	if o != nil && total != o.Amount {
		c.fail(failed("参数total_fee错误."))
	}
	if c.problem() != nil {
		return refuse(c.problem())
	}
	if r, exists := s.book.Refunds[number]; exists {
		if r.Order != o.Number || r.Amount != amount {
			return refuse(failed("退款单号已存在，且退款信息不一致."))
		}
		return told(s.refundObject(o, refundContentOf(r)))
	}
	if bad := mayRefund(c, o, amount); bad != nil {
		return refuse(bad)
	}
	r := &Refund{
		Number: number, Order: o.Number, Shop: o.Shop, Device: p.device.ID, Staff: p.staff, Tender: o.Tender,
		Amount: amount, Total: o.Amount, Reason: reason, Trade: s.book.nextTrade(c.now),
		Status: pay.RefundAccepted, Ending: c.faults.refundEnding(o.Tender),
		Due: c.now.Add(s.cfg.RefundAfter), At: c.now, Changed: c.now,
	}
	s.book.addRefund(o, r)
	return answer{object: s.refundObject(o, refundContentOf(r)), changed: true}
}

func mayRefund(c *call, o *Order, amount pay.Money) *refusal {
	switch {
	case o.State != StatePaid || c.now.Before(o.Until):
		return failed("订单未支付，不能退款.")
	case o.Refunded+amount > o.Amount:
		return failed("退款金额超过可退金额.")
	}
	return nil
}

func (s *Server) refundObject(o *Order, content any) map[string]any {
	return map[string]any{"pay_mch_key": s.merchantKey(o), "refund_order_content": content}
}

// queryRefund lists the one refund asked for, or with an empty number all of the order's. A refund that
// the service does not know is an empty list.
func (s *Server) queryRefund(c *call) answer {
	p, orderNumber := s.readParty(c), c.text("out_trade_no", 128)
	if !c.has("out_refund_no") {
		c.fail(badParameter("out_refund_no"))
	}
	number := c.optional("out_refund_no", 128)
	if number != "" {
		s.checkNumber(c, "out_refund_no", number)
	}
	o := s.find(c, p, orderNumber)
	if c.problem() != nil {
		return refuse(c.problem())
	}
	found := []*refundContent{}
	for _, r := range s.book.refunds() {
		if r.Order == o.Number && (number == "" || number == r.Number) {
			found = append(found, refundContentOf(r))
		}
	}
	return told(s.refundObject(o, found))
}
