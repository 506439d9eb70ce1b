package cloudpay_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
)

// inBubble plays a story between the driver and the sandbox in virtual time.
func inBubble(t *testing.T, options map[string]string, story func(*testing.T, *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { story(t, newBench(t, options)) })
}

// buy pays one order with a code of that scenario.
func (b *bench) buy(t *testing.T, tender pay.Tender, s sandbox.Scenario) (pay.Order, pay.Outcome, error) {
	t.Helper()
	o := pay.Order{ID: b.Number(), Store: b.Store, Device: b.Device, Clerk: b.Clerk, Tender: tender, Amount: 1234, At: time.Now()}
	r, err := b.gateway.Prepare(o, b.Rules.Classify(code(tender, s)))
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.gateway.Pay(t.Context(), o, r)
	return o, out, err
}

func TestEveryScenarioOfTheSandbox(t *testing.T) {
	type end struct {
		first pay.Status
		err   error
		why   pay.Why
		last  pay.Status // after a minute of queries
	}
	want := map[sandbox.Scenario]end{
		sandbox.PaidAtOnce:      {pay.Paid, nil, "", pay.Paid},
		sandbox.PasswordPaid:    {pay.Pending, nil, "", pay.Paid},
		sandbox.PasswordStopped: {pay.Pending, nil, "", pay.Declined},
		sandbox.PayError:        {pay.Declined, nil, pay.WhyPayError, pay.Declined},
		sandbox.UnknownPaid:     {pay.Unknown, nil, pay.WhyBusy, pay.Paid},
		sandbox.BusyPaid:        {pay.Unknown, nil, pay.WhyBusy, pay.Paid},
		sandbox.SilentPaid:      {pay.Unknown, pay.ErrNoAnswer, pay.WhyNoAnswer, pay.Paid},
		sandbox.SilentNothing:   {pay.Unknown, pay.ErrNoAnswer, pay.WhyNoAnswer, pay.Unknown},
		sandbox.ForgedPaid:      {pay.Unknown, pay.ErrForged, pay.WhyForged, pay.Paid},
		sandbox.NewNumber:       {pay.Unknown, nil, pay.WhyNumberUsed, pay.Unknown},
		sandbox.Reentry:         {pay.Unknown, nil, pay.WhyReentry, pay.Unknown},
		sandbox.NoBalance:       {pay.Declined, nil, pay.WhyBalance, pay.Declined},
		sandbox.Transforming:    {pay.Pending, nil, "", pay.Paid},
		sandbox.CutPaid:         {pay.Unknown, pay.ErrNoAnswer, pay.WhyGarbled, pay.Paid},
		sandbox.BadGatewayPaid:  {pay.Unknown, pay.ErrNoAnswer, pay.WhyNoAnswer, pay.Paid},
		sandbox.OtherNumber:     {pay.Unknown, pay.ErrContradiction, pay.WhyContradiction, pay.Paid},
		sandbox.CouponPaid:      {pay.Paid, nil, "", pay.Paid},
	}
	for _, s := range sandbox.Scenarios() {
		w, ok := want[s]
		if !ok {
			t.Errorf("scenario %v is not expected by this test", s)
			continue
		}
		t.Run(s.String(), func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, b *bench) {
				o, out, err := b.buy(t, pay.WeChat, s)
				if out.Status != w.first || !errors.Is(err, w.err) || out.Why != w.why {
					t.Errorf("pay: %+v %v, want %+v", out, err, w)
				}
				if s == sandbox.CouponPaid && (out.Net <= 0 || out.Net >= o.Amount) {
					t.Errorf("net %v of %v", out.Net, o.Amount)
				}
				if last := b.lastWord(t, o); last != w.last {
					t.Errorf("ended as %v, want %v", last, w.last)
				}
			})
		})
	}
}

