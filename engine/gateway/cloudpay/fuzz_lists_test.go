package cloudpay

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/pay"
)

// parrot answers every call with one body, and stops answering after a while.
type parrot struct {
	body  string
	calls int
}

var errParrot = fmt.Errorf("%w: it has said enough", pay.ErrNoAnswer)

func (p *parrot) RoundTrip(q *http.Request) (*http.Response, error) {
	if p.calls++; p.calls > 16 {
		return nil, errParrot
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(p.body)), Request: q}, nil
}

// beforeParrot is a till whose service says one thing only.
func beforeParrot(f *testing.F) (*Gateway, *parrot) {
	f.Helper()
	p := &parrot{}
	g, err := New(gateway.Env{HTTP: &http.Client{Transport: p}, Store: "shop", Device: "01", Clerk: "1001", Options: map[string]string{
		"base_url": "http://127.0.0.1/", "out_mch_id": "mch", "out_sub_mch_id": "sub", "auth_key": vectorKey, "machine_no": "M1"}})
	if err != nil {
		f.Fatal(err)
	}
	return g, p
}

// says makes the service answer with an authentic text; what is not UTF-8 cannot be sent at all.
func (p *parrot) says(text string) { p.body, p.calls = sealed(text), 0 }

// ofOneKind checks that an error of a call has a kind that the till can act on.
func ofOneKind(t *testing.T, err error) {
	t.Helper()
	for _, kind := range []error{pay.ErrNotSent, pay.ErrNoAnswer, pay.ErrForged, pay.ErrContradiction, pay.ErrAuthKey, pay.ErrSignKey} {
		if errors.Is(err, kind) {
			return
		}
	}
	t.Fatalf("error of no kind: %v", err)
}

const listHead = `{"status":0,"internal_status":0,"order_detail_query":{"total_count":%d,"order_details":[%s]}}`

// FuzzListRows: a list is read whole or not at all, each of its rows once and with a number of its own.
func FuzzListRows(f *testing.F) {
	order := `{"receipt":{"order":{"order_mch":{"pay_platform":1,"out_shop_id":"shop"},"order_content":{"out_trade_no":"P1","total_fee":100,` +
		`"create_time":1700000000%s},"order_client":{"device_id":"01"}}}}`
	refund := `{"receipt":{"refund_order":{"refund_order_mch":{"pay_platform":2},"refund_order_content":{"out_trade_no":"P1","out_refund_no":"R1",` +
		`"refund_fee":40,"alipay_refund_order_content_ext":{"refund_status":2}},"order_client":{"device_id":1}}}}`
	f.Add(fmt.Sprintf(listHead, 1, fmt.Sprintf(order, wechat(2))))
	f.Add(fmt.Sprintf(listHead, 2, fmt.Sprintf(order, alipay(5))+","+refund))
	f.Add(fmt.Sprintf(listHead, 2, fmt.Sprintf(order, wechat(2))+","+fmt.Sprintf(order, wechat(2))))
	f.Add(fmt.Sprintf(listHead, 0, ""))
	f.Add(fmt.Sprintf(listHead, 1, `{"receipt":{"order":null,"refund_order":null}}`))
	f.Add(`{"status":0,"order_detail_query":{"total_count":"-1","order_details":null}}`)
	f.Add(`{"status":3}`)
	g, p := beforeParrot(f)
	f.Fuzz(func(t *testing.T, text string) {
		p.says(text)
		all, err := g.List(t.Context(), time.Unix(1700000000, 0), time.Unix(1700003600, 0))
		if err != nil {
			ofOneKind(t, err)
			if all != nil {
				t.Fatalf("%d rows with %v", len(all), err)
			}
			return
		}
		seen := map[string]bool{}
		for _, e := range all {
			key := fmt.Sprint(e.Kind, e.Number())
			if e.Number() == "" || seen[key] || e.Kind != pay.EntryPayment && e.Kind != pay.EntryRefund {
				t.Fatalf("row %+v of %s", e, text)
			}
			seen[key] = true
		}
	})
}

