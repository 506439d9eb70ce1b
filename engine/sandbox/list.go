package sandbox

import (
	"math"
	"slices"
	"time"

	"cpos/engine/pay"
)

const maxPage = 100 // rows of one page

// Values of query_order_type.
const (
	wantOrders  = 1
	wantRefunds = 2
	wantBoth    = 3
)

// scope is what a list is asked for.
type scope struct {
	shop, device, staff string
	tender              pay.Tender
	want                int64
	from, to            int64 // Unix seconds, both ends included
}

func (x scope) covers(shop, device, staff string, t pay.Tender, at time.Time) bool {
	return (x.shop == "" || x.shop == shop) && (x.device == "" || x.device == device) &&
		(x.staff == "" || x.staff == staff) && (x.tender == pay.TenderUnknown || x.tender == t) &&
		x.from <= at.Unix() && at.Unix() <= x.to
}

// row is one line before it is cut into pages. Exactly one of its two members is set.
type row struct {
	order  *Order
	refund *Refund
}

func (r row) at() (time.Time, string) {
	if r.order != nil {
		return r.order.At, r.order.Trade
	}
	return r.refund.At, r.refund.Trade
}

// list is the orders and refunds of a merchant, store, terminal or clerk, by the time they were made,
// newest first.
func (s *Server) list(c *call) answer {
	x := s.readScope(c)
	page, size := c.number("page_num"), c.number("page_size")
	if page < 1 || size < 1 || size > maxPage {
		c.fail(failed("参数page_size错误."))
	}
	if c.problem() != nil {
		return refuse(c.problem())
	}
	rows := s.rows(x)
	total := int64(len(rows))
	start, end := cutPage(page, size, total)
	if page > 1 && c.faults.has(FaultShift) { // as if one new row had come in front between two pages
		start = max(start-1, 0)
		end = min(start+size, total)
		total++
	}
	details := []*detail{}
	for _, r := range rows[start:end] {
		details = append(details, s.detailOf(r, c.now))
	}
	if len(details) > 0 && c.faults.has(FaultDuplicate) {
		details = append(details, details[0])
	}
	return told(map[string]any{"total_count": total, "order_details": details})
}

// cutPage gives the rows from start to before end that make a page, counted from 1, of n rows.
func cutPage(page, size, n int64) (start, end int64) {
	if page-1 > n/size { // before the product, which need not fit 64 bits
		return n, n
	}
	start = min((page-1)*size, n)
	return start, min(start+size, n)
}

func (s *Server) readScope(c *call) scope {
	if c.text("out_sub_mch_id", 32) != s.cfg.SubMerchant {
		c.fail(failed(mismatchText))
	}
	x := scope{
		shop: c.optional("out_shop_id", 32), device: c.optional("device_id", 64), staff: c.optional("staff_id", 64),
		want: c.numberOr("query_order_type", wantBoth),
		from: c.numberOr("start_time", 0), to: c.numberOr("end_time", math.MaxInt64),
		tender: tenderOf(c.numberOr("pay_platform", 0)),
	}
	shop, known := s.cfg.shop(x.shop)
	_, staffOK := shop.clerk(x.staff)
	_, deviceOK := shop.device(x.device)
	switch {
	case x.shop != "" && !known,
		x.staff != "" && !staffOK,
		x.device != "" && !deviceOK:
		c.fail(failed(mismatchText))
	case x.want < wantOrders || x.want > wantBoth:
		c.fail(failed("参数query_order_type错误."))
	}
	c.optional("nonce_str", 32)
	return x
}

func (s *Server) rows(x scope) []row {
	var rows []row
	for _, o := range s.book.Orders {
		if x.want != wantRefunds && x.covers(o.Shop, o.Device, o.Staff, o.Tender, o.At) {
			rows = append(rows, row{order: o})
		}
	}
	for _, r := range s.book.Refunds {
		if x.want != wantOrders && x.covers(r.Shop, r.Device, r.Staff, r.Tender, r.At) {
			rows = append(rows, row{refund: r})
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		at, trade := a.at()
		other, otherTrade := b.at()
		return newestFirst(at, other, trade, otherTrade)
	})
	return rows
}

// detail is one row of order_details.
type detail struct {
	Shop    map[string]any `json:"shop_info"`
	Staff   map[string]any `json:"shop_staff_info"`
	Receipt struct {
		Order  *orderReceipt  `json:"order,omitempty"`
		Refund *refundReceipt `json:"refund_order,omitempty"`
	} `json:"receipt"`
}

const bySubMerchant = 2 // originator

type orderReceipt struct {
	Merchant   map[string]any `json:"order_mch"`
	Content    *orderContent  `json:"order_content"`
	Client     map[string]any `json:"order_client"`
	Originator int            `json:"originator"`
}

type refundReceipt struct {
	Merchant   map[string]any `json:"refund_order_mch"`
	Content    *refundContent `json:"refund_order_content"`
	Client     map[string]any `json:"order_client"`
	Originator int            `json:"originator"`
}

func (s *Server) detailOf(r row, now time.Time) *detail {
	if r.order != nil {
		o := r.order
		d := s.detailAt(o.Shop, o.Staff)
		content, refunded := s.spoken(contentOf(o, now)), fen(o.Refunded)
		content.Refunded = &refunded
		d.Receipt.Order = &orderReceipt{s.merchantKey(o), content, client(o.Device, o.Staff, o.Machine), bySubMerchant}
		return d
	}
	b := r.refund
	d := s.detailAt(b.Shop, b.Staff)
	key := s.merchantKey(&Order{Tender: b.Tender, Shop: b.Shop})
	d.Receipt.Refund = &refundReceipt{key, refundContentOf(b), client(b.Device, b.Staff, ""), bySubMerchant}
	return d
}

func (s *Server) detailAt(shopID, staffID string) *detail {
	shop, _ := s.cfg.shop(shopID)
	clerk, _ := shop.clerk(staffID)
	return &detail{
		Shop:  map[string]any{"out_shop_id": shop.ID, "shop_id": shop.Number, "shop_name": shop.Name},
		Staff: map[string]any{"staff_id": staffID, "staff_name": clerk.Name},
	}
}

func client(device, staff, machine string) map[string]any {
	c := map[string]any{"device_id": device, "staff_id": staff}
	if machine != "" {
		c["machine_no"] = machine
	}
	return c
}
