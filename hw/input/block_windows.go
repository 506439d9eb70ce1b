package input

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/keys"
)

var _ keys.Blocker = (*Device)(nil)

// Block keeps the cashier's own keys and clicks from every program. It is done by our own hooks, which the
// system takes away when this program ends, and not by BlockInput, which needs an administrator.
func (d *Device) Block(ctx context.Context, most time.Duration) (release func(), err error) {
	var failed error
	err = d.board.call(ctx, func() { failed = d.board.blockNow(most) })
	if err = errors.Join(err, failed); err != nil {
		return nil, fmt.Errorf("block keyboard and mouse: %w", err)
	}
	return sync.OnceFunc(func() {
		_ = d.board.call(context.Background(), d.board.free) // a keyboard that has ended has let go
	}), nil
}

var errBlocked = errors.New("they are blocked already")

// block is how long nothing of the cashier's reaches a program, and the hook that keeps the mouse away. The
// mouse is hooked only then: every move of it would wait for us.
type block struct {
	till  time.Time
	mouse uintptr
}

func (b *block) on() bool { return !b.till.IsZero() }

func (k *keyboard) blockNow(most time.Duration) error {
	if k.block.on() {
		return errBlocked
	}
	if err := k.hookMouse(); err != nil {
		return err
	}
	k.block.till = time.Now().Add(most)
	k.wind()
	return nil
}

// endBlock ends a block whose time is over.
func (k *keyboard) endBlock(now time.Time) {
	if k.block.on() && !now.Before(k.block.till) {
		k.free()
	}
}

// free ends a block. Keys that are still down from it come up for nobody.
func (k *keyboard) free() {
	if !k.block.on() {
		return
	}
	k.block.till = time.Time{}
	k.unhookMouse()
	k.wind()
}

// hearHotkey tells a hot-key that was pressed while keys are kept from the system, which would tell it.
func (k *keyboard) hearHotkey(vk uint16, repeat bool) {
	if repeat {
		return
	}
	mods := k.mods()
	for _, h := range k.hot {
		if virtualKeys[h.chord.Key].vk == vk && h.chord.Mods == mods {
			k.tell(keys.Event{Kind: keys.HeardHotkey, Name: h.name, At: time.Now()})
		}
	}
}

// mods gives the modifiers that are physically down.
func (k *keyboard) mods() (mods keys.Mods) {
	for vk := range k.down {
		switch vk {
		case vkShift, 0xA0, 0xA1:
			mods |= keys.Shift
		case vkControl, 0xA2, 0xA3:
			mods |= keys.Ctrl
		case vkMenu, 0xA4, 0xA5:
			mods |= keys.Alt
		case vkLeftWin, vkRightWin:
			mods |= keys.Super
		}
	}
	return mods
}

// mouseEvent is MSLLHOOKSTRUCT of the Windows API.
type mouseEvent struct {
	x, y              int32
	data, flags, time uint32
	extra             uintptr
}

func (k *keyboard) hookMouse() error {
	const lowLevel = 14 // WH_MOUSE_LL
	if k.mouseProc == 0 {
		k.mouseProc = windows.NewCallback(k.heardMouse) // never freed, so made once
	}
	hook, _, err := procSetWindowsHook.Call(lowLevel, k.mouseProc, 0, 0)
	if hook == 0 {
		return fmt.Errorf("listen to the mouse: %w", err)
	}
	k.block.mouse = hook
	return nil
}

func (k *keyboard) unhookMouse() {
	_, _, _ = procUnhookWindowsHook.Call(k.block.mouse)
	k.block.mouse = 0
}

// heardMouse hears every click and move while the mouse is hooked.
func (k *keyboard) heardMouse(code int32, what uintptr, m *mouseEvent) uintptr {
	const (
		action = 0      // HC_ACTION
		move   = 0x0200 // WM_MOUSEMOVE
	)
	if code == action && what != move {
		switch {
		case m.extra == tagOwn && k.sending:
			if k.own.keepsClick(m, what) {
				return 1
			}
		case k.block.on():
			return 1
		}
	}
	next, _, _ := procCallNextHook.Call(0, uintptr(code), what, uintptr(unsafe.Pointer(m)))
	return next
}
