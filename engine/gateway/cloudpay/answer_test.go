package cloudpay

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cpos/engine/pay"
)

// seals a content as the service does; written apart from the code under test.

// orderText is a status 0 answer about anOrder, with extra put into order_content.

func TestOrderStates(t *testing.T) {
	g, s := till(t, nil)
	for _, row := range []struct {
		name  string
		extra string
		want  pay.Status
		why   pay.Why
	}{
		{"WeChat 1 initial", wechat(1), pay.Pending, ""},
		{"WeChat 2 paid", wechat(2), pay.Paid, ""},
		{"WeChat 3 paid by another way", wechat(3), pay.Paid, ""},
		{"WeChat 4 paid and given back", wechat(4), pay.Paid, pay.WhyTurnedRefund},
		{"WeChat 5 customer stopped", wechat(5), pay.Declined, pay.WhyCustomerStopped},
		{"WeChat 6 waiting", wechat(6), pay.Pending, ""},
		{"WeChat 7 closed", wechat(7), pay.Closed, ""},
		{"WeChat 8 reversed", wechat(8), pay.Closed, pay.WhyReversed},
		{"WeChat 9 typing a password", wechat(9), pay.Pending, ""},
		{"WeChat 10 error", wechat(10), pay.Declined, pay.WhyPayError},
		{"WeChat 11 void is not final", wechat(11), pay.Unknown, pay.WhyNotFound},
		{"WeChat 12 accepted", wechat(12), pay.Pending, ""},
		{"WeChat 13 deposit is nobody's verdict", wechat(13), pay.Pending, pay.WhyState},
		{"WeChat 99 unknown number", wechat(99), pay.Pending, pay.WhyState},
		{"WeChat 0", wechat(0), pay.Pending, pay.WhyState},
		{"Alipay 1 initial", alipay(1), pay.Pending, ""},
		{"Alipay 2 paid", alipay(2), pay.Paid, ""},
		{"Alipay 3 was waiting in the first generation", alipay(3), pay.Pending, pay.WhyState},
		{"Alipay 4 waiting, once closed", alipay(4), pay.Pending, ""},
		{"Alipay 5 with a time of payment was given back", alipay(5), pay.Paid, pay.WhyTurnedRefund},
		{"Alipay 5 without any trace of payment", `,"time_end":0` + alipay(5), pay.Closed, ""},
		{"Alipay 5 with a refund", `,"time_end":0,"alipay_order_content_ext":{"current_trade_state":5,"refund_fee":"0.50"}`, pay.Paid, pay.WhyTurnedRefund},
		{"Alipay 6 finished counts as paid", alipay(6), pay.Paid, ""},
		{"Alipay 7 does not exist", alipay(7), pay.Unknown, pay.WhyNotFound},
		{"Alipay 8 unknown number", alipay(8), pay.Pending, pay.WhyState},
		{"no platform part", "", pay.Pending, pay.WhyState},
		{"paid but still processing", `,"is_transforming":true` + wechat(2), pay.Pending, ""},
		{"declined but still processing", `,"is_transforming":true` + wechat(10), pay.Pending, ""},
		{"not processing any more", `,"is_transforming":false` + wechat(2), pay.Paid, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s.says(orderText("query_order", row.extra))
			out, err := query(t, g)
			if err != nil || out.Status != row.want || out.Why != row.why {
				t.Errorf("%v %q %v, want %v %q", out.Status, out.Why, err, row.want, row.why)
			}
		})
	}
}

// TestOrderStatesOfTheFirstGeneration holds the numbers of the reference of 2017, which differ for Alipay.
func TestOrderStatesOfTheFirstGeneration(t *testing.T) {
	g, s := till(t, map[string]string{"generation": "2017"})
	for _, row := range []struct {
		name  string
		extra string
		want  pay.Status
		why   pay.Why
	}{
		{"WeChat 2 paid, as ever", wechat(2), pay.Paid, ""},
		{"Alipay 1 initial", alipay(1), pay.Pending, ""},
		{"Alipay 2 paid", alipay(2), pay.Paid, ""},
		{"Alipay 3 waiting", alipay(3), pay.Pending, ""},
		{"Alipay 4 without any trace of payment", `,"time_end":0` + alipay(4), pay.Closed, ""},
		{"Alipay 4 with a time of payment was given back", alipay(4), pay.Paid, pay.WhyTurnedRefund},
		{"Alipay 5 finished counts as paid", alipay(5), pay.Paid, ""},
		{"Alipay 6 does not exist", alipay(6), pay.Unknown, pay.WhyNotFound},
		{"Alipay 7 is nobody's number", alipay(7), pay.Pending, pay.WhyState},
		{"Alipay 6 but still processing", `,"is_transforming":true` + alipay(6), pay.Pending, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s.says(orderText("query_order", row.extra))
			out, err := query(t, g)
			if err != nil || out.Status != row.want || out.Why != row.why {
				t.Errorf("%v %q %v, want %v %q", out.Status, out.Why, err, row.want, row.why)
			}
		})
	}
}

