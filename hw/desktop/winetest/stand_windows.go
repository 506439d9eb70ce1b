package winetest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32            = windows.NewLazySystemDLL("user32.dll")
	createWindow      = user32.NewProc("CreateWindowExW")
	defWindowProc     = user32.NewProc("DefWindowProcW")
	dispatchMessage   = user32.NewProc("DispatchMessageW")
	findWindow        = user32.NewProc("FindWindowW")
	getMessage        = user32.NewProc("GetMessageW")
	postMessage       = user32.NewProc("PostMessageW")
	registerClass     = user32.NewProc("RegisterClassExW")
	setKeyboardState  = user32.NewProc("SetKeyboardState")
	setForeground     = user32.NewProc("SetForegroundWindow")
	setWindowPos      = user32.NewProc("SetWindowPos")
	showWindow        = user32.NewProc("ShowWindow")
	translateMessage  = user32.NewProc("TranslateMessage")
	attachThreadInput = user32.NewProc("AttachThreadInput")
	callWindowProc    = user32.NewProc("CallWindowProcW")
	setWindowLong     = user32.NewProc("SetWindowLongPtrW")
	defaultIME        = windows.NewLazySystemDLL("imm32.dll").NewProc("ImmGetDefaultIMEWnd")
)

// standVariable holds the title of the window that a test program opens instead of running tests.
const standVariable = "CPOS_TEST_STAND"

// StandIn runs the stand-in program and ends it, if this process was started as one. TestMain calls it first.
func StandIn() {
	if title := os.Getenv(standVariable); title != "" {
		runStand(title)
		os.Exit(0)
	}
}

// Stand is a program beside the one under test: a plain window that tells every key and click that it got.
type Stand struct {
	Window uintptr
	cmd    *exec.Cmd
	say    interface{ Write([]byte) (int, error) }

	mu      sync.Mutex
	got     []string
	answers int
}

// OpenStand starts a stand-in with its window in front.
func OpenStand(t testing.TB, title string) *Stand {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &Stand{cmd: exec.Command(self)}
	s.cmd.Env = append(os.Environ(), standVariable+"="+title)
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if s.say, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); <-ended; _ = s.cmd.Wait() })
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		close(ended)
		t.Fatal("the stand-in did not start")
	}
	if _, err := fmt.Sscanf(lines.Text(), "ready %d", &s.Window); err != nil {
		close(ended)
		t.Fatalf("the stand-in said %q", lines.Text())
	}
	go func() {
		defer close(ended)
		for lines.Scan() {
			s.mu.Lock()
			if lines.Text() == answer {
				s.answers++
			} else {
				s.got = append(s.got, lines.Text())
			}
			s.mu.Unlock()
		}
	}()
	s.Front(t)
	return s
}

// Front brings the window to the front, as a cashier does who clicks it, and waits until it is there and its
// program has done with that: what is pressed while it still joins the input of the one before would go astray.
func (s *Stand) Front(t testing.TB) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		s.Tell("front")
		s.obeyed(t)
		if windows.GetForegroundWindow() == windows.HWND(s.Window) {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the stand-in does not come to the front")
		}
	}
}

// Tell gives the program an order: "front", "hide", "show", "top" (above all others), "place x y w h", "hang ms",
// "hold VK" (take a key for held, as a program does that never heard of its release),
// "ime" (the cashier opens the input method),
// "post CLASS MESSAGE WPARAM" (to a window of another program, as the system would).
func (s *Stand) Tell(order string) { _, _ = s.say.Write([]byte(order + "\n")) } // one that has ended hears nothing

// answer is what the program says to the order of that name.
const answer = "answer"

// obeyed waits until the program has done all that it was told.
func (s *Stand) obeyed(t testing.TB) {
	t.Helper()
	answers := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.answers
	}
	before := answers()
	s.Tell(answer)
	for end := time.Now().Add(2 * time.Minute); answers() == before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the stand-in does not obey")
		}
	}
}

// PID is the number of its process.
func (s *Stand) PID() int { return s.cmd.Process.Pid }

// Kill ends the program at once.
func (s *Stand) Kill() { _ = s.cmd.Process.Kill() } // it may be gone already

// Got gives what arrived so far: "down 49", "up 49" with the virtual key, "char 1", "click 10,20", "ime open" and
// "ime closed".
func (s *Stand) Got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// Clear forgets what arrived so far.
func (s *Stand) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = nil
}

// Typed gives the characters that arrived so far, Enter as "⏎" and Ctrl+C as "^C".
func (s *Stand) Typed() string {
	var b strings.Builder
	for _, line := range s.Got() {
		n, isChar := strings.CutPrefix(line, "char ")
		if !isChar {
			continue
		}
		r, _ := strconv.Atoi(n)
		switch {
		case r == '\r':
			b.WriteRune('⏎')
		case r < ' ':
			b.WriteString("^" + string(rune('@'+r)))
		default:
			b.WriteRune(rune(r))
		}
	}
	return b.String()
}

// windowClass is WNDCLASSEXW.
type windowClass struct {
	size, style        uint32
	proc               uintptr
	extraC, extraW     int32
	instance           uintptr
	icon, cursor, back uintptr
	menu, name         *uint16
	small              uintptr
}

// message is MSG.
type message struct {
	hwnd    uintptr
	id      uint32
	wparam  uintptr
	lparam  uintptr
	time    uint32
	x, y    int32
	private uint32
}

