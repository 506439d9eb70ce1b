package cloudpay

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cpos/engine/pay"
)

// shelf is a list of numbers that a service pages through, newest first.
type shelf struct {
	rows  []int
	after map[int]func(*shelf) // what happens once the n-th call was answered
	calls int
}

func (s *shelf) read(size int) func(n int) (page[int], error) {
	return func(n int) (page[int], error) {
		from := min((n-1)*size, len(s.rows))
		p := page[int]{rows: slices.Clone(s.rows[from:min(from+size, len(s.rows))]), total: len(s.rows)}
		s.calls++
		if change := s.after[s.calls]; change != nil {
			change(s)
		}
		return p, nil
	}
}

func itself(n int) string { return fmt.Sprint(n) }

func TestListIsWholeHoweverManyPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, size := rapid.IntRange(0, 40).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "page size")
		s := &shelf{}
		for i := range n {
			s.rows = append(s.rows, i)
		}
		all, err := readAll(s.read(size), itself)
		slices.Sort(all)
		if err != nil || !slices.Equal(all, s.rows) {
			t.Fatalf("%v %v", all, err)
		}
	})
}

// A row added between two calls pushes others from page to page; none that was there may be missing.
func TestListReadWhileRowsAreAddedMissesNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, size := rapid.IntRange(1, 30).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "page size")
		s := &shelf{after: map[int]func(*shelf){}}
		for i := range n {
			s.rows = append(s.rows, i)
		}
		for i, at := range rapid.SliceOfN(rapid.IntRange(1, 12), 0, 3).Draw(t, "added after call") {
			s.after[at] = func(s *shelf) { s.rows = append([]int{1000 + i}, s.rows...) }
		}
		all, err := readAll(s.read(size), itself)
		if err != nil {
			if !errors.Is(err, errUnstable) {
				t.Fatal(err)
			}
			return
		}
		for i := range n {
			if !slices.Contains(all, i) {
				t.Fatalf("row %d is missing in %v", i, all)
			}
		}
	})
}

func TestListThatNeverStandsStillIsRefused(t *testing.T) {
	s := &shelf{after: map[int]func(*shelf){}}
	for i := range 20 {
		s.rows = append(s.rows, i)
	}
	for call := range 200 {
		s.after[call] = func(s *shelf) { s.rows = append([]int{1000 + s.calls}, s.rows...) }
	}
	if all, err := readAll(s.read(5), itself); !errors.Is(err, errUnstable) || all != nil {
		t.Errorf("%d rows, error %v", len(all), err)
	}
}

func TestListWithAPageMissingIsRefused(t *testing.T) {
	short := func(n int) (page[int], error) {
		if n == 1 {
			return page[int]{rows: []int{1, 2}, total: 5}, nil
		}
		return page[int]{total: 5}, nil
	}
	if all, err := readAll(short, itself); !errors.Is(err, errUnstable) || all != nil {
		t.Errorf("%v %v", all, err)
	}
}

func TestListRowThatCannotBeReadIsAnError(t *testing.T) {
	g, s := till(t, nil)
	order := `{"receipt":{"order":{"order_mch":{"pay_platform":2,"out_shop_id":"shop"},"order_client":{"device_id":1},` +
		`"order_content":{"out_trade_no":"P1","total_fee":5,"create_time":1700000000,"alipay_order_content_ext":{"current_trade_state":2}}}}}`
	says := func(rows string) {
		s.says(`{"status":0,"internal_status":0,"order_detail_query":{"total_count":1,"order_details":[` + rows + `]}}`)
	}
	says(order)
	all, err := g.List(t.Context(), anOrder.At, anOrder.At)
	if err != nil || len(all) != 1 || all[0].Device != "1" || all[0].Tender != pay.Alipay || all[0].Status != pay.Paid || all[0].At.Unix() != 1700000000 {
		t.Errorf("device_id as a number: %+v %v", all, err)
	}
	for _, bad := range []string{`{}`, `{"receipt":{}}`, `{"receipt":{"order":{"order_content":{}}}}`, `{"receipt":{"order":{"order_content":{"out_trade_no":"P1"}}}}`} {
		says(bad)
		if all, err := g.List(t.Context(), anOrder.At, anOrder.At); !errors.Is(err, pay.ErrNoAnswer) || all != nil {
			t.Errorf("%s: %+v %v", bad, all, err)
		}
	}
	s.says(`{"status":0,"internal_status":0,"client_order_detail":{"total_count":0}}`)
	if _, err := g.List(t.Context(), anOrder.At, anOrder.At); !errors.Is(err, pay.ErrNoAnswer) {
		t.Errorf("object under the wrong name: %v", err)
	}
}

