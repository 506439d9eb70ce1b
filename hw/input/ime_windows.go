package input

import (
	"strconv"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	procDefaultIME        = windows.NewLazySystemDLL("imm32.dll").NewProc("ImmGetDefaultIMEWnd")
	procEnumThreadWindows = user32.NewProc("EnumThreadWindows")
)

// openMethodOf names the input method of a window by its window, if it is open; "" otherwise.
func openMethodOf(window uintptr) string {
	method := methodWindow(window)
	if method == 0 || imeControl(method, imeGetOpen, 0, imeLimit) == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(method), 10)
}

// openMethod opens or closes an input method that openMethodOf named.
func openMethod(method string, open bool) {
	n, err := strconv.ParseUint(method, 10, 64)
	if err != nil {
		return
	}
	if open {
		imeControl(uintptr(n), imeSetOpen, 1, time.Second) // whoever hangs does not stay without it
		return
	}
	imeControl(uintptr(n), imeSetOpen, 0, imeLimit)
}

// methodWindow gives the window through which the input method of a window is spoken to, 0 for none. Windows keeps
// one for each thread that has windows; where it is told of our own program's only, it is looked for by its class.
func methodWindow(window uintptr) uintptr {
	if procDefaultIME.Find() == nil {
		if method, _, _ := procDefaultIME.Call(window); method != 0 {
			return method
		}
	}
	thread, err := windows.GetWindowThreadProcessId(windows.HWND(window), nil)
	if err != nil {
		return 0
	}
	var found uintptr
	_, _, _ = procEnumThreadWindows.Call(uintptr(thread), methodFound(), uintptr(unsafe.Pointer(&found)))
	return found
}

// methodFound is made once: Windows callbacks are never freed.
var methodFound = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(hwnd uintptr, found *uintptr) uintptr {
		var class [8]uint16
		if n, err := windows.GetClassName(windows.HWND(hwnd), &class[0], int32(len(class))); err != nil || windows.UTF16ToString(class[:n]) != "IME" {
			return 1
		}
		*found = hwnd
		return 0
	})
})

// What an input method's window can be told (imm.h).
const (
	imeGetOpen = 0x0005 // IMC_GETOPENSTATUS
	imeSetOpen = 0x0006 // IMC_SETOPENSTATUS
)

// imeLimit is how long a plan waits for a program's input method: no longer than a hand would notice.
const imeLimit = 50 * time.Millisecond

func imeControl(method, what, value uintptr, limit time.Duration) (answer uintptr) {
	const control, abortIfHung = 0x0283, 0x0002 // WM_IME_CONTROL, SMTO_ABORTIFHUNG
	_, _, _ = procSendMessage.Call(method, control, what, value, abortIfHung, uintptr(limit.Milliseconds()), uintptr(unsafe.Pointer(&answer)))
	return answer
}
