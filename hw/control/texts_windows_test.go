package control_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/hw/control"
	"cpos/hw/desktop"
)

var (
	user32          = windows.NewLazySystemDLL("user32.dll")
	createWindow    = user32.NewProc("CreateWindowExW")
	defWindowProc   = user32.NewProc("DefWindowProcW")
	dispatchMessage = user32.NewProc("DispatchMessageW")
	getMessage      = user32.NewProc("GetMessageW")
	registerClass   = user32.NewProc("RegisterClassExW")
	setWindowText   = user32.NewProc("SetWindowTextW")
)

// asTill makes this program a till with a window of standard controls.
const asTill = "CPOS_TEST_TILL"

func TestMain(m *testing.M) {
	if os.Getenv(asTill) != "" {
		beTill()
		return
	}
	os.Exit(m.Run())
}

// Numbers of the till's controls.
const (
	totalID  = 1003
	secretID = 1005
)

// beTill shows each line that it reads as the amount, and answers when it is in the controls.
func beTill() {
	runtime.LockOSThread()
	class := utf16("CposTestTill")
	type wndClass struct {
		size, style                        uint32
		proc                               uintptr
		classExtra, windowExtra            int32
		instance, icon, cursor, background uintptr
		menu, name                         *uint16
		small                              uintptr
	}
	c := wndClass{name: class, proc: windows.NewCallback(func(h, m, w, l uintptr) uintptr {
		r, _, _ := defWindowProc.Call(h, m, w, l)
		return r
	})}
	c.size = uint32(unsafe.Sizeof(c))
	if ok, _, err := registerClass.Call(uintptr(unsafe.Pointer(&c))); ok == 0 {
		panic(err)
	}
	const overlapped, visible, child, password, border = 0x00cf0000, 0x10000000, 0x40000000, 0x20, 0x00800000
	control := func(class, text string, style, x, y, w, h, parent, id uintptr) uintptr {
		made, _, err := createWindow.Call(0, uintptr(unsafe.Pointer(utf16(class))), uintptr(unsafe.Pointer(utf16(text))), style, x, y, w, h, parent, id, 0, 0)
		if made == 0 {
			panic(err)
		}
		return made
	}
	window := control("CposTestTill", "Windows till", overlapped|visible, 50, 50, 400, 300, 0, 0)
	control("STATIC", "合计", child|visible, 10, 10, 80, 24, window, 1001)
	label := control("STATIC", "-", child|visible, 100, 10, 200, 24, window, 1002)
	total := control("EDIT", "-", child|visible|border, 10, 50, 200, 24, window, totalID)
	control("EDIT", "9999.00", child, 10, 90, 200, 24, window, 1004)
	control("EDIT", "1234", child|visible|password, 10, 130, 200, 24, window, secretID)
	fmt.Println("ready")
	go func() {
		for in := bufio.NewScanner(os.Stdin); in.Scan(); fmt.Println("shown") {
			for _, h := range []uintptr{label, total} {
				_, _, _ = setWindowText.Call(h, uintptr(unsafe.Pointer(utf16(in.Text()))))
			}
		}
		os.Exit(0)
	}()
	var message [64]byte
	for {
		if ok, _, _ := getMessage.Call(uintptr(unsafe.Pointer(&message)), 0, 0, 0); int32(ok) <= 0 {
			return
		}
		_, _, _ = dispatchMessage.Call(uintptr(unsafe.Pointer(&message)))
	}
}

func utf16(s string) *uint16 {
	p, err := windows.UTF16PtrFromString(s)
	if err != nil {
		panic(err)
	}
	return p
}

// till is the other program.
type till struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	said *bufio.Scanner
	once sync.Once
}

func openTill(t *testing.T) *till {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &till{t: t, cmd: exec.Command(self)}
	p.cmd.Env = append(os.Environ(), asTill+"=1")
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.said = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	p.expect("ready")
	return p
}

func (p *till) expect(word string) {
	p.t.Helper()
	if !p.said.Scan() || strings.TrimSpace(p.said.Text()) != word {
		p.t.Fatalf("the window said %q, %v", p.said.Text(), p.said.Err())
	}
}

func (p *till) show(text string) {
	p.t.Helper()
	fmt.Fprintln(p.in, text)
	p.expect("shown")
}

