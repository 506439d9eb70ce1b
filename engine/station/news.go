package station

import (
	"slices"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// News is something about another sale that the cashier is told as soon as the till is idle.
type News struct {
	Text  words.Text
	Step  words.Text
	Stays bool // until the cashier has put it away
	// Row is a payment that ended late. Its keys are owed where a trigger is set: nobody can have pressed them,
	// for this process has followed the sale. They are pressed only if the POS still shows it.
	Row ledger.OrderRow
	owed
	Back *Givenback // a refund whose keys are to be pressed
}

// settled tells of an older order's end. If it is the one still shown as not known, the window changes.
func (s State) settled(e Settled) (State, []Effect) {
	if !e.Row.Done() {
		return s, nil
	}
	id, keys := e.Row.Order.ID, owed{}
	if at := slices.IndexFunc(s.Late, func(l late) bool { return l.order == id }); at >= 0 {
		keys = s.Late[at].owed
		s.Late = slices.Delete(slices.Clone(s.Late), at, at+1)
	}
	if s.Mode != Showing || s.Show != ShowUnresolved || s.Row.Order.ID != id {
		return s.lateNews(e.Row, keys, false)
	}
	s.Row, s.Show, s.Note = e.Row, ShowFailed, why(e.Row.Outcome)
	if !succeeded(e.Row) {
		return s, []Effect{Wait{Turn: s.Turn}}
	}
	s.Show, s.Note = ShowPaid, words.T("station.late.paid", "number", id, "amount", e.Row.Order.Amount)
	s, effects := s.lookAgain() // the window stays until the cashier has seen it
	return s, append([]Effect{Print{Row: e.Row}}, effects...)
}

// tell keeps news until the till is idle.
func (s State) tell(t words.Text) State { return s.keep(News{Text: t}) }

func (s State) keep(n News) State {
	const most = 8 // more can be read in the order list
	if len(s.Waiting) < most || n.Row.Order.ID != "" || n.Stays || n.Back != nil {
		s.Waiting = append(slices.Clip(s.Waiting), n)
	}
	return s
}

// told shows news now or as soon as the till is idle.
func (s State) told(n News) (State, []Effect) {
	s = s.keep(n)
	if s.Mode == Idle {
		return s.rest()
	}
	return s, nil
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

// showNews shows the oldest news. Where keys are owed the POS is looked at first.
func (s State) showNews() (State, []Effect) {
	n := s.Waiting[0]
	s.Waiting = s.Waiting[1:]
	s.Turn++
	s.Mode, s.Show, s.Note, s.Step, s.Stays, s.Played = Showing, ShowNotice, n.Text, n.Step, n.Stays, true
	if n.Back != nil {
		return s.returnKeys(*n.Back)
	}
	if n.Trigger == "" {
		return s, []Effect{Wait{Turn: s.Turn}}
	}
	s.Row, s.Show, s.Trigger = n.Row, ShowPaid, n.Trigger
	if n.Row.Order.Serial == "" && n.Sale != s.Sales {
		return s.byHand(), nil // another sale was begun, and an amount alone does not tell the two apart
	}
	return s.lookAgain()
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
