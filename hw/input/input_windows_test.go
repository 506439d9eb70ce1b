package input_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/desktop/winetest"
	"cpos/hw/input"
)

func TestMain(m *testing.M) {
	winetest.StandIn()
	switch {
	case os.Getenv(keysGuard) != "":
		input.StandGuard(os.Stdin)
		return
	case os.Getenv(typesOn) != "":
		typeOn(thePOS)
		return
	case os.Getenv(enginePart) != "":
		runEngine()
		return
	}
	os.Exit(m.Run())
}

var user32 = windows.NewLazySystemDLL("user32.dll")

// thePOS is how the profile of the stand-in says which window is meant.
var thePOS = keys.Window{Title: "^POS$"}

// rig is a device beside a POS, with what it heard.
type rig struct {
	*input.Device
	pos *winetest.Stand

	mu    sync.Mutex
	heard []keys.Event
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{pos: winetest.OpenStand(t, "POS")}
	r.open(t)
	return r
}

// open has hands and ears beside what is there.
func (r *rig) open(t *testing.T) {
	t.Helper()
	desk, err := desktop.Open()
	must(t, err)
	r.Device, err = input.Open(desk, input.Options{Patience: 300 * time.Millisecond, Accept: payable})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var listening sync.WaitGroup
	listening.Go(func() {
		_ = r.Listen(ctx, func(e keys.Event) { // it ends with ctx
			r.mu.Lock()
			defer r.mu.Unlock()
			r.heard = append(r.heard, e)
		})
	})
	t.Cleanup(func() { cancel(); listening.Wait(); r.Close(); desk.Close() })
}

// payable is a code of 18 digits that begins with 13.
func payable(text string) bool { return len(text) == 18 && strings.HasPrefix(text, "13") }

func (r *rig) scans() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, e := range r.heard {
		if e.Kind == keys.HeardScan {
			all = append(all, e.Text)
		}
	}
	return all
}

func (r *rig) hotkeys() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, e := range r.heard {
		if e.Kind == keys.HeardHotkey {
			all = append(all, e.Name)
		}
	}
	return strings.Join(all, " ")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// typed waits until the POS has got exactly this, and nothing more comes.
func (r *rig) typed(t testing.TB, want string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); r.pos.Typed() != want && time.Now().Before(end); {
		time.Sleep(2 * time.Millisecond)
	}
	time.Sleep(60 * time.Millisecond)
	if got := r.pos.Typed(); got != want {
		t.Errorf("the POS got %q, want %q: %v", got, want, r.pos.Got())
	}
}

// stroke is INPUT of the Windows API holding a key, without a tag, as a keyboard's keys are.
type stroke struct {
	kind, _     uint32
	vk, scan    uint16
	flags, time uint32
	extra       uintptr
	_           [8]byte
}

func newStroke(vk uint16, up bool) stroke {
	scan, _, _ := user32.NewProc("MapVirtualKeyW").Call(uintptr(vk), 0)
	s := stroke{kind: 1, vk: vk, scan: uint16(scan)}
	if up {
		s.flags = 2
	}
	return s
}

func send(t testing.TB, all ...stroke) {
	t.Helper()
	n, _, err := user32.NewProc("SendInput").Call(uintptr(len(all)), uintptr(unsafe.Pointer(&all[0])), unsafe.Sizeof(all[0]))
	if int(n) != len(all) {
		t.Fatal(err)
	}
}

// hardware presses one key, or lets it come up.
func hardware(t testing.TB, vk uint16, up bool) {
	t.Helper()
	send(t, newStroke(vk, up))
}

func tap(t testing.TB, vks ...uint16) {
	t.Helper()
	for _, vk := range vks {
		hardware(t, vk, false)
		hardware(t, vk, true)
	}
}

const vkEnter, vkShift, vkCtrl = 0x0D, 0x10, 0x11

