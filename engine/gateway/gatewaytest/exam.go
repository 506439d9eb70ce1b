package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/pay"
)

// question is one promise and how it is asked.
type question struct {
	name string
	ask  func(exam)
}

var questions = []question{
	{"preparing has no effect and shows no code", askPrepare},
	{"a paid code is paid", askPaid},
	{"a password page is pending, then paid", askPassword},
	{"a customer who stops has not paid", askStopped},
	{"a refusal of the platform is declined", askDeclined},
	{"a lost answer is unknown, and a query finds the payment", askLost},
	{"a lost request is unknown, and not found is not final", askNeverCreated},
	{"a forged answer is not believed", func(x exam) { askDisbelieved(x, Forged, pay.ErrForged) }},
	{"an answer without authentication is not believed", func(x exam) { askDisbelieved(x, Unsigned, pay.ErrForged) }},
	{"an answer about another order is not believed", func(x exam) { askDisbelieved(x, OtherNumber, pay.ErrContradiction) }},
	{"an answer with another amount is not believed", func(x exam) { askDisbelieved(x, OtherAmount, pay.ErrContradiction) }},
	{"an answer for another merchant is not believed", func(x exam) { askDisbelieved(x, OtherShop, pay.ErrContradiction) }},
	{"an answer that is cut off is no answer", func(x exam) { askDisbelieved(x, Garbled, pay.ErrNoAnswer) }},
	{"a busy service is no verdict", askBusy},
	{"the same request twice is one payment", askTwice},
	{"the same request after a lost answer is one payment", askTwiceAfterLoss},
	{"a number used again for other content takes no money", askNumberAgain},
	{"a call makes one attempt", askOneAttempt},
	{"a context that has ended sends nothing", askEnded},
	{"a context that ends while waiting leaves the result unknown", askEndsWhileWaiting},
	{"without a network nothing was sent", askCut},
	{"undoing is refused where its switch is off", askCancelOff},
	{"a part is refunded", askRefundPart},
	{"all is refunded in two parts", askRefundAll},
	{"the same refund twice is one refund", askRefundTwice},
	{"a refund number used again for another amount gives nothing", askRefundNumberAgain},
	{"a refund above what is left gives nothing", askRefundAbove},
	{"a refund nobody made is not found", askRefundUnknown},
	{"the list agrees with the service's book", askList},
	{"ping tells a time", askPing},
	{"the directory knows this till", askDirectory},
}

// Run asks every question of every tender. fresh makes a bench with an empty book; it is called inside a
// synctest bubble, so its service must be reached through memory, and cleaned up with t.Cleanup.
func Run(t *testing.T, fresh func(t *testing.T) Bench) {
	for _, q := range questions {
		for _, tender := range []pay.Tender{pay.WeChat, pay.Alipay} {
			t.Run(q.name+"/"+tender.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					q.ask(exam{t, fresh(t), tender})
				})
			})
		}
	}
}

func askPrepare(x exam) {
	raw := x.Code(x.tender, Paid)
	o := x.order()
	r, err := x.Gateway.Prepare(o, x.Rules.Classify(raw))
	if err != nil {
		x.Fatal(err)
	}
	if n := x.Arrived(); n != 0 || len(x.Book()) != 0 {
		x.Errorf("%d calls arrived and the book has %d lines", n, len(x.Book()))
	}
	if r.Number != o.ID || !strings.Contains(string(r.Content), o.ID) {
		x.Errorf("request %v does not carry order %s", r, o.ID)
	}
	for _, printed := range []string{fmt.Sprint(r), fmt.Sprintf("%+v %#v", r, r)} {
		if strings.Contains(printed, raw) {
			x.Errorf("request prints the code: %s", printed)
		}
	}
	for _, wrong := range []pay.Money{0, -1, pay.MaxCharge + 1} {
		o.Amount = wrong
		if _, err := x.Gateway.Prepare(o, x.Rules.Classify(raw)); !errors.Is(err, pay.ErrMoneyRange) {
			x.Errorf("amount %v: error %v, want out of range", wrong, err)
		}
	}
}

func askPaid(x exam) {
	o, r := x.prepare(Paid)
	out, err := x.pay(o, r)
	if err != nil || out.Status != pay.Paid || out.Trade == "" || out.At.IsZero() {
		x.Fatalf("pay: %+v %v", out, err)
	}
	b, ok := x.booked(o)
	if !ok || b.Status != pay.Paid || b.Amount != o.Amount || b.Trade != out.Trade {
		x.Errorf("book has %+v, answer was %+v", b, out)
	}
	if again := x.settled(o); again.Status != pay.Paid || again.Trade != out.Trade {
		x.Errorf("query says %+v after %+v", again, out)
	}
}

