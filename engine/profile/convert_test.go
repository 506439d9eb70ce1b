package profile_test

import (
	"image"
	"reflect"
	"testing"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/profile"
	"cpos/profiles"
)

func TestConversionsGiveWhatTheOtherRoomsTake(t *testing.T) {
	p, err := profile.Load(source(profiles.FS))
	if err != nil {
		t.Fatal(err)
	}
	rules := pay.DefaultCodeRules()
	rules.OrderPrefix = "01000826"
	paper, err := p.Paper()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]any{
		"code rules": {p.CodeRules(), rules},
		"window":     {p.Window(), keys.Window{Exe: "practice-pos", Title: "收款$"}},
		"grammar":    {p.Grammar(), capture.Grammar{Decimals: 2, Prefix: []string{"￥", "¥"}, Suffix: []string{"元"}, Least: 1, Most: 500000}},
		"hot-keys": {p.Chords(), map[string]keys.Chord{"main_window": {Key: "e", Mods: keys.Ctrl}, "payment_window": {Key: "grave"}, "teach_amount": {Key: "p", Mods: keys.Ctrl | keys.Shift},
			"relogin": {Key: "l", Mods: keys.Ctrl | keys.Shift}}},
		"client":  {p.Taught().Client(), image.Pt(900, 680)},
		"serial":  {p.SerialForm().String(), "^[0-9]{8}-[0-9]{4}$"},
		"paper":   {[]any{paper.Columns, paper.Dots, paper.Encoding, paper.FeedBeforeCut}, []any{32, 384, "gb18030", 4}},
		"regions": {p.Regions()[0], capture.Region{Name: "amount", X: 628, Y: 92, W: 248, H: 68}},
		"driver": {p.GatewayOptions(), map[string]string{"base_url": "http://127.0.0.1:5180/cpay/", "reverse": "false",
			"pay_timeout": "30s", "query_timeout": "10s", "out_mch_id": "practicemch000000001", "out_sub_mch_id": "practicesub000000001"}},
		"secret": {p.Secrets["auth_key"].Name(), "cloudpay/practice/auth"},
	} {
		if !reflect.DeepEqual(c[0], c[1]) {
			t.Errorf("%s: got %v, want %v", name, c[0], c[1])
		}
	}
}

func TestAMethodThatIsNotTakenGoesBackToThePOS(t *testing.T) {
	s := source(profiles.FS)
	s.Set = map[string]string{"payment.methods": "[alipay]", "hotkeys.payment_window": "", "hotkeys.teach_amount": "", "hotkeys.main_window": "", "hotkeys.relogin": ""}
	p, err := profile.Load(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.CodeRules().Classify("134567890123456789").Kind(); got != pay.KindOther {
		t.Errorf("a WeChat code is %v", got)
	}
	if got := p.CodeRules().Classify("281234567890123456").Kind(); got != pay.KindAlipay {
		t.Errorf("an Alipay code is %v", got)
	}
	if len(p.Chords()) != 0 {
		t.Errorf("an emptied hot-key is still taken: %v", p.Chords())
	}
}
