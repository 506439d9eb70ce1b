package station_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
	"cpos/engine/store"
)

func TestAHaltStopsUntilReleasedAndIsNotRepeated(t *testing.T) {
	for _, r := range []struct {
		name   string
		happen func(d *desk)
		want   string
	}{
		{"somebody sells under our name", func(d *desk) {
			d.bank.inject(sandbox.Fault{Kind: sandbox.FaultForeign, Device: d.device})
		}, "foreign_order"},
		{"the list shows another amount", func(d *desk) {
			d.bank.inject(sandbox.Fault{Kind: sandbox.FaultAmount, Interface: "client_order_detail", Amount: 5, Count: sandbox.Always})
		}, "amount"},
		{"the service has lost its book", func(d *desk) { d.bank.burn(); d.Gateway = d.driver() }, "missing_there"},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				time.Sleep(time.Hour) // away from the day's beginning, where nothing is certain yet
				o := d.paid().Order
				if found := d.reconcile(false); len(found) != 0 {
					t.Fatal(found)
				}
				r.happen(d)
				time.Sleep(2 * time.Minute)
				found := d.reconcile(false)
				if len(found) != 1 || string(found[0].Code) != r.want || d.halted() != r.want {
					t.Fatalf("%+v, halted for %q", found, d.halted())
				}
				if _, err := d.charge(sandbox.PaidAtOnce); !errors.Is(err, ledger.ErrHalted) {
					t.Errorf("a payment while halted: %v", err)
				}
				if _, err := d.Refund(t.Context(), station.Giveback{Order: o.ID}); !errors.Is(err, ledger.ErrHalted) {
					t.Errorf("a refund while halted: %v", err)
				}
				if err := d.Book.Release(t.Context(), "owner", "known"); err != nil {
					t.Fatal(err)
				}
				d.restart()
				if found := d.reconcile(true); len(found) != 1 || d.halted() != "" {
					t.Errorf("after the release: %+v, halted for %q", found, d.halted())
				}
				d.paid()
			})
		})
	}
}

func TestWithoutFreezeDifferencesAreToldOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.Rules.Freeze = false
		time.Sleep(time.Hour)
		d.bank.inject(sandbox.Fault{Kind: sandbox.FaultForeign, Device: d.device})
		if found := d.reconcile(false); len(found) != 1 || d.halted() != "" {
			t.Errorf("%v, halted for %q", found, d.halted())
		}
		d.paid()
	})
}

func TestSignedAnswersAboutSomethingElseHalt(t *testing.T) {
	for _, r := range []struct {
		name  string
		fault sandbox.FaultKind
	}{{"another amount", sandbox.FaultAmount}, {"another number", sandbox.FaultNumber},
		{"another currency", sandbox.FaultCurrency}, {"another shop", sandbox.FaultMerchant}} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				d.bank.inject(sandbox.Fault{Kind: r.fault, Interface: "micro_pay"})
				row, err := d.charge(sandbox.PaidAtOnce)
				if err != nil || row.Outcome.Status != pay.Unknown || d.halted() != "contradiction" {
					t.Errorf("%+v, %v, halted for %q", row.Outcome, err, d.halted())
				}
				if d.bank.Counts()["query_order"] != 0 || d.bank.Counts()["reverse"] != 0 {
					t.Error("the charge went on")
				}
				d.follow(0)
				d.audit()
			})
		})
	}
}

// TestAnOpenOrderIsAskedAboutBeforeItCounts: the list says paid, the book does not know yet.
func TestAnOpenOrderIsAskedAboutBeforeItCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		time.Sleep(time.Hour)
		d.Rules.PollFor = 0
		row, _ := d.charge(sandbox.SilentPaid)
		time.Sleep(5 * time.Minute)
		if found := d.reconcile(false); len(found) != 0 || d.order(row.Order.ID).Outcome.Status != pay.Paid {
			t.Errorf("%v", found)
		}
	})
}

