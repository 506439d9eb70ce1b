package station_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
)

// undoer is a till whose profile wants unfinished payments undone. Its customers type a password for so long.
func undoer(t *testing.T, password time.Duration) *desk {
	t.Helper()
	d := newBank(t, func(c *sandbox.Config) { c.Password = func(sandbox.Order) time.Duration { return password } }).
		desk(sandbox.PracticeDevice, map[string]string{"reverse": "true", "sign_key": sandbox.PracticeKeys().PrivateKey})
	d.Rules.Reverse, d.Rules.PollFor = true, 6*time.Second
	return d
}

const never = 24 * time.Hour

func TestAnUnfinishedPaymentIsUndone(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault sandbox.FaultKind // on reverse
	}{
		{"answered at once", ""},
		{"the request is lost", sandbox.FaultDrop},
		{"the answer is lost", sandbox.FaultLose},
		{"the answer is forged", sandbox.FaultForge},
		{"the service is busy", sandbox.FaultBusy},
		{"the service has an internal error", sandbox.FaultInternal},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %v", row.name, restart), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := undoer(t, never)
					if row.fault != "" {
						d.bank.inject(sandbox.Fault{Kind: row.fault, Interface: "reverse", Count: 20})
					}
					begin := time.Now()
					got, err := d.charge(sandbox.PasswordPaid)
					if err != nil {
						t.Fatal(err)
					}
					if since := time.Since(begin); since < 15*time.Second {
						t.Errorf("undone %v after the payment", since)
					}
					if row.fault != "" && got.Outcome.Status == pay.Unknown && got.Outcome.Why != pay.WhyReversing {
						t.Errorf("%+v while nobody has answered", got.Outcome)
					}
					if restart {
						rules := d.Rules
						d.restart()
						d.Rules = rules
					}
					if row.fault != "" {
						d.watchUntil(20 * time.Minute)
					}
					end := d.order(got.Order.ID)
					if end.Outcome.Status != pay.Closed || end.Outcome.Why != pay.WhyReversed {
						t.Errorf("%+v", end.Outcome)
					}
					d.audit()
				})
			})
		}
	}
}

// TestASuccessThatLandsAroundAReversalIsPaidOrGivenBack moves the moment at which the customer pays over
// the end of the waiting and the reversal, some tenths of a second apart.
func TestASuccessThatLandsAroundAReversalIsPaidOrGivenBack(t *testing.T) {
	points, paid, closed := 0, 0, 0
	for at := 3 * time.Second; at < 25*time.Second; at += 400 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			d := undoer(t, at)
			d.bank.inject(sandbox.Fault{Kind: sandbox.FaultLose, Interface: "reverse", Count: 2})
			got, err := d.charge(sandbox.PasswordPaid)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Done() {
				d.watchUntil(time.Minute)
			}
			switch end := d.order(got.Order.ID); end.Outcome.Status {
			case pay.Paid:
				paid++
			case pay.Closed:
				closed++
			default:
				t.Errorf("customer paid after %v: %+v", at, end.Outcome)
			}
			d.audit()
			points++
		})
	}
	if points < 50 || paid == 0 || closed == 0 {
		t.Errorf("%d points, %d paid, %d given back", points, paid, closed)
	}
}

func TestWhatIsNeverReversed(t *testing.T) {
	for _, row := range []struct {
		name     string
		scenario sandbox.Scenario
		change   func(*desk)
	}{
		{"the profile does not allow it", sandbox.PasswordPaid, func(d *desk) { d.Rules.Reverse = false }},
		{"the number is that of another payment", sandbox.Reentry, nil},
		{"refused", sandbox.NoBalance, nil},
		{"a new number is wanted", sandbox.NewNumber, nil},
		{"paid", sandbox.PaidAtOnce, nil},
		{"the service cannot be asked", sandbox.PasswordPaid, func(d *desk) {
			d.bank.inject(sandbox.Fault{Kind: sandbox.FaultDrop, Interface: "query_order", Count: sandbox.Always})
		}},
		{"the till is halted meanwhile", sandbox.PasswordPaid, func(d *desk) {
			time.AfterFunc(5*time.Second, func() {
				if err := d.Book.Halt(d.t.Context(), time.Now(), []ledger.Difference{{Code: ledger.MissingHere, Number: "X"}}); err != nil {
					d.t.Error(err)
				}
			})
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := undoer(t, never)
				if row.change != nil {
					row.change(d)
				}
				if _, err := d.charge(row.scenario); err != nil {
					t.Fatal(err)
				}
				if n := d.bank.Counts()["reverse"]; n != 0 {
					t.Errorf("reversed %d times", n)
				}
			})
		})
	}
}

