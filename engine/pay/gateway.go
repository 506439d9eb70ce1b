package pay

import (
	"context"
	"errors"
	"time"
)

// Errors of a Gateway. Every one of them leaves the payment as it was: unknown at worst, never unpaid.
var (
	// ErrNotSent says that not one byte of the request left this machine, so it has certainly not acted.
	ErrNotSent = errors.New("nothing was sent")
	// ErrNoAnswer says that the request may have arrived and no answer came that can be read.
	ErrNoAnswer = errors.New("no answer")
	// ErrForged says that an answer came whose authentication is missing or wrong.
	ErrForged = errors.New("answer is not authentic")
	// ErrContradiction says that an authentic answer speaks of another number, amount, currency or
	// merchant than was asked about: somebody else's money is involved and the till must halt.
	ErrContradiction = errors.New("answer contradicts the request")
	// ErrAuthKey and ErrSignKey say which of the merchant's two keys the service refused.
	ErrAuthKey = errors.New("authentication key is wrong")
	ErrSignKey = errors.New("signature private key is wrong")
	// ErrNotAllowed says that the profile does not permit the call.
	ErrNotAllowed = errors.New("not allowed by the profile")
)

// Gateway drives one payment service.
//
// Promises every driver makes, asked for by the driver exam:
//   - an error never means "not paid"; only ErrNotSent means that nothing can have happened by this call;
//   - the zero status is unknown;
//   - Paid is returned only when the answer is authentic and its number, amount and merchant all match;
//   - the same Request sent twice is the same payment;
//   - "no such order" comes back as Unknown with WhyNotFound, since a request may still be on its way;
//   - each call honours its context and makes one attempt only: repetition is the caller's business.
type Gateway interface {
	// Prepare fixes the content of a payment. It has no effect and touches no network.
	Prepare(o Order, c Code) (Request, error)
	// Pay sends a prepared request. Repeating it with the same request is safe.
	Pay(ctx context.Context, o Order, r Request) (Outcome, error)
	// Query asks about an order. It never moves money and may be repeated at will.
	Query(ctx context.Context, o Order) (Outcome, error)
	// Cancel undoes a payment; a paid one is given back to the customer. It moves money: callers ask the
	// profile first, and the driver refuses with ErrNotAllowed where its switch is off.
	Cancel(ctx context.Context, o Order) (Outcome, error)
	// PrepareRefund fixes the content of a refund.
	PrepareRefund(o Order, r Refund) (Request, error)
	// Refund sends a prepared refund. RefundAccepted is not RefundDone.
	Refund(ctx context.Context, o Order, r Refund, q Request) (RefundOutcome, error)
	// QueryRefund asks about a refund.
	QueryRefund(ctx context.Context, o Order, r Refund) (RefundOutcome, error)
}

// Lister is a Gateway that can list the store's and device's orders and refunds, the source of the
// near-real-time reconciliation.
type Lister interface {
	// List gives every payment and refund with a time in [from, to], de-duplicated by number, in no
	// particular order. A partial list is an error, never a short result.
	List(ctx context.Context, from, to time.Time) ([]Entry, error)
}

// Pinger is a Gateway that can say that it is there; the answer also warms the connection.
type Pinger interface {
	// Ping gives the service's clock.
	Ping(ctx context.Context) (time.Time, error)
}

// Device is one till as the service knows it.
type Device struct {
	Store, StoreName, ID, Name string
	TakesCodes                 bool // registered for payment by scanned code
}

// Staff is one clerk as the service knows them.
type Staff struct {
	Store, ID, Name string
	Manager         bool
}

// Directory is a Gateway that can name the merchant's stores, tills and clerks.
type Directory interface {
	Shops(ctx context.Context) ([]Device, []Staff, error)
}

// Prefixer is a Gateway that can name the leading digits of the payment codes it takes. They change now and
// then, when a platform runs out of numbers.
type Prefixer interface {
	// Prefixes gives at least one for each means of payment that it names, and none that two of them share.
	Prefixes(ctx context.Context) (map[Tender][]string, error)
}
