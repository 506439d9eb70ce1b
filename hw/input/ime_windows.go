package input

import (
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var procDefaultIME = windows.NewLazySystemDLL("imm32.dll").NewProc("ImmGetDefaultIMEWnd")

// imeGuard closes the input method of a program while keys of a plan are typed into it, which would otherwise
// become the beginning of a Chinese word, and opens it again. A scanner needs no such thing: the hook hears
// its keys before any input method does, and what it gives back goes the way of all keys.
type imeGuard struct {
	mu     sync.Mutex
	method uintptr // window of the input method that was open; 0 while none was closed
	asked  uintptr // the window last asked about
	again  *time.Timer
	last   time.Time
}

// imeRest is how long after the last key an input method stays closed.
const imeRest = 300 * time.Millisecond

// close closes the input method of a window. It looks once for each run of keys.
func (g *imeGuard) close(window uintptr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	fresh := window != g.asked || now.Sub(g.last) > imeRest
	g.asked, g.last = window, now
	if fresh && g.method == 0 && procDefaultIME.Find() == nil {
		method, _, _ := procDefaultIME.Call(window)
		if method != 0 && imeControl(method, imeGetOpen, 0) != 0 {
			imeControl(method, imeSetOpen, 0)
			g.method = method
		}
	}
	if g.method == 0 {
		return
	}
	if g.again == nil {
		g.again = time.AfterFunc(imeRest, g.open)
		return
	}
	g.again.Reset(imeRest)
}

// open opens again what was closed.
func (g *imeGuard) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.again != nil {
		g.again.Stop()
	}
	if g.method != 0 {
		imeControl(g.method, imeSetOpen, 1)
		g.method = 0
	}
}

// What an input method's window can be told (imm.h).
const (
	imeGetOpen = 0x0005 // IMC_GETOPENSTATUS
	imeSetOpen = 0x0006 // IMC_SETOPENSTATUS
)

// imeControl waits no longer than a hand would notice: the window belongs to the program that is typed into.
func imeControl(method, what, value uintptr) (answer uintptr) {
	const control, abortIfHung, limit = 0x0283, 0x0002, 50 // WM_IME_CONTROL, SMTO_ABORTIFHUNG, ms
	_, _, _ = procSendMessage.Call(method, control, what, value, abortIfHung, limit, uintptr(unsafe.Pointer(&answer)))
	return answer
}
