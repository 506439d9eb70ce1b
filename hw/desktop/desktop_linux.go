package desktop

import (
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/res"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgbutil"
	"github.com/jezek/xgbutil/ewmh"
	"github.com/jezek/xgbutil/icccm"

	"cpos/engine/keys"
)

// Desktop is a connection to the X display of $DISPLAY. Its methods may be called by many goroutines.
type Desktop struct {
	x       *xgbutil.XUtil
	c       *xgb.Conn
	root    xproto.Window
	clients bool // the server can tell which process owns a window (X-Resource 1.2)
}

// silence keeps the X libraries from writing to standard error. Their loggers are theirs and shared by
// the process; SetOutput is safe beside running connections, replacing the logger would not be.
var silence = sync.OnceFunc(func() {
	xgb.Logger.SetOutput(io.Discard)
	xgbutil.Logger.SetOutput(io.Discard)
})

// Dial connects to $DISPLAY for a device room that needs X itself. The caller closes it.
func Dial() (*xgb.Conn, error) {
	silence()
	name := os.Getenv("DISPLAY")
	if name == "" {
		return nil, fmt.Errorf("%w: DISPLAY is not set", keys.ErrNoDisplay)
	}
	c, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("%w: open display %q: %w", keys.ErrNoDisplay, name, err)
	}
	return c, nil
}

// Open connects to the desktop. Where there is none the error is keys.ErrNoDisplay with the reason.
func Open() (*Desktop, error) {
	c, err := Dial()
	if err != nil {
		return nil, err
	}
	x, err := xgbutil.NewConnXgb(c)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("%w: %w", keys.ErrNoDisplay, err)
	}
	d := &Desktop{x: x, c: c, root: x.RootWin()}
	if err := res.Init(c); err == nil {
		v, err := res.QueryVersion(c, 1, 2).Reply()
		d.clients = err == nil && (v.ServerMajor > 1 || v.ServerMinor >= 2)
	}
	return d, nil
}

// Close ends the connection.
func (d *Desktop) Close() { d.c.Close() }

// Windows lists the top-level windows of all programs, the one nearest to the front first.
func (d *Desktop) Windows(ctx context.Context) ([]Window, error) {
	ids, err := ewmh.ClientListStackingGet(d.x)
	if err != nil {
		if ids, err = d.unmanaged(); err != nil {
			return nil, fmt.Errorf("list windows: %w", err)
		}
	}
	active := d.activeID()
	all := make([]Window, 0, len(ids))
	for i := len(ids) - 1; i >= 0; i-- {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if w, ok := d.window(ids[i], active); ok {
			all = append(all, w)
		}
	}
	return all, nil
}

// unmanaged lists windows where no window manager keeps a list: the mapped children of the root.
func (d *Desktop) unmanaged() ([]xproto.Window, error) {
	tree, err := xproto.QueryTree(d.c, d.root).Reply()
	if err != nil {
		return nil, err
	}
	var all []xproto.Window
	for _, id := range tree.Children {
		a, err := xproto.GetWindowAttributes(d.c, id).Reply()
		if err == nil && a.MapState == xproto.MapStateViewable && a.Class == xproto.WindowClassInputOutput {
			all = append(all, id)
		}
	}
	return all, nil
}

// Active gives the window in front, or keys.ErrNoWindow.
func (d *Desktop) Active(context.Context) (Window, error) {
	id := d.activeID()
	if id == 0 {
		return Window{}, keys.ErrNoWindow
	}
	w, ok := d.window(id, id)
	if !ok {
		return Window{}, keys.ErrNoWindow
	}
	return w, nil
}

// activeID asks the window manager which window is in front; without one, it is the child of the root
// that has the keyboard. 0 means none.
func (d *Desktop) activeID() xproto.Window {
	if id, err := ewmh.ActiveWindowGet(d.x); err == nil {
		return id
	}
	path := FocusPath(d.c)
	if _, err := ewmh.SupportingWmCheckGet(d.x, d.root); err == nil || len(path) < 2 {
		return 0
	}
	return path[len(path)-2]
}

// HasKeyboard says that typed keys go to this window now: it is the focus, or the focus lies inside it.
func (d *Desktop) HasKeyboard(id uintptr) bool {
	for _, w := range FocusPath(d.c) {
		if w == xproto.Window(id) {
			return true
		}
	}
	return false
}

