package ledger

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cpos/engine/pay"
)

var atNoon = time.Date(2026, 11, 22, 4, 0, 0, 123456789, time.UTC)

// TestTheBytesOfVersionOne pins what books in shops hold. These rows never change.
func TestTheBytesOfVersionOne(t *testing.T) {
	order := pay.Order{ID: "D1", Store: "店", Device: "02", Clerk: "1003", Tender: pay.Alipay, Amount: 1250,
		Serial: "7", Remark: "<少糖> & \"x\"", Source: "screen", At: atNoon}
	const zeros = "0000000000000000000000000000000000000000000000000000000000000000"
	rows := []struct {
		kind Kind
		body any
		want string
	}{
		{KindIntention, bodyOfOrder(order), `{"order":"D1","store":"店","device":"02","clerk":"1003","tender":"alipay",` +
			`"fen":1250,"serial":"7","remark":"<少糖> & \"x\"","source":"screen","at":"2026-11-22T04:00:00.123Z","digest":"` + zeros + `"}`},
		{KindOutcome, bodyOfOutcome(pay.Outcome{Status: pay.Paid, Trade: "4200", Net: 1240, LogID: 1 << 63, At: atNoon}),
			`{"status":"paid","trade":"4200","why":"","text":"","net_fen":1240,"log_id":9223372036854775808,"at":"2026-11-22T04:00:00.123Z"}`},
		{KindRefund, bodyOfRefund(pay.Refund{ID: "R1", Order: "D1", Amount: 5, Reason: "坏", Clerk: "1", Approver: "2"}),
			`{"refund":"R1","order":"D1","fen":5,"reason":"坏","clerk":"1","approver":"2","at":"0001-01-01T00:00:00.000Z","digest":"` + zeros + `"}`},
		{KindRefundOutcome, bodyOfRefundOutcome(pay.RefundOutcome{Status: pay.RefundManual, Why: pay.WhyBusy}),
			`{"status":"manual","trade":"","why":"busy","text":"","log_id":0,"at":"0001-01-01T00:00:00.000Z"}`},
		{KindSlip, slipV1{"payment", 2, "sent", ""}, `{"kind":"payment","copy":2,"proof":"sent","why":""}`},
		{KindRemark, remarkV1{"x", "1003"}, `{"text":"x","clerk":"1003"}`},
		{KindHalt, bodyOfHalt(atNoon, []Difference{{AmountOff, "D1", 1, 2, "a/b"}}),
			`{"at":"2026-11-22T04:00:00.123Z","differences":[{"code":"amount","number":"D1","ours_fen":1,"theirs_fen":2,"state":"a/b"}]}`},
		{KindHalt, bodyOfHalt(atNoon, nil), `{"at":"2026-11-22T04:00:00.123Z","differences":[]}`},
		{KindShift, shiftV1{Shift: 7, Clerk: "1003", Turn: turnClose, Counted: true, CashFen: 81250},
			`{"shift":7,"clerk":"1003","turn":"close","counted":true,"cash_fen":81250}`},
		{KindRestore, restoreV1{Facts: 12, Jump: 100000}, `{"facts":12,"jump":100000}`},
		{KindRelease, releaseV1{"p", "r"}, `{"who":"p","reason":"r"}`},
	}
	for _, r := range rows {
		got, err := encode(r.body)
		if err != nil || string(got) != r.want {
			t.Errorf("%s, %v:\ngot  %s\nwant %s", r.kind, err, got, r.want)
		}
	}
}

// TestTheHashOfVersionOne was worked out apart from the program, over the fields written by hand.
func TestTheHashOfVersionOne(t *testing.T) {
	f := Fact{Seq: 1, At: time.UnixMilli(1763784000123).UTC(), Kind: KindRemark, Version: 1, Number: "D1",
		Body: []byte(`{"text":"x","clerk":"1003"}`)}
	const want = "5f8c97bb5998cd87048c99f5ced1c722623210fb46fde66ec2da340518a75ad9"
	if got := f.ExpectedHash(); hex.EncodeToString(got[:]) != want {
		t.Errorf("got %x, want %s", got, want)
	}
}

func TestEveryFieldOfAFactIsInItsHash(t *testing.T) {
	base := Fact{Seq: 7, At: atNoon.Truncate(time.Millisecond), Kind: "ab", Version: 1, Number: "cd", Body: []byte("ef"), Prev: Hash{1}}
	changes := map[string]func(*Fact){
		"sequence":                           func(f *Fact) { f.Seq++ },
		"time":                               func(f *Fact) { f.At = f.At.Add(time.Millisecond) },
		"kind":                               func(f *Fact) { f.Kind = "x" },
		"version":                            func(f *Fact) { f.Version++ },
		"number":                             func(f *Fact) { f.Number = "x" },
		"body":                               func(f *Fact) { f.Body = []byte("eg") },
		"previous":                           func(f *Fact) { f.Prev[31] = 1 },
		"a letter moved from number to body": func(f *Fact) { f.Number, f.Body = "c", []byte("def") },
		"a letter moved from kind to number": func(f *Fact) { f.Kind, f.Number = "a", "bcd" },
	}
	for name, change := range changes {
		f := base
		change(&f)
		if f.ExpectedHash() == base.ExpectedHash() {
			t.Errorf("%s is not in the hash", name)
		}
	}
}

