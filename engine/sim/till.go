package sim

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"cpos/engine/face"
	"cpos/engine/fault"
	"cpos/engine/gateway"
	"cpos/engine/gateway/cloudpay"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/script"
	"cpos/engine/station"
)

// Rules of the simulated shop's profile.
const (
	pollEvery   = 2 * time.Second
	pollFor     = 2 * time.Minute
	followEvery = 30 * time.Second
	grace       = time.Minute
	staleAfter  = 10 * time.Minute
)

// till is one machine: what stays when its program ends.
type till struct {
	w      *world
	name   string
	device string
	disk   *disk
	skew   time.Duration // of the wall clock
	jumped bool          // it has ever been set
	life   *life         // nil while the program does not run
	booted int
	pos    pos
	sales  map[string][]string // orders by the POS's number of the sale
	paper  map[string]int      // copies on paper, by job
	keyed  map[string]int      // how often the keys that end a sale were pressed, by order

	linkUntil time.Duration // the link is down until then
	swallows  bool          // and takes requests without a word
	calmUntil time.Duration // after the link came back, to be able to measure
	armed     fault.Point   // where the power is cut next
	finished  bool          // its cashier has gone home
}

// life is one run of the program, from power on to power off.
type life struct {
	till    *till
	book    *ledger.Book
	teller  *station.Teller
	station *station.Station
	threads []*thread
	dead    bool
	view    face.View
	shown   time.Duration // since when
}

func newTill(w *world, i int) *till {
	t := &till{w: w, name: fmt.Sprint("till", i+1), device: sandbox.PracticeDevice, sales: map[string][]string{},
		paper: map[string]int{}, keyed: map[string]int{}}
	if i > 0 && !w.plan.twins {
		t.device = "02"
	}
	t.disk = newDisk(t)
	return t
}

var silent = slog.New(slog.DiscardHandler)

// open switches the till on.
func (t *till) open() {
	t.booted++
	l := &life{till: t}
	t.life = l
	t.w.tell(t.name, "power on")
	t.w.spawn(l, func() {
		if err := l.boot(); err != nil {
			t.w.violation("%s does not start: %v", t.name, err)
			return
		}
		l.station.Step(context.Background(), func(job func()) { t.w.spawn(l, job) })
	})
}

func (l *life) boot() error {
	t := l.till
	if err := t.disk.spinUp(); err != nil {
		return err
	}
	l.remembers()
	book, err := l.openBook()
	if err != nil {
		return err
	}
	service, err := cloudpay.New(gateway.Env{HTTP: &http.Client{Transport: &link{l}}, Now: clock{t}.Now, Nonce: t.w.nonce,
		Store: sandbox.PracticeShop, Device: t.device, Clerk: sandbox.PracticeStaff, Options: map[string]string{
			"base_url": practiceAddress, "out_mch_id": sandbox.PracticeMerchant, "machine_no": t.name,
			"out_sub_mch_id": sandbox.PracticeSubMerchant, "auth_key": sandbox.PracticeAuthKey,
			"reverse": strconv.FormatBool(t.w.plan.reverse)}})
	if err != nil {
		return err
	}
	l.book = book
	l.teller = &station.Teller{Book: book, Gateway: l.mistaken(service), Clock: clock{t}, Log: silent,
		Points: &fault.Points{Watch: l.point},
		Till:   station.Till{Store: script.Store{ID: sandbox.PracticeShop}, Device: t.device, Clerk: sandbox.PracticeStaff},
		Rules: station.MoneyRules{PollEvery: pollEvery, PollFor: pollFor, FollowEvery: followEvery, Reconcile: t.w.plan.compare,
			Grace: grace, Freeze: true, Partial: true, Reverse: t.w.plan.reverse, Twice: t.w.plan.twice}}
	l.station = station.New(station.Parts{Teller: l.teller, Hooks: hooks{l}, Play: l.play, Capture: eye{l}, Face: l,
		Slips: printer{l}, Rules: station.SaleRules{Scan: true, Serial: t.w.plan.serial, Aside: t.w.plan.aside, ResultFor: t.w.plan.stands, Codes: rules,
			Most: pay.MaxCharge, Copies: station.Copies{Payment: 1, Refund: 1}, StaleAfter: staleAfter}})
	return nil
}

// openBook opens the book of the till's disk; every number begins with the merchant's prefix.
func (l *life) openBook() (*ledger.Book, error) {
	t := l.till
	return ledger.Open(context.Background(), t.disk, ledger.Options{Now: clock{t}.Now, Sealer: sealer{},
		Numbering: ledger.Numbering{Prefix: sandbox.PracticePrefix, Store: sandbox.PracticeShop, Device: t.device}})
}

