package cloudpay

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzMembers holds the reader to encoding/json: the same texts are objects, with the same members.
func FuzzMembers(f *testing.F) {
	for _, s := range []string{
		`{}`, ` { "a" : 1 , "b" : [ ] } `, `{"a":"x","a":"y"}`, `{"\u0061":"\ud83d\ude00\ud83d\u4e2d\udc00"}`, `{"a":"\"\\\/\b\f\n\r\t"}`,
		`{"a":-0.5e+10,"b":[1,{"c":null},true,false]}`, `{"a":01}`, `{"a":1.}`, `{"a":-}`, `{"a":1e}`, `{"a":"` + "\x01" + `"}`, `{"a":"\x"}`,
		`{"a":"\u12g4"}`, `{"a":"\u+123"}`, `{"a":"` + "\xff\xc3" + `"}`, `{"a":"\"`, `{"a":1,}`, `{"a"}`, `{"a":tru}`, `[1]`, `null`, `{}{}`, ``, `{"a":[1,]}`,
		sealed(orderText(callMicroPay, wechat(2))),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want map[string]json.RawMessage
		err := json.Unmarshal(text, &want)
		got := map[string]json.RawMessage{}
		mine := eachMember(text, func(name string, value []byte) error {
			got[name] = value
			return nil
		})
		if (err == nil && want != nil) != (mine == nil) {
			t.Fatalf("%q: %v, encoding/json says %v", text, mine, err)
		}
		if mine != nil {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %q, want %q", text, got, want)
		}
		for name, value := range want {
			if !bytes.Equal(got[name], value) {
				t.Fatalf("%q: %q is %q, want %q", text, name, got[name], value)
			}
			var plain string
			isText := json.Unmarshal(value, &plain) == nil && !isNull(value)
			if s, ok := textOf(value); ok != isText || s != plain {
				t.Fatalf("%q: text %q, %v, want %q, %v", value, s, ok, plain, isText)
			}
		}
	})
}

// TestObjectsInObjectsWithoutEnd: an answer is at most a few MiB, and a reader that calls itself for each of
// its brackets must not die of that.
func TestObjectsInObjectsWithoutEnd(t *testing.T) {
	const deepest = 10000 // of brackets in one another, as in encoding/json
	for _, bracket := range []string{`[`, `{"a":`} {
		text := []byte(`{"a":` + strings.Repeat(bracket, 1<<20))
		if err := eachMember(text, func(_ string, _ []byte) error { return nil }); err == nil {
			t.Error("read what has no end")
		}
	}
	deep := `{"a":` + strings.Repeat(`[`, deepest-1) + strings.Repeat(`]`, deepest-1) + `}`
	if err := eachMember([]byte(deep), func(_ string, _ []byte) error { return nil }); err != nil || !json.Valid([]byte(deep)) {
		t.Errorf("%d brackets: %v", deepest, err)
	}
}

// TestANameCountsInItsLettersOnly: encoding/json would take any case.
func TestANameCountsInItsLettersOnly(t *testing.T) {
	var c orderContent
	if err := c.UnmarshalJSON([]byte(`{"Out_Trade_No":"P1","TOTAL_FEE":100,"out_trade_no":"P2"}`)); err != nil || c.Number != "P2" || c.Total != nil {
		t.Errorf("%+v %v", c, err)
	}
}
