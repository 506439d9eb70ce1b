//go:build !nowindow

package window

import (
	"fmt"
	"image"
	"unsafe"

	"gioui.org/app"
	"golang.org/x/sys/windows"
)

var (
	user32            = windows.NewLazySystemDLL("user32.dll")
	dwmapi            = windows.NewLazySystemDLL("dwmapi.dll")
	setWindowPos      = user32.NewProc("SetWindowPos")
	getWindowLong     = user32.NewProc("GetWindowLongPtrW")
	setWindowLong     = user32.NewProc("SetWindowLongPtrW")
	setForeground     = user32.NewProc("SetForegroundWindow")
	attachThreadInput = user32.NewProc("AttachThreadInput")
	getCursorPos      = user32.NewProc("GetCursorPos")
	getSystemMetrics  = user32.NewProc("GetSystemMetrics")
	systemParameters  = user32.NewProc("SystemParametersInfoW")
	isWindow          = user32.NewProc("IsWindow")
	setTimer          = user32.NewProc("SetTimer")
	killTimer         = user32.NewProc("KillTimer")
	setWinEventHook   = user32.NewProc("SetWinEventHook")
	unhookWinEvent    = user32.NewProc("UnhookWinEvent")
	getAncestor       = user32.NewProc("GetAncestor")
	setDwmAttribute   = dwmapi.NewProc("DwmSetWindowAttribute")
)

// Values of winuser.h and dwmapi.h.
const (
	gwlExStyle = ^uintptr(19) // -20

	exTopMost    = 0x00000008
	exToolWindow = 0x00000080
	exAppWindow  = 0x00040000
	exNoActivate = 0x08000000

	hwndTopMost    = ^uintptr(0) // -1
	hwndNotTopMost = ^uintptr(1) // -2

	swpNoSize       = 0x0001
	swpNoMove       = 0x0002
	swpNoActivate   = 0x0010
	swpNoOwnerOrder = 0x0200

	smVirtualLeft   = 76
	smVirtualTop    = 77
	smVirtualWidth  = 78
	smVirtualHeight = 79
	spiWorkArea     = 0x0030

	eventForeground = 0x0003 // EVENT_SYSTEM_FOREGROUND
	eventFocus      = 0x8005 // EVENT_OBJECT_FOCUS
	gaRoot          = 2

	cornerPreference = 33 // DWMWA_WINDOW_CORNER_PREFERENCE, Windows 11
	cornerRound      = 2
)

// win32 places the window on the thread that owns it: there points are px of the screen, and a call that sends
// the window a message cannot wait for a thread that waits for us.
type win32 struct {
	run    func(func()) // runs on the window's thread and waits
	hwnd   windows.HWND
	before windows.HWND // was in the foreground
	plain  bool         // corners stay

	// Only the window's thread touches these.
	looked uintptr // calls look, for the timer
	told   uintptr // calls turned, for the hooks
	timer  uintptr // 0 out of sight
	hooks  []uintptr
	front  windows.HWND // as look last saw it
	again  bool         // look raises once more
}

func openHost(run func(func())) (host, error) {
	if err := setWindowPos.Find(); err != nil {
		return nil, err
	}
	return &win32{run: run, before: windows.GetForegroundWindow()}, nil
}

func (w *win32) close() {}

func (w *win32) square() { w.plain = true }

func (w *win32) adopt(e app.ViewEvent) error {
	v, ok := e.(app.Win32ViewEvent)
	if !ok {
		return fmt.Errorf("the window is a %T, not a Windows window", e)
	}
	w.hwnd = windows.HWND(v.HWND)
	w.run(func() {
		w.activatable(false)
		if !w.plain && setDwmAttribute.Find() == nil {
			round := uint32(cornerRound)
			setDwmAttribute.Call(uintptr(w.hwnd), cornerPreference, uintptr(unsafe.Pointer(&round)), unsafe.Sizeof(round))
		}
	})
	w.move(image.Rectangle{Max: image.Pt(8, 8)}.Add(w.park(image.Pt(8, 8))))
	return nil
}

// activatable decides whether a click or a call can give the window the keyboard.
func (w *win32) activatable(yes bool) {
	style, _, _ := getWindowLong.Call(uintptr(w.hwnd), gwlExStyle)
	style = style&^exAppWindow | exToolWindow | exTopMost | exNoActivate
	if yes {
		style &^= exNoActivate
	}
	setWindowLong.Call(uintptr(w.hwnd), gwlExStyle, style)
}

func (w *win32) move(r image.Rectangle) {
	w.run(func() {
		setWindowPos.Call(uintptr(w.hwnd), hwndTopMost, signed(r.Min.X), signed(r.Min.Y), signed(r.Dx()), signed(r.Dy()),
			swpNoActivate|swpNoOwnerOrder)
		w.stayAbove(r.Overlaps(monitors()))
	})
}

func signed(v int) uintptr { return uintptr(int32(v)) }

// lookEvery is how often that is looked after, in ms, beside what the system tells of.
const lookEvery = 50

