package station

import (
	"fmt"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/engine/face"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"

	"pgregory.net/rapid"
)

// Whatever happens in whatever order, the machine keeps its promises about money, keys and paper. Cashier,
// customer, service and POS are played by dice; every effect is answered once, at any later time.
func TestNoOrderOfEventsBreaksAPromise(t *testing.T) {
	charges, paid, halts := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			d := newDay(t)
			for range rapid.IntRange(50, 400).Draw(t, "events") {
				d.anything(t)
			}
			d.closingTime(t)
			charges += len(d.charges)
			paid += len(d.finished)
			halts += min(1, len(d.s.Halted))
		}
	})
	if charges < 1000 || paid < 300 || halts < 20 {
		t.Errorf("the dice played %d charges, %d finished sales and %d halted days: too few to mean anything", charges, paid, halts)
	}
}

var (
	aCode    = rapid.SampledFrom([]pay.Code{wechat, wechat, alipay, alipay, codes.Classify("6901234567892"), {}})
	anAmount = rapid.SampledFrom([]pay.Money{1250, 1250, 1, 1250, 0, 500001})
	aStatus  = rapid.SampledFrom([]pay.Status{pay.Paid, pay.Paid, pay.Declined, pay.Closed, pay.Unknown, pay.Pending})
)

// day is a machine, the jobs it has begun, and what has been counted.
type day struct {
	s    State
	jobs []Effect

	charges  map[uint64]int // by turn
	keyed    map[string]int // by order
	doubted  map[uint64]bool
	agreed   map[uint64]bool
	finished map[uint64]bool
	shown    map[uint64]bool // stood long enough, or was dismissed
	paid     map[uint64]bool
	vetoed   map[uint64]bool // the amount that stands
}

func newDay(t *rapid.T) *day {
	rules := SaleRules{
		Scan: true, Codes: codes, Most: 500000, POS: keys.Window{Exe: "pos"}, ResultFor: 2 * time.Second,
		Serial: rapid.Bool().Draw(t, "serial"), Large: rapid.SampledFrom([]pay.Money{0, 1000}).Draw(t, "large"),
		HotkeyReads: rapid.Bool().Draw(t, "hot-key reads"), Manual: rapid.Bool().Draw(t, "manual"),
		Confirm: Confirm{Auto: rapid.Bool().Draw(t, "auto")}, Aside: rapid.SampledFrom([]time.Duration{0, 20 * time.Second}).Draw(t, "aside"),
	}
	d := &day{s: State{Rules: rules}, charges: map[uint64]int{}, keyed: map[string]int{}, doubted: map[uint64]bool{}, agreed: map[uint64]bool{},
		finished: map[uint64]bool{}, shown: map[uint64]bool{}, paid: map[uint64]bool{}, vetoed: map[uint64]bool{}}
	d.happens(t, Opened{})
	return d
}

// anything lets one thing happen. What moves a sale on is likelier than what comes between; the dice
// favour low numbers.
func (d *day) anything(t *rapid.T) {
	switch rapid.IntRange(0, 40).Draw(t, "what") {
	default:
		d.jobEnds(t)
	case 2, 12, 22, 32:
		d.happens(t, Scanned{aCode.Draw(t, "code")})
	case 3, 13, 23, 33:
		d.happens(t, Entered{d.anyTurn(t), rapid.SampledFrom([]pay.Money{0, 0, 0, 1250, 500001}).Draw(t, "amount")})
	case 15:
		d.happens(t, Edited{d.anyTurn(t), anAmount.Draw(t, "amount")})
	case 16:
		d.happens(t, Pressed{})
	case 17:
		d.happens(t, Cancelled{Turn: d.anyTurn(t)})
	case 18:
		d.happens(t, CodeTyped{d.anyTurn(t), aCode.Draw(t, "code")})
	case 19, 20:
		d.progress(t)
	case 21:
		d.happens(t, Remarked{d.anyTurn(t), "no bag"})
	case 24:
		d.happens(t, Covering{rapid.Bool().Draw(t, "covers")})
	case 25:
		d.happens(t, SlipFailed{"N1"})
	case 26:
		id := "OLD"
		if n := len(d.s.Late); n > 0 {
			id = d.s.Late[rapid.IntRange(0, n-1).Draw(t, "which")].order
		}
		d.happens(t, Settled{d.row(t, id)})
	case 27:
		d.difference(t)
	case 28:
		d.happens(t, RefundEnded{ledger.RefundRow{Refund: pay.Refund{ID: "R1", Amount: 5},
			Outcome: pay.RefundOutcome{Status: rapid.SampledFrom([]pay.RefundStatus{pay.RefundManual, pay.RefundFailed}).Draw(t, "ended")}}})
	}
}

