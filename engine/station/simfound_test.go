package station_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
)

// What the simulator has found stays found.

func TestTwoUnsignedRefusalsAreNoVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		truth := d.Gateway
		refuses := says(pay.Unknown, pay.WhyRefused, nil)
		d.Gateway = &spoken{truth, refuses, refuses}
		row, err := d.charge(sandbox.PaidAtOnce)
		if err != nil || row.Outcome.Status != pay.Unknown {
			t.Errorf("%+v, %v, and the customer would be asked to pay again", row.Outcome, err)
		}
		d.Gateway = truth
		d.follow(0)
		if end := d.order(row.Order.ID).Outcome.Status; end != pay.Paid {
			t.Errorf("in the end %s", end)
		}
		d.audit()
	})
}

func TestALieAfterALostRefundHalts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		sold := d.paid()
		d.bank.inject(sandbox.Fault{Kind: sandbox.FaultLose, Interface: "refund"})
		d.bank.inject(sandbox.Fault{Kind: sandbox.FaultAmount, Interface: "query_refund_order"})
		d.back(sold.Order.ID, 500, pay.RefundUnknown)
		if d.halted() != "contradiction" {
			t.Errorf("halted for %q", d.halted())
		}
		d.follow(time.Minute)
		d.audit()
	})
}

func TestAnAlipayPaymentThatCameThroughBeforeItWasUndoneEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := undoer(t, 7*time.Second)
		row, err := d.Charge(context.Background(), station.Charge{Amount: 1280,
			Code: codeOf(pay.Alipay, sandbox.PasswordPaid), Source: "manual"}, nil)
		if err != nil || row.Outcome.Status != pay.Closed || row.Outcome.Why != pay.WhyReversed {
			t.Errorf("%+v, %v", row.Outcome, err)
		}
		d.audit()
	})
}
