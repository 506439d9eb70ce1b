package desktop

import (
	"context"
	"fmt"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// waitForManager returns once a window manager announces itself by _NET_SUPPORTING_WM_CHECK on the root
// window (Extended Window Manager Hints).
func (v *Virtual) waitForManager(ctx context.Context) error {
	x, err := xgb.NewConnDisplay(v.Display)
	if err != nil {
		return fmt.Errorf("open display %s: %w", v.Display, err)
	}
	defer x.Close()
	const name = "_NET_SUPPORTING_WM_CHECK"
	atom, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply()
	if err != nil {
		return fmt.Errorf("open display %s: %w", v.Display, err)
	}
	root := xproto.Setup(x).DefaultScreen(x).Root
	for range 400 {
		p, err := xproto.GetProperty(x, false, root, atom.Atom, xproto.AtomWindow, 0, 1).Reply()
		if err == nil && p.ValueLen > 0 {
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
