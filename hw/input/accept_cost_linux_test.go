package input_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/engine/keys"
)

// How late a cashier's own keys arrive, by the display's clock: the time at which a key went down, and the
// time that the POS reads on it.
func TestACashiersKeysAreLateOnlyWhileScansAreWaitedFor(t *testing.T) {
	r := newRig(t, 0)
	other := openPOS(t, "mail")
	late := func(name string, at *pos, sym xproto.Keysym, most time.Duration, scans bool) {
		at.focus(t)
		eventually(t, "scans waited for, or not", func() bool { return r.Scans() == scans })
		var all []time.Duration
		for range times(9, 200) {
			at.clear()
			must(t, xtest.FakeInputChecked(r.hand.c, xproto.KeyPress, byte(r.hand.codes[sym]), 0, 0, 0, 0, 0).Check())
			xproto.ChangeProperty(r.hand.c, xproto.PropModeAppend, r.hand.bell, xproto.AtomCutBuffer0, xproto.AtomString, 8, 0, nil)
			down := r.hand.toldTime()
			time.Sleep(8 * ms)
			r.hand.up(sym)
			eventually(t, name, func() bool { at.mu.Lock(); defer at.mu.Unlock(); return len(at.times) > 0 })
			at.mu.Lock()
			all = append(all, time.Duration(int32(at.times[0]-down))*ms)
			at.mu.Unlock()
			time.Sleep(60 * ms)
		}
		slices.Sort(all)
		median := all[len(all)/2]
		t.Logf("%s: late by %v, 99 of 100 by at most %v, all by at most %v", name, max(0, median), max(0, all[(len(all)-1)*99/100]), max(0, all[len(all)-1]))
		if median > most {
			t.Errorf("%s: more than %v", name, most)
		}
	}
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	late("a digit at the POS while scans are waited for", r.pos, '5', 45*ms, true)
	late("a letter at the POS while scans are waited for", r.pos, 'a', 0, true)
	late("a digit in another program", other, '5', 0, false)
	must(t, r.Arm(t.Context(), keys.Armed{When: thePOS}))
	late("a digit at the POS while scanning is off", r.pos, '5', 0, false)
}

// What waiting for scans and hot-keys costs while nobody types.
func TestAnIdleKeyboardCostsNothing(t *testing.T) {
	r := newRig(t, 0)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS, Hotkeys: map[string]keys.Chord{"window": keys.MustChord("~")}}))
	cpu := func() time.Duration {
		var u syscall.Rusage
		must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	time.Sleep(100 * ms)
	before, span := cpu(), time.Duration(times(2, 30))*time.Second
	time.Sleep(span)
	share := 100 * float64(cpu()-before) / float64(span)
	t.Logf("idle for %v: %.3f %% of a core", span, share)
	if share > 0.5 {
		t.Error("more than 0.5 %")
	}
}