func askPassword(x exam) {
	o, r := x.prepare(Password)
	out, err := x.pay(o, r)
	if err != nil || out.Status != pay.Pending {
		x.Fatalf("pay: %+v %v, want pending", out, err)
	}
	if out := x.settled(o); out.Status != pay.Paid {
		x.Errorf("ended as %+v, want paid", out)
	}
	if x.payments() != 1 {
		x.Errorf("book has %d payments", x.payments())
	}
}

func askStopped(x exam) {
	o, r := x.prepare(Stopped)
	if out, err := x.pay(o, r); err != nil || out.Status != pay.Pending {
		x.Fatalf("pay: %+v %v, want pending", out, err)
	}
	out := x.settled(o)
	if out.Status == pay.Paid || x.payments() != 0 {
		x.Errorf("ended as %+v, book has %d payments", out, x.payments())
	}
}

func askDeclined(x exam) {
	o, r := x.prepare(Declined)
	out, err := x.pay(o, r)
	if err != nil || out.Status != pay.Declined || out.Why == pay.WhyNone {
		x.Errorf("pay: %+v %v, want declined and why", out, err)
	}
	if x.payments() != 0 {
		x.Errorf("book has %d payments", x.payments())
	}
}

func askLost(x exam) {
	o, r := x.prepare(LostPaid)
	_, err := x.pay(o, r)
	if !errors.Is(err, pay.ErrNoAnswer) {
		x.Errorf("pay: %v, want no answer", err)
	}
	if out := x.settled(o); out.Status != pay.Paid {
		x.Errorf("ended as %+v, want paid", out)
	}
	if x.payments() != 1 {
		x.Errorf("book has %d payments", x.payments())
	}
}

func askNeverCreated(x exam) {
	o, r := x.prepare(NeverCreated)
	if _, err := x.pay(o, r); !errors.Is(err, pay.ErrNoAnswer) {
		x.Errorf("pay: %v, want no answer", err)
	}
	out, err := x.query(o)
	if err != nil || out.Status != pay.Unknown || out.Why != pay.WhyNotFound {
		x.Errorf("query: %+v %v, want unknown and not found", out, err)
	}
}

// askDisbelieved: the money has moved, the answer is bad, and only a query may say so.
func askDisbelieved(x exam, s Scenario, kind error) {
	o, r := x.prepare(s)
	if out, err := x.pay(o, r); !errors.Is(err, kind) {
		x.Errorf("pay: %+v %v, want %v", out, err, kind)
	}
	if out := x.settled(o); out.Status != pay.Paid {
		x.Errorf("ended as %+v, want paid", out)
	}
}

func askBusy(x exam) {
	o, r := x.prepare(Busy)
	if out, err := x.pay(o, r); err != nil || out.Status.Final() {
		x.Errorf("pay: %+v %v, want no verdict and no error", out, err)
	}
	if out := x.settled(o); out.Status != pay.Paid {
		x.Errorf("ended as %+v, want paid", out)
	}
}

func askTwice(x exam) {
	o, r := x.prepare(Paid)
	first, err1 := x.pay(o, r)
	second, err2 := x.pay(o, r)
	if err1 != nil || err2 != nil || first.Status != pay.Paid || second.Status != pay.Paid || first.Trade != second.Trade {
		x.Errorf("first %+v %v, second %+v %v", first, err1, second, err2)
	}
	if x.payments() != 1 {
		x.Errorf("book has %d payments", x.payments())
	}
}

func askTwiceAfterLoss(x exam) {
	o, r := x.prepare(LostPaid)
	if _, err := x.pay(o, r); err == nil {
		x.Fatal("the answer was not lost")
	}
	for range 3 {
		if out, err := x.pay(o, r); err == nil && out.Status != pay.Paid {
			x.Errorf("repeated: %+v", out)
		}
	}
	if x.payments() != 1 {
		x.Errorf("book has %d payments", x.payments())
	}
}

