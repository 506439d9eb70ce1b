package input_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"cpos/engine/keys"
	"cpos/hw/input"
)

const ms = time.Millisecond

// cashier types as hands do, and remembers what must arrive for it.
type cashier struct {
	rand  *rand.Rand
	beats []beat
	want  []string
}

func (c *cashier) between(least, most int) time.Duration {
	return time.Duration(least+c.rand.IntN(most-least+1)) * ms
}

func (c *cashier) tap(after time.Duration, sym xproto.Keysym, arrives string) {
	c.beats = append(c.beats, beat{after: after, down: true, sym: sym}, beat{after: c.between(8, 30), sym: sym})
	c.want = append(c.want, arrives)
}

// types is one thing that a cashier does between two scans.
func (c *cashier) types() {
	switch c.rand.IntN(6) {
	case 0: // a word
		for range 2 + c.rand.IntN(5) {
			r := rune("abcdefghijklmnopqrstuvwxy0123456789"[c.rand.IntN(35)])
			c.tap(c.between(50, 130), xproto.Keysym(r), string(r))
		}
	case 1: // an amount on the number pad, as fast as a hand that does nothing else
		for range 3 + c.rand.IntN(5) {
			n := c.rand.IntN(10)
			c.tap(c.between(28, 60), xproto.Keysym(0xffb0+n), fmt.Sprint(n))
		}
	case 2: // a letter that rolls over a held digit
		d, l := xproto.Keysym('0'+c.rand.IntN(10)), xproto.Keysym('a'+c.rand.IntN(25))
		c.beats = append(c.beats, beat{c.between(50, 100), true, d, byHand}, beat{c.between(1, 9), true, l, byHand},
			beat{c.between(5, 40), false, d, byHand}, beat{c.between(5, 40), false, l, byHand})
		c.want = append(c.want, string(rune(d)), string(rune(l)))
	case 3: // chords
		c.beats = append(c.beats, beat{c.between(50, 100), true, symCtrl, byHand})
		for _, r := range []rune{'c', '1', 'v'} {
			c.tap(c.between(30, 80), xproto.Keysym(r), "ctrl+"+string(r))
		}
		c.beats = append(c.beats, beat{c.between(10, 40), false, symCtrl, byHand})
	case 4: // a price with its Enter
		for _, r := range fmt.Sprintf("%d.%02d", c.rand.IntN(100), c.rand.IntN(100)) {
			c.tap(c.between(45, 120), xproto.Keysym(r), string(r))
		}
		c.tap(c.between(45, 120), symEnter, "enter")
	}
}

// scans is a scanner at its own pace; one in eight sends its Enter late.
func (c *cashier) scans(text string, least, most int) {
	pause := c.between(70, 120) // a hand does not type while the other scans
	for _, r := range text {
		c.beats = append(c.beats, beat{pause, true, xproto.Keysym(r), byScanner}, beat{ms, false, xproto.Keysym(r), byScanner})
		pause = c.between(least, most) - ms
	}
	if c.rand.IntN(8) == 0 {
		pause = c.between(60, 150)
		c.beats = append(c.beats, beat{pause, true, symEnter, late}, beat{ms, false, symEnter, late})
		return
	}
	c.beats = append(c.beats, beat{pause, true, symEnter, byScanner}, beat{ms, false, symEnter, byScanner})
}

func TestScansAmongACashiersTyping(t *testing.T) {
	r, pos := newAcceptRig(t, input.Options{})
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: practice}))
	r.hand.tap(symNum, ms)
	defer r.hand.tap(symNum, ms)
	tellScans(t, "5-25 ms a key", tryScans(t, r, pos, times(8, 1000), 5, 25, keys.DefaultGap))
}

// scanTally counts what became of scans and of the keys around them.
type scanTally struct{ scans, recognised, leaked, human, wrong, slow int }

func tellScans(t *testing.T, pace string, n scanTally) {
	t.Logf("scans at %s: %d, recognised %d, keys leaked %d; a cashier's keys between them: %d, lost, doubled or reordered in %d; not counted, since the display itself was slower: %d",
		pace, n.scans, n.recognised, n.leaked, n.human, n.wrong, n.slow)
	if n.recognised != n.scans || n.leaked > 0 || n.wrong > 0 {
		t.Error("not every scan and every key arrived where it belongs")
	}
}

// tryScans lets a scanner and a cashier take turns. What counts is the time at which the display saw a key: a
// machine that holds up the display makes a scanner slower than any, and one slower than slow does not count.
func tryScans(t *testing.T, r *rig, pos *standIn, wanted, least, most int, slow time.Duration) (n scanTally) {
	for try := 0; n.scans < wanted; try++ {
		if try > 4*wanted+100 {
			t.Fatalf("the display of this machine let only %d of %d scans through at a scanner's pace", n.scans, try)
		}
		c := &cashier{rand: rand.New(rand.NewPCG(uint64(most), uint64(try)))}
		text := code(try)
		c.types()
		c.scans(text, least, most)
		c.beats = append(c.beats, beat{200 * ms, true, 'z', byHand}, beat{ms, false, 'z', byHand})
		before := len(r.scans())
		slowest := r.hand.play(c.beats)
		got := pos.until("z")
		if slowest > slow {
			n.slow++
			continue
		}
		for end := time.Now().Add(3 * time.Second); len(r.scans()) == before && time.Now().Before(end); {
			time.Sleep(ms) // what was heard comes by another way than what arrived
		}
		n.scans++
		n.human += len(c.want)
		switch heard := r.scans()[before:]; {
		case len(heard) == 1 && heard[0] == text:
			n.recognised++
		default:
			t.Logf("try %d: heard %d scans, the slowest key after %v; the POS got %q", try, len(heard), slowest, got)
		}
		if slices.Equal(got, c.want) {
			continue
		}
		n.wrong++
		n.leaked += max(0, len(got)-len(c.want))
		t.Logf("try %d: the POS got %s, want %s", try, strings.Join(got, " "), strings.Join(c.want, " "))
	}
	return n
}

func TestASlowScannerIsHeardOnceItsPaceIsLearned(t *testing.T) {
	teacher, pos := newAcceptRig(t, input.Options{Gap: 120 * ms})
	must(t, teacher.Arm(t.Context(), keys.Armed{Scan: true, When: practice}))
	for n := range keys.EnoughScans {
		c := &cashier{rand: rand.New(rand.NewPCG(1, uint64(n)))}
		c.scans(code(n), 25, 40)
		c.beats = append(c.beats, beat{300 * ms, true, 'z', byHand}, beat{ms, false, 'z', byHand})
		teacher.hand.play(c.beats)
		pos.until("z")
	}
	var scans [][]time.Duration
	teacher.mu.Lock()
	for _, e := range teacher.heard {
		scans = append(scans, e.Gaps)
	}
	teacher.mu.Unlock()
	pace := keys.Learn(scans)
	teacher.Close()
	t.Logf("learned from %d scans: keys %v to %v apart, a gap of %v", pace.Scans, pace.Least, pace.Most, pace.Gap)
	dev, err := input.Open(teacher.desk, input.Options{Accept: isCode, Gap: pace.Gap})
	must(t, err)
	r := &rig{Device: dev, hand: teacher.hand, desk: teacher.desk}
	r.listen(t)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: practice}))
	r.hand.tap(symNum, ms)
	defer r.hand.tap(symNum, ms)
	n := tryScans(t, r, pos, times(4, 1000), 25, 40, pace.Gap)
	tellScans(t, "25-40 ms a key, learned", n)
	t.Logf("recognised %.1f %%", 100*float64(n.recognised)/float64(n.scans))
}
