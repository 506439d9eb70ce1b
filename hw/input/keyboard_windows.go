package input

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/keys"
)

var (
	user32                  = windows.NewLazySystemDLL("user32.dll")
	procCallNextHook        = user32.NewProc("CallNextHookEx")
	procDispatchMessage     = user32.NewProc("DispatchMessageW")
	procGetAsyncKeyState    = user32.NewProc("GetAsyncKeyState")
	procGetKeyState         = user32.NewProc("GetKeyState")
	procGetMessage          = user32.NewProc("GetMessageW")
	procMapVirtualKey       = user32.NewProc("MapVirtualKeyW")
	procPeekMessage         = user32.NewProc("PeekMessageW")
	procPostThreadMessage   = user32.NewProc("PostThreadMessageW")
	procRegisterHotKey      = user32.NewProc("RegisterHotKey")
	procSendInput           = user32.NewProc("SendInput")
	procSendMessage         = user32.NewProc("SendMessageTimeoutW")
	procSetWinEventHook     = user32.NewProc("SetWinEventHook")
	procSetWindowsHook      = user32.NewProc("SetWindowsHookExW")
	procUnhookWinEvent      = user32.NewProc("UnhookWinEvent")
	procUnhookWindowsHook   = user32.NewProc("UnhookWindowsHookEx")
	procUnregisterHotKey    = user32.NewProc("UnregisterHotKey")
	procGetTickCount        = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetTickCount")
	errHotkeyAlreadyTaken   = windows.Errno(1409) // ERROR_HOTKEY_ALREADY_REGISTERED
	errTheDesktopIsNotThere = errors.New("this session has no keyboard")
)

// Messages of our own to the keyboard's thread, and those of the system that it reads.
const (
	msgQuit   = 0x0012 // WM_QUIT
	msgHotkey = 0x0312 // WM_HOTKEY
	msgWork   = 0x8000 // WM_APP: there is work in do
	msgTime   = 0x8001 // the timer has run out
)

// Tags of the keys and clicks that this program sends: by them its own hook knows them.
const (
	tagBack = 0x43504F53 // a key of the cashier's, given back
	tagOwn  = 0x43504F54 // a key of a plan: for the window of the plan only
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

// keyboard is the Windows keyboard. One thread, run, owns everything below its line: the low-level hooks
// and the hot-keys live on the thread that made them. Others hand it work through do, which it takes only
// while no key is held back. The system itself passes over a hook that does not answer in time, and takes
// away the hooks of a program that ends, however it ends.
type keyboard struct {
	tell    func(keys.Event)
	do      chan func()
	closing sync.Once
	ready   chan struct{} // closed when thread is known
	thread  uint32
	ended   chan struct{} // closed when run has returned

	ear     *ear
	armed   keys.Armed
	front   bool
	hot     map[uintptr]hotkey // registered, by number
	down    map[uint16]bool    // keys that are physically down
	kept    map[uint16]bool    // those among them that were pressed while input was blocked
	clock   tickClock
	lag     lag
	timer   *time.Timer
	due     time.Time
	waited  []func()   // work that came while keys were held back
	sending bool       // our own keys are on their way
	behind  []heardKey // keys that came meanwhile
	own     ownKeys
	block   block
	record  chan<- keys.Chord // who wants the next key; nil mostly

	hooked    uintptr
	hookProc  uintptr // hook as the system calls it
	mouseProc uintptr // heardMouse so

	guard guard
	ime   imeGuard

	ahead   ahead
	owed    owed
	lookout lookout
	known   known // of whoever sends
}

// heardKey is a key that the hook heard, and kept back because it must not overtake our own.
type heardKey struct {
	hookKey
	isDown bool
}

type hotkey struct {
	name  string
	chord keys.Chord
}

func openKeyboard(e *ear, tell func(keys.Event)) (*keyboard, error) {
	if err := procSetWindowsHook.Find(); err != nil {
		return nil, fmt.Errorf("%w: %w", errTheDesktopIsNotThere, err)
	}
	return &keyboard{tell: tell, ear: e, do: make(chan func(), 16), ready: make(chan struct{}),
		ended: make(chan struct{}), hot: map[uintptr]hotkey{}, down: map[uint16]bool{}, kept: map[uint16]bool{}}, nil
}

func (k *keyboard) close() {
	k.closing.Do(func() {
		select {
		case <-k.ended: // its thread may be another's by now
			return
		default:
		}
		select {
		case <-k.ready:
			k.post(msgQuit)
		case <-k.ended:
		}
	})
	<-k.ended
	k.ime.open()
	k.guard.end()
}

func (k *keyboard) post(id uintptr) {
	_, _, _ = procPostThreadMessage.Call(uintptr(k.thread), id, 0, 0)
}

// run is the thread. It ends when close is called.
func (k *keyboard) run() error {
	const again = 0 // PM_NOREMOVE
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(k.ended)
	var m message
	// The first look makes this thread's message queue; before it a message to it would be lost.
	_, _, _ = procPeekMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0, again)
	k.thread = windows.GetCurrentThreadId()
	k.timer = time.AfterFunc(time.Hour, func() { k.post(msgTime) })
	k.timer.Stop()
	defer k.timer.Stop()
	k.hookProc = windows.NewCallback(k.hook)
	if err := k.hookKeys(); err != nil {
		return err
	}
	defer func() { _, _, _ = procUnhookWindowsHook.Call(k.hooked) }()
	defer k.lookout.leave()
	end, err := k.watchFront()
	if err != nil {
		return err
	}
	defer end()
	close(k.ready)
	for {
		got, _, err := procGetMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0)
		switch int32(got) {
		case 0:
			k.letGo()
			return nil
		case -1:
			return fmt.Errorf("listen to the keyboard: %w", err)
		}
		k.message(&m)
	}
}

