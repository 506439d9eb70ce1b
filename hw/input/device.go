package input

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os/exec"
	"slices"
	"sync"
	"time"

	"cpos/engine/keys"
	"cpos/hw/desktop"
)

// Options of a device.
type Options struct {
	// Accept says which scanned texts are ours; without it none is, and every scan goes to the POS. It is
	// asked while the keyboard waits, so it must answer at once.
	Accept func(text string) bool
	// Gap is the longest pause between two keys of the scanner; zero is keys.DefaultGap. It is also how
	// late a digit of the cashier's own arrives while Scan is armed and the POS is in front.
	Gap time.Duration
	// Patience is how long a press waits for the cashier to let go of Ctrl, Alt and Shift; zero is 2 s.
	Patience time.Duration
	// Guard is this very program as it has to be called to run StandGuard, which puts right what a program that
	// was killed in the middle of a plan left behind: keys that are down, an input method that is closed; nil
	// means none.
	Guard func() *exec.Cmd
}

// Device is the keyboard and the mouse of this desktop. It is keys.Hands with all that they may do besides,
// and keys.Ears.
type Device struct {
	desk     *desktop.Desktop
	board    *keyboard
	patience time.Duration
	heard    chan keys.Event
	stop     context.CancelFunc
	ended    sync.WaitGroup
	broken   chan struct{} // closed when the display is lost
	why      error         // readable once broken is closed

	mu      sync.Mutex // guards what is armed, which Arm and the watch of the front both apply
	armed   keys.Armed
	when    func(desktop.Window) bool
	inFront bool
}

var (
	_ keys.Hands   = (*Device)(nil)
	_ keys.Guarded = (*Device)(nil)
	_ keys.Ears    = (*Device)(nil)
)

// ErrGone says that the display was lost, or that the keyboard was let go because it hung.
var ErrGone = errors.New("the keyboard is gone")

// Open takes the keyboard and mouse of a desktop. Nothing is swallowed before Arm. The caller closes the
// device before the desktop.
func Open(desk *desktop.Desktop, o Options) (*Device, error) {
	d := &Device{desk: desk, patience: o.Patience, heard: make(chan keys.Event, 64), broken: make(chan struct{})}
	if d.patience <= 0 {
		d.patience = 2 * time.Second
	}
	board, err := openKeyboard(newEar(keys.BurstRule{Gap: o.Gap, Accept: o.Accept}), d.tell)
	if err != nil {
		return nil, fmt.Errorf("open keyboard: %w", err)
	}
	board.guardOf(o.Guard, desk.HasKeyboard)
	d.board = board
	ctx, cancel := context.WithCancel(context.Background())
	d.stop = cancel
	fail := sync.OnceFunc(func() { close(d.broken) })
	d.ended.Go(func() {
		err := board.run()
		if ctx.Err() == nil {
			d.lost(fail, err)
		}
	})
	d.ended.Go(func() {
		err := desk.Watch(ctx, d.frontChanged)
		if ctx.Err() == nil {
			d.lost(fail, err)
		}
	})
	return d, nil
}

func (d *Device) lost(fail func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.why == nil {
		d.why = fmt.Errorf("%w: %w", ErrGone, err)
	}
	fail()
}

// Close gives everything back and waits until it is.
func (d *Device) Close() {
	d.stop()
	d.board.close()
	d.ended.Wait()
}

// tell passes an event on. It must not hold up the keyboard: with 64 events unheard the newest is dropped.
func (d *Device) tell(e keys.Event) {
	select {
	case d.heard <- e:
	default:
	}
}

// Listen delivers events until ctx ends or the display is lost (ErrGone).
func (d *Device) Listen(ctx context.Context, sink func(keys.Event)) error {
	for {
		select {
		case e := <-d.heard:
			sink(e)
		case <-ctx.Done():
			return ctx.Err()
		case <-d.broken:
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.why
		}
	}
}

