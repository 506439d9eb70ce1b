package sandbox_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
)

// told is how the till hears of its payment.
type told int

const (
	inOrder told = iota // an authentic envelope
	nothing             // the connection breaks
	fake                // an envelope with a wrong code
	garbage             // HTTP 200 that is no JSON
	gateway             // HTTP 502
)

func TestTheLastTwoDigitsOfTheCodeChooseTheEnding(t *testing.T) {
	const none = pay.Status(255)
	rows := []struct {
		name          string
		scenario      int
		told          told
		status        int // of the envelope
		internal      int
		wechat, alipy int        // state in the first answer, 0 when there is no order in it
		bank          pay.Status // the truth after the payment
		later         pay.Status // the truth after three queries
	}{
		{"paid at once", 0, inOrder, 0, 0, 2, 2, pay.Paid, pay.Paid},
		{"password typed", 1, inOrder, 0, 0, 9, 4, pay.Pending, pay.Paid},
		{"password page closed", 2, inOrder, 0, 0, 9, 4, pay.Pending, pay.Declined},
		{"platform cannot pay", 3, inOrder, 0, 0, 10, 5, pay.Declined, pay.Declined},
		{"result unknown, in truth paid", 4, inOrder, 3, 0, 0, 0, pay.Paid, pay.Paid},
		{"busy, in truth paid", 5, inOrder, 103, 0, 0, 0, pay.Paid, pay.Paid},
		{"no answer, in truth paid", 6, nothing, 0, 0, 0, 0, pay.Paid, pay.Paid},
		{"no answer, never created", 7, nothing, 0, 0, 0, 0, none, none},
		{"answer with a wrong code", 8, fake, 0, 0, 2, 2, pay.Paid, pay.Paid},
		{"wants a new number", 9, inOrder, 102, 0, 0, 0, none, none},
		{"re-entry", 10, inOrder, 104, 407, 0, 0, none, none},
		{"balance too low", 11, inOrder, 104, 0, 0, 0, pay.Declined, pay.Declined},
		{"still being booked", 12, inOrder, 0, 0, 2, 2, pay.Paid, pay.Paid},
		{"half an answer", 13, garbage, 0, 0, 0, 0, pay.Paid, pay.Paid},
		{"bad gateway", 14, gateway, 0, 0, 0, 0, pay.Paid, pay.Paid},
		{"answer for another order", 15, inOrder, 0, 0, 2, 2, pay.Paid, pay.Paid},
		{"coupon", 16, inOrder, 0, 0, 2, 2, pay.Paid, pay.Paid},
		{"digits without a meaning", 77, inOrder, 0, 0, 2, 2, pay.Paid, pay.Paid},
	}
	for _, row := range rows {
		for _, platform := range []int{1, 2} {
			t.Run(row.name+[]string{"", ", WeChat", ", Alipay"}[platform], func(t *testing.T) {
				x := newTill(t, nil)
				code, first := weChatCode(row.scenario), row.wechat
				if platform == 2 {
					code, first = alipayCode(row.scenario), row.alipy
				}
				x.hears(payment(number(1), code, 1250), row.told, row.status, row.internal, first)
				truth := func(want pay.Status) {
					t.Helper()
					got := none
					for _, o := range x.bank.Orders() {
						got = o.Status()
					}
					if got != want {
						t.Errorf("the book says %v, want %v", got, want)
					}
				}
				truth(row.bank)
				for range 3 {
					x.query(platform, number(1))
				}
				truth(row.later)
			})
		}
	}
}

// hears pays and checks how the answer arrives.
func (x *till) hears(content object, how told, status, internal, state int) {
	x.t.Helper()
	text := mustJSON(content)
	body := mustJSON(object{"request_content": text, "authen_info": byCode(text)})
	code, answer, err := x.post("micro_pay", "application/json", body)
	switch how {
	case nothing:
		if err == nil {
			x.t.Fatalf("an answer came: %s", answer)
		}
		return
	case gateway:
		if code != http.StatusBadGateway {
			x.t.Fatalf("HTTP %d", code)
		}
		return
	}
	r, ok := read(answer)
	if code != http.StatusOK || err != nil || ok == (how == garbage) {
		x.t.Fatalf("HTTP %d, %v: %s", code, err, answer)
	}
	if how == garbage {
		return
	}
	if r.Status != status || r.Internal != internal || r.genuine != (r.sealed && how != fake) {
		x.t.Fatalf("status %d, internal %d, genuine %v: %s", r.Status, r.Internal, r.genuine, answer)
	}
	if status != 0 {
		return
	}
	var p paid
	r.into(x.t, "micro_pay", &p)
	if p.state() != state || p.Order.Total != 1250 || p.Order.Currency != "CNY" || p.Key.Shop != sandbox.PracticeShop {
		x.t.Errorf("state %d, order %+v", p.state(), p.Order)
	}
}

func TestAnAnswerForAnotherOrderNamesAnotherOrderAndTheBookDoesNot(t *testing.T) {
	x := newTill(t, nil)
	r := x.ask("micro_pay", payment(number(1), weChatCode(15), 100))
	var p paid
	r.into(t, "micro_pay", &p)
	if !r.genuine || p.Order.Number == number(1) {
		t.Errorf("genuine %v, number %s", r.genuine, p.Order.Number)
	}
	if p := x.query(1, number(1)); p.Order.Number != number(1) || p.state() != 2 {
		t.Errorf("query: %+v", p.Order)
	}
}

func TestACouponLowersWhatTheCustomerPaid(t *testing.T) {
	for _, fen := range []int{1, 9, 1250} {
		x := newTill(t, nil)
		x.mustPay(number(1), weChatCode(16), fen)
		p := x.query(1, number(1))
		if p.Order.Total != fen || p.Order.Cash >= fen || p.Order.Cash < 0 || p.Order.Settlement != p.Order.Cash {
			t.Errorf("%d fen: %+v", fen, p.Order)
		}
	}
}

func TestBookingTakesFiveSecondsAndARefundThenTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTill(t, nil)
		x.mustPay(number(1), weChatCode(12), 300)
		time.Sleep(5*time.Second - time.Millisecond)
		if p := x.query(1, number(1)); !p.Order.InProgress {
			t.Error("no longer in progress after 4.999 s")
		}
		time.Sleep(time.Millisecond)
		if p := x.query(1, number(1)); p.Order.InProgress || p.state() != 2 {
			t.Errorf("after 5 s: %+v", p.Order)
		}
		refund := number(2)
		if r := x.ask("refund", refundOf(1, number(1), refund, 300, 100)); r.Status != 0 {
			t.Fatal(r.raw)
		}
		time.Sleep(2*time.Second - time.Millisecond)
		x.wantRefund(1, number(1), refund, 4)
		time.Sleep(time.Millisecond)
		x.wantRefund(1, number(1), refund, 2)
	})
}