// stayAbove keeps the window above all others for as long as it is in sight. Topmost alone does not: a POS that
// is topmost itself comes above it whenever it is given the keyboard, and not every system draws its windows in
// the order that it lists them in.
func (w *win32) stayAbove(inSight bool) {
	switch {
	case inSight && w.timer == 0:
		w.callable()
		w.front = 0
		w.look()
		w.timer, _, _ = setTimer.Call(0, 0, lookEvery, w.looked)
		for _, event := range []uintptr{eventForeground, eventFocus} {
			hook, _, _ := setWinEventHook.Call(event, event, 0, w.told, 0, 0, 0)
			w.hooks = append(w.hooks, hook)
		}
	case !inSight && w.timer != 0:
		killTimer.Call(0, w.timer)
		for _, hook := range w.hooks {
			unhookWinEvent.Call(hook)
		}
		w.timer, w.hooks = 0, nil
	}
}

// callable makes what the system calls, once, since it never frees any.
func (w *win32) callable() {
	if w.looked != 0 {
		return
	}
	w.looked = windows.NewCallback(func(_, _, _, _ uintptr) uintptr { w.look(); return 0 })
	w.told = windows.NewCallback(func(_, event, hwnd, _, _, _, _ uintptr) uintptr {
		// The parts of a program give the focus to each other all the time.
		if top, _, _ := getAncestor.Call(hwnd, gaRoot); event == eventForeground || top == hwnd {
			w.turned()
		}
		return 0
	})
}

// look raises the window when another one came to the front.
func (w *win32) look() {
	if now := windows.GetForegroundWindow(); now != w.front {
		w.front = now
		w.turned()
	} else if w.again {
		w.again = false
		w.raise()
	}
}

// turned raises the window because another one was given the keyboard, and once more a little later: that one
// may come above only then.
func (w *win32) turned() {
	w.again = true
	w.raise()
}

// raise puts the window above all others and leaves the keyboard where it is. Where it stands first in the
// system's list already, some systems do nothing, so it gives that place up for a moment. It stands above all
// that are not topmost even then.
func (w *win32) raise() {
	for _, place := range []uintptr{hwndNotTopMost, hwndTopMost} {
		setWindowPos.Call(uintptr(w.hwnd), place, 0, 0, 0, 0, swpNoSize|swpNoMove|swpNoActivate|swpNoOwnerOrder)
	}
}

// monitors is the rectangle around all of them.
func monitors() image.Rectangle {
	metric := func(which uintptr) int {
		v, _, _ := getSystemMetrics.Call(which)
		return int(int32(v))
	}
	at := image.Pt(metric(smVirtualLeft), metric(smVirtualTop))
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(metric(smVirtualWidth), metric(smVirtualHeight)))}
}

// park is left of and above every monitor.
func (w *win32) park(size image.Point) (at image.Point) {
	w.run(func() { at = monitors().Min })
	return at.Sub(size).Sub(image.Pt(64, 64))
}

func (w *win32) pointer() image.Point {
	var p struct{ x, y int32 }
	w.run(func() { getCursorPos.Call(uintptr(unsafe.Pointer(&p))) })
	return image.Pt(int(p.x), int(p.y))
}

// screen is the first monitor without the task bar.
func (w *win32) screen() image.Rectangle {
	var r windows.Rect
	w.run(func() { systemParameters.Call(spiWorkArea, 0, uintptr(unsafe.Pointer(&r)), 0) })
	return image.Rect(int(r.Left), int(r.Top), int(r.Right), int(r.Bottom))
}

func (w *win32) hasKeys() bool { return windows.GetForegroundWindow() == w.hwnd }

func (w *win32) takeKeys() {
	if front := windows.GetForegroundWindow(); front != w.hwnd {
		w.before = front
	}
	w.run(func() {
		w.activatable(true)
		bring(w.hwnd)
	})
}

// giveKeys leaves the keyboard alone when it went elsewhere in the meantime.
func (w *win32) giveKeys() {
	w.run(func() {
		front := windows.GetForegroundWindow()
		w.activatable(false)
		if front == w.hwnd || front == 0 {
			w.restore()
		}
	})
}

func (w *win32) restore() {
	if alive, _, _ := isWindow.Call(uintptr(w.before)); alive != 0 && w.before != w.hwnd {
		bring(w.before)
	}
}

// bring puts a window in the foreground. Windows lets only the foreground's own threads do that, so this
// thread joins theirs for the moment of the call.
func bring(target windows.HWND) {
	me := windows.GetCurrentThreadId()
	front, err := windows.GetWindowThreadProcessId(windows.GetForegroundWindow(), nil)
	joined := err == nil && front != me
	if joined {
		ok, _, _ := attachThreadInput.Call(uintptr(me), uintptr(front), 1)
		joined = ok != 0
	}
	setForeground.Call(uintptr(target))
	if joined {
		attachThreadInput.Call(uintptr(me), uintptr(front), 0)
		// The front may have stayed with the input that this thread has just left.
		setForeground.Call(uintptr(target))
	}
}
