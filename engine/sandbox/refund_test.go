package sandbox_test

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
)

func TestWhatMayBeRefunded(t *testing.T) {
	good := refundOf(1, number(1), number(50), 1000, 300)
	rows := []struct {
		name    string
		content object
		status  int
	}{
		{"a part", good, 0},
		{"all of it", with(good, "refund_content.refund_fee", 1000), 0},
		{"one fen more than was paid", with(good, "refund_content.refund_fee", 1001), 104},
		{"nothing", with(good, "refund_content.refund_fee", 0), 104},
		{"another total", with(good, "refund_content.total_fee", 999), 104},
		{"dollars", with(good, "refund_content.refund_fee_type", "USD"), 104},
		{"number without the prefix", with(good, "refund_content.out_refund_no", "R1"), 104},
		{"unknown order", with(good, "refund_content.out_trade_no", number(9)), 104},
		{"order of the other platform", with(good, "pay_mch_key.pay_platform", 2), 104},
		{"order that is not paid", with(good, "refund_content.out_trade_no", number(2)), 104},
		{"order still being booked", with(good, "refund_content.out_trade_no", number(3)), 104},
		{"empty clerk", with(good, "order_client.staff_id", ""), 104},
		{"from the other terminal", with(good, "order_client.device_id", "02"), 0},
		{"under the wrong member", with(with(good, "pay_content", good["refund_content"]), "refund_content", nil), 101},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			x := newTill(t, nil)
			x.mustPay(number(1), weChatCode(0), 1000)
			x.mustPay(number(2), weChatCode(1), 1000)
			x.mustPay(number(3), weChatCode(12), 1000)
			if r := x.ask("refund", row.content); r.Status != row.status {
				t.Error(r.raw)
			}
			if stored := len(x.bank.Refunds()); stored == 1 != (row.status == 0) {
				t.Errorf("%d refunds in the book", stored)
			}
		})
	}
}

func TestRefundsNeverExceedThePaymentAndARepeatedOneIsTheSame(t *testing.T) {
	x := newTill(t, nil)
	x.mustPay(number(1), alipayCode(0), 1000)
	rows := []struct {
		name      string
		refund    string
		back      int
		status    int
		afterward pay.Money
	}{
		{"first part", number(50), 600, 0, 600},
		{"the same again", number(50), 600, 0, 600},
		{"the same number with another amount", number(50), 500, 104, 600},
		{"more than is left", number(51), 401, 104, 600},
		{"the rest", number(51), 400, 0, 1000},
		{"one fen more", number(52), 1, 104, 1000},
	}
	for _, row := range rows {
		if r := x.ask("refund", refundOf(2, number(1), row.refund, 1000, row.back)); r.Status != row.status {
			t.Errorf("%s: %s", row.name, r.raw)
		}
		if got := x.bank.Orders()[0].Refunded; got != row.afterward {
			t.Errorf("%s: %v given back, want %v", row.name, got, row.afterward)
		}
	}
	if p := x.query(2, number(1)); p.state() != 5 {
		t.Errorf("Alipay state %d after everything went back", p.state())
	}
}

func TestARefundReachesItsEndAfterAWhile(t *testing.T) {
	rows := []struct {
		name         string
		platform     int
		fault        sandbox.FaultKind
		first, later int
		end          pay.RefundStatus
		refunded     pay.Money
		order        int // state of the order at the end
	}{
		{"WeChat", 1, "", 4, 2, pay.RefundDone, 300, 4},
		{"Alipay", 2, "", 1, 2, pay.RefundDone, 300, 2},
		{"WeChat fails", 1, sandbox.FaultRefundFails, 4, 3, pay.RefundFailed, 0, 2},
		{"Alipay fails", 2, sandbox.FaultRefundFails, 1, 3, pay.RefundFailed, 0, 2},
		{"WeChat, by hand", 1, sandbox.FaultRefundManual, 4, 5, pay.RefundManual, 300, 4},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTill(t, func(c *sandbox.Config) { c.RefundAfter = time.Minute })
				x.mustPay(number(1), []string{"", weChatCode(0), alipayCode(0)}[row.platform], 1000)
				if row.fault != "" {
					x.inject(sandbox.Fault{Kind: row.fault})
				}
				if r := x.ask("refund", refundOf(row.platform, number(1), number(50), 1000, 300)); r.Status != 0 {
					t.Fatal(r.raw)
				}
				x.wantRefund(row.platform, number(1), number(50), row.first)
				time.Sleep(time.Minute)
				x.wantRefund(row.platform, number(1), number(50), row.later)
				if got := x.bank.Refunds()[0]; got.Status != row.end || got.Amount != 300 {
					t.Errorf("book: %+v", got)
				}
				if got := x.bank.Orders()[0]; got.Refunded != row.refunded {
					t.Errorf("given back %v", got.Refunded)
				}
				if p := x.query(row.platform, number(1)); p.state() != row.order {
					t.Errorf("order state %d", p.state())
				}
			})
		})
	}
}

