package ledger

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
)

// Verify walks the whole chain and folds it anew, comparing every row and sum. It gives the number of
// facts that were found whole. Its memory does not grow with the book: an order is forgotten once it was
// compared behind the fact that its row names as the newest. ErrBroken.
func (b *Book) Verify(ctx context.Context) (facts int, err error) {
	return b.VerifyTelling(ctx, func(int, uint64) {})
}

// VerifyTelling is Verify that tells again and again how many facts it is through, and of how many.
func (b *Book) VerifyTelling(ctx context.Context, tell func(done int, of uint64)) (facts int, err error) {
	err = b.store.View(ctx, func(rows Rows) error {
		tail, _, err := rows.Tail()
		if err != nil {
			return err
		}
		a := newAudit(b, rows)
		defer a.close()
		for batch, err := range checkedBatches(rows) {
			if err != nil {
				return err
			}
			for _, one := range batch {
				if one.err != nil {
					return one.err
				}
				if err := a.next(one.entry); err != nil {
					return err
				}
				facts++
			}
			tell(facts, tail.Seq)
		}
		return a.end()
	})
	if err != nil {
		return facts, fmt.Errorf("verify book: %w", err)
	}
	return facts, nil
}

// checked is a fact whose own hash was worked out and whose body was read.
type checked struct {
	entry
	err error
}

// Sizes of the work that is done beside the walk. Hashing and reading bodies takes most of a walk's time
// and needs nothing of the facts before.
const (
	batchFacts = 1024
	batchParts = 4
)

// checkedBatches reads the chain in batches: while one is folded, the next is read and checked.
func checkedBatches(rows Rows) iter.Seq2[[]checked, error] {
	return func(yield func([]checked, error) bool) {
		var ahead []checked
		var work sync.WaitGroup
		defer work.Wait()
		batch := make([]checked, 0, batchFacts)
		turn := func() bool {
			work.Wait()
			done := ahead
			ahead = batch
			check(ahead, &work)
			batch = make([]checked, 0, batchFacts)
			return len(done) == 0 || yield(done, nil)
		}
		for f, err := range rows.Facts(1) {
			if err != nil {
				yield(nil, err)
				return
			}
			batch = append(batch, checked{entry: entry{Fact: f}})
			if len(batch) == batchFacts && !turn() {
				return
			}
		}
		if turn() { // what was read last
			turn()
		}
	}
}

// check starts the goroutines that check a batch; work ends with them.
func check(batch []checked, work *sync.WaitGroup) {
	for part := range slices.Chunk(batch, batchFacts/batchParts) {
		work.Go(func() {
			for i := range part {
				one := &part[i]
				if one.Hash != one.ExpectedHash() {
					one.err = fmt.Errorf("fact %d was changed: %w", one.Seq, ErrBroken)
					continue
				}
				if one.said, one.err = said(one.Fact); one.err != nil {
					one.err = fmt.Errorf("%w: %w", ErrBroken, one.err)
				}
			}
		})
	}
}

// audit compares the rows with what the facts fold to, in the order of the facts.
type audit struct {
	book    *Book
	rows    Rows
	ghost   *ghost
	prev    Fact
	orders  pull[OrderRow]
	refunds pull[RefundRow]

	wantOrders  map[string]OrderRow // the rows of what stands in the ghost
	wantRefunds map[string]RefundRow
	open        map[string]bool   // numbers whose request must lie sealed
	used        map[string]uint64 // highest sequences
}

// pull reads a listing row by row.
type pull[T any] struct {
	next func() (T, error, bool)
	stop func()
}

func pulled[T any](all iter.Seq2[T, error]) pull[T] {
	next, stop := iter.Pull2(all)
	return pull[T]{next, stop}
}

func newAudit(b *Book, rows Rows) *audit {
	return &audit{book: b, rows: rows, ghost: newGhost(),
		orders: pulled(rows.Orders(Filter{})), refunds: pulled(rows.Refunds(Filter{})),
		wantOrders: map[string]OrderRow{}, wantRefunds: map[string]RefundRow{}, open: map[string]bool{}, used: map[string]uint64{}}
}

func (a *audit) close() {
	a.orders.stop()
	a.refunds.stop()
}

// next folds one more fact, whose own hash is known to be right.
func (a *audit) next(e entry) error {
	if err := e.behind(a.prev); err != nil {
		return err
	}
	a.prev = e.Fact
	if err := a.expect(e.Fact); err != nil {
		return err
	}
	k, c, err := a.ghost.apply(e)
	if err != nil {
		return err
	}
	if e.Before != k.before() {
		return fmt.Errorf("fact %d names %d as the one before it about its order, which is %d: %w", e.Seq, e.Before, k.before(), ErrBroken)
	}
	if c.refund != nil {
		if err := a.compareRefund(*c.refund); err != nil {
			return err
		}
	}
	if c.order != nil {
		return a.compareOrder(*c.order)
	}
	return nil
}

