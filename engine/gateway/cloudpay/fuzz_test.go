package cloudpay

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"cpos/engine/pay"
)

// FuzzAnswer: whatever arrives, nothing panics, nothing unauthentic is believed, and Paid is said of the
// order that was asked about only.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(sealed(orderText("query_order", wechat(2)))))
	f.Add([]byte(sealed(orderText("query_order", alipay(5)))))
	f.Add([]byte(outer(`{"status":101,"description":"参数authen_code错误.","internal_status":7}`, "")))
	f.Add([]byte(`{"response_content":"{}","authen_info":{"a":{"authen_type":"1","authen_code":""}}}`))
	f.Add([]byte("<html>"))
	g := &Gateway{authKey: []byte(vectorKey)}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := g.open(raw)
		if err != nil {
			if !errors.Is(err, errForged) && !errors.Is(err, errGarbled) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		var e map[string]json.RawMessage // where a name counts only in exactly its letters
		_ = json.Unmarshal(raw, &e)
		var content string
		var authen map[string]map[string]any
		_, _ = json.Unmarshal(e["response_content"], &content), json.Unmarshal(e["authen_info"], &authen)
		code, _ := authen["a"]["authen_code"].(string)
		if a.Status != statusInternal && a.Status != statusRefused && !authentic(g.authKey, content, code) {
			t.Fatalf("believed %q", raw)
		}
		if len(a.Text) > maxText || !utf8.ValidString(a.Text) {
			t.Fatalf("text %q", a.Text)
		}
	})
}

// FuzzContent gives the reader of authentic answers any text at all: a service may be wrong too.
func FuzzContent(f *testing.F) {
	for _, extra := range []string{wechat(2), wechat(9), alipay(5), `,"is_transforming":1` + alipay(2), `,"cash_fee":"1.0"`} {
		f.Add(orderText(callQueryOrder, extra))
	}
	f.Add(`{"status":0,"query_order":{"order_content":{"total_fee":1e3}}}`)
	g, err := New(envOfVectors())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := answer{Status: -1, content: []byte(text)}
		if a.read() != nil {
			return
		}
		out, err := g.readOrder(anOrder, a, callQueryOrder)
		if err != nil && out.Status != pay.Unknown {
			t.Fatalf("%+v with %v", out, err)
		}
		if out.Status == pay.Paid && (a.Status != statusOK || !speaksOfAnOrder(t, a)) {
			t.Fatalf("paid by %s", text)
		}
		if out, err := g.readRefund(anOrder, pay.Refund{ID: "R1", Amount: 1}, a, callRefund); err != nil && out.Status != pay.RefundUnknown {
			t.Fatalf("%+v with %v", out, err)
		}
	})
}

// speaksOfAnOrder asks again, in other words than checkOrder, whether the answer is about anOrder.
func speaksOfAnOrder(t *testing.T, a answer) bool {
	t.Helper()
	var back orderAnswer
	if err := a.member(callQueryOrder, &back); err != nil || back.Order == nil || back.Key == nil || back.Order.Total == nil {
		return false
	}
	c := back.Order
	return c.Number == anOrder.ID && int64(*c.Total) == int64(anOrder.Amount) && back.Key.Sub == "sub" &&
		(c.Currency == "" || c.Currency == "CNY") && !bool(c.Transforming)
}

// FuzzEnvelope: what a server takes out of the envelope is the very text that was put in, and its code fits.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{"{}", "{\"a\":\"示例\"}\n", "<&>\u2028\\u793a", "\x00\x7f\"\\/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		body, err := seal([]byte(text), []byte(vectorKey), nil)
		if !utf8.ValidString(text) {
			if !errors.Is(err, errNotUTF8) {
				t.Fatalf("text that is not UTF-8: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var e struct {
			Content string `json:"request_content"`
			Authen  struct {
				A struct {
					Code string `json:"authen_code"`
				} `json:"a"`
			} `json:"authen_info"`
		}
		if err := json.Unmarshal(body, &e); err != nil || e.Content != text || !authentic([]byte(vectorKey), text, e.Authen.A.Code) {
			t.Fatalf("%q became %q, error %v", text, e.Content, err)
		}
	})
}
