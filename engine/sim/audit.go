package sim

import (
	"context"
	"fmt"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
)

// lied looks, a moment after a till took a signed lie, whether it stands still.
func (l *life) lied(x *exchange, f Fault) {
	t := l.till
	if x.call == "client_order_detail" || f == LieDevice || f >= Replayed {
		return // what a list says is looked into by a query
	}
	number := numberIn(x.body)
	const soon = 5 * time.Second
	t.w.after(soon, func() {
		if l.dead || t.disk.failed != x.failed {
			return
		}
		for n := range t.disk.halts {
			if n == number || t.disk.refunds[n] != nil && t.disk.refunds[n].row.Refund.Order == number {
				return
			}
		}
		t.w.violation("F10: %s was told a %s about %s and goes on", t.name, f, number)
	})
}

// noticed looks whether the till whose device a foreign order bears has stood still over it. A till whose
// wall clock was set looks for it at another time, and one that was compared across midnight on another day.
func (w *world) noticed(o sandbox.Order) {
	for _, t := range w.tills {
		if t.device == o.Device && !t.jumped && ledger.Day(o.At) == ledger.Day(w.dawn.Add(w.now)) && t.disk.halts[o.Number] == "" {
			w.violation("F16: %s has not noticed the foreign order %s", t.name, o.Number)
		}
	}
}

// twinPays looks whether the other of two tills with one number notices an order that it did not make,
// within one comparison.
func (w *world) twinPays(from *till, number string) {
	if w.parted {
		return
	}
	for _, t := range w.tills {
		if t == from {
			continue
		}
		w.after(w.plan.compare+10*time.Second, func() {
			if len(t.disk.halts) == 0 && !w.known(number, t) {
				w.violation("F16: %s has not noticed %s, an order of %s", t.name, number, from.name)
			}
		})
	}
}

// shared says that a number stands in both books of two tills that say they are one.
func (w *world) shared(number string) bool {
	a, b := w.tills[0].disk, w.tills[len(w.tills)-1].disk
	return w.plan.twins && (a.orders[number] != nil && b.orders[number] != nil || a.refunds[number] != nil && b.refunds[number] != nil)
}

// ended notes how long an order took to its end.
func (w *world) ended(t *till, s *sale) {
	took := s.ended - s.began
	if took > w.sum.Slowest {
		w.sum.Slowest, w.sum.SlowestSeed = took, w.seed
	}
	if s.returned == 0 || s.failed != t.disk.failed || s.row.Outcome.Why == pay.WhyNotSent {
		return
	}
	if s.row.Outcome.Status == pay.Closed && s.row.Outcome.Why == pay.WhyNotFound {
		from := max(s.returned, s.began)
		w.sum.Absent.add(s.ended-from, w.seed)
		return
	}
	w.sum.Known.add(s.ended-s.returned, w.seed)
	if w.tracing() {
		w.tell(t.name, fmt.Sprintf("known %s after the link returned", s.ended-s.returned))
	}
}

// audit holds the books against the bank's when everything has settled.
func (w *world) audit() {
	orders, refunds := map[string]sandbox.Order{}, map[string]sandbox.Refund{}
	for _, o := range w.bank.server.Orders() {
		orders[o.Number] = o
	}
	for _, r := range w.bank.server.Refunds() {
		refunds[r.Number] = r
	}
	var theirs, ours pay.Money
	for _, o := range orders {
		if o.State == sandbox.StatePaid && !o.Foreign {
			theirs += o.Amount - o.Refunded
		}
		if o.Refunded > o.Amount {
			w.violation("I10: %s was refunded %s of %s", o.Number, o.Refunded, o.Amount)
		}
		if o.Foreign {
			w.noticed(o)
		} else if !w.known(o.Number, w.tills...) {
			w.violation("I1: the bank has %s, which is in no book", o.Number)
		}
	}
	for _, t := range w.tills {
		ours += t.audit(orders, refunds)
	}
	if ours != theirs && !w.plan.twins {
		w.violation("I1: the books say %s, the bank %s", ours, theirs)
	}
}

