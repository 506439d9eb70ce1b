//go:build !nowindow && cgo

package window

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"cpos/engine/face"
	"cpos/engine/words"
	"cpos/hw/desktop"
)

// TestMain gives all tests one virtual display: the toolkit reads DISPLAY once.
func TestMain(m *testing.M) {
	os.Exit(onVirtualDisplay(m.Run))
}

func onVirtualDisplay(run func() int) int {
	v, err := desktop.StartVirtual(context.Background(), 1280, 800)
	if err != nil {
		fmt.Fprintln(os.Stderr, "no virtual display:", err)
		return 1
	}
	defer v.Stop()
	if err := os.Setenv("DISPLAY", v.Display); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// desk keeps the intents.
type desk struct {
	mu  sync.Mutex
	got []face.Intent
}

func (d *desk) Intend(i face.Intent) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.got = append(d.got, i)
}

func (d *desk) take() []face.Intent {
	d.mu.Lock()
	defer d.mu.Unlock()
	got := d.got
	d.got = nil
	return got
}

// shop is a virtual display with another program's window on it, which has the keyboard.
type shop struct {
	x    *xgb.Conn
	root xproto.Window
	pos  xproto.Window
}

func openShop(t testing.TB) *shop {
	t.Helper()
	x, err := desktop.Dial()
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{x: x, root: xproto.Setup(x).DefaultScreen(x).Root}
	s.pos, err = xproto.NewWindowId(x)
	if err != nil {
		t.Fatal(err)
	}
	xproto.CreateWindow(x, 24, s.pos, s.root, 40, 40, 800, 600, 0, xproto.WindowClassInputOutput, 0,
		xproto.CwBackPixel|xproto.CwEventMask, []uint32{posColour, xproto.EventMaskKeyPress})
	xproto.ChangeProperty(x, xproto.PropModeReplace, s.pos, xproto.AtomWmName, xproto.AtomString, 8, 3, []byte("POS"))
	xproto.MapWindow(x, s.pos)
	s.eventually(t, "the POS window has the keyboard", func() bool {
		s.activate(s.pos)
		return s.focus() == s.pos
	})
	t.Cleanup(func() {
		xproto.DestroyWindow(x, s.pos)
		x.Close()
	})
	return s
}

func hex(c color.NRGBA) uint32 { return uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B) }

// activate asks the window manager to bring a window to the front, the way a task bar does.
func (s *shop) activate(win xproto.Window) {
	const name, taskBar = "_NET_ACTIVE_WINDOW", 2
	a, err := xproto.InternAtom(s.x, false, uint16(len(name)), name).Reply()
	if err != nil {
		return
	}
	e := xproto.ClientMessageEvent{Format: 32, Window: win, Type: a.Atom,
		Data: xproto.ClientMessageDataUnionData32New([]uint32{taskBar, 0, 0, 0, 0})}
	xproto.SendEvent(s.x, false, s.root, xproto.EventMaskSubstructureNotify|xproto.EventMaskSubstructureRedirect, string(e.Bytes()))
}

const posColour = 0x2e5d34

func (s *shop) focus() xproto.Window {
	f, err := xproto.GetInputFocus(s.x).Reply()
	if err != nil {
		return 0
	}
	return f.Focus
}

// pixel reads the screen as a person sees it.
func (s *shop) pixel(t testing.TB, x, y int) uint32 {
	t.Helper()
	r, err := xproto.GetImage(s.x, xproto.ImageFormatZPixmap, xproto.Drawable(s.root), int16(x), int16(y), 1, 1, 0xffffffff).Reply()
	if err != nil {
		t.Fatal(err)
	}
	return xgb.Get32(r.Data) & 0xffffff
}

func (s *shop) rect(t testing.TB, w *Window) image.Rectangle {
	t.Helper()
	g, err := xproto.GetGeometry(s.x, xproto.Drawable(w.sys.(*x11).win)).Reply()
	if err != nil {
		t.Fatal(err)
	}
	at := image.Pt(int(g.X), int(g.Y))
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(int(g.Width), int(g.Height)))}
}