func (p *till) close() {
	p.once.Do(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
}

var windowsTill = keys.Window{Title: "^Windows till$"}

func open(t *testing.T) (*desktop.Desktop, *control.Texts) {
	t.Helper()
	d, err := desktop.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	texts := control.New()
	t.Cleanup(texts.Close)
	return d, texts
}

func lineOf(t *testing.T, d *desktop.Desktop, texts *control.Texts, address string) *control.Line {
	t.Helper()
	l, err := texts.Line(d, windowsTill, address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// said waits until the window is there, and gives its only line.
func said(t *testing.T, l capture.Line) string {
	t.Helper()
	var why error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		told, err := l.Said(t.Context())
		if err == nil && len(told.Lines) == 1 {
			return told.Lines[0]
		}
		why = err
	}
	t.Fatalf("nothing was told: %v", why)
	return ""
}

// silence gives why a control tells nothing, when that is not just a busy machine.
func silence(t *testing.T, l capture.Line) error {
	t.Helper()
	for range 20 {
		told, err := l.Said(t.Context())
		if err == nil {
			t.Fatalf("told %q", told.Lines)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return context.DeadlineExceeded
}

func TestAStandardControlTellsEveryAmount(t *testing.T) {
	d, texts := open(t)
	window := openTill(t)
	lines := map[string]*control.Line{"Edit#1": nil, "id:1003": nil, "static#2": nil}
	for address := range lines {
		lines[address] = lineOf(t, d, texts, address)
		said(t, lines[address])
	}
	for i := range 1000 {
		want := pay.Money(1 + (i*7919)%499_999).String()
		window.show(want)
		for address, l := range lines {
			if i%10 != 0 && address != "Edit#1" {
				continue // asking takes its time, and one of them is asked every time
			}
			if got := said(t, l); got != want {
				t.Fatalf("%s told %q, want %s", address, got, want)
			}
		}
	}
	window.close()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := lines["Edit#1"].Said(t.Context()); errors.Is(err, capture.ErrSilent) {
			break
		} else if time.Now().After(end) {
			t.Fatal("a window that is gone still tells its text")
		}
	}
	window = openTill(t)
	window.show("77.70")
	for address, l := range lines {
		if got := said(t, l); got != "77.70" {
			t.Errorf("%s told %q after the window came back", address, got)
		}
	}
}

func TestOnlyTheControlThatIsMeantIsRead(t *testing.T) {
	d, texts := open(t)
	window := openTill(t)
	window.show("1,234.50")
	said(t, lineOf(t, d, texts, "Edit#1"))
	for address, want := range map[string]error{"Edit#9": control.ErrNone, "Edit#2": capture.ErrSilent, "Edit#3": control.ErrSecret} {
		if err := silence(t, lineOf(t, d, texts, address)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}
	w, err := d.Find(t.Context(), windowsTill)
	if err != nil {
		t.Fatal(err)
	}
	all, err := texts.List(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, c := range all {
		listed = append(listed, strings.ToLower(c.Address.String())+" "+c.Shape)
	}
	want := "static#1 字字|static#2 0,000.00|edit#1 0,000.00"
	if got := strings.Join(listed, "|"); !strings.HasPrefix(got, want) {
		t.Errorf("listed %s, want %s", got, want)
	}
}

// TestUIAutomationReadsWhatAProgramTells needs a program's side of UI Automation, where the system has none:
// the library that CPOS_TEST_AUTOMATION names.
func TestUIAutomationReadsWhatAProgramTells(t *testing.T) {
	library := os.Getenv("CPOS_TEST_AUTOMATION")
	if library == "" {
		t.Skip("CPOS_TEST_AUTOMATION names no library to play a program with")
	}
	runtime.LockOSThread() // the library lives in this thread's apartment
	dll, err := windows.LoadDLL(library)
	if err != nil {
		t.Fatal(err)
	}
	if hr, _, _ := dll.MustFindProc("Serve").Call(); int32(hr) < 0 {
		t.Fatalf("serve: %#x", hr)
	}
	held := func() uintptr { n, _, _ := dll.MustFindProc("Held").Call(); return n }
	openTill(t)
	d, _ := open(t)
	var after []uintptr
	for range 3 {
		texts := control.New()
		for range 20 {
			if got := said(t, lineOf(t, d, texts, "id:txtTotal")); got != "Windows till" {
				t.Fatalf("told %q", got)
			}
		}
		if got := said(t, lineOf(t, d, texts, "name:Total")); got != "Windows till" {
			t.Errorf("by name told %q", got)
		}
		for address, want := range map[string]error{"name:twice": control.ErrSeveral, "id:txtPin": control.ErrSecret,
			"id:nobody": control.ErrNone, "id:txtOld": capture.ErrSilent} {
			if err := silence(t, lineOf(t, d, texts, address)); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", address, err, want)
			}
		}
		texts.Close()
		after = append(after, held())
	}
	if after[1] != after[2] {
		t.Errorf("the client keeps references: %d, then %d", after[1], after[2])
	}
}
