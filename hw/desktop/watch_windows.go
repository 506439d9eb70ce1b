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
// system's message wait. Windows never frees a callback, so a program may watch some hundred times in
// its life, not more.
func (d *Desktop) Watch(ctx context.Context, sink func(Window)) error {
	const (
		foreground   = 0x0003 // EVENT_SYSTEM_FOREGROUND
		nameChange   = 0x800C // EVENT_OBJECT_NAMECHANGE
		quit         = 0x0012 // WM_QUIT
		ofWindow     = 0      // OBJID_WINDOW
		outOfContext = 0      // WINEVENT_OUTOFCONTEXT: called in our own message loop
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
		_, _, _ = procDispatchMessage.Call(uintptr(unsafe.Pointer(&m)))
	}
}
