package station

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"cpos/engine/face"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// inboxSize bounds what the outside may have sent and the loop not yet taken. A full inbox drops the
// newest: nobody types or scans that fast.
const inboxSize = 16

// Station is one till at work. One goroutine owns its State; everything else sends it events.
type Station struct {
	parts Parts
	inbox chan Event
	done  chan Event // from jobs; never dropped
	view  atomic.Pointer[face.View]
	open  atomic.Bool   // past Opening, and armed for it
	arm   chan arming   // newest-value slot of the armer
	asked atomic.Uint64 // armings so far
	heard atomic.Uint64 // of them, the newest that is in force
	jobs  sync.WaitGroup
	ended chan struct{}

	// Set by Step only: they stand in for the goroutines and channels of Run.
	spawn func(job func())
	take  func(Event)
}

// New makes a station; nothing happens before Run.
func New(p Parts) *Station {
	s := &Station{
		parts: p,
		inbox: make(chan Event, inboxSize),
		done:  make(chan Event),
		arm:   make(chan arming, 1),
		ended: make(chan struct{}),
	}
	s.view.Store(&face.View{})
	return s
}

// Run settles what is open, opens the till, and works until ctx ends. It waits for everything it started:
// a charge in flight writes what it learns before Run returns. It may be called once.
func (s *Station) Run(ctx context.Context) error {
	defer close(s.ended)
	state := State{Rules: s.parts.Rules}
	s.start(s.listen, ctx)
	s.start(s.keepArmed, ctx)
	s.start(s.settle, ctx)
	s.publish(state)
	for {
		select {
		case <-ctx.Done():
			s.drain(state)
			return nil
		case e := <-s.done:
			state = s.step(ctx, state, e)
		case e := <-s.inbox:
			state = s.step(ctx, state, e)
		}
	}
}

// Step makes the station work without goroutines of its own, for a simulation that lets one thing happen
// at a time. spawn is handed every job and runs it as a thread of its own, later; an event is taken at once
// by whoever brings it. Jobs wait in Clock.Sleep, in a call of the gateway, the hooks, the keys or the
// printer, and nowhere else. A simulated power cut simply never goes on. Run must not be called as well.
func (s *Station) Step(ctx context.Context, spawn func(job func())) {
	state := State{Rules: s.parts.Rules}
	s.spawn = spawn
	s.take = func(e Event) { state = s.step(ctx, state, e) }
	s.publish(state)
	s.start(s.settle, ctx)
}

// step is one turn of the loop: what happened, what it means, what has to be done.
func (s *Station) step(ctx context.Context, state State, e Event) State {
	next, effects := Next(state, e)
	if next.Mode != state.Mode {
		s.parts.Teller.Log.Debug("till", "mode", next.Mode, "turn", next.Turn)
	}
	s.publish(next)
	for _, f := range effects {
		s.start(func(ctx context.Context) { s.do(ctx, f) }, ctx)
	}
	return next
}

// drain waits for the jobs after the end, taking what they have to say without starting anything new. The
// window still learns the outcome of a charge in flight.
func (s *Station) drain(state State) {
	finished := make(chan struct{})
	go func() {
		s.jobs.Wait()
		close(finished)
	}()
	for {
		select {
		case e := <-s.done:
			state, _ = Next(state, e)
			s.publish(state)
		case <-finished:
			return
		}
	}
}

func (s *Station) start(job func(context.Context), ctx context.Context) {
	if s.spawn != nil {
		s.spawn(func() { job(ctx) })
		return
	}
	s.jobs.Add(1)
	go func() {
		defer s.jobs.Done()
		job(ctx)
	}()
}

// publish shows the state and arms the ears for it. Both are newest-value slots: neither a slow window
// nor a slow keyboard holds up a payment.
func (s *Station) publish(state State) {
	v := View(state)
	s.view.Store(&v)
	select {
	case <-s.arm:
	default:
	}
	s.arm <- arming{armed(state), state.Mode != Opening, s.asked.Add(1)}
	s.parts.Face.Show(v)
}

// arming is what the keyboard is to listen to, and whether the till is open with it.
type arming struct {
	keys.Armed
	open bool
	n    uint64
}