func askNumberAgain(x exam) {
	o := x.paidOrder()
	other := o
	other.Amount = o.Amount + 1
	r := x.prepareOrder(other, Paid)
	out, err := x.pay(other, r)
	if err != nil || out.Status != pay.Unknown || out.Why != pay.WhyReentry {
		x.Errorf("pay: %+v %v, want unknown and reentry", out, err)
	}
	if b, _ := x.booked(o); b.Amount != o.Amount || x.payments() != 1 {
		x.Errorf("book has %d payments and %+v", x.payments(), b)
	}
}

func askOneAttempt(x exam) {
	x.paidOrder() // so that a kept connection exists, which invites to try again
	for _, s := range []Scenario{LostPaid, Garbled, Busy} {
		o, r := x.prepare(s)
		before := x.Arrived()
		x.pay(o, r)
		if n := x.Arrived() - before; n != 1 {
			x.Errorf("scenario %d: %d calls arrived, want 1", s, n)
		}
	}
}

func askEnded(x exam) {
	o, r := x.prepare(Paid)
	ctx, cancel := context.WithCancel(x.Context())
	cancel()
	out, err := x.Gateway.Pay(ctx, o, r)
	x.checkOutcome(out, err)
	if !errors.Is(err, pay.ErrNotSent) || !errors.Is(err, context.Canceled) {
		x.Errorf("pay: %v, want nothing sent and canceled", err)
	}
	if n := x.Arrived(); n != 0 {
		x.Errorf("%d calls arrived", n)
	}
}

func askEndsWhileWaiting(x exam) {
	o, r := x.prepare(Paid)
	x.Hang()
	ctx, cancel := context.WithTimeout(x.Context(), time.Second)
	defer cancel()
	start := time.Now()
	out, err := x.Gateway.Pay(ctx, o, r)
	x.checkOutcome(out, err)
	if !errors.Is(err, pay.ErrNoAnswer) {
		x.Errorf("pay: %v, want no answer", err)
	}
	if waited := time.Since(start); waited != time.Second {
		x.Errorf("came back after %v, the context ended after 1s", waited)
	}
	if n := x.Arrived(); n != 1 {
		x.Errorf("%d calls arrived, want 1", n)
	}
}

func askCut(x exam) {
	o, r := x.prepare(Paid)
	x.Cut()
	out, err := x.pay(o, r)
	if !errors.Is(err, pay.ErrNotSent) || out.Why != pay.WhyNotSent {
		x.Errorf("pay: %+v %v, want nothing sent", out, err)
	}
	if len(x.Book()) != 0 {
		x.Errorf("book has %d lines", len(x.Book()))
	}
}

func askCancelOff(x exam) {
	o := x.paidOrder()
	before := x.Arrived()
	out, err := x.Gateway.Cancel(x.Context(), o)
	x.checkOutcome(out, err)
	if !errors.Is(err, pay.ErrNotAllowed) {
		x.Errorf("cancel: %+v %v, want not allowed", out, err)
	}
	if b, _ := x.booked(o); x.Arrived() != before || b.Status != pay.Paid {
		x.Errorf("%d calls arrived, book says %v", x.Arrived()-before, b.Status)
	}
}

func askRefundPart(x exam) {
	o := x.paidOrder()
	r := x.newRefund(o, 234)
	out, err := x.refund(o, r)
	if err != nil || (out.Status != pay.RefundAccepted && out.Status != pay.RefundDone) {
		x.Fatalf("refund: %+v %v", out, err)
	}
	time.Sleep(x.RefundTime)
	out, err = x.Gateway.QueryRefund(x.Context(), o, r)
	if err != nil || out.Status != pay.RefundDone {
		x.Errorf("query refund: %+v %v, want done", out, err)
	}
	if sum := x.refunded(o); sum != 234 {
		x.Errorf("book gave %v back", sum)
	}
	if out := x.settled(o); out.Status != pay.Paid {
		x.Errorf("a part was refunded and the order is %+v", out)
	}
}

func askRefundAll(x exam) {
	o := x.paidOrder()
	for _, part := range []pay.Money{1000, 234} {
		if out, err := x.refund(o, x.newRefund(o, part)); err != nil || out.Status == pay.RefundFailed {
			x.Fatalf("refund of %v: %+v %v", part, out, err)
		}
	}
	time.Sleep(x.RefundTime)
	if sum := x.refunded(o); sum != o.Amount {
		x.Errorf("book gave %v back", sum)
	}
}

