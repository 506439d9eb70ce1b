package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// Memory is a Store that lives as long as the value. It sits the same exam as SQLite and lets whole days
// be played without a disk. Close leaves its content, so that a restart can be played as well.
type Memory struct {
	mu      sync.RWMutex
	facts   []ledger.Fact
	orders  map[string]ledger.OrderRow
	refunds map[string]ledger.RefundRow
	sealed  map[string][]byte
	counter map[string]uint64
	halt    *ledger.Halt
	sums    map[sumKey]ledger.Sum
	shifts  map[uint64]ledger.Shift
	open    map[string]uint64 // numbers of the open shifts by clerk
}

type sumKey struct {
	day    string
	tender pay.Tender
	shift  uint64
	late   bool
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{orders: map[string]ledger.OrderRow{}, refunds: map[string]ledger.RefundRow{},
		sealed: map[string][]byte{}, counter: map[string]uint64{}, sums: map[sumKey]ledger.Sum{},
		shifts: map[uint64]ledger.Shift{}, open: map[string]uint64{}}
}

// Update runs fn and takes back everything that it wrote when it fails.
func (m *Memory) Update(ctx context.Context, fn func(ledger.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &memoryTx{memoryRows: memoryRows{m}}
	done := false
	defer func() {
		if !done { // also when fn panics
			for _, undo := range slices.Backward(t.undo) {
				undo()
			}
		}
	}()
	err := fn(t)
	done = err == nil
	return err
}

// View runs fn while no Update does.
func (m *Memory) View(ctx context.Context, fn func(ledger.Rows) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return fn(memoryRows{m})
}

// Close does nothing.
func (m *Memory) Close() error { return nil }

type memoryRows struct{ m *Memory }

func (r memoryRows) Tail() (ledger.Fact, bool, error) {
	if len(r.m.facts) == 0 {
		return ledger.Fact{}, false, nil
	}
	return copied(r.m.facts[len(r.m.facts)-1]), true, nil
}

func copied(f ledger.Fact) ledger.Fact { f.Body = slices.Clone(f.Body); return f }

// from gives where the facts from a number on begin; they stand in order.
func (r memoryRows) from(seq uint64) int {
	at, _ := slices.BinarySearchFunc(r.m.facts, seq, func(f ledger.Fact, seq uint64) int { return cmp.Compare(f.Seq, seq) })
	return at
}

func (r memoryRows) Fact(seq uint64) (ledger.Fact, bool, error) {
	if at := r.from(seq); at < len(r.m.facts) && r.m.facts[at].Seq == seq {
		return copied(r.m.facts[at]), true, nil
	}
	return ledger.Fact{}, false, nil
}

func (r memoryRows) Facts(from uint64) iter.Seq2[ledger.Fact, error] {
	return func(yield func(ledger.Fact, error) bool) {
		for _, f := range r.m.facts[r.from(from):] {
			if !yield(copied(f), nil) {
				return
			}
		}
	}
}

func (r memoryRows) HaltFacts() iter.Seq2[ledger.Fact, error] {
	return func(yield func(ledger.Fact, error) bool) {
		for _, f := range r.m.facts {
			if f.Kind == ledger.KindHalt && !yield(copied(f), nil) {
				return
			}
		}
	}
}

func (r memoryRows) Order(id string) (ledger.OrderRow, bool, error) {
	row, ok := r.m.orders[id]
	return row, ok, nil
}

func (r memoryRows) Refund(id string) (ledger.RefundRow, bool, error) {
	row, ok := r.m.refunds[id]
	return row, ok, nil
}

func (r memoryRows) Orders(f ledger.Filter) iter.Seq2[ledger.OrderRow, error] {
	rows := slices.SortedFunc(among(r.m, f, r.m.orders, f.Chooses), func(a, b ledger.OrderRow) int {
		return cmp.Compare(a.Seq, b.Seq)
	})
	return cut(rows, f)
}

func (r memoryRows) Refunds(f ledger.Filter) iter.Seq2[ledger.RefundRow, error] {
	rows := slices.SortedFunc(among(r.m, f, r.m.refunds, f.ChoosesRefund), func(a, b ledger.RefundRow) int {
		return cmp.Compare(a.Seq, b.Seq)
	})
	return cut(rows, f)
}

// among gives the rows that a filter chooses: of what is open those whose request lies sealed.
func among[T any](m *Memory, f ledger.Filter, rows map[string]T, chooses func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		if !f.Open {
			for _, row := range rows {
				if chooses(row) && !yield(row) {
					return
				}
			}
			return
		}
		for number := range m.sealed {
			if row, ok := rows[number]; ok && chooses(row) && !yield(row) {
				return
			}
		}
	}
}

// cut gives rows in the order that a filter wants, and no more.
func cut[T any](rows []T, f ledger.Filter) iter.Seq2[T, error] {
	if f.Newest {
		slices.Reverse(rows)
	}
	return func(yield func(T, error) bool) {
		for i, row := range rows {
			if !yield(row, nil) || i+1 == f.Limit {
				return
			}
		}
	}
}