// keepArmed hands the newest arming to the ears. A key that another program owns is told once.
func (s *Station) keepArmed(ctx context.Context) {
	told := ""
	var last arming
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-s.arm:
			if reflect.DeepEqual(a.Armed, last.Armed) && a.open == last.open {
				s.heard.Store(a.n)
				continue
			}
			last = a
			err := s.parts.Ears.Arm(ctx, a.Armed)
			s.open.Store(a.open)
			s.heard.Store(a.n)
			if err != nil && ctx.Err() == nil && err.Error() != told {
				told = err.Error()
				s.parts.Teller.Log.Warn("arm keyboard", "error", err)
			}
		}
	}
}

func (s *Station) listen(ctx context.Context) {
	if err := s.parts.Ears.Listen(ctx, s.Heard); err != nil && ctx.Err() == nil {
		s.parts.Teller.Log.Error("listen to keyboard and scanner", "error", err)
	}
}

// Intend takes a wish of the cashier (face.Desk). It never blocks.
func (s *Station) Intend(i face.Intent) {
	switch i.Kind {
	case face.Confirm:
		s.post(Entered{Turn: i.Turn, Amount: i.Amount})
	case face.Cancel:
		s.post(Cancelled{Turn: i.Turn})
	case face.SetAmount:
		s.post(Edited{Turn: i.Turn, Amount: i.Amount})
	case face.SetCode:
		s.post(CodeTyped{Turn: i.Turn, Code: s.classify(i.Text)})
	case face.SetRemark:
		s.post(Remarked{Turn: i.Turn, Text: i.Text})
	case face.SetClerk:
		s.post(ClerkNamed{Turn: i.Turn, Clerk: i.Text})
	case face.Resume:
		s.post(Resumed{Turn: i.Turn})
	}
}

// Heard takes what the scanner or a hot-key said. It never blocks.
func (s *Station) Heard(e keys.Event) {
	turn := s.view.Load().Turn
	switch {
	case e.Kind == keys.HeardScan:
		s.post(Scanned{Code: s.classify(e.Text)})
	case e.Name == HotkeyPayment:
		s.post(Pressed{})
	case e.Name == HotkeyWeChat:
		s.post(Pressed{Kind: pay.WeChat})
	case e.Name == HotkeyAlipay:
		s.post(Pressed{Kind: pay.Alipay})
	case e.Name == HotkeyMain:
		s.post(Asked{})
	case e.Name == HotkeyReLogin:
		s.post(ClerkAsked{})
	case e.Name == keyResume:
		s.post(Resumed{Turn: turn})
	case e.Name == keyConfirm:
		s.post(Entered{Turn: turn})
	case e.Name == keyCancel:
		s.post(Cancelled{Turn: turn})
	}
}

// classify says what a scanned or typed text is.
func (s *Station) classify(text string) pay.Code {
	if s.parts.Codes != nil {
		return s.parts.Codes().Classify(text)
	}
	return s.parts.Rules.Codes.Classify(text)
}

// Covers tells that the payment window had to be placed over a region of the profile (or not any more):
// then the amount cannot be read again before sending, and payment without Enter waits for Enter.
func (s *Station) Covers(covers bool) { s.post(Covering{Covers: covers}) }

// Open says that what was left open has been asked about and the keyboard is listened to, so that sales
// are taken.
func (s *Station) Open() bool { return s.open.Load() }

// Listens says that the keyboard is listened to for what is shown now.
func (s *Station) Listens() bool { return s.heard.Load() == s.asked.Load() }

// View gives what is shown now.
func (s *Station) View() face.View { return *s.view.Load() }

// Resolve asks about one order now (Teller.Resolve), and tells the cashier when that was its end.
func (s *Station) Resolve(ctx context.Context, order string) (ledger.OrderRow, error) {
	row, ended, err := s.parts.Teller.resolve(ctx, order)
	if ended {
		s.tell(Settled{Row: row})
	}
	return row, err
}