// mistaken puts a planted mistake between the teller and its driver.
func (l *life) mistaken(g pay.Gateway) pay.Gateway {
	if l.till.w.options.Mistake == nil {
		return g
	}
	return l.till.w.options.Mistake(g, Till{
		Press:   func(order string) { l.press(order) },
		NewCode: func(t pay.Tender) pay.Code { return l.till.w.codeOf(t, sandbox.PaidAtOnce) },
	})
}

// nonce is random text from the seed.
func (w *world) nonce() string {
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
	text := make([]byte, 24)
	for i := 0; i < len(text); i += 12 {
		bits := w.dice.Uint64()
		for j := range 12 {
			text[i+j] = letters[bits>>(5*j)&31]
		}
	}
	return string(text)
}

// sealer binds a request to its number. That seals are kept from readers is the vault's to show.
type sealer struct{}

func (sealer) Seal(number string, plain []byte) ([]byte, error) {
	return append([]byte(number+"\n"), plain...), nil
}

func (sealer) Open(number string, sealed []byte) ([]byte, error) {
	if len(sealed) <= len(number) || string(sealed[:len(number)+1]) != number+"\n" {
		return nil, fmt.Errorf("the sealed request is not that of %s", number)
	}
	return sealed[len(number)+1:], nil
}

// remembers looks whether everything that was acknowledged before the power went is still there.
func (l *life) remembers() {
	t := l.till
	err := t.disk.inner.View(context.Background(), func(rows ledger.Rows) error {
		tail, _, err := rows.Tail()
		if err != nil {
			return err
		}
		if tail.Seq != t.disk.tail.Seq || tail.Hash != t.disk.tail.Hash {
			t.w.violation("I7: %s finds fact %d at the end, %d was acknowledged", t.name, tail.Seq, t.disk.tail.Seq)
		}
		_, halted, err := rows.Halt()
		if halted != t.disk.halted {
			t.w.violation("I8: %s comes back with halted %t, was %t", t.name, halted, t.disk.halted)
		}
		return err
	})
	if err != nil {
		t.w.violation("I7: %s cannot read its book: %v", t.name, err)
	}
}

// wouldStop says whether the power is to be cut here, and counts the visit.
func (l *life) wouldStop(p fault.Point) bool {
	if l.dead {
		panic(cut{})
	}
	w := l.till.w
	w.sum.Visited[pointIndex[p]]++
	return p != "" && l.till.armed == p && !w.calm
}

// point is a place where the power may be cut.
func (l *life) point(p fault.Point) {
	if l.wouldStop(p) {
		l.powerCut()
	}
}

// powerCut ends the program here and now; the thread that runs is unwound.
func (l *life) powerCut() {
	t := l.till
	w := t.w
	w.sum.Cut[pointIndex[t.armed]]++
	w.fire(PowerCut)
	if w.tracing() {
		w.tell(t.name, "power cut: "+string(t.armed))
	}
	t.armed = ""
	w.spawn(nil, func() { t.comeBack() })
	l.dead = true
	panic(cut{})
}

// away ends the program. It may not be called from one of the till's own threads.
func (t *till) away() {
	l := t.life
	if l == nil {
		return
	}
	l.dead = true
	t.life = nil
	for _, s := range t.disk.orders {
		s.returned = 0 // a till that was off cannot know
	}
	for _, th := range slices.Clone(l.threads) {
		t.w.unwind(th)
	}
	if t.w.plan.disk {
		t.disk.spinDown()
	}
}

// comeBack switches the till on again after a while, and arms the next power cut.
func (t *till) comeBack() {
	t.away()
	t.w.sleep(t.w.between(time.Second, 30*time.Second))
	t.open()
	if t.cutsLeft() {
		t.w.sleep(t.w.between(time.Second, 30*time.Second))
		t.armed = t.w.aPoint()
	}
}

func (t *till) cutsLeft() bool {
	t.w.plan.cuts--
	return t.w.plan.cuts > 0 && !t.w.calm
}

// restart ends the program and starts it again at once.
func (t *till) restart() {
	t.armed = ""
	t.away()
	t.open()
}

func (l *life) ended(t *thread) {
	i := slices.Index(l.threads, t)
	l.threads = slices.Delete(l.threads, i, i+1)
}

// quiet says that nothing goes wrong for a while, so that it can be measured how soon a till knows.
func (t *till) quiet() bool { return t.w.now < t.calmUntil }
