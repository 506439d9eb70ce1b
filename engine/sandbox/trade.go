package sandbox

import (
	"slices"
	"strings"

	"cpos/engine/pay"
)

const mismatchText = "子商户门店、设备和店员信息验证不通过"

// party is who asks: the merchant's key and the terminal, checked against the configuration.
type party struct {
	tender  pay.Tender // unknown where the platform was left out
	shop    Shop
	device  Device
	staff   string
	machine string
}

// readParty reads pay_mch_key and order_client. Device and clerk must stand in the store's lists.
func (s *Server) readParty(c *call) party {
	key, client := c.object("pay_mch_key"), c.object("order_client")
	merchant, sub := key.text("out_mch_id", 32), key.text("out_sub_mch_id", 32)
	shopID, deviceID := key.text("out_shop_id", 32), client.label("device_id", 64)
	p := party{staff: client.optional("staff_id", 64), machine: client.optional("machine_no", 32)}
	client.number("terminal_type")
	client.text("sdk_version", 10)
	client.text("spbill_create_ip", 16)
	c.text("nonce_str", 32)
	if key.has("pay_platform") {
		if p.tender = tenderOf(key.number("pay_platform")); p.tender == pay.TenderUnknown {
			c.fail(failed("不支持的支付平台."))
		}
	}
	var shopOK, deviceOK bool
	p.shop, shopOK = s.cfg.shop(shopID)
	p.device, deviceOK = p.shop.device(deviceID)
	_, staffOK := p.shop.clerk(p.staff)
	if !client.has("staff_id") {
		staffOK = true // the newer pages make it optional; an empty one is still wrong
	}
	if merchant != s.cfg.Merchant || sub != s.cfg.SubMerchant || !shopOK || !deviceOK || !staffOK {
		c.fail(failed(mismatchText))
	}
	return p
}

// merchantKey is pay_mch_key of an answer.
func (s *Server) merchantKey(o *Order) map[string]any {
	return map[string]any{
		"pay_platform": platformOf(o.Tender), "out_mch_id": s.cfg.Merchant,
		"out_sub_mch_id": s.cfg.SubMerchant, "out_shop_id": o.Shop,
	}
}

// checkNumber holds an order or refund number against the prefix and the alphabet.
func (s *Server) checkNumber(c *call, name, number string) {
	if !strings.HasPrefix(number, s.cfg.Prefix) || number == s.cfg.Prefix || pay.ValidNumber(number) != nil {
		c.fail(failed("参数" + name + "错误."))
	}
}

// codeTender says which platform a payment code belongs to: WeChat's have 18 digits, Alipay's 16 to 24.
func (s *Server) codeTender(code string) pay.Tender {
	if strings.Trim(code, "0123456789") != "" || len(code) < 16 || len(code) > 24 {
		return pay.TenderUnknown
	}
	begins := func(p string) bool { return strings.HasPrefix(code, p) }
	switch {
	case len(code) == 18 && slices.ContainsFunc(s.cfg.WeChatCodes, begins):
		return pay.WeChat
	case slices.ContainsFunc(s.cfg.AlipayCodes, begins):
		return pay.Alipay
	}
	return pay.TenderUnknown
}

// microPay takes a payment. The same number with the same shop, code and amount is the same payment.
func (s *Server) microPay(c *call) answer {
	p, content := s.readParty(c), c.object("pay_content")
	c.object("pay_mch_key").number("pay_platform")
	c.object("order_client").text("machine_no", 32)
	number, code := content.text("out_trade_no", 128), content.text("author_code", 256)
	amount := content.fen("total_fee")
	content.currency("fee_type")
	body := content.text("body", 128)
	content.optional("detail", 6000)
	content.optional("remark", 127)
	s.checkNumber(c, "out_trade_no", number)
	if p.device.Type != TakesCodes && p.device.Type != DoesBoth {
		c.fail(failed(mismatchText))
	}
	if t := s.codeTender(code); t == pay.TenderUnknown || t != p.tender {
		c.fail(failed("付款码无效，请刷新后重试."))
	}
	if c.problem() != nil {
		return refuse(c.problem())
	}
	if o, exists := s.book.Orders[number]; exists {
		return s.payAgain(c, o, p, codeSum(code), amount)
	}
	if s.book.codes[codeSum(code)] {
		return refuse(failed("付款码已使用，请刷新后重试."))
	}
	return s.payNew(c, p, number, code, amount, body)
}

func (s *Server) payAgain(c *call, o *Order, p party, sum string, amount pay.Money) answer {
	if o.Shop != p.shop.ID || o.CodeSum != sum || o.Amount != amount {
		return refuse(reentry())
	}
	return s.firstAnswer(c, o)
}

