package input

import (
	"context"
	"fmt"
	"image"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/keys"
	"cpos/hw/desktop"
)

var (
	procGetCursorPos    = user32.NewProc("GetCursorPos")
	procSetCursorPos    = user32.NewProc("SetCursorPos")
	procWindowFromPoint = user32.NewProc("WindowFromPoint")
	procGetAncestor     = user32.NewProc("GetAncestor")
	procClientToScreen  = user32.NewProc("ClientToScreen")
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
	var err error
	if failed := k.call(ctx, func() { err = k.clickNow(w.ID, p) }); failed != nil {
		return failed
	}
	return err
}

func (k *keyboard) clickNow(window uintptr, p image.Point) error {
	const leftDown, leftUp = 0x0002, 0x0004
	if modifierHeld() {
		return keys.ErrModifiers
	}
	at := struct{ x, y int32 }{int32(p.X), int32(p.Y)} // the window may have moved since it was looked at
	if ok, _, _ := procClientToScreen.Call(window, uintptr(unsafe.Pointer(&at))); ok == 0 {
		return keys.ErrNoWindow
	}
	is := at
	_, _, _ = procSetCursorPos.Call(uintptr(at.x), uintptr(at.y))
	_, _, _ = procGetCursorPos.Call(uintptr(unsafe.Pointer(&is)))
	if is != at {
		return fmt.Errorf("the pointer stayed at %d,%d", is.x, is.y)
	}
	if k.block.mouse == 0 {
		if err := k.hookMouse(); err != nil {
			return err
		}
		defer k.unhookMouse()
	}
	k.own.begin(window)
	all := []mouseInput{{flags: leftDown, extra: tagOwn}, {flags: leftUp, extra: tagOwn}}
	k.sending = true
	sent, _, _ := procSendInput.Call(uintptr(len(all)), uintptr(unsafe.Pointer(&all[0])), unsafe.Sizeof(all[0]))
	k.sending = false
	k.catchUp()
	switch {
	case int(sent) != len(all):
		return errRefused
	case k.own.stopped:
		return keys.ErrNotInFront
	}
	return nil
}

// keepsClick says whether a button of ours is kept from the window under the pointer.
func (o *ownKeys) keepsClick(m *mouseEvent, what uintptr) bool {
	const down = 0x0201 // WM_LBUTTONDOWN
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
