package ledger

import (
	"fmt"
	"iter"
	"slices"
)

// lookup is what the fold of a fact asks of the rows before it; a Store's Rows and a ghost both answer.
type lookup interface {
	Order(id string) (OrderRow, bool, error)
	Refund(id string) (RefundRow, bool, error)
	Halt() (Halt, bool, error)
	Shift(number uint64) (Shift, bool, error)
	OpenShift(clerk string) (Shift, bool, error)
	Shifts() iter.Seq2[Shift, error]
}

// meet gathers, by kind of fact, the rows that fold needs.
func meet(f entry, from lookup) (known, error) {
	k, err := meetRows(f, from)
	if err == nil {
		err = k.meetShift(f, from)
	}
	return k, err
}

func meetRows(f entry, from lookup) (known, error) {
	var k known
	var err error
	switch f.Kind {
	case KindIntention:
		if k.order, err = order(from, f.Number); err == nil {
			k.refund, err = refund(from, f.Number)
		}
	case KindOutcome, KindRemark, KindReversal, KindEvidence:
		k.order, err = order(from, f.Number)
	case KindRefund:
		return meetRefund(f, from)
	case KindRefundOutcome:
		return meetSettled(f, from)
	case KindSlip:
		if k.order, err = order(from, f.Number); err == nil && k.order == nil {
			return meetSettled(f, from)
		}
	}
	if err != nil || !latched(f.Kind) {
		return k, err
	}
	k.halt, err = halt(from)
	return k, err
}

// latched says that the fold of a kind looks at the halt latch.
func latched(kind Kind) bool {
	return kind == KindIntention || kind == KindRefund || kind == KindReversal || kind == KindHalt
}

func meetRefund(f entry, from lookup) (known, error) {
	body, err := read[refundV1](f)
	if err != nil {
		return known{}, err
	}
	taken, err := order(from, f.Number)
	if err != nil {
		return known{}, err
	}
	if taken != nil {
		return known{}, ErrNumber
	}
	var k known
	if k.order, err = order(from, body.Order); err != nil {
		return k, err
	}
	if k.refund, err = refund(from, f.Number); err != nil {
		return k, err
	}
	k.halt, err = halt(from)
	return k, err
}

func meetSettled(f entry, from lookup) (known, error) {
	var k known
	var err error
	if k.refund, err = refund(from, f.Number); err != nil || k.refund == nil {
		return k, err
	}
	k.order, err = order(from, k.refund.Refund.Order)
	return k, err
}

func order(from lookup, id string) (*OrderRow, error) {
	row, ok, err := from.Order(id)
	if err != nil || !ok {
		return nil, err
	}
	return &row, nil
}

func refund(from lookup, id string) (*RefundRow, error) {
	row, ok, err := from.Refund(id)
	if err != nil || !ok {
		return nil, err
	}
	return &row, nil
}

func halt(from lookup) (*Halt, error) {
	h, ok, err := from.Halt()
	if err != nil || !ok {
		return nil, err
	}
	return &h, nil
}

// ghost folds facts in memory, apart from the store's rows, so that the two can be compared.
type ghost struct {
	orders  map[string]OrderRow
	refunds map[string]RefundRow
	halt    *Halt
	sums    map[sumKey]Sum
	shifts  []Shift // by number, from 1
	open    map[string]uint64
	given   []Shift // rows that stand in for shifts whose facts are not folded
	at      uint64  // the fact that is folded
}

type sumKey struct {
	day    string
	tender string
	shift  uint64
	late   bool
}

func (s Sum) key() sumKey { return sumKey{s.Day, s.Tender.String(), s.Shift, s.Late} }

// Add gives the sum of two rows of one day and tender.
func (s Sum) Add(t Sum) Sum {
	s.Paid += t.Paid
	s.PaidAmount += t.PaidAmount
	s.Refunds += t.Refunds
	s.RefundsAmount += t.RefundsAmount
	return s
}

// zero says that nothing is left in the sum, so that a missing row means the same.
func (s Sum) zero() bool {
	return s.Paid == 0 && s.PaidAmount == 0 && s.Refunds == 0 && s.RefundsAmount == 0
}

func newGhost() *ghost {
	return &ghost{orders: map[string]OrderRow{}, refunds: map[string]RefundRow{}, sums: map[sumKey]Sum{},
		open: map[string]uint64{}}
}

func (g *ghost) Order(id string) (OrderRow, bool, error) { r, ok := g.orders[id]; return r, ok, nil }

func (g *ghost) Refund(id string) (RefundRow, bool, error) { r, ok := g.refunds[id]; return r, ok, nil }

func (g *ghost) Halt() (Halt, bool, error) {
	if g.halt == nil {
		return Halt{}, false, nil
	}
	return *g.halt, true, nil
}

func (g *ghost) Shift(number uint64) (Shift, bool, error) {
	for _, s := range g.given {
		if s.Number == number {
			return s, true, nil
		}
	}
	if number == 0 || number > uint64(len(g.shifts)) {
		return Shift{}, false, nil
	}
	return g.shifts[number-1], true, nil
}

func (g *ghost) OpenShift(clerk string) (Shift, bool, error) {
	for _, s := range g.given {
		if s.Clerk == clerk && s.Seq < g.at && !s.over(g.at) {
			return s, true, nil
		}
	}
	return g.Shift(g.open[clerk])
}

func (g *ghost) Shifts() iter.Seq2[Shift, error] {
	return func(yield func(Shift, error) bool) {
		for _, s := range slices.Backward(g.shifts) {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// apply folds one more fact. A fact that may not stand where it stands means a broken book.
func (g *ghost) apply(e entry) (known, change, error) {
	g.at = e.Seq
	k, err := meet(e, g)
	if err != nil {
		return k, change{}, fmt.Errorf("fact %d: %w: %w", e.Seq, ErrBroken, err)
	}
	c, err := fold(e, k)
	if err != nil {
		return k, change{}, fmt.Errorf("fact %d: %w: %w", e.Seq, ErrBroken, err)
	}
	if c.order != nil {
		g.orders[c.order.Order.ID] = *c.order
	}
	if c.refund != nil {
		g.refunds[c.refund.Refund.ID] = *c.refund
	}
	if c.halt != nil || c.released {
		g.halt = c.halt
	}
	if c.shift != nil {
		g.keep(*c.shift)
	}
	if c.sum.Day != "" {
		c.sum = c.sum.Add(g.sums[c.sum.key()])
		g.sums[c.sum.key()] = c.sum
	}
	return k, c, nil
}

func (g *ghost) keep(s Shift) {
	if s.Last != 0 {
		g.shifts[s.Number-1] = s
		delete(g.open, s.Clerk)
		return
	}
	g.shifts = append(g.shifts, s) // its number is the next, or the fold had refused it
	g.open[s.Clerk] = s.Number
}
