package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/sandbox"
)

func (x *till) inject(f sandbox.Fault) {
	x.t.Helper()
	if err := x.bank.Inject(f); err != nil {
		x.t.Fatal(err)
	}
}

// listing is what tests look at in a page of the list.
type listing struct {
	Total int `json:"total_count"`
	Rows  []struct {
		Receipt struct {
			Order *struct {
				Content struct {
					Number   string `json:"out_trade_no"`
					Total    int    `json:"total_fee"`
					Refunded int    `json:"refunded_fee"`
				} `json:"order_content"`
				Client struct {
					Device string `json:"device_id"`
				} `json:"order_client"`
			} `json:"order"`
			Refund *struct {
				Content struct {
					Number string `json:"out_refund_no"`
				} `json:"refund_order_content"`
			} `json:"refund_order"`
		} `json:"receipt"`
	} `json:"order_details"`
}

func (l listing) numbers() []string {
	all := []string{}
	for _, r := range l.Rows {
		if r.Receipt.Order != nil {
			all = append(all, r.Receipt.Order.Content.Number)
		} else {
			all = append(all, r.Receipt.Refund.Content.Number)
		}
	}
	return all
}

func listOf(page, size int) object {
	return object{
		"out_sub_mch_id": sandbox.PracticeSubMerchant, "out_shop_id": sandbox.PracticeShop, "device_id": "01",
		"query_order_type": 3, "page_num": page, "page_size": size, "nonce_str": "n",
	}
}

func (x *till) list(content object) listing {
	x.t.Helper()
	r := x.ask("client_order_detail", content)
	if r.Status != 0 || !r.genuine {
		x.t.Fatal(r.raw)
	}
	var l listing
	r.into(x.t, "order_detail_query", &l)
	return l
}

// shopDay makes orders 1 to 4 and refund 50 of order 1, a second apart.
func shopDay(x *till) {
	for n := 1; n <= 4; n++ {
		x.mustPay(number(n), weChatCode(n+20), 100*n)
		time.Sleep(time.Second)
	}
	if r := x.ask("refund", refundOf(1, number(1), number(50), 100, 40)); r.Status != 0 {
		x.t.Fatal(r.raw)
	}
}

func TestTheListComesNewestFirstInPagesAndByScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTill(t, nil)
		start := time.Now().Unix()
		shopDay(x)
		x.ask("micro_pay", with(payment(number(5), weChatCode(30), 5), "order_client.device_id", "02"))
		rows := []struct {
			name    string
			content object
			total   int
			want    []string
		}{
			{"all of this terminal", listOf(1, 50), 5, []string{number(50), number(4), number(3), number(2), number(1)}},
			{"second page", listOf(2, 2), 5, []string{number(3), number(2)}},
			{"last page", listOf(3, 2), 5, []string{number(1)}},
			{"just behind the last page", listOf(2, 5), 5, []string{}},
			{"beyond", listOf(9, 2), 5, []string{}},
			{"far beyond", listOf(1<<62, 4), 5, []string{}},
			{"refunds", with(listOf(1, 50), "query_order_type", 2), 1, []string{number(50)}},
			{"orders", with(listOf(1, 2), "query_order_type", 1), 4, []string{number(4), number(3)}},
			{"the other terminal", with(listOf(1, 50), "device_id", "02"), 1, []string{number(5)}},
			{"Alipay", with(listOf(1, 50), "pay_platform", 2), 0, []string{}},
			{"a window in time", with(with(listOf(1, 50), "start_time", start+1), "end_time", start+2), 2, []string{number(3), number(2)}},
			{"another clerk", with(listOf(1, 50), "staff_id", "1002"), 0, []string{}},
		}
		for _, row := range rows {
			if l := x.list(row.content); l.Total != row.total || !slices.Equal(l.numbers(), row.want) {
				t.Errorf("%s: %d, %v", row.name, l.Total, l.numbers())
			}
		}
		if got := x.list(listOf(1, 50)).Rows[4].Receipt.Order.Content.Refunded; got != 40 {
			t.Errorf("refunded_fee %d", got)
		}
		for name, bad := range map[string]object{
			"page zero": listOf(0, 1), "no rows": listOf(1, 0), "too many rows": listOf(1, 101),
			"unknown terminal": with(listOf(1, 1), "device_id", "77"), "unknown kind": with(listOf(1, 1), "query_order_type", 4),
			"another merchant": with(listOf(1, 1), "out_sub_mch_id", "elsewhere"),
		} {
			if r := x.ask("client_order_detail", bad); r.Status != 104 {
				t.Errorf("%s: %s", name, r.raw)
			}
		}
	})
}

func TestFaultsOfTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTill(t, nil)
		shopDay(x)
		before := x.bank.Orders()

		x.inject(sandbox.Fault{Kind: sandbox.FaultShift, Count: sandbox.Always})
		one, two := x.list(listOf(1, 2)), x.list(listOf(2, 2))
		if one.Total != 5 || two.Total != 6 || two.numbers()[0] != one.numbers()[1] {
			t.Errorf("shift: %d %v, %d %v", one.Total, one.numbers(), two.Total, two.numbers())
		}
		x.bank.Clear()

		x.inject(sandbox.Fault{Kind: sandbox.FaultDuplicate})
		if l := x.list(listOf(1, 50)); l.Total != 5 || len(l.Rows) != 6 || l.numbers()[5] != l.numbers()[0] {
			t.Errorf("duplicate: %d %v", l.Total, l.numbers())
		}

		x.inject(sandbox.Fault{Kind: sandbox.FaultAmount, Interface: "client_order_detail", Amount: 7})
		if l := x.list(listOf(1, 50)); l.Rows[1].Receipt.Order.Content.Total != 407 {
			t.Errorf("amount: %+v", l.Rows[1].Receipt.Order)
		}
		if l := x.list(listOf(1, 50)); l.Rows[1].Receipt.Order.Content.Total != 400 || len(l.Rows) != 5 {
			t.Errorf("faults outlive their count: %+v", l)
		}
		if !slices.Equal(before, x.bank.Orders()) {
			t.Error("a lie changed the book")
		}

		x.inject(sandbox.Fault{Kind: sandbox.FaultForeign, Device: "01", Amount: 999})
		l := x.list(listOf(1, 50))
		if first := l.Rows[0].Receipt.Order; l.Total != 6 || first == nil || first.Content.Total != 999 || first.Client.Device != "01" {
			t.Errorf("foreign: %+v", l)
		}
		if truth := x.bank.Orders(); len(truth) != 5 || !truth[0].Foreign {
			t.Errorf("foreign order in the book: %+v", truth[0])
		}
	})
}

func TestFaultsOnTheWayOfAnAnswer(t *testing.T) {
	rows := []struct {
		name   string
		fault  sandbox.Fault
		told   told
		status int
		acted  bool
		takes  time.Duration
	}{
		{"request lost", sandbox.Fault{Kind: sandbox.FaultDrop}, nothing, 0, false, 0},
		{"answer lost", sandbox.Fault{Kind: sandbox.FaultLose}, nothing, 0, true, 0},
		{"no answer ever", sandbox.Fault{Kind: sandbox.FaultHang}, nothing, 0, true, 30 * time.Second},
		{"late", sandbox.Fault{Kind: sandbox.FaultDelay, Delay: 7 * time.Second}, inOrder, 0, true, 7 * time.Second},
		{"dripping", sandbox.Fault{Kind: sandbox.FaultSlow, Delay: 16 * time.Second}, inOrder, 0, true, 16 * time.Second},
		{"later than anybody waits", sandbox.Fault{Kind: sandbox.FaultDelay, Delay: time.Hour}, nothing, 0, false, 30 * time.Second},
		{"cut", sandbox.Fault{Kind: sandbox.FaultCut}, garbage, 0, true, 0},
		{"forged", sandbox.Fault{Kind: sandbox.FaultForge}, fake, 0, true, 0},
		{"bad gateway", sandbox.Fault{Kind: sandbox.FaultHTTP}, gateway, 0, true, 0},
		{"captive portal", sandbox.Fault{Kind: sandbox.FaultHTTP, Code: 200}, garbage, 0, true, 0},
		{"unknown", sandbox.Fault{Kind: sandbox.FaultInternal}, inOrder, 3, true, 0},
		{"busy", sandbox.Fault{Kind: sandbox.FaultBusy}, inOrder, 103, false, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTill(t, nil)
				x.client.Timeout = 30 * time.Second
				x.inject(row.fault)
				start := time.Now()
				x.hears(payment(number(1), weChatCode(0), 1250), row.told, row.status, 0, 2)
				if took := time.Since(start); took != row.takes {
					t.Errorf("took %v, want %v", took, row.takes)
				}
				synctest.Wait()
				if acted := len(x.bank.Orders()) == 1; acted != row.acted {
					t.Errorf("in the book: %v", acted)
				}
				if left := x.bank.Faults(); len(left) != 0 {
					t.Errorf("still armed: %v", left)
				}
				x.mustPay(number(2), weChatCode(20), 1250) // used up
			})
		})
	}
}