// FuzzRefundContent: whatever an authentic answer says, a refund is final only if the answer speaks of it.
func FuzzRefundContent(f *testing.F) {
	for _, state := range []string{
		`,"wxpay_refund_order_content_ext":{"state":2}`, `,"alipay_refund_order_content_ext":{"refund_status":3}`,
		`,"wxpay_refund_order_content_ext":{"state":5},"is_transforming":1`, ``,
	} {
		f.Add(refundText(callRefund, state))
		f.Add(refundText(callQueryRefund, state))
	}
	f.Add(`{"status":0,"query_refund_order":{"refund_order_content":[{"out_refund_no":"R0"},{"out_refund_no":"R1","refund_fee":"40"}]}}`)
	f.Add(`{"status":104,"description":"订单不存在","refund":{}}`)
	f.Add(`{"status":0,"refund":null}`)
	g, p := beforeParrot(f)
	refund := pay.Refund{ID: "R1", Order: "P1", Amount: 40}
	f.Fuzz(func(t *testing.T, text string) {
		p.says(text)
		back, err := g.Refund(t.Context(), anOrder, refund, pay.Request{Number: "R1", Content: []byte("{}")})
		failed := back.Status == pay.RefundFailed && strings.Contains(text, "104") // the one verdict of a bare status
		checkRefundOutcome(t, text, back, err, failed)
		p.says(text)
		back, err = g.QueryRefund(t.Context(), anOrder, refund)
		checkRefundOutcome(t, text, back, err, false)
	})
}

func checkRefundOutcome(t *testing.T, text string, out pay.RefundOutcome, err error, bare bool) {
	t.Helper()
	if err != nil {
		ofOneKind(t, err)
		if out.Status != pay.RefundUnknown {
			t.Fatalf("%+v with %v", out, err)
		}
		return
	}
	names := strings.Contains(text, "R1") || strings.Contains(text, `\u`)
	if out.Status.Final() && !bare && !(names && strings.Contains(text, "40")) {
		t.Fatalf("%+v by %s", out, text)
	}
}

// FuzzPrefixes: what is learnt about payment codes tells the platforms apart, or is not learnt.
func FuzzPrefixes(f *testing.F) {
	f.Add(`{"status":0,"query_identity_mapping":{"wx_author_codes":["10","11"],"ali_author_codes":["25",30]}}`)
	f.Add(`{"status":0,"query_identity_mapping":{"wx_author_codes":["1"],"ali_author_codes":["12"]}}`)
	f.Add(`{"status":0,"query_identity_mapping":{"wx_author_codes":[],"ali_author_codes":null}}`)
	f.Add(`{"status":0,"query_identity_mapping":{"wx_author_codes":[""],"ali_author_codes":["x"]}}`)
	g, p := beforeParrot(f)
	f.Fuzz(func(t *testing.T, text string) {
		p.says(text)
		found, err := g.Prefixes(t.Context())
		if err != nil {
			ofOneKind(t, err)
			if found != nil {
				t.Fatalf("%v with %v", found, err)
			}
			return
		}
		for _, w := range found[pay.WeChat] {
			for _, a := range found[pay.Alipay] {
				if w == "" || a == "" || strings.HasPrefix(w, a) || strings.HasPrefix(a, w) || strings.Trim(w+a, "0123456789") != "" {
					t.Fatalf("%q and %q by %s", w, a, text)
				}
			}
		}
		if len(found[pay.WeChat]) == 0 || len(found[pay.Alipay]) == 0 {
			t.Fatalf("%v by %s", found, text)
		}
	})
}

// FuzzShops: stores, terminals and clerks of any text are read without harm, and nobody becomes a manager
// by an unclear word.
func FuzzShops(f *testing.F) {
	f.Add(`{"status":0,"query_shop_info":{"total_count":1,"shop_infos":[{"out_shop_id":"shop","shop_name":"店","device_infos":[{"device_id":1,` +
		`"device_type":3}],"staff_infos":[{"staff_id":"1001","shop_manager":true}]}]}}`)
	f.Add(`{"status":0,"query_shop_info":{"total_count":0}}`)
	f.Add(`{"status":0,"query_shop_info":{"total_count":1,"shop_infos":[{"staff_infos":[{"shop_manager":"yes"}]}]}}`)
	g, p := beforeParrot(f)
	f.Fuzz(func(t *testing.T, text string) {
		p.says(text)
		_, staff, err := g.Shops(t.Context())
		if err != nil {
			ofOneKind(t, err)
			return
		}
		for _, s := range staff {
			if s.Manager && !strings.Contains(text, "true") && !strings.Contains(text, "1") && !strings.Contains(text, `\u`) {
				t.Fatalf("%+v by %s", s, text)
			}
		}
	})
}

// FuzzPing: the one answer without authentication gives a time or an error, and never both.
func FuzzPing(f *testing.F) {
	for _, s := range []string{`{"description":"ok","status":0,"timestamp":1568810077}`, `{"status":0,"timestamp":"-1"}`, `<html>`, ``} {
		f.Add(s)
	}
	g, p := beforeParrot(f)
	f.Fuzz(func(t *testing.T, body string) {
		p.body, p.calls = body, 0
		at, err := g.Ping(t.Context())
		if err != nil {
			ofOneKind(t, err)
		}
		if (err == nil) == at.IsZero() {
			t.Fatalf("%v, %v by %q", at, err, body)
		}
	})
}
