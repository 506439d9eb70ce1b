package desktop

import (
	"context"
	"fmt"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// waitForManager returns once the window manager looks after windows. Openbox announces itself a moment
// before it listens, and a window shown in that moment is never seen again; so one of ours goes first.
func (v *Virtual) waitForManager(ctx context.Context) error {
	silence()
	x, err := xgb.NewConnDisplay(v.Display)
	if err != nil {
		return fmt.Errorf("open display %s: %w", v.Display, err)
	}
	defer x.Close()
	managed, err := probe(x)
	if err != nil {
		return fmt.Errorf("open display %s: %w", v.Display, err)
	}
	for range 400 {
		if managed() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
	return fmt.Errorf("start virtual display: no window manager on %s after 10 s", v.Display)
}

// probe makes a window of one pixel. The function it gives shows the window, again if need be, and says
// whether a window manager took it: then it carries WM_STATE (ICCCM 4.1.3.1). It goes with the connection.
func probe(x *xgb.Conn) (managed func() bool, err error) {
	const name = "WM_STATE"
	state, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply()
	if err != nil {
		return nil, err
	}
	w, err := xproto.NewWindowId(x)
	if err != nil {
		return nil, err
	}
	root := xproto.Setup(x).DefaultScreen(x).Root
	if err := xproto.CreateWindowChecked(x, xproto.WindowClassCopyFromParent, w, root, 0, 0, 1, 1, 0,
		xproto.WindowClassInputOutput, 0, 0, nil).Check(); err != nil {
		return nil, err
	}
	return func() bool {
		p, err := xproto.GetProperty(x, false, w, state.Atom, xproto.GetPropertyTypeAny, 0, 2).Reply()
		if err == nil && p.ValueLen > 0 {
			return true
		}
		xproto.MapWindow(x, w)
		return false
	}, nil
}