func TestAReversalThatIsRefusedLeavesThePaymentItsFate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := undoer(t, 40*time.Second)
		d.options["machine_no"] = "another"
		asked := d.Gateway
		got, err := d.Charge(t.Context(), station.Charge{Amount: 1280, Code: codeOf(pay.WeChat, sandbox.PasswordPaid)}, func(out pay.Outcome) {
			if out.Why == pay.WhyReversing {
				d.Gateway = d.driver() // the machine was exchanged: only the terminal that took a payment may undo it
			}
		})
		if err != nil || d.Gateway == asked {
			t.Fatalf("%+v, %v", got.Outcome, err)
		}
		if !got.Done() {
			d.watchUntil(2 * time.Minute)
		}
		if end := d.order(got.Order.ID); end.Outcome.Status != pay.Paid {
			t.Errorf("%+v", end.Outcome)
		}
		d.audit()
	})
}

func TestAPersonsWordNeverWinsOverASignedAnswer(t *testing.T) {
	for _, row := range []struct {
		name     string
		scenario sandbox.Scenario
		trade    func(*desk) string
		status   pay.Status
		halted   string
	}{
		{"it was paid, as she saw", sandbox.SilentPaid, (*desk).trade, pay.Paid, ""},
		{"it was paid under another number", sandbox.SilentPaid, func(*desk) string { return "4200000" }, pay.Paid, "evidence"},
		{"it never arrived", sandbox.SilentNothing, func(*desk) string { return "4200000" }, pay.Closed, "evidence"},
		{"the customer stopped", sandbox.PasswordStopped, func(*desk) string { return "4200000" }, pay.Declined, "evidence"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				got, err := d.Charge(t.Context(), station.Charge{Amount: 1280, Code: codeOf(pay.WeChat, row.scenario), NoWait: true}, nil)
				if err != nil {
					t.Fatal(err)
				}
				trade := row.trade(d)
				d.cut.Store(true)
				d.Gateway = d.driver()
				taken, err := d.Evidence(t.Context(), got.Order.ID, trade, "1009", "seen on the phone")
				if err != nil || !taken.OnEvidence() || taken.Done() {
					t.Fatalf("%+v, %v", taken, err)
				}
				d.restart()
				d.cut.Store(false)
				for range 60 {
					time.Sleep(d.Rules.PollEvery)
					if _, err := d.Beat(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if end := d.order(got.Order.ID); end.Outcome.Status != row.status || end.OnEvidence() || d.halted() != row.halted {
					t.Errorf("%+v, halted for %q", end.Outcome, d.halted())
				}
				d.audit()
			})
		})
	}
}

// trade is the transaction number of the newest payment as the service's own page shows it.
func (d *desk) trade() string { return d.bank.Orders()[0].Trade }

func TestEvidenceIsNotTakenWhereTheServiceAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		got := d.lose(sandbox.SilentPaid)
		row, err := d.Evidence(t.Context(), got.Order.ID, "4200000", "1009", "seen on the phone")
		if !errors.Is(err, ledger.ErrFinal) || row.Outcome.Status != pay.Paid || row.OnEvidence() {
			t.Errorf("%+v, %v", row.Outcome, err)
		}
		d.audit()
	})
}

func TestBothGenerationsOfTheService(t *testing.T) {
	for _, row := range []struct {
		scenario sandbox.Scenario
		want     pay.Status
	}{
		{sandbox.PaidAtOnce, pay.Paid}, {sandbox.PasswordPaid, pay.Paid}, {sandbox.PasswordStopped, pay.Closed},
		{sandbox.PayError, pay.Closed}, {sandbox.SilentPaid, pay.Paid}, {sandbox.SilentNothing, pay.Closed}, {sandbox.Transforming, pay.Paid},
	} {
		for generation, first := range map[string]bool{"2017": true, "2018": false} {
			t.Run(fmt.Sprint(generation, " scenario ", row.scenario), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBank(t, func(c *sandbox.Config) { c.FirstGeneration = first })
					d := b.desk(sandbox.PracticeDevice, map[string]string{"generation": generation})
					got, err := d.Charge(t.Context(), station.Charge{Amount: 1280, Code: codeOf(pay.Alipay, row.scenario)}, nil)
					if err != nil || got.Outcome.Status != row.want {
						t.Fatalf("%+v, %v", got.Outcome, err)
					}
					if got.Outcome.Status != pay.Paid {
						return
					}
					if found := d.reconcile(true); len(found) != 0 {
						t.Errorf("%+v", found)
					}
					if _, err := d.Refund(t.Context(), station.Giveback{Order: got.Order.ID}); err != nil {
						t.Error(err)
					}
					d.follow(time.Minute)
					d.audit()
				})
			})
		}
	}
}