// expect takes the row that an intention must have led to.
func (a *audit) expect(f Fact) error {
	switch f.Kind {
	case KindIntention:
		row, err, ok := a.orders.next()
		if err != nil {
			return err
		}
		if !ok || row.Seq != f.Seq || row.Order.ID != f.Number {
			return fmt.Errorf("order %s of fact %d has no row: %w", f.Number, f.Seq, ErrBroken)
		}
		a.wantOrders[f.Number] = row
		a.note(f.Number)
	case KindRefund:
		row, err, ok := a.refunds.next()
		if err != nil {
			return err
		}
		if !ok || row.Seq != f.Seq || row.Refund.ID != f.Number {
			return fmt.Errorf("refund %s of fact %d has no row: %w", f.Number, f.Seq, ErrBroken)
		}
		a.wantRefunds[f.Number] = row
		a.note(f.Number)
		// Orders that were compared are forgotten, so a number used twice is looked for among the rows.
		if _, taken, err := a.rows.Order(f.Number); err != nil || taken {
			return fmt.Errorf("refund %s has an order's number: %w", f.Number, cmpErr(err))
		}
	}
	return nil
}

// cmpErr gives the error of a look-up that failed, or what it means that it did not.
func cmpErr(err error) error {
	if err == nil {
		return ErrBroken
	}
	return err
}

func (a *audit) note(number string) {
	if counter, seq, ours := a.book.opt.Numbering.parse(number); ours {
		a.used[counter] = max(a.used[counter], seq)
	}
}

func (a *audit) compareOrder(row OrderRow) error {
	id := row.Order.ID
	want := a.wantOrders[id]
	if row.Last != want.Last {
		return nil // more is to come
	}
	if row != want {
		return fmt.Errorf("order %s does not agree with its facts: %w", id, ErrBroken)
	}
	if !row.Done() {
		a.open[id] = true
	}
	delete(a.wantOrders, id)
	delete(a.ghost.orders, id)
	return nil
}

func (a *audit) compareRefund(row RefundRow) error {
	id := row.Refund.ID
	want := a.wantRefunds[id]
	if row.Last != want.Last {
		return nil
	}
	if row != want {
		return fmt.Errorf("refund %s does not agree with its facts: %w", id, ErrBroken)
	}
	if !row.Outcome.Status.Final() {
		a.open[id] = true
	}
	delete(a.wantRefunds, id)
	delete(a.ghost.refunds, id)
	return nil
}

// end compares what only the whole chain decides.
func (a *audit) end() error {
	if _, err, ok := a.orders.next(); ok || len(a.wantOrders) > 0 {
		return fmt.Errorf("there are orders or news of them in rows that no fact tells: %w", cmpErr(err))
	}
	if _, err, ok := a.refunds.next(); ok || len(a.wantRefunds) > 0 {
		return fmt.Errorf("there are refunds or news of them in rows that no fact tells: %w", cmpErr(err))
	}
	for _, compare := range []func() error{a.compareSealed, a.compareSums, a.compareShifts, a.compareHalt, a.compareCounters} {
		if err := compare(); err != nil {
			return err
		}
	}
	return nil
}

// compareSealed checks that requests lie sealed while they may be needed and are gone afterwards.
func (a *audit) compareSealed() error {
	numbers, err := a.rows.SealedNumbers()
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if !a.open[n] {
			return fmt.Errorf("the request of %s is kept longer than needed: %w", n, ErrBroken)
		}
		delete(a.open, n)
	}
	if len(a.open) > 0 {
		return fmt.Errorf("%d open orders have lost their request: %w", len(a.open), ErrBroken)
	}
	return nil
}

func (a *audit) compareSums() error {
	const firstDay, lastDay = "0000-00-00", "9999-99-99"
	sums, err := a.rows.Sums(firstDay, lastDay)
	if err != nil {
		return err
	}
	left := map[sumKey]Sum{}
	for k, s := range a.ghost.sums {
		if !s.zero() {
			left[k] = s
		}
	}
	for _, s := range sums {
		if s.zero() {
			continue
		}
		if s != left[s.key()] {
			return fmt.Errorf("the %s sum of %s, shift %d, does not agree with the facts: %w", s.Tender, s.Day, s.Shift, ErrBroken)
		}
		delete(left, s.key())
	}
	if len(left) != 0 {
		return fmt.Errorf("%d sums are missing: %w", len(left), ErrBroken)
	}
	return nil
}

func (a *audit) compareShifts() error {
	want := slices.Clone(a.ghost.shifts)
	slices.Reverse(want)
	for s, err := range a.rows.Shifts() {
		if err != nil {
			return err
		}
		if len(want) == 0 || s != want[0] {
			return fmt.Errorf("shift %d does not agree with its facts: %w", s.Number, ErrBroken)
		}
		want = want[1:]
	}
	if len(want) != 0 {
		return fmt.Errorf("%d shifts are missing: %w", len(want), ErrBroken)
	}
	return nil
}

func (a *audit) compareHalt() error {
	h, closed, err := a.rows.Halt()
	if err != nil {
		return err
	}
	if closed != (a.ghost.halt != nil) || closed && !h.same(*a.ghost.halt) {
		return fmt.Errorf("the halt latch does not agree with the facts: %w", ErrBroken)
	}
	return nil
}

func (h Halt) same(o Halt) bool {
	return h.At.Equal(o.At) && slices.Equal(h.Differences, o.Differences)
}

// compareCounters checks that no counter stands below a number that is in the book.
func (a *audit) compareCounters() error {
	for name, seq := range a.used {
		n, err := a.rows.Counter(name)
		if err != nil {
			return err
		}
		if n < seq {
			return fmt.Errorf("counter %q stands at %d below used %d: %w", name, n, seq, ErrBroken)
		}
	}
	return nil
}
