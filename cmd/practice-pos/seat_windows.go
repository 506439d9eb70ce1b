//go:build !nowindow

package main

import (
	"gioui.org/app"
	"golang.org/x/sys/windows"
)

var (
	user32       = windows.NewLazySystemDLL("user32.dll")
	setWindowPos = user32.NewProc("SetWindowPos")
	messageBeep  = user32.NewProc("MessageBeep")
)

// seat is the window's place on the desktop. A system that refuses a wish leaves the window as it is.
type seat struct {
	window uintptr
}

func (s *seat) take(e app.ViewEvent) {
	if view, ok := e.(app.Win32ViewEvent); ok && view.Valid() {
		s.window = view.HWND
	}
}

// move puts the frame's upper left corner at x, y.
func (s *seat) move(x, y int) {
	const noSize, noOrder, noActivate = 0x0001, 0x0004, 0x0010
	_, _, _ = setWindowPos.Call(s.window, 0, uintptr(x), uintptr(y), 0, 0, noSize|noOrder|noActivate)
}

// at says whether the window stands there: SetWindowPos returns when it does.
func (s *seat) at(int, int) bool { return true }

func (s *seat) beep() { _, _, _ = messageBeep.Call(0x30) } // MB_ICONWARNING

func (s *seat) leave() {}
