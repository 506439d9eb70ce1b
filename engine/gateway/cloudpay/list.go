package cloudpay

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"cpos/engine/pay"
)

// Bounds of reading a list. The service states no largest page; its samples go up to a hundred rows.
const (
	pageSize  = 50
	maxPages  = 2000
	maxPasses = 5
	bothKinds = 3 // query_order_type: orders and refunds
	listName  = "order_detail_query"
	shopsName = "query_shop_info"
)

// page is one page of a list; total counts all rows that match, not those of the page.
type page[T any] struct {
	rows  []T
	total int
}

var errUnstable = fmt.Errorf("%w: the list changed while it was read", errGarbled)

// readAll reads pages until the list stands still. New rows push older ones from page to page, so that a
// single pass may miss one and see another twice. A pass counts when its total stayed the same and as
// many different rows came as the total says, or when two passes in a row saw the same rows (a service
// that counts a doubled row twice never reaches its own total). Else the list is read again, and in the
// end refused: a part of a statement would look like missing money.
func readAll[T any](read func(n int) (page[T], error), key func(T) string) ([]T, error) {
	var before map[string]T
	for range maxPasses {
		seen, total, steady, err := readPass(read, key)
		if err != nil {
			return nil, err
		}
		if steady && (len(seen) == total || sameKeys(seen, before)) {
			return slices.Collect(maps.Values(seen)), nil
		}
		before = nil
		if steady {
			before = seen
		}
	}
	return nil, errUnstable
}

// readPass reads from the first page to the last. It is steady when the total did not move and no page
// was missing.
func readPass[T any](read func(n int) (page[T], error), key func(T) string) (seen map[string]T, total int, steady bool, err error) {
	seen = map[string]T{}
	rows := 0
	for n := 1; n <= maxPages; n++ {
		p, err := read(n)
		if err != nil {
			return nil, 0, false, err
		}
		if n == 1 {
			total = p.total
		}
		for _, row := range p.rows {
			seen[key(row)] = row
		}
		rows += len(p.rows)
		switch {
		case p.total != total:
			return seen, total, false, nil
		case rows >= total:
			return seen, total, true, nil
		case len(p.rows) == 0:
			return seen, total, false, nil
		}
	}
	return nil, 0, false, errUnstable
}

func sameKeys[T any](a, b map[string]T) bool {
	if b == nil || len(a) != len(b) {
		return false
	}
	for k := range a {
		if _, ok := b[k]; !ok {
			return false
		}
	}
	return true
}

// List gives the orders and refunds of this store and device. Which of an order's times the service
// compares with from and to is not documented: ask for overlapping windows.
func (g *Gateway) List(ctx context.Context, from, to time.Time) ([]pay.Entry, error) {
	read := func(n int) (page[pay.Entry], error) {
		var back struct {
			Total   *number     `json:"total_count"`
			Details []detailRow `json:"order_details"`
		}
		err := g.ask(ctx, callOrderDetail, listName, listRequest{
			Sub: g.sub, Shop: g.env.Store, Device: g.env.Device, Kind: bothKinds,
			From: from.Unix(), To: ceilSecond(to), Page: n, Size: pageSize, Nonce: g.env.Nonce(),
		}, &back)
		if err != nil || back.Total == nil {
			return page[pay.Entry]{}, listFault(callOrderDetail, err)
		}
		p := page[pay.Entry]{total: int(*back.Total)}
		for _, d := range back.Details {
			if d.Receipt.Order != nil {
				g.newer(&d.Receipt.Order.Content)
			}
			e, err := d.Receipt.entry()
			if err != nil {
				return page[pay.Entry]{}, listFault(callOrderDetail, err)
			}
			p.rows = append(p.rows, e)
		}
		return p, nil
	}
	all, err := readAll(read, entryKey)
	if err != nil {
		return nil, listFault(callOrderDetail, err)
	}
	return markGivenBack(all), nil
}

// entryKey tells rows apart; an order and a refund may not be mistaken for one another.
func entryKey(e pay.Entry) string { return fmt.Sprint(e.Kind, e.Number()) }

