// Package gatewaytest is the one exam that every payment driver sits. It asks each promise of pay.Gateway
// against a working service and believes the service's own book, never the driver.
//
// It promises to ask in virtual time, so that minutes of waiting take none. The service and the way to it
// are left to the driver's own test, which must reach it without a real socket.
package gatewaytest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cpos/engine/pay"
)

// Scenario is what shall happen to the payment of a code.
type Scenario uint8

const (
	Paid         Scenario = iota // paid at once
	Password                     // pending while the customer types a password, then paid
	Stopped                      // pending, then the customer closes the password page
	Declined                     // refused by the platform
	LostPaid                     // paid, and the first answer never arrives
	NeverCreated                 // no answer, and the service never made an order
	Forged                       // paid, and the first answer has a wrong authentication
	Unsigned                     // paid, and the first answer has no authentication
	OtherNumber                  // paid, and the first answer speaks of another order
	OtherAmount                  // paid, and the first answer tells another amount
	OtherShop                    // paid, and the first answer speaks of another merchant
	Busy                         // paid, and the first answer says to try later
	Garbled                      // paid, and the first answer is cut off
)

// Bench is a driver before a fresh service. Every function may be called from the test's goroutine only.
type Bench struct {
	Gateway              pay.Gateway
	Store, Device, Clerk string
	Rules                pay.CodeRules

	// Number gives an order or refund number that nobody has used.
	Number func() string
	// Code arms the service and gives an unused code of that tender; "" says that this service cannot play
	// the scenario, and the question is skipped.
	Code func(pay.Tender, Scenario) string
	// Book is the service's own statement of everything that happened to money.
	Book func() []pay.Entry
	// Arrived counts the calls that reached the service.
	Arrived func() int
	// Hang keeps the service silent on the next call until the caller leaves.
	Hang func()
	// Cut takes the network away.
	Cut func()
	// RefundTime is how long an accepted refund takes to arrive.
	RefundTime time.Duration
}

// kinds are the errors a gateway may give; every error is exactly one of them.
var kinds = []error{pay.ErrNotSent, pay.ErrNoAnswer, pay.ErrForged, pay.ErrContradiction, pay.ErrAuthKey, pay.ErrSignKey, pay.ErrNotAllowed}

// exam is one question being asked.
type exam struct {
	*testing.T
	Bench
	tender pay.Tender
}

const amount pay.Money = 1234

// order makes a new order of the exam's usual amount.
func (x exam) order() pay.Order {
	return pay.Order{
		ID: x.Number(), Store: x.Store, Device: x.Device, Clerk: x.Clerk, Tender: x.tender, Amount: amount, At: time.Now(),
	}
}

// prepare fixes a payment that will meet the scenario.
func (x exam) prepare(s Scenario) (pay.Order, pay.Request) {
	x.Helper()
	o := x.order()
	return o, x.prepareOrder(o, s)
}

func (x exam) prepareOrder(o pay.Order, s Scenario) pay.Request {
	x.Helper()
	raw := x.Code(x.tender, s)
	if raw == "" {
		x.Skipf("this service cannot play scenario %d", s)
	}
	r, err := x.Gateway.Prepare(o, x.Rules.Classify(raw))
	if err != nil {
		x.Fatalf("prepare: %v", err)
	}
	return r
}

// pay sends and checks what every answer must keep.
func (x exam) pay(o pay.Order, r pay.Request) (pay.Outcome, error) {
	x.Helper()
	out, err := x.Gateway.Pay(x.Context(), o, r)
	x.checkOutcome(out, err)
	return out, err
}

func (x exam) query(o pay.Order) (pay.Outcome, error) {
	x.Helper()
	out, err := x.Gateway.Query(x.Context(), o)
	x.checkOutcome(out, err)
	return out, err
}

// checkOutcome: an error never carries a verdict, and is always of exactly one kind.
func (x exam) checkOutcome(out pay.Outcome, err error) {
	x.Helper()
	if err == nil {
		return
	}
	if out.Status != pay.Unknown {
		x.Errorf("an error came with status %v: %v", out.Status, err)
	}
	x.checkKind(err)
}

func (x exam) checkKind(err error) {
	x.Helper()
	n := 0
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			n++
		}
	}
	if n != 1 {
		x.Errorf("error is of %d kinds, want one: %v", n, err)
	}
}

// settled asks until the order is final, as a till does.
func (x exam) settled(o pay.Order) pay.Outcome {
	x.Helper()
	const most = 60
	for range most {
		out, err := x.query(o)
		if err != nil {
			x.Fatalf("query: %v", err)
		}
		if out.Status.Final() {
			return out
		}
		time.Sleep(2 * time.Second)
	}
	x.Fatalf("order is not final after %d queries", most)
	return pay.Outcome{}
}

// paidOrder makes an order that is paid.
func (x exam) paidOrder() pay.Order {
	x.Helper()
	o, r := x.prepare(Paid)
	out, err := x.pay(o, r)
	if err != nil || out.Status != pay.Paid {
		x.Fatalf("pay: %v %v, want paid", out.Status, err)
	}
	return o
}

// booked is what the service's book says of a payment.
func (x exam) booked(o pay.Order) (pay.Entry, bool) {
	all := x.Book()
	i := slices.IndexFunc(all, func(e pay.Entry) bool { return e.Kind == pay.EntryPayment && e.Order == o.ID })
	if i < 0 {
		return pay.Entry{}, false
	}
	return all[i], true
}

// payments counts the paid orders in the service's book.
func (x exam) payments() int {
	n := 0
	for _, e := range x.Book() {
		if e.Kind == pay.EntryPayment && e.Status == pay.Paid {
			n++
		}
	}
	return n
}

// refunded sums the refunds of an order in the service's book that have not failed.
func (x exam) refunded(o pay.Order) pay.Money {
	var sum pay.Money
	for _, e := range x.Book() {
		if e.Kind == pay.EntryRefund && e.Order == o.ID && e.Back.Held() {
			sum += e.Amount
		}
	}
	return sum
}

// refund prepares and sends.
func (x exam) refund(o pay.Order, r pay.Refund) (pay.RefundOutcome, error) {
	x.Helper()
	q, err := x.Gateway.PrepareRefund(o, r)
	if err != nil {
		x.Fatalf("prepare refund: %v", err)
	}
	out, err := x.Gateway.Refund(x.Context(), o, r, q)
	if err != nil {
		if out.Status != pay.RefundUnknown {
			x.Errorf("an error came with status %v: %v", out.Status, err)
		}
		x.checkKind(err)
	}
	return out, err
}

func (x exam) newRefund(o pay.Order, m pay.Money) pay.Refund {
	return pay.Refund{ID: x.Number(), Order: o.ID, Amount: m, Clerk: x.Clerk, At: time.Now()}
}