func TestCustomerStoppedIsConfirmedByAQueryFirst(t *testing.T) {
	g, s := till(t, nil)
	s.says(orderText("micro_pay", wechat(5)))
	out, err := g.Pay(t.Context(), anOrder, pay.Request{Number: "P1", Content: []byte("{}")})
	if err != nil || out.Status != pay.Pending || out.Why != pay.WhyCustomerStopped {
		t.Errorf("%+v %v", out, err)
	}
}

func TestRefundStates(t *testing.T) {
	g, s := till(t, nil)
	wx := func(n int) string { return fmt.Sprintf(`,"wxpay_refund_order_content_ext":{"state":%d}`, n) }
	ali := func(n int) string { return fmt.Sprintf(`,"alipay_refund_order_content_ext":{"refund_status":%d}`, n) }
	for _, row := range []struct {
		name  string
		extra string
		want  pay.RefundStatus
		why   pay.Why
	}{
		{"WeChat 1", wx(1), pay.RefundAccepted, ""},
		{"WeChat 2 done", wx(2), pay.RefundDone, ""},
		{"WeChat 3 failed", wx(3), pay.RefundFailed, pay.WhyRefused},
		{"WeChat 4 processing", wx(4), pay.RefundAccepted, ""},
		{"WeChat 5 by hand", wx(5), pay.RefundManual, ""},
		{"WeChat 6 void holds its sum", wx(6), pay.RefundUnknown, pay.WhyNotFound},
		{"WeChat 9 unknown number", wx(9), pay.RefundAccepted, pay.WhyState},
		{"Alipay 1", ali(1), pay.RefundAccepted, ""},
		{"Alipay 2 done", ali(2), pay.RefundDone, ""},
		{"Alipay 3 failed", ali(3), pay.RefundFailed, pay.WhyRefused},
		{"Alipay 4 processing", ali(4), pay.RefundAccepted, ""},
		{"Alipay 5 does not exist", ali(5), pay.RefundUnknown, pay.WhyNotFound},
		{"done but still processing", `,"is_transforming":true` + wx(2), pay.RefundAccepted, ""},
		{"no platform part", "", pay.RefundAccepted, pay.WhyState},
	} {
		refund := pay.Refund{ID: "R1", Order: "P1", Amount: 40}
		one := `{"out_refund_no":"R1","out_trade_no":"P1","total_fee":100,"refund_fee":40,"refund_fee_type":"CNY"` + row.extra + `}`
		for shape, object := range map[string]string{
			"list":                  `[` + one + `]`,
			"one":                   one,
			"list of all the order": `[{"out_refund_no":"R0","out_trade_no":"P1","refund_fee":1},` + one + `]`,
		} {
			t.Run(row.name+"/"+shape, func(t *testing.T) {
				s.says(`{"status":0,"internal_status":0,"query_refund_order":{"refund_order_content":` + object + `}}`)
				out, err := g.QueryRefund(t.Context(), anOrder, refund)
				if err != nil || out.Status != row.want || out.Why != row.why {
					t.Errorf("%+v %v, want %v %q", out, err, row.want, row.why)
				}
			})
		}
	}
}

func TestRefundStatusZeroMeansAcceptedOnly(t *testing.T) {
	g, s := till(t, nil)
	s.says(`{"status":0,"log_id":7,"internal_status":0,"refund":{"nonce_str":"x"}}`)
	out, err := g.Refund(t.Context(), anOrder, pay.Refund{ID: "R1", Amount: 40}, pay.Request{Number: "R1", Content: []byte("{}")})
	if err != nil || out.Status != pay.RefundAccepted {
		t.Errorf("%+v %v", out, err)
	}
}

