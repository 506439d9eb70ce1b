package control

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/hw/desktop"
)

var (
	user32                 = windows.NewLazySystemDLL("user32.dll")
	procGetDlgCtrlID       = user32.NewProc("GetDlgCtrlID")
	procSendMessageTimeout = user32.NewProc("SendMessageTimeoutW")
)

// Texts asks windows for their texts: classic controls by message, all others by UI Automation. Its methods
// may be called by several goroutines.
type Texts struct {
	mu     sync.Mutex
	uia    *automation // nil until it is needed
	closed bool
}

// New makes a Texts that asked nobody yet. Close it.
func New() *Texts { return &Texts{} }

// Close ends UI Automation.
func (t *Texts) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.uia != nil {
		t.uia.close()
		t.uia = nil
	}
}

func (t *Texts) automation() (*automation, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrNoAccess
	}
	if t.uia == nil {
		u, err := startAutomation()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoAccess, err)
		}
		t.uia = u
	}
	return t.uia, nil
}

// Read gives the text of a control of a window. One that is hidden tells nothing: it may hold what was shown
// an hour ago.
func (t *Texts) Read(ctx context.Context, w desktop.Window, a Address) (string, error) {
	if a.Kind != "" {
		h, err := numbered(w, a)
		if err != nil {
			return "", err
		}
		return textOf(h)
	}
	if id, err := strconv.Atoi(a.ID); a.ID != "" && err == nil {
		h, err := identified(w, id)
		if err == nil {
			return textOf(h)
		}
		if !errors.Is(err, ErrNone) {
			return "", err
		}
	}
	u, err := t.automation()
	if err != nil {
		return "", err
	}
	return u.read(ctx, w.ID, a)
}

// List gives the controls of a window that show a text now, in the window's order.
func (t *Texts) List(ctx context.Context, w desktop.Window) ([]Control, error) {
	var all []Control
	count := map[string]int{}
	for _, h := range children(w) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		class := className(h)
		count[strings.ToLower(class)]++
		if text, err := textOf(h); err == nil && strings.TrimSpace(text) != "" {
			all = append(all, made(Address{Kind: class, N: count[strings.ToLower(class)]}, class, "", text))
		}
	}
	u, err := t.automation()
	if err != nil {
		return all, nil // older systems have messages only
	}
	more, err := u.list(ctx, w.ID)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return all, nil
	}
	return append(all, more...), nil
}

// collect is made once: Windows callbacks are never freed.
var collect = sync.OnceValue(func() uintptr {
	return windows.NewCallback(func(h windows.HWND, list *[]windows.HWND) uintptr {
		*list = append(*list, h)
		if len(*list) >= mostControls {
			return 0
		}
		return 1
	})
})

// children gives all windows inside a window, each before those inside it.
func children(w desktop.Window) []windows.HWND {
	all := new([]windows.HWND)
	var still runtime.Pinner
	still.Pin(all) // a callback may move the stack, and the system keeps the address
	defer still.Unpin()
	windows.EnumChildWindows(windows.HWND(w.ID), collect(), unsafe.Pointer(all))
	return *all
}

// numbered finds the nth child of a class.
func numbered(w desktop.Window, a Address) (windows.HWND, error) {
	n := 0
	for _, h := range children(w) {
		if strings.EqualFold(className(h), a.Kind) {
			if n++; n == a.N {
				return h, nil
			}
		}
	}
	return 0, ErrNone
}

// identified finds the only child with a control number.
func identified(w desktop.Window, id int) (windows.HWND, error) {
	var found windows.HWND
	for _, h := range children(w) {
		if got, _, _ := procGetDlgCtrlID.Call(uintptr(h)); int32(got) == int32(id) {
			if found != 0 {
				return 0, ErrSeveral
			}
			found = h
		}
	}
	if found == 0 {
		return 0, ErrNone
	}
	return found, nil
}

func className(h windows.HWND) string {
	var class [256]uint16
	n, err := windows.GetClassName(h, &class[0], int32(len(class)))
	if err != nil {
		return ""
	}
	return windows.UTF16ToString(class[:n])
}

// Errors of a control that is there.
var (
	errHidden = errors.New("the control is hidden")
	errHangs  = errors.New("the program does not answer")
	errLong   = errors.New("the text is too long")
)

// longestText is how many UTF-16 units of a text are read.
const longestText = 4096

// textOf asks a control for its text, which a program that hangs does not answer.
func textOf(h windows.HWND) (string, error) {
	const getText, getPasswordChar = 0x000d, 0x00d2 // WM_GETTEXT, EM_GETPASSWORDCHAR
	if !windows.IsWindowVisible(h) {
		return "", errHidden
	}
	if strings.Contains(strings.ToLower(className(h)), "edit") {
		if dot, err := send(h, getPasswordChar, 0, nil); err != nil {
			return "", err
		} else if dot != 0 {
			return "", ErrSecret
		}
	}
	var text [longestText]uint16
	n, err := send(h, getText, longestText, unsafe.Pointer(&text))
	switch {
	case err != nil:
		return "", err
	case n >= longestText-1:
		return "", errLong
	}
	return windows.UTF16ToString(text[:n]), nil
}

// send sends a message and waits for the answer, as long as the program is not busy with something else.
func send(h windows.HWND, message, w uintptr, l unsafe.Pointer) (uintptr, error) {
	const abortIfHung = 0x0002 // SMTO_ABORTIFHUNG
	var answer uintptr
	ok, _, _ := procSendMessageTimeout.Call(uintptr(h), message, w, uintptr(l), abortIfHung, uintptr(limit.Milliseconds()),
		uintptr(unsafe.Pointer(&answer)))
	if ok == 0 {
		return 0, errHangs
	}
	return answer, nil
}