func (k *keyboard) hookKeys() error {
	const lowLevel = 13 // WH_KEYBOARD_LL
	hook, _, err := procSetWindowsHook.Call(lowLevel, k.hookProc, 0, 0)
	if hook == 0 {
		return fmt.Errorf("listen to the keyboard: %w", err)
	}
	k.hooked = hook
	return nil
}

// renew hooks the keyboard anew and forgets which keys are down: their release was told to nobody.
func (k *keyboard) renew(ctx context.Context) error {
	var err error
	failed := k.call(ctx, func() {
		_, _, _ = procUnhookWindowsHook.Call(k.hooked) // it may be gone already
		clear(k.down)
		clear(k.kept)
		err = k.hookKeys()
	})
	return errors.Join(failed, err)
}

func (k *keyboard) message(m *message) {
	switch {
	case m.id == msgHotkey && m.hwnd == 0:
		if h, ok := k.hot[m.wparam]; ok {
			k.tell(keys.Event{Kind: keys.HeardHotkey, Name: h.name, At: time.Now()})
		}
	case m.id == msgTime:
		k.timeUp()
	case m.id == msgWork:
		select {
		case work := <-k.do:
			k.waited = append(k.waited, work)
		default:
		}
	default:
		_, _, _ = procDispatchMessage.Call(uintptr(unsafe.Pointer(m)))
	}
	if k.ear.busy() {
		return
	}
	work := k.waited
	k.waited = nil
	for _, w := range work {
		w()
	}
}

// hookKey is KBDLLHOOKSTRUCT of the Windows API.
type hookKey struct {
	vk, scan, flags, time uint32
	extra                 uintptr
}

// timeUp decides what has become due.
func (k *keyboard) timeUp() {
	now := time.Now()
	if !k.due.IsZero() && !now.Before(k.due) {
		if more := k.lag.drawnOut(now.Sub(k.due), now); more > 0 {
			k.due = now.Add(more)
			k.wind()
			return
		}
		k.settle(k.ear.expire())
		k.catchUp()
	}
	k.endBlock(time.Now())
}

