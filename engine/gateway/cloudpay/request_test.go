package cloudpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"cpos/engine/pay"
)

type sent struct {
	Content string `json:"request_content"`
	Authen  map[string]map[string]any
	raw     []byte
}

func taken(t *testing.T, s *service) sent {
	t.Helper()
	var d struct {
		Content string                    `json:"request_content"`
		Authen  map[string]map[string]any `json:"authen_info"`
	}
	if err := json.Unmarshal(s.asked, &d); err != nil {
		t.Fatalf("%v in %q", err, s.asked)
	}
	return sent{Content: d.Content, Authen: d.Authen, raw: s.asked}
}

func TestPreparedBytesAreTheBytesSent(t *testing.T) {
	g, s := till(t, nil)
	s.says(`{"status":103}`)
	odd := "{ \"b\":1, \"a\":\"\\u793a<&>示例\u2028\",\"b\":1.0}\n"
	if _, err := g.Pay(t.Context(), anOrder, pay.Request{Number: "P1", Content: []byte(odd)}); err != nil {
		t.Fatal(err)
	}
	got := taken(t, s)
	if got.Content != odd || s.path != "/cpay/micro_pay" {
		t.Errorf("sent %q to %s", got.Content, s.path)
	}
	mac := hmac.New(sha256.New, []byte(vectorKey))
	mac.Write([]byte(odd))
	want := strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
	if a := got.Authen["a"]; len(got.Authen) != 1 || a["authen_code"] != want || a["authen_type"] != 1.0 {
		t.Errorf("authen_info %v, want code %s", got.Authen, want)
	}
}

func TestRequestOfAnotherOrderIsNotSent(t *testing.T) {
	g, s := till(t, nil)
	r := pay.Request{Number: "P1", Content: []byte("{}")}
	o := anOrder
	o.Digest = pay.Request{Content: []byte("other")}.Digest()
	for name, call := range map[string]func() error{
		"number":  func() error { _, err := g.Pay(t.Context(), pay.Order{ID: "P2"}, r); return err },
		"digest":  func() error { _, err := g.Pay(t.Context(), o, r); return err },
		"nothing": func() error { _, err := g.Pay(t.Context(), anOrder, pay.Request{Number: "P1"}); return err },
		"not text": func() error {
			_, err := g.Pay(t.Context(), anOrder, pay.Request{Number: "P1", Content: []byte("\xff")})
			return err
		},
		"refund": func() error { _, err := g.Refund(t.Context(), anOrder, pay.Refund{ID: "R2"}, r); return err },
	} {
		if err := call(); !errors.Is(err, pay.ErrNotSent) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.asked != nil {
		t.Errorf("sent %q", s.asked)
	}
}

func TestRefundIsSignedAndNothingElseIs(t *testing.T) {
	key := newKey(t)
	g, s := till(t, map[string]string{"sign_key": string(pemOf("RSA PRIVATE KEY", pkcs1From(key))), "reverse": "true"})
	s.says(`{"status":103}`)
	refund := pay.Refund{ID: "R1", Amount: 1}
	q, err := g.PrepareRefund(anOrder, refund)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		call   func()
		member string
	}{
		{"refund", func() { g.Refund(t.Context(), anOrder, refund, q) }, "s"},
		{"reverse", func() { g.Cancel(t.Context(), anOrder) }, "s"},
		{"micro_pay", func() { g.Pay(t.Context(), anOrder, pay.Request{Number: "P1", Content: []byte("{}")}) }, "a"},
		{"query_order", func() { g.Query(t.Context(), anOrder) }, "a"},
		{"query_refund_order", func() { g.QueryRefund(t.Context(), anOrder, refund) }, "a"},
		{"client_order_detail", func() { g.List(t.Context(), time.Unix(1, 0), time.Unix(2, 0)) }, "a"},
		{"query_sub_mch_shop_info", func() { g.Shops(t.Context()) }, "a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.call()
			got := taken(t, s)
			if s.path != "/cpay/"+row.name || len(got.Authen) != 1 || got.Authen[row.member] == nil {
				t.Fatalf("%s carries %v", s.path, got.Authen)
			}
			if row.member == "s" {
				signature, _ := got.Authen["s"]["sign"].(string) // not "signature", as old samples have it
				if err := verify(&key.PublicKey, got.Content, signature); err != nil || got.Authen["s"]["sign_type"] != 1.0 {
					t.Errorf("%v %v", got.Authen, err)
				}
			}
		})
	}
}

