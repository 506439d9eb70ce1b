package input

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cpos/engine/keys"
)

// player drives an ear as a system would, and notes what the program in front would get.
type player struct {
	ear   *ear
	now   time.Time
	scans []string
	got   []rawKey
}

func newPlayer(accept func(string) bool) *player {
	return &player{ear: newEar(keys.BurstRule{Accept: accept}), now: time.Unix(1000, 0)}
}

const shiftCode = 1000

func (p *player) key(code uint16, down bool, char rune) {
	raw := rawKey{code: code, scan: code, down: down, mod: code == shiftCode}
	if !down {
		if out, ours := p.ear.release(raw, p.now); ours {
			p.take(out)
		} else {
			p.got = append(p.got, raw)
		}
		return
	}
	out := p.ear.press(raw, char, p.now)
	if out.pass {
		p.got = append(p.got, raw)
		return
	}
	p.take(out)
}

func (p *player) take(out outcome) {
	if out.scan != "" {
		p.scans = append(p.scans, out.scan)
	}
	p.got = append(p.got, out.back...)
}

// wait lets time pass and the timer fire.
func (p *player) wait(d time.Duration) {
	for {
		at, busy := p.ear.due()
		if !busy || at.After(p.now.Add(d)) {
			break
		}
		p.take(p.ear.expire())
	}
	p.now = p.now.Add(d)
}

func (p *player) tap(r rune) {
	code := uint16(r)
	p.key(code, true, r)
	p.now = p.now.Add(time.Millisecond)
	p.key(code, false, r)
}

func (p *player) typed() string {
	var b strings.Builder
	for _, k := range p.got {
		if k.down && k.code != shiftCode {
			b.WriteRune(rune(k.code))
		}
	}
	return b.String()
}

func TestTheKeysOfAScanAllVanish(t *testing.T) {
	p := newPlayer(func(s string) bool { return len(s) == 21 && s[:3] == "]C0" })
	p.tap(']')
	p.key(shiftCode, true, 0)
	p.tap('C')
	p.key(shiftCode, false, 0)
	for _, r := range "0134567890123456789\r" {
		p.tap(r)
		p.wait(5 * time.Millisecond)
	}
	if len(p.scans) != 1 || p.scans[0] != "]C0134567890123456789" || len(p.got) != 0 {
		t.Errorf("heard %v, the POS got %v", p.scans, p.got)
	}
	if p.ear.busy() {
		t.Error("the ear is still busy")
	}
}

func TestDigitsBeforeAShiftAreGivenBackWithoutIt(t *testing.T) {
	p := newPlayer(nil)
	p.key('1', true, '1')
	p.key(shiftCode, true, 0)
	p.wait(60 * time.Millisecond)
	if len(p.got) != 0 {
		t.Fatalf("given back under a Shift: %v", p.got)
	}
	p.key('1', false, 0)
	p.key(shiftCode, false, 0)
	want := "[{49 49 true false} {1000 1000 true true} {49 49 false false} {1000 1000 false true}]"
	if got := fmt.Sprint(p.got); got != want {
		t.Errorf("given back %s", got)
	}
}

func TestAShiftHeldForGoodHoldsNothingUpForLong(t *testing.T) {
	p := newPlayer(nil)
	p.key('1', true, '1')
	p.key(shiftCode, true, 0)
	p.wait(time.Second)
	if p.typed() != "1" {
		t.Errorf("given back %v", p.got)
	}
}

// Whatever a hand does, the program in front gets every key once, in order, and each is let up.
func TestEveryKeyThatIsNoScanComesBackOnceInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlayer(func(string) bool { return false })
		var want strings.Builder
		down := map[uint16]bool{}
		for range rapid.IntRange(1, 200).Draw(t, "keys") {
			code := uint16(rapid.SampledFrom([]rune("0123456789ab]\rX")).Draw(t, "key"))
			if rapid.IntRange(0, 9).Draw(t, "shift?") == 0 {
				code = shiftCode
			}
			char := rune(code)
			if code == shiftCode || code == 'X' {
				char = 0
			}
			if !down[code] && code != shiftCode {
				want.WriteRune(rune(code))
			}
			p.key(code, !down[code], char)
			down[code] = !down[code]
			p.wait(time.Duration(rapid.IntRange(0, 80).Draw(t, "ms")) * time.Millisecond)
		}
		p.wait(time.Minute)
		if got := p.typed(); got != want.String() {
			t.Fatalf("the POS got %q, the hand typed %q", got, want.String())
		}
		if p.ear.busy() {
			t.Fatal("keys are held for ever")
		}
	})
}

func TestAMillionKeysStayBounded(t *testing.T) {
	p := newPlayer(func(string) bool { return true })
	for i := range 1_000_000 {
		p.tap(rune('0' + i%10))
		if n := len(p.ear.waiting) + len(p.got); n > 400 {
			p.got = p.got[:0]
			if len(p.ear.waiting) > 300 {
				t.Fatalf("%d keys wait", len(p.ear.waiting))
			}
		}
	}
	if len(p.scans) != 0 {
		t.Errorf("a million digits are a scan: %d", len(p.scans))
	}
}
