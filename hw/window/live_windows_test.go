//go:build !nowindow

package window

import (
	"image"
	"image/color"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/face"
	"cpos/engine/words"
	"cpos/hw/desktop/winetest"
)

func TestMain(m *testing.M) {
	winetest.StandIn()
	os.Exit(m.Run())
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

// has says that this was intended, and nothing that is not in besides.
func (d *desk) has(want face.Intent) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Contains(d.got, want)
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

var allScreens = image.Rect(0, 0, 4000, 4000)

// where asks the system for the window's place on the screen.
func where(w *Window) image.Rectangle {
	var r windows.Rect
	_, _, _ = user32.NewProc("GetWindowRect").Call(uintptr(w.sys.(*win32).hwnd), uintptr(unsafe.Pointer(&r)))
	return image.Rect(int(r.Left), int(r.Top), int(r.Right), int(r.Bottom))
}

func inFront(hwnd uintptr) bool { return uintptr(windows.GetForegroundWindow()) == hwnd }

// focus gives the window that would get a key now.
func focus() uintptr {
	var info struct {
		size, flags                               uint32
		active, focus, capture, menu, move, caret uintptr
		caretAt                                   windows.Rect
	}
	info.size = uint32(unsafe.Sizeof(info))
	_, _, _ = user32.NewProc("GetGUIThreadInfo").Call(0, uintptr(unsafe.Pointer(&info)))
	return info.focus
}

// openBeside opens the payment window beside another program that has the keyboard.
func openBeside(t *testing.T, o Options) (*Window, *winetest.Stand) {
	t.Helper()
	pos := winetest.OpenStand(t, "POS")
	begin := time.Now()
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	t.Logf("ready after %v", time.Since(begin).Round(time.Millisecond))
	eventually(t, "the POS kept the front while the window was made", func() bool { return inFront(pos.Window) })
	if where(w).Overlaps(allScreens) {
		t.Errorf("parked at %v, in sight", where(w))
	}
	return w, pos
}

func show(t *testing.T, w *Window, v face.View) image.Point {
	t.Helper()
	begin := time.Now()
	w.Show(v)
	eventually(t, "the window on the screen", func() bool { return where(w).In(allScreens) })
	t.Logf("%v shown after %v", v.Mood, time.Since(begin).Round(time.Millisecond))
	return where(w).Min
}

func TestOnWindowsTheWindowComesAndGoesBesideThePOS(t *testing.T) {
	region := image.Rect(0, 0, 600, 500)
	d := &desk{}
	w, pos := openBeside(t, Options{Desk: d, Lang: words.Chinese, Avoid: func() []image.Rectangle { return []image.Rectangle{region} }})
	for _, m := range moods[1:] {
		if m == face.Typing || m == face.Clerk {
			continue
		}
		show(t, w, sample(m, words.Chinese))
		if where(w).Overlaps(region) {
			t.Errorf("%v: %v covers a region", m, where(w))
		}
		if !inFront(pos.Window) {
			t.Errorf("%v: the POS lost the front", m)
		}
	}
	w.Show(face.View{})
	eventually(t, "the window out of sight", func() bool { return !where(w).Overlaps(allScreens) })
	if len(d.got) != 0 {
		t.Errorf("intents without a hand: %v", d.got)
	}
}

func TestOnWindowsItStaysAboveAPOSThatComesToTheFrontLater(t *testing.T) {
	place := image.Rect(300, 200, 900, 700)
	w, pos := openBeside(t, Options{Desk: &desk{}, Lang: words.English, Screen: place})
	other := winetest.OpenStand(t, "other")
	other.Tell("place 0 0 200 150")
	for _, kind := range []string{"place 250 150 700 600", "top"} {
		w.Show(face.View{})
		eventually(t, "the window out of sight", func() bool { return !where(w).Overlaps(allScreens) })
		pos.Tell(kind)
		for _, m := range []face.Mood{face.Asking, face.Paying, face.Succeeded} {
			w.Show(sample(m, words.English))
			eventually(t, "the window in sight", func() bool { return where(w).In(place) })
			other.Front(t)
			// Two changes between two looks are one that only Windows' own news tell of, which wine does not send.
			eventually(t, "the window has seen the other one in front", func() bool { return seen(w) == other.Window })
			pos.Front(t)
			card, at := hex(hueOf(m).pale), where(w).Min.Add(image.Pt(28, 210))
			eventually(t, "its card over the POS", func() bool { return onScreen(at) == card })
			if inFront(uintptr(w.sys.(*win32).hwnd)) {
				t.Errorf("%s, %v: the payment window took the front", kind, m)
			}
		}
	}
}

// seen gives the window that w last saw in front.
func seen(w *Window) (front uintptr) {
	sys := w.sys.(*win32)
	sys.run(func() { front = uintptr(sys.front) })
	return front
}

// onScreen gives the colour that is drawn at a point of the screen, whatever the order of windows says.
func onScreen(p image.Point) uint32 {
	gdi := windows.NewLazySystemDLL("gdi32.dll")
	dc, _, _ := user32.NewProc("GetDC").Call(0)
	defer func() { _, _, _ = user32.NewProc("ReleaseDC").Call(0, dc) }()
	c, _, _ := gdi.NewProc("GetPixel").Call(dc, uintptr(p.X), uintptr(p.Y)) // 0x00bbggrr
	return uint32(c&0xff)<<16 | uint32(c)&0xff00 | uint32(c)>>16&0xff
}

// hex is a colour as onScreen gives it.
func hex(c color.NRGBA) uint32 { return uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B) }

