//go:build !nowindow

package main

import (
	"image"
	"unsafe"

	"gioui.org/app"
	"golang.org/x/sys/windows"
)

var (
	user32        = windows.NewLazySystemDLL("user32.dll")
	getClientRect = user32.NewProc("GetClientRect")
	getWindowRect = user32.NewProc("GetWindowRect")
	messageBeep   = user32.NewProc("MessageBeep")
	setWindowPos  = user32.NewProc("SetWindowPos")
)

// seat is the window's place on the desktop. A system that refuses a wish leaves the window as it is.
type seat struct {
	window uintptr
	client image.Point // the size that was asked for
}

func (s *seat) take(e app.ViewEvent) {
	if view, ok := e.(app.Win32ViewEvent); ok && view.Valid() {
		s.window = view.HWND
	}
}

// move puts the frame's upper left corner at x, y. It also gives the client area its size: the toolkit makes
// the window before it knows the width of the frame, and so makes it too small by that. The window's own
// thread does it in its own time: it may be waiting for the frame that we are drawing.
func (s *seat) move(x, y int, client image.Point) {
	const noOrder, noActivate, async = 0x0004, 0x0010, 0x4000
	s.client = client
	frame, inside := s.rectangle(getWindowRect).Size(), s.rectangle(getClientRect).Size()
	size := client.Add(frame).Sub(inside)
	_, _, _ = setWindowPos.Call(s.window, 0, uintptr(x), uintptr(y), uintptr(size.X), uintptr(size.Y), noOrder|noActivate|async)
}

// at says whether the window stands there in its full size, and moves it again if not: a system that has
// just shown a window may choose a place for it after we did.
func (s *seat) at(x, y int) bool {
	if s.window != 0 && s.rectangle(getWindowRect).Min == image.Pt(x, y) && s.rectangle(getClientRect).Size() == s.client {
		return true
	}
	s.move(x, y, s.client)
	return false
}

// rectangle asks the system for a rectangle of the window, empty when the window is gone.
func (s *seat) rectangle(of *windows.LazyProc) image.Rectangle {
	var r windows.Rect
	_, _, _ = of.Call(s.window, uintptr(unsafe.Pointer(&r)))
	return image.Rect(int(r.Left), int(r.Top), int(r.Right), int(r.Bottom))
}

func (s *seat) beep() { _, _, _ = messageBeep.Call(0x30) } // MB_ICONWARNING

func (s *seat) leave() {}
