package station_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/fault"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
)

// TestEveryScenario plays each ending that the practice service knows, from code to both books.
func TestEveryScenario(t *testing.T) {
	type row struct {
		name   string
		status pay.Status
		why    pay.Why
		halted string
	}
	want := map[sandbox.Scenario]row{
		sandbox.PaidAtOnce:      {"paid at once", pay.Paid, "", ""},
		sandbox.PasswordPaid:    {"password typed", pay.Paid, "", ""},
		sandbox.PasswordStopped: {"password page closed", pay.Declined, pay.WhyCustomerStopped, ""},
		sandbox.PayError:        {"platform cannot pay", pay.Declined, pay.WhyPayError, ""},
		sandbox.UnknownPaid:     {"service in trouble, paid", pay.Paid, "", ""},
		sandbox.BusyPaid:        {"service busy, paid", pay.Paid, "", ""},
		sandbox.SilentPaid:      {"answer lost, paid", pay.Paid, "", ""},
		sandbox.SilentNothing:   {"request lost", pay.Closed, pay.WhyNotFound, ""},
		sandbox.ForgedPaid:      {"answer forged, paid", pay.Paid, "", ""},
		sandbox.NewNumber:       {"number used", pay.Declined, pay.WhyNumberUsed, ""},
		sandbox.Reentry:         {"number of another payment", pay.Unknown, pay.WhyReentry, "reentry"},
		sandbox.NoBalance:       {"no money", pay.Declined, pay.WhyBalance, ""},
		sandbox.Transforming:    {"still transforming", pay.Paid, "", ""},
		sandbox.CutPaid:         {"half an answer, paid", pay.Paid, "", ""},
		sandbox.BadGatewayPaid:  {"something in between answers, paid", pay.Paid, "", ""},
		sandbox.OtherNumber:     {"answer about another order", pay.Unknown, pay.WhyContradiction, "contradiction"},
		sandbox.CouponPaid:      {"paid with a coupon", pay.Paid, "", ""},
	}
	for _, s := range sandbox.Scenarios() {
		w, listed := want[s]
		if !listed {
			t.Errorf("scenario %s has no row", s)
		}
		t.Run(w.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				got, err := d.charge(s)
				if err != nil || got.Outcome.Status != w.status || got.Outcome.Why != w.why {
					t.Fatalf("%s %q, %v; want %s %q", got.Outcome.Status, got.Outcome.Why, err, w.status, w.why)
				}
				if d.halted() != w.halted {
					t.Errorf("halted for %q, want %q", d.halted(), w.halted)
				}
				if got != d.order(got.Order.ID) {
					t.Error("what was told is not what is in the book")
				}
				if n := d.bank.Counts()["micro_pay"]; n != 1 {
					t.Errorf("paid %d times", n)
				}
				d.follow(2 * time.Minute)
				if s == sandbox.Reentry {
					return // the number is somebody else's; only a person may decide, see below
				}
				d.audit()
			})
		})
	}
}

func TestAReenteredOrderIsLeftToAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		row, _ := d.charge(sandbox.Reentry)
		before := d.bank.Counts()["query_order"]
		d.follow(5 * time.Minute)
		if d.order(row.Order.ID).Outcome.Status != pay.Unknown || d.bank.Counts()["query_order"] != before {
			t.Fatal("a re-entered order was asked about by itself")
		}
		for range 2 {
			time.Sleep(time.Minute)
			if _, err := d.Resolve(t.Context(), row.Order.ID); err != nil {
				t.Fatal(err)
			}
		}
		d.audit()
	})
}

func TestTheCustomerPaysAfterTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newBank(t, func(c *sandbox.Config) { c.QueriesToPay = 62 }).desk(sandbox.PracticeDevice, nil)
		told := 0
		start := time.Now()
		row, err := d.Charge(t.Context(), station.Charge{Amount: 5, Code: codeOf(pay.Alipay, sandbox.PasswordPaid)},
			func(out pay.Outcome) {
				told++
				if out.Status != pay.Pending {
					t.Errorf("told %s", out.Status)
				}
			})
		if err != nil || row.Outcome.Status != pay.Pending {
			t.Fatalf("%s, %v", row.Outcome.Status, err)
		}
		if took := time.Since(start); took < 110*time.Second || took > 2*time.Minute {
			t.Errorf("asked for %v", took)
		}
		if told < 50 || d.facts(row.Order.ID) != 2 {
			t.Errorf("told %d times, %d facts for one change of state", told, d.facts(row.Order.ID))
		}
		d.follow(2 * time.Minute)
		d.audit()
		if d.order(row.Order.ID).Outcome.Status != pay.Paid {
			t.Error("the late payment is not in the book")
		}
	})
}

func TestWithoutANetworkNothingIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.cut.Store(true)
		row, err := d.charge(sandbox.PaidAtOnce)
		if err != nil || row.Outcome.Status != pay.Closed || row.Outcome.Why != pay.WhyNotSent {
			t.Fatalf("%+v, %v", row.Outcome, err)
		}
		d.audit()
	})
}

func TestANetworkThatGoesAfterSendingNeverMeansNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		row, err := d.Charge(t.Context(), station.Charge{Amount: 7, Code: codeOf(pay.WeChat, sandbox.CutPaid)},
			func(pay.Outcome) { d.cut.Store(true); d.Gateway = d.driver() })
		if err != nil || row.Outcome.Status != pay.Unknown {
			t.Fatalf("%+v, %v", row.Outcome, err)
		}
		if final, err := d.FollowOpen(t.Context()); err != nil || len(final) != 0 {
			t.Fatalf("%v, %v", final, err)
		}
		d.cut.Store(false)
		if final, err := d.FollowOpen(t.Context()); err != nil || len(final) != 1 || final[0].Outcome.Status != pay.Paid {
			t.Fatalf("%v, %v", final, err)
		}
		d.audit()
	})
}

// TestNotFoundIsBelievedLate proves that "no such order" closes an order only when heard twice, ten
// seconds apart, the second time a minute after sending, and that a restart begins that anew.
func TestNotFoundIsBelievedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.Rules.PollFor = time.Second
		row, _ := d.charge(sandbox.SilentNothing)
		ask := func(after time.Duration, want pay.Status) {
			t.Helper()
			time.Sleep(after)
			got, err := d.Resolve(t.Context(), row.Order.ID)
			if err != nil || got.Outcome.Status != want || got.Outcome.Why != pay.WhyNotFound {
				t.Fatalf("%+v, %v", got.Outcome, err)
			}
		}
		ask(0, pay.Unknown)
		ask(50*time.Second, pay.Unknown)
		d.restart() // the clock of the new process cannot know how long the request was on its way
		ask(2*time.Minute, pay.Unknown)
		ask(9*time.Second, pay.Unknown)
		ask(50*time.Second, pay.Unknown)
		ask(time.Second, pay.Closed)
		d.audit()
	})
}

func TestTheTillGoesDownDuringACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		for _, r := range []struct {
			name  string
			delay time.Duration
			want  pay.Status
		}{
			{"the answer comes soon", 5 * time.Second, pay.Paid},
			{"the answer comes too late", 20 * time.Second, pay.Unknown},
		} {
			d.bank.inject(sandbox.Fault{Kind: sandbox.FaultDelay, Interface: "micro_pay", Delay: r.delay})
			ctx, down := context.WithTimeout(t.Context(), time.Second)
			row, err := d.Charge(ctx, station.Charge{Amount: 9, Code: codeOf(pay.WeChat, 0)}, nil)
			down()
			if row.Outcome.Status != r.want || (r.want != pay.Paid) != errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %s, %v", r.name, row.Outcome.Status, err)
			}
			if d.order(row.Order.ID).Outcome.Status != r.want {
				t.Errorf("%s: the book says otherwise", r.name)
			}
		}
		time.Sleep(20 * time.Second)
		d.follow(3 * time.Minute)
		d.audit()
	})
}

func TestATillThatGoesDownBeforeSendingSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ctx, cancel := context.WithCancel(t.Context())
		d.store = &disk{Store: d.store, written: cancel}
		d.restart()
		row, err := d.Charge(ctx, station.Charge{Amount: 9, Code: codeOf(pay.WeChat, 0)}, nil)
		if !errors.Is(err, context.Canceled) || d.bank.Counts()["micro_pay"] != 0 {
			t.Errorf("%v, %v", err, d.bank.Counts())
		}
		if out := d.order(row.Order.ID).Outcome; out.Status != pay.Closed || out.Why != pay.WhyNotSent {
			t.Errorf("%+v", out)
		}
	})
}

func TestWrongKeysAreTwoDifferentThings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBank(t, nil)
		right := b.desk(sandbox.PracticeDevice, nil)
		sold := right.paid()
		right.options = map[string]string{"auth_key": "another-merchant-authen-key-00001"}
		right.restart()
		row, err := right.charge(sandbox.PaidAtOnce)
		if err != nil || row.Outcome.Status != pay.Declined || row.Outcome.Why != pay.WhyAuthKey {
			t.Errorf("wrong authentication key: %+v, %v", row.Outcome, err)
		}
		right.options = map[string]string{"sign_key": strangeKey(t)}
		right.restart()
		back, err := right.Refund(t.Context(), station.Giveback{Order: sold.Order.ID})
		if err != nil || back.Outcome.Status != pay.RefundFailed || back.Outcome.Why != pay.WhySignKey {
			t.Errorf("wrong signature key: %+v, %v", back.Outcome, err)
		}
		right.audit()
	})
}