func (s *Server) payNew(c *call, p party, number, code string, amount pay.Money, body string) answer {
	scenario := scenarioOf(code)
	if r, t, none := scenario.noOrder(); none {
		return answer{refusal: r, trick: t}
	}
	o := &Order{
		Number: number, Shop: p.shop.ID, Device: p.device.ID, Staff: p.staff, Machine: p.machine,
		Tender: p.tender, Amount: amount, Cash: amount, State: scenario.start(), Body: body,
		Scenario: scenario, CodeSum: codeSum(code), Trade: s.book.nextTrade(c.now), At: c.now, Changed: c.now,
	}
	switch {
	case scenario == CouponPaid:
		o.Cash -= max(1, amount/10)
	case scenario == Transforming:
		o.Until = c.now.Add(s.cfg.Transforming)
	case scenario == PayError:
		o.Reason = "支付失败，请更换支付方式."
	case scenario == NoBalance:
		o.Reason = "余额不足."
	case o.State == StatePaying:
		o.Reason = "需要用户输入支付密码."
	}
	if o.State == StatePaid {
		o.PaidAt = c.now
	}
	if o.State == StatePaying && s.cfg.Password != nil {
		o.Decides = c.now.Add(s.cfg.Password(*o))
	}
	s.book.addOrder(o)
	return s.firstAnswer(c, o)
}

// firstAnswer tells the paying till of its order the way the scenario wants it told.
func (s *Server) firstAnswer(c *call, o *Order) answer {
	a := answer{changed: true}
	a.refusal, a.trick = o.Scenario.firstAnswer()
	if o.Scenario == NoBalance {
		a.refusal = failed(o.Reason)
	}
	a.object = s.orderObject(c, o)
	return a
}

func (s *Server) orderObject(c *call, o *Order) map[string]any {
	return map[string]any{"pay_mch_key": s.merchantKey(o), "order_content": s.spoken(contentOf(o, c.now))}
}

// queryOrder tells the truth. An order that the service does not know, or knows on another platform or
// in another store, does not exist.
func (s *Server) queryOrder(c *call) answer {
	p, number := s.readParty(c), c.text("out_trade_no", 128)
	c.numberOr("trade_type", microPayTrade)
	s.checkNumber(c, "out_trade_no", number)
	if c.problem() != nil {
		return refuse(c.problem())
	}
	o, exists := s.book.Orders[number]
	if !exists || o.Shop != p.shop.ID || (p.tender != pay.TenderUnknown && p.tender != o.Tender) {
		key := s.merchantKey(&Order{Tender: p.tender, Shop: p.shop.ID})
		return told(map[string]any{"pay_mch_key": key, "order_content": s.spoken(absent(number, p.tender))})
	}
	acted := s.customerActs(c, o)
	return answer{object: s.orderObject(c, o), changed: acted}
}

// customerActs counts the query and lets the customer decide after the configured number of them.
func (s *Server) customerActs(c *call, o *Order) bool {
	o.Queries++
	if o.State != StatePaying || !o.Decides.IsZero() {
		return false
	}
	if o.Queries >= s.cfg.QueriesToPay {
		o.decide(c.now)
	}
	return true
}

// find gives the order of a request that changes one.
func (s *Server) find(c *call, p party, number string) *Order {
	s.checkNumber(c, "out_trade_no", number)
	o, exists := s.book.Orders[number]
	if !exists || o.Shop != p.shop.ID || (p.tender != pay.TenderUnknown && p.tender != o.Tender) {
		c.fail(failed("订单不存在."))
		return nil
	}
	return o
}

// reverse undoes a payment, for the terminal that took it only. What was paid goes back to the customer.
func (s *Server) reverse(c *call) answer {
	p, number := s.readParty(c), c.text("out_trade_no", 128)
	o := s.find(c, p, number)
	switch {
	case o == nil:
	case o.Device != p.device.ID || o.Machine != p.machine:
		c.fail(failed("只能由原收款设备撤单."))
	case o.Refunded > 0:
		c.fail(failed("订单已退款，不能撤单."))
	}
	if c.problem() != nil {
		return refuse(c.problem())
	}
	if o.State != StateReversed {
		o.State, o.Changed, o.Until = StateReversed, c.now, c.now
	}
	return answer{object: map[string]any{}, changed: true}
}

// closeOrder is for orders shown as a code to the customer. Every order of this book was paid by a scanned
// code, so there is none to close.
func (s *Server) closeOrder(c *call) answer {
	p, number := s.readParty(c), c.text("out_trade_no", 128)
	c.number("trade_type")
	if s.find(c, p, number) != nil {
		c.fail(failed("付款码支付的订单不能关闭."))
	}
	return refuse(c.problem())
}
