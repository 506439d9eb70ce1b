//go:build !nowindow

package main

import (
	"image"
	"io"
	"log"
	"os"

	"gioui.org/app"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// seat is the window's place on an X display, on a connection of its own. A display that refuses a wish
// leaves the window as it is.
type seat struct {
	x   *xgb.Conn
	win xproto.Window
}

// take learns the window and tells which process it belongs to, as programs ought to (_NET_WM_PID,
// Extended Window Manager Hints).
func (s *seat) take(e app.ViewEvent) {
	view, ok := e.(app.X11ViewEvent)
	if !ok || !view.Valid() || s.x != nil {
		return
	}
	xgb.Logger = log.New(io.Discard, "", 0)
	conn, err := xgb.NewConn()
	if err != nil {
		return
	}
	s.x, s.win = conn, xproto.Window(view.Window)
	if atom := s.atom("_NET_WM_PID"); atom != 0 {
		pid := make([]byte, 4)
		xgb.Put32(pid, uint32(os.Getpid()))
		xproto.ChangeProperty(conn, xproto.PropModeReplace, s.win, atom, xproto.AtomCardinal, 32, 1, pid)
	}
}

func (s *seat) atom(name string) xproto.Atom {
	a, err := xproto.InternAtom(s.x, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0
	}
	return a.Atom
}

// move asks for the frame's upper left corner to be at x, y. The size is right already.
func (s *seat) move(x, y int, _ image.Point) {
	if s.x != nil {
		_ = xproto.ConfigureWindowChecked(s.x, s.win, xproto.ConfigWindowX|xproto.ConfigWindowY,
			[]uint32{uint32(x), uint32(y)}).Check()
	}
}

// at says whether the window stands there.
func (s *seat) at(x, y int) bool {
	if s.x == nil {
		return true
	}
	root := xproto.Setup(s.x).DefaultScreen(s.x).Root
	p, err := xproto.TranslateCoordinates(s.x, s.win, root, 0, 0).Reply()
	if err != nil {
		return false
	}
	left, top := s.frame()
	return int(p.DstX) == x+left && int(p.DstY) == y+top
}

// frame gives the width of the frame's left and upper side, in px.
func (s *seat) frame() (left, top int) {
	p, err := xproto.GetProperty(s.x, false, s.win, s.atom("_NET_FRAME_EXTENTS"), xproto.AtomCardinal, 0, 4).Reply()
	if err != nil || len(p.Value) < 16 {
		return 0, 0
	}
	return int(xgb.Get32(p.Value)), int(xgb.Get32(p.Value[8:]))
}

func (s *seat) beep() {
	if s.x != nil {
		xproto.Bell(s.x, 0)
	}
}

func (s *seat) leave() {
	if s.x != nil {
		s.x.Close()
	}
}