// scan types a code as a scanner does that leaves so much time between its keys, by their own time stamps. It
// gives the stamp of the last of them.
func scan(t testing.TB, text string, pause time.Duration) (last uint32) {
	t.Helper()
	now, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetTickCount").Call()
	var all []stroke
	for i, r := range text {
		vk := uint16(r)
		if r == '\n' {
			vk = vkEnter
		}
		down, up := newStroke(vk, false), newStroke(vk, true)
		down.time = uint32(now) + uint32(i)*uint32(pause.Milliseconds())
		up.time = down.time + 1
		all = append(all, down, up)
		last = down.time
	}
	send(t, all...)
	return last
}

const oneCode = "134680423163089400"

func TestOnWindowsKeysAndTextArrive(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	must(t, r.PressIn(ctx, thePOS, keys.MustChord("a")))
	must(t, r.PressIn(ctx, thePOS, keys.MustChord("shift+b")))
	must(t, r.PressIn(ctx, thePOS, keys.MustChord("ctrl+c")))
	must(t, r.TypeIn(ctx, thePOS, "12.50 收款 é"))
	must(t, r.PressIn(ctx, thePOS, keys.MustChord("kp_5")))
	must(t, r.PressIn(ctx, thePOS, keys.MustChord("enter")))
	r.typed(t, "aB^C12.50 收款 é⏎")
	if got := strings.Join(r.pos.Got(), " "); !strings.Contains(got, "down 101") { // wine makes no character of it without NumLock
		t.Errorf("no keypad 5 in %s", got)
	}
}

func TestOnWindowsCapsLockChangesNoText(t *testing.T) {
	r := newRig(t)
	tap(t, 0x14)
	defer tap(t, 0x14)
	must(t, r.TypeIn(t.Context(), thePOS, "Abc 12"))
	r.typed(t, "Abc 12")
}

func TestOnWindowsNothingIsPressedIntoAnotherWindow(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	other := winetest.OpenStand(t, "mail")
	for name, err := range map[string]error{
		"PressIn": r.PressIn(ctx, thePOS, keys.MustChord("a")), "TypeIn": r.TypeIn(ctx, thePOS, "5"),
		"Click": r.Click(ctx, thePOS, 10, 10),
	} {
		if !errors.Is(err, keys.ErrNotInFront) {
			t.Errorf("%s says %v", name, err)
		}
	}
	if err := r.Focus(ctx, keys.Window{Title: "no such window"}); !errors.Is(err, keys.ErrNoWindow) {
		t.Errorf("Focus says %v", err)
	}
	must(t, r.Focus(ctx, thePOS))
	must(t, r.PressIn(ctx, thePOS, keys.MustChord("a")))
	r.typed(t, "a")
	if got := other.Got(); len(got) > 0 {
		t.Errorf("the other window got %v", got)
	}
}

func TestOnWindowsClicksLandOnThePoint(t *testing.T) {
	r := newRig(t)
	must(t, r.Click(t.Context(), thePOS, 120, 34))
	must(t, r.Click(t.Context(), thePOS, 0, 0))
	eventually(t, "two clicks", func() bool { return len(r.pos.Got()) >= 2 })
	if got := strings.Join(r.pos.Got(), " "); got != "click 120,34 click 0,0" {
		t.Errorf("the POS got %s", got)
	}
	over := winetest.OpenStand(t, "over")
	over.Tell("place 0 0 500 400")
	r.pos.Front(t)
	over.Tell("top")
	eventually(t, "a window over the POS", func() bool { return errors.Is(r.Click(t.Context(), thePOS, 120, 34), keys.ErrNotInFront) })
	if err := r.Click(t.Context(), thePOS, 3000, 10); err == nil {
		t.Error("clicked outside the window")
	}
}