// lastWord asks for a minute.
func (b *bench) lastWord(t *testing.T, o pay.Order) pay.Status {
	t.Helper()
	var out pay.Outcome
	for range 30 {
		var err error
		if out, err = b.gateway.Query(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if out.Status.Final() {
			break
		}
		time.Sleep(2 * time.Second)
	}
	return out.Status
}

func TestSilentServiceIsLeftAfterThePayTimeout(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bench) {
		b.Hang()
		start := time.Now()
		_, out, err := b.buy(t, pay.WeChat, sandbox.PaidAtOnce)
		if !errors.Is(err, pay.ErrNoAnswer) || !errors.Is(err, context.DeadlineExceeded) || out.Status != pay.Unknown {
			t.Errorf("%+v %v", out, err)
		}
		if waited := time.Since(start); waited != 30*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestDrippingAnswerIsLeftAfterTheQueryTimeout(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bench) {
		o, _, _ := b.buy(t, pay.WeChat, sandbox.PaidAtOnce)
		b.inject(t, sandbox.Fault{Kind: sandbox.FaultSlow, Interface: "query_order", Delay: time.Minute})
		start := time.Now()
		if out, err := b.gateway.Query(t.Context(), o); !errors.Is(err, pay.ErrNoAnswer) {
			t.Errorf("%+v %v", out, err)
		}
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestWrongKeysGiveTwoDifferentMessages(t *testing.T) {
	inBubble(t, map[string]string{"auth_key": "another-key"}, func(t *testing.T, b *bench) {
		_, out, err := b.buy(t, pay.WeChat, sandbox.PaidAtOnce)
		if !errors.Is(err, pay.ErrAuthKey) || out.Status != pay.Unknown || !strings.Contains(err.Error(), "authentication key") {
			t.Errorf("%+v %v", out, err)
		}
	})
	inBubble(t, map[string]string{"sign_key": anotherKey(t)}, func(t *testing.T, b *bench) {
		o, _, _ := b.buy(t, pay.WeChat, sandbox.PaidAtOnce)
		r := pay.Refund{ID: b.Number(), Order: o.ID, Amount: 1, Clerk: b.Clerk}
		q, err := b.gateway.PrepareRefund(o, r)
		if err != nil {
			t.Fatal(err)
		}
		out, err := b.gateway.Refund(t.Context(), o, r, q)
		if !errors.Is(err, pay.ErrSignKey) || out.Status != pay.RefundUnknown || !strings.Contains(err.Error(), "private key") {
			t.Errorf("%+v %v", out, err)
		}
	})
}

func TestReverseWhereItIsOn(t *testing.T) {
	for _, row := range []struct {
		name    string
		options map[string]string
	}{
		{"by HMAC", map[string]string{"reverse": "true"}},
		{"by signature", map[string]string{"reverse": "true", "sign_key": sandbox.PracticeKeys().PrivateKey}},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, row.options, func(t *testing.T, b *bench) {
				o, _, err := b.buy(t, pay.WeChat, sandbox.PasswordPaid)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(20 * time.Second)
				out, err := b.gateway.Cancel(t.Context(), o)
				if err != nil || out.Status.Final() || out.Why != pay.WhyReversed {
					t.Fatalf("cancel: %+v %v", out, err)
				}
				if out, err := b.gateway.Query(t.Context(), o); err != nil || out.Status != pay.Closed {
					t.Errorf("query: %+v %v", out, err)
				}
			})
		})
	}
}

func TestListWhileTheServiceMoves(t *testing.T) {
	for _, row := range []struct {
		name   string
		faults []sandbox.Fault
		fails  bool
	}{
		{"a row comes in front between two pages", []sandbox.Fault{{Kind: sandbox.FaultShift, Interface: "client_order_detail", Count: 1}}, false},
		{"a row stands twice", []sandbox.Fault{{Kind: sandbox.FaultDuplicate, Interface: "client_order_detail", Count: 1}}, false},
		{"a row always stands twice", []sandbox.Fault{{Kind: sandbox.FaultDuplicate, Interface: "client_order_detail", Count: sandbox.Always}}, false},
		{"one page is forged", []sandbox.Fault{{Kind: sandbox.FaultForge, Interface: "client_order_detail", Count: 1}}, true},
		{"one page is lost", []sandbox.Fault{{Kind: sandbox.FaultLose, Interface: "client_order_detail", Count: 1}}, true},
		{"the service is busy", []sandbox.Fault{{Kind: sandbox.FaultBusy, Interface: "client_order_detail", Count: 1}}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, b *bench) {
				from := time.Now()
				for range 120 {
					if _, out, err := b.buy(t, pay.WeChat, sandbox.PaidAtOnce); err != nil || out.Status != pay.Paid {
						t.Fatalf("%+v %v", out, err)
					}
					time.Sleep(time.Second)
				}
				for _, f := range row.faults {
					b.inject(t, f)
				}
				all, err := b.gateway.List(t.Context(), from, time.Now())
				if row.fails {
					if err == nil || all != nil {
						t.Errorf("%d lines and error %v", len(all), err)
					}
					return
				}
				// A shifted-in row may be a ghost of the fault, so that none may miss but one may be more.
				if err != nil || len(all) < 120 || len(all) > 121 || !eachOnce(all) || missing(all, b.Book()) != 0 {
					t.Errorf("%d lines, %d missing, error %v", len(all), missing(all, b.Book()), err)
				}
			})
		})
	}
}