func (d *day) anyTurn(t *rapid.T) uint64 {
	if d.s.Turn > 0 && rapid.IntRange(0, 9).Draw(t, "late") == 9 {
		return d.s.Turn - 1
	}
	return d.s.Turn
}

func (d *day) difference(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "rare") == 9 {
		d.happens(t, Differed{Halted: []ledger.Difference{{Code: ledger.MissingHere, Number: "X"}}})
	}
}

func (d *day) progress(t *rapid.T) {
	for _, j := range d.jobs {
		if p, ok := j.(Pay); ok {
			d.happens(t, Progressed{p.Turn, pay.Outcome{Status: pay.Pending}})
		}
	}
}

func (d *day) row(t *rapid.T, id string) ledger.OrderRow {
	return ledger.OrderRow{Order: pay.Order{ID: id, Amount: 1250, Tender: pay.WeChat},
		Outcome: pay.Outcome{Status: aStatus.Draw(t, "status")}}
}

// jobEnds answers one of the effects.
func (d *day) jobEnds(t *rapid.T) {
	if len(d.jobs) == 0 {
		return
	}
	i := rapid.IntRange(0, len(d.jobs)-1).Draw(t, "which")
	j := d.jobs[i]
	d.jobs = append(d.jobs[:i:i], d.jobs[i+1:]...)
	var stop *Stop
	if rapid.IntRange(0, 4).Draw(t, "stops") == 4 {
		stop = &Stop{Note: words.T("station.plan.stopped")}
	}
	switch j := j.(type) {
	case Prepare:
		r := capture.Reading{Amount: anAmount.Draw(t, "read"), Sure: j.Read && rapid.Bool().Draw(t, "sure")}
		if r.Sure {
			r.Opinion = rapid.SampledFrom([]capture.Opinion{capture.NoOpinion, capture.Pending, capture.Confirmed}).Draw(t, "opinion")
			r.Hold = rapid.SampledFrom([]capture.Reason{"", "", "", capture.OneSource}).Draw(t, "hold")
		}
		d.happens(t, Prepared{Turn: j.Turn, Reading: r, Stopped: stop, Locked: rapid.IntRange(0, 9).Draw(t, "locked") == 9})
		if d.s.Numbering {
			d.jobs = append(d.jobs, numbering{j.Turn})
		}
	case numbering:
		d.happens(t, Numbered{j.turn, rapid.SampledFrom([]string{"", "7"}).Draw(t, "serial")})
	case Weigh:
		d.happens(t, d.opined(t, j))
	case Count:
		d.happens(t, CountedDown(j))
	case Check:
		d.happens(t, Checked{j.Turn, rapid.Bool().Draw(t, "same")})
	case Pay:
		d.happens(t, d.charged(t, j))
	case Bear:
		d.happens(t, Waited(j))
	case Recheck:
		d.happens(t, Rechecked{j.Turn, rapid.Bool().Draw(t, "same")})
	case Finish:
		d.finished[j.Turn] = true
		d.happens(t, Finished{j.Turn, stop})
	case Wait:
		d.happens(t, LongEnough(j))
	}
}

// numbering is what is left of Prepare while the POS's number is being read.
type numbering struct{ turn uint64 }

func (numbering) effect() {}

