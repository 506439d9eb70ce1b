package keys_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cpos/engine/keys"
)

func TestLines(t *testing.T) {
	for _, row := range []struct {
		name, sent string
		want       []string
		dropped    int
	}{
		{"with Enter", "134567890123456789\r", []string{"134567890123456789"}, 0},
		{"with both ends of a line", "6901234567892\r\n6901234567892\r\n", []string{"6901234567892", "6901234567892"}, 0},
		{"between STX and ETX", "\x02123\x03\x02456\x03", []string{"123", "456"}, 0},
		{"only ends of lines", "\r\n\r\n\t\x00", nil, 0},
		{"with an escape sequence", "12\x1b[2J34\r56\r", []string{"56"}, 1},
		{"with Chinese", "收款\r12\r", []string{"12"}, 1},
		{"too long", strings.Repeat("1", 129) + "\r7\r", []string{"7"}, 1},
		{"as long as may be", strings.Repeat("1", 128) + "\r", []string{strings.Repeat("1", 128)}, 0},
	} {
		var l keys.Lines
		var got []string
		for _, b := range []byte(row.sent) { // byte by byte is the same as all at once
			got = append(got, l.Feed([]byte{b})...)
		}
		var whole keys.Lines
		if once := whole.Feed([]byte(row.sent)); !slices.Equal(once, got) || !slices.Equal(got, row.want) || l.Dropped() != row.dropped {
			t.Errorf("%s: got %q and %q, dropped %d, want %q", row.name, got, once, l.Dropped(), row.want)
		}
	}
}

func TestLinesKeepLittleWhateverComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l keys.Lines
		for range rapid.IntRange(0, 20).Draw(t, "pieces") {
			for _, text := range l.Feed(rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "piece")) {
				if text == "" || len(text) > keys.MaxScan || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Fatalf("let through %q", text)
				}
			}
		}
	})
}

// A scanner gone mad, or one that somebody plays (F20).
func TestF20HostileScannerFillsNoMemoryAndTypesNothing(t *testing.T) {
	hostile := []string{"http://evil.example/pay?x=1", "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", "\x1b@\x1bp\x00", "4111111111111111",
		"6222021234567890128", "5500000000000004", "\x00\x00", "<script>", "a b", "12;34", "收款", "%0d%0a", "..\\..\\x", strings.Repeat("9", 200)}
	stream := []byte(strings.Join(hostile, "\r") + "\r")
	var l keys.Lines
	typed, heard := 0, 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const wanted = 1_000_000
	sent := 0
	for ; sent < wanted; sent += len(stream) {
		for _, text := range l.Feed(stream) {
			heard++
			if keys.Typeable(text) {
				typed++
				t.Errorf("%q would be typed", text)
			}
		}
	}
	l.Feed([]byte(strings.Repeat("1", wanted))) // and one code without an end
	runtime.ReadMemStats(&after)
	if typed > 0 || heard == 0 || after.HeapAlloc > before.HeapAlloc+8<<20 {
		t.Errorf("typed %d of %d", typed, heard)
	}
	t.Logf("F20 hostile scanner: characters %d, texts heard %d, dropped %d, typed into the POS %d", sent+wanted, heard, l.Dropped(), typed)
}

func TestTypeable(t *testing.T) {
	for text, want := range map[string]bool{"6901234567892": true, "LH00000000000000012": true, "20261123-0007": true, "69012345678921": true,
		"": false, "-1": false, "6222021234567890128": false, "123456789012345670000": true, strings.Repeat("1", 49): false} {
		if got := keys.Typeable(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

// The same on a keyboard's wire: whatever is typed at whatever speed, the detector holds little and gives back
// in order all that is no scan.
func TestAHostileKeyboardScannerFillsNoMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := keys.NewDetector(keys.BurstRule{Accept: func(s string) bool { return len(s) == 18 }})
		at := time.Unix(3600, 0)
		sent, back, scanned, last := 0, 0, 0, -1
		take := func(v keys.Verdict) {
			for _, s := range v.Back {
				if s.Raw.(int) <= last {
					t.Fatal("given back out of order")
				}
				last = s.Raw.(int)
			}
			back += len(v.Back)
			scanned += len(v.Scan)
		}
		for range rapid.IntRange(0, 400).Draw(t, "keys") {
			r := rapid.SampledFrom([]rune{'1', '7', ']', 'a', '=', '\r', 0, 0x1b, '收'}).Draw(t, "key")
			at = at.Add(time.Duration(rapid.SampledFrom([]int64{1, 1000, 30e6, 50e6}).Draw(t, "pause")))
			take(d.Stroke(keys.Stroke{Rune: r, At: at, Raw: sent}))
			sent++
		}
		take(d.Flush())
		if back+scanned > sent {
			t.Fatalf("%d keys made of %d", back+scanned, sent)
		}
	})
}
