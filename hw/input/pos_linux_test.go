package input_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
	"github.com/jezek/xgbutil"
	"github.com/jezek/xgbutil/ewmh"
	"github.com/jezek/xgbutil/icccm"

	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/input"
)

// pos is a window that writes down every key and click it gets, as the program of a POS vendor would.
type pos struct {
	x     *xgbutil.XUtil
	id    xproto.Window
	title string
	ended chan struct{}

	mu    sync.Mutex
	got   []string           // "+a" for a press, "-a" for a release
	chars []string           // characters of the presses
	times []xproto.Timestamp // of the presses
	syms  *xproto.GetKeyboardMappingReply
	slow  bool // looks the layout up for every key
}

func openPOS(t testing.TB, title string) *pos {
	t.Helper()
	desktoptest.Need(t)
	c, err := desktop.Dial()
	if err != nil {
		t.Fatal(err)
	}
	x, err := xgbutil.NewConnXgb(c)
	if err != nil {
		t.Fatal(err)
	}
	p := &pos{x: x, title: title, ended: make(chan struct{})}
	p.id, err = xproto.NewWindowId(c)
	if err != nil {
		t.Fatal(err)
	}
	mask := uint32(xproto.EventMaskKeyPress | xproto.EventMaskKeyRelease | xproto.EventMaskButtonPress | xproto.EventMaskStructureNotify)
	must(t, xproto.CreateWindowChecked(c, xproto.WindowClassCopyFromParent, p.id, x.RootWin(), 50, 60, 300, 200, 0,
		xproto.WindowClassInputOutput, 0, xproto.CwEventMask, []uint32{mask}).Check())
	must(t, ewmh.WmNameSet(x, p.id, title))
	must(t, icccm.WmClassSet(x, p.id, &icccm.WmClass{Instance: "practice", Class: "PracticePos"}))
	must(t, ewmh.WmPidSet(x, p.id, uint(os.Getpid())))
	p.refresh()
	must(t, xproto.MapWindowChecked(c, p.id).Check())
	go p.read()
	t.Cleanup(func() { c.Close(); <-p.ended })
	p.focus(t)
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *pos) read() {
	defer close(p.ended)
	for {
		ev, err := p.x.Conn().WaitForEvent()
		if ev == nil && err == nil {
			return
		}
		switch ev := ev.(type) {
		case xproto.MappingNotifyEvent:
			p.refresh()
		case xproto.KeyPressEvent:
			p.lookUp()
			p.note("+", ev.Detail, ev.State, ev.Time)
		case xproto.KeyReleaseEvent:
			p.note("-", ev.Detail, ev.State, ev.Time)
		case xproto.ButtonPressEvent:
			p.mu.Lock()
			p.got = append(p.got, fmt.Sprintf("click %d,%d", ev.EventX, ev.EventY))
			p.mu.Unlock()
		}
	}
}

// refresh reads the layout as the toolkits do: when told of a change, in order with the keys.
func (p *pos) refresh() {
	s := xproto.Setup(p.x.Conn())
	m, err := xproto.GetKeyboardMapping(p.x.Conn(), s.MinKeycode, byte(s.MaxKeycode-s.MinKeycode)+1).Reply()
	if err != nil {
		return // the window is closing
	}
	p.mu.Lock()
	p.syms = m
	p.mu.Unlock()
}

// seeGroups makes the POS one that knows of two layouts. The display then tells changes of the layout in
// another way, so each key is looked up.
func (p *pos) seeGroups() {
	p.mu.Lock()
	defer p.mu.Unlock()
	input.UseGroups(p.x.Conn())
	p.slow = true
}

func (p *pos) lookUp() {
	p.mu.Lock()
	slow := p.slow
	p.mu.Unlock()
	if slow {
		p.refresh()
	}
}

func (p *pos) note(sign string, code xproto.Keycode, state uint16, at xproto.Timestamp) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := xproto.Setup(p.x.Conn()).MinKeycode
	per := int(p.syms.KeysymsPerKeycode)
	key := p.syms.Keysyms[int(code-first)*per:][:per]
	base, shifted := key[0], key[1]
	if state>>13&3 == 1 && per > 3 && key[2] != 0 { // the second layout
		base, shifted = key[2], key[3]
	}
	p.got = append(p.got, sign+symName(base))
	if sign == "+" {
		p.times = append(p.times, at)
	}
	if sign == "-" || base >= 0xffe1 && base <= 0xffee {
		return // a release, or a modifier by itself
	}
	upper := state&xproto.ModMaskShift != 0
	if base >= 'a' && base <= 'z' && state&xproto.ModMaskLock != 0 {
		upper = !upper
	}
	if upper && shifted != 0 {
		base = shifted
	}
	if state&xproto.ModMaskControl != 0 {
		p.chars = append(p.chars, "^"+symName(base))
		return
	}
	if name := symName(base); len([]rune(name)) == 1 || name == "Enter" {
		p.chars = append(p.chars, name)
	}
}

func symName(s xproto.Keysym) string {
	switch {
	case s == 0xff0d:
		return "Enter"
	case s >= 0x01000000:
		return string(rune(s - 0x01000000))
	case s >= 0x20 && s <= 0xff:
		return string(rune(s))
	}
	return fmt.Sprintf("<%x>", uint32(s))
}

// typed gives the characters so far, Enter as "⏎".
func (p *pos) typed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.ReplaceAll(strings.Join(p.chars, ""), "Enter", "⏎")
}

