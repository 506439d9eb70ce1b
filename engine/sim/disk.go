package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"cpos/engine/fault"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
)

// disk is a till's store with everything that went to it looked at. What is committed survives the till.
type disk struct {
	till   *till
	inner  ledger.Store
	folder string // of a book on SQLite, else empty
	full   int    // commits until the disk is full for some of them
	failed int    // commits that failed

	orders  map[string]*sale // by number, as committed
	refunds map[string]*back
	slips   map[string]bool // orders and refunds of whose slip the book says something
	open    int             // orders and refunds that are not final
	halted  bool
	since   time.Duration              // it is halted
	halts   map[string]ledger.DiffCode // every number that a halt was recorded for
	tail    ledger.Fact
}

// sale is an order as it stands on disk, with when it came there.
type sale struct {
	row      ledger.OrderRow
	pos      pos // the sale on the POS when it was intended
	began    time.Duration
	ended    time.Duration
	returned time.Duration // when the link came back while this was not known
	failed   int           // commits of the till by then
}

// back is a refund as it stands on disk.
type back struct {
	row   ledger.RefundRow
	began time.Duration
	ended time.Duration
}

func newDisk(t *till) *disk {
	return &disk{till: t, inner: store.NewMemory(), orders: map[string]*sale{}, refunds: map[string]*back{},
		slips: map[string]bool{},
		halts: map[string]ledger.DiffCode{}}
}

var errFull = errors.New("no space left on device")

// errCut takes a transaction back whose till loses its power before the commit.
var errCut = errors.New("power cut")

// spinUp opens a book on SQLite; one in memory is always there.
func (d *disk) spinUp() error {
	if !d.till.w.plan.disk {
		return nil
	}
	if d.folder == "" {
		folder, err := os.MkdirTemp(memoryFolder(), "cpos-sim-")
		if err != nil {
			return err
		}
		d.folder = folder
	}
	s, err := store.Open(context.Background(), filepath.Join(d.folder, "book.db"))
	if err != nil {
		return err
	}
	d.inner = s
	return nil
}

// memoryFolder is a folder without a disk behind it, where there is one.
func memoryFolder() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err == nil && info.IsDir() {
		return shm
	}
	return ""
}

func (d *disk) spinDown() {
	if err := d.inner.Close(); err != nil {
		d.till.w.violation("%s: close book: %v", d.till.name, err)
	}
}

func (d *disk) remove() {
	if d.folder != "" {
		os.RemoveAll(d.folder)
	}
}

// View looks on.
func (d *disk) View(ctx context.Context, fn func(ledger.Rows) error) error {
	return d.inner.View(ctx, fn)
}

// Close leaves the disk spinning: the machine goes on without the program.
func (d *disk) Close() error { return nil }

// Update commits, or loses its power before or after.
func (d *disk) Update(ctx context.Context, fn func(ledger.Tx) error) error {
	l := d.till.life
	written := note{}
	err := d.inner.Update(ctx, func(tx ledger.Tx) error {
		written = note{Tx: tx}
		if err := fn(&written); err != nil {
			return err
		}
		if written.fact.Kind == "" {
			return nil
		}
		if l.wouldStop(commits[written.fact.Kind].before) {
			return errCut
		}
		if d.isFull() {
			return errFull
		}
		return d.allowed(tx, &written)
	})
	if errors.Is(err, errCut) {
		l.powerCut()
	}
	if err != nil || written.fact.Kind == "" {
		return err
	}
	d.committed(&written)
	l.point(commits[written.fact.Kind].after)
	return nil
}

// commits are the points of each kind of fact.
var commits = func() map[ledger.Kind]struct{ before, after fault.Point } {
	all := map[ledger.Kind]struct{ before, after fault.Point }{}
	for _, k := range []ledger.Kind{ledger.KindIntention, ledger.KindOutcome, ledger.KindRefund, ledger.KindRefundOutcome,
		ledger.KindSlip, ledger.KindHalt, ledger.KindRelease, ledger.KindReversal} {
		all[k] = struct{ before, after fault.Point }{fault.Point(fault.BeforeCommit + string(k)), fault.Point(fault.AfterCommit + string(k))}
	}
	return all
}()

func (d *disk) isFull() bool {
	if d.full == 0 || d.till.w.calm {
		return false
	}
	d.full--
	if d.full >= fullFor {
		return false
	}
	d.failed++
	d.till.w.fire(DiskFull)
	return true
}

// fullFor is how many commits fail before somebody makes room.
const fullFor = 12

// note is a transaction that is being written, with what it writes.
type note struct {
	ledger.Tx
	fact   ledger.Fact
	order  *ledger.OrderRow
	refund *ledger.RefundRow
	halt   *ledger.Halt
	latch  bool
}

func (n *note) Append(f ledger.Fact) error { n.fact = f; return n.Tx.Append(f) }

func (n *note) PutOrder(r ledger.OrderRow) error { n.order = &r; return n.Tx.PutOrder(r) }

func (n *note) PutRefund(r ledger.RefundRow) error { n.refund = &r; return n.Tx.PutRefund(r) }

func (n *note) SetHalt(h *ledger.Halt) error { n.halt, n.latch = h, true; return n.Tx.SetHalt(h) }

