// Package station owns one till: the machine that decides what happens next, the loop that carries it
// out, and the Teller that moves the money.
//
// It promises that money is written down before it moves, that "paid" is shown, printed and keyed only
// after a verified success is on disk, that an unknown result is asked about and never paid again, and
// that a halted till takes no further payment. Devices stand behind the ports of Parts; drivers and SQL
// are unknown here.
package station

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cpos/engine/capture"
	"cpos/engine/face"
	"cpos/engine/fault"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/receipt"
	"cpos/engine/script"
	"cpos/engine/words"
)

// Clock is the till's clock. The simulator and the tests hand in their own.
type Clock interface {
	Now() time.Time
	// Passed gives the time since a moment of the clock's own choosing, on a clock that never jumps. What has
	// to wait is measured with it; the wall clock is for the book.
	Passed() time.Duration
	// Sleep waits for d on a clock that never jumps, or until ctx ends, whose error it returns.
	Sleep(ctx context.Context, d time.Duration) error
}

// SystemClock is the clock of the machine.
type SystemClock struct{}

// Now gives the wall clock.
func (SystemClock) Now() time.Time { return time.Now() }

// began is the moment from which the machine's clock counts.
var began = time.Now()

// Passed gives the time since the program began.
func (SystemClock) Passed() time.Duration { return time.Since(began) }