// Arm replaces what is swallowed. A chord that another program owns is left out and named in the error,
// which is then keys.ErrKeyTaken; the rest is in force.
func (d *Device) Arm(ctx context.Context, a keys.Armed) error {
	when, err := listensBefore(a)
	if err != nil {
		return fmt.Errorf("arm: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	front, err := d.desk.Active(ctx)
	if err != nil && !errors.Is(err, keys.ErrNoWindow) {
		return fmt.Errorf("arm: %w", err)
	}
	d.armed, d.when, d.inFront = a, when, when(front)
	return d.board.arm(ctx, a, d.inFront)
}

// listensBefore gives the test whether what is armed holds while a window is in front.
func listensBefore(a keys.Armed) (func(desktop.Window) bool, error) {
	when := func(desktop.Window) bool { return true }
	var err error
	if !a.When.IsZero() {
		if when, err = desktop.Matcher(a.When); err != nil {
			return nil, err
		}
	}
	var except []func(desktop.Window) bool
	for _, w := range a.Except {
		match, err := desktop.Matcher(w)
		if err != nil {
			return nil, err
		}
		except = append(except, match)
	}
	return func(w desktop.Window) bool {
		return when(w) && !slices.ContainsFunc(except, func(match func(desktop.Window) bool) bool { return match(w) })
	}, nil
}

// recorded waits for the chord that is to be recorded.
func (d *Device) recorded(ctx context.Context, heard <-chan keys.Chord) (keys.Chord, error) {
	select {
	case c := <-heard:
		return c, nil
	case <-ctx.Done():
		return keys.Chord{}, context.Cause(ctx)
	case <-d.board.ended:
		return keys.Chord{}, ErrGone
	}
}

// Scans says that a scanner's keys are taken now: scanning is armed, and the window that it is armed for is
// in front.
func (d *Device) Scans() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.armed.Scan && d.inFront
}

// frontChanged follows the window in front. It looks for itself: what it was told may be older than what
// an Arm in between has seen.
func (d *Device) frontChanged(desktop.Window) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.when == nil || d.armed.When.IsZero() && len(d.armed.Except) == 0 {
		return
	}
	ctx := context.Background()    // bounded by the keyboard's own life
	front, _ := d.desk.Active(ctx) // none is a fact, not a failure
	now := d.when(front)
	if now == d.inFront {
		return
	}
	d.inFront = now
	// A modal key that somebody took meanwhile can be told to nobody here; the next Arm tells.
	_ = d.board.arm(ctx, d.armed, now)
}

// Focus brings the window to the front and waits until it has the keyboard.
func (d *Device) Focus(ctx context.Context, w keys.Window) error {
	found, err := d.desk.Find(ctx, w)
	if err != nil {
		return err
	}
	return d.desk.Activate(ctx, found)
}

// InFront says whether the window has the keyboard now.
func (d *Device) InFront(ctx context.Context, w keys.Window) (bool, error) {
	_, err := d.front(ctx, w)
	if errors.Is(err, keys.ErrNotInFront) {
		return false, nil
	}
	return err == nil, err
}

// front gives the window in front if it is the one asked for, or keys.ErrNotInFront.
func (d *Device) front(ctx context.Context, w keys.Window) (desktop.Window, error) {
	match, err := desktop.Matcher(w)
	if err != nil {
		return desktop.Window{}, err
	}
	front, err := d.desk.Active(ctx)
	switch {
	case errors.Is(err, keys.ErrNoWindow):
		return desktop.Window{}, keys.ErrNotInFront
	case err != nil:
		return desktop.Window{}, err
	case !match(front) || !d.desk.HasKeyboard(front.ID):
		return desktop.Window{}, keys.ErrNotInFront
	}
	return front, nil
}

// Press sends one chord to whatever is in front.
func (d *Device) Press(ctx context.Context, c keys.Chord) error {
	return d.send(ctx, 0, []tap{{chord: c}})
}

