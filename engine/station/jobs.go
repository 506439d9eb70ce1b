package station

import (
	"context"
	"errors"
	"time"

	"cpos/engine/capture"
	"cpos/engine/fault"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/receipt"
	"cpos/engine/script"
	"cpos/engine/words"
)

// Limits of the jobs around a payment. None of them holds money up: what is late is left out.
const (
	hookLimit    = 3 * time.Second
	captureLimit = 8 * time.Second
	checkLimit   = 3 * time.Second

	// opinionLimit is how long payment without Enter waits for the second opinion on an amount that is shown,
	// vetoLimit how long a veto is listened for after that.
	opinionLimit = 250 * time.Millisecond
	vetoLimit    = 5 * time.Second
)

// do carries out one effect and answers with one event.
func (s *Station) do(ctx context.Context, f Effect) {
	switch f := f.(type) {
	case Prepare:
		s.prepare(ctx, f)
	case Weigh:
		s.tell(s.weigh(ctx, f))
	case Count:
		if s.parts.Teller.Clock.Sleep(ctx, delay(s.parts.Rules.Confirm.After)) == nil {
			s.tell(CountedDown(f))
		}
	case Check:
		s.tell(Checked{Turn: f.Turn, Same: s.same(ctx, f.Reading)})
	case Pay:
		s.corrected(f)
		done := s.charge(ctx, f)
		s.tell(done)
		s.keep(f, done.Row)
	case Bear:
		if s.parts.Teller.Clock.Sleep(ctx, s.parts.Rules.Aside) == nil {
			s.tell(Waited(f))
		}
	case Recheck:
		s.tell(Rechecked{Turn: f.Turn, Same: s.stillShows(ctx, f.Row.Order)})
	case Fail:
		s.tell(Finished{Turn: f.Turn, Stopped: s.failed(ctx, f)})
	case SignOn:
		s.tell(s.signOn(ctx, f))
	case Alarm:
		s.alarm(ctx, f)
	case Return:
		s.tell(Finished{Turn: f.Turn, Stopped: s.returned(ctx, f)})
	case Finish:
		s.tell(Finished{Turn: f.Turn, Stopped: s.finish(ctx, f)})
	case Wait:
		if s.parts.Teller.Clock.Sleep(ctx, delay(s.parts.Rules.ResultFor)) == nil {
			s.tell(LongEnough(f))
		}
	case Print:
		s.printPayment(ctx, f.Row, f.Here)
	}
}

func (s *Station) context(trigger string, t pay.Tender) script.Context {
	till := s.parts.Teller.Till
	c := script.Context{Trigger: trigger, Store: till.Store, Device: till.Device, Clerk: s.parts.Teller.Clerk()}
	if t != pay.TenderUnknown {
		c.Kind = t.String()
	}
	return c
}

// prepare presses the keys before payment, then reads the amount and, at the same time, the POS's number of
// the sale. The amount is told as soon as it is there; the number follows.
func (s *Station) prepare(ctx context.Context, f Prepare) {
	done := Prepared{Turn: f.Turn}
	if f.Play {
		kind := f.Code.Tender()
		if kind == pay.TenderUnknown {
			kind = f.Kind
		}
		done.Stopped = s.play(ctx, f.From, func(ctx context.Context) (keys.Plan, error) {
			return s.parts.Hooks.PrePayment(ctx, s.context(f.Trigger, kind))
		})
	}
	number := s.numbers(ctx)
	if s.parts.Capture != nil && f.Read {
		ctx, cancel := context.WithTimeout(ctx, captureLimit)
		done.Reading = s.read(ctx)
		cancel()
	}
	done.Locked = s.parts.Witness != nil && s.parts.Witness.Left() > 0
	s.tell(done)
	if number != nil {
		s.tell(Numbered{Turn: f.Turn, Serial: number()})
	}
}