// FocusPath gives the window that has the keyboard and all windows around it, outward to the root. It
// is empty when nothing has it.
func FocusPath(c *xgb.Conn) []xproto.Window {
	focus, err := xproto.GetInputFocus(c).Reply()
	if err != nil || focus.Focus <= xproto.InputFocusPointerRoot {
		return nil
	}
	const deepest = 64
	path := []xproto.Window{focus.Focus}
	for w := focus.Focus; len(path) < deepest; {
		tree, err := xproto.QueryTree(c, w).Reply()
		if err != nil || tree.Parent == 0 {
			break
		}
		w = tree.Parent
		path = append(path, w)
	}
	return path
}

// raise asks the window manager as a pager does (source indication 2), which is not refused as a program
// that pushes itself forward would be.
func (d *Desktop) raise(id uintptr) error {
	if err := ewmh.ActiveWindowReqExtra(d.x, xproto.Window(id), 2, 0, 0); err != nil {
		return err
	}
	if _, err := ewmh.SupportingWmCheckGet(d.x, d.root); err == nil {
		return nil
	}
	return xproto.SetInputFocusChecked(d.c, xproto.InputFocusParent, xproto.Window(id), 0).Check()
}

// window reads what there is to know about one window. It is false when the window is gone.
func (d *Desktop) window(id, active xproto.Window) (Window, bool) {
	geometry, err := xproto.GetGeometry(d.c, xproto.Drawable(id)).Reply()
	if err != nil {
		return Window{}, false
	}
	at, err := xproto.TranslateCoordinates(d.c, id, d.root, 0, 0).Reply()
	if err != nil {
		return Window{}, false
	}
	w := Window{ID: uintptr(id), Active: id == active, DPI: d.dpi()}
	w.Client = image.Rect(0, 0, int(geometry.Width), int(geometry.Height)).Add(image.Pt(int(at.DstX), int(at.DstY)))
	if w.Title, err = ewmh.WmNameGet(d.x, id); err != nil || w.Title == "" {
		w.Title, _ = icccm.WmNameGet(d.x, id) // a window may have no name at all
	}
	if class, err := icccm.WmClassGet(d.x, id); err == nil {
		w.Class, w.Instance = class.Class, class.Instance
	}
	w.PID = d.pid(id)
	w.Exe = exe(w.PID)
	return w, true
}

// pid asks the window, then the server: not every program sets _NET_WM_PID.
func (d *Desktop) pid(id xproto.Window) int {
	if pid, err := ewmh.WmPidGet(d.x, id); err == nil {
		return int(pid)
	}
	if !d.clients {
		return 0
	}
	spec := []res.ClientIdSpec{{Client: uint32(id), Mask: res.ClientIdMaskLocalClientPID}}
	reply, err := res.QueryClientIds(d.c, 1, spec).Reply()
	if err != nil || len(reply.Ids) == 0 || len(reply.Ids[0].Value) == 0 {
		return 0
	}
	return int(reply.Ids[0].Value[0])
}

// exe names the program of a process, or is empty for one that may not be looked at.
func exe(pid int) string {
	if pid <= 0 {
		return ""
	}
	if path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil {
		return filepath.Base(strings.TrimSuffix(path, " (deleted)"))
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}

// dpi reads Xft.dpi of the resource database, which desktops set to their scaling; 96 otherwise.
func (d *Desktop) dpi() int {
	const unscaled = 96
	p, err := xproto.GetProperty(d.c, false, d.root, xproto.AtomResourceManager, xproto.AtomString, 0, 1<<16).Reply()
	if err != nil {
		return unscaled
	}
	for line := range strings.Lines(string(p.Value)) {
		if value, ok := strings.CutPrefix(line, "Xft.dpi:"); ok {
			if n, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && n >= 48 && n <= 768 {
				return int(n)
			}
		}
	}
	return unscaled
}

// awake has nothing to wait for: the display delivers keys behind the news that the window is in front.
func (d *Desktop) awake(uintptr) {}

// Extend makes an extension's requests known to a connection. The Init of its package would write its events
// into a table of all connections, which others may be reading.
func Extend(c *xgb.Conn, name string) error {
	reply, err := xproto.QueryExtension(c, uint16(len(name)), name).Reply()
	if err != nil {
		return err
	}
	if !reply.Present {
		return fmt.Errorf("the display has no extension %s", name)
	}
	c.ExtLock.Lock()
	defer c.ExtLock.Unlock()
	c.Extensions[name] = reply.MajorOpcode
	return nil
}
