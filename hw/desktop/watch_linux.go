package desktop

import (
	"context"
	"fmt"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgbutil/xprop"
)

// Watch calls sink with the window in front, at once and whenever another comes to the front or its
// title changes, until ctx ends; the zero Window means that none is. Between changes it sleeps. It
// listens on a connection of its own, so sink may take its time and may use d.
func (d *Desktop) Watch(ctx context.Context, sink func(Window)) error {
	own, err := Open()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, own.Close)()
	defer own.Close()
	active, err := xprop.Atm(own.x, "_NET_ACTIVE_WINDOW")
	if err != nil {
		return fmt.Errorf("watch windows: %w", err)
	}
	name, err := xprop.Atm(own.x, "_NET_WM_NAME")
	if err != nil {
		return fmt.Errorf("watch windows: %w", err)
	}
	if err := own.listenTo(own.root, xproto.EventMaskPropertyChange); err != nil {
		return fmt.Errorf("watch windows: %w", err)
	}
	seen := own.front(ctx, 0)
	sink(seen)
	for {
		ev, xerr := own.c.WaitForEvent()
		if ev == nil && xerr == nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("watch windows: the display is gone")
		}
		change, ok := ev.(xproto.PropertyNotifyEvent)
		if !ok || change.Atom != active && change.Atom != name && change.Atom != xproto.AtomWmName {
			continue
		}
		if now := own.front(ctx, seen.ID); now.ID != seen.ID || now.Title != seen.Title {
			seen = now
			sink(now)
		}
	}
}

// front gives the window in front and moves the ear for title changes from the one before to it.
func (d *Desktop) front(ctx context.Context, before uintptr) Window {
	w, _ := d.Active(ctx) // none is a fact, not a failure
	if w.ID == before {
		return w
	}
	if before != 0 {
		_ = d.listenTo(xproto.Window(before), 0) // it may be gone
	}
	if w.ID != 0 {
		_ = d.listenTo(xproto.Window(w.ID), xproto.EventMaskPropertyChange) // it may have gone meanwhile
		if again, err := d.Active(ctx); err == nil && again.ID == w.ID {
			w = again // the title may have changed before we listened
		}
	}
	return w
}

func (d *Desktop) listenTo(w xproto.Window, mask uint32) error {
	return xproto.ChangeWindowAttributesChecked(d.c, w, xproto.CwEventMask, []uint32{mask}).Check()
}