// numbers begins to read the POS's number of the sale, and gives what waits for it; nil where it is not read.
// In a simulation, where one thing happens at a time, it is read when it is waited for.
func (s *Station) numbers(ctx context.Context) (wait func() string) {
	switch {
	case !s.parts.Rules.Serial:
		return nil
	case s.spawn != nil:
		return func() string { return s.serial(ctx) }
	}
	read := make(chan string, 1)
	go func() { read <- s.serial(ctx) }()
	return func() string { return <-read }
}

// weigh waits for the second opinion: first as long as payment without Enter may wait for it, then as long
// as it can still keep the cashier from a mistake.
func (s *Station) weigh(ctx context.Context, f Weigh) Opined {
	limit := opinionLimit
	if f.Reading.Opinion == capture.Late {
		limit = vetoLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r := s.parts.Capture.Opinion(ctx, f.Reading)
	if r.Opinion == capture.Vetoed {
		s.parts.Teller.Log.Warn("second opinion", "first", r.Against[0].Amount, "second", r.Against[1].Amount)
	}
	return Opined{Turn: f.Turn, Look: f.Look, Reading: r}
}

// serial reads the POS's number of the sale; empty when it cannot be read.
func (s *Station) serial(ctx context.Context) string {
	if s.parts.Capture == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, captureLimit)
	defer cancel()
	serial, err := s.parts.Capture.Serial(ctx)
	if err != nil {
		s.parts.Teller.Log.Info("serial number not read", "error", err)
	}
	return serial
}

// corrected tells, before money moves, that a reading that was sure was wrong. Not being able to keep that
// must not hold up the sale; it is in the log.
func (s *Station) corrected(f Pay) {
	w, r := s.parts.Witness, f.Reading
	if w == nil || !r.Sure || r.Amount == f.Charge.Amount {
		return
	}
	s.parts.Teller.Log.Warn("reading corrected", "read", r.Amount, "charged", f.Charge.Amount, "by", r.By, "text", r.Text)
	if err := w.Corrected(r, f.Charge.Amount); err != nil {
		s.parts.Teller.Log.Error("keep correction", "error", err)
	}
}

// keep keeps what was read with the order that was charged.
func (s *Station) keep(f Pay, row ledger.OrderRow) {
	w, r := s.parts.Witness, f.Reading
	if c, remembers := s.parts.Capture.(Spender); remembers && row.Outcome.Status == pay.Paid {
		c.Spent(r)
	}
	if w == nil || row.Order.ID == "" || r.Crop == nil && len(r.Sources) == 0 {
		return
	}
	confirmed := f.Entered && r.Sure && r.Amount == f.Charge.Amount && f.Charge.Source == SourceScreen && row.Outcome.Status == pay.Paid
	if err := w.Charged(row.Order.ID, r, confirmed); err != nil {
		s.parts.Teller.Log.Error("keep reading", "order", row.Order.ID, "error", err)
	}
}

func (s *Station) read(ctx context.Context) capture.Reading {
	r, err := s.parts.Capture.Amount(ctx)
	if err != nil {
		s.parts.Teller.Log.Warn("read amount", "error", err)
		r.Sure = false
	}
	return r
}

func (s *Station) same(ctx context.Context, r capture.Reading) bool {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	same, err := s.parts.Capture.Same(ctx, r)
	if err != nil {
		s.parts.Teller.Log.Warn("read amount again", "error", err)
	}
	return same && err == nil
}

// stillShows says that the POS shows the sale of an order: the same amount, and the same number of its own
// where the order has one.
func (s *Station) stillShows(ctx context.Context, o pay.Order) bool {
	if s.parts.Capture == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, captureLimit)
	defer cancel()
	if r := s.read(ctx); !r.Sure || r.Amount != o.Amount {
		return false
	}
	if o.Serial == "" {
		return true
	}
	serial, err := s.parts.Capture.Serial(ctx)
	return err == nil && serial == o.Serial
}