func runStand(title string) {
	const overlapped, visible, white, order = 0x00CF0000, 0x10000000, 6, 0x8001
	runtime.LockOSThread()
	orders := make(chan string, 16)
	name := windows.StringToUTF16Ptr("CposStand")
	class := windowClass{name: name, back: white, proc: windows.NewCallback(func(hwnd uintptr, id uint32, wparam, lparam uintptr) uintptr {
		if id == order {
			obey(hwnd, <-orders)
			return 0
		}
		tellMessage(id, wparam, lparam)
		r, _, _ := defWindowProc.Call(hwnd, uintptr(id), wparam, lparam)
		return r
	})}
	class.size = uint32(unsafe.Sizeof(class))
	registerClass.Call(uintptr(unsafe.Pointer(&class)))
	hwnd, _, err := createWindow.Call(0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(windows.StringToUTF16Ptr(title))),
		overlapped|visible, 60, 60, 420, 300, 0, 0, 0, 0)
	if hwnd == 0 {
		fmt.Fprintln(os.Stderr, "no window:", err)
		os.Exit(1)
	}
	haveIME(hwnd)
	fmt.Println("ready", hwnd)
	go func() {
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			orders <- in.Text()
			postMessage.Call(hwnd, order, 0, 0)
		}
		os.Exit(0)
	}()
	for m := new(message); ; {
		if got, _, _ := getMessage.Call(uintptr(unsafe.Pointer(m)), 0, 0, 0); int32(got) <= 0 {
			return
		}
		translateMessage.Call(uintptr(unsafe.Pointer(m)))
		dispatchMessage.Call(uintptr(unsafe.Pointer(m)))
	}
}

// methodOpen says whether the input method of the stand-in is open. Its thread alone knows.
var methodOpen bool

// haveIME gives the stand-in an input method, of which there is nothing but the window that the system keeps for it
// and its two answers (imm.h, IMC_GETOPENSTATUS and IMC_SETOPENSTATUS): wine's own answers neither.
func haveIME(hwnd uintptr) {
	const control, getOpen, setOpen, windowProc = 0x0283, 5, 6, ^uintptr(3) // WM_IME_CONTROL; GWLP_WNDPROC, -4
	method, _, _ := defaultIME.Call(hwnd)
	var before uintptr
	before, _, _ = setWindowLong.Call(method, windowProc, windows.NewCallback(func(hwnd uintptr, id uint32, wparam, lparam uintptr) uintptr {
		switch {
		case id == control && wparam == setOpen:
			turnIME(lparam != 0)
			return 0
		case id == control && wparam == getOpen && methodOpen:
			return 1
		case id == control && wparam == getOpen:
			return 0
		}
		r, _, _ := callWindowProc.Call(before, hwnd, uintptr(id), wparam, lparam)
		return r
	}))
	if before == 0 {
		fmt.Fprintln(os.Stderr, "no window of an input method")
	}
}

func turnIME(open bool) {
	methodOpen = open
	fmt.Println("ime", map[bool]string{true: "open", false: "closed"}[open])
}

func tellMessage(id uint32, wparam, lparam uintptr) {
	switch id {
	case 0x0100, 0x0104: // WM_KEYDOWN, WM_SYSKEYDOWN
		fmt.Println("down", wparam)
	case 0x0101, 0x0105:
		fmt.Println("up", wparam)
	case 0x0102: // WM_CHAR
		fmt.Println("char", wparam)
	case 0x0201: // WM_LBUTTONDOWN
		fmt.Printf("click %d,%d\n", int16(lparam), int16(lparam>>16))
	}
}

func obey(hwnd uintptr, order string) {
	const noSize, noMove, noOrder, noActivate, topMost = 1, 2, 4, 0x10, ^uintptr(0)
	var x, y, w, h, ms int
	var class string
	var id, wparam uintptr
	var vk byte
	switch {
	case order == answer:
		fmt.Println(answer)
	case order == "front":
		if took, _, _ := setForeground.Call(hwnd); took != 0 && windows.GetForegroundWindow() == windows.HWND(hwnd) {
			return
		}
		own := windows.GetCurrentThreadId()
		theirs, _ := windows.GetWindowThreadProcessId(windows.GetForegroundWindow(), nil)
		attachThreadInput.Call(uintptr(own), uintptr(theirs), 1)
		setForeground.Call(hwnd)
		attachThreadInput.Call(uintptr(own), uintptr(theirs), 0)
		setForeground.Call(hwnd)
	case order == "ime":
		turnIME(true)
	case order == "hide":
		showWindow.Call(hwnd, 0)
	case order == "show":
		showWindow.Call(hwnd, 5)
	case order == "top":
		setWindowPos.Call(hwnd, topMost, 0, 0, 0, 0, noActivate|noSize|noMove)
	case scan(order, "place %d %d %d %d", &x, &y, &w, &h):
		setWindowPos.Call(hwnd, 0, uintptr(x), uintptr(y), uintptr(w), uintptr(h), noOrder|noActivate)
	case scan(order, "post %s %d %d", &class, &id, &wparam):
		if name, err := windows.UTF16PtrFromString(class); err == nil {
			to, _, _ := findWindow.Call(uintptr(unsafe.Pointer(name)), 0)
			postMessage.Call(to, id, wparam, 0)
		}
	case scan(order, "hold %d", &vk):
		var state [256]byte
		state[vk] = 0x80
		setKeyboardState.Call(uintptr(unsafe.Pointer(&state)))
		fmt.Println("held", vk)
	case scan(order, "hang %d", &ms):
		time.Sleep(time.Duration(ms) * time.Millisecond)
	}
}

func scan(text, form string, into ...any) bool {
	n, err := fmt.Sscanf(text, form, into...)
	return err == nil && n == len(into)
}
