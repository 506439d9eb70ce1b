package ledger

import (
	"fmt"
	"slices"
	"time"

	"cpos/engine/pay"
)

// entry is a fact on its way into rows, with its body where that need not be decoded again.
type entry struct {
	Fact
	said any
}

// read gives the body of a fact.
func read[T any](f entry) (T, error) {
	if body, ok := f.said.(T); ok {
		return body, nil
	}
	return decode[T](f.Fact)
}

// known is what a fact meets: the rows it is about, as all facts before it folded up.
type known struct {
	order  *OrderRow
	refund *RefundRow
	halt   *Halt
	shift  *Shift // of a new intention the clerk's open one, of what is there its own
	shifts uint64 // how many there are, for a shift that begins
}

// before is the fact before about the same order.
func (k known) before() uint64 {
	if k.order == nil {
		return 0
	}
	return k.order.Last
}

// change is what a fact does to the rows. Nil rows stay as they were.
type change struct {
	order    *OrderRow
	refund   *RefundRow
	halt     *Halt
	shift    *Shift
	released bool
	sum      Sum    // to be added; Day is empty when nothing is
	drop     string // the number whose sealed request is not needed any more
}

// fold is the one set of rules that turns a fact into rows. It is used when a fact is written and again
// when the book is verified. An error means that the fact may not stand at this place.
func fold(f entry, k known) (change, error) {
	switch f.Kind {
	case KindIntention:
		return ruled(f, k, foldIntention)
	case KindOutcome:
		return ruled(f, k, foldOutcome)
	case KindRefund:
		return ruled(f, k, foldRefund)
	case KindRefundOutcome:
		return ruled(f, k, foldRefundOutcome)
	case KindSlip:
		return ruled(f, k, foldSlip)
	case KindRemark:
		return ruled(f, k, foldRemark)
	case KindHalt:
		return ruled(f, k, foldHalt)
	case KindShift:
		return ruled(f, k, foldShift)
	case KindRestore:
		_, err := read[restoreV1](f)
		return change{}, err
	case KindReversal:
		return ruled(f, k, foldReversal)
	case KindEvidence:
		return ruled(f, k, foldEvidence)
	case KindRelease:
		_, err := read[releaseV1](f)
		return change{released: true}, err
	}
	return change{}, fmt.Errorf("fact %d, kind %q: %w", f.Seq, f.Kind, errFormat)
}

// said reads the body of a fact, whatever its kind.
func said(f Fact) (any, error) {
	switch f.Kind {
	case KindIntention:
		return decode[intentionV1](f)
	case KindOutcome:
		return decode[outcomeV1](f)
	case KindRefund:
		return decode[refundV1](f)
	case KindRefundOutcome:
		return decode[refundOutcomeV1](f)
	case KindSlip:
		return decode[slipV1](f)
	}
	return nil, nil // rare kinds are read where they are folded
}

// ruled reads the body of a fact and folds it by the rule of its kind.
func ruled[T any](f entry, k known, rule func(Fact, T, known) (change, error)) (change, error) {
	body, err := read[T](f)
	if err != nil {
		return change{}, err
	}
	return rule(f.Fact, body, k)
}

func foldIntention(f Fact, body intentionV1, k known) (change, error) {
	switch {
	case k.halt != nil:
		return change{}, ErrHalted
	case k.order != nil || k.refund != nil:
		return change{}, ErrNumber
	}
	return change{order: &OrderRow{Order: body.order(), Seq: f.Seq, Last: f.Seq, Shift: k.shift.number()}}, nil
}

func foldOutcome(f Fact, body outcomeV1, k known) (change, error) {
	if k.order == nil {
		return change{}, ErrNoOrder
	}
	row, before := *k.order, k.order.Outcome.Status
	row.Outcome, row.Last = merged(row.Outcome, body.outcome()), f.Seq
	after := row.Outcome.Status
	if !before.MayBecome(after) && !(k.order.OnEvidence() && after.Final()) {
		return change{}, fmt.Errorf("%s after %s: %w", after, before, ErrStatus)
	}
	c := change{order: &row}
	if row.Done() {
		c.drop = row.Order.ID
	}
	if n := counted(after) - counted(before); n != 0 {
		c.sum = Sum{Day: Day(row.Order.At), Tender: row.Order.Tender, Shift: row.Shift, Late: k.shift.over(f.Seq),
			Paid: n, PaidAmount: pay.Money(n) * row.Order.Amount}
	}
	return c, nil
}

func counted(s pay.Status) int {
	if s == pay.Paid {
		return 1
	}
	return 0
}

