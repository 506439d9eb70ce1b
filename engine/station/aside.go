package station

import (
	"slices"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// Aside is a sale whose customer was slow with the password: its payment goes on, the till serves others.
type Aside struct {
	Turn uint64
	owed
}

// owed is what is remembered of a sale whose keys after payment are still to be pressed.
type owed struct {
	Trigger string
	Sale    uint64 // of State.Sales
}

// late is a sale that ended as not known while the cashier watched; its keys after payment are still owed.
type late struct {
	order string
	owed
}

// News is something about another sale that the cashier is told as soon as the till is idle.
type News struct {
	Text  words.Text
	Step  words.Text
	Stays bool // until the cashier has put it away
	// Row is a payment that ended late. Its keys are owed where a trigger is set: nobody can have pressed them,
	// for this process has followed the sale. They are pressed only if the POS still shows it.
	Row ledger.OrderRow
	owed
}

// mostLate bounds how many owed keys are remembered: by then the POS has long gone on.
const mostLate = 32

// waited moves a sale aside whose customer is still at the password page, so that the next one can pay.
func (s State) waited() (State, []Effect) {
	if s.Mode != Paying || s.Pending.Status != pay.Pending {
		return s, nil
	}
	s.Asides = append(slices.Clip(s.Asides), Aside{s.Turn, s.owing()})
	return s.tell(words.T("station.aside", "amount", s.Amount)).rest()
}

// owing is what is owed for the sale in hand.
func (s State) owing() owed { return owed{s.Trigger, s.Sales} }

// aside gives the place of a sale that was moved aside, or -1.
func (s State) aside(turn uint64) int {
	return slices.IndexFunc(s.Asides, func(a Aside) bool { return a.Turn == turn })
}

// chargedAside ends the payment of a sale that was moved aside.
func (s State) chargedAside(at int, e Charged) (State, []Effect) {
	a := s.Asides[at]
	s.Asides = slices.Delete(slices.Clone(s.Asides), at, at+1)
	if len(e.Halted) > 0 {
		s.Halted, s.Since = e.Halted, e.Since
	}
	row := e.Row
	if row.Order.ID == "" {
		return s.told(News{Text: e.Refused})
	}
	if row.Outcome.Status.Final() {
		return s.lateNews(row, a.owed, true)
	}
	s = s.owe(row, a.owed)
	return s.told(News{Text: words.T("station.unresolved", "number", row.Order.ID)})
}

// owe remembers that the keys after payment of an order are owed should it turn out to be paid.
func (s State) owe(row ledger.OrderRow, o owed) State {
	s.Late = append(slices.Clip(s.Late), late{row.Order.ID, o})
	if len(s.Late) > mostLate {
		s.Late = s.Late[1:]
	}
	return s
}

// lateNews tells of the end of a sale that is no longer on the window. The slip comes out at once. here says
// that its customer was asked to wait.
func (s State) lateNews(row ledger.OrderRow, keys owed, here bool) (State, []Effect) {
	o := row.Order
	if !succeeded(row) {
		return s.told(News{Text: words.T("station.late.closed", "number", o.ID, "amount", o.Amount)})
	}
	s, more := s.told(News{Text: words.T("station.late.paid", "number", o.ID, "amount", o.Amount), Row: row, owed: keys})
	return s, append([]Effect{Print{Row: row, Here: here}}, more...)
}

// succeeded says that a row is a payment to be keyed and printed: paid by the service's own word, and not
// given back meanwhile.
func succeeded(row ledger.OrderRow) bool {
	return row.Done() && row.Outcome.Status == pay.Paid && row.Outcome.Why != pay.WhyTurnedRefund
}

// showNews shows the oldest news. Where keys are owed the POS is looked at first.
func (s State) showNews() (State, []Effect) {
	n := s.Waiting[0]
	s.Waiting = s.Waiting[1:]
	s.Turn++
	s.Mode, s.Show, s.Note, s.Step, s.Stays, s.Played = Showing, ShowNotice, n.Text, n.Step, n.Stays, true
	if n.Trigger == "" {
		return s, []Effect{Wait{Turn: s.Turn}}
	}
	s.Row, s.Show, s.Trigger = n.Row, ShowPaid, n.Trigger
	if n.Row.Order.Serial == "" && n.Sale != s.Sales {
		return s.byHand(), nil // another sale was begun, and an amount alone does not tell the two apart
	}
	return s.lookAgain()
}

// lookAgain looks whether the POS still shows the sale of a late success.
func (s State) lookAgain() (State, []Effect) {
	s.Played = false
	return s, []Effect{Recheck{Turn: s.Turn, Row: s.Row}}
}

// rechecked presses the keys of a late success where the POS still shows its sale, else says what to press.
func (s State) rechecked(e Rechecked) (State, []Effect) {
	if s.Mode != Showing || s.Played {
		return s, nil
	}
	if !e.Same {
		s.Played = true
		return s.byHand(), nil
	}
	return s, []Effect{Finish{Turn: s.Turn, Trigger: s.Trigger, Row: s.Row}}
}

// byHand tells the cashier to finish a paid sale on the POS.
func (s State) byHand() State {
	s.Step, s.Seen = words.T("station.late.step", "amount", s.Row.Order.Amount), false
	return s
}

// refundEnded tells of a refund that did not reach the customer, and what the merchant has to do.
func (s State) refundEnded(r ledger.RefundRow) (State, []Effect) {
	n := News{Stays: true, Text: words.T("station.refund.failed", "number", r.Refund.ID, "amount", r.Refund.Amount),
		Step: words.T("station.refund.failed.step")}
	if r.Outcome.Status == pay.RefundManual {
		n.Text = words.T("station.refund.manual", "number", r.Refund.ID, "amount", r.Refund.Amount)
		n.Step = words.T("station.refund.manual.step", "amount", r.Refund.Amount)
	}
	return s.told(n)
}