func (d *day) opined(t *rapid.T, j Weigh) Opined {
	r := j.Reading
	r.Opinion = rapid.SampledFrom([]capture.Opinion{capture.Confirmed, capture.Mute, capture.Late, capture.Vetoed}).Draw(t, "opinion")
	switch r.Opinion {
	case capture.Late:
		r.Hold = capture.NoSecond
	case capture.Vetoed:
		r.Amount, r.Sure, r.Why = 0, false, capture.Disagree
		if j.Turn == d.s.Turn && j.Look == d.s.Look {
			d.vetoed[j.Turn] = true
		}
	}
	return Opined{j.Turn, j.Look, r}
}

func (d *day) charged(t *rapid.T, j Pay) Charged {
	c := Charged{Turn: j.Turn, Row: d.row(t, fmt.Sprint("N", j.Turn))}
	switch rapid.IntRange(0, 6).Draw(t, "refused") {
	case 5:
		c.Row, c.Refused = ledger.OrderRow{}, words.T("station.halted")
	case 6:
		c.Row, c.Refused = ledger.OrderRow{}, words.T("teller.twice.hint")
		if !j.Charge.Again && d.s.aside(j.Turn) < 0 {
			c.Twin = c.Refused
		}
	}
	return c
}

// happens lets the machine have an event and looks whether what it made of it is allowed.
func (d *day) happens(t *rapid.T, e Event) {
	was := d.s
	next, effects := Next(was, e)
	d.s = next
	d.note(was, e)
	if next.Turn < was.Turn {
		t.Fatalf("turn %d after %d", next.Turn, was.Turn)
	}
	for _, f := range effects {
		d.allowed(t, was, e, f)
		d.jobs = append(d.jobs, f)
	}
	d.keysAndPaper(t, was, e, effects)
	d.rests(t, was)
	d.looks(t)
}

// note keeps what the cashier has said and seen.
func (d *day) note(was State, e Event) {
	switch e := e.(type) {
	case Prepared:
		d.vetoed[e.Turn] = false
	case Entered:
		d.agreed[e.Turn] = true
	case CodeTyped:
		d.agreed[e.Turn] = true
	case LongEnough:
		d.shown[e.Turn] = true
	case Cancelled:
		d.shown[e.Turn] = true
	case Pressed, Scanned:
		d.shown[was.Turn] = true
	case Charged:
		if was.aside(e.Turn) < 0 {
			d.paid[e.Turn] = e.Refused.IsZero() && e.Row.Outcome.Status == pay.Paid
		}
		if !e.Twin.IsZero() { // nothing was sent
			d.charges[e.Turn]--
			d.doubted[e.Turn], d.agreed[e.Turn] = true, false
		}
	}
	if e, ok := e.(Entered); ok {
		d.shown[e.Turn] = true
	}
}

func (d *day) allowed(t *rapid.T, was State, e Event, f Effect) {
	switch f := f.(type) {
	case Prepare:
		for _, j := range d.jobs {
			switch j.(type) {
			case Finish, Prepare, Recheck:
				t.Fatalf("keys of a new sale while %T is still at work", j)
			}
		}
	case Pay:
		d.charges[f.Turn]++
		c := f.Charge
		look, looked := e.(Checked)
		switch {
		case d.charges[f.Turn] > 1:
			t.Fatalf("two charges in turn %d", f.Turn)
		case len(was.Halted) > 0 || len(d.s.Halted) > 0:
			t.Fatal("charged while halted")
		case c.Again && !(d.doubted[f.Turn] && d.agreed[f.Turn]):
			t.Fatal("charged again without being asked")
		case c.Amount <= 0 || c.Amount > was.Rules.Most:
			t.Fatalf("charged %v", c.Amount)
		case c.Code.Tender() == pay.TenderUnknown:
			t.Fatal("charged without a payment code")
		case c.Source == SourceScreen && !(looked && look.Same) && !was.Covered:
			t.Fatal("an amount of the screen was not looked at again")
		case c.Source == SourceScreen && c.Amount != was.Reading.Amount:
			t.Fatalf("charged %v and read %v", c.Amount, was.Reading.Amount)
		case !d.agreed[f.Turn] && (!was.Rules.Confirm.Auto || c.Source != SourceScreen):
			t.Fatal("charged without Enter")
		case !d.agreed[f.Turn] && (was.Locked || was.Reading.Hold != "" || was.Rules.Large > 0 && c.Amount > was.Rules.Large):
			t.Fatalf("charged %v without Enter, held %q, locked %v", c.Amount, was.Reading.Hold, was.Locked)
		case !d.agreed[f.Turn] && was.Reading.Opinion > capture.Mute || c.Source == SourceScreen && d.vetoed[f.Turn]:
			t.Fatalf("charged an amount of which the second opinion is %v", was.Reading.Opinion)
		case !d.agreed[f.Turn] && was.Reading.Opinion == capture.Pending:
			t.Fatal("the second opinion was not waited for")
		case f.Entered && !d.agreed[f.Turn]:
			t.Fatal("no Enter was pressed")
		}
	}
}

