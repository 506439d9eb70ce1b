package desktop_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"

	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
)

// told is what a watch over a display has told.
type told struct {
	t   *testing.T
	mu  sync.Mutex
	all []desktop.Befallen
}

// watchMishaps starts a watch on a display of its own, and gives it with a connection of somebody else's.
func watchMishaps(t *testing.T) (*told, *xgb.Conn, xproto.Window) {
	t.Helper()
	desktoptest.Display(t, 800, 600)
	return watchHere(t)
}

// watchHere is watchMishaps on the display that DISPLAY names.
func watchHere(t *testing.T) (*told, *xgb.Conn, xproto.Window) {
	t.Helper()
	d, err := desktop.Open()
	if err != nil {
		t.Fatal(err)
	}
	x, err := desktop.Dial()
	if err != nil {
		t.Fatal(err)
	}
	w := &told{t: t}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- d.Mishaps(ctx, func(b desktop.Befallen) { w.mu.Lock(); defer w.mu.Unlock(); w.all = append(w.all, b) })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err == nil {
			t.Error("Mishaps ended without a reason")
		}
		x.Close()
		d.Close()
	})
	root := xproto.Setup(x).DefaultScreen(x).Root
	// The watch has begun once it tells something.
	w.until(func() bool { rescale(t, x, root); return w.count(desktop.Befallen{Mishap: desktop.Scaling}) > 0 })
	return w, x, root
}

func rescale(t *testing.T, x *xgb.Conn, root xproto.Window) {
	t.Helper()
	text := []byte("Xft.dpi:\t120\n")
	if err := xproto.ChangePropertyChecked(x, xproto.PropModeReplace, root, xproto.AtomResourceManager, xproto.AtomString, 8,
		uint32(len(text)), text).Check(); err != nil {
		t.Fatal(err)
	}
}

func (w *told) count(b desktop.Befallen) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, one := range w.all {
		if one == b {
			n++
		}
	}
	return n
}

func (w *told) until(so func() bool) {
	w.t.Helper()
	for end := time.Now().Add(2 * time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.t.Fatalf("told %v", w.all)
		}
	}
}

// A second monitor is plugged in and taken away (RandR), while the desktop stays as large as it is. A display in
// memory has no sockets, so the monitor is one that covers a part of it.
func TestAMonitorThatComesAndGoesIsTold(t *testing.T) {
	w, x, root := watchMishaps(t)
	screens := desktop.Befallen{Mishap: desktop.Screens}
	if n := w.count(screens); n != 0 {
		t.Errorf("told %d times before anything happened", n)
	}
	if err := desktop.Extend(x, "RANDR"); err != nil {
		t.Fatal(err)
	}
	if _, err := randr.QueryVersion(x, 1, 5).Reply(); err != nil {
		t.Fatal(err)
	}
	const name = "SECOND"
	atom, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply()
	if err != nil {
		t.Fatal(err)
	}
	second := randr.MonitorInfo{Name: atom.Atom, X: 400, Width: 400, Height: 600, WidthInMillimeters: 100, HeightInMillimeters: 150}
	if err := randr.SetMonitorChecked(x, root, second).Check(); err != nil {
		t.Fatal(err)
	}
	w.until(func() bool { return w.count(screens) == 1 })
	if err := randr.DeleteMonitorChecked(x, root, atom.Atom).Check(); err != nil {
		t.Fatal(err)
	}
	w.until(func() bool { return w.count(screens) == 2 })
}

// A program locks the screen as lockers do: with a window over everything and the keyboard in its hand.
func TestALockedScreenIsTold(t *testing.T) {
	w, x, root := watchMishaps(t)
	cover := func(width uint16) xproto.Window {
		id, err := xproto.NewWindowId(x)
		if err == nil {
			err = xproto.CreateWindowChecked(x, 0, id, root, 0, 0, width, 600, 0, xproto.WindowClassInputOutput, 0, xproto.CwOverrideRedirect, []uint32{1}).Check()
		}
		if err == nil {
			err = xproto.MapWindowChecked(x, id).Check()
		}
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	hold := func() {
		for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) { // the watch may hold it for a moment
			got, err := xproto.GrabKeyboard(x, false, root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
			if err == nil && got.Status == xproto.GrabStatusSuccess {
				return
			}
			if time.Now().After(end) {
				t.Fatal("the keyboard cannot be held")
			}
		}
	}
	begins, ends := desktop.Befallen{Mishap: desktop.Locked}, desktop.Befallen{Mishap: desktop.Locked, Over: true}
	for name, harmless := range map[string]func() (leave func()){
		"a menu":             func() func() { id := cover(200); hold(); return func() { xproto.DestroyWindow(x, id) } },
		"a picture on all":   func() func() { id := cover(800); return func() { xproto.DestroyWindow(x, id) } },
		"a hold of the keys": func() func() { hold(); return func() {} },
	} {
		leave := harmless()
		time.Sleep(2500 * time.Millisecond) // two looks
		xproto.UngrabKeyboard(x, xproto.TimeCurrentTime)
		leave()
		x.Sync()
		if w.count(begins) > 0 {
			t.Fatalf("%s was taken for a locked screen", name)
		}
	}
	id := cover(800)
	hold()
	w.until(func() bool { return w.count(begins) == 1 })
	xproto.UngrabKeyboard(x, xproto.TimeCurrentTime)
	xproto.DestroyWindow(x, id)
	x.Sync()
	w.until(func() bool { return w.count(ends) == 1 })
	if !slices.Contains(w.all, ends) {
		t.Error("the end of it was not told")
	}
}
