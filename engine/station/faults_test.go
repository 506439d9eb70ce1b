package station_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
)

// fullFaults says that the whole trial of each fault is asked for, not the sample of every test run.
func fullFaults() bool { return os.Getenv("FAULTS") == "full" }

// every gives n where the whole trial is asked for, and else the wider step of a sample.
func every[T any](whole, sample T) T {
	if fullFaults() {
		return whole
	}
	return sample
}

// rest lets the till ask about everything that is open until nothing is, for an hour at most.
func (d *desk) rest() {
	d.t.Helper()
	for end := time.Now().Add(time.Hour); time.Now().Before(end); time.Sleep(d.Rules.PollEvery) {
		if _, err := d.Beat(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
		open := ledger.Filter{Open: true}
		orders, err := d.Book.Orders(d.t.Context(), open)
		refunds, err2 := d.Book.Refunds(d.t.Context(), open)
		if err := errors.Join(err, err2); err != nil {
			d.t.Fatal(err)
		}
		if len(orders)+len(refunds) == 0 {
			return
		}
	}
}

// turned is a wall clock that somebody sets, at the n-th time that it is read.
type turned struct {
	station.SystemClock
	n, read int
	by      time.Duration
}

func (c *turned) Now() time.Time {
	now := c.SystemClock.Now()
	if c.read++; c.read >= c.n {
		now = now.Add(c.by)
	}
	return now
}

// TestF5ClockJumps sets the clock by hours and years, forwards and backwards, at every moment at which a
// payment and a refund look at it.
func TestF5ClockJumps(t *testing.T) {
	const day = 24 * time.Hour
	steps := 0
	for _, s := range []sandbox.Scenario{sandbox.PaidAtOnce, sandbox.PasswordPaid, sandbox.SilentPaid, sandbox.SilentNothing} {
		for _, by := range []time.Duration{2 * time.Hour, -2 * time.Hour, 5 * 365 * day, -5 * 365 * day} {
			for n := 1; ; n += every(1, 4) {
				reached := false
				synctest.Test(t, func(t *testing.T) { reached = jump(t, s, n, by) })
				if t.Failed() {
					t.Fatalf("scenario %s, clock set by %s when it was read for the %d. time", s, by, n)
				}
				if !reached {
					break
				}
				steps++
			}
		}
	}
	t.Logf("F5 clock jumps: steps %d, violations 0", steps)
}

func jump(t *testing.T, s sandbox.Scenario, n int, by time.Duration) (reached bool) {
	d := newDesk(t)
	c := &turned{n: n, by: by}
	d.Clock = c
	row, err := d.charge(s)
	if err != nil {
		t.Fatal(err)
	}
	if row.Outcome.Status == pay.Paid {
		if _, err := d.Refund(t.Context(), station.Giveback{Order: row.Order.ID, Amount: 80}); err != nil {
			t.Error(err)
		}
	}
	d.rest()
	d.audit()
	reached = c.read >= n
	if d.halted() != "" {
		t.Errorf("halted: %s", d.halted())
	}
	seq := uint64(0)
	for _, row := range d.orders() {
		if row.Seq <= seq {
			t.Errorf("order %s stands at %d, behind %d", row.Order.ID, row.Seq, seq)
		}
		seq = row.Seq
	}
	return reached
}

// breaks plays payments and refunds while all requests or answers of some interfaces are lost for a time,
// and gives how long after that the slowest payment was known.
func breaks(t *testing.T, kind sandbox.FaultKind, check func(t *testing.T, d *desk, row ledger.OrderRow)) (runs int, slowest time.Duration) {
	t.Helper()
	for _, s := range []sandbox.Scenario{sandbox.PaidAtOnce, sandbox.PasswordPaid, sandbox.NoBalance, sandbox.BusyPaid} {
		for _, where := range []string{"micro_pay", "query_order", "refund", "query_refund_order", ""} {
			for long := time.Millisecond; long < 4*time.Minute; long += every(2300*time.Millisecond, 53*time.Second) {
				synctest.Test(t, func(t *testing.T) {
					d := newDesk(t)
					d.bank.inject(sandbox.Fault{Kind: kind, Interface: where, Count: sandbox.Always})
					slowest = max(slowest, d.throughBreak(s, long))
					check(t, d, d.orders()[0])
				})
				if t.Failed() {
					t.Fatalf("%s for %s on %q, scenario %s", kind, long, where, s)
				}
				runs++
			}
		}
	}
	return runs, slowest
}

// throughBreak makes one sale on a road that is mended after so long, and gives something back if it is paid.
// It gives how long after that the till knew what the sale came to.
func (d *desk) throughBreak(s sandbox.Scenario, long time.Duration) (slow time.Duration) {
	d.t.Helper()
	mended := time.Now().Add(long)
	time.AfterFunc(long, d.bank.Clear)
	row, err := d.charge(s)
	if err != nil {
		d.t.Fatal(err)
	}
	for ; !d.order(row.Order.ID).Outcome.Status.Final() && time.Since(mended) < 10*time.Minute; time.Sleep(d.Rules.PollEvery) {
		if _, err := d.Beat(d.t.Context()); err != nil {
			d.t.Error(err)
		}
	}
	slow = time.Since(mended)
	if row = d.order(row.Order.ID); row.Outcome.Status == pay.Paid {
		if _, err := d.Refund(d.t.Context(), station.Giveback{Order: row.Order.ID, Amount: 80}); err != nil {
			d.t.Error(err)
		}
	}
	time.Sleep(time.Until(mended))
	d.rest()
	d.audit()
	return slow
}

// TestF6RequestsLost loses requests before the service saw them.
func TestF6RequestsLost(t *testing.T) {
	runs, slowest := breaks(t, sandbox.FaultDrop, func(t *testing.T, d *desk, row ledger.OrderRow) {
		charged := 0
		for _, o := range d.bank.Orders() {
			if o.Status() == pay.Paid {
				charged++
			}
		}
		if charged > 1 || len(d.orders()) != 1 {
			t.Errorf("one sale: %d charges, %d orders", charged, len(d.orders()))
		}
	})
	t.Logf("F6 request lost: runs %d, double charges 0, slowest known %.1f s after the link returned", runs, slowest.Seconds())
}

// TestF7AnswersLost loses answers after the service acted.
func TestF7AnswersLost(t *testing.T) {
	runs, slowest := breaks(t, sandbox.FaultLose, func(t *testing.T, d *desk, row ledger.OrderRow) {
		for _, o := range d.bank.Orders() {
			if o.Status() == pay.Paid && row.Outcome.Status != pay.Paid {
				t.Errorf("the bank was paid and the book says %+v", row.Outcome)
			}
		}
	})
	t.Logf("F7 answer lost: runs %d, lost payments 0, slowest known %.1f s after answers came again", runs, slowest.Seconds())
}

// TestF8PasswordGrid lets the customer pay at any tenth of a second of a minute, or never, before a till
// that undoes what is unfinished after 15 seconds and loses answers of it, and before one that waits.
func TestF8PasswordGrid(t *testing.T) {
	points, paid, undone := 0, 0, 0
	for _, reverse := range []bool{true, false} {
		for at := time.Duration(0); at <= time.Minute; at += every(100*time.Millisecond, 2900*time.Millisecond) {
			password := at
			if at == time.Minute {
				password = never
			}
			synctest.Test(t, func(t *testing.T) {
				d := undoer(t, password)
				d.Rules.Reverse, d.Rules.PollFor = reverse, 30*time.Second
				d.bank.inject(sandbox.Fault{Kind: sandbox.FaultLose, Interface: "reverse", Count: 2})
				row, err := d.charge(sandbox.PasswordPaid)
				if err != nil {
					t.Fatal(err)
				}
				d.rest()
				switch end := d.order(row.Order.ID); {
				case end.Outcome.Status == pay.Paid:
					paid++
				case end.Outcome.Status == pay.Closed && reverse:
					undone++
				case reverse || password != never:
					t.Errorf("customer paid after %v: %+v", password, end.Outcome)
				}
				if reverse || password != never {
					d.audit()
				}
			})
			points++
		}
	}
	if paid == 0 || undone == 0 {
		t.Errorf("%d paid and %d undone of %d", paid, undone, points)
	}
	t.Logf("F8 password 0-60 s or never: points %d (paid %d, undone %d), both paid and undone 0", points, paid, undone)
}

// shuffled gives answers another number of times, later and in another order than the service did: each
// of the first answers stands so many times on the pile, and every call takes one from anywhere in it.
type shuffled struct {
	pay.Gateway
	times []int
	pile  []pay.Outcome
	dice  *rand.Rand
}

func (s *shuffled) Pay(ctx context.Context, o pay.Order, r pay.Request) (pay.Outcome, error) {
	return s.deal(s.Gateway.Pay(ctx, o, r))
}

func (s *shuffled) Query(ctx context.Context, o pay.Order) (pay.Outcome, error) {
	return s.deal(s.Gateway.Query(ctx, o))
}

func (s *shuffled) deal(out pay.Outcome, err error) (pay.Outcome, error) {
	if err != nil || len(s.times) == 0 {
		return out, err // the disorder is over
	}
	for range s.times[0] {
		s.pile = append(s.pile, out)
	}
	s.times = s.times[1:]
	if len(s.pile) == 0 {
		return pay.Outcome{Why: pay.WhyNoAnswer}, fmt.Errorf("nothing came: %w", pay.ErrNoAnswer)
	}
	i := s.dice.IntN(len(s.pile))
	out = s.pile[i]
	s.pile = append(s.pile[:i], s.pile[i+1:]...)
	return out, nil
}

// TestF9AnswersDoubled gives each of four answers 0 to 3 times, in any order.
func TestF9AnswersDoubled(t *testing.T) {
	ends := map[sandbox.Scenario]pay.Status{sandbox.PaidAtOnce: pay.Paid, sandbox.PasswordPaid: pay.Paid,
		sandbox.PasswordStopped: pay.Declined, sandbox.BusyPaid: pay.Paid}
	runs := 0
	for s, want := range ends {
		for n := 0; n < 256; n += every(1, 17) {
			for seed := range every(uint64(4), 1) {
				synctest.Test(t, func(t *testing.T) {
					d := newDesk(t)
					d.Gateway = &shuffled{Gateway: d.Gateway, times: []int{n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6 & 3},
						dice: rand.New(rand.NewPCG(seed, uint64(n)))}
					row, err := d.charge(s)
					if err != nil {
						t.Fatal(err)
					}
					d.rest()
					if end := d.order(row.Order.ID); end.Outcome.Status != want || d.halted() != "" {
						t.Errorf("scenario %s, answers %03o: %+v, halted %q", s, n, end.Outcome, d.halted())
					}
					d.audit()
				})
				runs++
			}
		}
	}
	t.Logf("F9 answers 0 to 3 times, permuted: runs %d, wrong ends 0", runs)
}

// TestF16TwoTillsWithOneNumber lets two tills with one store and device number sell in turns. One that is
// started after the other sold goes on behind its numbers, and each then finds the other's orders; one
// that uses a number again is stopped by the service's answer, before any money moves.
func TestF16TwoTillsWithOneNumber(t *testing.T) {
	runs, both, stopped := 0, 0, 0
	most := every(4, 2)
	for before := range most + 1 {
		for theirs := 1; theirs <= most; theirs++ {
			for after := range most + 1 {
				if before+after == 0 {
					continue // the first till sells nothing, so nothing can collide
				}
				synctest.Test(t, func(t *testing.T) {
					b := newBank(t, nil)
					one, two := b.desk("01", nil), b.desk("01", nil)
					one.sell(before)
					if err := two.CatchUp(t.Context()); err != nil {
						t.Fatal(err)
					}
					two.sell(theirs)
					one.sell(after)
					one.reconcile(false)
					two.reconcile(false)
					switch sold := before > 0; {
					case one.halted() != "" && two.halted() != "":
						both++
					case one.halted() != "" && !sold: // its first number was taken
						stopped++
					default:
						t.Errorf("sold %d, %d, %d: halted %q and %q", before, theirs, after, one.halted(), two.halted())
					}
				})
				runs++
			}
		}
	}
	if both == 0 {
		t.Error("nothing collided")
	}
	t.Logf("F16 two tills with one number: runs %d (both halted %d, stopped before money moved %d), collisions missed 0", runs, both, stopped)
}

// sell charges until the till halts.
func (d *desk) sell(sales int) {
	d.t.Helper()
	for range sales {
		row, err := d.charge(sandbox.PaidAtOnce)
		if errors.Is(err, ledger.ErrHalted) || d.halted() != "" {
			return
		}
		if err != nil || row.Outcome.Status != pay.Paid {
			d.t.Fatalf("%+v, %v", row.Outcome, err)
		}
		time.Sleep(time.Second)
	}
}

// counting counts the calls about one sale that are under way together.
type counting struct {
	pay.Gateway
	now, most atomic.Int64
}

func (c *counting) begin() func() {
	c.most.Store(max(c.most.Load(), c.now.Add(1)))
	return func() { c.now.Add(-1) }
}

func (c *counting) Pay(ctx context.Context, o pay.Order, r pay.Request) (pay.Outcome, error) {
	defer c.begin()()
	return c.Gateway.Pay(ctx, o, r)
}

func (c *counting) Query(ctx context.Context, o pay.Order) (pay.Outcome, error) {
	defer c.begin()()
	return c.Gateway.Query(ctx, o)
}

// TestF13Storm lets the service answer nothing but trouble for an hour and counts what a till asks of it.
func TestF13Storm(t *testing.T) {
	modes, most, together := 0, 0, int64(0)
	for _, f := range []sandbox.Fault{
		{Kind: sandbox.FaultHTTP, Code: 500}, {Kind: sandbox.FaultHTTP, Code: 503}, {Kind: sandbox.FaultHTTP, Code: 429},
		{Kind: sandbox.FaultSlow, Delay: time.Hour}, {Kind: sandbox.FaultHang}, {Kind: sandbox.FaultCut}, {Kind: sandbox.FaultBusy},
		{Kind: sandbox.FaultInternal}, {Kind: sandbox.FaultLose}, {Kind: sandbox.FaultDrop}, {Kind: sandbox.FaultForge},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			c := &counting{Gateway: d.Gateway}
			d.Gateway = c
			f.Count = sandbox.Always
			d.bank.inject(f)
			asked := func() (n int) {
				for _, times := range d.bank.Counts() {
					n += times
				}
				return n
			}
			done := make(chan struct{})
			go func() { // what the station's own loop does while the customer stands there
				defer close(done)
				for range 1800 {
					time.Sleep(d.Rules.PollEvery)
					if _, err := d.Beat(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}()
			go func() {
				for before := 0; ; {
					select {
					case <-done:
						return
					case <-time.After(time.Minute):
						now := asked()
						most, before = max(most, now-before), now
					}
				}
			}()
			row, err := d.charge(sandbox.PaidAtOnce)
			if err != nil {
				t.Error(err)
			}
			<-done
			if end := d.order(row.Order.ID); end.Outcome.Status.Final() && f.Kind != sandbox.FaultDrop {
				t.Errorf("%s: %+v", f.Kind, end.Outcome)
			}
			together = max(together, c.most.Load())
			d.bank.Clear()
			d.rest()
			d.audit()
		})
		modes++
	}
	if together > 1 || most > 60 {
		t.Errorf("%d calls a minute, %d about one sale together", most, together)
	}
	t.Logf("F13 storm of an hour: modes %d, calls a minute at most %d, about one sale together %d", modes, most, together)
}
