package sandbox

// readPage reads the merchant and the page of a directory query.
func (s *Server) readPage(c *call) (page, size int64) {
	page, size = c.number("page_num"), c.number("page_size")
	c.text("nonce_str", 32)
	if c.text("out_sub_mch_id", 32) != s.cfg.SubMerchant {
		c.fail(failed(mismatchText))
	}
	if page < 1 || size < 1 || size > maxPage {
		c.fail(failed("参数page_size错误."))
	}
	return page, size
}

// shops lists the stores with their terminals and clerks.
func (s *Server) shops(c *call) answer {
	page, size := s.readPage(c)
	if c.text("out_mch_id", 32) != s.cfg.Merchant {
		c.fail(failed(mismatchText))
	}
	only := c.optional("out_shop_id", 32)
	if c.problem() != nil {
		return refuse(c.problem())
	}
	infos := []map[string]any{}
	for _, shop := range s.cfg.Shops {
		if only == "" || only == shop.ID {
			infos = append(infos, shopInfo(shop))
		}
	}
	start, end := cutPage(page, size, int64(len(infos)))
	return told(map[string]any{"total_count": len(infos), "shop_infos": infos[start:end]})
}

func shopInfo(shop Shop) map[string]any {
	devices, staff := []map[string]any{}, []map[string]any{}
	for _, d := range shop.Devices {
		devices = append(devices, map[string]any{"device_id": d.ID, "device_name": d.Name, "device_type": d.Type})
	}
	for _, p := range shop.Staff {
		staff = append(staff, map[string]any{"staff_id": p.ID, "staff_name": p.Name, "shop_manager": p.Manager})
	}
	return map[string]any{
		"out_shop_id": shop.ID, "shop_id": shop.Number, "shop_name": shop.Name, "fee_type": "CNY",
		"device_infos": devices, "staff_infos": staff,
	}
}

// prefixes tells how payment codes begin. The merchant is named by the numbers of this service; the
// platforms' own are not known here.
func (s *Server) prefixes(c *call) answer {
	c.text("nonce_str", 32)
	out := c.object("out")
	if out.text("out_mch_id", 32) != s.cfg.Merchant || out.text("out_sub_mch_id", 32) != s.cfg.SubMerchant {
		c.fail(failed(mismatchText))
	}
	if c.problem() != nil {
		return refuse(c.problem())
	}
	return told(map[string]any{
		"out_mch_id": s.cfg.Merchant, "out_sub_mch_id": s.cfg.SubMerchant,
		"wx_author_codes": s.cfg.WeChatCodes, "ali_author_codes": s.cfg.AlipayCodes,
	})
}

// subMerchant tells the order prefix, so that nobody has to type it.
func (s *Server) subMerchant(c *call) answer {
	s.readPage(c)
	if c.problem() != nil {
		return refuse(c.problem())
	}
	sub := map[string]any{
		"out_sub_mch_id": s.cfg.SubMerchant, "company_name": "练习商户", "merchant_name": "练习商户",
		"cloud_cashier_id": s.cfg.Prefix,
	}
	provider := map[string]any{
		"out_mch_id": s.cfg.Merchant, "company_name": "练习服务商", "pay_platform": platformWeChat,
		"sub_mch_infos": []map[string]any{sub},
	}
	return told(map[string]any{"total_count": 1, "sub_mch_infos": []map[string]any{provider}})
}
