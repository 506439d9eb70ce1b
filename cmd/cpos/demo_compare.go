package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/sheet"
	"cpos/engine/words"
)

// settleLimit is how long the last slip and the end of the refund are waited for.
const settleLimit = 20 * time.Second

// compare holds what was left behind against the plan: the keys in the practice POS, the bank's book and
// ours, the slips. What differs is a sentence in p.wrong.
func (p *performance) compare(ctx context.Context) error {
	p.begins(words.T("demo.compare"))
	p.compareShots()
	t, err := openTill(ctx, p.stage.globals(), reading)
	if err != nil {
		return err
	}
	defer func() { _ = t.close() }() // a reader has nothing to lose
	orders, refunds, err := p.settled(ctx, t.book)
	if err != nil {
		return err
	}
	if err := p.comparePOS(); err != nil {
		return err
	}
	p.compareBank(orders, refunds)
	p.compareSlips(orders, refunds)
	facts, err := t.book.Verify(ctx)
	if err != nil {
		return err
	}
	p.saw("demo.saw.book", "facts", facts)
	if err := p.export(orders, refunds); err != nil {
		return err
	}
	return p.summary(ctx, t.book)
}

// settled waits until the refund is final and every slip is a fact.
func (p *performance) settled(ctx context.Context, book *ledger.Book) ([]ledger.OrderRow, []ledger.RefundRow, error) {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	for {
		orders, err := book.Orders(ctx, ledger.Filter{})
		if err != nil {
			return nil, nil, err
		}
		refunds, err := book.Refunds(ctx, ledger.Filter{})
		if err != nil {
			return nil, nil, err
		}
		waiting := slices.ContainsFunc(refunds, func(r ledger.RefundRow) bool { return !r.Outcome.Status.Final() }) ||
			slices.ContainsFunc(orders, func(o ledger.OrderRow) bool { return o.Outcome.Status == pay.Paid && o.Slips == 0 })
		if !waiting || sleep(ctx, 200*time.Millisecond) != nil {
			return orders, refunds, nil
		}
	}
}

// expect notes what is wrong.
func (p *performance) expect(right bool, format string, args ...any) bool {
	if !right {
		p.wrong = append(p.wrong, fmt.Sprintf(format, args...))
	}
	return right
}

func (p *performance) comparePOS() error {
	journal, err := p.readJournal()
	if err != nil {
		return err
	}
	planned, arrived := plannedKeys(demoSales()), keysPressed(journal)
	right := p.expect(slices.Equal(planned, arrived), "the practice POS got other keys: planned %v, arrived %v", planned, arrived)
	var sold []posEntry
	for _, e := range journal {
		if e.Kind == "sale" {
			sold = append(sold, e)
		}
		right = p.expect(e.Kind != "beep", "the practice POS refused something: %s", e.Why) && right
	}
	i := 0
	for _, s := range demoSales() {
		if s.status != pay.Paid {
			continue
		}
		if !p.expect(i < len(sold), "the practice POS did not finish the sale of %s", s.amount) {
			return nil
		}
		e := sold[i]
		right = p.expect(e.Total == s.amount && e.Received == s.amount, "the practice POS booked %s of %s instead of %s",
			e.Received, e.Total, s.amount) && right
		i++
	}
	if right {
		p.saw("demo.saw.keys", "count", len(arrived), "sales", len(sold))
	}
	return nil
}

// compareBank holds the bank's book against ours, line by line. The order of the foreign machine is the
// one that ours must not have.
func (p *performance) compareBank(orders []ledger.OrderRow, refunds []ledger.RefundRow) {
	plan, theirs, foreign := demoSales(), []sandbox.Order(nil), 0
	for _, o := range slices.Backward(p.bank.Orders()) {
		if o.Foreign && o.Amount.String() == demoForeign {
			foreign++
		} else {
			theirs = append(theirs, o)
		}
	}
	p.expect(foreign == 1, "one order of a foreign machine planned, %d in the bank's book", foreign)
	if !p.expect(len(orders) == len(plan) && len(theirs) == len(plan), "%d sales, but %d orders in our book and %d in the bank's",
		len(plan), len(orders), len(theirs)) {
		return
	}
	right := true
	for i, o := range orders {
		right = p.expect(sameOrder(o, theirs[i]) && o.Outcome.Status == plan[i].status && o.Order.Amount.String() == plan[i].amount,
			"order %s: %s %s in our book, %s %s in the bank's, planned %s %s", o.Order.ID, o.Order.Amount, o.Outcome.Status,
			theirs[i].Amount, theirs[i].Status(), plan[i].amount, plan[i].status) && right
	}
	back := p.bank.Refunds()
	if p.expect(len(refunds) == 1 && len(back) == 1, "one refund, but %d in our book and %d in the bank's", len(refunds), len(back)) {
		r, b := refunds[0], back[0]
		right = p.expect(r.Refund.ID == b.Number && r.Refund.Order == b.Order && r.Refund.Amount == b.Amount &&
			r.Refund.Amount.String() == demoRefund && r.Outcome.Status == pay.RefundDone, "refund %s: %s %s in our book, %s %s in the bank's",
			r.Refund.ID, r.Refund.Amount, r.Outcome.Status, b.Amount, b.Status) && right
	}
	if right {
		p.saw("demo.saw.bank", "orders", len(orders), "refunds", len(refunds))
	}
}

