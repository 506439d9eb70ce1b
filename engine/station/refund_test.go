package station_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
)

// back asks for a refund and wants it to have this status.
func (d *desk) back(order string, amount pay.Money, want pay.RefundStatus) ledger.RefundRow {
	d.t.Helper()
	row, err := d.Refund(d.t.Context(), station.Giveback{Order: order, Amount: amount, Reason: "too large", Approver: "1009"})
	if err != nil || row.Outcome.Status != want {
		d.t.Fatalf("refund is %s %q, %v; want %s", row.Outcome.Status, row.Outcome.Why, err, want)
	}
	return row
}

func TestRefundsStayWithinTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.paid().Order
		d.back(o.ID, 1000, pay.RefundAccepted)
		for name, g := range map[string]station.Giveback{
			"above what is left": {Order: o.ID, Amount: 281},
			"of everything":      {Order: o.ID, Amount: 1280},
		} {
			if _, err := d.Refund(t.Context(), g); !errors.Is(err, ledger.ErrRemainder) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if rest := d.back(o.ID, 0, pay.RefundAccepted); rest.Refund.Amount != 280 {
			t.Errorf("the rest is %s", rest.Refund.Amount)
		}
		if _, err := d.Refund(t.Context(), station.Giveback{Order: o.ID}); !errors.Is(err, ledger.ErrRemainder) {
			t.Errorf("when nothing is left: %v", err)
		}
		if n := d.bank.Counts()["refund"]; n != 2 {
			t.Errorf("%d requests for 2 refunds", n)
		}
		d.follow(time.Minute)
		d.audit()
		if found := d.reconcile(true); len(found) != 0 {
			t.Error(found)
		}
	})
}

func TestWhatMayNotBeRefunded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		declined, _ := d.charge(sandbox.NoBalance)
		o := d.paid().Order
		d.Rules.Partial = false
		for _, r := range []struct {
			name string
			g    station.Giveback
			want error
		}{
			{"an order that nobody made", station.Giveback{Order: "01000826NONE"}, ledger.ErrNoOrder},
			{"an order that was declined", station.Giveback{Order: declined.Order.ID}, ledger.ErrNotPaid},
			{"a part, where the shop gives back all", station.Giveback{Order: o.ID, Amount: 1}, pay.ErrNotAllowed},
			{"less than nothing", station.Giveback{Order: o.ID, Amount: -1280}, pay.ErrNotAllowed},
		} {
			if _, err := d.Refund(t.Context(), r.g); !errors.Is(err, r.want) {
				t.Errorf("%s: %v", r.name, err)
			}
		}
		if len(d.refunds()) != 0 || d.bank.Counts()["refund"] != 0 {
			t.Error("something was written or sent")
		}
		d.back(o.ID, 1280, pay.RefundAccepted)
	})
}

func TestHowRefundsEnd(t *testing.T) {
	for _, r := range []struct {
		name  string
		fault sandbox.Fault
		cut   bool
		first pay.RefundStatus
		end   pay.RefundStatus
		sent  int
	}{
		{"all is well", sandbox.Fault{}, false, pay.RefundAccepted, pay.RefundDone, 1},
		{"the answer is lost", sandbox.Fault{Kind: sandbox.FaultLose, Interface: "refund"}, false, pay.RefundAccepted, pay.RefundDone, 1},
		{"the answer is forged", sandbox.Fault{Kind: sandbox.FaultForge, Interface: "refund"}, false, pay.RefundAccepted, pay.RefundDone, 1},
		{"the request is lost and sent again", sandbox.Fault{Kind: sandbox.FaultDrop, Interface: "refund"}, false, pay.RefundUnknown, pay.RefundDone, 2},
		{"the service is busy", sandbox.Fault{Kind: sandbox.FaultBusy, Interface: "refund"}, false, pay.RefundUnknown, pay.RefundDone, 2},
		{"it fails in the end", sandbox.Fault{Kind: sandbox.FaultRefundFails}, false, pay.RefundAccepted, pay.RefundFailed, 1},
		{"the customer's account is closed", sandbox.Fault{Kind: sandbox.FaultRefundManual}, false, pay.RefundAccepted, pay.RefundManual, 1},
		{"there is no network", sandbox.Fault{}, true, pay.RefundFailed, pay.RefundFailed, 0},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				o := d.paid().Order
				if r.fault.Kind != "" {
					d.bank.inject(r.fault)
				}
				if r.cut {
					d.cut.Store(true)
					d.Gateway = d.driver()
				}
				row := d.back(o.ID, 500, r.first)
				d.cut.Store(false)
				d.follow(11 * time.Minute)
				d.audit()
				end, err := d.Book.Refund(t.Context(), row.Refund.ID)
				if err != nil || end.Outcome.Status != r.end || d.bank.Counts()["refund"] != r.sent {
					t.Errorf("%s after %d requests, %v; want %s after %d", end.Outcome.Status, d.bank.Counts()["refund"], err, r.end, r.sent)
				}
				if left := d.order(o.ID); (left.Refunded == 500) != r.end.Held() {
					t.Errorf("%s counts as refunded", left.Refunded)
				}
			})
		})
	}
}