// play gets a plan from a hook and plays it. A hook or a plan that fails never blocks money: the sale
// goes on, and the cashier is told what to press. A plan that goes on is asked for again: the same hook gives the
// same plan for the same sale.
func (s *Station) play(ctx context.Context, from keys.Mark, hook func(context.Context) (keys.Plan, error)) *Stop {
	limited, cancel := context.WithTimeout(ctx, hookLimit)
	plan, err := hook(limited)
	cancel()
	if err != nil {
		s.parts.Teller.Log.Warn("hook", "error", err)
		return &Stop{Note: words.T("station.script.failed"), Step: words.T("station.script.failed.step")}
	}
	if len(plan) == 0 {
		return nil
	}
	if from.IsZero() {
		err = s.parts.Play(ctx, plan)
	} else {
		err = s.parts.Resume(ctx, plan, from)
	}
	if err == nil {
		return nil
	}
	s.parts.Teller.Log.Warn("play plan", "error", err)
	stop := &Stop{Note: words.T("station.plan.stopped"), Step: words.T("station.plan.stopped.step")}
	var at *keys.StepError
	if errors.As(err, &at) {
		stop.Note = words.T(keys.Why(at.Err))
		if at.Several() {
			stop.Note = stop.Note.And(words.T("keys.until", "step", at.Until.Number, "count", at.Until.Sent))
		}
		stop.Step = words.T("keys.stopped_at", "step", at.Number).And(StepText(at.Step.Describe()))
		if s.parts.Resume != nil && !errors.Is(err, keys.ErrPlan) {
			stop.At = at.Mark()
		}
	}
	return stop
}

// StepText says a step of a plan, and what it asks of the screen.
func StepText(line keys.Line) words.Text {
	said := words.T(line.Key, line.Args...)
	for _, ask := range line.Asks {
		said = said.And(words.T(ask.Key, ask.Args...))
	}
	return said
}

func (s *Station) charge(ctx context.Context, f Pay) Charged {
	row, err := s.parts.Teller.Charge(ctx, f.Charge, func(o pay.Outcome) {
		s.tell(Progressed{Turn: f.Turn, Outcome: o})
	})
	done := Charged{Turn: f.Turn, Row: row}
	done.Halted, done.Since = s.halted(ctx)
	if err != nil {
		s.parts.Teller.Log.Error("charge", "error", err)
		done.Refused = refusal(err)
		if errors.Is(err, ErrTwice) {
			done.Twin = done.Refused
		}
	}
	return done
}

// refusal is the sentence for a charge that sent nothing.
func refusal(err error) words.Text {
	var p *words.Problem
	switch {
	case errors.As(err, &p):
		return p.What
	case errors.Is(err, ledger.ErrHalted):
		return words.T("station.halted")
	}
	return words.T("station.not_written", "why", err)
}

// halted gives what stops the till, and since when. There is something even where the book does not say what.
func (s *Station) halted(ctx context.Context) ([]ledger.Difference, time.Time) {
	h, closed, err := s.parts.Teller.Book.Halted(context.WithoutCancel(ctx))
	switch {
	case err != nil:
		s.parts.Teller.Log.Error("read halt latch", "error", err)
		return nil, time.Time{}
	case !closed:
		return nil, time.Time{}
	case len(h.Differences) == 0:
		return []ledger.Difference{{}}, h.At
	}
	return h.Differences, h.At
}

// finish presses the keys after payment. It is called once per verified success that is on disk.
func (s *Station) finish(ctx context.Context, f Finish) *Stop {
	o := f.Row.Order
	stop := s.play(ctx, f.From, func(ctx context.Context) (keys.Plan, error) {
		return s.parts.Hooks.PostPayment(ctx, s.contextOf(f.Trigger, o), s.result(f.Row))
	})
	if err := s.parts.Teller.Points.Hit(fault.Played); err != nil {
		s.parts.Teller.Log.Warn("after the keys", "error", err)
	}
	return stop
}

// PrintPayment prints the copies of a payment's slip that came through a command; the engine's owner calls
// it. A slip for a customer who has left is not printed by itself.
func (s *Station) PrintPayment(ctx context.Context, row ledger.OrderRow) {
	s.printPayment(ctx, row, false)
}