// allowed looks at what is about to be committed, before it is.
func (d *disk) allowed(_ ledger.Tx, n *note) error {
	w, t := d.till.w, d.till
	switch n.fact.Kind {
	case ledger.KindIntention:
		if d.halted {
			w.violation("I8: %s takes a payment while it is halted", t.name)
		}
		if n.order.Order.Amount != t.pos.amount {
			w.violation("I6: %s charges %s, the POS shows %s", t.name, n.order.Order.Amount, t.pos.amount)
		}
		for _, other := range t.sales[t.pos.serial] {
			if s := d.orders[other]; s != nil && !s.row.Outcome.Status.Final() {
				w.violation("I5: %s intends %s while %s of the same sale is %s", t.name, n.fact.Number, other, s.row.Outcome.Status)
			} else if s != nil && s.row.Outcome.Status == pay.Paid && s.row.Outcome.Why == pay.WhyNone {
				w.violation("I2: %s intends %s though %s of the same sale is paid", t.name, n.fact.Number, other)
			}
		}
	case ledger.KindRefund:
		if d.halted {
			w.violation("I8: %s takes a refund while it is halted", t.name)
		}
	}
	if n.latch && n.halt == nil && n.fact.Kind != ledger.KindRelease {
		w.violation("I8: %s lifts a halt by %s", t.name, n.fact.Kind)
	}
	return nil
}

// committed keeps in mind what is on disk from now on.
func (d *disk) committed(n *note) {
	t := d.till
	if n.fact.Seq != d.tail.Seq+1 || n.fact.Prev != d.tail.Hash {
		t.w.violation("I7: %s writes fact %d behind fact %d", t.name, n.fact.Seq, d.tail.Seq)
	}
	d.tail = n.fact
	if n.fact.Kind == ledger.KindSlip {
		d.slips[n.fact.Number] = true
	}
	if n.order != nil {
		d.keepOrder(*n.order)
	}
	if n.refund != nil {
		d.keepRefund(*n.refund)
	}
	if n.latch {
		d.keepHalt(n)
	}
	if t.w.tracing() {
		t.w.tell(t.name, fmt.Sprintf("commit %d %s %s%s", n.fact.Seq, n.fact.Kind, n.fact.Number, stands(n)))
	}
}

func stands(n *note) string {
	switch {
	case n.refund != nil:
		return fmt.Sprintf(" %s %s %s", n.refund.Refund.Amount, n.refund.Outcome.Status, n.refund.Outcome.Why)
	case n.order != nil:
		return fmt.Sprintf(" %s %s %s", n.order.Order.Amount, n.order.Outcome.Status, n.order.Outcome.Why)
	}
	return ""
}

func (d *disk) keepOrder(row ledger.OrderRow) {
	t, id := d.till, row.Order.ID
	s := d.orders[id]
	if s == nil {
		s = &sale{began: t.w.now, pos: t.pos}
		d.orders[id] = s
		d.open++
		t.sales[t.pos.serial] = append(t.sales[t.pos.serial], id)
		t.w.sum.Payments++
	}
	was, is := s.row.Outcome.Status.Final(), row.Outcome.Status.Final()
	s.row = row
	if is && !was {
		s.ended = t.w.now
		d.open--
		t.w.ended(t, s)
	}
}

func (d *disk) keepRefund(row ledger.RefundRow) {
	b := d.refunds[row.Refund.ID]
	if b == nil {
		b = &back{began: d.till.w.now}
		d.refunds[row.Refund.ID] = b
		d.open++
		d.till.w.sum.Refunds++
	}
	was, is := b.row.Outcome.Status.Final(), row.Outcome.Status.Final()
	b.row = row
	if is && !was {
		b.ended = d.till.w.now
		d.open--
	}
}

func (d *disk) keepHalt(n *note) {
	t := d.till
	if n.halt == nil {
		d.halted = false
		return
	}
	for _, x := range n.halt.Differences {
		d.halts[x.Number] = x.Code
		if t.w.tracing() {
			t.w.tell(t.name, fmt.Sprintf("halted: %s %s", x.Code, x.Number))
		}
	}
	if !d.halted {
		d.halted, d.since = true, t.w.now
		t.w.sum.Halts++
	}
}

// openNumbers counts what is not final and can become so: a number that belongs to somebody else's payment
// waits for a person.
func (d *disk) openNumbers() int {
	n := d.open
	if n == 0 {
		return 0
	}
	for _, s := range d.orders {
		if !s.row.Outcome.Status.Final() && d.stuck(s) {
			n--
		}
	}
	for _, b := range d.refunds {
		if d.tooOld(b) {
			n--
		}
	}
	return n
}

// tooOld says that a refund waits for a person: the bank does not know it, and by the wall clock more than a
// day went by since, so that the customer may have been paid in another way.
func (d *disk) tooOld(b *back) bool {
	return d.till.jumped && b.row.Outcome.Status == pay.RefundUnknown && b.row.Outcome.Why == pay.WhyNotFound
}

// held sums up the refunds of an order that wait for a person.
func (d *disk) held(order string) (sum pay.Money) {
	for _, b := range d.refunds {
		if b.row.Refund.Order == order && d.tooOld(b) {
			sum += b.row.Refund.Amount
		}
	}
	return sum
}

// stuck says that an order waits for a person: its number is somebody else's.
func (d *disk) stuck(s *sale) bool {
	return s.row.Outcome.Why == pay.WhyReentry || d.till.w.shared(s.row.Order.ID)
}
