package sandbox_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"cpos/engine/sandbox"
)

func TestWhoAuthenticatesHow(t *testing.T) {
	own := sandbox.PracticeKeys().PrivateKey
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(stranger)
	if err != nil {
		t.Fatal(err)
	}
	other := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	lower := func(o object) object {
		code := o["a"].(object)["authen_code"].(string)
		return object{"a": object{"authen_type": 1, "authen_code": strings.ToLower(code)}}
	}
	rows := []struct {
		name, call string
		proof      func(content string) object
		status     int
		complaint  string
	}{
		{"code", "query_order", byCode, 0, ""},
		{"code in lower case", "query_order", func(c string) object { return lower(byCode(c)) }, 0, ""},
		{"code of another text", "query_order", func(c string) object { return byCode(c + " ") }, 101, "参数authen_code错误."},
		{"code with another key", "query_order", func(c string) object {
			return object{"a": object{"authen_type": 1, "authen_code": hmacHex("another key", c)}}
		}, 101, "参数authen_code错误."},
		{"code of the listed and never described kind", "query_order", func(c string) object {
			return object{"a": object{"authen_type": 2, "authen_code": hmacHex(sandbox.PracticeAuthKey, c)}}
		}, 101, "参数authen_type错误."},
		{"nothing", "query_order", func(string) object { return object{} }, 101, "参数authen_info错误."},
		{"code and signature at once", "refund", func(c string) object {
			return object{"a": byCode(c)["a"], "s": bySignature(t, c, own)["s"]}
		}, 101, "参数authen_info错误."},
		{"signature where a code belongs", "query_order", func(c string) object { return bySignature(t, c, own) }, 101, "参数sign_type错误."},
		{"refund by code", "refund", byCode, 104, "订单不存在."},
		{"refund by signature", "refund", func(c string) object { return bySignature(t, c, own) }, 104, "订单不存在."},
		{"refund by another's signature", "refund", func(c string) object { return bySignature(t, c, other) }, 101, "参数sign错误."},
		{"refund by the signature of another text", "refund", func(c string) object { return bySignature(t, c+" ", own) }, 101, "参数sign错误."},
		{"refund by a signature that is no base64", "refund", func(string) object {
			return object{"s": object{"sign_type": 1, "sign": "***"}}
		}, 101, "参数sign错误."},
		{"reverse by signature", "reverse", func(c string) object { return bySignature(t, c, own) }, 104, "订单不存在."},
	}
	x := newTill(t, nil)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			content := mustJSON(query(1, number(1)))
			if row.call == "refund" {
				content = mustJSON(refundOf(1, number(1), number(2), 100, 1))
			}
			r := x.askWith(row.call, content, row.proof(content))
			if r.Status != row.status || (row.complaint != "" && r.Description != row.complaint) {
				t.Errorf("status %d %q, want %d %q", r.Status, r.Description, row.status, row.complaint)
			}
			if row.status == 101 && r.Internal != 7 {
				t.Errorf("internal status %d", r.Internal)
			}
		})
	}
}

func TestAServiceWithoutAPublicKeyTakesNoSignature(t *testing.T) {
	x := newTill(t, func(c *sandbox.Config) { c.PublicKey = "" })
	content := mustJSON(refundOf(1, number(1), number(2), 100, 1))
	if r := x.askWith("refund", content, bySignature(t, content, sandbox.PracticeKeys().PrivateKey)); r.Status != 101 {
		t.Error(r.raw)
	}
}

// The expected code was made with openssl dgst -sha256 -hmac, the key as text, written in upper case.
func TestTheTestsOwnCodeAgreesWithOpenSSL(t *testing.T) {
	const want = "BEE5071F3AB037D1DEB60CEA928B9C54C1470AA6826F50164EECB75037567275"
	if got := hmacHex("PRACTICE-ONLY-authen-key-0000001", `{"nonce_str":"abc","n":1}`); got != want {
		t.Errorf("code %s", got)
	}
}