// Evidence takes a person's word that an order was paid (Teller.Evidence). Where the service has answered
// instead, the cashier is told that, and it is no error.
func (s *Station) Evidence(ctx context.Context, order, transaction, who, reason string) (ledger.OrderRow, error) {
	before, err := s.parts.Teller.Book.Order(ctx, order)
	if err != nil {
		return before, err
	}
	row, err := s.parts.Teller.Evidence(ctx, order, transaction, who, reason)
	if errors.Is(err, ledger.ErrFinal) {
		if !before.Done() && row.Done() {
			s.tell(Settled{Row: row})
		}
		return row, nil
	}
	return row, err
}

func (s *Station) post(e Event) {
	if s.take != nil {
		s.take(e)
		return
	}
	select {
	case s.inbox <- e:
	default:
		s.parts.Teller.Log.Warn("till too busy, event dropped")
	}
}

// tell carries a job's answer to the loop.
func (s *Station) tell(e Event) {
	if s.take != nil {
		s.take(e)
		return
	}
	select {
	case s.done <- e:
	case <-s.ended:
	}
}

// settle opens the till once what was left open has been asked about, then follows and reconciles.
func (s *Station) settle(ctx context.Context) {
	t := s.parts.Teller
	if !t.reachable(ctx) {
		t.noteRoad(pay.ErrNoAnswer) // a list would be waited for five times as long
	} else if err := t.CatchUp(ctx); err != nil {
		t.Log.Warn("catch up with the service's list", "error", err)
	}
	untold, unsure := s.untold(ctx) // before following, which tells of its own
	if t.passable(ctx) {
		s.follow(ctx)
	} // else the watch below asks as soon as the service lives, and must not wait for a question in the dark
	for _, row := range untold {
		s.tell(Settled{Row: row})
	}
	for _, number := range unsure {
		s.tell(SlipFailed{Number: number})
	}
	halted, since := s.halted(ctx)
	s.tell(Opened{Halted: halted, Since: since})
	s.start(func(ctx context.Context) { s.every(ctx, t.Rules.Reconcile, s.reconcile()) }, ctx)
	if t.Rules.FollowEvery > 0 {
		s.every(ctx, t.Rules.PollEvery, s.beat)
	}
}

func (s *Station) every(ctx context.Context, d time.Duration, do func(context.Context)) {
	for d > 0 && s.parts.Teller.Clock.Sleep(ctx, d) == nil {
		do(ctx)
	}
}

// follow asks about what is open. At the start the till has nothing to tell yet: the rows settle in the
// book, and a late success is told like any other.
func (s *Station) follow(ctx context.Context) { s.followed(ctx, s.parts.Teller.FollowOpen) }

// beat asks about what is due.
func (s *Station) beat(ctx context.Context) { s.followed(ctx, s.parts.Teller.Beat) }

func (s *Station) followed(ctx context.Context, ask func(context.Context) ([]ledger.OrderRow, error)) {
	rows, err := ask(ctx)
	if err != nil && ctx.Err() == nil {
		s.parts.Teller.Log.Warn("follow open orders", "error", err)
	}
	for _, row := range rows {
		s.tell(Settled{Row: row})
	}
	for _, row := range s.parts.Teller.mind.untoldRefunds() {
		s.tell(RefundEnded{Row: row})
	}
	s.latch(ctx)
}

// latch tells the machine what stops the till. A release opens the till when it is started again.
func (s *Station) latch(ctx context.Context) {
	if h, since := s.halted(ctx); len(h) > 0 {
		s.tell(Differed{Halted: h, Since: since})
	}
}

// fullEvery is how many short comparisons pass between two of the whole day.
const fullEvery = 60

func (s *Station) reconcile() func(context.Context) {
	round := 0
	return func(ctx context.Context) {
		if !s.parts.Teller.passable(ctx) {
			return // the watch over what is open finds the road again, and must not wait for a list
		}
		round++
		s.follow(ctx) // so that an answer that was lost is told of as such, and not as a difference
		_, ended, err := s.parts.Teller.reconcile(ctx, round%fullEvery == 1)
		if err != nil && ctx.Err() == nil {
			s.parts.Teller.Log.Warn("reconcile", "error", err)
		}
		for _, row := range ended {
			s.tell(Settled{Row: row})
		}
		s.latch(ctx)
	}
}
