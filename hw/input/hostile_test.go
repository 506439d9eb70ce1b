package input_test

import (
	"runtime"
	"strings"
)

// hostile are texts of a scanner gone mad, or of one that somebody plays. None is a payment code, and none may be
// typed into a POS by us.
var hostile = []string{"http://evil.example/pay?x=1", "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", "\x1b@\x1bp\x00", "4111111111111111",
	"6222021234567890128", "\x00\x00", "\x1b[2J", "<script>", "a b", "12;34", "收款", "%0d%0a", `..\..\x`, strings.Repeat("9", 200)}

// hostileLines are these texts as a scanner with a cable of its own sends them.
var hostileLines = strings.Join(hostile, "\r") + "\r"

// What the part of a test under wine is told: how much its scanner sends, and how many payment codes among it.
const (
	hostileCharacters = "CPOS_TEST_HOSTILE"
	codesSent         = "CPOS_TEST_CODES"
)

// mostHeld is how much more memory a listener may hold behind whatever a scanner sent.
const mostHeld = 8 << 20

// held gives the memory in use, in bytes.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
