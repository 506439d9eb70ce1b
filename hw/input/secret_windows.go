package input

import (
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	procGetGUIThreadInfo = user32.NewProc("GetGUIThreadInfo")
	procGetWindowLong    = user32.NewProc("GetWindowLongPtrW")
)

// threadInfo is GUITHREADINFO of the Windows API.
type threadInfo struct {
	size, flags                               uint32
	active, focus, capture, menu, move, caret uintptr
	caretAt                                   windows.Rect
}

// focused gives the control that would get a key now, 0 for none. The system knows it; no program is asked.
func focused() uintptr {
	info := threadInfo{}
	info.size = uint32(unsafe.Sizeof(info))
	_, _, _ = procGetGUIThreadInfo.Call(0, uintptr(unsafe.Pointer(&info)))
	return info.focus
}

// secret says that a key now would go into a field for a password. Digits typed there are nobody's scan.
func (k *keyboard) secret() bool {
	const style, password = ^uintptr(15), 0x20 // GWL_STYLE, -16; ES_PASSWORD
	field := focused()
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
