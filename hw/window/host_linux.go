//go:build !nowindow && cgo

package window

import (
	"errors"
	"fmt"
	"image"
	"math"
	"time"

	"gioui.org/app"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"

	"cpos/hw/desktop"
)

// x11 places the window through a connection of its own.
//
// The window leaves the window manager's care: managers pull a managed window back onto the screen, place a
// frame around it and hand it the focus, and each of that would break a promise. Unmanaged windows stand
// above managed ones and keep the keyboard where it is, like menus do. The hints are set all the same, for
// compositors and for managers that read them.
type x11 struct {
	c      *xgb.Conn
	root   xproto.Window
	bounds image.Rectangle
	win    xproto.Window
	shaped bool          // the server can cut corners
	size   image.Point   // of the last cut
	before xproto.Window // had the keyboard
}

func openHost(func(func())) (host, error) {
	c, err := desktop.Dial()
	if err != nil {
		return nil, err
	}
	s := xproto.Setup(c).DefaultScreen(c)
	x := &x11{c: c, root: s.Root, bounds: image.Rect(0, 0, int(s.WidthInPixels), int(s.HeightInPixels))}
	x.shaped = desktop.Extend(c, "SHAPE") == nil
	x.before = x.focus()
	return x, nil
}

func (x *x11) close() { x.c.Close() }

func (x *x11) square() { x.shaped = false }

func (x *x11) screen() image.Rectangle {
	g, err := xproto.GetGeometry(x.c, xproto.Drawable(x.root)).Reply()
	if err != nil {
		return x.bounds
	}
	return image.Rect(0, 0, int(g.Width), int(g.Height))
}

func (x *x11) park(size image.Point) image.Point { return image.Pt(-size.X-64, -size.Y-64) }

func (x *x11) pointer() image.Point {
	p, err := xproto.QueryPointer(x.c, x.root).Reply()
	if err != nil {
		return image.Point{}
	}
	return image.Pt(int(p.RootX), int(p.RootY))
}

func (x *x11) adopt(e app.ViewEvent) error {
	v, ok := e.(app.X11ViewEvent)
	if !ok {
		return fmt.Errorf("the window is a %T, not an X11 window", e)
	}
	outlive(v.Display)
	x.win = xproto.Window(v.Window)
	if x.mapped() {
		x.release()
	}
	err := xproto.ChangeWindowAttributesChecked(x.c, x.win, xproto.CwOverrideRedirect, []uint32{1}).Check()
	if err != nil {
		return fmt.Errorf("take the window from the window manager: %w", err)
	}
	if err := x.hint(); err != nil {
		return fmt.Errorf("set window hints: %w", err)
	}
	at := x.park(image.Pt(8, 8))
	x.configure(image.Rectangle{Min: at, Max: at.Add(image.Pt(8, 8))})
	if err := xproto.MapWindowChecked(x.c, x.win).Check(); err != nil {
		return fmt.Errorf("map the window: %w", err)
	}
	x.restore()
	return nil
}

func (x *x11) mapped() bool {
	a, err := xproto.GetWindowAttributes(x.c, x.win).Reply()
	return err == nil && a.MapState != xproto.MapStateUnmapped
}

// release withdraws the window from a manager that already got it (ICCCM 4.1.4). Mostly there is nothing to
// release: the toolkit's request to map the window still waits in its buffer when we hear of the window.
func (x *x11) release() {
	xproto.UnmapWindow(x.c, x.win)
	gone := xproto.UnmapNotifyEvent{Event: x.root, Window: x.win}
	xproto.SendEvent(x.c, false, x.root, xproto.EventMaskSubstructureNotify|xproto.EventMaskSubstructureRedirect, string(gone.Bytes()))
	x.until(func() bool {
		t, err := xproto.QueryTree(x.c, x.win).Reply()
		return err != nil || t.Parent == x.root
	})
}

// until waits a moment for the window manager, which answers at its own pace or not at all.
func (x *x11) until(done func() bool) {
	const limit, step = time.Second, 2 * time.Millisecond
	for end := time.Now().Add(limit); !done() && time.Now().Before(end); {
		time.Sleep(step)
	}
}