func TestStatusTable(t *testing.T) {
	g, s := till(t, nil)
	for _, row := range []struct {
		name     string
		content  string
		unsigned bool
		want     pay.Status
		refund   pay.RefundStatus
		why      pay.Why
	}{
		{"3 internal error is unknown", `{"status":3,"internal_status":1}`, true, pay.Unknown, pay.RefundUnknown, pay.WhyBusy},
		{"101 for another cause is no verdict, for it is unsigned", `{"status":101,"description":"参数body错误.","internal_status":1}`, true, pay.Unknown, pay.RefundUnknown, pay.WhyRefused},
		{"102 asks for a new number", `{"status":102,"internal_status":1}`, false, pay.Unknown, pay.RefundUnknown, pay.WhyNumberUsed},
		{"103 asks to try later", `{"status":103,"internal_status":1}`, false, pay.Unknown, pay.RefundUnknown, pay.WhyBusy},
		{"104 balance", `{"status":104,"description":"余额不足","internal_status":1}`, false, pay.Declined, pay.RefundFailed, pay.WhyBalance},
		{"104 shop mismatch", `{"status":104,"description":"子商户门店、设备和店员信息验证不通过","internal_status":1}`, false, pay.Declined, pay.RefundFailed, pay.WhyMismatch},
		{"104 something else", `{"status":104,"description":"付款码已过期","internal_status":1}`, false, pay.Declined, pay.RefundFailed, pay.WhyRefused},
		{"104 with 407 is looked at before its text", `{"status":104,"description":"余额不足","internal_status":407}`, false, pay.Unknown, pay.RefundUnknown, pay.WhyReentry},
		{"a status nobody knows", `{"status":250,"internal_status":1}`, false, pay.Unknown, pay.RefundUnknown, pay.WhyRefused},
	} {
		t.Run(row.name, func(t *testing.T) {
			s.says(row.content)
			if row.unsigned {
				s.body = outer(row.content, "")
			}
			out, err := g.Pay(t.Context(), anOrder, pay.Request{Number: "P1", Content: []byte("{}")})
			if err != nil || out.Status != row.want || out.Why != row.why {
				t.Errorf("pay: %+v %v", out, err)
			}
			back, err := g.Refund(t.Context(), anOrder, pay.Refund{ID: "R1", Amount: 1}, pay.Request{Number: "R1", Content: []byte("{}")})
			if err != nil || back.Status != row.refund || back.Why != row.why {
				t.Errorf("refund: %+v %v", back, err)
			}
			out, err = query(t, g)
			if err != nil || out.Status != pay.Unknown {
				t.Errorf("a query that failed gave a verdict: %+v %v", out, err)
			}
		})
	}
}

func TestStatusZeroIsNotPaid(t *testing.T) {
	g, s := till(t, nil)
	for _, content := range []string{
		`{"status":0,"internal_status":0}`,
		`{"status":0,"internal_status":0,"query_order":{}}`,
		`{"status":0,"internal_status":0,"query_order":{"order_content":null}}`,
		`{"status":0,"internal_status":0,"micro_pay":{"order_content":{"out_trade_no":"P1"}}}`,
	} {
		s.says(content)
		if out, err := query(t, g); !errors.Is(err, pay.ErrNoAnswer) || out.Why != pay.WhyGarbled {
			t.Errorf("%s: %+v %v", content, out, err)
		}
	}
}

func TestNotFoundIsReadFromTheSentenceOfAQueryOnly(t *testing.T) {
	g, s := till(t, nil)
	s.says(`{"status":104,"description":"订单不存在.","internal_status":1}`)
	if out, err := query(t, g); err != nil || out.Status != pay.Unknown || out.Why != pay.WhyNotFound {
		t.Errorf("query: %+v %v", out, err)
	}
	s.says(`{"status":104,"description":"门店不存在.","internal_status":1}`)
	if out, _ := query(t, g); out.Why == pay.WhyNotFound {
		t.Error("a store that does not exist is taken for an order that does not")
	}
}

