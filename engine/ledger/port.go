// Package ledger owns the book: append-only, hash-chained facts; the rules that fold them to orders,
// refunds and sums; the reconciliation of two statements; and the halt latch.
//
// It promises that a fact is on disk before anything that follows from it happens, that nothing recorded
// is ever edited, that no intention is written while the book is halted, and that refunds never exceed
// what was paid. SQL is left to the Store, payment services to the gateway drivers.
package ledger

import (
	"context"
	"errors"
	"iter"
	"time"

	"cpos/engine/pay"
)

// Kind says what a fact records.
type Kind string

const (
	KindIntention     Kind = "intention"      // a payment is about to be sent
	KindOutcome       Kind = "outcome"        // what an answer said of it
	KindRefund        Kind = "refund"         // a refund is about to be sent
	KindRefundOutcome Kind = "refund_outcome" // what an answer said of it
	KindSlip          Kind = "slip"           // what became of a printed copy
	KindRemark        Kind = "remark"         // a new remark on an order
	KindHalt          Kind = "halt"           // payment and refund stop
	KindRelease       Kind = "release"        // they may go on
	KindReversal      Kind = "reversal"       // a payment is about to be undone
	KindEvidence      Kind = "evidence"       // a person has seen the payment at the service itself
	KindShift         Kind = "shift"          // a clerk's shift begins or ends
	KindRestore       Kind = "restore"        // the book goes on from a backup
)

// Hash is a SHA-256 of the chain.
type Hash [32]byte

// Fact is one recorded event. Body is its canonical bytes in the format numbered Version; Hash covers
// every other field and Prev, the hash of the fact before.
type Fact struct {
	Seq     uint64
	At      time.Time // UTC, whole ms
	Kind    Kind
	Version uint16
	Number  string // the order or refund it is about, else empty
	Body    []byte
	Prev    Hash
	Hash    Hash

	// Before is the fact before it about the same order, 0 for the first. It follows from the rest, so the
	// hash does not cover it; it lets an order's history be read without walking over everybody else's.
	Before uint64
}

// OrderRow is an order as the facts about it fold up.
type OrderRow struct {
	Order    pay.Order
	Outcome  pay.Outcome // newest
	Refunded pay.Money   // sum of refunds that were not refused
	Slips    int         // copies known to have reached a printer
	Seq      uint64      // of its intention
	Last     uint64      // of its newest fact
	Shift    uint64      // of its clerk at its intention; 0 when none was open
}

// RefundRow is a refund as the facts about it fold up.
type RefundRow struct {
	Refund  pay.Refund
	Outcome pay.RefundOutcome
	Seq     uint64
	Last    uint64
	Shift   uint64 // of its clerk at its intention; 0 when none was open
}

// Filter chooses orders or refunds; zero fields choose all. Rows come in the order of their intentions,
// newest first when Newest is set.
type Filter struct {
	From, To      time.Time // of the intention: From <= At < To
	Statuses      []pay.Status
	Clerk, Serial string
	Order         string // refunds: of this order
	Tender        pay.Tender
	Open          bool // not done only
	Newest        bool
	Limit         int
}

// Difference is one thing on which our statement and the service's do not agree, as a code and numbers.
type Difference struct {
	Code   DiffCode  `json:"code"`
	Number string    `json:"number"`
	Ours   pay.Money `json:"ours"`
	Theirs pay.Money `json:"theirs"`
	State  string    `json:"state,omitempty"` // "ours/theirs" where states differ
}

// DiffCode names a kind of difference; the words room has "difference.<code>".
type DiffCode string

const (
	MissingHere   DiffCode = "missing_here"   // they have an order of this till's own form that the book lacks
	ForeignOrder  DiffCode = "foreign_order"  // they have an order of our store and device in another form
	RefundUnknown DiffCode = "refund_unknown" // they have a refund of our store and device that the book lacks
	MissingThere  DiffCode = "missing_there"  // we say paid and they do not know it
	AmountOff     DiffCode = "amount"
	StateOff      DiffCode = "state" // beyond the grace time
	Reentry       DiffCode = "reentry"
	Contradicted  DiffCode = "contradiction"
	EvidenceOff   DiffCode = "evidence" // a person's word that it was paid, and the service's that it was not, or otherwise
)

