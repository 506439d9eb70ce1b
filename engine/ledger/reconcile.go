package ledger

import (
	"time"

	"cpos/engine/pay"
)

// ReconcileRules bound what counts as a difference.
type ReconcileRules struct {
	Store, Device string
	Window        [2]time.Time  // what both statements cover; ours near its edges may lie outside theirs
	Grace         time.Duration // younger lines may still differ in state or be missing
	Now           time.Time
}

// Reconcile compares two statements. It is pure; it sorts and de-duplicates its input by number.
func Reconcile(ours, theirs []pay.Entry, r ReconcileRules) []Difference { panic("contract") }
