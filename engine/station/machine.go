package station

import (
	"time"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// Mode is where a sale stands.
type Mode uint8

// The modes, in the order in which a sale passes them.
const (
	Opening   Mode = iota // orders left open are being settled; the till is not open yet
	Idle                  // no sale
	Preparing             // the keys before payment are pressed and the amount is read
	Typing                // the amount must be typed
	WantCode              // the amount stands, the customer's code is missing
	Asking                // amount and code stand; Enter pays
	Counting              // amount and code stand; time pays
	Checking              // the amount is read once more before the request is sent
	Paying                // the charge is under way and cannot be called back
	Showing               // a result or a sentence stands
	Changing              // another clerk's number must be typed
)

// State is everything the machine knows. It is a value: Next gives a new one.
type State struct {
	Rules SaleRules
	Mode  Mode
	Turn  uint64 // of the sale in hand; an answer to an older turn is dropped

	Trigger   string     // scan or hotkey
	Kind      pay.Tender // what the sale was opened for; unknown where that was left to the code
	Amount    pay.Money
	Source    string    // screen or manual
	Suggested bool      // the amount is a pre-fill that nobody confirmed
	Locked    bool      // too few readings were confirmed yet to pay without Enter
	Look      uint64    // counts readings of this sale; an opinion on an older one is dropped
	Weighing  bool      // the second opinion on the amount is awaited
	Counted   bool      // time has run out while it was
	Numbering bool      // the POS's number of the sale is being read
	Owed      bool      // Enter came meanwhile: the last look follows as soon as it is read
	Grand     pay.Money // a large amount that the cashier was asked about
	Reading   capture.Reading
	Veto      capture.Reading // came while the charge was on its way; it counts where nothing was sent
	Code      pay.Code
	Serial    string
	Remark    string
	ByHand    bool // this sale is paid by Enter only

	Signing bool // the clerk's number is being looked up
	Closing bool // closed by the cashier while the keys before payment were still being pressed
	Away    bool // the cashier put the window aside while the customer pays
	Pending pay.Outcome
	Row     ledger.OrderRow // of the finished charge
	Show    Shown           // what Showing shows
	Back    Givenback       // the refund whose keys are pressed

	Seen   bool // the result was shown long enough, or dismissed
	Played bool // the keys after payment are done, or there are none
	// Stuck is where the keys stopped that the cashier is told to press by hand; they can go on from there.
	Stuck keys.Mark

	Stays bool // what stands waits for the cashier

	Note words.Text // a sentence beside the mode's own
	Step words.Text

	// Halted is a latch beside the mode: a difference found while money is in flight lets that payment
	// finish and still stops the next one.
	Halted  []ledger.Difference
	Since   time.Time // of the halt
	Covered bool      // the window stands over a region, so the amount cannot be read again
	Next    pay.Code  // scanned while a result was still shown; served as soon as the till is idle
	Waiting []News    // about other sales, shown when the till is idle
	Asides  []Aside   // sales whose customers are slow
	Sales   uint64    // begun so far
	Late    []late    // sales that ended as not known

	Twin  words.Text // what the sale looks like, once that was told; Enter charges all the same
	Again bool       // the cashier has said that it is another sale
}

// Shown says what kind of result stands.
type Shown uint8

const (
	ShowNone Shown = iota
	ShowPaid
	ShowFailed
	ShowUnresolved
	ShowHalted
	ShowNotice
)

// sticky results stay until the cashier dismisses them.
func (s State) sticky() bool {
	return s.Stays || s.Show == ShowUnresolved || s.Show == ShowHalted || !s.Note.IsZero() && s.Show == ShowPaid
}

// Event is something that happened.
type Event interface{ event() }

type (
	// Opened says that what was left open has been asked about.
	Opened struct {
		Halted []ledger.Difference
		Since  time.Time
	}
	// Scanned is a text from the scanner, classified.
	Scanned struct{ Code pay.Code }
	// Pressed is the payment window's hot-key, or one of a single kind of payment.
	Pressed struct{ Kind pay.Tender }
	// Entered is Enter while the window asks, with the amount as it stands in the window (0: unchanged).
	Entered struct {
		Turn   uint64
		Amount pay.Money
	}
	// Cancelled is Esc or the cancel button.
	Cancelled struct{ Turn uint64 }
	// Edited is an amount changed by hand; 0 means that nothing valid stands there.
	Edited struct {
		Turn   uint64
		Amount pay.Money
	}
	// CodeTyped is a code entered into the window with Enter.
	CodeTyped struct {
		Turn uint64
		Code pay.Code
	}
	// Remarked is a remark typed by hand.
	Remarked struct {
		Turn uint64
		Text string
	}
	// Prepared ends the effect Prepare.
	Prepared struct {
		Turn    uint64
		Reading capture.Reading
		Locked  bool  // too few readings were confirmed yet
		Stopped *Stop // the keys before payment stopped
	}
	// Opined ends the effect Weigh: the Reading with what the second reader made of it.
	Opined struct {
		Turn    uint64
		Look    uint64
		Reading capture.Reading
	}
	// Numbered follows Prepared where the POS's number of the sale is read. Serial is empty when it was not.
	Numbered struct {
		Turn   uint64
		Serial string
	}
	// CountedDown ends the effect Count.
	CountedDown struct{ Turn uint64 }
	// Checked ends the effect Check.
	Checked struct {
		Turn uint64
		Same bool
	}
	// Progressed is an outcome that is not final.
	Progressed struct {
		Turn    uint64
		Outcome pay.Outcome
	}
	// Charged ends the effect Pay. Refused is set when nothing was sent.
	Charged struct {
		Turn    uint64
		Row     ledger.OrderRow
		Refused words.Text
		Twin    words.Text // with Refused: it looks like an earlier sale, and the cashier may know better
		Halted  []ledger.Difference
		Since   time.Time
	}
	// Waited ends the effect Bear.
	Waited struct{ Turn uint64 }
	// Rechecked ends the effect Recheck.
	Rechecked struct {
		Turn uint64
		Same bool
	}
	// Finished ends the effect Finish.
	Finished struct {
		Turn    uint64
		Stopped *Stop
	}
	// Resumed lets keys that stopped go on where they stopped.
	Resumed struct{ Turn uint64 }
	// ClerkAsked is the hot-key by which another clerk takes over.
	ClerkAsked struct{}
	// ClerkNamed is that clerk's number.
	ClerkNamed struct {
		Turn  uint64
		Clerk string
	}
	// SignedOn ends the effect SignOn.
	SignedOn struct {
		Turn    uint64
		Clerk   string
		Refused words.Text
	}
	// Asked is the hot-key that asks how the till is.
	Asked struct{}
	// LongEnough ends the effect Wait.
	LongEnough struct{ Turn uint64 }
	// Settled is an older order that became final.
	Settled struct{ Row ledger.OrderRow }
	// RefundEnded is a refund that was accepted and did not give the customer the money.
	RefundEnded struct{ Row ledger.RefundRow }
	// Differed says what stops the till.
	Differed struct {
		Halted []ledger.Difference
		Since  time.Time
	}
	// Refunded is a refund that the service has taken and whose keys are to be pressed.
	Refunded struct{ Back Givenback }
	// SlipFailed is a slip that is not certainly on paper.
	SlipFailed struct{ Number string }
	// Covering says whether the window stands over a region.
	Covering struct{ Covers bool }
)

// Givenback is a refund, with the order it belongs to.
type Givenback struct {
	Order  ledger.OrderRow
	Refund ledger.RefundRow
}

// Stop says why a plan stopped and what to press by hand.
type Stop struct {
	Note, Step words.Text
	At         keys.Mark // zero: they cannot go on
}

func (Opened) event()      {}
func (Scanned) event()     {}
func (Pressed) event()     {}
func (Entered) event()     {}
func (Cancelled) event()   {}
func (Edited) event()      {}
func (Resumed) event()     {}
func (Asked) event()       {}
func (ClerkAsked) event()  {}
func (ClerkNamed) event()  {}
func (SignedOn) event()    {}
func (CodeTyped) event()   {}
func (Remarked) event()    {}
func (Prepared) event()    {}
func (Opined) event()      {}
func (Numbered) event()    {}
func (CountedDown) event() {}
func (Checked) event()     {}
func (Progressed) event()  {}
func (Charged) event()     {}
func (Waited) event()      {}
func (Rechecked) event()   {}
func (Finished) event()    {}
func (LongEnough) event()  {}
func (Settled) event()     {}
func (RefundEnded) event() {}
func (Differed) event()    {}
func (Refunded) event()    {}
func (SlipFailed) event()  {}
func (Covering) event()    {}

// Effect is something to be done. Each but Print and Alarm is answered by exactly one event of the same turn, Prepare
// by two where the POS's number is read, and Pay by any number of Progressed before.
type Effect interface{ effect() }

type (
	// Prepare presses the keys before payment (when Play) and reads the amount (when Read).
	Prepare struct {
		Turn       uint64
		Trigger    string
		Code       pay.Code
		Kind       pay.Tender // what the sale was opened for, before there is a code
		Play, Read bool
		From       keys.Mark // where keys that stopped go on; zero is the beginning
	}
	// Weigh waits for the second opinion on an amount that is shown already. Payment without Enter waits for it
	// so long and no longer; after that only a veto still counts.
	Weigh struct {
		Turn    uint64
		Look    uint64
		Reading capture.Reading
	}
	// Count waits before payment without Enter.
	Count struct{ Turn uint64 }
	// Check reads the amount once more.
	Check struct {
		Turn    uint64
		Reading capture.Reading
	}
	// Pay moves the money.
	Pay struct {
		Turn    uint64
		Charge  Charge
		Reading capture.Reading // what the amount was shown as
		Entered bool            // by Enter, not by time
	}
	// Bear waits for a customer who types a password.
	Bear struct{ Turn uint64 }
	// Recheck looks whether the POS still shows the sale of an order that was paid late.
	Recheck struct {
		Turn uint64
		Row  ledger.OrderRow
	}
	// Fail presses the keys after a payment that has certainly not succeeded.
	Fail struct {
		Turn    uint64
		Trigger string
		Code    pay.Code
		Amount  pay.Money
		Row     ledger.OrderRow // without a number where nothing was sent
		From    keys.Mark       // as in Prepare
	}
	// SignOn looks up a clerk's number and makes that clerk sell.
	SignOn struct {
		Turn  uint64
		Clerk string
	}
	// Alarm sounds and shows what the script wants while a result is not known. It is not answered.
	Alarm struct {
		Trigger string
		Row     ledger.OrderRow
	}
	// Return presses the keys after a refund.
	Return struct {
		Turn uint64
		Back Givenback
		From keys.Mark // as in Prepare
	}
	// Finish presses the keys after payment.
	Finish struct {
		Turn    uint64
		Trigger string
		Row     ledger.OrderRow
		From    keys.Mark // as in Prepare
	}
	// Wait lets the result stand.
	Wait struct{ Turn uint64 }
	// Print prints the slip of a paid order. Here says that its customer has been waiting for it all the time;
	// otherwise a slip that comes too late is left out.
	Print struct {
		Row  ledger.OrderRow
		Here bool
	}
)

func (Prepare) effect() {}
func (Weigh) effect()   {}
func (Count) effect()   {}
func (Check) effect()   {}
func (Pay) effect()     {}
func (Bear) effect()    {}
func (Recheck) effect() {}
func (Fail) effect()    {}
func (SignOn) effect()  {}
func (Alarm) effect()   {}
func (Return) effect()  {}
func (Finish) effect()  {}
func (Wait) effect()    {}
func (Print) effect()   {}

// open says that the window shows a sale that can still be changed or closed.
func (s State) open() bool {
	return s.Mode == Typing || s.Mode == WantCode || s.Mode == Asking || s.Mode == Counting
}