func TestTwoKeysTwoErrors(t *testing.T) {
	wrong := outer(`{"status":101,"description":"参数authen_code错误.","log_id":9,"internal_status":7}`, "")
	pkcs1 := string(pemOf("RSA PRIVATE KEY", pkcs1Of(t)))
	byHMAC, s1 := till(t, nil)
	bySign, s2 := till(t, map[string]string{"sign_key": pkcs1})
	s1.body, s2.body = wrong, wrong
	refund, q := pay.Refund{ID: "R1", Amount: 1}, pay.Request{Number: "R1", Content: []byte("{}")}

	if out, err := byHMAC.Pay(t.Context(), anOrder, pay.Request{Number: "P1", Content: []byte("{}")}); !errors.Is(err, pay.ErrAuthKey) || out.Why != pay.WhyAuthKey || out.LogID != 9 {
		t.Errorf("pay: %+v %v", out, err)
	}
	if out, err := byHMAC.Refund(t.Context(), anOrder, refund, q); !errors.Is(err, pay.ErrAuthKey) || out.Why != pay.WhyAuthKey {
		t.Errorf("refund by HMAC: %+v %v", out, err)
	}
	if out, err := bySign.Refund(t.Context(), anOrder, refund, q); !errors.Is(err, pay.ErrSignKey) || out.Why != pay.WhySignKey {
		t.Errorf("refund by signature: %+v %v", out, err)
	}
	if _, err := bySign.Query(t.Context(), anOrder); !errors.Is(err, pay.ErrAuthKey) {
		t.Errorf("query of a till with a signature key: %v", err)
	}
}

// answerFields are the members of a paid answer that must match, with another value for each.

