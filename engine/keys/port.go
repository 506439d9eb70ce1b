// Package keys owns the names of keys and chords, the map of hot-keys, telling a scanner's burst from a
// hand, and keystroke plans and how they are played.
//
// It promises that a plan is a plain value that can be shown and tested before anything is pressed, and
// that no key is sent while another program than the plan's is in front. Every operating system is left
// to the devices behind the ports Hands and Ears; what counts as a payment code is a function handed in.
package keys

import (
	"context"
	"errors"
	"time"
)

// Window says which program's window is meant. Empty fields match anything; all given ones must match.
type Window struct {
	Exe   string // base name of the program, without case
	Title string // regular expression (RE2)
	Class string // X11 WM_CLASS (either part) or the Windows class name
}

// IsZero says that no window is named.
func (w Window) IsZero() bool { return w == Window{} }

// Errors of a device behind Hands or Ears.
var (
	ErrNotInFront = errors.New("the window is not in front")
	ErrNoWindow   = errors.New("no such window")
	ErrKeyTaken   = errors.New("the key is taken by another program")
	ErrNoDisplay  = errors.New("no display")
	ErrModifiers  = errors.New("a modifier key is held down")
	ErrMoved      = errors.New("the window moved while it was clicked")
	ErrLocked     = errors.New("another program holds the keyboard, as a locked screen does")
	ErrDoubt      = errors.New("the window lost the keyboard behind a key, which may not have arrived")
)

// Hands presses keys and clicks. Each call is complete when it returns: nothing is still to be sent.
type Hands interface {
	// Focus brings the window to the front and waits until it is there, or gives ErrNoWindow or
	// ErrNotInFront.
	Focus(ctx context.Context, w Window) error
	// InFront says whether the window is in front now.
	InFront(ctx context.Context, w Window) (bool, error)
	// Press sends one chord, down and up, after waiting until no modifier is held by the cashier; it gives
	// ErrModifiers when one stays down.
	Press(ctx context.Context, c Chord) error
	// Type sends text, whatever the keyboard layout.
	Type(ctx context.Context, text string) error
	// Click presses the left button at a point of the window's client area, in px from its top left. It
	// gives ErrNotInFront and clicks nothing when the window is not in front, and ErrMoved when it cannot be
	// told whether the click arrived where it was meant.
	Click(ctx context.Context, w Window, x, y int) error
}

// Guarded is what Hands may be able to do besides: check that the window is in front and press in one
// breath, so that no other window can come between. Both give ErrNotInFront and press nothing if not.
type Guarded interface {
	PressIn(ctx context.Context, w Window, c Chord) error
	TypeIn(ctx context.Context, w Window, text string) error
}

// PartError says that a text was sent in part: so many characters of it arrived, the next did not.
type PartError struct {
	Sent int
	Err  error
}

func (e *PartError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *PartError) Unwrap() error { return e.Err }

// Blocker is what Hands may be able to do besides: keep the cashier's own keys and clicks from every program.
type Blocker interface {
	// Block keeps them away until release is called, most has passed, or this program ends, however it ends.
	// What the Hands themselves send arrives as ever, and what is armed is heard as ever; anything else that
	// was pressed meanwhile is lost. release may be called more than once. Blocking what is blocked fails.
	Block(ctx context.Context, most time.Duration) (release func(), err error)
}

// Recorder is what a device may be able to do besides: wait for a chord, which reaches no program.
type Recorder interface {
	Record(ctx context.Context) (Chord, error)
}

// EventKind tells what was heard.
type EventKind uint8

const (
	HeardScan   EventKind = iota + 1 // Text holds what was scanned, as it came
	HeardHotkey                      // Name holds the name under which the chord was armed
)

// Event is one thing that Ears heard.
type Event struct {
	Kind EventKind
	Text string
	Name string
	At   time.Time
	Ends bool            // of a scan: it came with its Enter
	Gaps []time.Duration // of a scan: the pauses between its keys
}

// Armed says what Ears swallow from now on.
type Armed struct {
	// Scan makes bursts that Accept says are ours vanish from the program in front and arrive as
	// HeardScan; everything else is given back to it in order.
	Scan bool
	// When limits Scan and the Modal chords to times when this window is in front; zero means always.
	When Window
	// Except are windows before which Scan and the Modal chords pause whatever When says: what is typed into
	// them is nobody's business.
	Except []Window
	// Hotkeys are swallowed always, Modal only while they stand here (the payment window's Enter and
	// Esc); both by name.
	Hotkeys map[string]Chord
	Modal   map[string]Chord
}

// Ears hears the scanner and the hot-keys while another program has the focus.
type Ears interface {
	// Arm replaces what is armed and returns when it is in force. A chord that another program owns gives
	// ErrKeyTaken wrapped with its name; the others stay armed.
	Arm(ctx context.Context, a Armed) error
	// Listen delivers events to sink, in order, until ctx ends. sink must not block.
	Listen(ctx context.Context, sink func(Event)) error
}
