package sandbox

// lie changes what a signed answer says. The contents in an answer belong to that answer alone, so the
// book stays true.
func lie(object map[string]any, fs active, t trick) {
	if t == otherNumber || fs.has(FaultNumber) {
		eachOrder(object, func(c *orderContent) { c.Number = another(c.Number) })
		eachRefund(object, func(c *refundContent) { c.Number, c.Order = another(c.Number), another(c.Order) })
	}
	if f, ok := fs.find(FaultAmount); ok {
		by := fen(f.Amount)
		if by == 0 {
			by = 1
		}
		eachOrder(object, func(c *orderContent) { c.Total += by })
		eachRefund(object, func(c *refundContent) { c.Amount += by })
	}
	if fs.has(FaultCurrency) {
		eachOrder(object, func(c *orderContent) { c.Currency = "USD" })
		eachRefund(object, func(c *refundContent) { c.Currency = "USD" })
	}
	if rows, _ := object["order_details"].([]*detail); fs.has(FaultDevice) {
		for _, r := range rows {
			if r.Receipt.Order != nil {
				r.Receipt.Order.Client["device_id"] = "another"
				break
			}
		}
	}
	if key, ok := object["pay_mch_key"].(map[string]any); ok && fs.has(FaultMerchant) {
		key["out_shop_id"] = "anothershop000000001"
	}
}

// another gives a number of the same shape that was not asked about.
func another(number string) string {
	last := number[len(number)-1]
	if last == '9' {
		return number[:len(number)-1] + "8"
	}
	return number[:len(number)-1] + "9"
}

// eachOrder visits the order of a single answer, or the first one in a list.
func eachOrder(object map[string]any, do func(*orderContent)) {
	if c, ok := object["order_content"].(*orderContent); ok {
		do(c)
	}
	rows, _ := object["order_details"].([]*detail)
	for _, r := range rows {
		if r.Receipt.Order != nil {
			do(r.Receipt.Order.Content)
			return
		}
	}
}

func eachRefund(object map[string]any, do func(*refundContent)) {
	switch c := object["refund_order_content"].(type) {
	case *refundContent:
		do(c)
	case []*refundContent:
		for _, one := range c {
			do(one)
		}
	}
}
