// Package script owns the Starlark side: the vocabulary, its limits, loading, and the hooks.
//
// It promises that a script only describes: a hook is called with plain frozen values and gives back a
// plan or a slip, and it cannot press a key, see the screen, open a file, reach the network or learn a
// payment code. Carrying out what it described is left to the station.
package script

import (
	"context"
	"errors"
	"time"

	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/receipt"
)

// Context is what a hook knows about the sale.
type Context struct {
	Trigger string // scan, hotkey, touch or cli
	Kind    string // wechat, alipay; empty while unknown
	Store   Store
	Device  string
	Clerk   string
	Serial  string
	Amount  pay.Money // 0 before it is known
}

// Store is the shop as receipts and hooks see it.
type Store struct {
	ID, Name string
	Header   []string
	Welcome  string
}

// Result is what became of the payment.
type Result struct {
	OrderID string // empty where nothing was sent
	Method  string // wechat, alipay, cash
	Status  string // paid, declined, closed, pending, unknown; not_sent where nothing was sent
	Amount  pay.Money
	Trade   string
	At      time.Time
}

// Giveback is a refund that the service has taken.
type Giveback struct {
	ID      string
	OrderID string
	Method  string // of the order
	Status  string // accepted, done
	Amount  pay.Money
	Paid    pay.Money // the whole order
	Reason  string
	At      time.Time
}

// Document is what a receipt hook prints from.
type Document struct {
	Store  Store
	Device string
	Clerk  string
	Order  pay.Order
	Out    pay.Outcome
	Refund *pay.Refund // of a refund receipt
	Copy   int         // 1 for the first
	Again  bool        // a reprint
}

// Hooks is what the station calls. A hook that the script does not define gives an empty plan, and the
// standard slip.
type Hooks interface {
	PrePayment(ctx context.Context, c Context) (keys.Plan, error)
	PostPayment(ctx context.Context, c Context, r Result) (keys.Plan, error)
	PostFailure(ctx context.Context, c Context, r Result) (keys.Plan, error)
	OnUnknown(ctx context.Context, c Context, r Result) (keys.Plan, error) // sounds and texts only
	PostRefund(ctx context.Context, c Context, b Giveback) (keys.Plan, error)
	Receipt(ctx context.Context, d Document) (receipt.Slip, error)
	RefundReceipt(ctx context.Context, d Document) (receipt.Slip, error)
}

// ErrScript says that a script could not be loaded, failed, or met a limit.
var ErrScript = errors.New("script error")
