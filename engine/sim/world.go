package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"cpos/engine/pay"
)

// Options choose how a seed is played.
type Options struct {
	Trace io.Writer // what happens, line by line; nil keeps silent
	// Mistake, when set, stands between a till and its driver and does something wrong on purpose, to show
	// that the simulation notices.
	Mistake func(pay.Gateway, Till) pay.Gateway
}

// Till is what a planted mistake may reach for.
type Till struct {
	Press   func(order string) // the keys that end a sale
	NewCode func(pay.Tender) pay.Code
}

// world is one seed: a shop, its bank, its people, and everything that happens.
type world struct {
	queue
	seed    uint64
	options Options
	dice    *rand.Rand
	plan    plan
	dawn    time.Time
	current *thread
	idle    []*coroutine
	stops   []func() // of all coroutines
	bank    *bank
	tills   []*till
	calm    bool // no fault strikes any more
	parted  bool // two tills with one number got numbers of their own
	over    bool
	sum     Summary
}

// longest is how long a day may last in virtual time before it counts as stuck.
const longest = 24 * time.Hour

// Play plays one seed and tells what it came to.
func Play(seed uint64, o Options) Summary {
	dice := rand.New(rand.NewPCG(seed, 0x637075))
	w := &world{seed: seed, options: o, dice: dice, plan: newPlan(dice, seed)}
	w.dawn = w.plan.dawn
	w.sum.Seeds = 1
	w.play()
	return w.sum
}

func (w *world) play() {
	defer func() {
		if r := recover(); r != nil {
			w.violation("panic: %v", r)
		}
		for _, t := range w.tills {
			t.away()
			t.disk.remove()
		}
		for _, stop := range w.stops {
			stop()
		}
	}()
	w.bank = newBank(w)
	for i := range w.plan.tills {
		w.tills = append(w.tills, newTill(w, i))
	}
	w.misfortunes()
	w.spawn(nil, w.day)
	for !w.over && w.now < longest && w.step() {
	}
	if !w.over {
		w.violation("the day does not come to an end")
		return
	}
	w.audit()
}

// day is the shop's owner: the tills open, work, and are left to settle.
func (w *world) day() {
	for _, t := range w.tills {
		t.open()
		w.spawn(nil, t.work)
		w.sleep(w.between(0, 3*time.Second))
	}
	for !w.closed() {
		w.sleep(time.Second)
	}
	w.tell("", "the day is over; nothing goes wrong any more")
	w.calm = true
	for _, t := range w.tills {
		t.restart()
	}
	const settling, step = time.Hour, time.Second
	for from := w.now; w.now-from < settling && !w.settled(); {
		w.sleep(step)
	}
	const margin = 10 * time.Second
	w.sleep(w.plan.compare + margin) // for one more comparison
	w.over = true
}

func (w *world) closed() bool {
	for _, t := range w.tills {
		if !t.finished {
			return false
		}
	}
	return true
}

// settled says that every till works, reaches the service and knows how everything ended.
func (w *world) settled() bool {
	for _, t := range w.tills {
		if t.life == nil || t.linkUntil > w.now || t.disk.halted || t.disk.openNumbers() > 0 {
			return false
		}
	}
	return true
}

// fire counts a fault where it really struck.
func (w *world) fire(f Fault) {
	w.sum.Fired[f]++
	if w.options.Trace != nil {
		w.tell("", "fault: "+f.String())
	}
}

// tell writes one line of the trace.
func (w *world) tell(who, what string) {
	if w.options.Trace == nil {
		return
	}
	fmt.Fprintf(w.options.Trace, "%14s %-5s %s\n", w.now, who, what)
}

func (w *world) tracing() bool { return w.options.Trace != nil }

// maxToldViolations bounds what one seed says; what follows from one fault is rarely of interest.
const maxToldViolations = 5

func (w *world) violation(format string, args ...any) {
	w.sum.Violations++
	what := fmt.Sprintf(format, args...)
	w.tell("", "VIOLATION "+what)
	if len(w.sum.Told) < maxToldViolations {
		w.sum.Told = append(w.sum.Told, Violation{w.seed, what})
	}
}