// hook hears every key before any program does. It must be quick: the whole desktop waits for it.
func (k *keyboard) hook(code int32, what uintptr, key *hookKey) uintptr {
	const (
		keyDown    = 0x0100 // WM_KEYDOWN
		sysKeyDown = 0x0104 // WM_SYSKEYDOWN
		action     = 0      // HC_ACTION
	)
	down := what == keyDown || what == sysKeyDown
	own := code == action && key.extra == tagOwn && k.sending
	if code == action && !own && k.keeps(key, down) {
		return 1
	}
	next, _, _ := procCallNextHook.Call(0, uintptr(code), what, uintptr(unsafe.Pointer(key)))
	// Our own keys are looked at last: the less happens between the look and the key, the fewer windows can come
	// between the two.
	if own && k.own.keeps(uint16(key.vk), uint16(key.scan), down) {
		return 1
	}
	return next
}

// keeps says whether a key is kept from the program in front. A key that comes while ours are on their way
// waits behind them.
func (k *keyboard) keeps(key *hookKey, down bool) bool {
	switch {
	case key.extra == tagBack, key.extra == tagOwn: // the latter of another cpos, which looks after them itself
		return false
	case k.sending:
		k.behind = append(k.behind, heardKey{*key, down})
		return true
	}
	swallowed := k.swallow(key, down)
	if swallowed {
		k.catchUp()
	}
	return swallowed
}

// catchUp takes the keys that had to wait. They were kept from the program in front already, so what is not
// swallowed now is pressed.
func (k *keyboard) catchUp() {
	for len(k.behind) > 0 && !k.sending {
		next := k.behind[0]
		k.behind = k.behind[1:]
		if !k.swallow(&next.hookKey, next.isDown) {
			_ = k.inject(rawInputs([]rawKey{next.raw(next.isDown)})) // as in settle
		}
	}
}

func (h *hookKey) raw(down bool) rawKey {
	const extended = 1 // LLKHF_EXTENDED
	raw := rawKey{code: uint16(h.vk), scan: uint16(h.scan), down: down, mod: virtualMod(uint16(h.vk))}
	if h.flags&extended != 0 {
		raw.scan |= extendedScan
	}
	return raw
}

// swallow says whether a key is kept from the program in front.
func (k *keyboard) swallow(key *hookKey, down bool) bool {
	raw := key.raw(down)
	tick, _, _ := procGetTickCount.Call()
	k.lag.heard(time.Duration(int32(uint32(tick)-key.time))*time.Millisecond, time.Now())
	if !down {
		return k.swallowRelease(raw, k.clock.time(key.time))
	}
	k.forgetLost()
	repeat := k.down[raw.code]
	k.down[raw.code] = true
	k.endBlock(time.Now())
	if k.record != nil {
		k.kept[raw.code] = true
		k.note(raw)
		return true
	}
	if k.ear.busy() || k.ear.late() || k.armed.Scan && k.front && !k.secret() {
		char := k.char(raw.code)
		if repeat && !k.ear.det.Holding() {
			char = 0 // no scanner holds a key
		}
		if out := k.ear.press(raw, char, k.clock.time(key.time)); !out.pass {
			k.settle(out)
			return true
		}
	}
	if !k.block.on() {
		return false
	}
	k.kept[raw.code] = true
	k.hearHotkey(raw.code, repeat)
	return true
}

func (k *keyboard) swallowRelease(raw rawKey, at time.Time) bool {
	delete(k.down, raw.code)
	if k.kept[raw.code] {
		delete(k.kept, raw.code)
		return true
	}
	out, ours := k.ear.release(raw, at)
	if ours {
		k.settle(out)
		k.catchUp()
	}
	return ours
}

// char gives the character of a key with the modifiers that are down now.
func (k *keyboard) char(vk uint16) rune {
	const numLock = 0x90
	held := func(any ...uint16) bool {
		return slices.ContainsFunc(any, func(vk uint16) bool { return k.down[vk] })
	}
	if held(vkControl, 0xA2, 0xA3, vkMenu, 0xA4, 0xA5, vkLeftWin, vkRightWin) {
		return 0
	}
	on, _, _ := procGetKeyState.Call(numLock)
	return virtualChar(vk, held(vkShift, 0xA0, 0xA1), on&1 != 0)
}

