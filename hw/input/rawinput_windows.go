package input

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/hw/port"
)

var (
	procCreateWindow       = user32.NewProc("CreateWindowExW")
	procDestroyWindow      = user32.NewProc("DestroyWindow")
	procRegisterRawDevices = user32.NewProc("RegisterRawInputDevices")
	procRawDeviceList      = user32.NewProc("GetRawInputDeviceList")
	procRawDeviceInfo      = user32.NewProc("GetRawInputDeviceInfoW")
	procRawInputData       = user32.NewProc("GetRawInputData")
)

// ErrWhichDevice says that a name means no device or several.
var ErrWhichDevice = errors.New("no such device, or more than one")

// DeviceScanner opens a scanner that is a keyboard to the system, by itself, through Raw Input. name is a part
// of its name as Windows lists it ("VID_05E0"). It gives the characters that the device types, under the US
// layout that scanners come with. Windows takes no device away from the program in front: that gets the
// scanner's keys as well, so this is for scanners whose keys no other program minds.
func DeviceScanner(name string) port.Opener {
	return func(ctx context.Context) (port.Port, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		device, err := findRawDevice(name)
		if err != nil {
			return nil, err
		}
		return openRaw(device, rawEventOf)
	}
}

func findRawDevice(name string) (uintptr, error) {
	const keyboard, deviceName = 1, 0x20000007 // RIM_TYPEKEYBOARD, RIDI_DEVICENAME
	type listed struct {
		device uintptr
		kind   uint32
	}
	var n uint32
	_, _, _ = procRawDeviceList.Call(0, uintptr(unsafe.Pointer(&n)), unsafe.Sizeof(listed{}))
	all := make([]listed, n+4) // one may be plugged in meanwhile
	n = uint32(len(all))
	got, _, err := procRawDeviceList.Call(uintptr(unsafe.Pointer(&all[0])), uintptr(unsafe.Pointer(&n)), unsafe.Sizeof(listed{}))
	if int32(got) < 0 {
		return 0, fmt.Errorf("list keyboards: %w", err)
	}
	var found []uintptr
	var names []string
	for _, one := range all[:got] {
		var text [512]uint16
		size := uint32(len(text))
		chars, _, _ := procRawDeviceInfo.Call(one.device, deviceName, uintptr(unsafe.Pointer(&text[0])), uintptr(unsafe.Pointer(&size)))
		if one.kind != keyboard || int32(chars) <= 0 {
			continue
		}
		names = append(names, windows.UTF16ToString(text[:]))
		if strings.Contains(strings.ToLower(names[len(names)-1]), strings.ToLower(name)) {
			found = append(found, one.device)
		}
	}
	if len(found) != 1 {
		return 0, fmt.Errorf("scanner %q: %w among %q", name, ErrWhichDevice, names)
	}
	return found[0], nil
}

// rawPort gives the characters of one device. A thread of its own hears the device.
type rawPort struct {
	net.Conn // our end of a pipe in memory, which knows deadlines
	thread   uint32
	closing  sync.Once
	ended    sync.WaitGroup

	mu   sync.Mutex
	gone bool // the thread has ended, and its number may be another's
}

// Write says that a scanner is only listened to.
func (p *rawPort) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Close ends the thread and waits for it.
func (p *rawPort) Close() error {
	p.closing.Do(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.gone {
			_, _, _ = procPostThreadMessage.Call(uintptr(p.thread), msgQuit, 0, 0)
		}
		_ = p.Conn.Close()
	})
	p.ended.Wait()
	return nil
}

// openRaw hears a device. read gives the event that a message of the system's brings.
func openRaw(device uintptr, read func(message uintptr) rawEvent) (*rawPort, error) {
	ours, theirs := net.Pipe()
	p := &rawPort{Conn: ours}
	typed := make(chan []byte, 1024) // a thread that hears must not wait for a reader
	started := make(chan error, 1)
	p.ended.Go(func() {
		defer theirs.Close()
		for b := range typed {
			if _, err := theirs.Write(b); err != nil {
				break
			}
		}
		for range typed { // until the thread has ended
		}
	})
	p.ended.Go(func() {
		defer close(typed)
		runtime.LockOSThread() // for good: a thread that may still be told to quit is nobody else's later
		p.thread = windows.GetCurrentThreadId()
		p.hear(device, read, typed, started)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.gone = true
	})
	if err := <-started; err != nil {
		_ = ours.Close()
		p.ended.Wait()
		return nil, err
	}
	return p, nil
}

// What the system tells of devices (winuser.h).
const (
	msgRaw       = 0x00FF // WM_INPUT
	msgRawChange = 0x00FE // WM_INPUT_DEVICE_CHANGE
	rawRemoval   = 2      // GIDC_REMOVAL
)

// hear is the thread.
func (p *rawPort) hear(device uintptr, read func(uintptr) rawEvent, typed chan<- []byte, started chan<- error) {
	const messageOnly = ^uintptr(2)                   // HWND_MESSAGE, -3
	static, _ := windows.UTF16PtrFromString("STATIC") // a class of the system's own
	hwnd, _, err := procCreateWindow.Call(0, uintptr(unsafe.Pointer(static)), 0, 0, 0, 0, 0, 0, messageOnly, 0, 0, 0)
	if hwnd == 0 {
		started <- fmt.Errorf("hear a scanner: %w", err)
		return
	}
	defer func() { _, _, _ = procDestroyWindow.Call(hwnd) }()
	if err := registerRaw(hwnd, true); err != nil {
		started <- fmt.Errorf("hear a scanner: %w", err)
		return
	}
	defer func() { _ = registerRaw(0, false) }()
	started <- nil
	decode := rawDecoder{device: uint64(device)}
	for m := new(message); ; {
		got, _, _ := procGetMessage.Call(uintptr(unsafe.Pointer(m)), 0, 0, 0)
		switch {
		case int32(got) <= 0, m.id == msgRawChange && m.wparam == rawRemoval && m.lparam == device:
			return
		case m.id == msgRaw:
			if b := decode.feed(read(m.lparam)); len(b) > 0 {
				select {
				case typed <- b:
				default:
				}
			}
		}
		_, _, _ = procDispatchMessage.Call(uintptr(unsafe.Pointer(m)))
	}
}

// registerRaw asks for the keys of all keyboards, also while another program is in front, or no more.
func registerRaw(hwnd uintptr, on bool) error {
	const sink, notify, remove = 0x0100, 0x2000, 0x0001 // RIDEV_*
	device := struct {
		page, usage uint16
		flags       uint32
		hwnd        uintptr
	}{page: 1, usage: 6, flags: sink | notify, hwnd: hwnd} // generic desktop, keyboard
	if !on {
		device.flags = remove
	}
	if ok, _, err := procRegisterRawDevices.Call(uintptr(unsafe.Pointer(&device)), 1, unsafe.Sizeof(device)); ok == 0 {
		return err
	}
	return nil
}

func rawEventOf(handle uintptr) rawEvent {
	const data, header = 0x10000003, 24 // RID_INPUT
	var buf [128]byte
	size := uint32(len(buf))
	n, _, _ := procRawInputData.Call(handle, data, uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), header)
	if int32(n) <= 0 {
		return rawEvent{}
	}
	e, _ := readRawEvent(buf[:n])
	return e
}
