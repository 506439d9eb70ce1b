package input

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/keys"
	"cpos/hw/desktop"
)

var _ keys.Ahead = (*Device)(nil)

// ownKeys watches the keys of a plan on their way through our own hook. Between looking which window is in
// front and the arrival of a key another window may come there; then the hook swallows it.
type ownKeys struct {
	guard   uintptr         // the window that they are for, 0 for any
	through map[uint16]bool // pressed and not yet up: their release must arrive too, wherever
	let     int             // presses that were let through
	stopped bool            // a key was swallowed; all after it are
	x, y    int32           // of a click
	strayed bool            // the pointer was elsewhere
}

func (o *ownKeys) begin(guard uintptr) { *o = ownKeys{guard: guard, through: map[uint16]bool{}} }

// keeps says whether one of our own keys is kept from the program in front. Characters have no virtual key
// of their own; their code is their scan code.
func (o *ownKeys) keeps(vk, scan uint16, down bool) bool {
	const packet = 0xE7 // VK_PACKET
	id := vk
	if vk == packet {
		id = scan | 1<<15
	}
	if !down {
		passes := o.through[id]
		delete(o.through, id)
		return !passes
	}
	if o.guard != 0 && !desktop.HasKeyboard(o.guard) {
		o.stopped = true
	}
	if !o.stopped {
		o.through[id] = true
		o.let++
	}
	return o.stopped
}

// PressAhead sends one chord to a window if it is in front.
func (d *Device) PressAhead(ctx context.Context, w keys.Window, c keys.Chord) error {
	return d.sendAhead(ctx, w, []tap{{chord: c}})
}

// TypeAhead sends text to a window while it is in front.
func (d *Device) TypeAhead(ctx context.Context, w keys.Window, text string) error {
	return d.sendAhead(ctx, w, taps(text))
}

func (d *Device) sendAhead(ctx context.Context, w keys.Window, all []tap) error {
	guard, err := d.board.known.guard(w, func() (desktop.Window, error) { return d.front(ctx, w) })
	if err != nil {
		return err
	}
	return d.send(ctx, guard, all)
}

// Settle waits until what was sent has arrived.
func (d *Device) Settle(ctx context.Context) error { return d.board.arrived(ctx) }

// known remembers for a moment which window is meant: to describe one takes as long as to press a key.
type known struct {
	mu    sync.Mutex
	want  keys.Window
	is    desktop.Window
	until time.Time

	asked   uintptr // the window whose rights were asked about
	isAbove bool
	again   time.Time
}

// above says that a window's program has more rights than this one.
func (n *known) above(id uintptr) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := time.Now(); id != n.asked || now.After(n.again) {
		n.asked, n.again, n.isAbove = id, now.Add(knownFor), desktop.Above(id)
	}
	return n.isAbove
}

// knownFor is how long it is remembered while the window in front and its title stay the same.
const knownFor = time.Second

// guard gives the window in front if it is the one meant.
func (n *known) guard(w keys.Window, look func() (desktop.Window, error)) (uintptr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if w == n.want && time.Now().Before(n.until) && desktop.HasKeyboard(n.is.ID) && desktop.Title(n.is.ID) == n.is.Title {
		return n.is.ID, nil
	}
	n.until = time.Time{}
	front, err := look()
	if err != nil {
		return 0, err
	}
	n.want, n.is, n.until = w, front, time.Now().Add(knownFor)
	return front.ID, nil
}

// let notes that taps, with modifiers among them, were let through to a window.
func (k *keyboard) let(guard uintptr, taps int, mods keys.Mods) {
	if guard == 0 || taps == 0 {
		return
	}
	if k.ahead.taps == 0 {
		k.ahead = ahead{guard: guard}
		k.lookout.leave()
		k.lookout.follow(guard)
	}
	k.ahead.taps += taps
	k.ahead.mods |= mods
}

// ahead is what was let through to a window and may still wait in the queue of its program. A program whose
// window loses the keyboard then drops it, and tells nobody. Only the keyboard's thread has it.
type ahead struct {
	guard  uintptr
	taps   int
	mods   keys.Mods // pressed among them
	stolen bool      // a window of another program came before it meanwhile
}

// owed is the modifiers, of a plan or of the cashier's own, of which a window may have got the press alone, since
// another came before it: its program takes them for held until it hears a release, and every key for another one.
type owed struct {
	window uintptr
	mods   keys.Mods
}

// add notes modifiers in doubt. Those of another window are forgotten: it is the newest that a plan goes on in.
func (o *owed) add(window uintptr, mods keys.Mods) {
	if o.window != window {
		*o = owed{window: window}
	}
	o.mods |= mods
}

// releases are what such a window is to hear before any other key. Whatever window they reach, a modifier that is
// up comes up once more.
func (o *owed) releases(window uintptr) (all []keyInput) {
	if o.window != window {
		return nil
	}
	for _, key := range modifierKeys(o.mods) {
		up := keyInputOf(key)
		up.key.flags |= flagUp
		up.key.extra = tagBack // not of the plan: no guard holds it back
		all = append(all, up)
	}
	return all
}