func eachOnce(all []pay.Entry) bool {
	seen := map[string]bool{}
	for _, e := range all {
		if seen[e.Number()] {
			return false
		}
		seen[e.Number()] = true
	}
	return true
}

// missing counts the lines of the book that the list lacks.
func missing(list, book []pay.Entry) int {
	have := map[string]bool{}
	for _, e := range list {
		have[e.Number()] = true
	}
	n := 0
	for _, e := range book {
		if !have[e.Number()] {
			n++
		}
	}
	return n
}

func TestListShowsAForeignOrder(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bench) {
		from := time.Now()
		b.inject(t, sandbox.Fault{Kind: sandbox.FaultForeign})
		all, err := b.gateway.List(t.Context(), from, time.Now().Add(time.Second))
		if err != nil || len(all) != 1 || !strings.Contains(all[0].Order, "FOREIGN") || all[0].Status != pay.Paid || all[0].Device != b.Device {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func TestWholeRefundByAlipayLeavesThePaymentPaidInTheList(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bench) {
		from := time.Now()
		o, _, _ := b.buy(t, pay.Alipay, sandbox.PaidAtOnce)
		r := pay.Refund{ID: b.Number(), Order: o.ID, Amount: o.Amount, Clerk: b.Clerk}
		q, err := b.gateway.PrepareRefund(o, r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.gateway.Refund(t.Context(), o, r, q); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		all, err := b.gateway.List(t.Context(), from, time.Now())
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v %v", all, err)
		}
		for _, e := range all {
			if e.Kind == pay.EntryPayment && e.Status != pay.Paid {
				t.Errorf("payment is %v", e.Status)
			}
			if e.Kind == pay.EntryRefund && (e.Back != pay.RefundDone || e.Order != o.ID || e.Amount != o.Amount) {
				t.Errorf("refund is %+v", e)
			}
		}
		out, err := b.gateway.Query(t.Context(), o)
		if err != nil || out.Status == pay.Declined || (out.Status == pay.Paid && out.Why != pay.WhyTurnedRefund) {
			t.Errorf("query: %+v %v", out, err)
		}
	})
}

func TestRefundsThatEndBadly(t *testing.T) {
	for kind, want := range map[sandbox.FaultKind]pay.RefundStatus{
		sandbox.FaultRefundFails: pay.RefundFailed, sandbox.FaultRefundManual: pay.RefundManual,
	} {
		inBubble(t, nil, func(t *testing.T, b *bench) {
			o, _, _ := b.buy(t, pay.WeChat, sandbox.PaidAtOnce)
			b.inject(t, sandbox.Fault{Kind: kind, Interface: "refund"})
			r := pay.Refund{ID: b.Number(), Order: o.ID, Amount: 1, Clerk: b.Clerk}
			q, err := b.gateway.PrepareRefund(o, r)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := b.gateway.Refund(t.Context(), o, r, q); err != nil || out.Status != pay.RefundAccepted {
				t.Errorf("%s: refund %+v %v", kind, out, err)
			}
			time.Sleep(time.Minute)
			if out, err := b.gateway.QueryRefund(t.Context(), o, r); err != nil || out.Status != want {
				t.Errorf("%s: query %+v %v, want %v", kind, out, err, want)
			}
		})
	}
}

func TestPrefixesComeFromTheService(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, b *bench) {
		got, err := b.gateway.Prefixes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := pay.DefaultCodeRules()
		if !slices.Equal(got[pay.WeChat], want.WeChat.Prefixes) || !slices.Equal(got[pay.Alipay], want.Alipay.Prefixes) {
			t.Errorf("%v", got)
		}
	})
}
