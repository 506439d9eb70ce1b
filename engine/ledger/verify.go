package ledger

import (
	"fmt"
	"slices"
)

// tailFacts is how many of the newest facts Open checks: enough to cover whatever a power cut may have
// touched, few enough to start at once whatever the size of the book.
const tailFacts = 16

// checkTail checks the chain's newest facts and folds the orders they are about anew.
func checkTail(rows Rows) error {
	tail, ok, err := rows.Tail()
	if err != nil || !ok {
		return err
	}
	from := uint64(1)
	if tail.Seq > tailFacts {
		from = tail.Seq - tailFacts
	}
	facts, err := chainFrom(rows, from)
	if err != nil {
		return err
	}
	if len(facts) == 0 || facts[len(facts)-1].Hash != tail.Hash {
		return fmt.Errorf("fact %d is not the last: %w", tail.Seq, ErrBroken)
	}
	return checkTouched(rows, facts)
}

// chainFrom reads the facts from a number on; each must follow the one before. Of the first, only its
// own hash can be checked unless it is the first of all.
func chainFrom(rows Rows, from uint64) ([]Fact, error) {
	var facts []Fact
	prev := Fact{}
	for f, err := range rows.Facts(from) {
		if err != nil {
			return nil, err
		}
		if len(facts) == 0 && from > 1 {
			prev = Fact{Seq: from - 1, Hash: f.Prev}
		}
		if err := f.follows(prev); err != nil {
			return nil, err
		}
		facts, prev = append(facts, f), f
	}
	return facts, nil
}

// checkTouched folds every order that the facts touch from its own history and compares the rows; of the
// halt latch it checks that it stands as the newest of the facts left it.
func checkTouched(rows Rows, facts []Fact) error {
	done, near := map[string]bool{}, map[uint64]Fact{}
	for _, f := range facts {
		near[f.Seq] = f
	}
	latch := ""
	for _, f := range facts {
		switch f.Kind {
		case KindHalt, KindRelease:
			latch = string(f.Kind)
			continue
		case KindShift, KindRestore:
			continue
		}
		if done[f.Number] {
			continue
		}
		o, err := orderAbout(rows, f)
		if err != nil {
			return err
		}
		if done[o.Order.ID] {
			continue
		}
		done[o.Order.ID] = true
		if err := checkOrder(rows, *o, near); err != nil {
			return err
		}
	}
	_, closed, err := rows.Halt()
	if err == nil && latch != "" && closed != (latch == string(KindHalt)) {
		err = fmt.Errorf("the halt latch is not as fact %d left it: %w", facts[len(facts)-1].Seq, ErrBroken)
	}
	return err
}

func orderAbout(rows Rows, f Fact) (*OrderRow, error) {
	o, err := order(rows, f.Number)
	if err != nil || o != nil {
		return o, err
	}
	r, err := refund(rows, f.Number)
	if err != nil {
		return nil, err
	}
	if r != nil {
		o, err = order(rows, r.Refund.Order)
	}
	if err == nil && o == nil {
		err = fmt.Errorf("fact %d is about %s, which has no row: %w", f.Seq, f.Number, ErrBroken)
	}
	return o, err
}

// checkOrder folds one order from its own facts; those in near need not be read again.
func checkOrder(rows Rows, o OrderRow, near map[uint64]Fact) error {
	id := o.Order.ID
	facts, err := thread(o, func(seq uint64) (Fact, bool, error) {
		if f, ok := near[seq]; ok {
			return f, true, nil
		}
		return rows.Fact(seq)
	})
	if err != nil {
		return err
	}
	back, err := refunds(rows, Filter{Order: id})
	if err != nil {
		return err
	}
	g := newGhost()
	if g.given, err = shiftsOf(rows, o, back); err != nil {
		return err
	}
	for _, f := range facts {
		if _, _, err := g.apply(entry{Fact: f}); err != nil {
			return err
		}
	}
	if o != g.orders[id] {
		return fmt.Errorf("order %s does not agree with its facts: %w", id, ErrBroken)
	}
	for _, r := range back {
		if r != g.refunds[r.Refund.ID] {
			return fmt.Errorf("refund %s does not agree with its facts: %w", r.Refund.ID, ErrBroken)
		}
	}
	return nil
}

// shiftsOf gives the shifts that an order and its refunds belong to.
func shiftsOf(rows Rows, o OrderRow, back []RefundRow) ([]Shift, error) {
	numbers := []uint64{o.Shift}
	for _, r := range back {
		numbers = append(numbers, r.Shift)
	}
	slices.Sort(numbers)
	var all []Shift
	for _, n := range slices.Compact(numbers) {
		s, err := shift(rows, n)
		if err != nil {
			return nil, err
		}
		if s != nil {
			all = append(all, *s)
		}
	}
	return all, nil
}
