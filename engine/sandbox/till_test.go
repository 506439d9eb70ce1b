package sandbox_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"cpos/engine/sandbox"
)

// till speaks to a sandbox over a real HTTP connection, with an envelope of its own making.
type till struct {
	t      *testing.T
	bank   *sandbox.Server
	client *http.Client
}

func newTill(t *testing.T, change func(*sandbox.Config)) *till {
	t.Helper()
	cfg := sandbox.Practice()
	if change != nil {
		change(&cfg)
	}
	bank, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	pipe := sandbox.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bank.Serve(ctx, pipe) }()
	transport := &http.Transport{DialContext: pipe.DialContext}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Error("serve:", err)
		}
	})
	return &till{t: t, bank: bank, client: &http.Client{Transport: transport}}
}

const base = "http://sandbox/cpay/"

// object is a JSON object of a test.
type object = map[string]any

// with gives a copy of o with one member, named by a path with dots, set or (nil) taken out.
func with(o object, path string, v any) object {
	o = maps.Clone(o)
	name, rest, deeper := strings.Cut(path, ".")
	switch {
	case deeper:
		inner, _ := o[name].(object)
		o[name] = with(inner, rest, v)
	case v == nil:
		delete(o, name)
	default:
		o[name] = v
	}
	return o
}

func party(platform int) object {
	return object{
		"nonce_str": "0011223344556677",
		"pay_mch_key": object{
			"pay_platform": platform, "out_mch_id": sandbox.PracticeMerchant,
			"out_sub_mch_id": sandbox.PracticeSubMerchant, "out_shop_id": sandbox.PracticeShop,
		},
		"order_client": object{
			"device_id": "01", "staff_id": "1001", "terminal_type": 4, "machine_no": "02-00-00-00-00-01",
			"sdk_version": "1.0", "spbill_create_ip": "127.0.0.1",
		},
	}
}

func number(n int) string { return fmt.Sprintf("%sT%06d", sandbox.PracticePrefix, n) }

// weChatCode is a payment code that ends in the scenario.
func weChatCode(scenario int) string { return fmt.Sprintf("1346804230630894%02d", scenario) }

func alipayCode(scenario int) string { return fmt.Sprintf("2846804230630894%02d", scenario) }

func payment(order, code string, fen int) object {
	platform := 1
	if code[0] == '2' {
		platform = 2
	}
	return with(party(platform), "pay_content", object{
		"out_trade_no": order, "author_code": code, "total_fee": fen, "fee_type": "CNY", "body": "练习门店-杂货",
	})
}

func query(platform int, order string) object {
	return with(with(party(platform), "out_trade_no", order), "trade_type", 1)
}

func refundOf(platform int, order, refund string, total, back int) object {
	return with(party(platform), "refund_content", object{
		"out_trade_no": order, "out_refund_no": refund, "total_fee": total, "refund_fee": back, "refund_fee_type": "CNY",
	})
}

func refundQuery(platform int, order, refund string) object {
	return with(with(party(platform), "out_trade_no", order), "out_refund_no", refund)
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// hmacHex is RFC 2104 with SHA-256 in upper-case hex, written out here so that the service is not checked
// against itself.
func hmacHex(key, text string) string {
	m := hmac.New(sha256.New, []byte(key))
	io.WriteString(m, text)
	return fmt.Sprintf("%X", m.Sum(nil))
}

func byCode(content string) object {
	return object{"a": object{"authen_type": 1, "authen_code": hmacHex(sandbox.PracticeAuthKey, content)}}
}

func bySignature(t *testing.T, content, privatePEM string) object {
	t.Helper()
	block, _ := pem.Decode([]byte(privatePEM))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(content))
	sign, err := rsa.SignPSS(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 222})
	if err != nil {
		t.Fatal(err)
	}
	return object{"s": object{"sign_type": 1, "sign": base64.StdEncoding.EncodeToString(sign)}}
}

