// Package fault owns the named points of the payment path at which a test may stop a till as a power cut
// would: before and after everything that leaves a trace outside the process.
//
// It promises that a till without armed points behaves as if this room did not exist. What happens after
// a stop is left to the one who armed it.
package fault

import (
	"errors"
	"fmt"
	"sync"
)

// Point is a place on the payment path.
type Point string

// The points, in the order in which a payment and a refund pass them.
const (
	Numbered       Point = "numbered"        // a number is taken, nothing is on disk
	Intended       Point = "intended"        // the intention is on disk, nothing was sent
	Sent           Point = "sent"            // the request was sent, its answer not looked at
	Answered       Point = "answered"        // the fate is known, not on disk
	Settled        Point = "settled"         // the outcome is on disk, nobody was told
	Played         Point = "played"          // the keys after payment were pressed
	Printed        Point = "printed"         // the slip was handed to the printer, not yet recorded
	RefundIntended Point = "refund_intended" // the refund's intention is on disk, nothing was sent
	RefundSent     Point = "refund_sent"     // the refund was sent, its answer not looked at
	RefundSettled  Point = "refund_settled"  // the refund's outcome is on disk, nobody was told
)

// All lists every point, so that a test can prove that it visited each.
func All() []Point {
	return []Point{Numbered, Intended, Sent, Answered, Settled, Played, Printed,
		RefundIntended, RefundSent, RefundSettled}
}

// ErrStopped is what a charge or refund returns when it was stopped at an armed point.
var ErrStopped = errors.New("stopped at a fault point")

// Points counts visits and stops at what is armed. A nil *Points does nothing; the zero value counts. It
// may be used from several goroutines.
type Points struct {
	// Watch, when set, is told of every visit before anything else happens. A simulation cuts the power in it
	// by never returning. It is set before the first visit.
	Watch func(Point)

	mu    sync.Mutex
	armed map[Point]int
	count map[Point]int
}

// Arm makes the n-th visit from now (1 is the next) stop. Arming again replaces.
func (p *Points) Arm(at Point, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.armed == nil {
		p.armed = map[Point]int{}
	}
	p.armed[at] = n
}

// Hit is called where a point lies. It returns ErrStopped when this visit is the armed one.
func (p *Points) Hit(at Point) error {
	if p == nil {
		return nil
	}
	if p.Watch != nil {
		p.Watch(at)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count == nil {
		p.count = map[Point]int{}
	}
	p.count[at]++
	left, armed := p.armed[at]
	if !armed {
		return nil
	}
	p.armed[at] = left - 1
	if left > 1 {
		return nil
	}
	delete(p.armed, at)
	return fmt.Errorf("%s: %w", at, ErrStopped)
}

// Count says how often a point was visited.
func (p *Points) Count(at Point) int {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count[at]
}

// Moments around what a till does to the world outside the process. They lie in the devices, so a
// simulation visits them without help of the payment path.
const (
	BeforeCommit = "before commit of "
	AfterCommit  = "after commit of "
	BeforeSend   = "before sending "
	AfterSend    = "after sending "
)

// Around lists the points around every side effect: each kind of fact as it goes to disk, each call as it
// leaves, keys, and paper.
func Around() []Point {
	var all []Point
	for _, fact := range []string{"intention", "outcome", "refund", "refund_outcome", "slip", "halt", "release", "reversal"} {
		all = append(all, Point(BeforeCommit+fact), Point(AfterCommit+fact))
	}
	for _, call := range []string{"micro_pay", "query_order", "refund", "query_refund_order", "client_order_detail", "reverse", "ping"} {
		all = append(all, Point(BeforeSend+call), Point(AfterSend+call))
	}
	return append(all, BeforeKeys, AfterKeys, BeforeDone, AfterDone, BeforePaper, AfterPaper)
}

// The points around keys and paper.
const (
	BeforeKeys  Point = "before the keys that open a sale"
	AfterKeys   Point = "after the keys that open a sale"
	BeforeDone  Point = "before the keys that end a sale"
	AfterDone   Point = "after the keys that end a sale"
	BeforePaper Point = "before a slip is on paper"
	AfterPaper  Point = "after a slip is on paper"
)