// merged is the newest outcome, with the service's number and the settled sum of an earlier answer where
// the newest leaves them out.
func merged(before, newest pay.Outcome) pay.Outcome {
	if before.Why == pay.WhyEvidence && newest.Status != pay.Paid {
		return newest // that number was a person's word
	}
	if newest.Trade == "" {
		newest.Trade = before.Trade
	}
	if newest.Net == 0 {
		newest.Net = before.Net
	}
	return newest
}

func foldRefund(f Fact, body refundV1, k known) (change, error) {
	switch {
	case k.halt != nil:
		return change{}, ErrHalted
	case k.refund != nil:
		return change{}, ErrNumber
	case k.order == nil:
		return change{}, ErrNoOrder
	case k.order.Outcome.Status != pay.Paid:
		return change{}, ErrNotPaid
	}
	row := *k.order
	row.Last = f.Seq
	var err error
	row.Refunded, err = row.Refunded.Add(pay.Money(body.Fen))
	if err != nil || body.Fen <= 0 || row.Refunded > row.Order.Amount {
		return change{}, fmt.Errorf("%s of %s, %s refunded before: %w", pay.Money(body.Fen),
			row.Order.Amount, k.order.Refunded, ErrRemainder)
	}
	back := RefundRow{Refund: body.refund(), Seq: f.Seq, Last: f.Seq, Shift: k.shift.number()}
	return change{order: &row, refund: &back}, nil
}

func foldRefundOutcome(f Fact, body refundOutcomeV1, k known) (change, error) {
	if k.refund == nil || k.order == nil {
		return change{}, ErrNoOrder
	}
	order, row, before := *k.order, *k.refund, k.refund.Outcome.Status
	row.Outcome, row.Last, order.Last = mergedRefund(row.Outcome, body.outcome()), f.Seq, f.Seq
	after := row.Outcome.Status
	if !before.MayBecome(after) {
		return change{}, fmt.Errorf("refund %s after %s: %w", after, before, ErrStatus)
	}
	if before.Held() && !after.Held() {
		order.Refunded -= row.Refund.Amount
	}
	c := change{order: &order, refund: &row}
	if after.Final() {
		c.drop = row.Refund.ID
	}
	if n := countedBack(after) - countedBack(before); n != 0 {
		c.sum = Sum{Day: Day(row.Refund.At), Tender: order.Order.Tender, Shift: row.Shift, Late: k.shift.over(f.Seq),
			Refunds: n, RefundsAmount: pay.Money(n) * row.Refund.Amount}
	}
	return c, nil
}

// countedBack says whether a refund stands in the day's sum: from the moment the service took it.
func countedBack(s pay.RefundStatus) int {
	switch s {
	case pay.RefundAccepted, pay.RefundDone, pay.RefundManual:
		return 1
	}
	return 0
}

func mergedRefund(before, newest pay.RefundOutcome) pay.RefundOutcome {
	if newest.Trade == "" {
		newest.Trade = before.Trade
	}
	return newest
}

// Words of a slip fact: what the copy belongs to, and the printer's word for it.
const (
	slipOfPayment = "payment"
	slipOfRefund  = "refund"
)

func foldSlip(f Fact, body slipV1, k known) (change, error) {
	if k.order == nil || (body.Kind == slipOfRefund) != (k.refund != nil) {
		return change{}, ErrNoOrder
	}
	order := *k.order
	order.Last = f.Seq
	c := change{order: &order}
	if k.refund != nil {
		row := *k.refund
		row.Last = f.Seq
		c.refund = &row
		return c, nil
	}
	switch body.Proof {
	case "sent", "drained", "printed":
		order.Slips++
	}
	return c, nil
}

func foldRemark(f Fact, body remarkV1, k known) (change, error) {
	if k.order == nil {
		return change{}, ErrNoOrder
	}
	row := *k.order
	row.Order.Remark, row.Last = body.Text, f.Seq
	return change{order: &row}, nil
}

func foldHalt(_ Fact, body haltV1, k known) (change, error) {
	h := body.halt()
	if k.halt != nil {
		fresh := unknownTo(*k.halt, h.Differences)
		h = Halt{At: k.halt.At, Differences: append(slices.Clone(k.halt.Differences), fresh...)}
	}
	return change{halt: &h}, nil
}

// unknownTo gives the differences that h does not hold yet, each once.
func unknownTo(h Halt, ds []Difference) []Difference {
	var fresh []Difference
	for _, d := range ds {
		if !slices.Contains(h.Differences, d) && !slices.Contains(fresh, d) {
			fresh = append(fresh, d)
		}
	}
	return fresh
}

// china is the time zone of store days. China has had one zone without summer time since 1991, so a
// fixed offset needs no zone files on the till.
var china = time.FixedZone("CST", 8*60*60)

// Day gives the store day of a moment in China Standard Time, as 2006-01-02.
func Day(t time.Time) string { return t.In(china).Format(time.DateOnly) }