// turned hears of a window that came to the front.
func (a *ahead) turned(to uintptr) {
	if a.taps > 0 && !sameProgram(to, a.guard) {
		a.stolen = true
	}
}

// sameProgram says that two windows are of one process: a dialog that a key opened takes the keyboard from its
// window as it should.
func sameProgram(a, b uintptr) bool {
	if a == b {
		return true
	}
	var one, other uint32
	_, _ = windows.GetWindowThreadProcessId(windows.HWND(a), &one) // of a window that is gone it stays 0
	_, _ = windows.GetWindowThreadProcessId(windows.HWND(b), &other)
	return one != 0 && one == other
}

// Times of waiting for what was sent. Nothing on Windows tells that a program has taken a key, only that it is
// alive: it answers a message of ours, when it looks for what to do next or waits for something. A program that
// answers for so long has had the time to take all. One that answers slowly is busy with what it took, and gets
// some more behind that.
const (
	quietFor  = 60 * time.Millisecond
	slowSign  = 12 * time.Millisecond
	slowMore  = 25 * time.Millisecond
	signPause = 2 * time.Millisecond
	signLimit = 300 // ms; one that takes longer is busy for good, as with a printer: what it did not take yet waits for it
	mostWait  = time.Second
)

// arrived waits until what was let through has been taken.
func (k *keyboard) arrived(ctx context.Context) error {
	var now ahead
	if err := k.call(ctx, func() { now = k.ahead }); err != nil || now.taps == 0 {
		return err
	}
	begin := time.Now()
	for until := begin.Add(quietFor); !k.lookout.stolen.Load() && time.Now().Before(until) && time.Since(begin) < mostWait; {
		asked := time.Now()
		if !alive(now.guard) {
			break
		}
		if now := time.Now(); now.Sub(asked) > slowSign && until.Before(now.Add(slowMore)) {
			until = now.Add(slowMore)
		}
		time.Sleep(signPause)
	}
	// From here on nothing of ctx: what is in doubt must be said.
	err := k.call(context.WithoutCancel(ctx), func() {
		k.ahead.turned(uintptr(windows.GetForegroundWindow()))
		k.ahead.stolen = k.lookout.leave() || k.ahead.stolen
		if now, k.ahead = k.ahead, (ahead{}); now.stolen {
			k.owed.add(now.guard, now.mods)
		} else if k.owed.window == now.guard {
			k.owed = owed{}
		}
	})
	if err == nil && now.stolen {
		err = keys.ErrDoubt
	}
	return err
}

// alive waits for a sign of life of a window's program.
func alive(window uintptr) bool {
	const null, abortIfHung = 0x0000, 0x0002 // WM_NULL, SMTO_ABORTIFHUNG
	var answer uintptr
	ok, _, _ := procSendMessage.Call(window, null, 0, 0, abortIfHung, signLimit, uintptr(unsafe.Pointer(&answer)))
	return ok != 0
}

// lookout looks which window is in front while keys are on their way, for one that comes and goes between two
// of them. Its methods belong to the keyboard's thread.
type lookout struct {
	on     bool
	stop   chan struct{}
	ended  sync.WaitGroup
	stolen atomic.Bool // a window of another program was seen
}

// lookEvery is more often than a window can come and go.
const lookEvery = time.Millisecond

func (l *lookout) follow(window uintptr) {
	l.on, l.stop = true, make(chan struct{})
	l.stolen.Store(false)
	l.ended.Go(func() {
		for {
			if !sameProgram(uintptr(windows.GetForegroundWindow()), window) {
				l.stolen.Store(true)
				return
			}
			select {
			case <-l.stop:
				return
			case <-time.After(lookEvery):
			}
		}
	})
}

// leave ends it.
func (l *lookout) leave() (stolen bool) {
	if !l.on {
		return false
	}
	l.on = false
	close(l.stop)
	l.ended.Wait()
	return l.stolen.Load()
}

// watchFront has the keyboard's thread told of every window that comes to the front. A window that takes the focus
// behind another one gets no keys, and is nobody's business.
func (k *keyboard) watchFront() (end func(), err error) {
	const foreground, outOfContext = 0x0003, 0 // EVENT_SYSTEM_FOREGROUND, WINEVENT_OUTOFCONTEXT
	told := windows.NewCallback(func(_ uintptr, _ uint32, hwnd uintptr, _, _ int32, _, _ uint32) uintptr {
		k.ahead.turned(hwnd)
		return 0
	})
	hook, _, err := procSetWinEventHook.Call(foreground, foreground, 0, told, 0, 0, outOfContext)
	if hook == 0 {
		return nil, fmt.Errorf("watch windows: %w", err)
	}
	return func() { _, _, _ = procUnhookWinEvent.Call(hook) }, nil
}
