package station

import (
	"slices"
	"strings"

	"cpos/engine/capture"
	"cpos/engine/words"
)

// held says why an amount that was read waits for Enter all the same; empty when nothing stands against
// payment without it.
func (s State) held() capture.Reason {
	switch {
	case s.Reading.Hold != "":
		return s.Reading.Hold
	case s.large():
		return capture.TooLarge
	case s.Locked:
		return capture.Locked
	}
	return ""
}

func (s State) large() bool { return s.Rules.Large > 0 && s.Amount > s.Rules.Large }

// askByHand waits for Enter, and says why where the cashier would not expect to be asked.
func (s State) askByHand() State {
	s.Mode = Asking
	why := s.held()
	if s.large() {
		s.Grand, why = s.Amount, capture.TooLarge // every other reason ends in the same Enter
	}
	switch {
	case !s.Note.IsZero() && why != capture.TooLarge:
	case why == capture.TooLarge:
		s.Note = words.T("capture.above_most", "most", s.Rules.Large)
	case why != "" && s.Rules.Confirm.Auto && s.Source == SourceScreen:
		s.Note = words.T("capture." + string(why))
	}
	return s
}

// countedDown pays what nobody has stopped, once the second opinion on it is there.
func (s State) countedDown() (State, []Effect) {
	if s.Mode != Counting {
		return s, nil
	}
	s.Counted = true
	if s.Weighing {
		return s, nil
	}
	return s.check()
}

// opined takes the second opinion on the amount that stands. A veto takes the amount away as long as no
// money moves; one that is late leaves the sale to Enter, and is still heard when it comes.
func (s State) opined(e Opined) (State, []Effect) {
	if !s.Weighing || e.Look != s.Look {
		return s, nil
	}
	untouched := s.Source == SourceScreen
	switch {
	case e.Reading.Opinion == capture.Vetoed:
		s.Weighing = false
		if untouched && s.Mode == Paying {
			s.Veto = e.Reading
		}
		if !untouched || s.Mode == Paying || s.Mode == Showing {
			return s, nil
		}
		looking := s.Mode == Checking && !s.Owed
		s.Reading, s.Amount, s.Owed, s.Counted, s.Note = e.Reading, 0, false, false, words.Text{}
		if looking { // what the look at the screen says is waited for, lest it answers for a later one
			return s, nil
		}
		return s.typeAmount(), nil
	case e.Reading.Opinion == capture.Late:
		again := s.Reading.Opinion != capture.Late
		s.Weighing, s.Reading = again, e.Reading
		if s.Mode == Counting {
			s.Counted = false
			s = s.askByHand()
		}
		if again {
			return s, []Effect{Weigh{Turn: s.Turn, Look: s.Look, Reading: e.Reading}}
		}
		return s, nil
	}
	s.Weighing, s.Reading = false, e.Reading
	if s.Mode == Counting && s.Counted {
		return s.check()
	}
	return s, nil
}

// numbered takes the POS's number of the sale. A last look that waited for it follows.
func (s State) numbered(serial string) (State, []Effect) {
	if !s.Numbering {
		return s, nil
	}
	s.Numbering = false
	if serial != "" {
		s.Serial = serial
		if s.Rules.Remark && s.Remark == "" {
			s.Remark = serial
		}
	}
	if s.Mode == Checking && s.Owed {
		s.Owed = false
		return s.check()
	}
	return s, nil
}

// unread is the sentence for a reading that gave no amount, or none that is sure. Where two sources told
// different amounts it names both.
func unread(r capture.Reading) words.Text {
	if r.Why == "" {
		return words.Text{}
	}
	if len(r.Against) != 2 {
		return words.T("capture." + string(r.Why))
	}
	two := slices.Clone(r.Against)
	slices.SortStableFunc(two, func(a, b capture.Said) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	key := "capture.disagree." + string(two[0].Kind) + "." + string(two[1].Kind)
	return words.T(key, "first", two[0].Amount, "second", two[1].Amount)
}
