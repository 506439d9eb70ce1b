package station

import (
	"cpos/engine/capture"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// charged shows what became of the money. Only a payment that is on disk as paid presses keys and prints.
func (s State) charged(e Charged) (State, []Effect) {
	if s.Mode != Paying {
		return s, nil
	}
	if !e.Twin.IsZero() && len(e.Halted) == 0 {
		return s.doubt(e.Twin), nil
	}
	s.Mode, s.Row, s.Note, s.Step, s.Away = Showing, e.Row, words.Text{}, words.Text{}, false
	s.Seen, s.Played = false, true
	if len(e.Halted) > 0 {
		s.Halted, s.Since = e.Halted, e.Since
	}
	if !e.Refused.IsZero() {
		s.Show, s.Note = ShowFailed, e.Refused
		if len(e.Halted) > 0 {
			s.Show, s.Note = ShowHalted, words.Text{}
			return s, []Effect{Wait{Turn: s.Turn}}
		}
		return s.fail()
	}
	out := e.Row.Outcome
	switch {
	case succeeded(e.Row):
		s.Show, s.Played = ShowPaid, false
		return s, []Effect{Finish{Turn: s.Turn, Trigger: s.Trigger, Row: e.Row}, Print{Row: e.Row, Here: true}, Wait{Turn: s.Turn}}
	case out.Status.Final():
		s.Show, s.Note = ShowFailed, why(out)
		return s.fail()
	}
	s = s.owe(e.Row, s.owing())
	s.Show, s.Note = ShowUnresolved, words.T("station.unresolved", "number", e.Row.Order.ID)
	return s, s.alarm(e.Row, s.Trigger)
}

// doubt asks whether a sale that looks like an earlier one is another. Nothing was sent, so a veto on its amount
// that came meanwhile goes first.
func (s State) doubt(twin words.Text) State {
	if s.Veto.Opinion == capture.Vetoed {
		s.Reading, s.Veto = s.Veto, capture.Reading{}
		s.Amount, s.ByHand, s.Away, s.Note, s.Step = 0, true, false, words.Text{}, words.Text{}
		return s.typeAmount()
	}
	s.Mode, s.ByHand, s.Twin, s.Again, s.Away = Asking, true, twin, false, false
	s.Note, s.Step = twin, words.T("station.twice.step")
	return s
}

// progressed takes an answer that is not the end. A customer at the password page is given a while.
func (s State) progressed(out pay.Outcome) (State, []Effect) {
	if s.Mode != Paying {
		return s, nil
	}
	before := s.Pending.Status
	s.Pending = out
	if out.Status == pay.Pending && before != pay.Pending && s.Rules.Aside > 0 {
		return s, []Effect{Bear{Turn: s.Turn}}
	}
	return s, nil
}

// why is the sentence for an outcome: the service's own where it has the better one.
func why(o pay.Outcome) words.Text {
	switch {
	case o.Why == pay.WhyNone || o.Why == pay.WhyRefused:
		if o.Text != "" {
			return words.T("station.said", "text", o.Text)
		}
		return words.T("why." + string(pay.WhyRefused))
	}
	return words.T("why." + string(o.Why))
}
