//go:build !nowindow && cgo

package window

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
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
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
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

func (s *shop) drag(t testing.TB, from, to image.Point) {
	t.Helper()
	half := middle(image.Rectangle{Min: from, Max: to})
	args := []string{"mousemove", fmt.Sprint(from.X), fmt.Sprint(from.Y), "mousedown", "1"}
	for _, p := range []image.Point{from.Sub(image.Pt(9, 9)), half, to} {
		args = append(args, "sleep", "0.05", "mousemove", fmt.Sprint(p.X), fmt.Sprint(p.Y))
	}
	if out, err := exec.Command("xdotool", append(args, "sleep", "0.05", "mouseup", "1")...).CombinedOutput(); err != nil {
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
		if f := s.focus(); f != s.pos && m != face.Clerk { // whose number must be typed
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

func TestTypingTakesTheKeyboardAndGivesItBack(t *testing.T) {
	s := openShop(t)
	d := &desk{}
	w := open(t, Options{Desk: d, Lang: words.Chinese, Avoid: func() []image.Rectangle { return till }})
	v := sample(face.Typing, words.Chinese)
	w.Show(v)
	s.eventually(t, "the payment window has the keyboard", func() bool { return s.focus() == w.sys.(*x11).win })
	s.snap(t, "screen-typing")
	s.key(t, "4", "2", "period", "5", "0", "Return")
	var confirmed face.Intent
	s.eventually(t, "the amount is confirmed", func() bool {
		for _, i := range d.take() {
			if i.Kind == face.Confirm {
				confirmed = i
			}
		}
		return confirmed.Kind != 0
	})
	if confirmed.Amount != 4250 || confirmed.Turn != v.Turn {
		t.Errorf("confirmed %+v", confirmed)
	}
	v.Mood, v.Amount = face.Paying, confirmed.Amount
	w.Show(v)
	s.eventually(t, "the POS has the keyboard again", func() bool { return s.focus() == s.pos })

	v.Mood = face.Typing
	w.Show(v)
	s.eventually(t, "the payment window has the keyboard", func() bool { return s.focus() == w.sys.(*x11).win })
	s.key(t, "Escape")
	s.eventually(t, "the sale is cancelled", func() bool {
		got := d.take()
		return len(got) == 1 && got[0].Kind == face.Cancel
	})
	w.Show(face.View{})
	s.eventually(t, "the POS has the keyboard again", func() bool { return s.focus() == s.pos })
}

// A scanner's keys are told from the cashier's by taking the whole keyboard for a moment. Whoever types an
// amount must not notice.
func TestTypingGoesOnWhenTheKeyboardIsGrabbedForAMoment(t *testing.T) {
	s := openShop(t)
	d := &desk{}
	w := open(t, Options{Desk: d, Lang: words.Chinese, Avoid: func() []image.Rectangle { return till }})
	w.Show(sample(face.Typing, words.Chinese))
	s.eventually(t, "the payment window has the keyboard", func() bool { return s.focus() == w.sys.(*x11).win })
	for _, k := range []string{"7", "period", "5"} {
		if _, err := xproto.GrabKeyboard(s.x, false, s.root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // about as long as a burst is waited for
		if err := xproto.UngrabKeyboardChecked(s.x, xproto.TimeCurrentTime).Check(); err != nil {
			t.Fatal(err)
		}
		s.key(t, k)
	}
	s.eventually(t, "the amount is told", func() bool {
		for _, i := range d.take() {
			if i == (face.Intent{Kind: face.SetAmount, Turn: 7, Amount: 750}) {
				return true
			}
		}
		return false
	})

	s.activate(s.pos) // this time the keyboard is really gone
	s.eventually(t, "the POS has the keyboard", func() bool { return s.focus() == s.pos })
	s.key(t, "8")
	w.Show(face.View{})
	s.eventually(t, "the window is parked", func() bool { return s.rect(t, w).Min.X < 0 })
	if got := d.take(); len(got) != 0 || s.focus() != s.pos {
		t.Errorf("told %v, the keyboard is with %#x", got, s.focus())
	}
}

func TestClicksOnAScreen(t *testing.T) {
	s := openShop(t)
	d := &desk{}
	moved := make(chan image.Point, 1)
	w := open(t, Options{Desk: d, Lang: words.Chinese, Avoid: func() []image.Rectangle { return till }, Moved: func(p image.Point) { moved <- p }})
	w.Show(sample(face.Asking, words.Chinese))
	s.eventually(t, "the window stands in place", func() bool { return s.rect(t, w).In(image.Rect(0, 0, 1280, 800)) })
	at := s.rect(t, w).Min
	s.click(t, at.Add(image.Pt(360, 338)))
	s.eventually(t, "Confirm is told", func() bool {
		got := d.take()
		return len(got) == 1 && got[0] == face.Intent{Kind: face.Confirm, Turn: 7, Amount: 12850}
	})
	if s.focus() != s.pos {
		t.Error("a click on a button took the keyboard")
	}

	s.click(t, at.Add(image.Pt(150, 288)))
	s.eventually(t, "the remark has the keyboard", func() bool { return s.focus() == w.sys.(*x11).win })
	s.key(t, "a", "5", "Return")
	s.eventually(t, "the remark is told", func() bool {
		got := d.take()
		return len(got) == 1 && got[0] == face.Intent{Kind: face.SetRemark, Turn: 7, Text: "a5"}
	})
	s.eventually(t, "the POS has the keyboard again", func() bool { return s.focus() == s.pos })

	s.drag(t, at.Add(image.Pt(420, 14)), image.Pt(700, 60))
	var home image.Point
	select {
	case home = <-moved:
	case <-time.After(2 * time.Minute):
		t.Fatal("nobody heard that the window was moved")
	}
	s.eventually(t, "the window stands where it was told to be", func() bool { return s.rect(t, w).Min == home })
	if home == at {
		t.Errorf("moved from %v to %v", at, home)
	}
	if r := s.rect(t, w); overlapsAny(r, till) {
		t.Errorf("dropped at %v over a region", r)
	}
	w.Show(face.View{})
	s.eventually(t, "the window is parked", func() bool { return s.rect(t, w).Min.X < 0 })
	w.Show(sample(face.Asking, words.Chinese))
	s.eventually(t, "the window comes back where it was left", func() bool { return s.rect(t, w).Min == home })
}

func TestAWindowThatMustCoverARegionSaysSo(t *testing.T) {
	s := openShop(t)
	placed := make(chan bool, 4)
	w := open(t, Options{Desk: &desk{}, Lang: words.English, Placed: func(c bool) { placed <- c },
		Avoid: func() []image.Rectangle { return []image.Rectangle{image.Rect(0, 0, 1280, 800)} }})
	w.Show(sample(face.Reading, words.English))
	select {
	case covers := <-placed:
		if !covers {
			t.Error("it covers the region and says it does not")
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("nobody heard where the window stands")
	}
	s.eventually(t, "it is shown all the same", func() bool { return s.rect(t, w).In(image.Rect(0, 0, 1280, 800)) })
}

func TestItStaysAboveAWindowThatIsRaisedLater(t *testing.T) {
	s := openShop(t)
	w := open(t, Options{Desk: &desk{}, Lang: words.English, Screen: image.Rect(300, 200, 900, 700)})
	w.Show(sample(face.Succeeded, words.English))
	s.eventually(t, "the window stands over the POS", func() bool { return s.rect(t, w).In(image.Rect(300, 200, 900, 700)) })
	xproto.ConfigureWindow(s.x, s.pos, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove})
	s.activate(s.pos)
	s.click(t, image.Pt(260, 300))
	time.Sleep(300 * time.Millisecond) // the window manager raises the POS in its own time
	r := s.rect(t, w)
	if c := s.pixel(t, r.Min.X+28, r.Min.Y+210); c != hex(green.pale) {
		t.Errorf("#%06x stands where the payment window is", c)
	}
}

func TestTheNewestOfManyViewsIsShown(t *testing.T) {
	s := openShop(t)
	w := open(t, Options{Desk: &desk{}, Lang: words.English})
	for range 50 {
		for _, m := range moods {
			w.Show(sample(m, words.English))
		}
	}
	w.Show(sample(face.Succeeded, words.English))
	s.eventually(t, "the last view stands on the screen", func() bool {
		r := s.rect(t, w)
		return r.In(image.Rect(0, 0, 1280, 800)) && s.pixel(t, r.Min.X+28, r.Min.Y+210) == hex(green.pale)
	})
}

func TestParkedItCostsNothing(t *testing.T) {
	openShop(t)
	w := open(t, Options{Desk: &desk{}, Lang: words.Chinese})
	w.Show(sample(face.Counting, words.Chinese))
	time.Sleep(300 * time.Millisecond)
	w.Show(face.View{})
	const watched, most, tries = 3 * time.Second, 6, 20
	for try := 1; ; try++ { // a busy machine is still drawing for a while
		before := ticks(t)
		time.Sleep(watched)
		// A tick is 10 ms; drawing ten frames a second costs twenty and more in this time.
		used := ticks(t) - before
		t.Logf("%d ticks of CPU in %v", used, watched)
		if used <= most {
			return
		}
		if try == tries {
			t.Fatalf("more than %d ticks of CPU in %v, %d times", most, watched, tries)
		}
	}
}

// ticks is the CPU time of this process so far (proc(5), fields 14 and 15 of stat), in ticks of 10 ms.
func ticks(t testing.TB) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return user + system
}

func TestNoDisplayIsASentenceWithAHint(t *testing.T) {
	t.Setenv("DISPLAY", ":987")
	_, err := New(Options{Desk: &desk{}, Lang: words.Chinese})
	var p *words.Problem
	if !errors.As(err, &p) || !errors.Is(err, ErrNone) {
		t.Fatalf("got %v", err)
	}
	if p.What.Key != "window.none.display" || !words.Known(p.Hint.Key) {
		t.Errorf("what %q, hint %q", p.What.Key, p.Hint.Key)
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
	floor := s.floor(b)
	b.ReportMetric(ms(took[len(took)/2]), "ms-median")
	b.ReportMetric(ms(took[len(took)-1]), "ms-max")
	b.ReportMetric(ms(floor), "ms-floor")
	b.ReportMetric(0, "ns/op")
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// floor is the median time in which the server alone brings a window of one colour from out of sight into view.
func (s *shop) floor(b *testing.B) time.Duration {
	win, err := xproto.NewWindowId(s.x)
	if err != nil {
		b.Fatal(err)
	}
	const colour = 0x123456
	xproto.CreateWindow(s.x, 24, win, s.root, -900, -900, 440, 376, 0, xproto.WindowClassInputOutput, 0,
		xproto.CwBackPixel|xproto.CwOverrideRedirect, []uint32{colour, 1})
	xproto.MapWindow(s.x, win)
	defer xproto.DestroyWindow(s.x, win)
	var took []time.Duration
	for range 21 {
		s.moveTo(win, -900)
		s.eventually(b, "the plain window is out of sight", func() bool { return s.pixel(b, 100, 100) != colour })
		start := time.Now()
		s.moveTo(win, 50)
		for s.pixel(b, 100, 100) != colour {
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[len(took)/2]
}

func (s *shop) moveTo(win xproto.Window, at int32) {
	xproto.ConfigureWindow(s.x, win, xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowStackMode,
		[]uint32{uint32(at), uint32(at), xproto.StackModeAbove})
}
