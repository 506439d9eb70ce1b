package cloudpay

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"cpos/engine/gateway"
	"cpos/engine/pay"
	"cpos/engine/words"
)

func newEd25519(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSettingsAreAllCheckedAtOnce(t *testing.T) {
	_, err := New(gateway.Env{Options: map[string]string{
		"base_url": "http://pay.example.com/cpay/", "out_mch_id": "m", "auth_key": "hunter 2", "sign_key": "hunter3",
		"refund_auth": "md5", "reverse": "perhaps", "pay_timeout": "31s", "query_timeout": "soon", "colour": "red",
	}})
	if !errors.Is(err, gateway.ErrSettings) || !errors.Is(err, pay.ErrSignKey) {
		t.Fatalf("error %v", err)
	}
	for _, name := range []string{"base_url", "out_sub_mch_id", "auth_key", "private key", "reverse", "pay_timeout", "query_timeout", "colour"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in:\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), "hunter") {
		t.Errorf("a secret is told: %v", err)
	}
}

func TestBaseURL(t *testing.T) {
	for url, ok := range map[string]bool{
		"https://pay.qcloud.com/cpay/": true, "https://pay.qcloud.com/cpay": true, "http://127.0.0.1:5180/cpay/": true,
		"http://localhost:5180/": true, "http://[::1]:5180/": true,
		"http://pay.qcloud.com/cpay/": false, "http://127.0.0.1.example.com/": false, "ftp://127.0.0.1/": false,
		"https://": false, "pay.qcloud.com": false, "https://a:b@pay.qcloud.com/": false, "https://x/?y=1": false, "://": false,
	} {
		g := &Gateway{}
		if err := g.setBase(url); (err == nil) != ok {
			t.Errorf("%s: %v", url, err)
		}
		if ok && !strings.HasSuffix(g.base, "/") {
			t.Errorf("%s became %s", url, g.base)
		}
	}
}

func TestRefundAuth(t *testing.T) {
	key := string(pemOf("RSA PRIVATE KEY", pkcs1Of(t)))
	for _, row := range []struct {
		mode, key    string
		signs, fails bool
	}{
		{"", "", false, false}, {"", key, true, false}, {"hmac", key, false, false}, {"hmac", "", false, false},
		{"rsa", key, true, false}, {"rsa", "", false, true}, {"md5", key, false, true}, {"hmac", "broken", false, true},
	} {
		g := &Gateway{}
		err := g.setRefundAuth(row.mode, row.key)
		if (err != nil) != row.fails || (g.refundKey != nil) != row.signs {
			t.Errorf("%q with key %v: signs %v, error %v", row.mode, row.key != "", g.refundKey != nil, err)
		}
	}
}

func TestTerminalTypes(t *testing.T) {
	for system, want := range map[string]int64{"windows": 1, "android": 2, "ios": 3, "linux": 4, "plan9": 100} {
		if got := terminalType(system); got != want {
			t.Errorf("%s is %d, want %d", system, got, want)
		}
	}
	if m := thisMachine(""); m.number == "" || m.address == "" || len(m.number) > maxMachine || len(m.address) > maxAddress {
		t.Errorf("this machine is %+v", m)
	}
}

func TestEverySentenceIsInTheCatalogue(t *testing.T) {
	keys := []string{Driver.Help, "gateway.cloudpay.body.default"}
	for _, o := range Driver.Options {
		keys = append(keys, o.Help)
	}
	for _, kind := range []error{pay.ErrNotSent, pay.ErrNoAnswer, pay.ErrForged, pay.ErrContradiction, pay.ErrAuthKey, pay.ErrSignKey, pay.ErrNotAllowed} {
		var p *words.Problem
		if !errors.As(problem(kind, "x", nil), &p) || !errors.Is(p, kind) {
			t.Fatalf("%v has no problem", kind)
		}
		keys = append(keys, p.What.Key, p.Hint.Key)
	}
	for _, why := range []pay.Why{
		pay.WhyCustomerStopped, pay.WhyBalance, pay.WhyPayError, pay.WhyRefused, pay.WhyMismatch, pay.WhyNumberUsed, pay.WhyReentry,
		pay.WhyAuthKey, pay.WhySignKey, pay.WhyNotFound, pay.WhyNotSent, pay.WhyNoAnswer, pay.WhyForged, pay.WhyGarbled,
		pay.WhyContradiction, pay.WhyBusy, pay.WhyReversed, pay.WhyTurnedRefund,
	} {
		keys = append(keys, "why."+string(why))
	}
	for _, key := range keys {
		if !words.Known(key) {
			t.Errorf("%q is not in the catalogue", key)
		}
	}
}