// post sends a raw body and gives the HTTP answer.
func (x *till) post(name, contentType, body string) (int, string, error) {
	resp, err := x.client.Post(base+name, contentType, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// reply is an answer that was read.
type reply struct {
	Status      int    `json:"status"`
	Description string `json:"description"`
	LogID       uint64 `json:"log_id"`
	Internal    int    `json:"internal_status"`
	sealed      bool
	genuine     bool
	raw         string
	members     map[string]json.RawMessage
}

// read opens an answer; ok is false when it is not an envelope at all.
func read(body string) (reply, bool) {
	var outer struct {
		Content string `json:"response_content"`
		Authen  *struct {
			A struct {
				Type int    `json:"authen_type"`
				Code string `json:"authen_code"`
			} `json:"a"`
		} `json:"authen_info"`
	}
	var r reply
	if json.Unmarshal([]byte(body), &outer) != nil || json.Unmarshal([]byte(outer.Content), &r) != nil {
		return r, false
	}
	r.raw = outer.Content
	if r.sealed = outer.Authen != nil; r.sealed {
		r.genuine = outer.Authen.A.Type == 1 && outer.Authen.A.Code == hmacHex(sandbox.PracticeAuthKey, outer.Content)
	}
	return r, json.Unmarshal([]byte(outer.Content), &r.members) == nil
}

// ask sends a request with an authentication code and reads the answer.
func (x *till) ask(name string, content object) reply {
	x.t.Helper()
	text := mustJSON(content)
	return x.askWith(name, text, byCode(text))
}

func (x *till) askWith(name, content string, proof object) reply {
	x.t.Helper()
	body := mustJSON(object{"request_content": content, "authen_info": proof})
	status, text, err := x.post(name, "application/json", body)
	if err != nil || status != http.StatusOK {
		x.t.Fatalf("%s: HTTP %d, %v", name, status, err)
	}
	r, ok := read(text)
	if !ok {
		x.t.Fatalf("%s: not an envelope: %s", name, text)
	}
	if want := r.Status != 3 && r.Status != 101; r.sealed != want {
		x.t.Fatalf("%s: status %d, authentication attached: %v", name, r.Status, r.sealed)
	}
	return r
}

// into reads the interface object of an answer.
func (r reply) into(t *testing.T, name string, v any) {
	t.Helper()
	if err := json.Unmarshal(r.members[name], v); err != nil {
		t.Fatalf("%s in %s: %v", name, r.raw, err)
	}
}

// paid is what tests look at in an order's answer.
type paid struct {
	Key struct {
		Platform int    `json:"pay_platform"`
		Shop     string `json:"out_shop_id"`
	} `json:"pay_mch_key"`
	Order struct {
		Number     string `json:"out_trade_no"`
		Total      int    `json:"total_fee"`
		Cash       int    `json:"cash_fee"`
		Settlement int    `json:"settlement_total_fee"`
		Currency   string `json:"fee_type"`
		InProgress bool   `json:"is_transforming"`
		PaidAt     int64  `json:"time_end"`
		Trade      string `json:"transaction_id"`
		WeChat     *struct {
			State int `json:"current_trade_state"`
		} `json:"wxpay_order_content_ext"`
		Alipay *struct {
			State int `json:"current_trade_state"`
		} `json:"alipay_order_content_ext"`
	} `json:"order_content"`
}

// state is the platform's number of the order's state.
func (p paid) state() int {
	switch {
	case p.Order.WeChat != nil:
		return p.Order.WeChat.State
	case p.Order.Alipay != nil:
		return p.Order.Alipay.State
	}
	return -1
}

func (x *till) query(platform int, order string) paid {
	x.t.Helper()
	r := x.ask("query_order", query(platform, order))
	if r.Status != 0 || !r.genuine {
		x.t.Fatalf("query: %s", r.raw)
	}
	var p paid
	r.into(x.t, "query_order", &p)
	return p
}

func (x *till) mustPay(order, code string, fen int) {
	x.t.Helper()
	if r := x.ask("micro_pay", payment(order, code, fen)); r.Status != 0 || !r.genuine {
		x.t.Fatalf("pay: %s", r.raw)
	}
}

func isASCII(s string) bool {
	return bytes.IndexFunc([]byte(s), func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// wantRefund asks for a refund and checks the platform's number of its state.
func (x *till) wantRefund(platform int, order, refund string, state int) {
	x.t.Helper()
	states := x.refundStates(platform, order, refund)
	if len(states) != 1 || states[refund] != state {
		x.t.Errorf("refund states %v, want %d", states, state)
	}
}

func (x *till) refundStates(platform int, order, refund string) map[string]int {
	x.t.Helper()
	r := x.ask("query_refund_order", refundQuery(platform, order, refund))
	var got struct {
		Refunds []struct {
			Number string `json:"out_refund_no"`
			WeChat struct {
				State int `json:"state"`
			} `json:"wxpay_refund_order_content_ext"`
			Alipay struct {
				Status int `json:"refund_status"`
			} `json:"alipay_refund_order_content_ext"`
		} `json:"refund_order_content"`
	}
	r.into(x.t, "query_refund_order", &got)
	states := map[string]int{}
	for _, one := range got.Refunds {
		states[one.Number] = one.WeChat.State + one.Alipay.Status
	}
	return states
}