func (s *shop) eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("it never came true that %s", what)
}

// snap keeps a screenshot for a person to look at.
func (s *shop) snap(t testing.TB, name string) {
	t.Helper()
	if *pictures == "" {
		return
	}
	time.Sleep(200 * time.Millisecond)
	out, err := exec.Command("import", "-window", "root", *pictures+"/"+name+".png").CombinedOutput()
	if err != nil {
		t.Logf("no screenshot: %v %s", err, out)
	}
}

func (s *shop) key(t testing.TB, keys ...string) {
	t.Helper()
	if out, err := exec.Command("xdotool", append([]string{"key", "--delay", "20"}, keys...)...).CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v %s", err, out)
	}
}

func (s *shop) click(t testing.TB, at image.Point) {
	t.Helper()
	if out, err := exec.Command("xdotool", "mousemove", fmt.Sprint(at.X), fmt.Sprint(at.Y), "click", "1").CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v %s", err, out)
	}
}

func open(t testing.TB, o Options) *Window {
	t.Helper()
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

var till = []image.Rectangle{image.Rect(500, 120, 800, 180), image.Rect(60, 600, 360, 630)}

func TestThePaymentWindowOnAScreen(t *testing.T) {
	s := openShop(t)
	d := &desk{}
	placed := make(chan bool, 8)
	w := open(t, Options{Desk: d, Lang: words.Chinese, Avoid: func() []image.Rectangle { return till },
		Beside: func() image.Rectangle { return image.Rect(40, 40, 840, 640) }, Placed: func(c bool) { placed <- c }})
	if s.rect(t, w).Overlaps(image.Rect(0, 0, 1280, 800)) {
		t.Errorf("parked at %v, in sight", s.rect(t, w))
	}
	s.eventually(t, "the POS kept the keyboard at start", func() bool { return s.focus() == s.pos })

	for _, m := range moods[1:] {
		if m == face.Typing {
			continue
		}
		w.Show(sample(m, words.Chinese))
		s.eventually(t, "the window stands in place in mood "+m.String(), func() bool {
			return s.rect(t, w).In(image.Rect(0, 0, 1280, 800))
		})
		r := s.rect(t, w)
		s.eventually(t, "it is above and drawn in mood "+m.String(), func() bool {
			return s.pixel(t, r.Min.X+100, r.Max.Y-8) == hex(paper) && s.pixel(t, r.Min.X+28, r.Min.Y+210) == hex(hueOf(m).pale)
		})
		for _, a := range till {
			if a.Overlaps(r) {
				t.Errorf("%v: %v covers %v", m, r, a)
			}
		}
		if f := s.focus(); f != s.pos {
			t.Errorf("%v: the keyboard went to %#x", m, f)
		}
		s.snap(t, "screen-"+m.String())
	}
	if covers := <-placed; covers {
		t.Error("it says that it covers a region")
	}
	w.Show(face.View{})
	s.eventually(t, "the window is parked again", func() bool { return !s.rect(t, w).Overlaps(image.Rect(0, 0, 1280, 800)) })
	if got := d.take(); len(got) != 0 {
		t.Errorf("intents without a hand: %v", got)
	}
}

// BenchmarkShow measures from the trigger to the window standing in place with its first frame on the glass.
func BenchmarkShow(b *testing.B) {
	s := openShop(b)
	w := open(b, Options{Desk: &desk{}, Lang: words.Chinese, Avoid: func() []image.Rectangle { return till }})
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		w.Show(face.View{})
		s.eventually(b, "the window is parked", func() bool { return !s.rect(b, w).Overlaps(image.Rect(0, 0, 1280, 800)) })
		time.Sleep(50 * time.Millisecond)
		b.StartTimer()
		start := time.Now()
		w.Show(sample(face.Asking, words.Chinese))
		for {
			r := s.rect(b, w)
			if r.In(image.Rect(0, 0, 1280, 800)) && s.pixel(b, r.Min.X+28, r.Min.Y+210) == hex(hueOf(face.Asking).pale) {
				break
			}
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "ms-max")
	b.ReportMetric(0, "ns/op")
}
