package sim

import (
	"context"
	"fmt"
	"math"
	"time"

	"cpos/engine/face"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
)

// work is a cashier's day: one sale after the other.
func (t *till) work() {
	t.w.spawn(nil, t.provider)
	for n := 1; n <= t.w.plan.sales; n++ {
		t.sell(n)
		t.w.sleep(t.w.between(0, t.w.plan.cashiers))
	}
	t.finished = true
}

// most is how many codes one customer shows for one sale.
const most = 3

// sell is one sale, from its amount on the POS to its end: paid, given up, or set aside as not known.
func (t *till) sell(n int) {
	t.awaitWindow()
	t.pos = pos{serial: fmt.Sprintf("%s-%04d", t.name, n), amount: pay.Money(1 + t.w.dice.IntN(50000))}
	for range most {
		code := t.w.customer()
		t.charge(code)
		switch t.fate() {
		case "paid":
			t.mayRefund()
			return
		case "open":
			return // set aside; nobody pays it again
		}
		if t.w.dice.IntN(3) == 0 {
			return // the customer leaves
		}
	}
}

// awaitWindow lets a cashier go on to the next customer only when the payment window has nothing to say.
func (t *till) awaitWindow() {
	for range patience {
		if l := t.life; l != nil && l.station != nil && l.view.Mood == face.Hidden {
			return
		}
		t.dismiss()
		t.w.sleep(t.w.plan.cashiers)
	}
}

// dismiss closes a result that stood long enough.
func (t *till) dismiss() {
	l := t.life
	if l == nil || l.station == nil || t.w.now-l.shown <= t.w.plan.stands+t.w.plan.cashiers {
		return
	}
	switch l.view.Mood {
	case face.Unresolved, face.Succeeded, face.Failed, face.Notice:
		l.station.Intend(face.Intent{Kind: face.Cancel, Turn: l.view.Turn})
	}
}

// customer draws who comes and shows a code.
func (w *world) customer() pay.Code {
	tender := pay.WeChat
	if w.dice.IntN(3) == 0 {
		tender = pay.Alipay
	}
	return w.codeOf(tender, w.scenario())
}

func (w *world) scenario() sandbox.Scenario {
	for _, s := range [...]struct {
		f Fault
		s sandbox.Scenario
	}{{Status102, sandbox.NewNumber}, {Status104, sandbox.NoBalance}, {Status407, sandbox.Reentry},
		{Password, sandbox.PasswordPaid}, {PasswordStops, sandbox.PasswordStopped}, {StillBusy, sandbox.Transforming}} {
		if w.strikes(s.f) {
			return s.s
		}
	}
	switch w.dice.IntN(40) {
	case 0:
		return sandbox.CouponPaid
	case 1:
		return sandbox.PayError
	}
	return sandbox.PaidAtOnce
}

// fate is how the sale on the POS stands, as the order list tells it after whatever happened.
func (t *till) fate() string {
	for _, id := range t.sales[t.pos.serial] {
		s := t.disk.orders[id]
		switch {
		case s.row.Outcome.Status == pay.Paid:
			return "paid"
		case !s.row.Outcome.Status.Final():
			return "open"
		}
	}
	return "not paid"
}

// glance is how long a cashier looks away at most.
const glance = 3 * time.Second

// patience is after how many glances without an end a cashier goes on to the next customer.
const patience = 400

// charge scans a code and does what the window asks, until it closes again.
func (t *till) charge(code pay.Code) {
	before := len(t.sales[t.pos.serial])
	scanned := false
	wait := t.w.plan.cashiers
	for range patience {
		t.w.sleep(wait)
		wait = min(wait*3/2, glance)
		l := t.life
		if l == nil || l.station == nil {
			scanned = false
			continue
		}
		switch v := l.view; v.Mood {
		case face.Hidden:
			if len(t.sales[t.pos.serial]) > before {
				return
			}
			if scanned && t.w.dice.IntN(4) > 0 {
				continue // not open yet, or busy with another sale
			}
			l.station.Heard(keys.Event{Kind: keys.HeardScan, Text: code.Reveal()})
			scanned, wait = true, t.w.plan.cashiers
		case face.Typing, face.Asking:
			if t.fate() != "not paid" { // asked whether it is another sale, the cashier sees that it is not
				l.station.Intend(face.Intent{Kind: face.Cancel, Turn: v.Turn})
				return
			}
			l.station.Intend(face.Intent{Kind: face.Confirm, Turn: v.Turn, Amount: t.pos.amount})
			wait = t.w.plan.cashiers
		default:
			t.dismiss()
		}
	}
}

// mayRefund lets a customer come back.
func (t *till) mayRefund() {
	w := t.w
	if w.dice.Float64() >= w.plan.refunds {
		return
	}
	order := t.sales[t.pos.serial][len(t.sales[t.pos.serial])-1]
	whole := t.disk.amountOf(order)
	amount := pay.Money(0)
	if w.dice.IntN(2) == 0 {
		amount = 1 + pay.Money(w.dice.Int64N(int64(whole)))
	}
	w.after(w.between(time.Second, 5*time.Minute), func() { t.refund(order, amount, 1+w.dice.IntN(2)) })
}

// refund gives money back, and tries to give back more than there is.
func (t *till) refund(order string, amount pay.Money, times int) {
	l := t.life
	if l == nil || l.teller == nil || l.dead || t.w.calm {
		return
	}
	t.w.spawn(l, func() {
		for range times {
			row, err := l.teller.Refund(context.Background(), station.Giveback{Order: order, Amount: amount})
			if err == nil {
				l.station.PrintRefund(context.Background(), t.disk.orders[order].row, row)
			}
		}
	})
}