// TestClocksThatDiffer: what the service dates otherwise is looked up before it counts as missing.
func TestClocksThatDiffer(t *testing.T) {
	for name, by := range map[string]time.Duration{"the service is ahead": 6 * time.Minute, "the service is behind": -6 * time.Minute,
		"the service is far behind": -5 * time.Hour, "the service is far ahead": 3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBank(t, func(c *sandbox.Config) { c.Now = func() time.Time { return time.Now().Add(by) } })
				d := b.desk(sandbox.PracticeDevice, nil)
				time.Sleep(8 * time.Hour)
				for range 8 {
					row := d.paid()
					d.back(row.Order.ID, 5, pay.RefundAccepted)
					time.Sleep(3 * time.Minute)
					if found := d.reconcile(false); len(found) != 0 {
						t.Error(found)
					}
				}
				time.Sleep(3*time.Hour - 20*time.Minute) // when the far ahead dates come round
				if found := d.reconcile(false); len(found) != 0 || d.halted() != "" {
					t.Error(found)
				}
			})
		})
	}
}

// TestClocksThatDifferAreToldAndHideNothing: a clock that is hours off is no difference, and a foreign order is
// found in the next comparison all the same.
func TestClocksThatDifferAreToldAndHideNothing(t *testing.T) {
	for _, by := range []time.Duration{-5 * time.Hour, -time.Minute, 3 * time.Second, time.Minute, 3 * time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBank(t, func(c *sandbox.Config) { c.Now = func() time.Time { return time.Now().Add(by) } })
				d := b.desk(sandbox.PracticeDevice, nil)
				d.Rules.ClockSkew = 5 * time.Second
				time.Sleep(8 * time.Hour)
				d.paid()
				time.Sleep(3 * time.Minute)
				if found := d.reconcile(false); len(found) != 0 || d.halted() != "" {
					t.Errorf("the clocks alone make %v", found)
				}
				want := by
				if by.Abs() <= d.Rules.ClockSkew {
					want = 0
				}
				if off := (d.Skew() - want).Abs(); off > time.Second {
					t.Errorf("the service's clock is said to be ahead by %v, it is by %v", d.Skew(), by)
				}
				b.inject(sandbox.Fault{Kind: sandbox.FaultForeign, Device: d.device})
				time.Sleep(2 * time.Minute)
				if d.reconcile(false); d.halted() != "foreign_order" {
					t.Errorf("halted for %q", d.halted())
				}
				if told := strings.Contains(d.logged.String(), "the clocks differ"); told != (want != 0) {
					t.Errorf("told of the clocks: %v", told)
				}
			})
		})
	}
}

func TestAStatementThatCannotBeReadHaltsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.paid()
		d.bank.inject(sandbox.Fault{Kind: sandbox.FaultCut, Interface: "client_order_detail"})
		if found, err := d.Reconcile(t.Context(), true); !errors.Is(err, pay.ErrNoAnswer) || len(found) != 0 || d.halted() != "" {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// TestMissingMoneyIsNotBelievedWithoutAnAnswer: the list lacks a payment and the query about it is lost.
func TestMissingMoneyIsNotBelievedWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		time.Sleep(time.Hour)
		d.paid()
		time.Sleep(2 * time.Minute)
		d.bank.burn()
		d.Gateway = d.driver()
		d.bank.inject(sandbox.Fault{Kind: sandbox.FaultCut, Interface: "query_order"})
		if found := d.reconcile(false); len(found) != 1 || d.halted() != "" {
			t.Errorf("%v, halted for %q", found, d.halted())
		}
		if d.reconcile(false); d.halted() != "missing_there" {
			t.Errorf("once answered, halted for %q", d.halted())
		}
	})
}

func TestAnInstalledAnewTillUsesNoNumberAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		var used []string
		for range 3 {
			row := d.paid()
			used = append(used, row.Order.ID)
			used = append(used, d.back(row.Order.ID, 1, pay.RefundAccepted).Refund.ID)
		}
		d.store = store.NewMemory()
		d.restart()
		if err := d.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		row := d.paid()
		back := d.back(row.Order.ID, 1, pay.RefundAccepted)
		if slices.Contains(used, row.Order.ID) || slices.Contains(used, back.Refund.ID) {
			t.Errorf("%s or %s was used before: %v", row.Order.ID, back.Refund.ID, used)
		}
	})
}