func TestOnWindowsScansVanishAndTheRestIsGivenBack(t *testing.T) {
	r := newRig(t)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	scan(t, oneCode+"\n", 8*time.Millisecond)
	eventually(t, "a scan", func() bool { return len(r.scans()) == 1 && r.scans()[0] == oneCode })
	r.typed(t, "")

	scan(t, "6901234567892\n", 8*time.Millisecond) // an article
	r.typed(t, "6901234567892⏎")
	r.pos.Clear()

	hardware(t, '7', false) // a letter rolls over a digit
	hardware(t, 'K', false)
	hardware(t, '7', true)
	hardware(t, 'K', true)
	tap(t, '8')
	r.typed(t, "7k8")
	r.pos.Clear()

	hardware(t, '1', false) // Ctrl+C right behind a digit
	hardware(t, '1', true)
	hardware(t, vkCtrl, false)
	tap(t, 'C')
	hardware(t, vkCtrl, true)
	r.typed(t, "1^C")
	r.pos.Clear()

	last := scan(t, oneCode, 8*time.Millisecond) // its Enter comes late
	eventually(t, "two scans", func() bool { return len(r.scans()) == 2 })
	enter := []stroke{newStroke(vkEnter, false), newStroke(vkEnter, true)}
	enter[0].time, enter[1].time = last+100, last+101
	send(t, enter...)
	r.typed(t, "")

	must(t, r.Arm(t.Context(), keys.Armed{}))
	scan(t, oneCode, time.Millisecond)
	r.typed(t, oneCode)
}

// The same as on Linux: the POS gets what the keyboard sent, and payment codes never.
func TestOnWindowsAHostileScannerAddsNothing(t *testing.T) {
	r := newRig(t)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	before := held()
	var want strings.Builder
	const codes = 12
	pressed := 0
	press := func(text string) {
		scan(t, text+"\n", time.Millisecond)
		pressed += len(text) + 1
		want.WriteString(strings.ReplaceAll(strings.ToLower(text), "\x1b", "^[") + "⏎")
		eventually(t, "what no code is", func() bool { return len(r.pos.Typed()) >= want.Len() })
	}
	for n := range codes {
		for _, text := range []string{"HTTPEVILEXAMPLE", "4111111111111111", "6222021234567890128", "\x1bA\x1b2J", "12A34"} {
			press(text)
		}
		scan(t, code(n)+"\n", 8*time.Millisecond)
		eventually(t, "a code among it", func() bool { return len(r.scans()) == n+1 && r.scans()[n] == code(n) })
	}
	press(strings.Repeat("9", 10*keys.DefaultMost)) // it passes until there is a pause
	r.typed(t, want.String())
	r.pos.Clear()
	more := held() - before
	t.Logf("F20 hostile scanner on the keyboard under wine: keys %d, payment codes among them %d of %d heard, memory %+d KiB", pressed, len(r.scans()), codes, more>>10)
	if more > mostHeld {
		t.Error("memory grew")
	}
}

func TestOnWindowsHotkeysAreHeardAndTakenOnesNamed(t *testing.T) {
	r := newRig(t)
	runtime.LockOSThread() // a hot-key belongs to its thread, which must not become the keyboard's
	defer runtime.UnlockOSThread()
	if ok, _, err := user32.NewProc("RegisterHotKey").Call(0, 1, 0x4002, 'K'); ok == 0 { // Ctrl+K
		t.Fatal(err)
	}
	err := r.Arm(t.Context(), keys.Armed{Hotkeys: map[string]keys.Chord{"main": keys.MustChord("ctrl+e"),
		"pay": keys.MustChord("~"), "taken": keys.MustChord("ctrl+k")}})
	if !errors.Is(err, keys.ErrKeyTaken) || !strings.Contains(err.Error(), "ctrl+k") || strings.Contains(err.Error(), "ctrl+e") {
		t.Errorf("Arm says %v", err)
	}
	for _, lock := range []uint16{0, 0x14, 0x90} { // none, CapsLock, NumLock
		if lock != 0 {
			tap(t, lock)
			defer tap(t, lock)
		}
		hardware(t, vkCtrl, false)
		tap(t, 'E')
		hardware(t, vkCtrl, true)
		tap(t, 0xC0)
	}
	eventually(t, "six hot-keys", func() bool { return r.hotkeys() == "main pay main pay main pay" })
	must(t, r.PressIn(t.Context(), thePOS, keys.MustChord("~")))
	hardware(t, vkShift, false)
	tap(t, 0xC0)
	hardware(t, vkShift, true)
	r.typed(t, "`~")
	if got := r.hotkeys(); got != "main pay main pay main pay" {
		t.Errorf("our own key came back to us: %s", got)
	}
}

