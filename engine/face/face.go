// Package face says what a cashier sees and may do, as plain values: the View of the payment window and
// the Intents that come back. A window implements Face; the station sends it views.
//
// It promises that a window decides nothing and that a slow window never holds up a payment: a view is a
// newest-value slot. Drawing and languages' layout are left to the windows.
package face

import (
	"image"
	"time"

	"cpos/engine/pay"
	"cpos/engine/words"
)

// Mood is the state the payment window shows.
type Mood uint8

const (
	Hidden     Mood = iota // parked
	Reading                // open, the amount is being read
	Typing                 // the amount must be typed; the window takes the focus
	Asking                 // amount and code stand; waits for Enter or Confirm
	Counting               // amount and code stand; pays by itself when Left has run out
	WantCode               // amount stands; waits for the customer's code
	Paying                 // the request is on its way
	Waiting                // the customer is typing a password
	Succeeded              // paid
	Failed                 // declined or nothing was sent
	Unresolved             // result not known; do not charge again
	Halted                 // payment and refund are stopped
	Notice                 // a sentence and nothing to do
	Clerk                  // the number of the clerk who takes over must be typed; the window takes the focus
)

var moodNames = [...]string{"hidden", "reading", "typing", "asking", "counting", "want_code", "paying",
	"waiting", "succeeded", "failed", "unresolved", "halted", "notice", "clerk"}

func (m Mood) String() string {
	if int(m) < len(moodNames) {
		return moodNames[m]
	}
	return "invalid"
}

// MarshalText writes the name.
func (m Mood) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// View is everything the payment window shows.
type View struct {
	Turn      uint64 // the sale it belongs to; intents carry it back
	Mood      Mood
	Amount    pay.Money // 0 while none is known
	Suggested bool      // the amount is a pre-fill that nobody confirmed
	Code      string    // masked
	Tender    pay.Tender
	Crop      *image.RGBA // what was read off the screen
	Note      words.Text  // one calm sentence
	Step      words.Text  // the one next step
	Order     string
	Serial    string
	Remark    string
	Left      time.Duration // until payment without Enter
	Resumes   bool          // keys for the POS stopped, and can go on from Step
	Banner    words.Text    // e.g. practice money; shown on every mood
}

// IntentKind is something the cashier wants.
type IntentKind uint8

const (
	Confirm IntentKind = iota + 1 // Amount holds the amount as it stands in the window
	Cancel                        // Esc, the hot-key again, or the button
	SetAmount
	SetCode   // Text: a payment code typed or scanned into the window
	SetRemark // Text
	Resume    // let keys that stopped go on
	SetClerk  // Text: the number of the clerk who takes over
)

// Intent is one wish, of one sale.
type Intent struct {
	Kind   IntentKind
	Turn   uint64
	Amount pay.Money
	Text   string
}

// Face is a user interface for the payment window.
type Face interface {
	// Show replaces what is shown. It never blocks; views that come faster than they are drawn are skipped.
	Show(v View)
}

// Desk takes what the cashier wants. It never blocks.
type Desk interface {
	Intend(i Intent)
}
