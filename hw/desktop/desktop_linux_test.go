package desktop_test

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgbutil"
	"github.com/jezek/xgbutil/ewmh"
	"github.com/jezek/xgbutil/icccm"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
)

// screen starts a virtual display for one test.
func screen(t *testing.T) (*desktop.Desktop, *xgbutil.XUtil) {
	t.Helper()
	desktoptest.Display(t, 640, 480)
	d, err := desktop.Open()
	must(t, err)
	t.Cleanup(d.Close)
	c, err := desktop.Dial()
	must(t, err)
	t.Cleanup(c.Close)
	x, err := xgbutil.NewConnXgb(c)
	must(t, err)
	return d, x
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// show opens a window; name says how it is titled.
func show(t *testing.T, x *xgbutil.XUtil, class string, name func(xproto.Window) error) xproto.Window {
	t.Helper()
	id, err := xproto.NewWindowId(x.Conn())
	must(t, err)
	must(t, xproto.CreateWindowChecked(x.Conn(), xproto.WindowClassCopyFromParent, id, x.RootWin(), 40, 50, 200, 100, 0,
		xproto.WindowClassInputOutput, 0, 0, nil).Check())
	must(t, icccm.WmClassSet(x, id, &icccm.WmClass{Instance: strings.ToLower(class), Class: class}))
	must(t, icccm.WmNormalHintsSet(x, id, &icccm.NormalHints{Flags: icccm.SizeHintUSPosition, X: 40, Y: 50}))
	must(t, name(id))
	must(t, xproto.MapWindowChecked(x.Conn(), id).Check())
	return id
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestFindingAndActivatingWindows(t *testing.T) {
	d, x := screen(t)
	till := show(t, x, "LhPos", func(w xproto.Window) error { return ewmh.WmNameSet(x, w, "蓝海 收款") })
	old := show(t, x, "OldApp", func(w xproto.Window) error { return icccm.WmNameSet(x, w, "old name") })
	ctx := t.Context()
	eventually(t, "two windows", func() bool { all, err := d.Windows(ctx); return err == nil && len(all) == 2 })
	self, err := os.Executable()
	must(t, err)
	for _, row := range []struct {
		name string
		ask  keys.Window
		want xproto.Window
	}{
		{"by Chinese title", keys.Window{Title: "^(Lanhai|蓝海).*收款"}, till},
		{"by an old-style title", keys.Window{Title: "old"}, old},
		{"by class, whatever the case", keys.Window{Class: "lhpos"}, till},
		{"by instance", keys.Window{Class: "oldapp"}, old},
		{"by program and title", keys.Window{Exe: strings.ToUpper(filepath.Base(self)) + ".EXE", Title: "收款"}, till},
	} {
		w, err := d.Find(ctx, row.ask)
		if err != nil || w.ID != uintptr(row.want) {
			t.Errorf("%s: %+v, %v", row.name, w, err)
			continue
		}
		if w.Client.Size() != image.Pt(200, 100) || w.DPI != 96 || w.PID != os.Getpid() {
			t.Errorf("%s: %+v", row.name, w)
		}
		must(t, d.Activate(ctx, w))
		if now, err := d.Active(ctx); err != nil || now.ID != w.ID || !now.Active {
			t.Errorf("%s: in front is %+v, %v", row.name, now, err)
		}
	}
	for name, ask := range map[string]keys.Window{"a strange title": {Title: "mail"}, "two that do not meet": {Class: "LhPos", Title: "old"}, "nothing": {}} {
		if _, err := d.Find(ctx, ask); !errors.Is(err, keys.ErrNoWindow) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Find(ctx, keys.Window{Title: "("}); err == nil || errors.Is(err, keys.ErrNoWindow) {
		t.Errorf("a bad pattern: %v", err)
	}
}

func TestSceneFollowsThePOS(t *testing.T) {
	d, x := screen(t)
	scene := desktop.Scene{Desktop: d, Window: keys.Window{Title: "till"}}
	if _, err := scene.POS(t.Context()); !errors.Is(err, capture.ErrNoPOS) {
		t.Errorf("without a POS: %v", err)
	}
	till := show(t, x, "Pos", func(w xproto.Window) error { return ewmh.WmNameSet(x, w, "till") })
	eventually(t, "the POS in front", func() bool { p, err := scene.POS(t.Context()); return err == nil && p.InFront })
	p, err := scene.POS(t.Context())
	must(t, err)
	at, err := xproto.TranslateCoordinates(x.Conn(), till, x.RootWin(), 0, 0).Reply()
	must(t, err)
	if want := image.Rect(0, 0, 200, 100).Add(image.Pt(int(at.DstX), int(at.DstY))); p.Client != want || p.Title != "till" {
		t.Errorf("%+v, want %v", p, want)
	}
	inside := p.Client.Min.Add(image.Pt(20, 20))
	if !d.Shows(uintptr(till), inside) {
		t.Error("the POS is said to be covered")
	}
	cover := show(t, x, "Mail", func(w xproto.Window) error { return ewmh.WmNameSet(x, w, "mail") })
	eventually(t, "the POS is covered", func() bool {
		p, err := scene.POS(t.Context())
		return err == nil && !p.InFront && !d.Shows(uintptr(till), inside) && d.Shows(uintptr(cover), inside)
	})
}

func TestWatchTellsWhoIsInFront(t *testing.T) {
	d, x := screen(t)
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan string, 100)
	ended := make(chan error, 1)
	go func() { ended <- d.Watch(ctx, func(w desktop.Window) { seen <- w.Title }) }()
	waitFor := func(title string) {
		t.Helper()
		for end := time.After(2 * time.Minute); ; {
			select {
			case got := <-seen:
				if got == title {
					return
				}
			case <-end:
				t.Fatalf("never saw %q", title)
			}
		}
	}
	waitFor("") // nothing is in front
	till := show(t, x, "Pos", func(w xproto.Window) error { return ewmh.WmNameSet(x, w, "till") })
	waitFor("till")
	show(t, x, "Mail", func(w xproto.Window) error { return ewmh.WmNameSet(x, w, "mail") })
	waitFor("mail")
	w, err := d.Find(t.Context(), keys.Window{Title: "till"})
	must(t, err)
	must(t, d.Activate(t.Context(), w))
	waitFor("till")
	must(t, ewmh.WmNameSet(x, till, "till: sale 2"))
	waitFor("till: sale 2")
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Watch ends with %v", err)
	}
}

func TestWithoutADisplay(t *testing.T) {
	for _, display := range []string{"", ":7771"} {
		t.Setenv("DISPLAY", display)
		if _, err := desktop.Open(); !errors.Is(err, keys.ErrNoDisplay) {
			t.Errorf("DISPLAY=%q: %v", display, err)
		}
	}
}