func sameOrder(o ledger.OrderRow, b sandbox.Order) bool {
	return o.Order.ID == b.Number && o.Order.Amount == b.Amount && o.Outcome.Status == b.Status()
}

// compareSlips looks for the slip of every paid order and of the refund, in both forms, with its amount.
func (p *performance) compareSlips(orders []ledger.OrderRow, refunds []ledger.RefundRow) {
	type wanted struct{ name, amount string }
	var all []wanted
	for _, o := range orders {
		if o.Outcome.Status == pay.Paid {
			all = append(all, wanted{o.Order.ID + "-payment-1", o.Order.Amount.String()})
		}
	}
	for _, r := range refunds {
		all = append(all, wanted{r.Refund.ID + "-refund-1", r.Refund.Amount.String()})
	}
	right := true
	for _, w := range all {
		printed, err := os.ReadFile(filepath.Join(p.data, "slips", w.name+".escpos"))
		right = p.expect(err == nil, "slip %s was not printed", w.name) && right
		right = p.expect(err != nil || bytes.Contains(printed, []byte(w.amount)), "slip %s does not show %s", w.name, w.amount) && right
		right = p.expect(!isMissing(filepath.Join(p.slips(), w.name+".png")), "there is no picture of slip %s", w.name) && right
		if err == nil {
			err = os.WriteFile(filepath.Join(p.slips(), w.name+".escpos"), printed, 0o644)
			right = p.expect(err == nil, "slip %s: %v", w.name, err) && right
		}
	}
	found, err := filepath.Glob(filepath.Join(p.data, "slips", "*.escpos"))
	right = p.expect(err == nil && len(found) == len(all), "%d slips planned, %d printed", len(all), len(found)) && right
	if right {
		p.saw("demo.saw.slips", "count", len(all))
	}
}

// export writes the workbook.
func (p *performance) export(orders []ledger.OrderRow, refunds []ledger.RefundRow) (err error) {
	f, err := os.Create(filepath.Join(p.Dir, "orders.xlsx"))
	if err != nil {
		return fmt.Errorf("export orders: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return sheet.Write(f, sheet.XLSX, p.lang, sheet.Orders(orders), sheet.Refunds(refunds))
}

// summary writes the day's sums, and holds them against the plan.
func (p *performance) summary(ctx context.Context, book *ledger.Book) error {
	now := time.Now()
	sums, err := book.Sums(ctx, ledger.Day(now.Add(-time.Hour)), ledger.Day(now))
	if err != nil {
		return err
	}
	var planned, paid pay.Money
	for _, s := range demoSales() {
		amount, err := pay.ParseMoney(s.amount)
		if err != nil {
			return err
		}
		if s.status == pay.Paid {
			planned += amount
		}
	}
	lines := []string{p.word("demo.summary")}
	for _, s := range sums {
		paid += s.PaidAmount
		lines = append(lines, "  "+p.word("demo.summary.line", "tender", p.word("demo.tender."+s.Tender.String()), "paid", s.Paid,
			"amount", s.PaidAmount, "refunds", s.Refunds, "back", s.RefundsAmount))
	}
	lines = append(lines, "  "+p.word("demo.summary.total", "amount", paid))
	p.expect(paid == planned, "the day's sum is %s instead of %s", paid, planned)
	text := strings.Join(lines, "\n") + "\n"
	fmt.Fprint(p.out, text)
	return os.WriteFile(filepath.Join(p.Dir, "summary.txt"), []byte(text), 0o644)
}
