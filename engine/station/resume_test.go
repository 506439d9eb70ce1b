package station

import (
	"testing"
	"time"

	"cpos/engine/face"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// stoppedAt is what a plan leaves that stopped at a step.
func stoppedAt(step int) *Stop {
	return &Stop{Note: words.T("keys.why.not_in_front"), Step: words.T("keys.stopped_at", "step", step), At: keys.Mark{Number: step, Sent: 1}}
}

func armsResume(s State) bool { return armed(s).Modal[keyResume] == keys.ResumeChord }

func TestKeysAfterPaymentGoOnWhereTheyStopped(t *testing.T) {
	s, _ := play(idle(Confirm{}), Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, Entered{Turn: 1}, Checked{1, true},
		Charged{Turn: 1, Row: paidRow(1250)}, LongEnough{1})
	if armsResume(s) {
		t.Error("keys can go on that have not stopped")
	}
	s, _ = play(s, Finished{Turn: 1, Stopped: stoppedAt(4)})
	wantMood(t, s, face.Succeeded)
	if View(s).Step.Key != "keys.stopped_at" || !armsResume(s) {
		t.Fatalf("the cashier is told %v", View(s).Step)
	}
	next, effects := play(s, Resumed{Turn: 1})
	if f, ok := effects[0].(Finish); !ok || f.From != (keys.Mark{Number: 4, Sent: 1}) || f.Row.Order.Amount != 1250 || armsResume(next) {
		t.Fatalf("effects %#v", effects)
	}
	if _, again := play(next, Resumed{Turn: 1}); again != nil {
		t.Error("the same keys went on twice")
	}
	again, _ := play(next, Finished{Turn: 1, Stopped: stoppedAt(6)})
	if !armsResume(again) {
		t.Error("keys that stopped a second time cannot go on")
	}
	done, _ := play(next, Finished{Turn: 1}, LongEnough{1})
	if done.Mode != Idle {
		t.Errorf("after the keys the till is in mode %v", done.Mode)
	}
	if _, effects := play(s, Entered{Turn: 1}, Resumed{Turn: 1}); effects != nil {
		t.Error("keys go on after the cashier has put the window away")
	}
}

func TestKeysBeforePaymentGoOnWhereTheyStopped(t *testing.T) {
	s, _ := play(idle(Confirm{}), Scanned{wechat}, Prepared{Turn: 1, Stopped: stoppedAt(2)})
	wantMood(t, s, face.Typing)
	next, effects := play(s, Resumed{Turn: 1})
	if p, ok := effects[0].(Prepare); !ok || p.From.Number != 2 || !p.Play || !p.Read || p.Code != wechat || next.Mode != Preparing {
		t.Fatalf("effects %#v", effects)
	}
	typed, _ := play(s, Edited{Turn: 1, Amount: 500})
	if _, effects := play(typed, Resumed{Turn: 1}); effects != nil || armsResume(typed) {
		t.Error("keys go on over an amount that the cashier has typed")
	}
	read, _ := play(next, Prepared{Turn: 1, Reading: sure(1250)})
	if wantMood(t, read, face.Asking); armsResume(read) {
		t.Error("keys can go on that have ended")
	}
}

func TestAHotkeyOfOneKindOfPayment(t *testing.T) {
	_, effects := play(idle(Confirm{}), Pressed{Kind: pay.Alipay})
	if p, ok := effects[0].(Prepare); !ok || p.Kind != pay.Alipay || p.Trigger != TriggerHotkey {
		t.Errorf("effects %#v", effects)
	}
}

func TestTheTillSaysHowItIs(t *testing.T) {
	s, _ := play(idle(Confirm{}), Asked{})
	if wantMood(t, s, face.Notice); s.Note.Key != "station.status" {
		t.Errorf("it says %v", s.Note)
	}
	if s, _ = play(s, Asked{}); s.Mode != Idle {
		t.Errorf("asked again it is in mode %v", s.Mode)
	}
	selling, _ := play(idle(Confirm{}), Scanned{wechat})
	if same, effects := play(selling, Asked{}); effects != nil || same.Mode != Preparing {
		t.Error("asking disturbs a sale")
	}
}

func TestAFailurePressesTheKeysOfItsHook(t *testing.T) {
	start := idle(Confirm{})
	start.Rules.Hooks.Failure = true
	paying, _ := play(start, Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, Entered{Turn: 1}, Checked{1, true})
	declined := paidRow(1250)
	declined.Outcome = pay.Outcome{Status: pay.Declined, Why: pay.WhyBalance}
	for name, end := range map[string]Charged{
		"declined":         {Turn: 1, Row: declined},
		"nothing was sent": {Turn: 1, Refused: words.T("station.not_written", "why", "full")},
	} {
		t.Run(name, func(t *testing.T) {
			s, effects := play(paying, end)
			wantMood(t, s, face.Failed)
			if f, ok := effects[0].(Fail); !ok || f.Code != wechat || f.Amount != 1250 || f.Row.Order.ID != end.Row.Order.ID {
				t.Fatalf("effects %#v", effects)
			}
			if s, _ := play(s, LongEnough{1}); s.Mode == Idle {
				t.Error("idle while keys are being pressed")
			}
			if s, _ := play(s, LongEnough{1}, Finished{Turn: 1}); s.Mode != Idle {
				t.Errorf("after the keys the till is in mode %v", s.Mode)
			}
			stuck, _ := play(s, Finished{Turn: 1, Stopped: stoppedAt(2)}, LongEnough{1})
			if v := View(stuck); v.Note.Key == "keys.why.not_in_front" || v.Step.Key != "keys.stopped_at" || !v.Resumes {
				t.Errorf("the cashier is told %v, %v", v.Note, v.Step)
			}
			if _, effects := play(stuck, Resumed{Turn: 1}); len(effects) != 2 || effects[0].(Fail).From.Number != 2 {
				t.Errorf("effects %#v", effects)
			}
		})
	}
	halted := Charged{Turn: 1, Refused: words.T("station.halted"), Halted: []ledger.Difference{{Code: ledger.MissingHere, Number: "X"}}}
	if _, effects := play(paying, halted); len(effects) != 1 {
		t.Errorf("a till that stops does %#v", effects)
	}
}

func TestAnUnknownResultIsMadeHeardOfAnAsideToo(t *testing.T) {
	s := aside(t)
	s.Rules.Hooks.Unknown = true
	row := paidRow(1250)
	row.Outcome = pay.Outcome{Why: pay.WhyNoAnswer}
	_, effects := play(s, Charged{Turn: 1, Row: row})
	if a, ok := effects[0].(Alarm); !ok || a.Row.Order.ID != "N1" || a.Trigger != TriggerScan {
		t.Errorf("effects %#v", effects)
	}
}

func TestAnotherClerkTakesOver(t *testing.T) {
	s, effects := play(idle(Confirm{}), ClerkAsked{})
	if wantMood(t, s, face.Clerk); effects != nil {
		t.Fatalf("effects %#v", effects)
	}
	if put, _ := play(s, ClerkAsked{}); put.Mode != Idle {
		t.Errorf("the hot-key again: mode %v", put.Mode)
	}
	if none, effects := play(s, ClerkNamed{Turn: s.Turn, Clerk: " "}); effects != nil || none.Note.Key != "station.clerk.missing" {
		t.Errorf("no number: %v, effects %#v", none.Note, effects)
	}
	s, effects = play(s, ClerkNamed{Turn: s.Turn, Clerk: " 1002 "})
	if on, ok := effects[0].(SignOn); !ok || on.Clerk != "1002" {
		t.Fatalf("effects %#v", effects)
	}
	if _, again := play(s, ClerkNamed{Turn: s.Turn, Clerk: "1009"}, Cancelled{s.Turn}, Scanned{wechat}); again != nil {
		t.Errorf("while a clerk is looked up: %#v", again)
	}
	refused, _ := play(s, SignedOn{Turn: s.Turn, Clerk: "1002", Refused: words.T("run.clerk.unknown", "clerk", "1002")})
	if wantMood(t, refused, face.Clerk); refused.Note.Key != "run.clerk.unknown" {
		t.Errorf("refused: %v", refused.Note)
	}
	if left, _ := play(refused, Cancelled{refused.Turn}); left.Mode != Idle {
		t.Errorf("after Esc: mode %v", left.Mode)
	}
	s, _ = play(s, SignedOn{Turn: s.Turn, Clerk: "1002"})
	if wantMood(t, s, face.Notice); s.Note.Key != "station.clerk.changed" {
		t.Errorf("told %v", s.Note)
	}
	if s, _ = play(s, LongEnough{s.Turn}); s.Mode != Idle {
		t.Errorf("mode %v", s.Mode)
	}
	selling, _ := play(idle(Confirm{}), Scanned{wechat})
	if same, effects := play(selling, ClerkAsked{}); effects != nil || same.Mode != Preparing {
		t.Error("a sale is disturbed")
	}
}

func TestWhatAStepAsksIsSaidInWords(t *testing.T) {
	due := keys.Predicate{Op: "region_amount", Region: "due", Want: "12.50"}
	serial := keys.Predicate{Op: "region_matches", Region: "serial", Want: "^[0-9]+$"}
	till := keys.Predicate{Op: "window", Window: keys.Window{Title: "till"}}
	picture := keys.Predicate{Op: "image", Want: "done.png"}
	for want, ask := range map[string]keys.Predicate{
		`"due" shows 12.50`: due, `the window till is there`: till, `the picture done.png is to be seen`: picture,
		`"due" shows 12.50 and "serial" reads like ^[0-9]+$`:              {Op: "all_of", Of: []keys.Predicate{due, serial}},
		`it is not so that "due" shows 12.50 or the window till is there`: {Op: "not", Of: []keys.Predicate{{Op: "any_of", Of: []keys.Predicate{due, till}}}},
	} {
		step := keys.Step{Op: keys.OpWaitFor, Until: &ask, For: time.Second}
		if got := StepText(step.Describe()).String(); got != "wait (at most 1s) until "+want {
			t.Errorf("%s", got)
		}
	}
}