// hint sets what the Extended Window Manager Hints offer: above all, no task bar, no focus on map.
func (x *x11) hint() error {
	atoms := func(names ...string) []uint32 {
		all := make([]uint32, 0, len(names))
		for _, n := range names {
			all = append(all, uint32(x.atom(n)))
		}
		return all
	}
	const inputHint = 1
	return errors.Join(
		x.set("_NET_WM_WINDOW_TYPE", xproto.AtomAtom, atoms("_NET_WM_WINDOW_TYPE_NOTIFICATION", "_NET_WM_WINDOW_TYPE_UTILITY")),
		x.set("_NET_WM_STATE", xproto.AtomAtom, atoms("_NET_WM_STATE_ABOVE", "_NET_WM_STATE_SKIP_TASKBAR", "_NET_WM_STATE_SKIP_PAGER")),
		x.set("_NET_WM_USER_TIME", xproto.AtomCardinal, []uint32{0}),
		x.set("WM_HINTS", xproto.AtomWmHints, []uint32{inputHint, 0, 0, 0, 0, 0, 0, 0, 0}),
	)
}

func (x *x11) set(name string, kind xproto.Atom, values []uint32) error {
	data := make([]byte, 4*len(values))
	for i, v := range values {
		xgb.Put32(data[4*i:], v)
	}
	return xproto.ChangePropertyChecked(x.c, xproto.PropModeReplace, x.win, x.atom(name), kind, 32, uint32(len(values)), data).Check()
}

// atom is 0 when the server is gone, which the next request then tells.
func (x *x11) atom(name string) xproto.Atom {
	r, err := xproto.InternAtom(x.c, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0
	}
	return r.Atom
}

func (x *x11) move(r image.Rectangle) {
	x.cut(r.Size())
	x.configure(r)
}

func (x *x11) configure(r image.Rectangle) {
	xproto.ConfigureWindow(x.c, x.win,
		xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowWidth|xproto.ConfigWindowHeight|xproto.ConfigWindowStackMode,
		[]uint32{uint32(int32(r.Min.X)), uint32(int32(r.Min.Y)), uint32(r.Dx()), uint32(r.Dy()), xproto.StackModeAbove})
}

// cut rounds the corners of the window, since a window without a manager has no alpha to rely on.
func (x *x11) cut(size image.Point) {
	if !x.shaped || size == x.size {
		return
	}
	x.size = size
	radius := int(math.Round(float64(corner) * float64(size.X) / float64(wide)))
	rows := make([]xproto.Rectangle, 0, 2*radius+1)
	for y := range radius {
		d := float64(radius) - float64(y) - 0.5
		in := radius - int(math.Round(math.Sqrt(float64(radius*radius)-d*d)))
		row := xproto.Rectangle{X: int16(in), Y: int16(y), Width: uint16(size.X - 2*in), Height: 1}
		rows = append(rows, row)
		row.Y = int16(size.Y - 1 - y)
		rows = append(rows, row)
	}
	rows = append(rows, xproto.Rectangle{Y: int16(radius), Width: uint16(size.X), Height: uint16(size.Y - 2*radius)})
	shape.Rectangles(x.c, shape.SoSet, shape.SkBounding, xproto.ClipOrderingUnsorted, x.win, 0, 0, rows)
}

func (x *x11) focus() xproto.Window {
	f, err := xproto.GetInputFocus(x.c).Reply()
	if err != nil {
		return xproto.InputFocusNone
	}
	return f.Focus
}

func (x *x11) hasKeys() bool { return x.focus() == x.win }

func (x *x11) takeKeys() {
	if f := x.focus(); f != x.win {
		x.before = f
	}
	xproto.SetInputFocus(x.c, xproto.InputFocusPointerRoot, x.win, xproto.TimeCurrentTime)
}

// giveKeys leaves the keyboard alone when it went elsewhere in the meantime.
func (x *x11) giveKeys() {
	if x.hasKeys() {
		x.restore()
	}
}

// restore hands the keyboard to who had it before; when that window is gone, to whatever is under the pointer.
func (x *x11) restore() {
	if x.before == x.focus() {
		return
	}
	err := xproto.SetInputFocusChecked(x.c, xproto.InputFocusPointerRoot, x.before, xproto.TimeCurrentTime).Check()
	if err != nil {
		xproto.SetInputFocus(x.c, xproto.InputFocusPointerRoot, xproto.InputFocusPointerRoot, xproto.TimeCurrentTime)
	}
}
