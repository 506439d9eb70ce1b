package desktop

import "image"

var (
	procWindowFromPoint = user32.NewProc("WindowFromPoint")
	procGetAncestor     = user32.NewProc("GetAncestor")
)

// Shows says that a point of the desktop (in px) belongs to the window: nothing lies over it there.
func (d *Desktop) Shows(id uintptr, p image.Point) bool {
	const root = 2 // GA_ROOT
	// POINT travels by value, in one register: x low, y high.
	at := uintptr(uint32(int32(p.X))) | uintptr(uint32(int32(p.Y)))<<32
	over, _, _ := procWindowFromPoint.Call(at)
	top, _, _ := procGetAncestor.Call(over, root)
	return over != 0 && top == id
}
