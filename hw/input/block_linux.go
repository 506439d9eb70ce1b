package input

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"cpos/engine/keys"
)

var _ keys.Blocker = (*Device)(nil)

// Block keeps the cashier's own keys and clicks from every program.
func (d *Device) Block(ctx context.Context, most time.Duration) (release func(), err error) {
	if err := d.whenFree(ctx, func() error { return d.board.block(ctx, most) }); err != nil {
		return nil, fmt.Errorf("block keyboard and mouse: %w", err)
	}
	return sync.OnceFunc(d.board.free), nil
}

var errBlocked = errors.New("they are blocked already")

// block takes the whole keyboard and mouse for a while. Where another program holds one of them, because
// a menu is open or a button held, it gives keys.ErrModifiers: it may be let go.
func (k *keyboard) block(ctx context.Context, most time.Duration) error {
	var err error
	failed := k.call(ctx, func() { err = k.blockNow(most) })
	return errors.Join(failed, err)
}

func (k *keyboard) blockNow(most time.Duration) error {
	if !k.blocked.IsZero() {
		return errBlocked
	}
	k.watchdog.Reset(most + hungAfter)
	keyboard, err := xproto.GrabKeyboard(k.x, false, k.root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
	if err == nil && keyboard.Status != xproto.GrabStatusSuccess {
		err = fmt.Errorf("another program holds the keyboard: %w", keys.ErrModifiers)
	}
	if err != nil {
		k.watchdog.Stop()
		return err
	}
	pointer, err := k.grabPointer().Reply()
	if err == nil && pointer.Status != xproto.GrabStatusSuccess {
		err = fmt.Errorf("another program holds the mouse: %w", keys.ErrModifiers)
	}
	if err != nil {
		k.watchdog.Stop()
		xproto.UngrabKeyboard(k.x, xproto.TimeCurrentTime)
		return err
	}
	k.grabbed, k.blocked = true, time.Now().Add(most)
	return nil
}

func (k *keyboard) grabPointer() xproto.GrabPointerCookie {
	return xproto.GrabPointer(k.x, false, k.root, 0, xproto.GrabModeAsync, xproto.GrabModeAsync, xproto.WindowNone,
		xproto.CursorNone, xproto.TimeCurrentTime)
}

// free ends a block. When it returns the keyboard and the mouse are everybody's again.
func (k *keyboard) free() {
	_ = k.call(context.Background(), func() { k.unblock(); k.x.Sync() }) // a keyboard that has ended has let go
}

func (k *keyboard) unblock() {
	k.blocked = time.Time{}
	xproto.UngrabPointer(k.x, xproto.TimeCurrentTime)
	if k.grabbed && !k.ear.busy() {
		k.grabAll(false)
	}
}

// listens says that a key that came is for the ear: while input is blocked all keys come.
func (k *keyboard) listens() bool {
	return k.blocked.IsZero() || k.ear.busy() || k.armed.Scan && k.front
}

// layoutGroups is the display's way of having two layouts, one of which is in use. A key is sent in the one
// in which it was found.
type layoutGroups struct {
	opcode byte // of the extension; 0 where there is none
}

// Requests of the X Keyboard Extension (XKBproto 1.0), which the library does not have.
const (
	xkbUse       = 0
	xkbLatchLock = 5
	xkbCore      = 0x100 // the keyboard that everybody types on
)

func useGroups(x *xgb.Conn) layoutGroups {
	const name = "XKEYBOARD"
	e, err := xproto.QueryExtension(x, uint16(len(name)), name).Reply()
	if err != nil || !e.Present {
		return layoutGroups{}
	}
	buf := make([]byte, 8)
	buf[0], buf[1] = e.MajorOpcode, xkbUse
	xgb.Put16(buf[2:], 2)
	xgb.Put16(buf[4:], 1) // version 1.0
	cookie := x.NewCookie(true, true)
	x.NewRequest(buf, cookie)
	reply, err := cookie.Reply()
	if err != nil || len(reply) < 2 || reply[1] == 0 {
		return layoutGroups{}
	}
	return layoutGroups{e.MajorOpcode}
}

// groupOf gives the layout in use (XKBproto 2.2: bits 13 and 14 of a state).
func groupOf(state uint16) byte { return byte(state >> 13 & 3) }

// put puts a layout in force if another one is, and gives what puts that back.
func (g layoutGroups) put(x *xgb.Conn, group byte, state uint16) (back func()) {
	now := groupOf(state)
	if g.opcode == 0 || group == now {
		return func() {}
	}
	g.lock(x, group)
	return func() { g.lock(x, now) }
}

func (g layoutGroups) lock(x *xgb.Conn, group byte) {
	buf := make([]byte, 16)
	buf[0], buf[1] = g.opcode, xkbLatchLock
	xgb.Put16(buf[2:], 4)
	xgb.Put16(buf[4:], xkbCore)
	buf[8], buf[9] = 1, group
	x.NewRequest(buf, x.NewCookie(false, false))
}
