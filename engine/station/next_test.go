package station

import (
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/engine/face"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

var (
	codes  = pay.DefaultCodeRules()
	wechat = codes.Classify("134680423163089456")
	alipay = codes.Classify("2868042316308945")
)

func idle(confirm Confirm) State {
	s, _ := Next(State{Rules: SaleRules{
		Scan: true, Codes: codes, Most: 500000, Confirm: confirm, ResultFor: 2 * time.Second,
		POS: keys.Window{Exe: "pos"},
	}}, Opened{})
	return s
}

func sure(m pay.Money) capture.Reading { return capture.Reading{Amount: m, Sure: true} }

func paidRow(m pay.Money) ledger.OrderRow {
	return ledger.OrderRow{Order: pay.Order{ID: "N1", Amount: m, Tender: pay.WeChat}, Outcome: pay.Outcome{Status: pay.Paid}}
}

// play feeds events and gives the state and the effects of the last one.
func play(s State, events ...Event) (State, []Effect) {
	var effects []Effect
	for _, e := range events {
		s, effects = Next(s, e)
	}
	return s, effects
}

func wantMood(t *testing.T, s State, want face.Mood) {
	t.Helper()
	if got := View(s).Mood; got != want {
		t.Fatalf("window shows %v, want %v (mode %d)", got, want, s.Mode)
	}
}

func TestAScannedSaleFromCodeToIdle(t *testing.T) {
	s, effects := play(idle(Confirm{}), Scanned{wechat})
	wantMood(t, s, face.Reading)
	if p, ok := effects[0].(Prepare); !ok || !p.Play || !p.Read {
		t.Fatalf("first effect %#v", effects[0])
	}
	s.Rules.Serial = true
	s, _ = play(s, Prepared{Turn: 1, Reading: sure(1250)})
	wantMood(t, s, face.Asking)
	if s, effects = play(s, Entered{Turn: 1}); len(effects) != 0 {
		t.Fatalf("did not wait for the POS's number: %#v", effects)
	}
	s, effects = play(s, Numbered{Turn: 1, Serial: "7"})
	if _, ok := effects[0].(Check); !ok {
		t.Fatalf("paid without looking again: %#v", effects)
	}
	s, effects = play(s, Checked{Turn: 1, Same: true})
	if p, ok := effects[0].(Pay); !ok || p.Charge.Amount != 1250 || p.Charge.Serial != "7" || p.Charge.Source != SourceScreen {
		t.Fatalf("charge %#v", effects)
	}
	s, effects = play(s, Charged{Turn: 1, Row: paidRow(1250)})
	wantMood(t, s, face.Succeeded)
	if len(effects) != 3 {
		t.Fatalf("after a success: %#v", effects)
	}
	s, _ = play(s, LongEnough{1})
	if s.Mode == Idle {
		t.Fatal("idle while the keys after payment are still being pressed")
	}
	s, _ = play(s, Finished{Turn: 1})
	if s.Mode != Idle {
		t.Fatalf("mode %d after everything", s.Mode)
	}
}

func TestAnAnswerToAnOlderSaleIsDropped(t *testing.T) {
	s, _ := play(idle(Confirm{}), Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, Cancelled{1}, Scanned{alipay})
	s, effects := play(s, Prepared{Turn: 1, Reading: sure(9900)}, Entered{Turn: 1}, Charged{Turn: 1, Row: paidRow(1250)})
	if s.Mode != Preparing || s.Amount != 0 || effects != nil {
		t.Errorf("mode %d, amount %v, effects %#v", s.Mode, s.Amount, effects)
	}
}

func TestAnAmountThatChangedIsAskedAgainAndNeverPaidByItself(t *testing.T) {
	s, _ := play(idle(Confirm{Auto: true, After: time.Second}), Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, CountedDown{1})
	s, effects := play(s, Checked{Turn: 1, Same: false})
	if p, ok := effects[0].(Prepare); !ok || p.Play || !p.Read {
		t.Fatalf("effects %#v", effects)
	}
	s, effects = play(s, Prepared{Turn: 1, Reading: sure(1300)})
	wantMood(t, s, face.Asking)
	if effects != nil || s.Note.Key != "station.amount.changed" {
		t.Errorf("effects %#v, note %v", effects, s.Note)
	}
}

func TestPaymentWithoutEnter(t *testing.T) {
	auto := Confirm{Auto: true, After: 3 * time.Second}
	counting, _ := play(idle(auto), Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)})
	wantMood(t, counting, face.Counting)
	for name, e := range map[string]Event{
		"the amount is touched":      Edited{Turn: 1, Amount: 1250},
		"the window covers a region": Covering{true},
	} {
		if s, _ := play(counting, e); View(s).Mood != face.Asking {
			t.Errorf("%s: still %v", name, View(s).Mood)
		}
	}
	stopped := Prepared{Turn: 1, Reading: sure(1250), Stopped: &Stop{Note: words.T("station.plan.stopped")}}
	if s, _ := play(idle(auto), Scanned{wechat}, stopped); View(s).Mood != face.Asking {
		t.Errorf("the keys before payment stopped, and the till counts down")
	}
	typed := Prepared{Turn: 1, Reading: capture.Reading{Why: capture.Disagree, Amount: 1250}}
	if s, _ := play(idle(auto), Scanned{wechat}, typed); View(s).Mood != face.Typing || !View(s).Suggested {
		t.Errorf("an unsure amount: %v", View(s).Mood)
	}
}