func (p *pos) events() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.got...)
}

func (p *pos) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got, p.chars, p.times = nil, nil, nil
}

func (p *pos) focus(t testing.TB) {
	t.Helper()
	d, err := desktop.Open()
	must(t, err)
	defer d.Close()
	eventually(t, "window "+p.title+" listed", func() bool {
		all, err := d.Windows(t.Context())
		if err != nil {
			return false
		}
		for _, w := range all {
			if w.ID == uintptr(p.id) {
				return true
			}
		}
		return false
	})
	// Openbox needs 0.1 s for each change of the layout; after a page of Chinese it is busy for a while.
	eventually(t, "window "+p.title+" in front", func() bool {
		return d.Activate(t.Context(), desktop.Window{ID: uintptr(p.id), Title: p.title}) == nil
	})
	eventually(t, "window "+p.title+" active", func() bool {
		w, err := d.Active(t.Context())
		return err == nil && w.ID == uintptr(p.id)
	})
}

// eventually waits for something that must come.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// hand is a keyboard that somebody else uses: a scanner or a cashier, on a connection of its own.
type hand struct {
	t     testing.TB
	c     *xgb.Conn
	codes map[xproto.Keysym]xproto.Keycode
	shift map[xproto.Keysym]bool
	bell  xproto.Window // a change of it tells the display's time
}

func newHand(t testing.TB) *hand {
	t.Helper()
	c, err := desktop.Dial()
	must(t, err)
	t.Cleanup(c.Close)
	must(t, xtest.Init(c))
	s := xproto.Setup(c)
	m, err := xproto.GetKeyboardMapping(c, s.MinKeycode, byte(s.MaxKeycode-s.MinKeycode)+1).Reply()
	must(t, err)
	h := &hand{t: t, c: c, codes: map[xproto.Keysym]xproto.Keycode{}, shift: map[xproto.Keysym]bool{}}
	h.bell, err = xproto.NewWindowId(c)
	must(t, err)
	must(t, xproto.CreateWindowChecked(c, 0, h.bell, s.DefaultScreen(c).Root, -1, -1, 1, 1, 0, xproto.WindowClassInputOnly,
		xproto.WindowNone, xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{1, xproto.EventMaskPropertyChange}).Check())
	per := int(m.KeysymsPerKeycode)
	for i := range len(m.Keysyms) / per {
		for col := range 2 {
			sym := m.Keysyms[i*per+col]
			if _, has := h.codes[sym]; !has && sym != 0 {
				h.codes[sym], h.shift[sym] = s.MinKeycode+xproto.Keycode(i), col == 1
			}
		}
	}
	return h
}

const (
	symEnter = xproto.Keysym(0xff0d)
	symShift = xproto.Keysym(0xffe1)
	symCtrl  = xproto.Keysym(0xffe3)
	symCaps  = xproto.Keysym(0xffe5)
	symNum   = xproto.Keysym(0xff7f)
)

func (h *hand) down(s xproto.Keysym) { h.fake(xproto.KeyPress, s) }
func (h *hand) up(s xproto.Keysym)   { h.fake(xproto.KeyRelease, s) }

func (h *hand) fake(kind byte, s xproto.Keysym) {
	h.t.Helper()
	code, ok := h.codes[s]
	if !ok {
		h.t.Fatalf("the test keyboard has no key for %x", s)
	}
	must(h.t, xtest.FakeInputChecked(h.c, kind, byte(code), 0, 0, 0, 0, 0).Check())
}

func (h *hand) tap(s xproto.Keysym, hold time.Duration) {
	if h.shift[s] {
		h.down(symShift)
		defer h.up(symShift)
	}
	h.down(s)
	time.Sleep(hold)
	h.up(s)
}

// scan types like a scanner, with pauses between the keys, and an Enter for each "\n".
func (h *hand) scan(text string, pause time.Duration) {
	for _, s := range scanned(text) {
		h.tap(s, time.Millisecond)
		time.Sleep(pause)
	}
}

// scanAtPace types signs that need no Shift at the display's own clock, and gives the longest pause that
// the display then saw between two of them: a busy machine makes a bad scanner.
func (h *hand) scanAtPace(text string, pace time.Duration) (slowest time.Duration) {
	const hold = 1
	for _, s := range scanned(text) {
		xtest.FakeInput(h.c, xproto.KeyPress, byte(h.codes[s]), uint32(pace.Milliseconds())-hold, 0, 0, 0, 0)
		xproto.ChangeProperty(h.c, xproto.PropModeAppend, h.bell, xproto.AtomCutBuffer0, xproto.AtomString, 8, 0, nil)
		xtest.FakeInput(h.c, xproto.KeyRelease, byte(h.codes[s]), hold, 0, 0, 0, 0)
	}
	var last xproto.Timestamp
	for n := 0; n < len(scanned(text)); {
		ev, err := h.c.WaitForEvent()
		if ev == nil {
			h.t.Fatalf("the display tells no time: %v", err)
		}
		told, ok := ev.(xproto.PropertyNotifyEvent)
		if !ok {
			continue // a change of the layout
		}
		if n > 0 {
			slowest = max(slowest, time.Duration(told.Time-last)*time.Millisecond)
		}
		last = told.Time
		n++
	}
	return slowest
}

func scanned(text string) []xproto.Keysym {
	var all []xproto.Keysym
	for _, r := range text {
		if r == '\n' {
			r = rune(symEnter)
		}
		all = append(all, xproto.Keysym(r))
	}
	return all
}