// Sleep waits.
func (SystemClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Capture reads the POS's screen, and what it tells elsewhere. *capture.Judge is one.
type Capture interface {
	Amount(ctx context.Context) (capture.Reading, error)
	// Opinion waits for the second reader's word on a Reading whose Opinion is Pending, until ctx ends.
	Opinion(ctx context.Context, r capture.Reading) capture.Reading
	Same(ctx context.Context, previous capture.Reading) (bool, error)
	Serial(ctx context.Context) (string, error)
}

// Spender is a Capture whose sources tell a sale once: what they told of one that is paid must not be charged
// again with the next.
type Spender interface{ Spent(r capture.Reading) }

// Witness remembers what was read for each order, and how often the cashier has confirmed it as it was read.
type Witness interface {
	// Left is how many more readings must be confirmed before an amount is paid without Enter.
	Left() int
	// Corrected is told, before the payment, that the cashier charges another amount than a reading that was
	// sure. Payment without Enter is locked when it returns.
	Corrected(r capture.Reading, charged pay.Money) error
	// Charged keeps a reading with the order that was charged after it. confirmed says that the cashier let the
	// amount stand, pressed Enter, and the customer paid it.
	Charged(order string, r capture.Reading, confirmed bool) error
}

// Slips takes finished slips to the printer's own queue. Print returns at once; done is called exactly
// once with the printer's word, unless Print itself returns an error.
type Slips interface {
	Print(s SlipJob, done func(receipt.Proof, error)) error
}

// SlipJob is one copy of one slip.
type SlipJob struct {
	Number string // of the order or refund
	Kind   string // SlipPayment or SlipRefund
	Copy   int    // 1 for the first
	Slip   receipt.Slip
}

// Kinds of slips.
const (
	SlipPayment = "payment"
	SlipRefund  = "refund"
)

// Till says who sells.
type Till struct {
	Store  script.Store // its ID is the service's store number
	Device string
	Clerk  string
}

// MoneyRules say how money is moved.
type MoneyRules struct {
	PollEvery   time.Duration // between two queries while the customer stands there
	PollFor     time.Duration // then the result is unknown for now
	FollowEvery time.Duration // between two rounds over orders that are still open
	Reconcile   time.Duration // between two comparisons with the service
	Grace       time.Duration // younger lines may still differ
	ClockSkew   time.Duration // more between the two clocks is told; 0 never
	Freeze      bool          // a difference stops payment and refund
	Partial     bool          // a refund may be smaller than what is left
	Twice       time.Duration // a sale that looks like one charged so long ago is asked about first; 0 never
	Reverse     bool          // a payment that is unfinished when PollFor ends is undone, which moves money
}

// Teller moves the money of one till: it charges, refunds, follows what is open and reconciles, over one
// book and one payment service. It has no screen; its methods may run at the same time.
type Teller struct {
	Book    *ledger.Book
	Gateway pay.Gateway
	Till    Till
	Rules   MoneyRules
	Clock   Clock
	Points  *fault.Points // nil outside tests
	Log     *slog.Logger

	mind  memory
	codes recently
	clerk atomic.Pointer[string] // who sells instead of Till.Clerk
	// intending makes looking for a twin and writing down the intention one step.
	intending sync.Mutex
}

// Charge is one payment to be made.
type Charge struct {
	ID     string // empty takes the next order number
	Amount pay.Money
	Code   pay.Code
	Serial string
	Remark string
	Source string // where the amount came from: screen, manual, cli
	NoWait bool   // the first answer ends the charge, whatever it is
	Again  bool   // charge although it looks like an earlier sale (ErrTwice)
}

// Giveback is one refund to be made.
type Giveback struct {
	Order    string
	Amount   pay.Money // 0 means all that is left
	Reason   string
	Approver string
}

// Confirm says when a sale whose amount and code stand is paid.
type Confirm struct {
	Auto  bool          // by itself, After
	After time.Duration // 0 means 100 ms, so that the cashier sees what is paid
}

// SaleRules say how the payment window behaves.
type SaleRules struct {
	Scan        bool // a scanned payment code opens the window
	HotkeyReads bool // the hot-key reads the amount too, else it opens the window for typing
	Manual      bool // the amount is never read, always typed
	Serial      bool // the POS's number of the sale is read
	Remark      bool // that number becomes the order's remark, unless somebody types another
	Confirm     Confirm
	ResultFor   time.Duration // how long a result stands; 0 means 100 ms
	Aside       time.Duration // a customer slower than this with the password moves aside; 0 never
	Codes       pay.CodeRules
	Most        pay.Money // largest amount that is charged at all
	Large       pay.Money // a larger amount is asked about before it is paid, whoever gave it; 0 none
	Copies      Copies
	CopyGap     time.Duration // to tear the paper
	StaleAfter  time.Duration // an older slip is not printed by itself: the customer has left
	Hotkeys     map[string]keys.Chord
	POS         keys.Window
	Banner      words.Text
	Contact     string // whom the shop calls when the till stops
	Hooks       HookRules
}

// HookRules say which of the hooks that most scripts lack are there to be called.
type HookRules struct{ Failure, Unknown, Refund bool }

// HookRulesOf tells them by the names of the hooks that a script defines.
func HookRulesOf(defined []string) HookRules {
	return HookRules{Failure: slices.Contains(defined, "post_failure"), Unknown: slices.Contains(defined, "on_unknown"),
		Refund: slices.Contains(defined, "post_refund")}
}

// Copies counts slips.
type Copies struct{ Payment, Refund int }

// Names of hot-keys that the station knows: the payment window's own, those of one kind of payment, and the one
// that asks how the till is.
const (
	HotkeyPayment = "payment_window"
	HotkeyWeChat  = "pay.wechat"
	HotkeyAlipay  = "pay.alipay"
	HotkeyMain    = "main_window"
	HotkeyReLogin = "relogin" // another clerk takes over
)

// Parts is what a station is made of.
type Parts struct {
	Teller *Teller
	Hooks  script.Hooks
	Play   func(ctx context.Context, p keys.Plan) error // plays under the guards; *keys.StepError when it stops
	// Resume plays what is left of a plan that stopped; nil where keys cannot go on.
	Resume  func(ctx context.Context, p keys.Plan, from keys.Mark) error
	Capture Capture // nil: amounts are typed
	Witness Witness // nil: nothing is kept, and payment without Enter is unlocked
	Face    face.Face
	Ears    keys.Ears
	Slips   Slips // nil: nothing is printed
	// SignOn says whether a clerk may sell at this till, and does what goes with the change; nil lets everybody.
	SignOn func(ctx context.Context, clerk string) error
	Rules  SaleRules
	Codes  func() pay.CodeRules // how codes begin just now; nil: Rules.Codes
}
