package desktop

import (
	"context"
	"fmt"
	"image"
	"path/filepath"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/keys"
)

var (
	user32                        = windows.NewLazySystemDLL("user32.dll")
	procAttachThreadInput         = user32.NewProc("AttachThreadInput")
	procBringWindowToTop          = user32.NewProc("BringWindowToTop")
	procClientToScreen            = user32.NewProc("ClientToScreen")
	procDispatchMessage           = user32.NewProc("DispatchMessageW")
	procGetClientRect             = user32.NewProc("GetClientRect")
	procGetDpiForWindow           = user32.NewProc("GetDpiForWindow")
	procGetGUIThreadInfo          = user32.NewProc("GetGUIThreadInfo")
	procGetMessage                = user32.NewProc("GetMessageW")
	procGetSystemMetrics          = user32.NewProc("GetSystemMetrics")
	procGetWindowText             = user32.NewProc("InternalGetWindowText")
	procIsIconic                  = user32.NewProc("IsIconic")
	procPeekMessage               = user32.NewProc("PeekMessageW")
	procPostThreadMessage         = user32.NewProc("PostThreadMessageW")
	procSendMessageTimeout        = user32.NewProc("SendMessageTimeoutW")
	procKillTimer                 = user32.NewProc("KillTimer")
	procSetTimer                  = user32.NewProc("SetTimer")
	procSetForegroundWindow       = user32.NewProc("SetForegroundWindow")
	procSetProcessDpiAwarenessCtx = user32.NewProc("SetProcessDpiAwarenessContext")
	procSetWinEventHook           = user32.NewProc("SetWinEventHook")
	procShowWindow                = user32.NewProc("ShowWindow")
	procUnhookWinEvent            = user32.NewProc("UnhookWinEvent")
)

// Desktop is the interactive desktop of this session. Its methods may be called by many goroutines.
type Desktop struct{}

// awareness asks once for true pixels, whatever the scaling of each screen: without it Windows would
// give coordinates of a screen that does not exist.
var awareness = sync.OnceFunc(func() {
	const perMonitorV2 = ^uintptr(3) // DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2, -4
	if procSetProcessDpiAwarenessCtx.Find() == nil {
		_, _, _ = procSetProcessDpiAwarenessCtx.Call(perMonitorV2) // refused if the program already chose
	}
})

// Open looks for the desktop. Where there is none, as in a service, the error is keys.ErrNoDisplay.
func Open() (*Desktop, error) {
	const monitors = 80 // SM_CMONITORS
	awareness()
	if n, _, _ := procGetSystemMetrics.Call(monitors); n == 0 {
		return nil, fmt.Errorf("%w: this session has no screen", keys.ErrNoDisplay)
	}
	return &Desktop{}, nil
}

// Close ends the use of the desktop; on Windows nothing is held.
func (d *Desktop) Close() {}

// collect is made once: Windows callbacks are never freed.
var collect = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(h windows.HWND, list *[]windows.HWND) uintptr {
		*list = append(*list, h)
		return 1
	})
})

// Windows lists the visible top-level windows of all programs, the one nearest to the front first.
func (d *Desktop) Windows(ctx context.Context) ([]Window, error) {
	handles := new([]windows.HWND)
	var still runtime.Pinner
	still.Pin(handles) // a callback may move the stack, and the system keeps the address
	defer still.Unpin()
	if err := windows.EnumWindows(collect(), unsafe.Pointer(handles)); err != nil {
		return nil, fmt.Errorf("list windows: %w", err)
	}
	front := windows.GetForegroundWindow()
	all := make([]Window, 0, len(*handles))
	for _, h := range *handles {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if windows.IsWindowVisible(h) && h != windows.GetShellWindow() {
			all = append(all, describe(h, front))
		}
	}
	return all, nil
}

// Active gives the window in front, or keys.ErrNoWindow.
func (d *Desktop) Active(context.Context) (Window, error) {
	h := windows.GetForegroundWindow()
	if h == 0 {
		return Window{}, keys.ErrNoWindow
	}
	return describe(h, h), nil
}

// HasKeyboard says that typed keys go to this window now: it is in front, and it or a part of it has the
// focus. A window that has just come to the front has none yet, and keys of that moment are nobody's.
func (d *Desktop) HasKeyboard(id uintptr) bool { return HasKeyboard(id) }

// HasKeyboard is Desktop.HasKeyboard for a hook that has no time to look for a desktop.
func HasKeyboard(id uintptr) bool {
	const root = 2 // GA_ROOT
	info := front()
	if id == 0 || info.active != id {
		return false
	}
	if info.focus == id || info.focus == 0 {
		return info.focus != 0
	}
	top, _, _ := procGetAncestor.Call(info.focus, root)
	return top == id
}

// Title gives the title of a window as the system keeps it.
func Title(id uintptr) string { return windowText(windows.HWND(id)) }

