package input_test

import "runtime"

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
