package input

import (
	"context"
	"fmt"
	"image"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/keys"
	"cpos/hw/desktop"
)

var (
	procGetCursorPos     = user32.NewProc("GetCursorPos")
	procGetSystemMetrics = user32.NewProc("GetSystemMetrics")
	procSetCursorPos     = user32.NewProc("SetCursorPos")
	procWindowFromPoint  = user32.NewProc("WindowFromPoint")
	procGetAncestor      = user32.NewProc("GetAncestor")
	procClientToScreen   = user32.NewProc("ClientToScreen")
)

// mouseInput is INPUT of the Windows API holding a MOUSEINPUT.
type mouseInput struct {
	kind              uint32
	_                 uint32 // the union begins on a multiple of eight
	x, y              int32
	data, flags, time uint32
	extra             uintptr
}

// click presses the left button at a point of a window's client area. Our own hook looks once more, when the
// button goes down, whether that window is in front and nothing lies over the point.
func (k *keyboard) click(ctx context.Context, w desktop.Window, p image.Point) error {
	if desktop.Above(w.ID) {
		return ErrAbove
	}
	at := p.Add(w.Client.Min)
	_, _, _ = procSetCursorPos.Call(uintptr(at.X), uintptr(at.Y))
	time.Sleep(pointerRest)
	var err error
	if failed := k.call(ctx, func() { err = k.clickNow(w.ID, p) }); failed != nil {
		return failed
	}
	return err
}

// pointerRest is how long the pointer rests before the button goes down: the system may still be carrying out
// an earlier move of it.
const pointerRest = 15 * time.Millisecond

func (k *keyboard) clickNow(window uintptr, p image.Point) error {
	const leftDown, leftUp = 0x0002, 0x0004
	if modifiersHeld() != 0 {
		return keys.ErrModifiers
	}
	at := struct{ x, y int32 }{int32(p.X), int32(p.Y)} // the window may have moved since it was looked at
	if ok, _, _ := procClientToScreen.Call(window, uintptr(unsafe.Pointer(&at))); ok == 0 {
		return keys.ErrNoWindow
	}
	if k.block.mouse == 0 {
		if err := k.hookMouse(); err != nil {
			return err
		}
		defer k.unhookMouse()
	}
	to := pointerAt(at.x, at.y)
	const tries = 5 // a mouse that is being moved takes the pointer along
	for range tries {
		_, _, _ = procSetCursorPos.Call(uintptr(at.x), uintptr(at.y))
		k.own.begin(window)
		k.own.x, k.own.y = at.x, at.y
		all := []mouseInput{to, to}
		all[0].flags |= leftDown
		all[1].flags |= leftUp
		k.sending = true
		sent, _, _ := procSendInput.Call(uintptr(len(all)), uintptr(unsafe.Pointer(&all[0])), unsafe.Sizeof(all[0]))
		k.sending = false
		k.catchUp()
		switch {
		case int(sent) != len(all):
			return errRefused
		case !k.own.stopped:
			k.let(window, 1, 0)
			return stayed(at.x, at.y)
		case !k.own.strayed:
			return keys.ErrNotInFront
		}
	}
	return fmt.Errorf("the pointer does not stay at %d,%d: %w", at.x, at.y, keys.ErrModifiers)
}

// stayed says whether the pointer is still where the click was; if not, nobody can tell what it hit.
func stayed(x, y int32) error {
	var is struct{ x, y int32 }
	_, _, _ = procGetCursorPos.Call(uintptr(unsafe.Pointer(&is)))
	if max(is.x-x, x-is.x, is.y-y, y-is.y) > 1 {
		return keys.ErrMoved
	}
	return nil
}

// pointerAt is the part of a click that says where: on a grid of 65,536 by 65,536 over all screens.
func pointerAt(x, y int32) mouseInput {
	const (
		move, absolute, allScreens = 0x0001, 0x8000, 0x4000 // MOUSEEVENTF_*
		left, top, width, height   = 76, 77, 78, 79         // SM_*VIRTUALSCREEN
	)
	metric := func(which uintptr) int64 { n, _, _ := procGetSystemMetrics.Call(which); return int64(int32(n)) }
	grid := func(at, from, size int64) int32 { return int32(((at-from)*65536 + size - 1) / max(size, 1)) }
	return mouseInput{x: grid(int64(x), metric(left), metric(width)), y: grid(int64(y), metric(top), metric(height)),
		flags: move | absolute | allScreens, extra: tagOwn}
}

// keepsClick says whether a button of ours is kept from the window under the pointer.
func (o *ownKeys) keepsClick(m *mouseEvent, what uintptr) bool {
	const down = 0x0201 // WM_LBUTTONDOWN
	if off := max(m.x-o.x, o.x-m.x, m.y-o.y, o.y-m.y); what == down && off > 1 {
		o.stopped, o.strayed = true, true
	}
	if what == down && (uintptr(windows.GetForegroundWindow()) != o.guard || rootAt(m.x, m.y) != o.guard) {
		o.stopped = true
	}
	return o.stopped
}

// rootAt gives the top-level window at a point of the desktop.
func rootAt(x, y int32) uintptr {
	const root = 2 // GA_ROOT
	// POINT travels by value, in one register: x low, y high.
	over, _, _ := procWindowFromPoint.Call(uintptr(uint32(x)) | uintptr(uint32(y))<<32)
	top, _, _ := procGetAncestor.Call(over, root)
	return top
}
