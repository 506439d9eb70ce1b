package input_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgbutil/ewmh"

	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/input"
)

// thief is a desktop full of programs that push themselves forward: windows come up, move, take the focus
// as programs may and as they may not, lie over the POS, push it about, and go.
type thief struct {
	t       *testing.T
	windows []*pos
	mine    *desktop.Desktop
	rand    *rand.Rand
	thefts  atomic.Int64
	stop    chan struct{}
	ended   chan struct{}
}

func newThief(t *testing.T, seed uint64) *thief {
	t.Helper()
	desk, err := desktop.Open()
	must(t, err)
	t.Cleanup(desk.Close)
	th := &thief{t: t, mine: desk, rand: rand.New(rand.NewPCG(seed, 0)), stop: make(chan struct{}), ended: make(chan struct{})}
	for _, title := range []string{"mail", "update", "chat"} {
		th.windows = append(th.windows, openPOS(t, title))
	}
	return th
}

// work steals until release is called.
func (th *thief) work() (release func()) {
	go func() {
		defer close(th.ended)
		for {
			select {
			case <-th.stop:
				return
			case <-time.After(time.Duration(5+th.rand.IntN(120)) * ms):
				th.steal()
			}
		}
	}()
	return func() { close(th.stop); <-th.ended }
}

func (th *thief) steal() {
	w := th.windows[th.rand.IntN(len(th.windows))]
	c := w.x.Conn()
	th.thefts.Add(1)
	x, y := uint32(th.rand.IntN(700)), uint32(th.rand.IntN(500))
	switch th.rand.IntN(6) {
	case 0: // comes up anew
		xproto.UnmapWindow(c, w.id)
		xproto.MapWindow(c, w.id)
	case 1: // asks the window manager for the front
		_ = ewmh.ActiveWindowReqExtra(w.x, w.id, 2, 0, 0)
	case 2: // takes the focus without asking
		xproto.SetInputFocus(c, xproto.InputFocusParent, w.id, xproto.TimeCurrentTime)
	case 3: // moves, above all others
		xproto.ConfigureWindow(c, w.id, xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowStackMode, []uint32{x, y, xproto.StackModeAbove})
	case 4: // goes
		xproto.UnmapWindow(c, w.id)
	case 5: // the POS itself is pushed about
		if at, err := th.mine.Find(context.Background(), practice); err == nil {
			xproto.ConfigureWindow(c, xproto.Window(at.ID), xproto.ConfigWindowX|xproto.ConfigWindowY, []uint32{x / 3, y / 5})
		}
	}
	c.Sync()
}

// got is how many keys and clicks the thief's windows got.
func (th *thief) got() int {
	n := 0
	for _, w := range th.windows {
		n += len(w.events())
	}
	return n
}

// thirty is a plan of 30 steps that the practice POS takes while it sells, and what must arrive for it.
func thirty(run int) (p keys.Plan, want []string) {
	add := func(s keys.Step, arrives ...string) {
		p = append(p, s)
		want = append(want, arrives...)
	}
	chord := func(name string, times int, arrives string) {
		add(keys.Step{Op: keys.OpKey, Chord: keys.MustChord(name), Times: times}, slices.Repeat([]string{arrives}, times)...)
	}
	write := func(text string) {
		add(keys.Step{Op: keys.OpText, Text: text}, strings.Split(text, "")...)
	}
	add(keys.Step{Op: keys.OpFocus})
	chord("esc", 1, "esc")
	write(fmt.Sprintf("run%04d", run))
	chord("backspace", 3, "backspace")
	chord("ctrl+a", 1, "ctrl+a")
	for i := range 4 {
		write(fmt.Sprintf("%d.%02d", run%100, i))
		chord("down", 2, "down")
		chord("f8", 1, "f8")
		add(keys.Step{Op: keys.OpClick, Region: "serial"})
		chord("shift+tab", 1, "tab")
		chord("esc", 1, "esc")
	}
	chord("end", 1, "end")
	return p, want
}

// onlyKeys leaves clicks out: the POS takes those of one frame after its keys.
func onlyKeys(told []string) []string {
	return slices.DeleteFunc(slices.Clone(told), func(s string) bool { return strings.HasPrefix(s, "click ") })
}

func count(all []string, what string) int {
	n := 0
	for _, s := range all {
		if s == what {
			n++
		}
	}
	return n
}

func TestMacrosWhileWindowsStealTheFocus(t *testing.T) {
	r, pos := newAcceptRig(t, input.Options{})
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: practice, Hotkeys: map[string]keys.Chord{"pay": keys.MustChord("f8")}}))
	th := newThief(t, 11)
	release := th.work()
	runs, stops, most := times(15, 1000), 0, 0
	why := map[string]int{}
	for run := range runs {
		plan, want := thirty(run)
		if len(plan) != 30 {
			t.Fatalf("a plan of %d steps", len(plan))
		}
		player := keys.Player{Hands: r, POS: practice, Regions: func(string) (image.Rectangle, bool) { return image.Rect(84, 62, 284, 94), true }}
		for tries := 0; ; tries++ {
			err := keys.Play(t.Context(), plan, player)
			if err == nil {
				most = max(most, tries)
				break
			}
			var at *keys.StepError
			if !errors.As(err, &at) || at.Number < 1 || at.Number > 30 || at.Step.String() != plan[at.Number-1].String() {
				t.Fatalf("run %d stopped without naming its step: %v", run, err)
			}
			if tries > 200 {
				t.Fatalf("run %d never ends: %v", run, err)
			}
			stops++
			why[keys.Why(err)]++
			player.From, player.Sent = at.Number, at.Sent
		}
		if got := onlyKeys(pos.until("end")); !slices.Equal(append(got, "end"), want) {
			t.Fatalf("run %d: the POS got\n%s\nwant\n%s", run, strings.Join(got, " "), strings.Join(want, " "))
		}
	}
	release()
	clicks := func() int { return count(pos.told, "click serial") }
	for end := time.Now().Add(3 * time.Second); clicks() < 4*runs && time.Now().Before(end); time.Sleep(10 * ms) {
		pos.arrived()
	}
	if all, n := len(pos.told)-len(onlyKeys(pos.told)), clicks(); n < 4*runs || all > 4*runs+why["keys.why.moved"] {
		t.Errorf("%d clicks arrived, %d of them where they belong, want %d", all, n, 4*runs)
	}
	t.Logf("macros of 30 steps: %d, stopped and resumed %d times (at most %d in one) %v, thefts %d, keys into a wrong window %d; every plan arrived whole and in order",
		runs, stops, most, why, th.thefts.Load(), th.got())
	if th.got() > 0 {
		t.Error("keys went into a wrong window")
	}
	if stops == 0 {
		t.Error("nothing was stolen: the test tried nothing")
	}
}

func TestAMacroIsQuick(t *testing.T) {
	r, pos := newAcceptRig(t, input.Options{})
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: practice}))
	plan := keys.Plan{{Op: keys.OpFocus}, {Op: keys.OpKey, Chord: keys.MustChord("down"), Times: 20}, {Op: keys.OpText, Text: "12.50 元 ABC"}}
	var all []time.Duration
	for range times(10, 100) {
		begin := time.Now()
		must(t, keys.Play(t.Context(), plan, keys.Player{Hands: r, POS: practice}))
		all = append(all, time.Since(begin))
		pos.until("C")
	}
	slices.Sort(all)
	t.Logf("a macro of 20 keys and a text: median %v, longest %v", all[len(all)/2].Round(ms), all[len(all)-1].Round(ms))
	if all[len(all)/2] > 400*ms {
		t.Error("slower than 400 ms")
	}
}
