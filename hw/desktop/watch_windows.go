package desktop

import (
	"context"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// message is MSG of the Windows API.
type message struct {
	hwnd    uintptr
	id      uint32
	wparam  uintptr
	lparam  uintptr
	time    uint32
	x, y    int32
	private uint32
}

// Watch calls sink with the window in front, at once and whenever another comes to the front or its
// title changes, until ctx ends; the zero Window means that none is. Between changes it sleeps in the
// system's message wait and glances at the front five times a second. Windows never frees a callback, so a program may watch some hundred times in
// its life, not more.
func (d *Desktop) Watch(ctx context.Context, sink func(Window)) error {
	const (
		foreground   = 0x0003 // EVENT_SYSTEM_FOREGROUND
		nameChange   = 0x800C // EVENT_OBJECT_NAMECHANGE
		quit         = 0x0012 // WM_QUIT
		ofWindow     = 0      // OBJID_WINDOW
		outOfContext = 0      // WINEVENT_OUTOFCONTEXT: called in our own message loop
		timer        = 0x0113 // WM_TIMER
		lookAgain    = 200    // ms
	)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var seen Window
	look := func() {
		now, _ := d.Active(ctx) // none is a fact, not a failure
		if now.ID != seen.ID || now.Title != seen.Title {
			seen = now
			sink(now)
		}
	}
	changed := windows.NewCallback(func(_ uintptr, event uint32, hwnd uintptr, object, _ int32, _, _ uint32) uintptr {
		if event == foreground || hwnd == seen.ID && object == ofWindow {
			look()
		}
		return 0
	})
	for _, event := range []uintptr{foreground, nameChange} {
		hook, _, err := procSetWinEventHook.Call(event, event, 0, changed, 0, 0, outOfContext)
		if hook == 0 {
			return fmt.Errorf("watch windows: %w", err)
		}
		defer func() { _, _, _ = procUnhookWinEvent.Call(hook) }()
	}
	// Not every system tells of a window that comes to the front, so this looks for itself as well.
	again, _, err := procSetTimer.Call(0, 0, lookAgain, 0)
	if again == 0 {
		return fmt.Errorf("watch windows: %w", err)
	}
	defer func() { _, _, _ = procKillTimer.Call(0, again) }()
	thread := windows.GetCurrentThreadId()
	var m message
	// The first look makes this thread's message queue, so that the end of ctx has somewhere to go.
	_, _, _ = procPeekMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0, 0)
	defer context.AfterFunc(ctx, func() { _, _, _ = procPostThreadMessage.Call(uintptr(thread), quit, 0, 0) })()
	seen, _ = d.Active(ctx)
	sink(seen)
	for {
		got, _, err := procGetMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0)
		switch int32(got) {
		case 0:
			return ctx.Err()
		case -1:
			return fmt.Errorf("watch windows: %w", err)
		}
		if m.id == timer && uintptr(windows.GetForegroundWindow()) != seen.ID {
			look()
		}
		_, _, _ = procDispatchMessage.Call(uintptr(unsafe.Pointer(&m)))
	}
}