func TestHaltIsALatchBesideTheMode(t *testing.T) {
	halt := Differed{Halted: []ledger.Difference{{Code: ledger.MissingHere, Number: "X"}}}
	s, _ := play(idle(Confirm{}), Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, Entered{Turn: 1}, Checked{1, true}, halt)
	if s.Mode != Paying {
		t.Fatal("a payment in flight was disturbed")
	}
	s, _ = play(s, Charged{Turn: 1, Row: paidRow(1250)}, LongEnough{1}, Finished{Turn: 1})
	s, effects := play(s, Scanned{alipay})
	wantMood(t, s, face.Halted)
	if effects != nil {
		t.Errorf("a halted till does %#v", effects)
	}
	asking, _ := play(idle(Confirm{}), Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, halt)
	if s, effects := play(asking, Entered{Turn: 1}); effects != nil || View(s).Mood != face.Halted {
		t.Errorf("paid over a halt: %#v", effects)
	}
}

func TestUnknownPressesNothingPrintsNothingAndStays(t *testing.T) {
	row := paidRow(1250)
	row.Outcome = pay.Outcome{Why: pay.WhyNoAnswer}
	s, effects := play(idle(Confirm{}), Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, Entered{Turn: 1}, Checked{1, true}, Charged{Turn: 1, Row: row})
	wantMood(t, s, face.Unresolved)
	if effects != nil {
		t.Fatalf("after an unknown result: %#v", effects)
	}
	if s, _ := play(s, LongEnough{1}, Scanned{alipay}); View(s).Mood != face.Unresolved {
		t.Error("the warning went away by itself")
	}
	late, effects := play(s, Settled{paidRow(1250)})
	wantMood(t, late, face.Succeeded)
	if _, ok := effects[0].(Print); !ok || len(effects) != 2 {
		t.Errorf("a late success does %#v", effects)
	}
	if again, ok := effects[1].(Recheck); !ok || again.Row.Order.ID != "N1" {
		t.Errorf("a late success does %#v", effects)
	}
}

func TestTheNextCustomersCodeWaitsForTheKeysOfThisSale(t *testing.T) {
	s, _ := play(idle(Confirm{}), Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, Entered{Turn: 1}, Checked{1, true}, Charged{Turn: 1, Row: paidRow(1250)})
	s, effects := play(s, Scanned{alipay})
	if effects != nil || s.Mode != Showing {
		t.Fatalf("started at once: %#v", effects)
	}
	s, effects = play(s, Finished{Turn: 1})
	if p, ok := effects[0].(Prepare); !ok || p.Code != alipay || s.Turn != 2 {
		t.Errorf("the held code: %#v", effects)
	}
}

func TestMoneyUnderWayCannotBeCalledBack(t *testing.T) {
	s, _ := play(idle(Confirm{}), Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, Entered{Turn: 1}, Checked{1, true}, Cancelled{1})
	wantMood(t, s, face.Paying)
	s, _ = play(s, Progressed{1, pay.Outcome{Status: pay.Pending}})
	wantMood(t, s, face.Waiting)
	s, _ = play(s, Cancelled{1})
	wantMood(t, s, face.Hidden)
	s, _ = play(s, Charged{Turn: 1, Row: paidRow(1250)})
	wantMood(t, s, face.Succeeded)
}

func TestTheHotkeyOpensAndCloses(t *testing.T) {
	s, effects := play(idle(Confirm{}), Pressed{})
	if p, ok := effects[0].(Prepare); !ok || p.Read {
		t.Fatalf("effects %#v", effects)
	}
	s, _ = play(s, Prepared{Turn: 1})
	wantMood(t, s, face.Typing)
	s, _ = play(s, Edited{1, 800}, Entered{1, 800})
	wantMood(t, s, face.WantCode)
	wrong, _ := play(s, CodeTyped{1, codes.Classify("6901234567892")})
	wantMood(t, wrong, face.WantCode)
	if wrong.Note.Key != "station.not_a_code" {
		t.Errorf("note %v", wrong.Note)
	}
	if closed, _ := play(s, Pressed{}); closed.Mode != Idle {
		t.Errorf("the hot-key again: mode %d", closed.Mode)
	}
	_, effects = play(s, CodeTyped{1, alipay})
	if p, ok := effects[0].(Pay); !ok || p.Charge.Amount != 800 || p.Charge.Source != SourceManual {
		t.Errorf("typed code: %#v", effects)
	}
}