func TestARefundIsAskedAboutInItsRhythm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newBank(t, func(c *sandbox.Config) { c.RefundAfter = time.Hour }).desk(sandbox.PracticeDevice, nil)
		d.back(d.paid().Order.ID, 0, pay.RefundAccepted)
		var asked []int
		for end, last := time.Now().Add(25*time.Minute), 0; time.Now().Before(end); time.Sleep(time.Second) {
			if _, err := d.FollowOpen(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := d.bank.Counts()["query_refund_order"]; n > last {
				asked, last = append(asked, n), n
			}
		}
		if len(asked) != 5 { // after 3 s, 10 s, 30 s, 10 min and 20 min
			t.Errorf("asked %d times in 25 minutes", len(asked))
		}
	})
}

func TestAHaltedTillSendsNoRefundAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		o := d.paid().Order
		d.bank.inject(sandbox.Fault{Kind: sandbox.FaultDrop, Interface: "refund"})
		row := d.back(o.ID, 500, pay.RefundUnknown)
		if err := d.Book.Halt(t.Context(), time.Now(), []ledger.Difference{{Code: ledger.MissingHere, Number: "X"}}); err != nil {
			t.Fatal(err)
		}
		d.follow(5 * time.Minute)
		if _, err := d.ResolveRefund(t.Context(), row.Refund.ID); err != nil || d.bank.Counts()["refund"] != 1 {
			t.Errorf("sent %d times, %v", d.bank.Counts()["refund"], err)
		}
		if _, err := d.Refund(t.Context(), station.Giveback{Order: o.ID, Amount: 1}); !errors.Is(err, ledger.ErrHalted) {
			t.Errorf("a new refund while halted: %v", err)
		}
		if err := d.Book.Release(t.Context(), "owner", "looked into"); err != nil {
			t.Fatal(err)
		}
		d.restart()
		if _, err := d.ResolveRefund(t.Context(), row.Refund.ID); err != nil {
			t.Fatal(err)
		}
		d.follow(15 * time.Minute)
		d.audit()
	})
}

func TestAnAnswerAboutAnotherRefundHalts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.bank.inject(sandbox.Fault{Kind: sandbox.FaultAmount, Interface: "refund", Amount: 3})
		d.back(d.paid().Order.ID, 500, pay.RefundUnknown)
		if d.halted() != "contradiction" {
			t.Errorf("halted for %q", d.halted())
		}
		d.follow(time.Minute)
		d.audit()
	})
}

// TestARefundIsWatchedForADay counts the questions about a refund that takes two days, as one to a bank card
// may: after 3 s, 10 s, 30 s, then every ten minutes for a day, then once an hour.
func TestARefundIsWatchedForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newBank(t, func(c *sandbox.Config) { c.RefundAfter = 48 * time.Hour }).desk(sandbox.PracticeDevice, nil)
		d.Rules.FollowEvery = 100 * time.Hour // so that only the refund's own rhythm counts
		row := d.paid()
		if _, err := d.FollowOpen(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.back(row.Order.ID, 5, pay.RefundAccepted)
		begin := time.Now()
		asked := func(until time.Duration) int {
			for time.Since(begin) < until {
				time.Sleep(d.Rules.PollEvery)
				if _, err := d.Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			return d.bank.Counts()["query_refund_order"]
		}
		for _, r := range []struct {
			until       time.Duration
			least, most int
		}{
			{2 * time.Second, 0, 0}, {5 * time.Second, 1, 1}, {16 * time.Second, 2, 2}, {50 * time.Second, 3, 3},
			{11 * time.Minute, 4, 4}, {24 * time.Hour, 140, 147}, {47 * time.Hour, 160, 172},
		} {
			if n := asked(r.until); n < r.least || n > r.most {
				t.Errorf("asked %d times within %v", n, r.until)
			}
		}
		asked(51 * time.Hour)
		d.audit()
	})
}
