// Package shim is laid over a program under test, never built into one that is shipped: wine 8 knows neither
// touch windows nor pointer messages, without which the toolkit opens no window and hears no mouse. It answers
// the three calls that are missing and turns the mouse messages of wine into pointer messages.
package shim

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	wineUser           = windows.NewLazySystemDLL("user32.dll")
	wineCallWindowProc = wineUser.NewProc("CallWindowProcW")
	wineSetWindowLong  = wineUser.NewProc("SetWindowLongPtrW")
	wineClientToScreen = wineUser.NewProc("ClientToScreen")
)

// WineShimMark is looked for in programs that are shipped, and must not be there.
const WineShimMark = "cpos-wine-shim-for-tests-only"

func init() {
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() != nil {
		panic(WineShimMark + ": this is not wine")
	}
	winePatch("RegisterTouchWindow", windows.NewCallback(func(hwnd, _ uintptr) uintptr {
		wineAdopt(hwnd)
		return 1
	}))
	winePatch("EnableMouseInPointer", windows.NewCallback(func(uintptr) uintptr { return 1 }))
	winePatch("GetPointerInfo", windows.NewCallback(func(_ uintptr, to *winePointerInfo) uintptr {
		*to = winePointer
		return 1
	}))
}

// winePatch puts a jump to ours at the beginning of a function of the system.
func winePatch(name string, ours uintptr) {
	proc := wineUser.NewProc(name)
	if err := proc.Find(); err != nil {
		panic(fmt.Sprintf("%s: %v", WineShimMark, err))
	}
	jump := append([]byte{0x48, 0xB8}, binary.LittleEndian.AppendUint64(nil, uint64(ours))...) // mov rax, ours
	jump = append(jump, 0xFF, 0xE0)                                                            // jmp rax
	var before uint32
	if err := windows.VirtualProtect(proc.Addr(), uintptr(len(jump)), windows.PAGE_EXECUTE_READWRITE, &before); err != nil {
		panic(fmt.Sprintf("%s: %s: %v", WineShimMark, name, err))
	}
	var wrote uintptr
	if err := windows.WriteProcessMemory(windows.CurrentProcess(), proc.Addr(), &jump[0], uintptr(len(jump)), &wrote); err != nil {
		panic(fmt.Sprintf("%s: %s: %v", WineShimMark, name, err))
	}
}

// winePointerInfo is POINTER_INFO.
type winePointerInfo struct {
	kind, id, frame, flags uint32
	device, target         uintptr
	at, himetric           [2]int32
	rawAt, rawHimetric     [2]int32
	time, history          uint32
	input                  int32
	keys                   uint32
	counter                uint64
	change                 uint32
}

// winePointer is what GetPointerInfo tells; only the thread of the window reads and writes it.
var winePointer winePointerInfo

var wineBefore = map[uintptr]uintptr{} // the procedures of windows before ours

var wineProc = windows.NewCallback(wineMessage)

func wineAdopt(hwnd uintptr) {
	const procedure = ^uintptr(3) // GWLP_WNDPROC, -4
	before, _, _ := wineSetWindowLong.Call(hwnd, procedure, wineProc)
	wineBefore[hwnd] = before
}

// wineChange says which pointer message a mouse message stands for, and which change of the buttons.
var wineChange = map[uint32][2]uint32{
	0x0200: {0x0245, 0},                      // WM_MOUSEMOVE: WM_POINTERUPDATE
	0x0201: {0x0246, 1}, 0x0202: {0x0247, 2}, // left
	0x0204: {0x0246, 3}, 0x0205: {0x0247, 4}, // right
	0x0207: {0x0246, 5}, 0x0208: {0x0247, 6}, // middle
	0x0203: {0x0246, 1}, 0x0206: {0x0246, 3}, 0x0209: {0x0246, 5}, // the second click of two
}

func wineMessage(hwnd uintptr, id uint32, wparam, lparam uintptr) uintptr {
	const wheel, pointerWheel, mouse, inRange, inContact = 0x020A, 0x024E, 4, 2, 4
	before := wineBefore[hwnd]
	next := func(id uint32, wparam, lparam uintptr) uintptr {
		r, _, _ := wineCallWindowProc.Call(before, hwnd, uintptr(id), wparam, lparam)
		return r
	}
	if id == wheel {
		winePointer = winePointerInfo{kind: mouse, id: 1, flags: inRange, target: hwnd}
		return next(pointerWheel, 1|wparam&^0xffff, lparam)
	}
	to, known := wineChange[id]
	if !known {
		return next(id, wparam, lparam)
	}
	at := [2]int32{int32(int16(lparam)), int32(int16(lparam >> 16))}
	_, _, _ = wineClientToScreen.Call(hwnd, uintptr(unsafe.Pointer(&at)))
	flags := uint32(inRange)
	for bit, flag := range map[uintptr]uint32{1: 0x10, 2: 0x20, 0x10: 0x40} { // MK_LBUTTON, MK_RBUTTON, MK_MBUTTON
		if wparam&bit != 0 {
			flags |= flag | inContact
		}
	}
	winePointer = winePointerInfo{kind: mouse, id: 1, flags: flags, target: hwnd, at: at, change: to[1]}
	return next(to[0], 1|uintptr(flags&0xffff)<<16, uintptr(uint16(at[0]))|uintptr(uint16(at[1]))<<16)
}