func TestShopsWithoutListsAndPlainYes(t *testing.T) {
	g, s := till(t, nil)
	s.says(`{"status":0,"internal_status":0,"query_shop_info":{"total_count":2,"shop_infos":[` +
		`{"out_shop_id":"s2","shop_name":"南门店"},` +
		`{"out_shop_id":"s1","shop_name":"示例","branch_name":"北门店","device_infos":[{"device_id":1,"device_type":1,"device_name":"一号"},` +
		`{"device_id":"2","device_type":2},{"device_id":"3","device_type":3,"remark":"三号"}],` +
		`"staff_infos":[{"staff_id":"1","shop_manager":true},{"staff_id":"2","shop_manager":false},{"staff_id":"3","shop_manager":"perhaps"},{"staff_id":"4"}]}]}}`)
	devices, staff, err := g.Shops(t.Context())
	if err != nil || len(devices) != 3 || len(staff) != 4 {
		t.Fatalf("%+v %+v %v", devices, staff, err)
	}
	for i, want := range []pay.Device{
		{Store: "s1", StoreName: "示例 北门店", ID: "1", Name: "一号", TakesCodes: true},
		{Store: "s1", StoreName: "示例 北门店", ID: "2"},
		{Store: "s1", StoreName: "示例 北门店", ID: "3", Name: "三号", TakesCodes: true},
	} {
		if devices[i] != want {
			t.Errorf("%+v, want %+v", devices[i], want)
		}
	}
	for i, manager := range []bool{true, false, false, false} {
		if staff[i].Manager != manager {
			t.Errorf("clerk %d is a manager: %v", i+1, staff[i].Manager)
		}
	}
}

func TestClosedAlipayPaymentWithARefundWasPaid(t *testing.T) {
	refund := func(order string, back pay.RefundStatus) pay.Entry {
		return pay.Entry{Kind: pay.EntryRefund, Order: order, Refund: "R" + order, Tender: pay.Alipay, Back: back}
	}
	closed := func(order string, tender pay.Tender) pay.Entry {
		return pay.Entry{Kind: pay.EntryPayment, Order: order, Tender: tender, Status: pay.Closed}
	}
	got := markGivenBack([]pay.Entry{
		closed("given back", pay.Alipay), refund("given back", pay.RefundDone),
		closed("refund failed", pay.Alipay), refund("refund failed", pay.RefundFailed),
		closed("never paid", pay.Alipay),
		closed("reversed", pay.WeChat), refund("reversed", pay.RefundDone),
	})
	for _, e := range got {
		if want := e.Order == "given back"; e.Kind == pay.EntryPayment && (e.Status == pay.Paid) != want {
			t.Errorf("%s: %v", e.Order, e.Status)
		}
	}
}

func TestPrefixesAreBelievedOnlyWhole(t *testing.T) {
	for _, row := range []struct {
		name, answer string
		ok           bool
	}{
		{"as published", `"wx_author_codes":["10","15"],"ali_author_codes":["25","30"]`, true},
		{"as numbers", `"wx_author_codes":[10,15],"ali_author_codes":[25,30]`, true},
		{"a longer one", `"wx_author_codes":["10","160"],"ali_author_codes":["25"]`, true},
		{"one platform missing", `"wx_author_codes":["10"]`, false},
		{"one platform empty", `"wx_author_codes":["10"],"ali_author_codes":[]`, false},
		{"an empty one", `"wx_author_codes":["10",""],"ali_author_codes":["25"]`, false},
		{"no digits", `"wx_author_codes":["1x"],"ali_author_codes":["25"]`, false},
		{"too long", `"wx_author_codes":["1234567"],"ali_author_codes":["25"]`, false},
		{"one means both", `"wx_author_codes":["10","2"],"ali_author_codes":["25"]`, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, s := till(t, nil)
			s.says(`{"status":0,"internal_status":0,"query_identity_mapping":{"nonce_str":"x",` + row.answer + `}}`)
			got, err := g.Prefixes(t.Context())
			if (err == nil) != row.ok || row.ok && (len(got[pay.WeChat]) == 0 || len(got[pay.Alipay]) == 0) {
				t.Errorf("%v, %v", got, err)
			}
			if err != nil && !errors.Is(err, pay.ErrNoAnswer) {
				t.Errorf("%v is not one of the gateway's errors", err)
			}
		})
	}
}