func TestEveryFieldOfAPaidAnswerMustMatch(t *testing.T) {
	g, s := till(t, nil)
	paid := orderText("query_order", wechat(2))
	s.says(paid)
	if out, err := query(t, g); err != nil || out.Status != pay.Paid || out.Trade != "T1" || !out.At.Equal(time.Unix(1700000000, 0)) {
		t.Fatalf("the answer itself: %+v %v", out, err)
	}
	for _, row := range []struct{ name, from, to string }{
		{"number", `"out_trade_no":"P1"`, `"out_trade_no":"P2"`},
		{"amount", `"total_fee":100`, `"total_fee":99`},
		{"amount above", `"total_fee":100`, `"total_fee":10000`},
		{"currency", `"fee_type":"CNY"`, `"fee_type":"USD"`},
		{"merchant", `"out_mch_id":"mch"`, `"out_mch_id":"mch2"`},
		{"sub-merchant", `"out_sub_mch_id":"sub"`, `"out_sub_mch_id":"sub2"`},
		{"store", `"out_shop_id":"shop"`, `"out_shop_id":"shop2"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, state := range []string{wechat(2), wechat(9), wechat(10)} {
				text := strings.Replace(orderText("query_order", state), row.from, row.to, 1)
				s.says(text)
				out, err := query(t, g)
				if !errors.Is(err, pay.ErrContradiction) || out.Why != pay.WhyContradiction {
					t.Errorf("%+v %v", out, err)
				}
			}
		})
	}
	for _, row := range []struct{ name, without string }{
		{"no number", `"out_trade_no":"P1",`}, {"no amount", `"total_fee":100,`}, {"no sub-merchant", `"out_sub_mch_id":"sub",`},
	} {
		t.Run(row.name, func(t *testing.T) {
			s.says(strings.Replace(paid, row.without, "", 1))
			if out, err := query(t, g); !errors.Is(err, pay.ErrNoAnswer) || out.Why != pay.WhyGarbled {
				t.Errorf("%+v %v", out, err)
			}
		})
	}
}

func TestEveryFieldOfARefundMustMatch(t *testing.T) {
	g, s := till(t, nil)
	fine := `{"status":0,"internal_status":0,"refund":{"pay_mch_key":{"out_sub_mch_id":"sub","out_shop_id":"shop"},"refund_order_content":` +
		`{"out_refund_no":"R1","out_trade_no":"P1","total_fee":100,"refund_fee":40,"refund_fee_type":"CNY","wxpay_refund_order_content_ext":{"state":2}}}}`
	call := func() (pay.RefundOutcome, error) {
		return g.Refund(t.Context(), anOrder, pay.Refund{ID: "R1", Amount: 40}, pay.Request{Number: "R1", Content: []byte("{}")})
	}
	s.says(fine)
	if out, err := call(); err != nil || out.Status != pay.RefundDone {
		t.Fatalf("the answer itself: %+v %v", out, err)
	}
	for _, row := range [][2]string{
		{`"R1"`, `"R2"`}, {`"P1"`, `"P2"`}, {`"total_fee":100`, `"total_fee":1`}, {`"refund_fee":40`, `"refund_fee":41`},
		{`"CNY"`, `"USD"`}, {`"sub"`, `"sub2"`}, {`"shop"`, `"shop2"`},
	} {
		s.says(strings.Replace(fine, row[0], row[1], 1))
		if out, err := call(); !errors.Is(err, pay.ErrContradiction) || out.Status != pay.RefundUnknown {
			t.Errorf("%s: %+v %v", row[1], out, err)
		}
	}
}

func TestOldAnswerPlayedBackIsRefused(t *testing.T) {
	g, s := till(t, nil)
	s.says(strings.Replace(orderText("query_order", wechat(2)), `"P1"`, `"P0"`, 1)) // yesterday's, well signed
	if out, err := query(t, g); !errors.Is(err, pay.ErrContradiction) {
		t.Errorf("%+v %v", out, err)
	}
}

func TestCouponIsStillPaid(t *testing.T) {
	g, s := till(t, nil)
	s.says(orderText("query_order", `,"cash_fee":80`+wechat(2)))
	if out, err := query(t, g); err != nil || out.Status != pay.Paid || out.Net != 80 {
		t.Errorf("cash: %+v %v", out, err)
	}
	s.says(orderText("query_order", `,"cash_fee":80,"settlement_total_fee":95`+wechat(2)))
	if out, err := query(t, g); err != nil || out.Status != pay.Paid || out.Net != 95 {
		t.Errorf("settlement: %+v %v", out, err)
	}
}

func TestAuthenticationOfAnswers(t *testing.T) {
	g, s := till(t, nil)
	paid := orderText("query_order", wechat(2))
	code := func(content string) string {
		mac := hmac.New(sha256.New, []byte(vectorKey))
		mac.Write([]byte(content))
		return hex.EncodeToString(mac.Sum(nil))
	}
	good := code(paid)
	for _, row := range []struct {
		name, body string
		want       error
	}{
		{"lower-case hex is fine", outer(paid, `{"a":{"authen_type":1,"authen_code":"`+good+`"}}`), nil},
		{"type as text is fine", outer(paid, `{"a":{"authen_type":"1","authen_code":"`+good+`"}}`), nil},
		{"paid without authentication", outer(paid, ""), pay.ErrForged},
		{"paid with authen_info null", outer(paid, "null"), pay.ErrForged},
		{"paid with authen_info empty", outer(paid, "{}"), pay.ErrForged},
		{"downgraded to MD5", outer(paid, `{"a":{"authen_type":2,"authen_code":"`+good+`"}}`), pay.ErrForged},
		{"signed in a way that cannot be checked", outer(paid, `{"s":{"sign_type":1,"sign":"AAAA"}}`), pay.ErrForged},
		{"empty code", outer(paid, `{"a":{"authen_type":1,"authen_code":""}}`), pay.ErrForged},
		{"code of another text", outer(paid, `{"a":{"authen_type":1,"authen_code":"`+code(paid+" ")+`"}}`), pay.ErrForged},
		{"102 without authentication", outer(`{"status":102}`, ""), pay.ErrForged},
		{"103 without authentication", outer(`{"status":103}`, ""), pay.ErrForged},
		{"104 without authentication", outer(`{"status":104,"description":"余额不足"}`, ""), pay.ErrForged},
		{"3 with a wrong code", outer(`{"status":3}`, `{"a":{"authen_type":1,"authen_code":"00"}}`), pay.ErrForged},
		{"3 without authentication is allowed", outer(`{"status":3}`, ""), nil},
		{"101 without authentication is allowed", outer(`{"status":101}`, ""), nil},
		{"no status", sealed(`{"description":"ok"}`), pay.ErrNoAnswer},
		{"status null", sealed(`{"status":null}`), pay.ErrNoAnswer},
		{"empty content", outer("", ""), pay.ErrNoAnswer},
		{"content is an object", `{"response_content":{"status":0}}`, pay.ErrNoAnswer},
		{"not JSON", "<html>hotel wifi</html>", pay.ErrNoAnswer},
		{"nothing", "", pay.ErrNoAnswer},
		{"two documents", sealed(paid) + sealed(paid), pay.ErrNoAnswer},
	} {
		t.Run(row.name, func(t *testing.T) {
			s.body = row.body
			if _, err := query(t, g); !errors.Is(err, row.want) {
				t.Errorf("error %v, want %v", err, row.want)
			}
		})
	}
}

func TestAnyOtherHTTPStatusIsNoAnswer(t *testing.T) {
	g, s := till(t, nil)
	s.says(orderText("query_order", wechat(2)))
	for _, status := range []int{201, 302, 401, 404, 500, 502, 503} {
		s.status = status
		if _, err := query(t, g); !errors.Is(err, pay.ErrNoAnswer) {
			t.Errorf("http %d: %v", status, err)
		}
	}
}

// Every byte of a message is changed in turn; none of the results may be believed as anything but what

// the unchanged message says.

func TestNoChangedByteIsBelieved(t *testing.T) {
	g := &Gateway{authKey: []byte(vectorKey)}
	raw := []byte(sealed(orderText("query_order", wechat(2))))
	honest, err := g.open(raw)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			changed := bytes.Clone(raw)
			changed[i] ^= flip
			if a, err := g.open(changed); err == nil && !bytes.Equal(a.content, honest.content) {
				t.Fatalf("byte %d: believed %q", i, a.content)
			}
		}
	}
}

func TestNumbersComeInManyShapes(t *testing.T) {
	g, s := till(t, nil)
	text := orderText("query_order", `,"cash_fee":"80","is_transforming":"false","alipay_order_content_ext":{"current_trade_state":"2",`+
		`"fund_bill_list":[{"fund_channel":"ALIPAYACCOUNT","amount":0.80,"real_amount":"0.8"}],"point_amount":1.5}`)
	text = strings.Replace(text, `"total_fee":100`, `"total_fee":"100.00"`, 1)
	text = strings.Replace(text, `"log_id":1`, `"log_id":18446744073709551615`, 1)
	s.says(text)
	if out, err := query(t, g); err != nil || out.Status != pay.Paid || out.Net != 80 || out.LogID != 18446744073709551615 {
		t.Errorf("%+v %v", out, err)
	}
	for _, bad := range []string{`"100.5"`, `"1e2"`, `""`, `"x"`, `99999999999999999999`, `{}`} {
		s.says(strings.Replace(orderText("query_order", wechat(2)), `"total_fee":100`, `"total_fee":`+bad, 1))
		if out, err := query(t, g); !errors.Is(err, pay.ErrNoAnswer) || out.Why != pay.WhyGarbled {
			t.Errorf("total_fee %s: %+v %v", bad, out, err)
		}
	}
	for _, odd := range []string{`"abc"`, `-5`, `null`, `{}`} {
		s.says(strings.Replace(orderText("query_order", wechat(2)), `"log_id":1`, `"log_id":`+odd, 1))
		if out, err := query(t, g); err != nil || out.Status != pay.Paid || out.LogID != 0 {
			t.Errorf("log_id %s spoilt the answer: %+v %v", odd, out, err)
		}
	}
}

// sent is the request as a server would take it apart.

func TestPingReadsOnlyAPlainAnswer(t *testing.T) {
	g, s := till(t, nil)
	s.body = `{"description":"ok","status":0,"timestamp":1568810077}`
	at, err := g.Ping(t.Context())
	if err != nil || !at.Equal(time.Unix(1568810077, 0)) || s.path != "/cpay/ping" || len(s.asked) != 0 {
		t.Errorf("%v %v, asked %s with %q", at, err, s.path, s.asked)
	}
	for _, bad := range []string{"", "<html>", "{}", `{"status":3,"timestamp":1}`, `{"status":0,"timestamp":0}`} {
		s.body = bad
		if _, err := g.Ping(t.Context()); !errors.Is(err, pay.ErrNoAnswer) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestServiceSentenceIsOneCleanLine(t *testing.T) {
	g, s := till(t, nil)
	s.says(`{"status":104,"description":"余额\n不足\u001b[31m` + strings.Repeat("长", 200) + `"}`)
	out, err := g.Pay(context.Background(), anOrder, pay.Request{Number: "P1", Content: []byte("{}")})
	if err != nil || strings.ContainsAny(out.Text, "\n\x1b") || len(out.Text) > 255 {
		t.Errorf("%q %v", out.Text, err)
	}
}