// provider is who may release a halt: comes, looks, releases, restarts.
func (t *till) provider() {
	w := t.w
	for !w.over {
		w.sleep(w.between(15*time.Second, 30*time.Second))
		if !t.standsStill() || w.plan.twins && !w.told() {
			continue
		}
		w.sleep(w.between(5*time.Second, 30*time.Second))
		t.release()
	}
}

// standsStill says that the till is halted, on disk or, where the disk took nothing, on its window.
func (t *till) standsStill() bool {
	return t.disk.halted || t.life != nil && t.life.view.Mood == face.Halted
}

// release is a command of its own while the till is off.
func (t *till) release() {
	w := t.w
	if t.life == nil {
		return // it is on its way back from a power cut
	}
	t.away()
	if w.plan.twins && t == w.tills[1] {
		t.device = "02" // whose number it was all along
	}
	l := &life{till: t}
	t.life = l
	w.spawn(l, func() {
		if err := t.disk.spinUp(); err != nil {
			w.violation("%s: release: %v", t.name, err)
			return
		}
		l.remembers()
		book, err := l.openBook()
		if err == nil {
			err = book.Release(context.Background(), "provider", "looked into it")
		}
		w.tell(t.name, fmt.Sprint("released: ", err == nil))
		w.spawn(nil, func() {
			if t.life == l {
				t.away()
				t.open()
			}
		})
	})
}

// told says that the provider has come to part two tills with one number: after both had the time to
// notice. One that alone made orders has nothing to notice; its twin's requests were refused.
func (w *world) told() bool {
	since := w.now
	for _, t := range w.tills {
		if t.disk.halted {
			since = min(since, t.disk.since)
		}
	}
	if !w.parted && w.now-since > w.plan.compare+time.Minute {
		w.parted = true
		w.fire(TwoTills)
	}
	return w.parted
}

// misfortunes plans what happens to the machines at moments of its own.
func (w *world) misfortunes() {
	day := time.Duration(w.plan.sales) * 5 * time.Second
	one := func() *till { return w.tills[w.dice.IntN(len(w.tills))] }
	for _, t := range w.tills {
		if w.plan.cuts > 0 {
			w.after(w.between(0, day/4), func() { t.armed = w.aPoint() })
		}
	}
	for range w.plan.anytime {
		t := one()
		w.after(w.between(0, day), func() { t.cutAnytime() })
	}
	for range w.plan.outages {
		t := one()
		w.after(w.between(0, day), func() { t.linkFails() })
	}
	for range w.plan.jumps {
		t := one()
		w.after(w.between(0, day), func() { t.clockJumps() })
	}
	for range w.plan.fulls {
		t := one()
		w.after(w.between(0, day), func() { t.disk.full = fullFor + w.dice.IntN(3) })
	}
	for range w.plan.foreign {
		t := one()
		w.after(w.between(0, day), func() { w.foreignOrder(t) })
	}
}

func (t *till) cutAnytime() {
	if t.life == nil || t.w.calm {
		return
	}
	t.w.fire(PowerCutAnytime)
	t.w.tell(t.name, "power cut")
	t.away()
	t.w.spawn(nil, t.comeBack)
}

// linkFails takes the link away for a while, and then leaves the till alone, to see how soon it knows.
func (t *till) linkFails() {
	w := t.w
	if w.calm {
		return
	}
	t.swallows = w.dice.IntN(2) == 0
	lasts := w.between(20*time.Second, 5*time.Minute)
	t.linkUntil = max(t.linkUntil, w.now+lasts) // a failure within a failure does not mend the link
	const measuring = 2 * time.Minute
	t.calmUntil = t.linkUntil + measuring
	w.tell(t.name, fmt.Sprintf("link fails for %s", lasts))
	w.after(lasts, func() { t.linkReturns() })
}

// linkReturns begins to measure how soon the till knows what the bank knows.
func (t *till) linkReturns() {
	w := t.w
	if w.now < t.linkUntil {
		return // it failed again meanwhile
	}
	w.tell(t.name, "link is back")
	undecided := map[string]bool{}
	for _, o := range w.bank.server.Orders() {
		undecided[o.Number] = o.State == sandbox.StatePaying || o.Until.After(w.dawn.Add(w.now))
	}
	for id, s := range t.disk.orders {
		if t.life != nil && !s.row.Outcome.Status.Final() && !undecided[id] {
			s.returned, s.failed = w.now, t.disk.failed
		}
	}
}

// clockJumps sets the wall clock, by seconds or years.
func (t *till) clockJumps() {
	w := t.w
	if w.calm {
		return
	}
	const least, longest = time.Second, 5 * 365 * 24 * time.Hour
	by := time.Duration(float64(least) * math.Exp(w.dice.Float64()*math.Log(float64(longest/least))))
	f := ClockAhead
	if w.dice.IntN(2) == 0 {
		by, f = -by, ClockBack
	}
	w.fire(f)
	t.skew += by
	t.jumped = true
	w.tell(t.name, fmt.Sprintf("wall clock jumps by %s", by))
}

// foreignOrder is another machine that says it is this till.
func (w *world) foreignOrder(t *till) {
	if w.calm {
		return
	}
	w.fire(ForeignOrder)
	err := w.bank.server.Inject(sandbox.Fault{Kind: sandbox.FaultForeign, Device: t.device,
		Amount: pay.Money(1 + w.dice.IntN(10000))})
	if err != nil {
		panic(err)
	}
	w.tell(t.name, "a foreign order appears at the bank")
}
