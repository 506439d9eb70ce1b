package desktop

import (
	"image"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	procGetWindow         = user32.NewProc("GetWindow")
	procGetWindowRect     = user32.NewProc("GetWindowRect")
	procGetWindowLong     = user32.NewProc("GetWindowLongW")
	procDwmGetAttribute   = windows.NewLazySystemDLL("dwmapi.dll").NewProc("DwmGetWindowAttribute")
	procGetLayeredOptions = user32.NewProc("GetLayeredWindowAttributes")
)

// mostWindows ends the walk up the order of windows if that changes for ever meanwhile.
const mostWindows = 10_000

// Covered says whether a window of any program lies over a rectangle of the desktop (in px) that this
// window shows: a tooltip, a list of an input method, a message. True also when the window is gone.
func (d *Desktop) Covered(id uintptr, r image.Rectangle) bool {
	const previous = 3 // GW_HWNDPREV: the next one nearer to the front
	if !windows.IsWindow(windows.HWND(id)) {
		return true
	}
	w := id
	for range mostWindows {
		if w, _, _ = procGetWindow.Call(w, previous); w == 0 {
			return false
		}
		if drawn(windows.HWND(w)) && frameOf(w).Overlaps(r) {
			return true
		}
	}
	return true
}

func frameOf(w uintptr) image.Rectangle {
	var r windows.Rect
	if ok, _, _ := procGetWindowRect.Call(w, uintptr(unsafe.Pointer(&r))); ok == 0 {
		return image.Rectangle{}
	}
	return image.Rect(int(r.Left), int(r.Top), int(r.Right), int(r.Bottom))
}

// drawn says whether a window puts anything on the screen. Windows keeps some that it hides by cloaking
// them, and programs keep wholly transparent ones across the screen.
func drawn(w windows.HWND) bool {
	const cloaked, style, layered, byAlpha = 14, -20, 0x80000, 2 // DWMWA_CLOAKED, GWL_EXSTYLE, WS_EX_LAYERED, LWA_ALPHA
	if !windows.IsWindowVisible(w) {
		return false
	}
	var hidden uint32
	if procDwmGetAttribute.Find() == nil {
		_, _, _ = procDwmGetAttribute.Call(uintptr(w), cloaked, uintptr(unsafe.Pointer(&hidden)), unsafe.Sizeof(hidden)) // 0 stays 0
	}
	index := int32(style)
	extended, _, _ := procGetWindowLong.Call(uintptr(w), uintptr(index))
	if hidden == 0 && extended&layered != 0 {
		var alpha byte
		var flags uint32
		ok, _, _ := procGetLayeredOptions.Call(uintptr(w), 0, uintptr(unsafe.Pointer(&alpha)), uintptr(unsafe.Pointer(&flags)))
		return ok == 0 || flags&byAlpha == 0 || alpha != 0
	}
	return hidden == 0
}
