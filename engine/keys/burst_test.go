package keys_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cpos/engine/keys"
)

// typist drives a detector with virtual time.
type typist struct {
	d     *keys.Detector
	now   time.Time
	scans []string
	back  strings.Builder
	most  int
}

func newTypist(accept func(string) bool) *typist {
	return &typist{d: keys.NewDetector(keys.BurstRule{Accept: accept}), now: time.Unix(0, 0).Add(time.Hour)}
}

func (p *typist) take(v keys.Verdict) {
	if v.Scan != "" {
		p.scans = append(p.scans, v.Scan)
	}
	for _, s := range v.Back {
		p.back.WriteRune(s.Rune)
	}
	p.most = max(p.most, len(v.Back))
}

func (p *typist) pause(d time.Duration) {
	p.now = p.now.Add(d)
	if due, held := p.d.Deadline(); held && due.Before(p.now) {
		p.take(p.d.Expire(due))
	}
}

func (p *typist) typing(text string, gap time.Duration) {
	for _, r := range text {
		p.pause(gap)
		if r == '\n' {
			r = '\r'
		}
		p.take(p.d.Stroke(keys.Stroke{Rune: r, At: p.now}))
	}
}

func payCode(s string) bool {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "]C0"), "]Q1")
	return len(s) == 18 && strings.Trim(s, "0123456789") == ""
}

func TestTellingAScannerFromAHand(t *testing.T) {
	const code = "134567890123456789"
	const ms = time.Millisecond
	for _, row := range []struct {
		name string
		play func(p *typist)
		scan string
		back string
	}{
		{"a code with its Enter", func(p *typist) { p.typing(code+"\n", 10*ms) }, code, ""},
		{"a code without an Enter", func(p *typist) { p.typing(code, 25*ms) }, code, ""},
		{"the slowest scanner", func(p *typist) { p.typing(code+"\n", 40*ms) }, code, ""},
		{"its Enter comes late", func(p *typist) { p.typing(code, 10*ms); p.pause(80 * ms); p.typing("\n", 100*ms) }, code, ""},
		{"an Enter of the cashier's, later", func(p *typist) { p.typing(code, 10*ms); p.pause(300 * ms); p.typing("\n", 0) }, code, "\r"},
		{"a second Enter is the cashier's", func(p *typist) { p.typing(code, 10*ms); p.pause(60 * ms); p.typing("\n\n", 10*ms) }, code, "\r"},
		{"an AIM prefix", func(p *typist) { p.typing("]C0"+code+"\n", 5*ms) }, "]C0" + code, ""},
		{"a QR prefix", func(p *typist) { p.typing("]Q1"+code+"\n", 5*ms) }, "]Q1" + code, ""},
		{"a hand that types a code", func(p *typist) { p.typing(code+"\n", 41*ms) }, "", code + "\r"},
		{"a goods code", func(p *typist) { p.typing("6901234567892\n", 10*ms) }, "", "6901234567892\r"},
		{"a price", func(p *typist) { p.typing("12.50\n", 90*ms) }, "", "12.50\r"},
		{"letters", func(p *typist) { p.typing("hello 1a2b", 10*ms) }, "", "hello 1a2b"},
		{"an arrow in between", func(p *typist) { p.typing("1345", 10*ms); p.typing("\x00", ms); p.typing("67", 10*ms) }, "", "1345\x0067"},
		{"a busy computer holds it up", func(p *typist) { p.typing(code[:4], 10*ms); p.pause(140 * ms); p.typing(code[4:]+"\n", 10*ms) }, code, ""},
		{"held up too early to be known", func(p *typist) { p.typing(code[:3], 10*ms); p.pause(41 * ms); p.typing(code[3:]+"\n", 10*ms) }, "", code + "\r"},
		{"held up for too long", func(p *typist) { p.typing(code[:9], 10*ms); p.pause(151 * ms); p.typing(code[9:]+"\n", 10*ms) }, "", code + "\r"},
		{"a whole code waits for no more", func(p *typist) { p.typing(code, 10*ms); p.pause(41 * ms); p.typing("7", 0) }, code, "7"},
		{"a goods code without an Enter", func(p *typist) { p.typing("6901234567892", 10*ms); p.pause(151 * ms); p.typing("7", 0) }, "", "69012345678927"},
		{"two scans in a row", func(p *typist) { p.typing(code+"\n", 5*ms); p.typing(code+"\n", 5*ms) }, code + " " + code, ""},
		{"a scan right after a hand", func(p *typist) { p.typing("7", 5*ms); p.pause(41 * ms); p.typing(code+"\n", 5*ms) }, code, "7"},
	} {
		p := newTypist(payCode)
		row.play(p)
		p.pause(time.Second)
		if got := strings.Join(p.scans, " "); got != row.scan || p.back.String() != row.back {
			t.Errorf("%s: heard %q, gave back %q", row.name, got, p.back.String())
		}
	}
}

func TestWithoutACodeRuleEverythingComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newTypist(nil)
		var want strings.Builder
		for range rapid.IntRange(0, 300).Draw(t, "keys") {
			r := rapid.SampledFrom([]rune("0123456789]abC \r\x00é")).Draw(t, "key")
			want.WriteRune(r)
			p.pause(time.Duration(rapid.IntRange(0, 60).Draw(t, "ms")) * time.Millisecond)
			p.take(p.d.Stroke(keys.Stroke{Rune: r, At: p.now}))
		}
		p.take(p.d.Flush())
		if p.back.String() != want.String() || len(p.scans) > 0 {
			t.Fatalf("typed %q, got back %q and scans %v", want.String(), p.back.String(), p.scans)
		}
	})
}

func TestAMillionCharactersAreNoScan(t *testing.T) {
	p := newTypist(func(string) bool { return true })
	p.typing(strings.Repeat("0123456789", 100_000)+"\n", time.Millisecond)
	if len(p.scans) > 0 || p.back.Len() != 1_000_001 || p.most > keys.DefaultMost+1 {
		t.Errorf("%d scans, %d given back, %d at once", len(p.scans), p.back.Len(), p.most)
	}
}

func FuzzDetectorLosesNothing(f *testing.F) {
	f.Add("134567890123456789\r", byte(10))
	f.Add("]C0\x00\x1b[A", byte(60))
	f.Fuzz(func(t *testing.T, text string, gap byte) {
		p := newTypist(nil)
		p.typing(text, time.Duration(gap)*time.Millisecond)
		p.take(p.d.Flush())
		if want := strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\n", "\r"); strings.ToValidUTF8(text, "") == text && p.back.String() != want {
			t.Errorf("typed %q, got back %q", want, p.back.String())
		}
	})
}
