package input_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/input"
)

func TestALoopThatHangsGivesTheKeyboardBack(t *testing.T) {
	p := openPOS(t, "练习收银 till")
	h := newHand(t)
	desk, err := desktop.Open()
	must(t, err)
	defer desk.Close()
	dev, err := input.Open(desk, input.Options{Accept: isCode})
	must(t, err)
	defer dev.Close()
	must(t, dev.Arm(t.Context(), keys.Armed{Scan: true}))
	until := make(chan struct{})
	input.Hang(dev, until)
	h.tap('1', time.Millisecond) // from here the keyboard stands still
	h.tap('a', time.Millisecond)
	time.Sleep(100 * time.Millisecond)
	if got := p.typed(); got != "" {
		t.Errorf("the hung loop held nothing: %q", got)
	}
	eventually(t, "the keyboard is free", func() bool {
		h.tap('2', time.Millisecond)
		time.Sleep(10 * time.Millisecond)
		return strings.HasSuffix(p.typed(), "2")
	})
	close(until)
	err = dev.Listen(context.Background(), func(keys.Event) {})
	if !errors.Is(err, input.ErrGone) {
		t.Errorf("Listen says %v", err)
	}
	if err := dev.Press(t.Context(), keys.MustChord("a")); !errors.Is(err, input.ErrGone) {
		t.Errorf("Press says %v", err)
	}
}

// BenchmarkIdle is the share of one core that an armed scanner costs while nobody types.
func BenchmarkIdle(b *testing.B) {
	r := newRig(b, 0)
	must(b, r.Arm(b.Context(), keys.Armed{Scan: true, When: thePOS, Hotkeys: map[string]keys.Chord{"window": keys.MustChord("~")}}))
	cpu := func() time.Duration {
		var u syscall.Rusage
		must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before, begin := cpu(), time.Now()
	for b.Loop() {
		time.Sleep(100 * time.Millisecond)
	}
	b.ReportMetric(100*float64(cpu()-before)/float64(time.Since(begin)), "%-of-a-core")
	b.ReportMetric(0, "ns/op")
}