func (r memoryRows) Sealed(number string) ([]byte, bool, error) {
	b, ok := r.m.sealed[number]
	return slices.Clone(b), ok, nil
}

func (r memoryRows) SealedNumbers() ([]string, error) {
	return slices.Sorted(maps.Keys(r.m.sealed)), nil
}

func (r memoryRows) Counter(name string) (uint64, error) { return r.m.counter[name], nil }

func (r memoryRows) Halt() (ledger.Halt, bool, error) {
	if r.m.halt == nil {
		return ledger.Halt{}, false, nil
	}
	return ledger.Halt{At: r.m.halt.At, Differences: slices.Clone(r.m.halt.Differences)}, true, nil
}

func (r memoryRows) Sums(fromDay, toDay string) ([]ledger.Sum, error) {
	return r.sums(func(s ledger.Sum) bool { return s.Day >= fromDay && s.Day <= toDay }), nil
}

func (r memoryRows) ShiftSums(shift uint64) ([]ledger.Sum, error) {
	return r.sums(func(s ledger.Sum) bool { return s.Shift == shift }), nil
}

func (r memoryRows) sums(chosen func(ledger.Sum) bool) []ledger.Sum {
	var all []ledger.Sum
	for _, s := range r.m.sums {
		if chosen(s) {
			all = append(all, s)
		}
	}
	late := func(s ledger.Sum) int {
		if s.Late {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(a, b ledger.Sum) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Tender, b.Tender), cmp.Compare(a.Shift, b.Shift),
			cmp.Compare(late(a), late(b)))
	})
	return all
}

func (r memoryRows) Shift(number uint64) (ledger.Shift, bool, error) {
	s, ok := r.m.shifts[number]
	return s, ok, nil
}

func (r memoryRows) OpenShift(clerk string) (ledger.Shift, bool, error) {
	return r.Shift(r.m.open[clerk])
}

func (r memoryRows) Shifts() iter.Seq2[ledger.Shift, error] {
	return func(yield func(ledger.Shift, error) bool) {
		numbers := slices.Sorted(maps.Keys(r.m.shifts))
		for _, n := range slices.Backward(numbers) {
			if !yield(r.m.shifts[n], nil) {
				return
			}
		}
	}
}

// memoryTx keeps, for every write, how to take it back.
type memoryTx struct {
	memoryRows
	undo []func()
}

// put sets one value of a map and remembers what stood there.
func put[K comparable, V any](t *memoryTx, in map[K]V, k K, v V) {
	before, had := in[k]
	t.undo = append(t.undo, func() {
		if had {
			in[k] = before
		} else {
			delete(in, k)
		}
	})
	in[k] = v
}

func (t *memoryTx) Append(f ledger.Fact) error {
	n := len(t.m.facts)
	if n > 0 && f.Seq <= t.m.facts[n-1].Seq {
		return fmt.Errorf("append fact %d: it stands in the book already", f.Seq)
	}
	t.undo = append(t.undo, func() { t.m.facts = t.m.facts[:n] })
	t.m.facts = append(t.m.facts, copied(f))
	return nil
}

func (t *memoryTx) PutOrder(r ledger.OrderRow) error {
	put(t, t.m.orders, r.Order.ID, r)
	return nil
}

func (t *memoryTx) PutRefund(r ledger.RefundRow) error {
	put(t, t.m.refunds, r.Refund.ID, r)
	return nil
}

func (t *memoryTx) PutSealed(number string, sealed []byte) error {
	put(t, t.m.sealed, number, slices.Clone(sealed))
	return nil
}

func (t *memoryTx) DropSealed(number string) error {
	if sealed, ok := t.m.sealed[number]; ok {
		t.undo = append(t.undo, func() { t.m.sealed[number] = sealed })
		delete(t.m.sealed, number)
	}
	return nil
}

func (t *memoryTx) SetCounter(name string, n uint64) error {
	put(t, t.m.counter, name, n)
	return nil
}

func (t *memoryTx) SetHalt(h *ledger.Halt) error {
	before := t.m.halt
	t.undo = append(t.undo, func() { t.m.halt = before })
	t.m.halt = nil
	if h != nil {
		t.m.halt = &ledger.Halt{At: h.At, Differences: slices.Clone(h.Differences)}
	}
	return nil
}

func (t *memoryTx) AddSum(s ledger.Sum) error {
	k := sumKey{s.Day, s.Tender, s.Shift, s.Late}
	put(t, t.m.sums, k, s.Add(t.m.sums[k]))
	return nil
}

func (t *memoryTx) PutShift(s ledger.Shift) error {
	put(t, t.m.shifts, s.Number, s)
	open := s.Number
	if !s.Open() {
		open = 0
	}
	put(t, t.m.open, s.Clerk, open)
	return nil
}