func TestTheTextIsAuthenticatedAsItStands(t *testing.T) {
	x := newTill(t, nil)
	plain := mustJSON(query(1, number(1)))
	for name, content := range map[string]string{
		"with the newline of a C++ writer": plain + "\n",
		"with spaces":                      strings.ReplaceAll(plain, ",", " ,\n "),
		"with escaped Chinese":             strings.Replace(plain, `"nonce_str"`, `"note":"\u793a",`+`"nonce_str"`, 1),
		"with Chinese in UTF-8":            strings.Replace(plain, `"nonce_str"`, `"note":"示例","nonce_str"`, 1),
	} {
		if r := x.askWith("query_order", content, byCode(content)); r.Status != 0 {
			t.Errorf("%s: %s", name, r.raw)
		}
		if r := x.askWith("query_order", content+"\n", byCode(content)); r.Status != 101 {
			t.Errorf("%s, and one newline more than was authenticated: %s", name, r.raw)
		}
	}
}

func TestAnswersAreASCIIWithUpperCaseEscapesAndLargeLogIDs(t *testing.T) {
	x := newTill(t, nil)
	var large, small bool
	for n := range 6 {
		r := x.ask("micro_pay", with(payment(number(n), weChatCode(20+n), 100), "pay_content.body", "练习 <b>&\u2028 😀\x7f\x01"))
		if r.Status != 0 || !isASCII(r.raw) || !strings.Contains(r.raw, `\u64CD\u4F5C\u6210\u529F`) ||
			!strings.Contains(r.raw, `\uD83D\uDE00`) || strings.Contains(r.raw, `\u003c`) {
			t.Fatalf("%s", r.raw)
		}
		var p struct {
			Order struct {
				Body string `json:"body"`
			} `json:"order_content"`
		}
		r.into(t, "micro_pay", &p)
		if p.Order.Body != "练习 <b>&\u2028 😀\x7f\x01" {
			t.Errorf("body came back as %q", p.Order.Body)
		}
		if r.LogID > 1<<31 {
			large = true
		} else {
			small = true
		}
	}
	if !large || !small {
		t.Errorf("log ids above 2^31: %v, below: %v", large, small)
	}
}

func TestWhatAPaymentMustLookLike(t *testing.T) {
	rows := []struct {
		name, path string
		value      any
		status     int
	}{
		{"as it should be", "order_client.device_id", "01", 0},
		{"another terminal that takes codes", "order_client.device_id", "02", 0},
		{"no clerk", "order_client.staff_id", nil, 0},
		{"unknown member", "pay_content.attach", "x", 0},
		{"empty clerk", "order_client.staff_id", "", 104},
		{"unknown clerk", "order_client.staff_id", "7777", 104},
		{"unknown terminal", "order_client.device_id", "77", 104},
		{"terminal as a number that is none of ours", "order_client.device_id", 77, 104},
		{"terminal that only shows codes", "order_client.device_id", "09", 104},
		{"unknown store", "pay_mch_key.out_shop_id", "elsewhere", 104},
		{"another provider", "pay_mch_key.out_mch_id", "elsewhere", 104},
		{"another merchant", "pay_mch_key.out_sub_mch_id", "elsewhere", 104},
		{"number without the prefix", "pay_content.out_trade_no", "T000001", 104},
		{"number that is only the prefix", "pay_content.out_trade_no", sandbox.PracticePrefix, 104},
		{"number of 33 characters", "pay_content.out_trade_no", sandbox.PracticePrefix + strings.Repeat("1", 25), 104},
		{"number of 32 characters", "pay_content.out_trade_no", sandbox.PracticePrefix + strings.Repeat("1", 24), 0},
		{"number with a dash", "pay_content.out_trade_no", sandbox.PracticePrefix + "-1", 104},
		{"amount zero", "pay_content.total_fee", 0, 104},
		{"amount below zero", "pay_content.total_fee", -1, 104},
		{"largest amount", "pay_content.total_fee", 1<<31 - 1, 0},
		{"amount beyond 32 bits", "pay_content.total_fee", 1 << 31, 104},
		{"amount with a fraction", "pay_content.total_fee", 1.5, 101},
		{"amount as text", "pay_content.total_fee", "100", 101},
		{"no amount", "pay_content.total_fee", nil, 101},
		{"dollars", "pay_content.fee_type", "USD", 104},
		{"no currency", "pay_content.fee_type", nil, 101},
		{"no goods", "pay_content.body", nil, 101},
		{"goods of 129 bytes in 43 characters", "pay_content.body", strings.Repeat("练", 43), 101},
		{"remark too long", "pay_content.remark", strings.Repeat("r", 128), 101},
		{"code of the other platform", "pay_content.author_code", alipayCode(0), 104},
		{"code that is none", "pay_content.author_code", "6901234567892", 104},
		{"code with a letter", "pay_content.author_code", "13468042306308940x", 104},
		{"WeChat code of 19 digits", "pay_content.author_code", "1346804230630894000", 104},
		{"no code", "pay_content.author_code", nil, 101},
		{"no platform", "pay_mch_key.pay_platform", nil, 101},
		{"membership card", "pay_mch_key.pay_platform", 3, 104},
		{"no machine number", "order_client.machine_no", nil, 101},
		{"no program version", "order_client.sdk_version", nil, 101},
		{"no address", "order_client.spbill_create_ip", nil, 101},
		{"no kind of terminal", "order_client.terminal_type", nil, 101},
		{"no nonce", "nonce_str", nil, 101},
		{"merchant that is no object", "pay_mch_key", 5, 101},
		{"no content", "pay_content", nil, 101},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			x := newTill(t, nil)
			r := x.ask("micro_pay", with(payment(number(1), weChatCode(0), 100), row.path, row.value))
			if r.Status != row.status || r.Internal == 407 {
				t.Errorf("status %d: %s", r.Status, r.raw)
			}
			if stored := len(x.bank.Orders()); stored == 1 != (row.status == 0) {
				t.Errorf("%d orders in the book", stored)
			}
		})
	}
}

