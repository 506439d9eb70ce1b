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
	setDwmAttribute   = dwmapi.NewProc("DwmSetWindowAttribute")
)

// Values of winuser.h and dwmapi.h.
const (
	gwlExStyle = ^uintptr(19) // -20

	exTopMost    = 0x00000008
	exToolWindow = 0x00000080
	exAppWindow  = 0x00040000
	exNoActivate = 0x08000000

	hwndTopMost = ^uintptr(0) // -1

	swpNoActivate   = 0x0010
	swpNoOwnerOrder = 0x0200

	smVirtualLeft = 76
	smVirtualTop  = 77
	spiWorkArea   = 0x0030

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
	})
}

func signed(v int) uintptr { return uintptr(int32(v)) }

// park is left of and above every monitor.
func (w *win32) park(size image.Point) (at image.Point) {
	w.run(func() {
		left, _, _ := getSystemMetrics.Call(smVirtualLeft)
		top, _, _ := getSystemMetrics.Call(smVirtualTop)
		at = image.Pt(int(int32(left)), int(int32(top)))
	})
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