// strangeKey is a private key that the bank has never heard of.
func strangeKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func TestTwoTillsOfOneShop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBank(t, nil)
		one, two := b.desk("01", nil), b.desk("02", nil)
		done := make(chan struct{})
		for _, d := range []*desk{one, two} {
			go func() {
				defer func() { done <- struct{}{} }()
				for s := range sandbox.Scenario(7) {
					if _, err := d.charge(s); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		<-done
		<-done
		for _, d := range []*desk{one, two} {
			d.follow(time.Minute)
			d.audit()
			if found := d.reconcile(true); len(found) != 0 || d.halted() != "" {
				t.Errorf("till %s: %v", d.device, found)
			}
		}
	})
}

// disk is a store that refuses a write, or tells of each.
type disk struct {
	ledger.Store
	refuse  int // the n-th write from now; 1 is the next
	written func()
}

var errDisk = errors.New("disk does not take it")

func (d *disk) Update(ctx context.Context, fn func(ledger.Tx) error) error {
	if d.refuse--; d.refuse == 0 {
		return errDisk
	}
	err := d.Store.Update(ctx, fn)
	if d.written != nil {
		d.written()
	}
	return err
}

func TestADiskThatRefusesAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		disk := &disk{Store: d.store, refuse: 1}
		d.store = disk
		d.restart()
		if _, err := d.charge(sandbox.PaidAtOnce); !errors.Is(err, errDisk) || d.bank.Counts()["micro_pay"] != 0 {
			t.Errorf("without an intention on disk: %v, %v", err, d.bank.Counts())
		}
		disk.refuse = 2
		row, err := d.charge(sandbox.PaidAtOnce)
		if err != nil || row.Outcome.Status != pay.Paid || d.bank.Counts()["query_order"] != 1 {
			t.Errorf("an outcome that was not recorded is asked for again: %+v, %v", row.Outcome, err)
		}
		d.audit()
	})
}

func TestNoCodeReachesTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		code := codeOf(pay.WeChat, sandbox.ForgedPaid)
		if _, err := d.Charge(t.Context(), station.Charge{Amount: 1, Code: code}, nil); err != nil {
			t.Fatal(err)
		}
		if log := d.logged.String(); !strings.Contains(log, code.String()) || strings.Contains(log, code.Reveal()) {
			t.Errorf("log:\n%s", log)
		}
	})
}

// stationPoints are passed by the loop around the teller, never by the teller.
var stationPoints = map[fault.Point]bool{fault.Played: true, fault.Printed: true}

// TestAPowerCutAtEveryMoment stops a till at each point of a payment and of a refund, starts it again on
// the same disk, and finds both books in agreement and nothing paid twice.
func TestAPowerCutAtEveryMoment(t *testing.T) {
	for _, at := range fault.All() {
		if stationPoints[at] {
			continue
		}
		for _, s := range []sandbox.Scenario{sandbox.PaidAtOnce, sandbox.PasswordPaid, sandbox.SilentPaid, sandbox.SilentNothing, sandbox.NoBalance} {
			refund := strings.HasPrefix(string(at), "refund")
			if refund && s != sandbox.PaidAtOnce {
				continue
			}
			t.Run(string(at)+" "+s.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { cutPower(t, at, s, refund) })
			})
		}
	}
}

func cutPower(t *testing.T, at fault.Point, s sandbox.Scenario, refund bool) {
	d := newDesk(t)
	points := d.Points
	points.Arm(at, 1)
	row, err := d.charge(s)
	if refund {
		_, err = d.Refund(t.Context(), station.Giveback{Order: row.Order.ID, Amount: 80})
	}
	if !errors.Is(err, fault.ErrStopped) || points.Count(at) != 1 {
		t.Fatalf("did not stop: %v", err)
	}
	d.restart()
	if err := d.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.follow(3 * time.Minute)
	d.audit()
	if n := d.bank.Counts()["micro_pay"]; n > 1 {
		t.Errorf("paid %d times", n)
	}
	if found := d.reconcile(true); len(found) != 0 || d.halted() != "" {
		t.Errorf("%v", found)
	}
	if next := d.paid(); next.Order.ID == row.Order.ID {
		t.Error("a number was used twice")
	}
	d.audit()
}
