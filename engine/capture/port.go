// Package capture owns the way from a screen to an amount: regions and where they lie, preparing the
// picture, the strict money grammar, and the judge that makes independent readings agree or refuses.
//
// It promises never to guess: what is not plainly one amount is refused with a reason. Screen, text
// recognition and windows are left to the devices behind Eye, Reader and Scene.
package capture

import (
	"context"
	"errors"
	"image"
	"regexp"
	"time"

	"cpos/engine/pay"
)

// Eye grabs a rectangle of the screen, in px from the top left of the whole desktop. A rectangle that is
// not wholly on a screen is an error.
type Eye interface {
	Grab(ctx context.Context, r image.Rectangle) (*image.RGBA, error)
}

// Reader turns the picture of one line into the text that it sees. It cleans nothing and knows no
// amounts. It may be slow the first time; it is called by one goroutine at a time.
type Reader interface {
	Read(ctx context.Context, line *image.Gray) (string, error)
}

// Place is where the POS's window is.
type Place struct {
	Client  image.Rectangle // client area in px on the desktop
	InFront bool
	Title   string
	DPI     int
}

// Cover is what a Scene may be beside: it tells whether another window lies over a rectangle of the desktop
// that the POS's window shows (a tooltip, a message, the list of an input method).
type Cover interface {
	Covered(ctx context.Context, r image.Rectangle) (bool, error)
}

// Scene says where the POS named in the profile is, or ErrNoPOS.
type Scene interface {
	POS(ctx context.Context) (Place, error)
}

// ErrNoPOS says that no window matches the profile.
var ErrNoPOS = errors.New("the POS window is not there")

// Region is a taught rectangle, in px from the top left of the POS's client area.
type Region struct {
	Name       string
	X, Y, W, H int
}

// Rect gives the region on the desktop.
func (r Region) Rect(client image.Rectangle) image.Rectangle {
	return image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H).Add(client.Min)
}

// Reason is a stable code for why no amount was accepted; the words room has "capture.<reason>".
type Reason string

// Kind names a way to the amount, as the profile does.
type Kind string

// The kinds of sources.
const (
	Display    Kind = "display"     // the line for the customer display
	WindowText Kind = "window-text" // the text of a control of the POS's window
	PrintJob   Kind = "print"       // the slip on its way to the POS's printer
	Pixels     Kind = "ocr"         // what the screen shows
	// Recognition is text recognition as the second reader of the same pixels; no profile names it.
	Recognition Kind = "recognition"
)

// Source is one way to the amount. A source of pixels has no Line; Region names what is read then, and
// empty means "amount".
type Source struct {
	Kind   Kind
	Line   Line
	Region string
	// Form picks the amount out of what a Line tells: its first group, or all that fits it. Lines that do not fit
	// are not looked at. nil: each line is an amount or holds no digit.
	Form *regexp.Regexp
}

// Said is what one source told: an amount, or why there was none.
type Said struct {
	Kind   Kind
	Text   string // as it was told
	Amount pay.Money
	Why    Reason // empty exactly when Amount counts
	Serial uint64 // of what a Line told; see Judge.Spent
}

// Opinion is what the second reader made of a picture that the taught reader has read.
type Opinion uint8

const (
	NoOpinion Opinion = iota // nobody was asked: the amount does not hang on it
	Pending                  // being formed; Judge.Opinion waits for it
	Confirmed                // the same amount
	Mute                     // no amount that speaks for it or against it
	Vetoed                   // another valid amount
	Late                     // none in time
)

var opinionNames = [...]string{"", "pending", "confirmed", "mute", "vetoed", "late"}

// String names it; NoOpinion has no name.
func (o Opinion) String() string {
	if int(o) < len(opinionNames) {
		return opinionNames[o]
	}
	return "invalid"
}

// Reading is the result of one look. Sure is true only when every rule was met; a Reading that is not
// Sure may still carry an amount, which may pre-fill a box but never pays by itself.
type Reading struct {
	Amount  pay.Money
	Sure    bool
	Why     Reason      // why not Sure
	Text    string      // what was read, as it was read
	Crop    *image.RGBA // what was looked at, when pixels were
	By      Kind        // the source that Amount and Text are from
	Sources []Said      // all that were asked, in the profile's order
	Opinion Opinion
	Second  string // what the second reader read, as it was read
	// Hold says why an amount that is Sure waits for Enter all the same; empty when nothing stands against
	// payment without Enter.
	Hold Reason
	// Against are the sources (or readers) that told two different amounts, where Why is Disagree.
	Against []Said

	second *opinion
}

// Line is a text that the POS tells elsewhere than in pixels: its customer display, a control of its
// window, its printer. It hands out what was told, character for character, and knows no amounts. It may
// be called by several goroutines.
type Line interface {
	// Said gives what was told last. The error is ErrSilent when nothing was told yet or not lately; that may
	// carry the reason. Any other error means that nothing can be told: the device is away. It waits a moment
	// for a telling that is on its way, and ends with ctx.
	Said(ctx context.Context) (Told, error)
}

// Told is what a Line said. Lines that are empty were told to be empty, as on a display that was cleared.
type Told struct {
	Lines  []string
	At     time.Time // when the last of it was told
	Serial uint64    // rises with every change
}

// ErrSilent says that a Line has nothing to tell.
var ErrSilent = errors.New("nothing was told")
