package desktop

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/hw/desktop/winetest"
)

func TestMain(m *testing.M) {
	winetest.StandIn()
	os.Exit(m.Run())
}

// news starts a watch and gives what it told in the time given.
func news(t *testing.T) (next func() Befallen) {
	t.Helper()
	d, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan Befallen, 16)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Mishaps(ctx, func(b Befallen) { told <- b }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the watch ended with %v", err)
		}
	})
	for end := time.Now().Add(2 * time.Minute); unseen() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the watch has no window")
		}
	}
	return func() Befallen {
		select {
		case b := <-told:
			return b
		case <-time.After(2 * time.Minute):
			t.Error("nothing was told")
			return Befallen{}
		}
	}
}

func unseen() uintptr {
	name, _ := windows.UTF16PtrFromString(mishapClass)
	hwnd, _, _ := user32.NewProc("FindWindowW").Call(uintptr(unsafe.Pointer(name)), 0)
	return hwnd
}

func TestOnWindowsTheWindowInFrontIsFollowed(t *testing.T) {
	pos := winetest.OpenStand(t, "POS")
	desk, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	var mu sync.Mutex
	var front string
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() {
		_ = desk.Watch(ctx, func(w Window) { // it ends with ctx
			mu.Lock()
			defer mu.Unlock()
			front = w.Title
		})
	})
	defer func() { cancel(); watching.Wait() }()
	told := func(title string) {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			mu.Lock()
			is := front
			mu.Unlock()
			if is == title {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%q is in front, and %q was told", title, is)
			}
		}
	}
	told("POS")
	mail := winetest.OpenStand(t, "mail")
	told("mail")
	pos.Front(t)
	told("POS")
	mail.Front(t)
	told("mail")
}

func TestOnWindowsTheSessionIsFollowed(t *testing.T) {
	next := news(t)
	for _, row := range []struct {
		id, wparam uintptr
		want       Befallen
	}{
		{msgSession, 7, Befallen{Mishap: Locked}}, {msgSession, 8, Befallen{Mishap: Locked, Over: true}},
		{msgSession, 4, Befallen{Mishap: Away}}, {msgSession, 3, Befallen{Mishap: Away, Over: true}},
		{msgSession, 2, Befallen{Mishap: Away}}, {msgSession, 1, Befallen{Mishap: Away, Over: true}},
		{msgPower, powerResumed, Befallen{Mishap: Woken}},
	} {
		_, _, _ = user32.NewProc("PostMessageW").Call(unseen(), row.id, row.wparam, 0)
		if got := next(); got != row.want {
			t.Errorf("message %#x %d: told %+v, want %+v", row.id, row.wparam, got, row.want)
		}
	}
}

// Under wine every program has the same rights, so which of the two has more is said here; which is in front, the
// system says.
func TestOnWindowsAProgramOutOfReachIsToldWhileItIsInFront(t *testing.T) {
	pos, mail := winetest.OpenStand(t, "POS"), winetest.OpenStand(t, "mail")
	d, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	told := make(chan Befallen, 16)
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() {
		d.watchRights(ctx, func(window uintptr) bool { return window == pos.Window }, func(b Befallen) { told <- b })
	})
	defer func() { cancel(); watching.Wait() }()
	next := func(stand *winetest.Stand, over bool) {
		t.Helper()
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); { // the watch may only be beginning
			stand.Front(t)
			select {
			case b := <-told:
				if b.Mishap != TooHigh || b.Over != over || b.Window.ID != stand.Window {
					t.Errorf("told %+v", b)
				}
				return
			case <-time.After(time.Second):
			}
		}
		t.Error("nothing was told")
	}
	for range 3 {
		next(pos, false)
		next(mail, true)
	}
}

func TestOnWindowsAScreenThatChangesIsTold(t *testing.T) {
	next := news(t)
	first, modes := modes(t)
	defer changeScreen(&first)
	tried := 0
	for _, mode := range modes {
		if mode.width == first.width && mode.height == first.height || changeScreen(&mode) != 0 {
			continue
		}
		if tried++; tried > 2 {
			break
		}
		if got := next(); got.Mishap != Screens {
			t.Errorf("told %+v", got)
		}
	}
	if tried == 0 {
		t.Skipf("this screen has one size only: %d x %d", first.width, first.height)
	}
}

// deviceMode is DEVMODEW of the Windows API.
type deviceMode struct {
	_             [68]byte
	size, _       uint16
	fields        uint32
	_             [96]byte
	width, height uint32
	_             [40]byte
}

// modes gives the screen's present size and all that it can have.
func modes(t *testing.T) (now deviceMode, all []deviceMode) {
	t.Helper()
	read := func(n uintptr) (m deviceMode, ok bool) {
		m.size = uint16(unsafe.Sizeof(m))
		r, _, _ := user32.NewProc("EnumDisplaySettingsW").Call(0, n, uintptr(unsafe.Pointer(&m)))
		return m, r != 0
	}
	now, ok := read(uintptr(^uint32(0))) // ENUM_CURRENT_SETTINGS
	if !ok {
		t.Fatal("the screen has no size")
	}
	for n := uintptr(0); ; n++ {
		m, ok := read(n)
		if !ok {
			return now, all
		}
		all = append(all, m)
	}
}

func changeScreen(m *deviceMode) uintptr {
	r, _, _ := user32.NewProc("ChangeDisplaySettingsW").Call(uintptr(unsafe.Pointer(m)), 0)
	return r
}

func TestOnWindowsScreensAreCompared(t *testing.T) {
	one := screen{windows.Rect{Right: 1920, Bottom: 1080}, 96}
	scaled := screen{one.at, 144}
	right := screen{windows.Rect{Left: 1920, Right: 3200, Bottom: 1024}, 96}
	for name, row := range map[string]struct {
		before, now []screen
		want        []Mishap
	}{
		"nothing":          {[]screen{one}, []screen{one}, nil},
		"a second monitor": {[]screen{one}, []screen{one, right}, []Mishap{Screens}},
		"unplugged":        {[]screen{one, right}, []screen{one}, []Mishap{Screens}},
		"150 %":            {[]screen{one, right}, []screen{scaled, right}, []Mishap{Scaling}},
	} {
		if got := compare(row.before, row.now); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", name, got, row.want)
		}
	}
}

func TestOnWindowsRightsAreCompared(t *testing.T) {
	for text, want := range map[string]uint32{"S-1-16-8192": 0x2000, "S-1-16-12288": administrator, "S-1-16-16384": 0x4000} {
		sid, err := windows.StringToSid(text)
		if err != nil || levelOf(sid) != want {
			t.Errorf("%s is %#x, %v, want %#x", text, levelOf(sid), err, want)
		}
	}
	for name, row := range map[string]struct {
		theirs, own uint32
		err         error
		want        bool
	}{
		"two ordinary programs":               {0x2000, 0x2000, nil, false},
		"a POS started as administrator":      {0x3000, 0x2000, nil, true},
		"both started as administrator":       {0x3000, 0x3000, nil, false},
		"a program that may not be asked":     {0, 0x2000, windows.ERROR_ACCESS_DENIED, true},
		"that, asked by an administrator":     {0, 0x3000, windows.ERROR_ACCESS_DENIED, false},
		"a program that ended in that moment": {0, 0x2000, windows.ERROR_INVALID_PARAMETER, false},
	} {
		if got := above(row.theirs, row.err, row.own); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	stand := winetest.OpenStand(t, "POS")
	if Above(stand.Window) {
		t.Error("a program of our own kind is said to have more rights")
	}
}
