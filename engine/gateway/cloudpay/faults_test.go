package cloudpay

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"cpos/engine/pay"
)

// fullFaults says that the whole trial of each fault is asked for, not the sample of every test run.
func fullFaults() bool { return os.Getenv("FAULTS") == "full" }

// refundText is a status 0 answer about the refund R1 of anOrder.
func refundText(name, extra string) string {
	return fmt.Sprintf(`{"status":0,"description":"ok","log_id":1,"internal_status":0,"%s":{"nonce_str":"x",`+
		`"pay_mch_key":{"pay_platform":1,"out_mch_id":"mch","out_sub_mch_id":"sub","out_shop_id":"shop"},`+
		`"refund_order_content":{"out_refund_no":"R1","out_trade_no":"P1","refund_id":"T2","total_fee":100,"refund_fee":40,`+
		`"refund_fee_type":"CNY"%s}}}`, name, extra)
}

// TestF10SignedLies changes each member of well signed answers that says about what the answer is.
func TestF10SignedLies(t *testing.T) {
	g, s := till(t, nil)
	refund, q := pay.Refund{ID: "R1", Order: "P1", Amount: 40}, pay.Request{Number: "R1", Content: []byte("{}")}
	answers := []struct {
		name, text string
		ask        func() (done bool, err error)
	}{
		{"pay", orderText("micro_pay", wechat(2)), func() (bool, error) {
			out, err := g.Pay(t.Context(), anOrder, pay.Request{Number: "P1", Content: []byte("{}")})
			return out.Status == pay.Paid, err
		}},
		{"query", orderText("query_order", wechat(3)), func() (bool, error) {
			out, err := g.Query(t.Context(), anOrder)
			return out.Status == pay.Paid, err
		}},
		{"query of Alipay", orderText("query_order", alipay(6)), func() (bool, error) {
			out, err := g.Query(t.Context(), anOrder)
			return out.Status == pay.Paid, err
		}},
		{"refund", refundText("refund", `,"wxpay_refund_order_content_ext":{"state":2}`), func() (bool, error) {
			out, err := g.Refund(t.Context(), anOrder, refund, q)
			return out.Status == pay.RefundDone, err
		}},
		{"query of a refund", refundText("query_refund_order", `,"alipay_refund_order_content_ext":{"refund_status":2}`), func() (bool, error) {
			out, err := g.QueryRefund(t.Context(), anOrder, refund)
			return out.Status == pay.RefundDone, err
		}},
	}
	lies := map[string][]string{
		`"out_trade_no":"P1"`:    {`"P2"`, `"p1"`, `"P1 "`, `"P11"`, `" "`},
		`"out_refund_no":"R1"`:   {`"R2"`, `"r1"`, `"P1"`},
		`"total_fee":100`:        {`1`, `99`, `101`, `10000`, `-100`, `0`, `"99"`},
		`"refund_fee":40`:        {`41`, `4000`, `-40`, `0`, `"39"`},
		`"fee_type":"CNY"`:       {`"USD"`, `"cny"`, `"RMB"`, `"JPY"`},
		`_fee_type":"CNY"`:       {`"USD"`, `"cny"`},
		`"out_mch_id":"mch"`:     {`"mch2"`, `"MCH"`},
		`"out_sub_mch_id":"sub"`: {`"sub2"`, `"mch"`},
		`"out_shop_id":"shop"`:   {`"shop2"`, `"sub"`},
	}
	tried, caught := 0, 0
	for _, a := range answers {
		s.says(a.text)
		if done, err := a.ask(); !done || err != nil {
			t.Fatalf("%s: the answer itself: %t, %v", a.name, done, err)
		}
		for member, values := range lies {
			name := member[:strings.LastIndex(member, ":")+1]
			if !strings.Contains(a.text, member) {
				continue
			}
			for _, v := range values {
				s.says(strings.Replace(a.text, member, name+v, 1))
				tried++
				done, err := a.ask()
				// A question about a refund may be answered with all refunds of the order, so another one is none of ours.
				notOurs := err == nil && a.name == "query of a refund" && strings.HasPrefix(member, `"out_refund_no"`)
				if !done && (notOurs || errors.Is(err, pay.ErrContradiction)) {
					caught++
				} else {
					t.Errorf("%s with %s%s: done %t, %v", a.name, name, v, done, err)
				}
			}
		}
	}
	t.Logf("F10 signed answers about something else: fields changed %d, caught %d, shown as paid 0", tried, caught)
}

// aMessage is any answer that a service might give.
func aMessage(r *rand.Rand) string {
	state := fmt.Sprintf(`,"time_end":%d%s`, 1_600_000_000+r.Int64N(1e8), []string{wechat(r.IntN(15)), alipay(r.IntN(9)), ""}[r.IntN(3)])
	text := []string{
		orderText("query_order", state), orderText("micro_pay", state),
		refundText("refund", `,"wxpay_refund_order_content_ext":{"state":2}`),
		fmt.Sprintf(`{"status":104,"description":"余额不足","log_id":%d,"internal_status":%d}`, r.Uint64(), r.IntN(500)),
	}[r.IntN(4)]
	text = strings.ReplaceAll(text, `"P1"`, fmt.Sprintf(`"P%d"`, r.IntN(1e6)))
	return strings.ReplaceAll(text, `"total_fee":100`, fmt.Sprintf(`"total_fee":%d`, 1+r.IntN(1e6)))
}

// TestF11Forgeries changes every byte of messages, cuts them at every place, and takes their code away,
// down or from another message.
func TestF11Forgeries(t *testing.T) {
	messages := 12
	if fullFaults() {
		messages = 1000
	}
	g := &Gateway{authKey: []byte(vectorKey)}
	r := rand.New(rand.NewPCG(11, 11))
	tried := 0
	before := ""
	for range messages {
		content := aMessage(r)
		honest := []byte(sealed(content))
		if _, err := g.open(honest); err != nil {
			t.Fatalf("the message itself: %v", err)
		}
		try := func(what string, forged []byte) {
			tried++
			if a, err := g.open(forged); err == nil && string(a.content) != content && a.Status != statusInternal && a.Status != statusRefused {
				t.Fatalf("%s: believed %q", what, a.content)
			}
		}
		for i := range honest {
			changed := bytes.Clone(honest)
			changed[i] ^= 1 << r.IntN(8)
			try("a changed byte", changed)
			try("a cut body", honest[:i])
		}
		lie := strings.Replace(content, `"status":0`, `"status": 0`, 1)
		lie = strings.Replace(lie, `"status":104`, `"status":0`, 1)
		code := before[strings.LastIndex(before, `authen_code`)+1:]
		for what, authen := range map[string]string{
			"no code": "", "null": "null", "an empty code": `{"a":{"authen_type":1,"authen_code":""}}`,
			"MD5": `{"a":{"authen_type":2,"authen_code":"d41d8cd98f00b204e9800998ecf8427e"}}`, "signature": `{"s":{"sign_type":1,"sign":"AAAA"}}`,
			"the code of the message before": `{"a":{"authen_type":1,"a` + strings.TrimSuffix(code, "}"),
		} {
			if authen != "" && before == "" {
				continue
			}
			try(what, []byte(outer(lie, authen)))
		}
		before = string(honest)
	}
	t.Logf("F11 forged, cut or downgraded: messages %d, forgeries tried %d, accepted 0", messages, tried)
}
