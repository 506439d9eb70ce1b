package ledger

import (
	"context"
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
	done := map[string]bool{}
	latch := ""
	for _, f := range facts {
		switch f.Kind {
		case KindHalt, KindRelease:
			latch = string(f.Kind)
			continue
		}
		id, err := orderAbout(rows, f)
		if err != nil {
			return err
		}
		if done[id] {
			continue
		}
		done[id] = true
		if err := checkOrder(rows, id); err != nil {
			return err
		}
	}
	_, closed, err := rows.Halt()
	if err == nil && latch != "" && closed != (latch == string(KindHalt)) {
		err = fmt.Errorf("the halt latch is not as fact %d left it: %w", facts[len(facts)-1].Seq, ErrBroken)
	}
	return err
}

func orderAbout(rows Rows, f Fact) (string, error) {
	o, err := order(rows, f.Number)
	if err != nil || o != nil {
		return f.Number, err
	}
	r, err := refund(rows, f.Number)
	if err != nil {
		return "", err
	}
	if r == nil {
		return "", fmt.Errorf("fact %d is about %s, which has no row: %w", f.Seq, f.Number, ErrBroken)
	}
	return r.Refund.Order, nil
}

func checkOrder(rows Rows, id string) error {
	facts, err := history(rows, id)
	if err != nil {
		return fmt.Errorf("order %s: %w", id, err)
	}
	g := newGhost()
	for _, f := range facts {
		if err := g.apply(f); err != nil {
			return err
		}
	}
	o, err := order(rows, id)
	if err != nil {
		return err
	}
	if *o != g.orders[id] {
		return fmt.Errorf("order %s does not agree with its facts: %w", id, ErrBroken)
	}
	back, err := refunds(rows, Filter{Order: id})
	if err != nil {
		return err
	}
	for _, r := range back {
		if r != g.refunds[r.Refund.ID] {
			return fmt.Errorf("refund %s does not agree with its facts: %w", r.Refund.ID, ErrBroken)
		}
	}
	return nil
}

// Verify walks the whole chain and folds it anew, comparing every row and sum. It gives the number of
// facts that were found whole. ErrBroken.
func (b *Book) Verify(ctx context.Context) (facts int, err error) {
	err = b.store.View(ctx, func(rows Rows) error {
		g, prev := newGhost(), Fact{}
		for f, err := range rows.Facts(1) {
			if err != nil {
				return err
			}
			if err := f.follows(prev); err != nil {
				return err
			}
			if err := g.apply(f); err != nil {
				return err
			}
			prev = f
			facts++
		}
		return b.compare(rows, g)
	})
	if err != nil {
		return facts, fmt.Errorf("verify book: %w", err)
	}
	return facts, nil
}

func (b *Book) compare(rows Rows, g *ghost) error {
	if err := compareOrders(rows, g); err != nil {
		return err
	}
	if err := compareRefunds(rows, g); err != nil {
		return err
	}
	if err := compareSums(rows, g); err != nil {
		return err
	}
	h, closed, err := rows.Halt()
	if err != nil {
		return err
	}
	if closed != (g.halt != nil) || closed && !h.same(*g.halt) {
		return fmt.Errorf("the halt latch does not agree with the facts: %w", ErrBroken)
	}
	return b.compareCounters(rows, g)
}

func (h Halt) same(o Halt) bool {
	return h.At.Equal(o.At) && slices.Equal(h.Differences, o.Differences)
}

func compareOrders(rows Rows, g *ghost) error {
	seen := 0
	for row, err := range rows.Orders(Filter{}) {
		if err != nil {
			return err
		}
		if row != g.orders[row.Order.ID] {
			return fmt.Errorf("order %s does not agree with its facts: %w", row.Order.ID, ErrBroken)
		}
		if err := compareSealed(rows, row.Order.ID, !row.Outcome.Status.Final()); err != nil {
			return err
		}
		seen++
	}
	if seen != len(g.orders) {
		return fmt.Errorf("%d orders stand in rows and %d in facts: %w", seen, len(g.orders), ErrBroken)
	}
	return nil
}

func compareRefunds(rows Rows, g *ghost) error {
	seen := 0
	for row, err := range rows.Refunds(Filter{}) {
		if err != nil {
			return err
		}
		if row != g.refunds[row.Refund.ID] {
			return fmt.Errorf("refund %s does not agree with its facts: %w", row.Refund.ID, ErrBroken)
		}
		if err := compareSealed(rows, row.Refund.ID, !row.Outcome.Status.Final()); err != nil {
			return err
		}
		seen++
	}
	if seen != len(g.refunds) {
		return fmt.Errorf("%d refunds stand in rows and %d in facts: %w", seen, len(g.refunds), ErrBroken)
	}
	return nil
}

// compareSealed checks that a request lies sealed while it may be needed and is gone afterwards.
func compareSealed(rows Rows, number string, want bool) error {
	_, got, err := rows.Sealed(number)
	if err == nil && got != want {
		err = fmt.Errorf("the sealed request of %s is there: %t, expected: %t: %w", number, got, want, ErrBroken)
	}
	return err
}

func compareSums(rows Rows, g *ghost) error {
	const firstDay, lastDay = "0000-00-00", "9999-99-99"
	sums, err := rows.Sums(firstDay, lastDay)
	if err != nil {
		return err
	}
	left := map[sumKey]Sum{}
	for k, s := range g.sums {
		if !s.zero() {
			left[k] = s
		}
	}
	for _, s := range sums {
		if s.zero() {
			continue
		}
		if s != left[s.key()] {
			return fmt.Errorf("the %s sum of %s does not agree with the facts: %w", s.Tender, s.Day, ErrBroken)
		}
		delete(left, s.key())
	}
	if len(left) != 0 {
		return fmt.Errorf("%d sums are missing: %w", len(left), ErrBroken)
	}
	return nil
}

// compareCounters checks that no counter stands below a number that is in the book.
func (b *Book) compareCounters(rows Rows, g *ghost) error {
	used := map[string]uint64{}
	note := func(number string) {
		if counter, seq, ours := b.opt.Numbering.parse(number); ours {
			used[counter] = max(used[counter], seq)
		}
	}
	for id := range g.orders {
		note(id)
	}
	for id := range g.refunds {
		note(id)
	}
	for name, seq := range used {
		n, err := rows.Counter(name)
		if err != nil {
			return err
		}
		if n < seq {
			return fmt.Errorf("counter %q stands at %d below used %d: %w", name, n, seq, ErrBroken)
		}
	}
	return nil
}