func TestOnWindowsAKeyThatIsRecordedReachesNobody(t *testing.T) {
	r := newRig(t)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS, Hotkeys: map[string]keys.Chord{"main": keys.MustChord("ctrl+e")}}))
	for chord, press := range map[string]func(){
		"ctrl+e": func() { hardware(t, vkCtrl, false); tap(t, 'E'); hardware(t, vkCtrl, true) },
		"f6":     func() { tap(t, 0x14, 0x14, 0x75) }, // CapsLock by itself is no hot-key
		"~":      func() { tap(t, 0xC0) },
		"kp_7":   func() { tap(t, 0x67) },
		"ctrl+shift+p": func() {
			hardware(t, vkCtrl, false)
			hardware(t, vkShift, false)
			tap(t, 'P')
			hardware(t, vkShift, true)
			hardware(t, vkCtrl, true)
		},
	} {
		recorded := make(chan keys.Chord, 1)
		go func() {
			c, err := r.Record(t.Context())
			if err != nil {
				t.Error(err)
			}
			recorded <- c
		}()
		eventually(t, "somebody records", r.Recording)
		press()
		if got := <-recorded; got != keys.MustChord(chord) {
			t.Errorf("recorded %s, want %s", got, chord)
		}
	}
	tap(t, 'Z')
	r.typed(t, "z")
	if got := r.hotkeys(); got != "" {
		t.Errorf("a key that was recorded was heard as %s", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.Record(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with no key pressed: %v", err)
	}
}

func TestOnWindowsAHeldModifierIsWaitedFor(t *testing.T) {
	r := newRig(t)
	hardware(t, vkCtrl, false)
	done := make(chan error, 1)
	go func() { done <- r.PressIn(context.Background(), thePOS, keys.MustChord("a")) }()
	time.Sleep(50 * time.Millisecond)
	hardware(t, vkCtrl, true)
	must(t, <-done)
	r.typed(t, "a")
	hardware(t, vkShift, false)
	defer hardware(t, vkShift, true)
	if err := r.PressIn(t.Context(), thePOS, keys.MustChord("a")); !errors.Is(err, keys.ErrModifiers) {
		t.Errorf("with Shift held for good: %v", err)
	}
}

func TestOnWindowsAModifierThatAWindowTakesForHeldIsLetGo(t *testing.T) {
	r := newRig(t)
	r.pos.Tell("hold 16") // Shift
	eventually(t, "it takes Shift for held", func() bool { return slices.Contains(r.pos.Got(), "held 16") })
	must(t, r.PressIn(t.Context(), thePOS, keys.MustChord("a")))
	r.typed(t, "A")
	r.Doubt(r.pos.Window, keys.Shift)
	must(t, r.PressIn(t.Context(), thePOS, keys.MustChord("a")))
	r.typed(t, "Aa")
	r.pos.Clear()
	must(t, r.PressIn(t.Context(), thePOS, keys.MustChord("b")))
	r.typed(t, "b")
	if got := r.pos.Got(); slices.ContainsFunc(got, func(line string) bool { return line == "up 16" }) {
		t.Errorf("what was let go once is let go again: %v", got)
	}
}

// How late a cashier's own keys arrive, beside how late they are with nothing armed.
func TestOnWindowsACashiersKeysAreLateOnlyWhileScansAreWaitedFor(t *testing.T) {
	r := newRig(t)
	late := func(vk uint16) time.Duration {
		var all []time.Duration
		for range 25 {
			r.pos.Clear()
			begin := time.Now()
			hardware(t, vk, false)
			time.AfterFunc(8*time.Millisecond, func() { hardware(t, vk, true) })
			eventually(t, "a key arrives", func() bool { return strings.Contains(strings.Join(r.pos.Got(), " "), "down") })
			all = append(all, time.Since(begin))
			eventually(t, "it comes up", func() bool { return strings.Contains(strings.Join(r.pos.Got(), " "), "up") })
			time.Sleep(60 * time.Millisecond)
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	digit, letter := late('5'), late('A')
	judge := func(what string, of, without, most time.Duration) {
		more := max(0, of-without)
		t.Logf("under wine %s: late by %v", what, more.Round(time.Millisecond))
		if more > most && os.Getenv("ACCEPT") != "" { // among other tests the machine is busy
			t.Errorf("%s: more than %v", what, most)
		}
	}
	const step = 3 * time.Millisecond // what a pipe and a clock tell apart
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	judge("a digit at the POS while scans are waited for", late('5'), digit, 45*time.Millisecond)
	judge("a letter at the POS while scans are waited for", late('A'), letter, step)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: keys.Window{Title: "another"}}))
	judge("a digit in another program", late('5'), digit, step)
	must(t, r.Arm(t.Context(), keys.Armed{When: thePOS}))
	judge("a digit at the POS while scanning is off", late('5'), digit, step)
}

