package desktop

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	shcore                  = windows.NewLazySystemDLL("shcore.dll")
	wtsapi32                = windows.NewLazySystemDLL("wtsapi32.dll")
	procCreateWindow        = user32.NewProc("CreateWindowExW")
	procDefWindowProc       = user32.NewProc("DefWindowProcW")
	procDestroyWindow       = user32.NewProc("DestroyWindow")
	procEnumDisplayMonitors = user32.NewProc("EnumDisplayMonitors")
	procRegisterClass       = user32.NewProc("RegisterClassExW")
	procUnregisterClass     = user32.NewProc("UnregisterClassW")
	procGetDpiForMonitor    = shcore.NewProc("GetDpiForMonitor")
	procWTSRegister         = wtsapi32.NewProc("WTSRegisterSessionNotification")
	procWTSUnregister       = wtsapi32.NewProc("WTSUnRegisterSessionNotification")
)

// mishapClass is the class of the unseen window that Windows tells of mishaps.
const mishapClass = "CposMishaps"

// Messages of the system to it (winuser.h), and what they say.
const (
	msgDisplayChange = 0x007E // WM_DISPLAYCHANGE
	msgSettingChange = 0x001A // WM_SETTINGCHANGE
	msgPower         = 0x0218 // WM_POWERBROADCAST
	msgSession       = 0x02B1 // WM_WTSSESSION_CHANGE
	msgDPIChanged    = 0x02E0 // WM_DPICHANGED
	powerResumed     = 0x0012 // PBT_APMRESUMEAUTOMATIC
)

// sessionNews are the values of WM_WTSSESSION_CHANGE (wtsapi32.h) that matter to a till.
var sessionNews = map[uintptr]Befallen{
	1: {Mishap: Away, Over: true}, // WTS_CONSOLE_CONNECT
	2: {Mishap: Away},             // WTS_CONSOLE_DISCONNECT
	3: {Mishap: Away, Over: true}, // WTS_REMOTE_CONNECT
	4: {Mishap: Away},             // WTS_REMOTE_DISCONNECT
	7: {Mishap: Locked},           // WTS_SESSION_LOCK
	8: {Mishap: Locked, Over: true},
}

// screen is one monitor as Windows lays it out.
type screen struct {
	at  windows.Rect
	dpi uint32
}

// Mishaps calls sink with what befalls the desktop, one call at a time, until ctx ends. Windows never frees a
// callback, so a program may watch some hundred times in its life, not more.
func (d *Desktop) Mishaps(ctx context.Context, sink func(Befallen)) error {
	var one sync.Mutex
	tell := func(b Befallen) {
		one.Lock()
		defer one.Unlock()
		sink(b)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var fronts sync.WaitGroup
	fronts.Go(func() { d.watchRights(ctx, Above, tell) })
	err := watchSystem(ctx, tell)
	cancel()
	fronts.Wait()
	return err
}

// watchRights tells when a program comes to the front that above says is beyond this one's reach, and when it goes.
func (d *Desktop) watchRights(ctx context.Context, above func(window uintptr) bool, tell func(Befallen)) {
	high := false
	_ = d.Watch(ctx, func(w Window) { // a watch that cannot be had is told by the keyboard, which has one too
		if now := above(w.ID); now != high {
			high = now
			tell(Befallen{Mishap: TooHigh, Over: !now, Window: w})
		}
	})
}

// watchSystem hears the system's own news on a thread and a window of its own.
func watchSystem(ctx context.Context, tell func(Befallen)) error {
	const quit = 0x0012 // WM_QUIT
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := screens()
	hwnd, leave, err := unseenWindow(func(id uint32, wparam uintptr) {
		switch id {
		case msgSession:
			if news, known := sessionNews[wparam]; known {
				tell(news)
			}
		case msgPower:
			if wparam == powerResumed {
				tell(Befallen{Mishap: Woken})
			}
		case msgDisplayChange, msgSettingChange, msgDPIChanged:
			now := screens()
			for _, m := range compare(before, now) {
				tell(Befallen{Mishap: m})
			}
			before = now
		}
	})
	if err != nil {
		return fmt.Errorf("watch the session: %w", err)
	}
	defer leave()
	if procWTSRegister.Find() == nil {
		_, _, _ = procWTSRegister.Call(hwnd, 0) // NOTIFY_FOR_THIS_SESSION; without the service there are no sessions
		defer func() { _, _, _ = procWTSUnregister.Call(hwnd) }()
	}
	thread := windows.GetCurrentThreadId()
	defer context.AfterFunc(ctx, func() { _, _, _ = procPostThreadMessage.Call(uintptr(thread), quit, 0, 0) })()
	for m := new(message); ; {
		got, _, err := procGetMessage.Call(uintptr(unsafe.Pointer(m)), 0, 0, 0)
		switch int32(got) {
		case 0:
			return ctx.Err()
		case -1:
			return fmt.Errorf("watch the session: %w", err)
		}
		_, _, _ = procDispatchMessage.Call(uintptr(unsafe.Pointer(m)))
	}
}

// compare says what changed between two layouts of screens.
func compare(before, now []screen) (all []Mishap) {
	same := func(a, b screen) bool { return a.at == b.at }
	switch {
	case !slices.EqualFunc(before, now, same):
		return []Mishap{Screens}
	case !slices.Equal(before, now):
		return []Mishap{Scaling}
	}
	return nil
}

// monitorFound is made once: Windows callbacks are never freed.
var monitorFound = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(monitor, _ uintptr, at *windows.Rect, all *[]screen) uintptr {
		s := screen{at: *at}
		if procGetDpiForMonitor.Find() == nil {
			var y uint32
			_, _, _ = procGetDpiForMonitor.Call(monitor, 0, uintptr(unsafe.Pointer(&s.dpi)), uintptr(unsafe.Pointer(&y)))
		}
		*all = append(*all, s)
		return 1
	})
})

func screens() []screen {
	var all []screen
	_, _, _ = procEnumDisplayMonitors.Call(0, 0, monitorFound(), uintptr(unsafe.Pointer(&all)))
	return all
}

// windowClass is WNDCLASSEXW of the Windows API.
type windowClass struct {
	size, style        uint32
	proc               uintptr
	extraC, extraW     int32
	instance           uintptr
	icon, cursor, back uintptr
	menu, name         *uint16
	small              uintptr
}

// unseenWindow makes a window that is never shown. It is no message-only window: those hear no broadcasts.
func unseenWindow(hear func(id uint32, wparam uintptr)) (hwnd uintptr, leave func(), err error) {
	name, err := windows.UTF16PtrFromString(mishapClass)
	if err != nil {
		return 0, nil, err
	}
	class := windowClass{name: name, proc: windows.NewCallback(func(hwnd uintptr, id uint32, wparam, lparam uintptr) uintptr {
		hear(id, wparam)
		r, _, _ := procDefWindowProc.Call(hwnd, uintptr(id), wparam, lparam)
		return r
	})}
	class.size = uint32(unsafe.Sizeof(class))
	if atom, _, err := procRegisterClass.Call(uintptr(unsafe.Pointer(&class))); atom == 0 {
		return 0, nil, err
	}
	forget := func() { _, _, _ = procUnregisterClass.Call(uintptr(unsafe.Pointer(name)), 0) }
	hwnd, _, err = procCreateWindow.Call(0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(name)), 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if hwnd == 0 {
		forget()
		return 0, nil, err
	}
	return hwnd, func() { _, _, _ = procDestroyWindow.Call(hwnd); forget() }, nil
}