func TestRefundsOfAnOrderAreAskedForOneByOneOrTogether(t *testing.T) {
	x := newTill(t, func(c *sandbox.Config) { c.RefundAfter = time.Hour })
	x.mustPay(number(1), weChatCode(0), 1000)
	for _, n := range []int{50, 51} {
		if r := x.ask("refund", refundOf(1, number(1), number(n), 1000, n)); r.Status != 0 {
			t.Fatal(r.raw)
		}
	}
	for _, row := range []struct {
		name, refund string
		want         map[string]int
	}{
		{"one", number(51), map[string]int{number(51): 4}},
		{"all", "", map[string]int{number(50): 4, number(51): 4}},
		{"an unknown one", number(52), map[string]int{}},
	} {
		if got := x.refundStates(1, number(1), row.refund); !maps.Equal(got, row.want) {
			t.Errorf("%s: %v", row.name, got)
		}
	}
	if r := x.ask("query_refund_order", refundQuery(1, number(9), "")); r.Status != 104 {
		t.Errorf("unknown order: %s", r.raw)
	}
	if r := x.ask("query_refund_order", with(refundQuery(1, number(1), ""), "out_refund_no", nil)); r.Status != 101 {
		t.Errorf("no number at all: %s", r.raw)
	}
}

func TestReversingIsForTheTerminalThatTookThePayment(t *testing.T) {
	rows := []struct {
		name     string
		scenario int
		change   func(object) object
		refund   bool
		status   int
		later    pay.Status
	}{
		{"paid", 0, nil, false, 0, pay.Closed},
		{"customer still typing", 1, nil, false, 0, pay.Closed},
		{"from another terminal", 0, func(o object) object { return with(o, "order_client.device_id", "02") }, false, 104, pay.Paid},
		{"from another machine", 0, func(o object) object { return with(o, "order_client.machine_no", "02-02") }, false, 104, pay.Paid},
		{"partly refunded", 0, nil, true, 104, pay.Paid},
		{"unknown order", 0, func(o object) object { return with(o, "out_trade_no", number(9)) }, false, 104, pay.Paid},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			x := newTill(t, nil)
			x.mustPay(number(1), weChatCode(row.scenario), 1000)
			if row.refund {
				x.ask("refund", refundOf(1, number(1), number(50), 1000, 1))
			}
			content := with(query(1, number(1)), "trade_type", nil)
			if row.change != nil {
				content = row.change(content)
			}
			for range 2 { // repeating it changes nothing
				if r := x.ask("reverse", content); r.Status != row.status {
					t.Error(r.raw)
				}
			}
			for range 3 {
				x.query(1, number(1))
			}
			if got := x.bank.Orders()[0].Status(); got != row.later {
				t.Errorf("the book says %v", got)
			}
		})
	}
}

func TestAPaymentByScannedCodeCannotBeClosed(t *testing.T) {
	x := newTill(t, nil)
	x.mustPay(number(1), weChatCode(1), 1000)
	if r := x.ask("close_order", query(1, number(1))); r.Status != 104 {
		t.Error(r.raw)
	}
	if r := x.ask("close_order", query(1, number(2))); r.Status != 104 {
		t.Error(r.raw)
	}
	if got := x.bank.Orders()[0].State; got != sandbox.StatePaying {
		t.Errorf("state %v", got)
	}
}