// forgetLost drops modifiers whose release nobody told us: they came up on a desktop that no hook hears, as
// the one with the lock screen, or in front of a program with more rights.
func (k *keyboard) forgetLost() {
	for vk := range k.down {
		if !virtualMod(vk) || k.ear.down[vk] || k.kept[vk] {
			continue
		}
		if state, _, _ := procGetAsyncKeyState.Call(uintptr(vk)); state&0x8000 == 0 {
			delete(k.down, vk)
		}
	}
}

// settle does what the ear decided and winds the timer for what it must decide next.
func (k *keyboard) settle(out outcome) {
	if out.scan != "" {
		k.tell(out.event())
	}
	if len(out.back) > 0 && !k.block.on() {
		_ = k.inject(rawInputs(out.back)) // refused by a program with more rights: there is no other way in
	}
	k.due = time.Time{}
	if at, busy := k.ear.due(); busy {
		now := time.Now()
		k.due = now.Add(at.Sub(k.ear.last) + k.lag.extra(now))
	} else if len(k.waited) > 0 {
		k.post(msgWork)
	}
	k.wind()
}

// wind sets the timer for whatever is due first.
func (k *keyboard) wind() {
	k.timer.Stop()
	next := k.due
	if till := k.block.till; !till.IsZero() && (next.IsZero() || till.Before(next)) {
		next = till
	}
	if !next.IsZero() {
		k.timer.Reset(time.Until(next) + time.Millisecond)
	}
}

// arm puts new hot-keys in force. It reports the chords that another program owns.
func (k *keyboard) arm(ctx context.Context, a keys.Armed, front bool) error {
	var err error
	failed := k.call(ctx, func() {
		k.armed, k.front = a, front
		err = k.register()
	})
	return errors.Join(failed, err)
}

// call runs work on the keyboard's thread and waits for it. The work is bounded, so only taking it may be
// given up.
func (k *keyboard) call(ctx context.Context, work func()) error {
	select {
	case <-k.ready:
	case <-k.ended:
		return ErrGone
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	done := make(chan struct{})
	select {
	case k.do <- func() { work(); close(done) }:
		k.post(msgWork)
	case <-k.ended:
		return ErrGone
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-done:
		return nil
	case <-k.ended:
		return ErrGone
	}
}

// register replaces the hot-keys.
func (k *keyboard) register() error {
	k.unregister()
	var errs []error
	add := func(chords map[string]keys.Chord) {
		for _, name := range slices.Sorted(maps.Keys(chords)) {
			h := hotkey{name, chords[name]}
			id := uintptr(len(k.hot) + 1)
			switch err := registerHotkey(id, h.chord); {
			case errors.Is(err, errHotkeyAlreadyTaken):
				errs = append(errs, fmt.Errorf("hot-key %q (%s): %w", name, h.chord, keys.ErrKeyTaken))
			case err != nil:
				errs = append(errs, fmt.Errorf("hot-key %q (%s): %w", name, h.chord, err))
			default:
				k.hot[id] = h
			}
		}
	}
	add(k.armed.Hotkeys)
	if k.front {
		add(k.armed.Modal)
	}
	return errors.Join(errs...)
}

func (k *keyboard) unregister() {
	for id := range k.hot {
		_, _, _ = procUnregisterHotKey.Call(0, id)
	}
	clear(k.hot)
}

func registerHotkey(id uintptr, c keys.Chord) error {
	const (
		alt, ctrl, shift, win = 1, 2, 4, 8
		noRepeat              = 0x4000
	)
	key, ok := virtualKeys[c.Key]
	if !ok {
		return errors.New("this keyboard has no such key")
	}
	mods := uintptr(noRepeat)
	for mod, bit := range map[keys.Mods]uintptr{keys.Alt: alt, keys.Ctrl: ctrl, keys.Shift: shift, keys.Super: win} {
		if c.Mods&mod != 0 {
			mods |= bit
		}
	}
	if ok, _, err := procRegisterHotKey.Call(0, id, mods, uintptr(key.vk)); ok == 0 {
		return err
	}
	return nil
}

// letGo gives everything back at the end.
func (k *keyboard) letGo() {
	k.free()
	if out := k.ear.flush(); len(out.back) > 0 {
		_ = k.inject(rawInputs(out.back)) // as in settle
	}
	k.catchUp()
	k.unregister()
}