func TestBodiesThatTheBookDidNotWriteAreRefused(t *testing.T) {
	rows := []struct {
		name    string
		kind    Kind
		version uint16
		body    string
	}{
		{"a later version", KindRemark, 2, `{"text":"x","clerk":"1"}`},
		{"no version", KindRemark, 0, `{"text":"x","clerk":"1"}`},
		{"an unknown member", KindRemark, 1, `{"text":"x","clerk":"1","more":1}`},
		{"something behind it", KindRemark, 1, `{"text":"x","clerk":"1"}{}`},
		{"a status without a name", KindOutcome, 1, `{"status":"perhaps"}`},
		{"a fraction of a fen", KindIntention, 1, `{"fen":1.5}`},
		{"no object", KindRelease, 1, `[]`},
		{"nothing", KindRelease, 1, ``},
		{"an unknown kind", "gift", 1, `{}`},
	}
	for _, r := range rows {
		f := Fact{Seq: 1, Kind: r.kind, Version: r.version, Body: []byte(r.body)}
		if _, err := fold(entry{Fact: f}, known{order: &OrderRow{}}); !errors.Is(err, errFormat) {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

func TestABodyComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := pay.Order{ID: rapid.String().Draw(t, "id"), Clerk: rapid.String().Draw(t, "clerk"),
			Remark: rapid.String().Draw(t, "remark"), Tender: pay.Tender(rapid.IntRange(0, 3).Draw(t, "tender")),
			Amount: pay.Money(rapid.Int64().Draw(t, "fen")),
			At:     time.UnixMilli(rapid.Int64Range(-62e12, 253e12).Draw(t, "at")).UTC()}
		first, err := encode(bodyOfOrder(o))
		if err != nil {
			t.Fatal(err)
		}
		b, err := decode[intentionV1](Fact{Kind: KindIntention, Version: 1, Body: first})
		if err != nil || b.order() != o {
			t.Fatalf("%+v, %v", b.order(), err)
		}
		second, err := encode(b)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s became %s, %v", first, second, err)
		}
	})
}

// TestABodyThatIsExactNeedsNoDecoding draws what callers may hand in: text that is not UTF-8, times between
// two ms and in any zone, and numbers that name no status. Whatever it is, a body that writes itself writes
// what encoding/json does.
func TestABodyThatIsExactNeedsNoDecoding(t *testing.T) {
	draw := func(t *rapid.T, name string) string {
		return rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.SampledFrom([]string{"", "\u2028", "<&>", "\x00", "\ufffd", "\x7f", `"\`, "店\u2029"})).Draw(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62e9, 253e9).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).
			In(rapid.SampledFrom([]*time.Location{time.UTC, time.Local, china}).Draw(t, "zone"))
		var digest pay.Digest
		copy(digest[:], draw(t, "digest"))
		sameDecoded(t, KindIntention, bodyOfOrder(pay.Order{ID: draw(t, "id"), Store: draw(t, "store"), Device: draw(t, "device"),
			Clerk: draw(t, "clerk"), Tender: pay.Tender(rapid.Byte().Draw(t, "tender")), Amount: pay.Money(rapid.Int64().Draw(t, "fen")),
			Serial: draw(t, "serial"), Remark: draw(t, "remark"), Source: draw(t, "source"), At: at, Digest: digest}))
		sameDecoded(t, KindOutcome, bodyOfOutcome(pay.Outcome{Status: pay.Status(rapid.Byte().Draw(t, "status")), Trade: draw(t, "trade"),
			Why: pay.Why(draw(t, "why")), Text: draw(t, "text"), Net: pay.Money(rapid.Int64().Draw(t, "net")),
			LogID: rapid.Uint64().Draw(t, "log"), At: at}))
	})
}

func sameDecoded[T interface {
	comparable
	exacter
}](t *rapid.T, kind Kind, body T) {
	b, err := encode(body)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := marshal(body); err != nil || !bytes.Equal(b, plain) {
		t.Fatalf("wrote %s, encoding/json writes %s, %v", b, plain, err)
	}
	if !body.exact() {
		return
	}
	if got, err := decode[T](Fact{Kind: kind, Version: 1, Body: b}); err != nil || got != body {
		t.Fatalf("%+v became %+v, %v", body, got, err)
	}
}

func TestATimeThatCannotBeWrittenIsAnError(t *testing.T) {
	tooLate, tooEarly := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, body := range []any{intentionV1{At: stamp(tooLate)}, outcomeV1{At: stamp(tooEarly)}} {
		if b, err := encode(body); err == nil {
			t.Errorf("wrote %s", b)
		}
	}
}

// FuzzFold feeds bodies that anybody may have written; none may panic, and none may be read unless it is
// one that the book would write.
func FuzzFold(f *testing.F) {
	kinds := []Kind{KindIntention, KindOutcome, KindRefund, KindRefundOutcome, KindSlip, KindRemark, KindHalt, KindRelease, KindShift, KindRestore}
	for i := range kinds {
		f.Add(uint8(i), []byte(`{"status":"paid","fen":1}`))
		f.Add(uint8(i), []byte(`{"differences":null,"at":"2026-11-22T04:00:00.123Z"}`))
	}
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		paid := OrderRow{Order: pay.Order{Amount: 100}, Outcome: pay.Outcome{Status: pay.Paid}}
		fact := Fact{Seq: 1, Kind: kinds[int(kind)%len(kinds)], Version: 1, Body: body}
		c, err := fold(entry{Fact: fact}, known{order: &paid})
		if err == nil && c.order != nil && (c.order.Refunded < 0 || c.order.Refunded > c.order.Order.Amount) {
			t.Errorf("%s refunded of %s", c.order.Refunded, c.order.Order.Amount)
		}
	})
}