// threadInfo is GUITHREADINFO of the Windows API.
type threadInfo struct {
	size, flags                               uint32
	active, focus, capture, menu, move, caret uintptr
	caretAt                                   windows.Rect
}

// Focused gives the control that would get a key now, 0 for none. The system knows it; no program is asked.
func Focused() uintptr { return front().focus }

// front tells of the thread whose window is in front; its active window is that one. All is of one moment.
func front() threadInfo {
	info := threadInfo{}
	info.size = uint32(unsafe.Sizeof(info))
	_, _, _ = procGetGUIThreadInfo.Call(0, uintptr(unsafe.Pointer(&info)))
	return info
}

// raise brings a window forward. Windows lets only the program in front do that, so our thread joins the
// input of the one in front for the moment of the call.
func (d *Desktop) raise(id uintptr) error {
	const restore = 9 // SW_RESTORE
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if !windows.IsWindow(windows.HWND(id)) {
		return keys.ErrNoWindow
	}
	if iconic, _, _ := procIsIconic.Call(id); iconic != 0 {
		_, _, _ = procShowWindow.Call(id, restore)
	}
	_, _, _ = procBringWindowToTop.Call(id)
	if took, _, _ := procSetForegroundWindow.Call(id); took != 0 && uintptr(windows.GetForegroundWindow()) == id {
		return nil // allowed, as to a program that the system thinks the user is busy with
	}
	own := windows.GetCurrentThreadId()
	theirs, _ := windows.GetWindowThreadProcessId(windows.GetForegroundWindow(), nil)
	if theirs != 0 && theirs != own {
		if ok, _, _ := procAttachThreadInput.Call(uintptr(own), uintptr(theirs), 1); ok != 0 {
			defer func() { _, _, _ = procAttachThreadInput.Call(uintptr(own), uintptr(theirs), 0) }()
		}
	}
	_, _, _ = procBringWindowToTop.Call(id)
	_, _, _ = procSetForegroundWindow.Call(id) // Activate looks whether it worked
	return nil
}

// settling is how long a program that has come to the front takes to be ready for keys beyond saying so. Some
// drop those that come earlier.
const settling = 50 * time.Millisecond

// awake waits until a program knows that its window is in front. One that hangs is not waited for.
func (d *Desktop) awake(id uintptr) {
	const null, abortIfHung, limit = 0x0000, 0x0002, 500 // WM_NULL, SMTO_ABORTIFHUNG, ms
	var answer uintptr
	_, _, _ = procSendMessageTimeout.Call(id, null, 0, 0, abortIfHung, limit, uintptr(unsafe.Pointer(&answer)))
	time.Sleep(settling)
}

func describe(h, front windows.HWND) Window {
	w := Window{ID: uintptr(h), Title: windowText(h), Active: h == front, Client: clientArea(h), DPI: 96}
	var class [256]uint16
	if n, err := windows.GetClassName(h, &class[0], int32(len(class))); err == nil {
		w.Class = windows.UTF16ToString(class[:n])
	}
	var pid uint32
	if _, err := windows.GetWindowThreadProcessId(h, &pid); err == nil {
		w.PID, w.Exe = int(pid), exe(pid)
	}
	if procGetDpiForWindow.Find() == nil {
		if dpi, _, _ := procGetDpiForWindow.Call(uintptr(h)); dpi != 0 {
			w.DPI = int(dpi)
		}
	}
	return w
}

// windowText reads the title as the system keeps it. Asking the program itself would wait for one that
// hangs.
func windowText(h windows.HWND) string {
	var text [512]uint16
	n, _, _ := procGetWindowText.Call(uintptr(h), uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
	return windows.UTF16ToString(text[:min(int(n), len(text))])
}

func clientArea(h windows.HWND) image.Rectangle {
	var r struct{ left, top, right, bottom int32 }
	var at struct{ x, y int32 }
	if ok, _, _ := procGetClientRect.Call(uintptr(h), uintptr(unsafe.Pointer(&r))); ok == 0 {
		return image.Rectangle{}
	}
	if ok, _, _ := procClientToScreen.Call(uintptr(h), uintptr(unsafe.Pointer(&at))); ok == 0 {
		return image.Rectangle{}
	}
	return image.Rect(0, 0, int(r.right), int(r.bottom)).Add(image.Pt(int(at.x), int(at.y)))
}

// exe names the program of a process, or is empty for one that may not be looked at.
func exe(pid uint32) string {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return ""
	}
	defer func() { _ = windows.CloseHandle(h) }()
	var path [1024]uint16
	n := uint32(len(path))
	if err := windows.QueryFullProcessImageName(h, 0, &path[0], &n); err != nil {
		return ""
	}
	return filepath.Base(windows.UTF16ToString(path[:n]))
}