func askRefundTwice(x exam) {
	o := x.paidOrder()
	r := x.newRefund(o, 234)
	q, err := x.Gateway.PrepareRefund(o, r)
	if err != nil {
		x.Fatal(err)
	}
	for range 2 {
		if out, err := x.Gateway.Refund(x.Context(), o, r, q); err != nil || out.Status == pay.RefundFailed {
			x.Errorf("refund: %+v %v", out, err)
		}
	}
	if sum := x.refunded(o); sum != 234 {
		x.Errorf("book gave %v back", sum)
	}
}

func askRefundNumberAgain(x exam) {
	o := x.paidOrder()
	r := x.newRefund(o, 234)
	if _, err := x.refund(o, r); err != nil {
		x.Fatal(err)
	}
	r.Amount = 235
	if out, err := x.refund(o, r); err == nil && out.Status != pay.RefundFailed && out.Why != pay.WhyReentry {
		x.Errorf("refund: %+v, want failed", out)
	}
	if sum := x.refunded(o); sum != 234 {
		x.Errorf("book gave %v back", sum)
	}
}

func askRefundAbove(x exam) {
	o := x.paidOrder()
	if _, err := x.refund(o, x.newRefund(o, 1000)); err != nil {
		x.Fatal(err)
	}
	out, err := x.refund(o, x.newRefund(o, 235))
	if err != nil || out.Status != pay.RefundFailed {
		x.Errorf("refund: %+v %v, want failed", out, err)
	}
	if sum := x.refunded(o); sum != 1000 {
		x.Errorf("book gave %v back", sum)
	}
	if _, err := x.Gateway.PrepareRefund(o, x.newRefund(o, o.Amount+1)); !errors.Is(err, pay.ErrMoneyRange) {
		x.Errorf("prepare refund above the order: %v, want out of range", err)
	}
}

func askRefundUnknown(x exam) {
	o := x.paidOrder()
	out, err := x.Gateway.QueryRefund(x.Context(), o, x.newRefund(o, 1))
	if err != nil || out.Status != pay.RefundUnknown || out.Why != pay.WhyNotFound {
		x.Errorf("query refund: %+v %v, want unknown and not found", out, err)
	}
}

func askList(x exam) {
	lister, ok := x.Gateway.(pay.Lister)
	if !ok {
		x.Skip("this driver cannot list")
	}
	from := time.Now()
	const orders = 60 // more than any sensible page
	for i := range orders {
		o := x.paidOrder()
		if i%10 == 0 {
			if _, err := x.refund(o, x.newRefund(o, 100)); err != nil {
				x.Fatal(err)
			}
		}
		time.Sleep(time.Second)
	}
	all, err := lister.List(x.Context(), from, time.Now())
	if err != nil {
		x.Fatal(err)
	}
	compare(x, all, x.Book())
}

// compare asks for the same lines on both sides.
func compare(x exam, got, want []pay.Entry) {
	x.Helper()
	line := func(e pay.Entry) string {
		return fmt.Sprint(e.Kind, e.Order, e.Refund, e.Store, e.Device, e.Tender, e.Amount, e.Status, e.Trade)
	}
	theirs := map[string]int{}
	for _, e := range want {
		theirs[line(e)]++
	}
	for _, e := range got {
		theirs[line(e)]--
	}
	for l, n := range theirs {
		if n != 0 {
			x.Errorf("line %s: %d too few in the list", l, n)
		}
	}
}

func askPing(x exam) {
	p, ok := x.Gateway.(pay.Pinger)
	if !ok {
		x.Skip("this driver cannot ping")
	}
	at, err := p.Ping(x.Context())
	if off := time.Since(at).Abs(); err != nil || off > time.Second {
		x.Errorf("ping: %v, %v off: %v", at, off, err)
	}
	x.Cut()
	if _, err := p.Ping(x.Context()); !errors.Is(err, pay.ErrNotSent) {
		x.Errorf("ping without a network: %v, want nothing sent", err)
	}
}

func askDirectory(x exam) {
	d, ok := x.Gateway.(pay.Directory)
	if !ok {
		x.Skip("this driver has no directory")
	}
	devices, staff, err := d.Shops(x.Context())
	if err != nil {
		x.Fatal(err)
	}
	here, known := false, false
	for _, v := range devices {
		here = here || (v.Store == x.Store && v.ID == x.Device && v.TakesCodes)
	}
	for _, p := range staff {
		known = known || (p.Store == x.Store && p.ID == x.Clerk)
	}
	if !here || !known {
		x.Errorf("till found: %v, clerk found: %v", here, known)
	}
}
