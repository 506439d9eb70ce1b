package main

import (
	"strings"

	"cpos/engine/pay"
	"cpos/engine/words"
)

// Settings of the demonstration's shifts. A moment less than usual stands the result, and the engine asks
// often, so that nobody waits.
func demoSettings() []string {
	return []string{"CPOS_PAYMENT_POLL_EVERY=1s", "CPOS_PAYMENT_UNKNOWN_EVERY=5s", "CPOS_PAYMENT_RESULT_DISPLAY=1500ms"}
}

// firstShift looks at each amount for longer than it takes, so that a picture of the window while it is read
// can be taken on a busy machine too.
func firstShift() []string { return []string{"CPOS_AMOUNT_PAUSE=500ms"} }

// autoShift pays without Enter, and gives a lost answer up soon.
func autoShift() []string { return []string{"CPOS_PAYMENT_CONFIRM=2s", "CPOS_PAYMENT_POLL_FOR=3s"} }

// typedShift leaves the amount to the cashier, and compares the books as often as may be.
func typedShift() []string { return []string{"CPOS_AMOUNT_INPUT=manual", "CPOS_RECONCILE_EVERY=10s"} }

// demoSale is one customer.
type demoSale struct {
	what   string // of the catalogue: what happens
	amount string
	code   string // its last two digits choose what the practice bank does
	opens  []string
	moods  []string // after Enter, or after the countdown
	status pay.Status
	late   bool // the till learns of the money when the cashier has to finish the sale by hand
}

// Ways a sale begins, as the moods that are photographed: scanned, opened by hot-key before the code is
// scanned, paid by itself, typed.
func byScan() []string   { return []string{"reading", "asking"} }
func byHotkey() []string { return []string{"want_code", "asking"} }
func byItself() []string { return []string{"counting"} }
func byHand() []string   { return []string{"typing"} }

// morning is what five customers bring. The practice POS stays on its sale when a payment is declined, so
// the two last customers' amounts are one.
func morning() []demoSale {
	return []demoSale{
		{what: "demo.scan", amount: "12.50", code: "134567890123456700", opens: byScan(), moods: []string{"paying", "succeeded"}, status: pay.Paid},
		{what: "demo.hotkey", amount: "45.67", code: "286543210987654300", opens: byHotkey(), moods: []string{"succeeded"}, status: pay.Paid},
		{what: "demo.password", amount: "90.12", code: "134567890123456701", opens: byScan(), moods: []string{"waiting", "succeeded"}, status: pay.Paid},
		{what: "demo.declined", amount: "258.30", code: "134567890123456711", opens: byScan(), moods: []string{"failed"}, status: pay.Declined},
		{what: "demo.lost", amount: "258.30", code: "286543210987654306", opens: byScan(), moods: []string{"paying", "succeeded"}, status: pay.Paid},
	}
}

// noon is paid by itself; the last of its customers meets a power cut.
func noon() []demoSale {
	return []demoSale{
		{what: "demo.auto", amount: "36.80", code: "134567890123456721", opens: byItself(), moods: []string{"succeeded"}, status: pay.Paid},
		{what: "demo.blackout", amount: "68.00", code: "286543210987654322", opens: byItself(), moods: []string{"unresolved"}, status: pay.Paid, late: true},
	}
}

func evening() []demoSale {
	return []demoSale{
		{what: "demo.typed", amount: "19.90", code: "134567890123456720", opens: byHand(), moods: []string{"paying", "succeeded"}, status: pay.Paid},
	}
}

func closing() []demoSale {
	return []demoSale{
		{what: "demo.again", amount: "7.35", code: "286543210987654320", opens: byScan(), moods: []string{"succeeded"}, status: pay.Paid},
	}
}

// demoSales is the whole day.
func demoSales() []demoSale {
	all := append(morning(), noon()...)
	return append(append(all, evening()...), closing()...)
}

// Beside the sales: a part of the first one is given back, and a foreign machine makes an order.
const (
	demoRefund  = "2.50"
	demoForeign = "66.60"
)

// stayCode is one that nobody used during the day.
const stayCode = "134567890123456733"

// demoMoods is every state of the payment window that must have its picture.
func demoMoods() []string {
	return []string{"reading", "typing", "asking", "counting", "want_code", "paying", "waiting", "succeeded", "failed",
		"unresolved", "halted", "notice"}
}

// demoTotals is what the practice POS is asked for, in turn.
func demoTotals() string {
	var all []string
	for _, s := range demoSales() {
		if s.status == pay.Paid {
			all = append(all, s.amount)
		}
	}
	return strings.Join(all, ",")
}

// say tells of the sale.
func (s demoSale) say() words.Text { return words.T(s.what, "amount", s.amount) }

// kind is the practice POS's key for the means of payment.
func (s demoSale) kind() string {
	if s.code[0] == '2' {
		return "f7"
	}
	return "f6"
}

// opening is what the engine presses when the sale begins.
func (s demoSale) opening() []string { return []string{"esc", "f12"} }

// closing is what finishes the sale in the practice POS: the engine's keys, or the cashier's own where the
// money was learnt of late. The POS takes an empty amount for the exact one.
func (s demoSale) closing() []string {
	switch {
	case s.status != pay.Paid:
		return nil
	case s.late:
		return []string{s.kind(), "f10"}
	}
	return append(append([]string{s.kind()}, strings.Split(s.amount, "")...), "f10")
}

// plannedKeys is everything that may reach the practice POS for these sales.
func plannedKeys(sales []demoSale) []string {
	var all []string
	for _, s := range sales {
		all = append(append(all, s.opening()...), s.closing()...)
	}
	return all
}
