package input

import (
	"strings"

	"golang.org/x/sys/windows"

	"cpos/hw/desktop"
)

var procGetWindowLong = user32.NewProc("GetWindowLongPtrW")

// secret says that a key now would go into a field for a password. Digits typed there are nobody's scan.
func (k *keyboard) secret() bool {
	const style, password = ^uintptr(15), 0x20 // GWL_STYLE, -16; ES_PASSWORD
	field := desktop.Focused()
	if field == 0 {
		return false
	}
	var class [64]uint16
	n, err := windows.GetClassName(windows.HWND(field), &class[0], int32(len(class)))
	if err != nil || !strings.Contains(strings.ToLower(windows.UTF16ToString(class[:n])), "edit") {
		return false
	}
	bits, _, _ := procGetWindowLong.Call(field, style)
	return bits&password != 0
}