func (w *world) known(number string, by ...*till) bool {
	for _, t := range by {
		if t.disk.orders[number] != nil {
			return true
		}
	}
	return false
}

// audit compares one till's book with the bank's and gives what it says was earned.
func (t *till) audit(orders map[string]sandbox.Order, refunds map[string]sandbox.Refund) (sum pay.Money) {
	w := t.w
	paidSales := map[string]string{}
	for id, s := range t.disk.orders {
		if w.shared(id) {
			continue
		}
		o, exists := orders[id]
		out, row := s.row.Outcome, s.row
		switch {
		case !out.Status.Final():
			if !t.disk.stuck(s) {
				w.violation("I4: %s is still %s (%s)", id, out.Status, out.Why)
			}
		case out.Status == pay.Paid:
			if t.slipLost(s) {
				w.violation("I12: nothing is known of a slip of %s", id)
			}
			row.Refunded -= t.disk.held(id)
			sum += row.Order.Amount - row.Refunded
			if !exists || o.State != sandbox.StatePaid || o.Amount != row.Order.Amount || o.Refunded != row.Refunded {
				w.violation("I1: %s is paid with %s and %s given back, the bank has %s %s %s", id, row.Order.Amount, row.Refunded, o.State, o.Amount, o.Refunded)
			}
		case exists && (o.State == sandbox.StatePaid || o.State == sandbox.StatePaying):
			w.violation("I1: %s is %s (%s), the bank has it as %s", id, out.Status, out.Why, o.State)
		}
		if exists && o.State == sandbox.StatePaid && o.Refunded < o.Amount {
			if other := paidSales[s.pos.serial]; other != "" {
				w.violation("I2: %s and %s both charge sale %s", other, id, s.pos.serial)
			}
			paidSales[s.pos.serial] = id
		}
	}
	t.auditRefunds(refunds)
	t.auditBook()
	return sum
}

// slipLost says that a payment has neither a slip nor a word about one, though there was time and room for
// it. A customer who has left gets none, and by a wall clock that was set anybody may have left.
func (t *till) slipLost(s *sale) bool {
	return s.row.Outcome.Why == pay.WhyNone && !t.disk.slips[s.row.Order.ID] && !t.jumped && t.disk.failed == 0 &&
		s.ended-s.began < staleAfter-time.Minute
}

func (t *till) auditRefunds(refunds map[string]sandbox.Refund) {
	for id, b := range t.disk.refunds {
		r, exists := refunds[id]
		status := b.row.Outcome.Status
		switch {
		case t.disk.tooOld(b), t.w.shared(id): // for a person to decide; and whose of the two it is
		case !status.Final():
			t.w.violation("I4: refund %s is still %s (%s)", id, status, b.row.Outcome.Why)
		case exists != (status != pay.RefundFailed) && !(exists && r.Status == pay.RefundFailed):
			t.w.violation("I1: refund %s is %s, the bank has it: %t", id, status, exists)
		case exists && r.Status != status:
			t.w.violation("I1: refund %s is %s, the bank has %s", id, status, r.Status)
		}
	}
}

// auditBook opens the book as an accountant would, in a program of its own.
func (t *till) auditBook() {
	l := &life{till: t}
	t.away()
	if err := t.disk.spinUp(); err != nil {
		t.w.violation("I7: %s: %v", t.name, err)
		return
	}
	book, err := ledger.Open(context.Background(), t.disk.inner, ledger.Options{Sealer: sealer{}, Numbering: ledger.Numbering{
		Prefix: sandbox.PracticePrefix, Store: sandbox.PracticeShop, Device: t.device}})
	if err == nil {
		_, err = book.Verify(context.Background())
	}
	if err != nil {
		t.w.violation("I7: %s: %v", t.name, err)
	}
	l.remembers()
	if t.w.plan.disk {
		t.disk.spinDown()
	}
}
