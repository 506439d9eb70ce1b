package input_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/input"
)

// times gives how often an acceptance test does its thing: a sample, or all of it with ACCEPT=full
// (make hands).
func times(sample, all int) int {
	switch n, err := strconv.Atoi(os.Getenv("ACCEPT")); {
	case os.Getenv("ACCEPT") == "full":
		return all
	case err == nil:
		return n
	}
	return sample
}

// standIn is the practice POS in a process of its own, with its journal of what arrived.
type standIn struct {
	t       *testing.T
	journal *bufio.Reader
	part    string   // of a line that is still being written
	told    []string // what arrived, one token each
}

var practice = keys.Window{Exe: "practice-pos", Title: "收款$"}

func openStandIn(t *testing.T, args ...string) *standIn {
	t.Helper()
	desktoptest.Need(t)
	file := filepath.Join(t.TempDir(), "journal.jsonl")
	desktoptest.StartPOS(t, posProgram(t), append([]string{"--journal", file}, args...)...)
	f, err := os.Open(file)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return &standIn{t: t, journal: bufio.NewReader(f)}
}

var buildOnce struct {
	sync.Mutex
	program string
}

// posProgram builds the practice POS once for all tests.
func posProgram(t *testing.T) string {
	buildOnce.Lock()
	defer buildOnce.Unlock()
	if buildOnce.program == "" {
		dir, err := os.MkdirTemp("", "stand-in")
		must(t, err)
		built, err := os.ReadFile(desktoptest.BuildPOS(t))
		must(t, err)
		buildOnce.program = filepath.Join(dir, "practice-pos")
		must(t, os.WriteFile(buildOnce.program, built, 0o700))
	}
	return buildOnce.program
}

// arrived reads what has arrived since the last call: "a" for a character, "ctrl+c" for a chord, "enter" for
// a key with a name, "click done" for a click on a region.
func (s *standIn) arrived() []string {
	var all []string
	for {
		line, err := s.journal.ReadString('\n')
		if s.part += line; err != nil {
			break
		}
		var e struct {
			Kind, Name, Mods, Text, Region string
			X, Y                           int
		}
		must(s.t, json.Unmarshal([]byte(s.part), &e))
		s.part = ""
		switch text := strings.TrimSpace(e.Text); {
		case e.Kind == "click":
			if e.Region == "" {
				e.Region = fmt.Sprint(e.X, ",", e.Y)
			}
			all = append(all, "click "+e.Region)
		case e.Kind != "key":
		case strings.Contains(e.Mods, "ctrl"):
			all = append(all, e.Mods+"+"+e.Name)
		case text != "":
			all = append(all, e.Text)
		default:
			all = append(all, e.Name)
		}
	}
	s.told = append(s.told, all...)
	return all
}

// until reads until a token arrives, and gives all else.
func (s *standIn) until(token string) []string {
	s.t.Helper()
	var all []string
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		all = append(all, s.arrived()...)
		if i := slices.Index(all, token); i >= 0 {
			return slices.Delete(all, i, i+1)
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s never came to the POS, but %s", token, strings.Join(all, " "))
		}
	}
}

// newAcceptRig is a rig whose POS is the practice POS.
func newAcceptRig(t *testing.T, o input.Options, args ...string) (*rig, *standIn) {
	t.Helper()
	s := openStandIn(t, args...)
	desk, err := desktop.Open()
	must(t, err)
	t.Cleanup(desk.Close)
	if o.Accept == nil {
		o.Accept = isCode
	}
	dev, err := input.Open(desk, o)
	must(t, err)
	r := &rig{Device: dev, hand: newHand(t), desk: desk}
	r.listen(t)
	eventually(t, "the POS in front", func() bool { return r.Focus(t.Context(), practice) == nil })
	return r, s
}

// listen keeps what is heard until the test ends, which closes the device.
func (r *rig) listen(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	dev := r.Device
	go func() {
		defer close(ended)
		_ = dev.Listen(ctx, func(e keys.Event) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.heard = append(r.heard, e)
		})
	}()
	t.Cleanup(func() { dev.Close(); cancel(); <-ended })
}

// beat is one thing that a keyboard does: after a pause, a key goes down or comes up.
type beat struct {
	after time.Duration
	down  bool
	sym   xproto.Keysym
	by    writer
}

// writer is who presses a key.
type writer uint8

const (
	byHand writer = iota
	byScanner
	late // a scanner's Enter, when the scan is decided already
)

// play does beats at the display's own clock, and gives the longest pause that there can have been between two
// keys of a scan: from before the one to after the other, as the display timed it.
func (h *hand) play(beats []beat) (slowest time.Duration) {
	h.t.Helper()
	ask := func() {
		xproto.ChangeProperty(h.c, xproto.PropModeAppend, h.bell, xproto.AtomCutBuffer0, xproto.AtomString, 8, 0, nil)
	}
	for _, b := range beats {
		kind := byte(xproto.KeyRelease)
		if b.down {
			kind = xproto.KeyPress
		}
		code, ok := h.codes[b.sym]
		if !ok {
			h.t.Fatalf("the test keyboard has no key for %x", b.sym)
		}
		const nowhere = 1 // a motion by nothing, which waits as long as a key would
		xtest.FakeInput(h.c, xproto.MotionNotify, nowhere, uint32(b.after.Milliseconds()), 0, 0, 0, 0)
		ask()
		xtest.FakeInput(h.c, kind, byte(code), 0, 0, 0, 0, 0)
		ask()
	}
	var last xproto.Timestamp
	scanning := false
	for _, b := range beats {
		before, after := h.toldTime(), h.toldTime()
		if !b.down && b.by == byScanner {
			continue
		}
		pause := time.Duration(after-last) * time.Millisecond
		if b.by == byScanner && scanning || b.by == late && b.down && pause > keys.DefaultLate {
			slowest = max(slowest, pause)
		}
		last, scanning = before, b.by == byScanner
	}
	return slowest
}

// toldTime waits for the display to tell when a change of the bell was made.
func (h *hand) toldTime() xproto.Timestamp {
	h.t.Helper()
	for {
		ev, err := h.c.WaitForEvent()
		if ev == nil {
			h.t.Fatalf("the display tells no time: %v", err)
		}
		if told, ok := ev.(xproto.PropertyNotifyEvent); ok {
			return told.Time
		}
	}
}