// printPayment prints the copies of a payment's slip, with time between them to tear the paper. Whether its
// customer has left is judged by the wall clock, unless it is certain that he is here.
func (s *Station) printPayment(ctx context.Context, row ledger.OrderRow, here bool) {
	rules, t := s.parts.Rules, s.parts.Teller
	left := !here && rules.StaleAfter > 0 && t.Clock.Now().Sub(row.Order.At) > rules.StaleAfter
	if s.parts.Slips == nil || left {
		return
	}
	for copy := 1; copy <= rules.Copies.Payment; copy++ {
		if copy > 1 && t.Clock.Sleep(ctx, rules.CopyGap) != nil {
			return
		}
		slip, err := s.slip(ctx, script.Document{Order: row.Order, Out: row.Outcome, Copy: copy}, s.parts.Hooks.Receipt)
		if err != nil {
			t.Log.Error("receipt hook", "error", err)
			s.tell(SlipFailed{Number: row.Order.ID})
			return
		}
		s.print(ctx, SlipJob{Number: row.Order.ID, Kind: SlipPayment, Copy: copy, Slip: slip})
	}
}

// PrintRefund prints the copies of a refund's slip. Refunds come through commands, not through the
// machine; the engine's owner calls this once the refund is accepted.
func (s *Station) PrintRefund(ctx context.Context, row ledger.OrderRow, r ledger.RefundRow) {
	if s.parts.Slips == nil {
		return
	}
	for copy := 1; copy <= s.parts.Rules.Copies.Refund; copy++ {
		if copy > 1 && s.parts.Teller.Clock.Sleep(ctx, s.parts.Rules.CopyGap) != nil {
			return
		}
		d := script.Document{Order: row.Order, Out: row.Outcome, Refund: &r.Refund, Copy: copy}
		slip, err := s.slip(ctx, d, s.parts.Hooks.RefundReceipt)
		if err != nil {
			s.parts.Teller.Log.Error("receipt hook", "error", err)
			s.tell(SlipFailed{Number: r.Refund.ID})
			return
		}
		s.print(ctx, SlipJob{Number: r.Refund.ID, Kind: SlipRefund, Copy: copy, Slip: slip})
	}
}

func (s *Station) slip(ctx context.Context, d script.Document, hook func(context.Context, script.Document) (receipt.Slip, error)) (receipt.Slip, error) {
	till := s.parts.Teller.Till
	d.Store, d.Device, d.Clerk = till.Store, till.Device, s.parts.Teller.Clerk()
	ctx, cancel := context.WithTimeout(ctx, hookLimit)
	defer cancel()
	return hook(ctx, d)
}

// print hands one copy to the printer's queue and waits for its word, which becomes a fact. The queue has
// its own time limit.
func (s *Station) print(ctx context.Context, j SlipJob) {
	t := s.parts.Teller
	if t.Points.Hit(fault.Printed) != nil {
		return
	}
	// Written down before it is on paper: after a power cut the copy's fate is unknown, and it is not printed
	// a second time without a person's word.
	if err := t.Book.Slip(context.WithoutCancel(ctx), j.Number, j.Kind, j.Copy, receipt.ProofUnknown.String(), ""); err != nil {
		t.Log.Error("record slip", "error", err)
		s.tell(SlipFailed{Number: j.Number})
		return
	}
	type word struct {
		proof receipt.Proof
		err   error
	}
	answered := make(chan word, 1)
	if err := s.parts.Slips.Print(j, func(p receipt.Proof, err error) { answered <- word{p, err} }); err != nil {
		answered <- word{receipt.ProofNone, err}
	}
	w := <-answered
	cause := ""
	if w.err != nil {
		cause = w.err.Error()
	}
	if err := t.Book.Slip(context.WithoutCancel(ctx), j.Number, j.Kind, j.Copy, w.proof.String(), cause); err != nil {
		t.Log.Error("record slip", "error", err)
	}
	if w.err != nil || w.proof <= receipt.ProofNone {
		t.Log.Warn("print slip", "number", j.Number, "proof", w.proof, "error", w.err)
		s.tell(SlipFailed{Number: j.Number})
	}
}