func TestOnWindowsBlockedInputReachesNobody(t *testing.T) {
	r := newRig(t)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS, Hotkeys: map[string]keys.Chord{"main": keys.MustChord("ctrl+e")}}))
	hardware(t, 'X', false) // held since before
	free, err := r.Block(t.Context(), time.Minute)
	must(t, err)
	hardware(t, 'X', true)
	tap(t, 'A', '1', vkEnter)
	clickAt(t, 200, 200)
	must(t, r.TypeIn(t.Context(), thePOS, "ok"))
	hardware(t, vkCtrl, false)
	tap(t, 'E')
	hardware(t, vkCtrl, true)
	scan(t, oneCode+"\n", 5*time.Millisecond)
	eventually(t, "scan and hot-key", func() bool { return len(r.scans()) == 1 && r.hotkeys() == "main" })
	if _, err := r.Block(t.Context(), time.Second); err == nil {
		t.Error("blocked twice")
	}
	hardware(t, 'Y', false) // held beyond the end
	free()
	hardware(t, 'Y', true)
	tap(t, 'B')
	r.typed(t, "xokb")
	for _, line := range r.pos.Got() {
		if strings.HasPrefix(line, "click") {
			t.Errorf("the POS got a %s", line)
		}
	}

	_, err = r.Block(t.Context(), 150*time.Millisecond)
	must(t, err)
	tap(t, 'C')
	time.Sleep(250 * time.Millisecond)
	tap(t, 'D')
	r.typed(t, "xokbd")
}

func clickAt(t testing.TB, x, y int) {
	t.Helper()
	_, _, _ = user32.NewProc("SetCursorPos").Call(uintptr(x), uintptr(y))
	in := struct {
		kind, _           uint32
		x, y              int32
		data, flags, time uint32
		extra             uintptr
	}{flags: 2}
	for _, in.flags = range []uint32{2, 4} {
		if n, _, err := user32.NewProc("SendInput").Call(1, uintptr(unsafe.Pointer(&in)), unsafe.Sizeof(in)); n != 1 {
			t.Fatal(err)
		}
	}
}

func TestOnWindowsAScannerIsToldByItsDevice(t *testing.T) {
	winetest.OpenStand(t, "POS")
	open := input.DeviceScanner("VID_845E") // the one keyboard that wine has
	ctx, cancel := context.WithCancel(context.Background())
	heard := make(chan keys.Event, 4)
	there := make(chan error, 4)
	var listening sync.WaitGroup
	listening.Go(func() {
		s := input.Scanner{Open: open, Accept: payable, Turned: func(err error) { there <- err }}
		_ = s.Listen(ctx, func(e keys.Event) { heard <- e }) // it ends with ctx
	})
	defer func() { cancel(); listening.Wait() }()
	must(t, <-there)
	wine := windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
	limit := 2 * time.Minute
	if !wine {
		limit = 10 * time.Second
	}
	scan(t, oneCode+"\n", 8*time.Millisecond)
	select {
	case e := <-heard:
		if e.Text != oneCode {
			t.Errorf("heard %q", e.Text)
		}
	case <-time.After(limit):
		if !wine {
			t.Skip("this system gives keys that a program sent to no device, and nobody can scan here")
		}
		t.Error("nothing was heard")
	}
	if _, err := input.DeviceScanner("no such scanner")(t.Context()); !errors.Is(err, input.ErrWhichDevice) {
		t.Errorf("a scanner that is not there: %v", err)
	}
}
