package desktop

import (
	"context"
	"errors"
	"fmt"

	"github.com/jezek/xgb/xproto"
)

// Mishaps calls sink with what befalls the desktop until ctx ends. X11 tells of screens and of their scaling;
// a locked screen is a program with a grab, which it tells nobody of.
func (d *Desktop) Mishaps(ctx context.Context, sink func(Befallen)) error {
	x, err := Dial()
	if err != nil {
		return err
	}
	defer x.Close()
	root := xproto.Setup(x).DefaultScreen(x).Root
	mask := uint32(xproto.EventMaskStructureNotify | xproto.EventMaskPropertyChange)
	if err := xproto.ChangeWindowAttributesChecked(x, root, xproto.CwEventMask, []uint32{mask}).Check(); err != nil {
		return fmt.Errorf("watch the screens: %w", err)
	}
	g, err := xproto.GetGeometry(x, xproto.Drawable(root)).Reply()
	if err != nil {
		return fmt.Errorf("watch the screens: %w", err)
	}
	width, height := g.Width, g.Height
	defer context.AfterFunc(ctx, x.Close)()
	for {
		ev, err := x.WaitForEvent()
		if ev == nil && err == nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.New("watch the screens: the display closed the connection")
		}
		switch ev := ev.(type) {
		case xproto.ConfigureNotifyEvent:
			if ev.Window == root && (ev.Width != width || ev.Height != height) {
				width, height = ev.Width, ev.Height
				sink(Befallen{Mishap: Screens})
			}
		case xproto.PropertyNotifyEvent:
			if ev.Atom == xproto.AtomResourceManager { // where desktops write Xft.dpi
				sink(Befallen{Mishap: Scaling})
			}
		}
	}
}
