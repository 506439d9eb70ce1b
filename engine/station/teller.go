package station

import (
	"context"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// Charge makes one payment, from intention to outcome, and follows it while the customer stands there.
// progress, which may be nil, is told each outcome that is not final. The error is nil whenever
// something may have been sent: the row's status says what is known, Unknown and Pending included. An
// error means that nothing was sent (the book's, the driver's) or that ctx ended or a fault point
// stopped it.
func (t *Teller) Charge(ctx context.Context, c Charge, progress func(pay.Outcome)) (ledger.OrderRow, error) {
	panic("contract")
}

// Refund gives back money of a paid order. Accepted is not done: FollowOpen asks on.
func (t *Teller) Refund(ctx context.Context, g Giveback) (ledger.RefundRow, error) { panic("contract") }

// Resolve asks once about an order, settles what is learnt, and gives the row.
func (t *Teller) Resolve(ctx context.Context, order string) (ledger.OrderRow, error) {
	panic("contract")
}

// ResolveRefund asks once about a refund.
func (t *Teller) ResolveRefund(ctx context.Context, refund string) (ledger.RefundRow, error) {
	panic("contract")
}

// FollowOpen asks once about every order and refund that is not final and due, and gives the orders that
// became final. It is called at start-up before the till opens (all are due then), and every FollowEvery.
func (t *Teller) FollowOpen(ctx context.Context) ([]ledger.OrderRow, error) { panic("contract") }

// CatchUp makes sure that no order number which the service lists for this till today is used again.
func (t *Teller) CatchUp(ctx context.Context) error { panic("contract") }

// Reconcile compares the last 15 minutes (or, when full, the whole day) with the service, records a
// difference that stops the till, and gives all differences. A driver that cannot list gives none.
func (t *Teller) Reconcile(ctx context.Context, full bool) ([]ledger.Difference, error) {
	panic("contract")
}