// Halt is the latch: why payment and refund are stopped.
type Halt struct {
	At          time.Time    `json:"at"`
	Differences []Difference `json:"differences"`
}

// Sum is a maintained total of one store day, one means of payment and one shift.
type Sum struct {
	Day           string // 2006-01-02 in China Standard Time
	Tender        pay.Tender
	Shift         uint64 // 0 for what was intended while the clerk had none open
	Late          bool   // known only after the shift had closed
	Paid          int
	PaidAmount    pay.Money
	Refunds       int
	RefundsAmount pay.Money
}

// Errors of the book.
var (
	ErrHalted    = errors.New("the book is halted")
	ErrNumber    = errors.New("number is already in the book")
	ErrNoOrder   = errors.New("no such order")
	ErrNotPaid   = errors.New("order is not paid")
	ErrRemainder = errors.New("refund exceeds what is left of the order")
	ErrOpen      = errors.New("order is not final")
	ErrFinal     = errors.New("order is final")
	ErrStatus    = errors.New("status may not follow")
	ErrBroken    = errors.New("the book's chain is broken")
	ErrLocked    = errors.New("the book is in use by another engine")
	ErrReadOnly  = errors.New("the book was opened for reading")
)

// Store keeps facts and the rows folded from them. It knows no rule about money.
type Store interface {
	// Update runs fn in one transaction. When it returns nil, everything fn wrote survives a power cut;
	// when it returns an error, nothing of it is there. fn runs once.
	Update(ctx context.Context, fn func(Tx) error) error
	// View runs fn on one consistent state.
	View(ctx context.Context, fn func(Rows) error) error
	Close() error
}

// Rows reads.
type Rows interface {
	Tail() (Fact, bool, error) // newest fact
	Fact(seq uint64) (Fact, bool, error)
	Facts(from uint64) iter.Seq2[Fact, error]
	HaltFacts() iter.Seq2[Fact, error] // of KindHalt alone, however many others there are
	Order(id string) (OrderRow, bool, error)
	// Orders gives what f chooses. With f.Open a store may look among the sealed numbers alone, for the
	// request of an order lies sealed until the order is final. Refunds likewise.
	Orders(f Filter) iter.Seq2[OrderRow, error]
	Refund(id string) (RefundRow, bool, error)
	Refunds(f Filter) iter.Seq2[RefundRow, error]
	Sealed(number string) ([]byte, bool, error)
	SealedNumbers() ([]string, error)
	Counter(name string) (uint64, error) // 0 when never set
	Halt() (Halt, bool, error)
	Sums(fromDay, toDay string) ([]Sum, error) // both included
	ShiftSums(shift uint64) ([]Sum, error)
	Shift(number uint64) (Shift, bool, error)
	OpenShift(clerk string) (Shift, bool, error)
	Shifts() iter.Seq2[Shift, error] // newest first
}

// Tx reads and writes.
type Tx interface {
	Rows
	Append(f Fact) error
	// PutOrder adds a row or renews the one of the same Seq. What was said when an order was made never
	// changes, apart from its remark; a store may leave the rest of Order as it stands. PutRefund likewise.
	PutOrder(r OrderRow) error
	PutRefund(r RefundRow) error
	PutSealed(number string, sealed []byte) error // of a number that has none
	DropSealed(number string) error
	SetCounter(name string, n uint64) error
	SetHalt(h *Halt) error // nil lifts it
	AddSum(s Sum) error    // adds to the row of the same day, tender, shift and lateness
	PutShift(s Shift) error
}

// Sealer keeps request contents, which hold payment codes, unreadable on disk. number is bound in, so
// that one order's content cannot be passed off as another's.
type Sealer interface {
	Seal(number string, plain []byte) ([]byte, error)
	Open(number string, sealed []byte) ([]byte, error)
}
