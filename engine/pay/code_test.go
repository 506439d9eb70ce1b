package pay

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const (
	wechatCode = "134680423163089456"
	alipayCode = "2868042316308945"
)

func TestClassify(t *testing.T) {
	rules := DefaultCodeRules()
	rules.OrderPrefix = "01000826"
	for _, row := range []struct {
		name, raw string
		kind      Kind
		text      string
	}{
		{"WeChat", wechatCode, KindWeChat, wechatCode},
		{"Alipay, 16 digits", alipayCode, KindAlipay, alipayCode},
		{"Alipay, 24 digits", "300000000000000000000001", KindAlipay, "300000000000000000000001"},
		{"scanner's Enter", wechatCode + "\r\n", KindWeChat, wechatCode},
		{"spaces as printed", "1346 8042 3163 0894 56", KindWeChat, wechatCode},
		{"AIM Code 128", "]C0" + wechatCode, KindWeChat, wechatCode},
		{"AIM QR", "]Q1" + alipayCode, KindAlipay, alipayCode},
		{"vendor letter and AIM", "j]C0" + wechatCode, KindWeChat, wechatCode},
		{"vendor letter and AIM QR", "Q]Q1" + wechatCode, KindWeChat, wechatCode},
		{"full-width digits", "１３４６８０４２３１６３０８９４５６", KindWeChat, wechatCode},
		{"WeChat one digit short", wechatCode[:17], KindOther, wechatCode[:17]},
		{"WeChat one digit long", wechatCode + "1", KindOther, wechatCode + "1"},
		{"unknown prefix", "994680423163089456", KindOther, "994680423163089456"},
		{"item bar code", "6901234567892", KindOther, "6901234567892"},
		{"a letter inside", "13468042316308945O", KindOther, "13468042316308945O"},
		{"our own order", "01000826a1b2c32611230000a1", KindOrder, "01000826a1b2c32611230000a1"},
		{"only the prefix", "01000826", KindOther, "01000826"},
		{"a URL", "https://example.com/134680423163089456", KindOther, "https://example.com/134680423163089456"},
		{"a million characters", strings.Repeat("1", 1_000_000), KindOther, ""},
		{"nothing", "", KindOther, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := rules.Classify(row.raw)
			if got.Kind() != row.kind || got.Reveal() != row.text {
				t.Errorf("got %v of %d characters, want %v", got.Kind(), len(got.Reveal()), row.kind)
			}
		})
	}
}

func TestCodeIsMaskedHoweverItIsPrinted(t *testing.T) {
	c := DefaultCodeRules().Classify(wechatCode)
	type holder struct{ C Code }
	asJSON, err := json.Marshal(holder{c})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("scanned", "code", c, "held", holder{c})
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c, c), fmt.Sprintf("%+v %#v", holder{c}, holder{c}), string(asJSON), log.String()} {
		if strings.Contains(s, "680423163089") {
			t.Errorf("payment code in clear: %s", s)
		}
	}
	if c.String() != "13**************56" {
		t.Errorf("masked as %q", c)
	}
	if short := DefaultCodeRules().Classify("12345678"); strings.ContainsAny(short.String(), "12345678") {
		t.Errorf("short text shows as %q", short)
	}
}

func TestRequestNeverPrintsItsContent(t *testing.T) {
	r := Request{Number: "N1", Content: []byte(wechatCode)}
	if s := fmt.Sprintf("%v %+v %#v %s", r, r, r, r); strings.Contains(s, wechatCode) || strings.Contains(s, "49, 51, 52") {
		t.Errorf("content in clear: %s", s)
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{wechatCode, "]C0" + alipayCode, "１３４", "\x00\x1b@", "=1+1"} {
		f.Add(s)
	}
	rules := DefaultCodeRules()
	f.Fuzz(func(t *testing.T, raw string) {
		c := rules.Classify(raw)
		if c.Kind() == KindWeChat || c.Kind() == KindAlipay {
			if !allDigits(c.Reveal()) || len(c.Reveal()) > 24 {
				t.Errorf("%q accepted as a payment code", c.Reveal())
			}
		}
		if again := rules.Classify(c.Reveal()); c.Kind() != KindOther && again != c {
			t.Errorf("classifying twice gives %v then %v", c.Kind(), again.Kind())
		}
	})
}
