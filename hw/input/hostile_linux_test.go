package input_test

import (
	"io"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"cpos/engine/keys"
	"cpos/hw/desktop/winetest"
	"cpos/hw/port"
)

// hostile are texts of a scanner gone mad, or of one that somebody plays. None is a payment code, and none may be
// typed into a POS by us.
var hostile = []string{"http://evil.example/pay?x=1", "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", "\x1b@\x1bp\x00", "4111111111111111",
	"6222021234567890128", "\x00\x00", "\x1b[2J", "<script>", "a b", "12;34", "收款", "%0d%0a", `..\..\x`, strings.Repeat("9", 200)}

// hostileLines are these texts as a scanner with a cable of its own sends them.
var hostileLines = strings.Join(hostile, "\r") + "\r"

// codeAfter is how many characters of the hostile kind come before each payment code.
const codeAfter = 2000

// sendHostile writes so many characters as fast as the line takes them, with payment codes among them.
func sendHostile(line io.Writer, characters int) (codes int, err error) {
	burst := strings.Repeat(hostileLines, codeAfter/len(hostileLines)+1)
	for sent := 0; sent < characters && err == nil; sent += len(burst) {
		_, err = io.WriteString(line, burst+code(codes)+"\r")
		codes++
	}
	return codes, err
}

func TestF20AHostileScannerOnALineOfItsOwn(t *testing.T) {
	line, name := terminal(t)
	var o told
	o.listen(t, o.scanner(port.Serial(name, port.SerialSettings{})))
	eventually(t, "the scanner is there", func() bool { _, _, n := o.all(); return n == 1 })
	before, begin := held(), time.Now()
	characters := times(50_000, 1_000_000)
	codes, err := sendHostile(line, characters)
	must(t, err)
	var want []string
	for i := range codes {
		want = append(want, code(i))
	}
	eventually(t, "the last code", func() bool { heard, _, _ := o.all(); return strings.HasSuffix(heard, want[codes-1]) })
	took, more := time.Since(begin), held()-before
	heard, typed, _ := o.all()
	t.Logf("F20 hostile scanner on a serial port: characters %d in %v, payment codes among them %d of %d heard, typed into the POS %q, memory %+d KiB",
		characters, took.Round(time.Millisecond), len(strings.Fields(heard)), codes, typed, more>>10)
	if heard != strings.Join(want, " ") || typed != "" || more > mostHeld {
		t.Error("something was typed, a code was lost, or memory grew")
	}
}

// A scanner that is a keyboard reaches the POS as it would without us: we add nothing, lose nothing, and take the
// payment codes alone. The keys of a line come without any pause, as no keyboard's do, so what is compared is which of
// them arrived how often.
func TestF20AHostileScannerOnTheKeyboard(t *testing.T) {
	r := newRig(t, patient)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	before, begin := held(), time.Now()
	want, pressed, codes := map[string]int{}, 0, times(3, 100)
	press := func(text string) {
		for _, sym := range scanned(text) {
			if sym == 0x1b {
				sym = 0xff1b // Esc, which is no character
			} else if sym < ' ' || sym > '~' && sym != symEnter {
				continue // on no keyboard
			}
			want["+"+symName(r.hand.base(sym))]++
			pressed++
			r.hand.burst(sym)
		}
	}
	for n := range codes {
		for _, text := range hostile {
			if len(text) < keys.DefaultMost {
				press(text + "\n")
				eventually(t, "a line of it", func() bool { return r.pos.count()["+Enter"] >= want["+Enter"] })
				must(t, r.Quiet(t.Context()))
			}
		}
		for _, sym := range scanned(code(n) + "\n") {
			r.hand.burst(sym)
		}
		eventually(t, "a code among it", func() bool { return len(r.scans()) > n })
		must(t, r.Quiet(t.Context()))
	}
	press(strings.Repeat("9", 20*keys.DefaultMost)) // they pass until there is a pause
	eventually(t, "the last key", func() bool { return r.pos.count()["+9"] >= want["+9"] })
	took, got := time.Since(begin), r.pos.count()
	r.pos.clear()
	more := held() - before
	t.Logf("F20 hostile scanner on the keyboard: keys %d in %v, payment codes among them %d of %d heard, the others all at the POS and nothing besides: %t, memory %+d KiB",
		pressed, took.Round(time.Millisecond), len(r.scans()), codes, maps.Equal(got, want), more>>10)
	if !maps.Equal(got, want) || len(r.scans()) != codes || more > mostHeld {
		t.Errorf("the POS got\n%v\nwant\n%v", got, want)
	}
}

// count says how often each key has gone down, Shift left out.
func (p *pos) count() map[string]int {
	all := map[string]int{}
	for _, event := range p.events() {
		if event[0] == '+' && event != "+"+symName(symShift) {
			all[event]++
		}
	}
	return all
}

// base gives what stands on the key of a sign without Shift.
func (h *hand) base(sym xproto.Keysym) xproto.Keysym {
	for other, code := range h.codes {
		if h.shift[sym] && code == h.codes[sym] && !h.shift[other] {
			return other
		}
	}
	return sym
}

// burst presses a key without a pause.
func (h *hand) burst(sym xproto.Keysym) {
	if h.shift[sym] {
		h.down(symShift)
		defer h.up(symShift)
	}
	h.down(sym)
	h.up(sym)
}

func TestF20AHostileScannerOnASerialPortUnderWine(t *testing.T) {
	wine := winetest.Start(t)
	exe := winetest.BuildTests(t, "hw/input", "")
	scanner, err := port.Serial(wine.Cable(t, "com7"), port.SerialSettings{})(t.Context())
	must(t, err)
	t.Cleanup(func() { scanner.Close() })
	characters := times(20_000, 100_000)                    // wine hands over a character at a time, some 3,000 a second
	go func() { _, _ = sendHostile(scanner, characters) }() // a cable that is gone shows in the count
	env := []string{"CPOS_TEST_COM=COM7", hostileCharacters + "=" + strconv.Itoa(characters), codesSent + "=" + strconv.Itoa(codesAmong(characters))}
	t.Log(wine.Test(t, env, exe, "-test.run=AHostileScannerOnASerialPortOfWindows"))
}

// codesAmong is how many codes sendHostile sends.
func codesAmong(characters int) int {
	codes, _ := sendHostile(io.Discard, characters) // which takes all
	return codes
}
