package station

import (
	"time"

	"cpos/engine/face"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// Names under which the window's own keys are armed.
const (
	keyConfirm = "confirm"
	keyCancel  = "cancel"
	keyResume  = "resume"
)

// View gives what the payment window shows of a state.
func View(s State) face.View {
	v := face.View{
		Turn: s.Turn, Mood: mood(s), Amount: s.Amount, Suggested: s.Suggested, Tender: s.Code.Tender(),
		Crop: s.Reading.Crop, Note: s.Note, Step: s.Step, Serial: s.Serial, Remark: s.Remark,
		Banner: s.Rules.Banner, Resumes: s.resumable(),
	}
	if !s.Code.IsZero() {
		v.Code = s.Code.String()
	}
	switch s.Mode {
	case Counting:
		v.Left = delay(s.Rules.Confirm.After)
	case Showing:
		return result(v, s)
	}
	return v
}

func mood(s State) face.Mood {
	switch s.Mode {
	case Preparing, Checking:
		if s.Closing {
			return face.Hidden
		}
		return face.Reading
	case Typing:
		return face.Typing
	case WantCode:
		return face.WantCode
	case Asking:
		return face.Asking
	case Counting:
		return face.Counting
	case Paying:
		switch {
		case s.Away:
			return face.Hidden
		case s.Pending.Status == pay.Pending:
			return face.Waiting
		}
		return face.Paying
	case Changing:
		return face.Clerk
	case Showing:
		return shownMood(s)
	}
	return face.Hidden
}

func shownMood(s State) face.Mood {
	if s.Seen && !s.sticky() {
		return face.Hidden // dismissed while the keys after payment are still being pressed
	}
	return [...]face.Mood{
		ShowNone: face.Hidden, ShowPaid: face.Succeeded, ShowFailed: face.Failed,
		ShowUnresolved: face.Unresolved, ShowHalted: face.Halted, ShowNotice: face.Notice,
	}[s.Show]
}

// result fills in what stands about a finished sale.
func result(v face.View, s State) face.View {
	if id := s.Row.Order.ID; id != "" {
		v.Order, v.Amount, v.Tender = id, s.Row.Order.Amount, s.Row.Order.Tender
		v.Serial, v.Remark = s.Row.Order.Serial, s.Row.Order.Remark
	}
	switch s.Show {
	case ShowHalted:
		v.Note, v.Step = halted(s), words.T("station.halted.step", "since", shopTime(s.Since), "who", s.Rules.Contact)
	case ShowUnresolved:
		v.Step = words.T("station.unresolved.step")
	}
	return v
}

// china is the time of the shop: one zone without summer time, so that no zone files are needed.
var china = time.FixedZone("CST", 8*60*60)

// shopTime is a moment as the cashier reads it.
func shopTime(at time.Time) string { return at.In(china).Format("01-02 15:04") }

// halted names the first difference; the whole list is for support.
func halted(s State) words.Text {
	if len(s.Halted) == 0 {
		return words.Text{}
	}
	d := s.Halted[0]
	return words.T("difference."+string(d.Code), "number", d.Number, "ours", d.Ours, "theirs", d.Theirs)
}

// armed says what the till listens to in a state. A code is taken from any window while a sale is open:
// it must not end up in the amount box.
func armed(s State) keys.Armed {
	a := keys.Armed{Scan: s.Rules.Scan, When: s.Rules.POS, Hotkeys: s.Rules.Hotkeys, Modal: map[string]keys.Chord{}}
	if s.open() {
		a.Scan, a.When = true, keys.Window{}
	}
	confirm, cancel := keys.Chord{Key: "enter"}, keys.Chord{Key: "esc"}
	switch {
	case s.Mode == Asking || s.Mode == Counting || s.Mode == Showing && s.Played:
		a.Modal[keyConfirm], a.Modal[keyCancel] = confirm, cancel
	case s.Mode == WantCode || s.Mode == Paying && !s.Away && s.Pending.Status == pay.Pending:
		a.Modal[keyCancel] = cancel
	}
	if s.resumable() {
		a.Modal[keyResume] = keys.ResumeChord
	}
	return a
}

// shortest is how long something stands or counts that the profile gives as 0: long enough to be drawn.
const shortest = 100 * time.Millisecond

func delay(d time.Duration) time.Duration { return max(d, shortest) }
