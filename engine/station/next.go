package station

import (
	"slices"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// Sources of an amount, as the book records them.
const (
	SourceScreen = "screen"
	SourceManual = "manual"
)

// Triggers of a sale, as hooks see them.
const (
	TriggerScan   = "scan"
	TriggerHotkey = "hotkey"
)

// Next is the whole behaviour of the till: what one event makes of a state, and what has to be done. It
// knows no clock, screen or network.
func Next(s State, e Event) (State, []Effect) {
	switch e := e.(type) {
	case Opened:
		return s.opened(e)
	case Scanned:
		return s.scanned(e.Code)
	case Pressed:
		return s.pressed(e.Kind)
	case Asked:
		return s.asked()
	case ClerkAsked:
		return s.clerkAsked()
	case Covering:
		s.Covered = e.Covers
		if e.Covers && s.Mode == Counting {
			s.Mode = Asking
		}
		return s, nil
	case Settled:
		return s.settled(e)
	case RefundEnded:
		return s.refundEnded(e.Row)
	case Differed:
		news := !slices.Equal(s.Halted, e.Halted)
		s.Halted, s.Since = e.Halted, e.Since
		if news && s.Mode == Idle {
			return s.showHalted(), nil
		}
		return s, nil
	case Refunded:
		return s.refunded(e.Back)
	case SlipFailed:
		return s.told(News{Text: words.T("station.slip.failed", "number", e.Number)})
	case Charged:
		if at := s.aside(e.Turn); at >= 0 {
			return s.chargedAside(at, e)
		}
	}
	if turnOf(e) != s.Turn {
		return s, nil
	}
	return s.inTurn(e)
}

func turnOf(e Event) uint64 {
	switch e := e.(type) {
	case Entered:
		return e.Turn
	case Cancelled:
		return e.Turn
	case Edited:
		return e.Turn
	case CodeTyped:
		return e.Turn
	case Remarked:
		return e.Turn
	case Resumed:
		return e.Turn
	case ClerkNamed:
		return e.Turn
	case SignedOn:
		return e.Turn
	case Prepared:
		return e.Turn
	case Opined:
		return e.Turn
	case Numbered:
		return e.Turn
	case CountedDown:
		return e.Turn
	case Checked:
		return e.Turn
	case Progressed:
		return e.Turn
	case Charged:
		return e.Turn
	case Waited:
		return e.Turn
	case Rechecked:
		return e.Turn
	case Finished:
		return e.Turn
	case LongEnough:
		return e.Turn
	}
	return 0
}

// inTurn takes what belongs to the sale in hand.
func (s State) inTurn(e Event) (State, []Effect) {
	switch e := e.(type) {
	case Entered:
		return s.entered(e.Amount)
	case Cancelled:
		return s.cancelled()
	case Edited:
		return s.edited(e.Amount), nil
	case CodeTyped:
		return s.codeTyped(e.Code)
	case Remarked:
		if s.open() {
			s.Remark = e.Text
		}
	case Resumed:
		return s.resumed()
	case ClerkNamed:
		return s.clerkNamed(e.Clerk)
	case SignedOn:
		return s.signedOn(e)
	case Prepared:
		return s.prepared(e)
	case Opined:
		return s.opined(e)
	case Numbered:
		return s.numbered(e.Serial)
	case CountedDown:
		return s.countedDown()
	case Checked:
		return s.checked(e.Same)
	case Progressed:
		return s.progressed(e.Outcome)
	case Waited:
		return s.waited()
	case Rechecked:
		return s.rechecked(e)
	case Charged:
		return s.charged(e)
	case Finished:
		return s.finished(e)
	case LongEnough:
		return s.seen()
	}
	return s, nil
}

func (s State) opened(e Opened) (State, []Effect) {
	if s.Mode != Opening {
		return s, nil
	}
	if len(e.Halted) > 0 {
		s.Halted, s.Since = e.Halted, e.Since
	}
	s.Mode = Idle
	if len(s.Halted) > 0 {
		return s.showHalted(), nil
	}
	return s.rest()
}

// scanned starts a sale, or adds the code to the one in hand.
func (s State) scanned(c pay.Code) (State, []Effect) {
	if c.Kind() == pay.KindOrder {
		return s.told(News{Text: words.T("station.scanned.order")})
	}
	if c.Tender() == pay.TenderUnknown {
		return s, nil
	}
	switch s.Mode {
	case Opening:
		s.Note = words.T("station.opening")
		return s, nil
	case Idle:
		if !s.Rules.Scan {
			return s, nil
		}
		return s.begin(TriggerScan, c, pay.TenderUnknown)
	case Typing, WantCode:
		return s.withCode(c)
	case Showing:
		if s.Rules.Scan && !s.sticky() && c != s.Code {
			s.Next = c
			return s.seen()
		}
		return s, nil
	case Paying:
		s.Away = false
	}
	if c != s.Code {
		s.Note = words.T("station.busy")
	}
	return s, nil
}

// pressed is the hot-key: it opens the window, and closes it again.
func (s State) pressed(kind pay.Tender) (State, []Effect) {
	switch s.Mode {
	case Opening:
		return s, nil
	case Idle:
		return s.begin(TriggerHotkey, pay.Code{}, kind)
	case Paying:
		if s.Away {
			s.Away = false
			return s, nil
		}
	}
	return s.cancelled()
}

// begin opens the window at once; the amount follows.
func (s State) begin(trigger string, c pay.Code, kind pay.Tender) (State, []Effect) {
	if len(s.Halted) > 0 {
		return s.showHalted(), nil
	}
	s = s.cleared()
	s.Turn++
	s.Sales++
	s.Mode, s.Trigger, s.Code, s.Kind = Preparing, trigger, c, kind
	read := !s.Rules.Manual && (trigger == TriggerScan || s.Rules.HotkeyReads)
	return s, []Effect{Prepare{Turn: s.Turn, Trigger: trigger, Code: c, Kind: kind, Play: true, Read: read}}
}

// asked shows how the till is, or puts that away.
func (s State) asked() (State, []Effect) {
	switch {
	case s.Mode == Idle && len(s.Halted) > 0:
		return s.showHalted(), nil
	case s.Mode == Idle:
		open := s.Rules.Hotkeys[HotkeyPayment]
		return s.told(News{Text: words.T("station.status", "open", len(s.Asides)+len(s.Late)).And(words.T("station.status.key", "key", open.Label()))})
	case s.Mode == Showing && s.Show == ShowNotice:
		return s.cancelled()
	}
	return s, nil
}

// resumable says that keys which stopped can go on from what is shown now. An amount that the cashier has
// typed meanwhile is not read over.
func (s State) resumable() bool {
	switch s.Mode {
	case Typing, WantCode, Asking:
		return !s.Stuck.IsZero() && (s.Source != SourceManual || s.Amount == 0)
	case Showing:
		return !s.Stuck.IsZero() && s.Played
	}
	return false
}

// resumed lets the keys go on where they stopped.
func (s State) resumed() (State, []Effect) {
	if !s.resumable() {
		return s, nil
	}
	from := s.Stuck
	if s.Mode == Showing {
		return s.playOn(from)
	}
	s.Stuck, s.Note, s.Step = keys.Mark{}, words.Text{}, words.Text{}
	s.Mode = Preparing
	read := !s.Rules.Manual && (s.Trigger == TriggerScan || s.Rules.HotkeyReads)
	return s, []Effect{Prepare{Turn: s.Turn, Trigger: s.Trigger, Code: s.Code, Kind: s.Kind, Play: true, Read: read, From: from}}
}

// cleared keeps what outlives a sale.
func (s State) cleared() State {
	return State{Rules: s.Rules, Mode: Idle, Turn: s.Turn, Halted: s.Halted, Since: s.Since, Covered: s.Covered,
		Next: s.Next, Waiting: s.Waiting, Asides: s.Asides, Sales: s.Sales, Late: s.Late}
}

func (s State) prepared(e Prepared) (State, []Effect) {
	if s.Mode != Preparing {
		return s, nil
	}
	if s.Closing {
		return s.rest()
	}
	if e.Stopped != nil {
		s.ByHand, s.Note, s.Step, s.Stuck = true, e.Stopped.Note, e.Stopped.Step, e.Stopped.At
	}
	s.Look++
	s.Reading, s.Amount, s.Suggested, s.Locked = e.Reading, e.Reading.Amount, !e.Reading.Sure, e.Locked
	s.Weighing, s.Counted = false, false
	var effects []Effect
	if !e.Reading.Sure || e.Reading.Amount <= 0 {
		s = s.typeAmount()
	} else {
		s.Source, s.Suggested = SourceScreen, false
		s, effects = s.ask()
		if s.Reading.Opinion == capture.Pending {
			s.Weighing = true
			effects = append(effects, Weigh{Turn: s.Turn, Look: s.Look, Reading: s.Reading})
		}
	}
	s.Numbering = s.Rules.Serial
	return s, effects
}

// typeAmount asks for the amount by hand and says why it was not read.
func (s State) typeAmount() State {
	s.Mode, s.Source = Typing, SourceManual
	if s.Note.IsZero() {
		s.Note = unread(s.Reading)
	}
	return s
}

// ask goes on from an amount that stands: to the code if it is missing, else to Enter or the countdown.
func (s State) ask() (State, []Effect) {
	switch {
	case s.Code.IsZero():
		s.Mode = WantCode
		return s, nil
	case s.Rules.Confirm.Auto && s.Source == SourceScreen && !s.ByHand && !s.Covered && s.held() == "":
		s.Mode = Counting
		return s, []Effect{Count{Turn: s.Turn}}
	}
	return s.askByHand(), nil
}

// withCode adds a code to an open sale. A typed amount that stands still wants its Enter.
func (s State) withCode(c pay.Code) (State, []Effect) {
	s.Code = c
	if s.Mode == WantCode {
		return s.ask()
	}
	return s, nil
}

func (s State) codeTyped(c pay.Code) (State, []Effect) {
	if !s.open() {
		return s, nil
	}
	if c.Tender() == pay.TenderUnknown {
		s.Note = words.T("station.not_a_code")
		return s, nil
	}
	s.Code, s.Note = c, words.Text{}
	if s.Mode == Typing {
		return s, nil
	}
	return s.check() // the cashier pressed Enter on the code
}

// edited makes the amount the cashier's own. Touching it ends a countdown.
func (s State) edited(m pay.Money) State {
	if !s.open() || m == s.Amount && s.Mode != Counting {
		return s
	}
	if s.Mode == Counting {
		s.Mode = Asking
	}
	if m != s.Amount {
		s.Amount, s.Source, s.Suggested = m, SourceManual, false
		s.Twin, s.Step = words.Text{}, words.Text{}
	}
	s.ByHand = true
	return s
}

// entered is Enter.
func (s State) entered(m pay.Money) (State, []Effect) {
	if s.Mode == Showing {
		return s.cancelled()
	}
	if !s.open() {
		return s, nil
	}
	if m != 0 {
		s = s.edited(m)
	}
	if s.Code.IsZero() && s.payable() {
		s.Mode, s.Suggested = WantCode, false
		return s, nil
	}
	s.Again = !s.Twin.IsZero()
	return s.check()
}

func (s State) payable() bool { return s.Amount > 0 && s.Amount <= s.Rules.Most }

// check is the last look before money moves.
func (s State) check() (State, []Effect) {
	switch {
	case len(s.Halted) > 0:
		return s.showHalted(), nil
	case s.Amount <= 0:
		s.Note = words.T("station.amount.missing")
		s.Mode = Typing
		return s, nil
	case !s.payable():
		s.Note = words.T("station.amount.too_large", "most", s.Rules.Most)
		s.Mode = Typing
		return s, nil
	case s.Code.IsZero():
		s.Mode = WantCode
		return s, nil
	case s.large() && s.Grand != s.Amount:
		s.ByHand, s.Suggested = true, false
		return s.askByHand(), nil
	case s.Numbering:
		s.Mode, s.Owed = Checking, true
		return s, nil
	case s.Source == SourceScreen && !s.Covered:
		s.Mode = Checking
		return s, []Effect{Check{Turn: s.Turn, Reading: s.Reading}}
	}
	return s.pay()
}

func (s State) checked(same bool) (State, []Effect) {
	if s.Mode != Checking || s.Owed {
		return s, nil
	}
	if s.Reading.Opinion == capture.Vetoed {
		return s.typeAmount(), nil
	}
	if same {
		return s.pay()
	}
	s.Mode, s.ByHand, s.Twin, s.Again, s.Step, s.Weighing = Preparing, true, words.Text{}, false, words.Text{}, false
	s.Stuck = keys.Mark{}
	s.Note = words.T("station.amount.changed")
	return s, []Effect{Prepare{Turn: s.Turn, Trigger: s.Trigger, Code: s.Code, Read: true}}
}

func (s State) pay() (State, []Effect) {
	if len(s.Halted) > 0 {
		return s.showHalted(), nil
	}
	s.Mode, s.Note, s.Step, s.Suggested, s.Stuck = Paying, words.Text{}, words.Text{}, false, keys.Mark{}
	return s, []Effect{Pay{Turn: s.Turn, Reading: s.Reading, Entered: !s.Counted, Charge: Charge{
		Amount: s.Amount, Code: s.Code, Serial: s.Serial, Remark: s.Remark, Source: s.Source, Again: s.Again,
	}}}
}

// finished says that the keys after payment are done. Where they stopped, the cashier must read what to
// press, so the result stays.
func (s State) finished(e Finished) (State, []Effect) {
	if s.Mode != Showing || s.Played {
		return s, nil
	}
	s.Played = true
	if e.Stopped != nil {
		why := s.Note
		s.Note, s.Step, s.Seen, s.Stuck = e.Stopped.Note, e.Stopped.Step, false, e.Stopped.At
		if s.Show != ShowPaid {
			s.Note, s.Stays = why, true // what became of the money goes before what became of the keys
		}
		return s, nil
	}
	if s.Seen {
		return s.rest()
	}
	return s, nil
}

// seen says that the result stood long enough.
func (s State) seen() (State, []Effect) {
	if s.Mode != Showing || s.sticky() {
		return s, nil
	}
	s.Seen = true
	if !s.Played {
		return s, nil
	}
	return s.rest()
}

// cancelled closes what can be closed. Money under way cannot be called back; its window only moves aside.
func (s State) cancelled() (State, []Effect) {
	switch s.Mode {
	case Preparing:
		s.Closing = true
		return s, nil
	case Typing, WantCode, Asking, Counting:
		return s.rest()
	case Changing:
		if !s.Signing {
			return s.rest()
		}
	case Paying:
		s.Away = s.Pending.Status == pay.Pending
		return s, nil
	case Showing:
		if !s.Played {
			s.Seen = true
			return s, nil
		}
		return s.rest()
	}
	return s, nil
}

// rest ends a sale. What waited for the till to be idle comes first.
func (s State) rest() (State, []Effect) {
	s = s.cleared()
	if len(s.Waiting) > 0 {
		return s.showNews()
	}
	if next := s.Next; !next.IsZero() {
		s.Next = pay.Code{}
		return s.begin(TriggerScan, next, pay.TenderUnknown)
	}
	return s, nil
}

func (s State) showHalted() State {
	s = s.cleared()
	s.Turn++
	s.Next = pay.Code{}
	s.Mode, s.Show, s.Played = Showing, ShowHalted, true
	return s
}