// keysAndPaper holds the effects against the one event that may cause them: a success that is on disk.
func (d *day) keysAndPaper(t *rapid.T, was State, e Event, effects []Effect) {
	finish, print := 0, 0
	for _, f := range effects {
		switch f := f.(type) {
		case Finish:
			finish++
			if d.keyed[f.Row.Order.ID]++; d.keyed[f.Row.Order.ID] > 1 || !succeeded(f.Row) {
				t.Fatalf("keys after payment for %+v, for the %dth time", f.Row, d.keyed[f.Row.Order.ID])
			}
		case Print:
			print++
		}
	}
	wantFinish, wantPrint := 0, 0
	switch e := e.(type) {
	case Charged:
		switch {
		case was.aside(e.Turn) >= 0:
			if succeeded(e.Row) {
				wantPrint = 1
			}
		case d.paid[e.Turn]:
			wantFinish, wantPrint = 1, 1
		}
	case Rechecked:
		if e.Same && e.Turn == was.Turn {
			wantFinish = 1
		}
	case Settled:
		if e.Row.Outcome.Status == pay.Paid {
			wantPrint = 1
		}
	}
	if finish != wantFinish || print != wantPrint {
		t.Fatalf("%T led to %d times the keys after payment and %d slips", e, finish, print)
	}
}

// rests says that the till is idle only when nothing of the sale is under way any more.
func (d *day) rests(t *rapid.T, was State) {
	if d.s.Mode != Idle || was.Mode == Idle || was.Mode == Opening {
		return
	}
	for _, j := range d.jobs {
		switch j := j.(type) {
		case Pay:
			if d.s.aside(j.Turn) < 0 {
				t.Fatalf("idle while %T is at work", j)
			}
		case Prepare, Check, Finish, Recheck:
			t.Fatalf("idle while %T is at work", j)
		}
	}
	if d.paid[was.Turn] && (!d.finished[was.Turn] || !d.shown[was.Turn]) {
		t.Fatal("idle before the result was both keyed and shown")
	}
}

// looks says that the window never claims more than is known.
func (d *day) looks(t *rapid.T) {
	v := View(d.s)
	switch v.Mood {
	case face.Succeeded:
		if d.s.Row.Outcome.Status != pay.Paid {
			t.Fatalf("the window says paid of an order that is %v", d.s.Row.Outcome.Status)
		}
	case face.Asking, face.Counting:
		if len(v.Code) == 0 {
			t.Fatalf("%v without a code", v.Mood)
		}
	case face.Failed:
		if s := d.s.Row.Outcome.Status; d.s.Row.Order.ID != "" && s != pay.Declined && s != pay.Closed {
			t.Fatalf("the window says not paid of an order that is %v", s)
		}
	}
}

// closingTime answers everything and dismisses what stands: the till must come to rest.
func (d *day) closingTime(t *rapid.T) {
	const most = 100
	for range most {
		for len(d.jobs) > 0 {
			d.jobEnds(t)
		}
		if d.s.Mode == Idle {
			return
		}
		d.happens(t, Cancelled{Turn: d.s.Turn})
	}
	t.Fatalf("the till does not come to rest; mode %d", d.s.Mode)
}
