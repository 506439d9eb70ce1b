package ledger

import (
	"slices"
	"time"

	"cpos/engine/pay"
)

// Chooses says whether f chooses an order. A Store that cannot ask its database uses it; every Store must
// agree with it.
func (f Filter) Chooses(r OrderRow) bool {
	return f.within(r.Order.At) &&
		(len(f.Statuses) == 0 || slices.Contains(f.Statuses, r.Outcome.Status)) &&
		(f.Clerk == "" || f.Clerk == r.Order.Clerk) &&
		(f.Serial == "" || f.Serial == r.Order.Serial) &&
		(f.Order == "" || f.Order == r.Order.ID) &&
		(f.Tender == pay.TenderUnknown || f.Tender == r.Order.Tender) &&
		(!f.Open || !r.Done())
}

// ChoosesRefund says whether f chooses a refund. Statuses, Serial and Tender are about orders and choose
// nothing among refunds.
func (f Filter) ChoosesRefund(r RefundRow) bool {
	return f.within(r.Refund.At) &&
		(f.Clerk == "" || f.Clerk == r.Refund.Clerk) &&
		(f.Order == "" || f.Order == r.Refund.Order) &&
		(!f.Open || !r.Outcome.Status.Final())
}

func (f Filter) within(at time.Time) bool {
	return (f.From.IsZero() || !at.Before(f.From)) && (f.To.IsZero() || at.Before(f.To))
}