func TestOnWindowsAClickTakesNoKeyboard(t *testing.T) {
	d := &desk{}
	w, pos := openBeside(t, Options{Desk: d, Lang: words.Chinese})
	at := show(t, w, sample(face.Asking, words.Chinese))
	click(t, at.Add(image.Pt(360, 338)))
	eventually(t, "Confirm is told", func() bool { return d.has(face.Intent{Kind: face.Confirm, Turn: 7, Amount: 12850}) })
	if !inFront(pos.Window) {
		t.Error("a click on a button took the keyboard")
	}
}

func TestOnWindowsTypingTakesTheKeyboardAndGivesItBack(t *testing.T) {
	d := &desk{}
	w, pos := openBeside(t, Options{Desk: d, Lang: words.Chinese})
	v := sample(face.Typing, words.Chinese)
	show(t, w, v)
	eventually(t, "the payment window has the keyboard", func() bool {
		w.sys.(*win32).run(func() {}) // and is done with taking it: it leaves the input of the POS again
		return focus() == uintptr(w.sys.(*win32).hwnd)
	})
	for _, vk := range []uint16{'4', '2', 0xBE, '5', '0', 0x0D} { // 42.50 and Enter
		press(t, vk)
	}
	defer func() { t.Log(d.got) }()
	eventually(t, "the amount is confirmed", func() bool { return d.has(face.Intent{Kind: face.Confirm, Turn: v.Turn, Amount: 4250}) })
	v.Mood, v.Amount = face.Paying, 4250
	w.Show(v)
	eventually(t, "the POS has the keyboard again", func() bool { return inFront(pos.Window) })
	if got := pos.Typed(); got != "" {
		t.Errorf("the POS got %q", got)
	}
}

// sent is INPUT of the Windows API, as a mouse or as a keyboard.
type sent struct {
	kind uint32
	_    uint32
	data [32]byte
}

func sendInput(t *testing.T, all ...sent) {
	t.Helper()
	n, _, err := user32.NewProc("SendInput").Call(uintptr(len(all)), uintptr(unsafe.Pointer(&all[0])), unsafe.Sizeof(all[0]))
	if int(n) != len(all) {
		t.Fatal(err)
	}
}

func press(t *testing.T, vk uint16) {
	t.Helper()
	const keyboard, up = 1, 2
	scan, _, _ := user32.NewProc("MapVirtualKeyW").Call(uintptr(vk), 0)
	for _, flags := range []byte{0, up} {
		in := sent{kind: keyboard}
		in.data = [32]byte{byte(vk), byte(vk >> 8), byte(scan), byte(scan >> 8), flags}
		sendInput(t, in)
	}
}

func click(t *testing.T, at image.Point) {
	t.Helper()
	const leftDown, leftUp = 2, 4
	if ok, _, err := user32.NewProc("SetCursorPos").Call(uintptr(at.X), uintptr(at.Y)); ok == 0 {
		t.Fatal(err)
	}
	for _, flags := range []byte{leftDown, leftUp} {
		in := sent{}
		in.data[12] = flags
		sendInput(t, in)
		time.Sleep(30 * time.Millisecond)
	}
}