func TestPaymentText(t *testing.T) {
	g, _ := till(t, nil)
	o := anOrder
	o.Serial, o.Remark = "S-77", strings.Repeat("整", 50) // 150 bytes, of which 126 fit 127
	c := pay.DefaultCodeRules().Classify("134567890123456789")
	r, err := g.Prepare(o, c)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]map[string]any
	json.Unmarshal(r.Content, &m)
	body := m["pay_content"]
	want := map[string]any{
		"out_trade_no": "P1", "author_code": "134567890123456789", "total_fee": 100.0, "fee_type": "CNY",
		"body": "门店消费", "client_flow_id": "S-77", "remark": strings.Repeat("整", 42),
	}
	for k, v := range want {
		if body[k] != v {
			t.Errorf("%s is %v, want %v", k, body[k], v)
		}
	}
	if len(body) != len(want) {
		t.Errorf("other members: %v", body)
	}
	if strings.Contains(string(r.Content), `""`) {
		t.Errorf("an empty member clears something: %s", r.Content)
	}
	client := m["order_client"]
	if client["device_id"] != "01" || client["staff_id"] != "1001" || client["machine_no"] != "M1" ||
		client["sdk_version"] != "1.0" || client["spbill_create_ip"] == "" || client["terminal_type"] == 0.0 {
		t.Errorf("order_client %v", client)
	}
	if m["pay_mch_key"]["pay_platform"] != 1.0 {
		t.Errorf("pay_mch_key %v", m["pay_mch_key"])
	}
}

func TestOptionalMembersAreLeftOut(t *testing.T) {
	g, s := till(t, nil)
	s.says(`{"status":103}`)
	g.env.Clerk = ""
	o := pay.Order{ID: "P1", Amount: 100}
	g.Query(t.Context(), o)
	got := taken(t, s).Content
	for _, member := range []string{"staff_id", "pay_platform", "out_refund_no"} {
		if strings.Contains(got, member) {
			t.Errorf("%s is there: %s", member, got)
		}
	}
	if !strings.Contains(got, `"trade_type":1`) {
		t.Errorf("trade_type is missing: %s", got)
	}
	g.QueryRefund(t.Context(), o, pay.Refund{ID: "R1"})
	if got := taken(t, s).Content; !strings.Contains(got, `"out_refund_no":"R1"`) {
		t.Errorf("the refund's number is missing: %s", got)
	}
}

func TestRefundText(t *testing.T) {
	g, _ := till(t, nil)
	r, err := g.PrepareRefund(anOrder, pay.Refund{ID: "R1", Order: "P1", Amount: 40, Reason: strings.Repeat("退", 90), Clerk: "1009"})
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]map[string]any
	json.Unmarshal(r.Content, &m)
	body := m["refund_content"]
	if body["total_fee"] != 100.0 || body["refund_fee"] != 40.0 || body["refund_fee_type"] != "CNY" ||
		body["out_refund_no"] != "R1" || body["out_trade_no"] != "P1" || len(body["refund_reason"].(string)) != 255 {
		t.Errorf("refund_content %v", body)
	}
	if m["pay_content"] != nil || m["order_client"]["staff_id"] != "1009" {
		t.Errorf("%s", r.Content)
	}
	for _, wrong := range []pay.Refund{{ID: "R1", Amount: 0}, {ID: "R1", Amount: 101}, {ID: "", Amount: 1}, {ID: "R1", Amount: 1, Order: "P9"}} {
		if _, err := g.PrepareRefund(anOrder, wrong); err == nil {
			t.Errorf("%+v is prepared", wrong)
		}
	}
}

func TestCodeMustBelongToTheOrder(t *testing.T) {
	g, _ := till(t, nil)
	rules := pay.DefaultCodeRules()
	for name, c := range map[string]pay.Code{
		"other platform": rules.Classify("281234567890123456"), "no code": rules.Classify("hello"), "empty": {},
	} {
		if _, err := g.Prepare(anOrder, c); !errors.Is(err, ErrNotOurCode) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := anOrder
	o.ID = "P-1"
	if _, err := g.Prepare(o, rules.Classify("134567890123456789")); !errors.Is(err, pay.ErrNumberSign) {
		t.Errorf("bad number: %v", err)
	}
}

func TestNoncesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		n := nonce()
		if len(n) < 16 || len(n) > 32 || pay.ValidNumber(n) != nil || seen[n] {
			t.Fatalf("nonce %q", n)
		}
		seen[n] = true
	}
}

func TestTextIsCutByBytesBetweenCharacters(t *testing.T) {
	for _, row := range []struct {
		text string
		most int
		want string
	}{
		{"示例", 6, "示例"}, {"示例", 5, "示"}, {"示例", 3, "示"}, {"示例", 2, ""}, {"a示", 2, "a"}, {"", 0, ""},
		{"a\xffb", 9, "ab"}, {"😀😀", 7, "😀"},
	} {
		if got := cut(row.text, row.most); got != row.want {
			t.Errorf("cut(%q, %d) = %q, want %q", row.text, row.most, got, row.want)
		}
	}
}