func ceilSecond(t time.Time) int64 { return t.Add(time.Second - 1).Unix() }

type detailRow struct {
	Receipt receipt `json:"receipt"`
}

// receipt has exactly one of the two.
type receipt struct {
	Order *struct {
		Mch     mchAnswer    `json:"order_mch"`
		Content orderContent `json:"order_content"`
		Client  clientAnswer `json:"order_client"`
	} `json:"order"`
	Refund *struct {
		Mch     mchAnswer    `json:"refund_order_mch"`
		Content refundOrder  `json:"refund_order_content"`
		Client  clientAnswer `json:"order_client"`
	} `json:"refund_order"`
}

var errRow = fmt.Errorf("%w: a row is neither an order nor a refund", errGarbled)

func (r receipt) entry() (pay.Entry, error) {
	switch {
	case r.Order != nil && r.Refund == nil && r.Order.Content.Number != "" && r.Order.Content.Total != nil:
		c := r.Order.Content
		return pay.Entry{
			Kind: pay.EntryPayment, Order: c.Number,
			Store: r.Order.Mch.Shop, Device: string(r.Order.Client.Device), Tender: tenderOf(r.Order.Mch.Platform),
			Amount: pay.Money(*c.Total), Status: c.meaning().status, Trade: c.Trade,
			At: rowTime(c.Created, c.TimeEnd, c.Updated),
		}, nil
	case r.Refund != nil && r.Order == nil && r.Refund.Content.Number != "" && r.Refund.Content.Fee != nil:
		c := r.Refund.Content
		return pay.Entry{
			Kind: pay.EntryRefund, Order: c.Order, Refund: c.Number,
			Store: r.Refund.Mch.Shop, Device: string(r.Refund.Client.Device), Tender: tenderOf(r.Refund.Mch.Platform),
			Amount: pay.Money(*c.Fee), Back: c.meaning().status, Trade: c.Trade,
			At: rowTime(c.Created, c.Done, c.Updated),
		}, nil
	}
	return pay.Entry{}, errRow
}

// rowTime is the first time that is set; none gives the zero time.
func rowTime(candidates ...hint) time.Time {
	for _, s := range candidates {
		if s > 0 {
			return time.Unix(int64(s), 0)
		}
	}
	return time.Time{}
}

// markGivenBack calls a closed payment paid when the same list holds a refund of it: Alipay closes an
// order that was wholly given back, and what was given back had been paid.
func markGivenBack(all []pay.Entry) []pay.Entry {
	refunded := map[string]bool{}
	for _, e := range all {
		if e.Kind == pay.EntryRefund && e.Back != pay.RefundFailed {
			refunded[e.Order] = true
		}
	}
	for i, e := range all {
		if e.Kind == pay.EntryPayment && e.Status == pay.Closed && e.Tender == pay.Alipay && refunded[e.Order] {
			all[i].Status = pay.Paid
		}
	}
	return all
}

// ask makes one call that moves nothing and decodes the answer's object.
func (g *Gateway) ask(ctx context.Context, name, member string, request, into any) error {
	text, err := content(request)
	if err != nil {
		return problem(pay.ErrNotSent, name, err)
	}
	a, err := g.do(ctx, call{name, text, nil, g.queryLimit})
	if err != nil {
		return err
	}
	if a.Status != statusOK {
		return problem(pay.ErrNoAnswer, name, fmt.Errorf("status %d, log_id %d: %s", a.Status, a.LogID, a.Text))
	}
	var raw json.RawMessage
	if err := a.member(member, &raw); err != nil {
		return err
	}
	if len(raw) == 0 || json.Unmarshal(raw, into) != nil {
		return fmt.Errorf("%w: %s", errGarbled, member)
	}
	return nil
}

// listFault gives an error its sentence once, however deep it arose.
func listFault(name string, err error) error {
	if err == nil {
		err = fmt.Errorf("%w: no total_count in it", errGarbled)
	}
	if isGatewayError(err) {
		return err
	}
	return problem(pay.ErrNoAnswer, name, err)
}