func TestClosingWhileKeysArePressedWaitsForThem(t *testing.T) {
	s, _ := play(idle(Confirm{}), Scanned{wechat}, Cancelled{1})
	wantMood(t, s, face.Hidden)
	if s.Mode == Idle {
		t.Fatal("idle while keys are being pressed")
	}
	if s, _ = play(s, Prepared{Turn: 1, Reading: sure(1250)}); s.Mode != Idle {
		t.Errorf("mode %d", s.Mode)
	}
}

func TestWhatTheTillListensTo(t *testing.T) {
	s := idle(Confirm{})
	if a := armed(s); !a.Scan || a.When.Exe != "pos" || len(a.Modal) != 0 {
		t.Errorf("idle: %+v", a)
	}
	s, _ = play(s, Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)})
	if a := armed(s); len(a.Modal) != 2 || !a.When.IsZero() {
		t.Errorf("asking: %+v", a)
	}
	s, _ = play(s, Entered{Turn: 1}, Checked{1, true}, Charged{Turn: 1, Row: paidRow(1250)})
	if a := armed(s); len(a.Modal) != 0 {
		t.Errorf("while keys after payment are pressed: %+v", a)
	}
}

// aside plays a sale whose customer is moved aside.
func aside(t *testing.T) State {
	t.Helper()
	start := idle(Confirm{})
	start.Rules.Aside = 20 * time.Second
	s, effects := play(start, Scanned{wechat}, Prepared{Turn: 1, Reading: sure(1250)}, Entered{Turn: 1}, Checked{1, true},
		Progressed{1, pay.Outcome{Status: pay.Pending}})
	if b, ok := effects[0].(Bear); !ok || b.Turn != 1 {
		t.Fatalf("a customer at the password page: %#v", effects)
	}
	s, _ = play(s, Waited{1})
	wantMood(t, s, face.Notice)
	s, _ = play(s, LongEnough{s.Turn})
	wantMood(t, s, face.Hidden)
	return s
}

func TestALateSuccessIsKeyedOnlyWhereTheSaleIsCertainlyStillThere(t *testing.T) {
	for _, row := range []struct {
		name   string
		serial string
		other  bool // another sale was begun meanwhile
		look   bool // the POS is looked at
	}{
		{"nothing happened since", "", false, true},
		{"another sale, told apart by its number", "7", true, true},
		{"another sale, and no numbers", "", true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := aside(t)
			if row.other {
				s, _ = play(s, Scanned{alipay})
				s, _ = play(s, Prepared{Turn: s.Turn, Reading: sure(1250)})
				s, _ = play(s, Cancelled{s.Turn})
			}
			late := paidRow(1250)
			late.Order.Serial = row.serial
			s, effects := play(s, Charged{Turn: 1, Row: late})
			wantMood(t, s, face.Succeeded)
			if p, ok := effects[0].(Print); !ok || !p.Here {
				t.Errorf("the slip of a customer who waited: %#v", effects[0])
			}
			looks := len(effects) == 2
			if looks != row.look {
				t.Fatalf("effects %#v", effects)
			}
			if looks {
				if s, effects = play(s, Rechecked{s.Turn, false}); len(effects) != 0 {
					t.Errorf("keys in another sale: %#v", effects)
				}
			}
			if v := View(s); v.Step.Key != "station.late.step" {
				t.Errorf("the cashier is told %q", v.Step.Key)
			}
		})
	}
}

// The second reader may disagree while the charge is on its way. Where the till then asks about a twin instead of
// sending, Enter must not send the amount that was vetoed.
func TestAVetoThatComesWhileATwinIsFoundTakesTheAmountAway(t *testing.T) {
	read := sure(1250)
	read.Opinion = capture.Pending
	vetoed := capture.Reading{Why: capture.Disagree, Opinion: capture.Vetoed}
	twin := words.T("teller.twice.hint")
	s, effects := play(idle(Confirm{}), Scanned{wechat}, Prepared{Turn: 1, Reading: read}, Entered{Turn: 1}, Checked{1, true})
	if _, ok := effects[0].(Pay); !ok {
		t.Fatalf("no charge but %#v", effects)
	}
	s, _ = play(s, Opined{1, s.Look, vetoed}, Charged{Turn: 1, Refused: twin, Twin: twin})
	wantMood(t, s, face.Typing)
	if s, effects = play(s, Entered{Turn: 1}); len(effects) != 0 || s.Amount != 0 {
		t.Errorf("Enter gives %#v of %v", effects, s.Amount)
	}
	if _, effects = play(s, Entered{Turn: 1, Amount: 1280}); len(effects) == 0 {
		t.Error("the typed amount is not charged")
	} else if p, ok := effects[0].(Pay); !ok || p.Charge.Amount != 1280 || p.Charge.Source != SourceManual || p.Charge.Again {
		t.Errorf("the typed amount gives %#v", effects)
	}
}
