package sim

import (
	"math/rand/v2"
	"time"

	"cpos/engine/fault"
)

// plan is what a seed has in store for its shop.
type plan struct {
	tills    int
	twins    bool          // both tills say that they are the same one
	disk     bool          // on SQLite instead of in memory
	reverse  bool          // the profile wants unfinished payments undone
	serial   bool          // the profile reads the POS's number of a sale
	twice    time.Duration // how long a sale is held against others before it
	aside    time.Duration // how long a customer may be slow
	sales    int           // of each till
	compare  time.Duration // between two reconciliations
	rate     [faults]float64
	cuts     int // crash points armed one after the other
	anytime  int // power cuts at any moment
	outages  int
	jumps    int
	foreign  int
	fulls    int
	dawn     time.Time
	refunds  float64
	landing  time.Duration // where passwords land that are typed at the end of polling
	cashiers time.Duration // how fast they are
	stands   time.Duration // how long a result stands
}

// onDisk is how many seeds share one that is played on SQLite.
const onDisk = 100

func newPlan(r *rand.Rand, seed uint64) plan {
	p := plan{tills: 1, disk: seed%onDisk == onDisk-1, sales: 100, compare: time.Minute, refunds: 0.05,
		cashiers: time.Duration(1+r.IntN(8)) * 50 * time.Millisecond, stands: time.Duration(1+r.IntN(4)) * 500 * time.Millisecond}
	p.dawn = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(24*60)) * time.Minute)
	p.serial = r.IntN(3) > 0
	p.twice = []time.Duration{0, 2 * time.Minute, 10 * time.Minute}[r.IntN(3)]
	p.aside = []time.Duration{0, 15 * time.Second, 30 * time.Second}[r.IntN(3)]
	if r.IntN(8) == 0 {
		p.tills, p.sales = 2, 50
	}
	if r.IntN(3) > 0 {
		p.compare = 5 * time.Minute
	}
	if r.IntN(6) == 0 { // a calm day
		p.cuts = r.IntN(2)
		p.rate[Password] = 0.05
		return p
	}
	if r.IntN(6) == 0 {
		p.twins, p.tills, p.sales = true, 2, 40
		p.compare = time.Minute
		return p
	}
	some := func(rates ...float64) float64 {
		if r.IntN(3) > 0 {
			return 0
		}
		return rates[r.IntN(len(rates))]
	}
	for _, f := range []Fault{RequestLost, AnswerLost, Hang, AnswerLate, RequestLate, Twice, Refused, Forged, Unsigned,
		CutBody, HTTP500, HTTP502, HTMLPage, Status3, Status103, Status101} {
		p.rate[f] = some(0.005, 0.01, 0.05)
	}
	for _, f := range []Fault{LieAmount, LieCurrency, LieNumber, LieMerchant} {
		p.rate[f] = some(0.004, 0.01)
	}
	p.rate[Replayed] = some(0.02, 0.05) // of the queries, which are seldom
	for _, f := range []Fault{LieDevice, ListShifts, ListDoubles} {
		p.rate[f] = some(0.1, 0.3)
	}
	for _, f := range []Fault{Status102, Status104, Status407, Password, PasswordStops, StillBusy} {
		p.rate[f] = some(0.01, 0.02, 0.05)
	}
	p.rate[Status407] /= 3
	for _, f := range []Fault{PasswordNever, PasswordAtEnd} { // of those who type one
		p.rate[f] = some(0.2, 0.4)
	}
	for _, f := range []Fault{RefundFails, RefundByHand} {
		p.rate[f] = some(0.1, 0.5)
	}
	for _, f := range []Fault{PrinterError, PrinterSilent, KeysFail, AmountMoves, AmountUnread} {
		p.rate[f] = some(0.005, 0.02)
	}
	if p.reverse = r.IntN(3) == 0; p.reverse {
		p.rate[Password], p.rate[PasswordAtEnd], p.rate[PasswordNever] = 0.05, 0.3, 0.2
	}
	p.landing = time.Duration(r.IntN(60)-30) * 100 * time.Millisecond
	p.cuts, p.anytime = r.IntN(12), r.IntN(3)
	p.outages, p.jumps, p.foreign, p.fulls = r.IntN(3), max(0, r.IntN(6)-3), max(0, r.IntN(4)-2), max(0, r.IntN(8)-5)
	p.refunds = 0.02 + 0.1*r.Float64()
	return p
}

// aPoint draws where the power is cut next.
func (w *world) aPoint() fault.Point {
	if w.plan.reverse && w.dice.IntN(4) == 0 { // seldom passed, and only here
		return aroundReversals[w.dice.IntN(len(aroundReversals))]
	}
	return points[w.dice.IntN(len(points))]
}

var (
	points          = Points()
	aroundReversals = []fault.Point{fault.BeforeCommit + "reversal", fault.AfterCommit + "reversal",
		fault.BeforeSend + "reverse", fault.AfterSend + "reverse"}
)

// strikes draws whether a fault strikes now, and counts it.
func (w *world) strikes(f Fault) bool {
	if !w.threatens(f) {
		return false
	}
	w.fire(f)
	return true
}

// threatens draws whether a fault is to strike; who asks counts it when it does.
func (w *world) threatens(f Fault) bool {
	rate := w.plan.rate[f]
	return rate > 0 && !w.calm && w.dice.Float64() < rate
}

// between draws a time.
func (w *world) between(from, to time.Duration) time.Duration {
	return from + time.Duration(w.dice.Int64N(int64(to-from)+1))
}