func TestSignedLies(t *testing.T) {
	x := newTill(t, nil)
	x.mustPay(number(1), weChatCode(0), 1250)
	rows := []struct {
		fault sandbox.FaultKind
		lies  func(paid) bool
	}{
		{sandbox.FaultAmount, func(p paid) bool { return p.Order.Total == 1251 }},
		{sandbox.FaultNumber, func(p paid) bool { return p.Order.Number != number(1) && len(p.Order.Number) == len(number(1)) }},
		{sandbox.FaultCurrency, func(p paid) bool { return p.Order.Currency == "USD" }},
		{sandbox.FaultMerchant, func(p paid) bool { return p.Key.Shop != sandbox.PracticeShop }},
	}
	for _, row := range rows {
		x.inject(sandbox.Fault{Kind: row.fault, Interface: "query_order"})
		if p := x.query(1, number(1)); !row.lies(p) || p.state() != 2 {
			t.Errorf("%s: %+v", row.fault, p)
		}
		if p := x.query(1, number(1)); row.lies(p) {
			t.Errorf("%s lies for ever", row.fault)
		}
	}
}

func TestAFaultWaitsForItsInterface(t *testing.T) {
	x := newTill(t, nil)
	x.inject(sandbox.Fault{Kind: sandbox.FaultBusy, Interface: "query_order", Count: 2})
	x.mustPay(number(1), weChatCode(0), 100)
	for range 2 {
		if r := x.ask("query_order", query(1, number(1))); r.Status != 103 {
			t.Error(r.raw)
		}
	}
	x.query(1, number(1))
	x.inject(sandbox.Fault{Kind: sandbox.FaultDrop, Interface: "ping"})
	if _, _, err := x.post("ping", "", ""); err == nil {
		t.Error("ping came through")
	}
}

func TestWhatIsNoFault(t *testing.T) {
	x := newTill(t, nil)
	for name, f := range map[string]sandbox.Fault{
		"no kind":                     {},
		"unknown kind":                {Kind: "gremlin"},
		"unknown interface":           {Kind: sandbox.FaultLose, Interface: "pay"},
		"kind that cannot act there":  {Kind: sandbox.FaultShift, Interface: "micro_pay"},
		"delay without a time":        {Kind: sandbox.FaultDelay},
		"http status that is none":    {Kind: sandbox.FaultHTTP, Code: 99},
		"foreign order, no such till": {Kind: sandbox.FaultForeign, Device: "77"},
		"foreign order, no such shop": {Kind: sandbox.FaultForeign, Shop: "elsewhere"},
		"less than always":            {Kind: sandbox.FaultLose, Count: -2},
	} {
		if err := x.bank.Inject(f); !errors.Is(err, sandbox.ErrFault) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(x.bank.Faults()) != 0 || len(x.bank.Orders()) != 0 {
		t.Error("something was armed all the same")
	}
}

func TestTheControlPathArmsListsAndClears(t *testing.T) {
	x := newTill(t, nil)
	control := func(method, path, kind, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(context.Background(), method, "http://sandbox/sandbox/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		resp, err := x.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b := new(strings.Builder)
		buf := make([]byte, 4096)
		for {
			n, err := resp.Body.Read(buf)
			b.Write(buf[:n])
			if err != nil {
				return resp.StatusCode, b.String()
			}
		}
	}
	fault := `{"kind":"delay","interface":"refund","count":3,"delay":"1.5s"}`
	for _, row := range []struct {
		name, kind, body string
		status           int
	}{
		{"a fault", "application/json", fault, 204},
		{"a form of a web page", "text/plain", fault, 415},
		{"no JSON", "application/json", "boom", 400},
		{"no fault", "application/json", `{"kind":"gremlin"}`, 400},
		{"no time", "application/json", `{"kind":"delay","delay":"soon"}`, 400},
		{"endless", "application/json", `{"kind":"` + strings.Repeat("x", 5000) + `"}`, 400},
	} {
		if status, text := control("POST", "faults", row.kind, row.body); status != row.status {
			t.Errorf("%s: %d %s", row.name, status, text)
		}
	}
	var armed []sandbox.Fault
	_, text := control("GET", "faults", "", "")
	if err := json.Unmarshal([]byte(text), &armed); err != nil || len(armed) != 1 ||
		armed[0] != (sandbox.Fault{Kind: sandbox.FaultDelay, Interface: "refund", Count: 3, Delay: 1500 * time.Millisecond}) {
		t.Errorf("armed: %s, %v", text, err)
	}
	if status, _ := control("DELETE", "faults", "", ""); status != 204 || len(x.bank.Faults()) != 0 {
		t.Errorf("clear: %d, %v", status, x.bank.Faults())
	}
	x.mustPay(number(1), weChatCode(0), 1250)
	var orders []sandbox.Order
	_, text = control("GET", "orders", "", "")
	if err := json.Unmarshal([]byte(text), &orders); err != nil || len(orders) != 1 || orders[0].Amount != 1250 || strings.Contains(text, weChatCode(0)) {
		t.Errorf("orders: %s, %v", text, err)
	}
	if _, text = control("GET", "counts", "", ""); text != "{\"micro_pay\":1}\n" {
		t.Errorf("counts: %s", text)
	}
}