// PressIn sends one chord to a window if it is in front, in one breath with looking.
func (d *Device) PressIn(ctx context.Context, w keys.Window, c keys.Chord) error {
	front, err := d.front(ctx, w)
	if err != nil {
		return err
	}
	return d.sendIn(ctx, front.ID, []tap{{chord: c}})
}

// Type sends text to whatever is in front.
func (d *Device) Type(ctx context.Context, text string) error {
	return d.send(ctx, 0, taps(text))
}

// TypeIn sends text to a window, looking again before each character whether it is still in front.
func (d *Device) TypeIn(ctx context.Context, w keys.Window, text string) error {
	front, err := d.front(ctx, w)
	if err != nil {
		return err
	}
	return d.sendIn(ctx, front.ID, taps(text))
}

// sendIn sends to a window and waits until it has arrived there.
func (d *Device) sendIn(ctx context.Context, guard uintptr, all []tap) error {
	err := d.send(ctx, guard, all)
	if doubt := d.board.arrived(ctx); doubt != nil {
		return &keys.PartError{Err: doubt}
	}
	return err
}

// tap is one thing to send: a chord, or a character whatever the layout.
type tap struct {
	chord keys.Chord
	char  rune
}

// String never shows the text itself, which may be a payment code or a password.
func (t tap) String() string {
	if t.char != 0 {
		return fmt.Sprintf("character U+%04X", t.char)
	}
	return t.chord.String()
}

func taps(text string) []tap {
	var all []tap
	for _, r := range text {
		switch r {
		case '\r', '\n':
			all = append(all, tap{chord: keys.Chord{Key: "enter"}})
		case '\t':
			all = append(all, tap{chord: keys.Chord{Key: "tab"}})
		default:
			all = append(all, tap{char: r})
		}
	}
	return all
}

// send sends tap by tap. guard is the window that must have the keyboard, 0 for any.
func (d *Device) send(ctx context.Context, guard uintptr, all []tap) error {
	sent := 0
	for len(all) > 0 {
		ready, err := d.board.prepare(ctx, all)
		if err != nil {
			return &keys.PartError{Sent: sent, Err: err}
		}
		for todo := all[:ready]; len(todo) > 0; {
			n, err := d.sendSome(ctx, guard, todo)
			sent += n
			if err != nil {
				return &keys.PartError{Sent: sent, Err: err}
			}
			todo = todo[n:]
		}
		all = all[ready:]
	}
	return nil
}

// sendSome waits until the cashier holds no modifier, then sends one tap or some.
func (d *Device) sendSome(ctx context.Context, guard uintptr, all []tap) (sent int, err error) {
	err = d.whenFree(ctx, func() error {
		sent, err = d.board.send(ctx, guard, all)
		return err
	})
	return sent, err
}

// whenFree does something that keys.ErrModifiers puts off.
func (d *Device) whenFree(ctx context.Context, do func() error) error {
	end := time.Now().Add(d.patience)
	for {
		err := do()
		if !errors.Is(err, keys.ErrModifiers) || !time.Now().Before(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Click presses the left button at a point of the window's client area, in px from its top left. Nothing
// is clicked where the window is not in front, or something else lies over that point.
func (d *Device) Click(ctx context.Context, w keys.Window, x, y int) error {
	front, err := d.front(ctx, w)
	if err != nil {
		return err
	}
	if at := image.Pt(x, y).Add(front.Client.Min); !at.In(front.Client) {
		return fmt.Errorf("click at %d,%d: outside the window of %d x %d px", x, y, front.Client.Dx(), front.Client.Dy())
	} else if !d.desk.Shows(front.ID, at) {
		return fmt.Errorf("click at %d,%d: another window lies over it: %w", x, y, keys.ErrNotInFront)
	}
	err = d.whenFree(ctx, func() error { return d.board.click(ctx, front, image.Pt(x, y)) })
	if err != nil {
		return fmt.Errorf("click at %d,%d: %w", x, y, err)
	}
	return nil
}
