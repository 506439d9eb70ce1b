package ledger

import (
	"context"
	"time"

	"cpos/engine/pay"
)

// Numbering is what a till's order and refund numbers are made of (Cloud Pay: at most 32 characters,
// starting with the sub-merchant's order prefix).
type Numbering struct {
	Prefix string // order prefix of the sub-merchant
	Store  string // out_shop_id
	Device string
}

// Options open a book.
type Options struct {
	Numbering Numbering
	Sealer    Sealer
	Now       func() time.Time // the clock; nil is time.Now
}

// Book is the till's ledger over one Store. Its methods may be called from several goroutines.
type Book struct {
	store Store
	opt   Options
}

// Open reads the newest facts back, checks the chain's tail and the rows it folds to, and makes the
// book ready. It writes nothing.
func Open(ctx context.Context, s Store, opt Options) (*Book, error) { panic("contract") }

// NewOrderID takes the next order number. It is used up in this process; on disk it is by Intend.
func (b *Book) NewOrderID(at time.Time) (string, error) { panic("contract") }

// NewRefundID takes the next refund number.
func (b *Book) NewRefundID(at time.Time) (string, error) { panic("contract") }

// RaiseCounter makes the next number greater than the sequence inside number, if that is one of this
// till's own, so that a reinstalled till never reuses one that the service already lists.
func (b *Book) RaiseCounter(ctx context.Context, number string) error { panic("contract") }

// Intend records that o is about to be sent with the exact content r, which is sealed beside the chain
// until the order is final. Nothing may be sent before it returns nil. ErrHalted, ErrNumber.
func (b *Book) Intend(ctx context.Context, o pay.Order, r pay.Request) error { panic("contract") }

// Settle records what an answer said. A repeated identical outcome adds no fact. ErrNoOrder, ErrStatus.
func (b *Book) Settle(ctx context.Context, order string, out pay.Outcome) (OrderRow, error) {
	panic("contract")
}

// IntendRefund records that r is about to be sent, after checking in the same transaction that the order
// is paid and that all refunds together stay within it. ErrHalted, ErrNotPaid, ErrRemainder, ErrNumber.
func (b *Book) IntendRefund(ctx context.Context, r pay.Refund, q pay.Request) error {
	panic("contract")
}

// SettleRefund records what an answer said of a refund.
func (b *Book) SettleRefund(ctx context.Context, refund string, out pay.RefundOutcome) (RefundRow, error) {
	panic("contract")
}

// Request gives back the sealed content of an order or refund that is not final, byte for byte.
func (b *Book) Request(ctx context.Context, number string) (pay.Request, error) { panic("contract") }

// Slip records what became of a printed copy: kind is payment or refund, proof the printer's word.
func (b *Book) Slip(ctx context.Context, number, kind string, copy int, proof, why string) error {
	panic("contract")
}

// Remark records a new remark on an order.
func (b *Book) Remark(ctx context.Context, order, text, clerk string) error { panic("contract") }

// Halt records differences and closes the latch. Halting a halted book adds only what is new.
func (b *Book) Halt(ctx context.Context, at time.Time, d []Difference) error { panic("contract") }

// Release opens the latch.
func (b *Book) Release(ctx context.Context, who, reason string) error { panic("contract") }

// Halted gives the latch.
func (b *Book) Halted(ctx context.Context) (Halt, bool, error) { panic("contract") }

// Order gives one order, by its number.
func (b *Book) Order(ctx context.Context, id string) (OrderRow, error) { panic("contract") }

// Orders gives the orders a filter chooses.
func (b *Book) Orders(ctx context.Context, f Filter) ([]OrderRow, error) { panic("contract") }

// Refund gives one refund, by its number.
func (b *Book) Refund(ctx context.Context, id string) (RefundRow, error) { panic("contract") }

// Refunds gives the refunds a filter chooses.
func (b *Book) Refunds(ctx context.Context, f Filter) ([]RefundRow, error) { panic("contract") }

// History gives all facts about an order and its refunds, oldest first.
func (b *Book) History(ctx context.Context, order string) ([]Fact, error) { panic("contract") }

// Statement gives our side of a reconciliation: payments and refunds whose intention lies in [from, to].
func (b *Book) Statement(ctx context.Context, from, to time.Time) ([]pay.Entry, error) {
	panic("contract")
}

// Sums gives the maintained totals.
func (b *Book) Sums(ctx context.Context, fromDay, toDay string) ([]Sum, error) { panic("contract") }

// Verify walks the whole chain and folds it anew, comparing every row and sum.
func (b *Book) Verify(ctx context.Context) (facts int, err error) { panic("contract") }
