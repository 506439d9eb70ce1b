//go:build cgo && !nowindow

package main

import (
	"bytes"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
)

// fingers press keys and click on a real display.
type fingers struct {
	t      *testing.T
	look   *look
	x      *xgb.Conn
	root   xproto.Window
	client image.Rectangle
	path   string // of the journal
}

func (f fingers) send(kind, detail byte, x, y int) {
	f.t.Helper()
	if err := xtest.FakeInputChecked(f.x, kind, detail, 0, f.root, int16(x), int16(y), 0).Check(); err != nil {
		f.t.Fatal(err)
	}
}

// tap presses a key by its code on a PC keyboard.
func (f fingers) tap(codes ...byte) {
	f.t.Helper()
	for _, c := range codes {
		f.send(xproto.KeyPress, c, 0, 0)
		f.send(xproto.KeyRelease, c, 0, 0)
	}
}

// click waits until the click has arrived, as a hand does: a window manager holds a click back to see
// whether it is meant for itself, and keys pressed meanwhile overtake it.
func (f fingers) click(region string) {
	f.t.Helper()
	before := f.clicks()
	at := f.look.regions[region].Min.Add(f.look.regions[region].Size().Div(2)).Add(f.client.Min)
	f.send(xproto.MotionNotify, 0, at.X, at.Y)
	f.send(xproto.ButtonPress, 1, 0, 0)
	f.send(xproto.ButtonRelease, 1, 0, 0)
	for range 500 {
		if f.clicks() > before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	f.t.Fatalf("the click on %s did not arrive", region)
}

func (f fingers) clicks() int {
	f.t.Helper()
	text, err := os.ReadFile(f.path)
	if err != nil {
		f.t.Fatal(err)
	}
	return bytes.Count(text, []byte(`"kind":"click"`))
}

// openTill starts the program on a display of its own and returns fingers for it.
func openTill(t *testing.T, l *look, args ...string) fingers {
	t.Helper()
	desktoptest.Display(t, 1280, 800)
	journal := filepath.Join(t.TempDir(), "journal")
	desktoptest.StartPOS(t, desktoptest.BuildPOS(t), append(args, "--look", l.name, "--journal", journal)...)
	f := reach(t, l)
	f.path = journal
	return f
}

func reach(t *testing.T, l *look) fingers {
	t.Helper()
	d, err := desktop.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	w, err := d.Find(t.Context(), keys.Window{Exe: "practice-pos", Title: "^惠民收银"})
	if err != nil {
		t.Fatal(err)
	}
	if w.Client.Size() != image.Pt(l.w, l.h) || !w.Active {
		t.Fatalf("%+v", w)
	}
	x, err := desktop.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	if err := xtest.Init(x); err != nil {
		t.Fatal(err)
	}
	return fingers{t: t, look: l, x: x, root: xproto.Setup(x).DefaultScreen(x).Root, client: w.Client}
}

func TestTheJournalHoldsEveryRealKeyAndClick(t *testing.T) {
	f := openTill(t, findLook(lookStandard), "--serial", "20261123-0041", "--x", "40", "--y", "30")
	const one, two, point, plus, shift, enter, tab, f6, f9 = 10, 11, 60, 21, 50, 36, 23, 72, 75
	f.tap(one, two, enter) // a shopping bag
	f.send(xproto.KeyPress, shift, 0, 0)
	f.tap(plus)
	f.send(xproto.KeyRelease, shift, 0, 0)
	f.tap(f9, tab)
	f.click(regionSettle)
	f.tap(f6)
	f.click(regionReceived)
	f.tap(19, point, 15) // 0.6
	f.click(regionDone)

	want := strings.Split(`key sale 1 1
key sale 2 2
key sale enter
key sale shift + +
key sale f9
beep sale
key sale tab
beep sale
click sale settle
state sale settle
key settle f6
click settle received
key settle 0 0
key settle . .
key settle 6 6
click settle done
sale settle 20261123-0041 0.60 wechat
state settle sale`, "\n")
	got := waitFor(t, f.path, len(want))
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d is %q, want %q", i, got[i], want[i])
		}
	}
}

// waitFor reads the journal until it has n lines, each in short.
func waitFor(t *testing.T, journal string, n int) (short []string) {
	t.Helper()
	for range 500 {
		text, err := os.ReadFile(journal)
		if err != nil {
			t.Fatal(err)
		}
		if all := readJournal(t, bytes.NewBuffer(text)); len(all) >= n {
			for _, e := range all {
				short = append(short, brief(e))
			}
			return short
		}
		time.Sleep(20 * time.Millisecond)
	}
	text, _ := os.ReadFile(journal)
	t.Fatalf("the journal has not %d lines:\n%s", n, text)
	return nil
}

func brief(e entry) string {
	name := e.Name
	if e.Mods != "" {
		name = e.Mods + " " + name
	}
	words := []string{e.Kind, string(e.State)}
	for _, w := range []string{name, e.Text, e.Region, string(e.To), e.Serial, e.Total, e.Tender} {
		if w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}
