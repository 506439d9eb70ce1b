package input_test

import (
	"strings"
	"testing"
	"time"

	"cpos/engine/keys"
)

// A till arms and disarms its ears all day long, also while a scanner types. A burst may then be torn, but
// no key of it may vanish: each is in a scan that was heard, or at the POS.
func TestNoKeyIsLostWhileTheEarsChange(t *testing.T) {
	r := newRig(t, 0)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for on := false; ; on = !on {
			select {
			case <-stop:
				return
			case <-time.After(3 * time.Millisecond):
				_ = r.Arm(t.Context(), keys.Armed{Scan: on, When: thePOS, Hotkeys: map[string]keys.Chord{"window": keys.MustChord("~")}})
			}
		}
	}()
	for n := range 200 {
		before := len(r.scans())
		r.pos.clear()
		r.hand.scanAtPace(code(n)+"\n", time.Duration(2+n%9)*time.Millisecond)
		r.hand.tap('x', time.Millisecond)
		eventually(t, "the key after a scan", func() bool { return strings.HasSuffix(r.pos.typed(), "x") })
		heard := r.scans()[before:]
		got := r.pos.typed()
		if len(heard) == 1 && heard[0] == code(n) && (got == "x" || got == "⏎x") {
			continue
		}
		if len(heard) > 0 || got != code(n)+"⏎x" {
			t.Errorf("scan %d %s: heard %q, the POS got %q", n, code(n), heard, got)
		}
	}
	close(stop)
	<-ended
}
