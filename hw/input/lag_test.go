package input

import (
	"testing"
	"time"
)

func TestAComputerThatHearsLateIsWaitedFor(t *testing.T) {
	const ms = time.Millisecond
	now := time.Unix(1000, 0)
	var l lag
	if l.heard(16*ms, now); l.extra(now) != 0 {
		t.Error("a step of the clock counts as lag")
	}
	l.heard(80*ms, now)
	if l.heard(30*ms, now.Add(time.Second)); l.extra(now.Add(time.Second)) != 80*ms {
		t.Errorf("waits %v", l.extra(now.Add(time.Second)))
	}
	if l.extra(now.Add(4*time.Second)) != 0 {
		t.Error("an old lag is waited for")
	}
	if l.heard(time.Hour, now); l.extra(now) != mostLag {
		t.Errorf("waits %v", l.extra(now))
	}
	if first, second := l.drawnOut(60*ms, now), l.drawnOut(60*ms, now); first != 60*ms || second != 0 {
		t.Errorf("drawn out by %v, then by %v", first, second)
	}
	if l.heard(0, now); l.drawnOut(5*ms, now) != 0 {
		t.Error("a timer that was on time draws out")
	}
}
