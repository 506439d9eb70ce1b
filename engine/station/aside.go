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
	loud := s.alarm(row, a.Trigger)
	s, effects := s.told(News{Text: words.T("station.unresolved", "number", row.Order.ID)})
	return s, append(loud, effects...)
}

// owe remembers that the keys after payment of an order are owed should it turn out to be paid.
func (s State) owe(row ledger.OrderRow, o owed) State {
	s.Late = append(slices.Clip(s.Late), late{row.Order.ID, o})
	if len(s.Late) > mostLate {
		s.Late = s.Late[1:]
	}
	return s
}

// succeeded says that a row is a payment to be keyed and printed: paid by the service's own word, and not
// given back meanwhile.
func succeeded(row ledger.OrderRow) bool {
	return row.Done() && row.Outcome.Status == pay.Paid && row.Outcome.Why != pay.WhyTurnedRefund
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
