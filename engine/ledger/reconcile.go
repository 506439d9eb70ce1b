package ledger

import (
	"cmp"
	"slices"
	"time"

	"cpos/engine/pay"
)

// ReconcileRules bound what counts as a difference.
type ReconcileRules struct {
	Store, Device string
	Window        [2]time.Time  // what both statements cover; ours near its edges may lie outside theirs
	Grace         time.Duration // younger lines may still differ in state or be missing
	Now           time.Time
	Own           func(number string) bool // whether a number has this till's form; nil says so of all
}

// Stops says that a difference of this code stops payment and refund: another machine works under this
// till's name, or money is not where the book says. States that differ are told and followed only.
func (c DiffCode) Stops() bool { return c != StateOff }

// MissesOurs says that theirs shows a line which ours lacks.
func (c DiffCode) MissesOurs() bool {
	return c == MissingHere || c == ForeignOrder || c == RefundUnknown
}

// Reconcile compares two statements. It is pure; it sorts and de-duplicates its input by number. Lines of
// other stores and devices are none of this till's business and are left out.
//
// Two clocks made the statements and each was cut at the window by its own. So a line of ours counts as
// missing there only when it is older than the grace time and lies at least that far inside the window,
// and a line of theirs as missing here only when it lies that far behind the window's beginning. At the
// window's end theirs needs no grace: an intention is in the book before the service can know it,
// provided that ours was read after theirs and reaches at least as far.
func Reconcile(ours, theirs []pay.Entry, r ReconcileRules) []Difference {
	here, there := gather(ours, r), gather(theirs, r)
	var all []Difference
	for k, mine := range here {
		if his, ok := there[k]; ok {
			all = append(all, r.differ(mine, his)...)
		} else if r.missingThere(mine.newest) {
			all = append(all, Difference{Code: MissingThere, Number: k.number, Ours: mine.newest.Amount})
		}
	}
	for k, his := range there {
		if _, ok := here[k]; !ok && r.missingHere(his.newest) {
			all = append(all, Difference{Code: r.lacking(k), Number: k.number, Theirs: his.newest.Amount})
		}
	}
	slices.SortFunc(all, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Number, b.Number),
			cmp.Compare(a.Theirs, b.Theirs), cmp.Compare(a.Ours, b.Ours), cmp.Compare(a.State, b.State))
	})
	return slices.Compact(all)
}

// lacking names what it means that the book lacks a line: a number of this till's form was used by a till
// with the same store and device number, or before this book; another form is another machine's.
func (r ReconcileRules) lacking(k lineKey) DiffCode {
	switch {
	case k.kind == pay.EntryRefund:
		return RefundUnknown
	case r.Own != nil && !r.Own(k.number):
		return ForeignOrder
	}
	return MissingHere
}

type lineKey struct {
	kind   pay.EntryKind
	number string
}

// line is everything a statement says of one number: the entry furthest along, and all amounts.
type line struct {
	newest  pay.Entry
	amounts []pay.Money
}

func gather(entries []pay.Entry, r ReconcileRules) map[lineKey]line {
	lines := map[lineKey]line{}
	for _, e := range entries {
		if e.Store != r.Store || e.Device != r.Device {
			continue
		}
		k := lineKey{e.Kind, e.Number()}
		l, again := lines[k]
		if !again || further(e, l.newest) > 0 {
			l.newest = e
		}
		if !slices.Contains(l.amounts, e.Amount) {
			l.amounts = append(l.amounts, e.Amount)
		}
		lines[k] = l
	}
	return lines
}

// further orders two lines of one number, which pages read at different moments may show in different
// states. What remains after the state only makes the choice independent of the order they came in.
func further(a, b pay.Entry) int {
	return cmp.Or(cmp.Compare(progress(a), progress(b)), a.At.Compare(b.At),
		cmp.Compare(a.Amount, b.Amount), cmp.Compare(a.Trade, b.Trade))
}

func progress(e pay.Entry) int {
	if e.Kind == pay.EntryRefund {
		return slices.Index([]pay.RefundStatus{pay.RefundUnknown, pay.RefundAccepted, pay.RefundFailed,
			pay.RefundManual, pay.RefundDone}, e.Back)
	}
	return slices.Index([]pay.Status{pay.Unknown, pay.Pending, pay.Declined, pay.Paid, pay.Closed}, e.Status)
}

func (r ReconcileRules) differ(mine, his line) []Difference {
	var all []Difference
	for _, a := range his.amounts {
		if a != mine.newest.Amount {
			all = append(all, Difference{Code: AmountOff, Number: mine.newest.Number(),
				Ours: mine.newest.Amount, Theirs: a})
		}
	}
	if r.old(mine.newest) && !agree(mine.newest, his.newest) {
		all = append(all, Difference{Code: StateOff, Number: mine.newest.Number(),
			Ours: mine.newest.Amount, Theirs: his.newest.Amount,
			State: state(mine.newest) + "/" + state(his.newest)})
	}
	return all
}

func state(e pay.Entry) string {
	if e.Kind == pay.EntryRefund {
		return e.Back.String()
	}
	return e.Status.String()
}

// agree says that two states may stand side by side for longer than the grace time. A refund on its way
// to a bank card takes hours and the two sides hear of its arrival at different times.
func agree(a, b pay.Entry) bool {
	if a.Kind == pay.EntryRefund {
		onItsWay := func(s pay.RefundStatus) bool { return s == pay.RefundAccepted || s == pay.RefundDone }
		return a.Back == b.Back || onItsWay(a.Back) && onItsWay(b.Back)
	}
	return a.Status == b.Status || !a.Status.Final() && !b.Status.Final()
}

func (r ReconcileRules) old(e pay.Entry) bool { return r.Now.Sub(e.At) > r.Grace }

// missingThere says that theirs should show a line that ours holds as done. A payment that never came
// about may be missing.
func (r ReconcileRules) missingThere(e pay.Entry) bool {
	done := e.Status == pay.Paid
	if e.Kind == pay.EntryRefund {
		done = countedBack(e.Back) == 1
	}
	from, to := r.Window[0].Add(r.Grace), r.Window[1].Add(-r.Grace)
	return done && r.old(e) && !e.At.Before(from) && !e.At.After(to)
}

// missingHere says that ours should hold a line that theirs shows.
func (r ReconcileRules) missingHere(e pay.Entry) bool {
	return !e.At.Before(r.Window[0].Add(r.Grace)) && !e.At.After(r.Window[1])
}