func TestATerminalNumberMayComeAsANumber(t *testing.T) {
	x := newTill(t, func(c *sandbox.Config) { c.Shops[0].Devices[0].ID = "1" })
	if r := x.ask("micro_pay", with(payment(number(1), weChatCode(0), 100), "order_client.device_id", 1)); r.Status != 0 {
		t.Error(r.raw)
	}
}

func TestMismatchHasItsKnownSentence(t *testing.T) {
	x := newTill(t, nil)
	r := x.ask("micro_pay", with(payment(number(1), weChatCode(0), 100), "order_client.staff_id", ""))
	if r.Description != "子商户门店、设备和店员信息验证不通过" {
		t.Error(r.Description)
	}
}

func TestTheSameNumberIsTheSamePaymentOrNone(t *testing.T) {
	x := newTill(t, nil)
	x.mustPay(number(1), weChatCode(0), 100)
	first := payment(number(1), weChatCode(0), 100)
	rows := []struct {
		name     string
		content  object
		status   int
		internal int
	}{
		{"word for word", first, 0, 0},
		{"another nonce and goods", with(with(first, "nonce_str", "other"), "pay_content.body", "other"), 0, 0},
		{"another amount", with(first, "pay_content.total_fee", 101), 104, 407},
		{"another code", with(first, "pay_content.author_code", weChatCode(20)), 104, 407},
		{"another number, same code", with(first, "pay_content.out_trade_no", number(2)), 104, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if r := x.ask("micro_pay", row.content); r.Status != row.status || r.Internal != row.internal {
				t.Error(r.raw)
			}
		})
	}
	if all := x.bank.Orders(); len(all) != 1 || all[0].Amount != 100 {
		t.Errorf("book %+v", all)
	}
	if n := x.bank.Counts()["micro_pay"]; n != 6 {
		t.Errorf("%d requests counted", n)
	}
}

func TestAnUnknownOrderDoesNotExistInTheWordsOfItsPlatform(t *testing.T) {
	x := newTill(t, nil)
	x.mustPay(number(1), weChatCode(0), 100)
	rows := []struct {
		name     string
		platform int
		order    string
		state    int
	}{
		{"WeChat", 1, number(9), 11},
		{"Alipay", 2, number(9), 7},
		{"asked on the wrong platform", 2, number(1), 7},
	}
	for _, row := range rows {
		if p := x.query(row.platform, row.order); p.state() != row.state || p.Order.Number != row.order || p.Order.Trade != "" {
			t.Errorf("%s: state %d, %+v", row.name, p.state(), p.Order)
		}
	}
	var p paid
	x.ask("query_order", with(query(1, number(1)), "pay_mch_key.pay_platform", nil)).into(t, "query_order", &p)
	if p.state() != 2 || p.Key.Platform != 1 {
		t.Errorf("without a platform: %+v", p)
	}
}
