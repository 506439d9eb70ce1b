package station_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
)

// spoken is a real driver in front of a service that says what the practice service never would.
type spoken struct {
	pay.Gateway
	pays    func(pay.Outcome, error) (pay.Outcome, error) // nil says the truth
	queries func(pay.Outcome, error) (pay.Outcome, error)
}

func (s *spoken) Pay(ctx context.Context, o pay.Order, r pay.Request) (pay.Outcome, error) {
	return said(s.pays)(s.Gateway.Pay(ctx, o, r))
}

func (s *spoken) Query(ctx context.Context, o pay.Order) (pay.Outcome, error) {
	return said(s.queries)(s.Gateway.Query(ctx, o))
}

type saying = func(pay.Outcome, error) (pay.Outcome, error)

func said(f saying) saying {
	if f == nil {
		return func(out pay.Outcome, err error) (pay.Outcome, error) { return out, err }
	}
	return f
}

func says(s pay.Status, w pay.Why, err error) saying {
	return func(pay.Outcome, error) (pay.Outcome, error) { return pay.Outcome{Status: s, Why: w}, err }
}

func TestAnswersThatNeedACoolHead(t *testing.T) {
	for _, r := range []struct {
		name         string
		pays, asks   saying
		status       pay.Status
		why          pay.Why
		halted       string
		end          pay.Status // after the truth is told again and the open orders were asked about
		shortestTime time.Duration
	}{
		{name: "a used number that has a payment is somebody else's",
			pays: says(pay.Unknown, pay.WhyNumberUsed, nil), status: pay.Unknown, why: pay.WhyReentry, halted: "reentry", end: pay.Unknown},
		{name: "a used number whose payment came to nothing is declined",
			pays: says(pay.Unknown, pay.WhyNumberUsed, nil), asks: says(pay.Closed, "", nil), status: pay.Declined, why: pay.WhyNumberUsed, end: pay.Declined},
		{name: "a refusal without a signature that a query denies",
			pays: says(pay.Unknown, pay.WhyRefused, nil), status: pay.Paid, end: pay.Paid},
		{name: "a refusal that a query bears out",
			pays: says(pay.Unknown, pay.WhyRefused, nil), asks: says(pay.Unknown, pay.WhyNotFound, nil), status: pay.Declined, why: pay.WhyRefused, end: pay.Declined},
		{name: "a refused key and then silence is no verdict",
			pays: says(pay.Unknown, "", pay.ErrAuthKey), asks: says(pay.Unknown, "", pay.ErrNoAnswer), status: pay.Unknown, why: pay.WhyAuthKey, end: pay.Paid},
		{name: "an error is no verdict whatever stands beside it",
			pays: says(pay.Declined, "", pay.ErrForged), asks: says(pay.Paid, "", pay.ErrForged), status: pay.Unknown, why: pay.WhyForged, end: pay.Paid},
		{name: "a query that cannot be sent does not mean that nothing was sent",
			pays: says(pay.Unknown, "", pay.ErrNoAnswer), asks: says(pay.Unknown, "", pay.ErrNotSent), status: pay.Unknown, why: pay.WhyNoAnswer, end: pay.Paid},
		{name: "a query about something else halts",
			pays: says(pay.Pending, "", nil), asks: says(pay.Paid, "", pay.ErrContradiction), status: pay.Unknown, why: pay.WhyContradiction, halted: "contradiction", end: pay.Paid},
		{name: "a pending order stays pending while queries are lost",
			pays: says(pay.Pending, "", nil), asks: says(pay.Unknown, "", pay.ErrNoAnswer), status: pay.Pending, end: pay.Paid},
		{name: "a customer who stopped is asked about once more",
			pays: says(pay.Pending, pay.WhyCustomerStopped, nil), asks: says(pay.Declined, pay.WhyCustomerStopped, nil), status: pay.Declined, why: pay.WhyCustomerStopped, end: pay.Declined},
		{name: "a busy service is left alone for three seconds",
			pays: says(pay.Unknown, pay.WhyBusy, nil), status: pay.Paid, end: pay.Paid, shortestTime: 3 * time.Second},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				truth := d.Gateway
				d.Gateway = &spoken{truth, r.pays, r.asks}
				start := time.Now()
				row, err := d.charge(sandbox.PaidAtOnce)
				if err != nil || row.Outcome.Status != r.status || row.Outcome.Why != r.why || d.halted() != r.halted {
					t.Fatalf("%s %q, %v, halted for %q", row.Outcome.Status, row.Outcome.Why, err, d.halted())
				}
				if took := time.Since(start); took < r.shortestTime {
					t.Errorf("took %v", took)
				}
				d.Gateway = truth
				d.follow(0)
				if end := d.order(row.Order.ID).Outcome.Status; end != r.end {
					t.Errorf("in the end %s", end)
				}
			})
		})
	}
}

// TestAVerdictThatIsTakenBack: what is final stays, and two verdicts of which one says paid halt the till.
func TestAVerdictThatIsTakenBack(t *testing.T) {
	for _, r := range []struct {
		name        string
		first, then saying
		stands      pay.Status
		why         pay.Why
		halted      string
	}{
		{"declined, then paid", says(pay.Declined, pay.WhyBalance, nil), nil, pay.Declined, pay.WhyBalance, "contradiction"},
		{"paid, then declined", nil, says(pay.Declined, pay.WhyPayError, nil), pay.Paid, "", "contradiction"},
		{"paid, then pending", nil, says(pay.Pending, "", nil), pay.Paid, "", ""},
		{"paid, then not found", nil, says(pay.Unknown, pay.WhyNotFound, nil), pay.Paid, "", ""},
		{"paid, then turned into a refund", nil, says(pay.Paid, pay.WhyTurnedRefund, nil), pay.Paid, pay.WhyTurnedRefund, ""},
		{"paid, then closed or refunded, which is one state", nil, says(pay.Closed, "", nil), pay.Paid, pay.WhyTurnedRefund, ""},
		{"paid, then reversed", nil, says(pay.Closed, pay.WhyReversed, nil), pay.Closed, pay.WhyReversed, ""},
		{"declined, then closed", says(pay.Declined, pay.WhyBalance, nil), says(pay.Closed, "", nil), pay.Declined, pay.WhyBalance, ""},
		{"paid, then about something else", nil, says(pay.Unknown, "", pay.ErrContradiction), pay.Paid, "", "contradiction"},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				d.Gateway = &spoken{Gateway: d.Gateway, pays: r.first, queries: r.then}
				row, err := d.Charge(t.Context(), station.Charge{Amount: 60, Code: codeOf(pay.Alipay, sandbox.PaidAtOnce)}, nil)
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					time.Sleep(time.Minute)
					_, err = d.Resolve(t.Context(), row.Order.ID)
					if err != nil && !errors.Is(err, pay.ErrContradiction) {
						t.Fatal(err)
					}
				}
				out := d.order(row.Order.ID).Outcome
				if out.Status != r.stands || out.Why != r.why || d.halted() != r.halted {
					t.Errorf("%s %q, halted for %q", out.Status, out.Why, d.halted())
				}
				if _, err := d.Book.Verify(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestADriverThatCannotListIsNotReconciled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.Gateway = &spoken{Gateway: d.Gateway}
		if found, err := d.Reconcile(t.Context(), true); err != nil || found != nil {
			t.Errorf("%v, %v", found, err)
		}
		if err := d.CatchUp(t.Context()); err != nil || d.bank.Counts()["client_order_detail"] != 0 {
			t.Error(err, d.bank.Counts())
		}
	})
}

func TestAChargeThatDoesNotWaitEndsWithTheFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		row, err := d.Charge(t.Context(), station.Charge{Amount: 3, Code: codeOf(pay.WeChat, sandbox.PasswordPaid), NoWait: true}, nil)
		if err != nil || row.Outcome.Status != pay.Pending || d.bank.Counts()["query_order"] != 0 {
			t.Fatalf("%s, %v, asked %d times", row.Outcome.Status, err, d.bank.Counts()["query_order"])
		}
		d.follow(time.Minute)
		d.audit()
	})
}

func TestANumberIsChargedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		c := station.Charge{ID: sandbox.PracticePrefix + "MINE1", Amount: 3, Code: codeOf(pay.WeChat, sandbox.PasswordPaid)}
		again := func() {
			if _, err := d.Charge(t.Context(), c, nil); !errors.Is(err, ledger.ErrNumber) {
				t.Error(err)
			}
		}
		if _, err := d.Charge(t.Context(), c, func(pay.Outcome) { again() }); err != nil {
			t.Fatal(err)
		}
		again()
		if n := d.bank.Counts()["micro_pay"]; n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
}
