package main

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"time"

	"cpos/engine/pay"
	"cpos/engine/words"
)

// bankLatency makes paying last long enough to be seen.
const bankLatency = 350 * time.Millisecond

// performance is one run of the demonstration and what it found wrong.
type performance struct {
	door
	*stage
	number int         // of the step
	shots  []string    // moods, in the order of their pictures
	before *image.RGBA // the screen before the next mood; nil at first
	wrong  []string
	opened int // views that had been seen when the sale began

	lateOpinion bool // the countdown of a sale gave way to the cashier
}

// demo plays a day beside the practice POS and compares everything that was left behind.
func (d door) demo(ctx context.Context, out string, stay bool) error {
	if err := cleanStage(out); err != nil {
		return err
	}
	p := &performance{door: d}
	p.tell("demo.begin")
	s, err := openStage(ctx, stageOptions{Dir: out, Totals: demoTotals(), Lang: string(d.lang),
		Env: demoSettings(), Shift: firstShift(), Latency: bankLatency, Voice: d.err})
	if err != nil {
		return err
	}
	defer s.Close()
	p.stage = s
	if err := p.day(ctx); err != nil {
		p.wrong = append(p.wrong, err.Error())
	}
	if err := p.compare(ctx); err != nil {
		p.wrong = append(p.wrong, err.Error())
	}
	return p.end(ctx, out, stay)
}

// cleanStage removes what an earlier run left, and nothing else.
func cleanStage(out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", out, err)
	}
	for _, name := range []string{"data", "slips", "screens", "pos-journal.jsonl", "orders.xlsx", "summary.txt"} {
		if err := os.RemoveAll(filepath.Join(out, name)); err != nil {
			return fmt.Errorf("clean %s: %w", out, err)
		}
	}
	return nil
}

func (p *performance) end(ctx context.Context, out string, stay bool) error {
	if len(p.wrong) > 0 {
		p.tell("demo.wrong", "count", len(p.wrong))
		for _, w := range p.wrong {
			fmt.Fprintln(p.out, "  ✗ "+w)
		}
	} else {
		p.tell("demo.right", "folder", out)
	}
	if stay {
		p.tell("demo.stay", "scan", stayCode)
		<-ctx.Done()
	}
	if len(p.wrong) > 0 {
		return verdict{exitTests}
	}
	return nil
}

// tell writes a sentence of the story.
func (p *performance) tell(key string, namesAndValues ...any) {
	fmt.Fprintln(p.out, p.word(key, namesAndValues...))
}

// begins writes the headline of a step.
func (p *performance) begins(what words.Text) {
	p.number++
	p.tell("demo.step", "number", p.number, "what", words.Say(p.lang, what))
}

// saw writes what was seen.
func (p *performance) saw(key string, namesAndValues ...any) {
	fmt.Fprintln(p.out, "   ✓ "+p.word(key, namesAndValues...))
}

// day plays the shifts, each with what befalls it.
func (p *performance) day(ctx context.Context) error {
	for _, part := range []func(context.Context) error{
		p.customers(morning()),
		p.shift("demo.shift.auto", autoShift()),
		p.customers(noon()),
		p.powerCut,
		p.customers(evening()),
		p.refund,
		p.foreignOrder,
		p.release,
		p.shift("demo.shift.back", nil),
		p.customers(closing()),
	} {
		if err := part(ctx); err != nil {
			return fmt.Errorf("%d: %w", p.number, err)
		}
	}
	return nil
}

func (p *performance) customers(all []demoSale) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, s := range all {
			p.begins(s.say())
			if err := p.sale(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
}

// shift starts the engine anew under other settings.
func (p *performance) shift(key string, settings []string) func(context.Context) error {
	return func(ctx context.Context) error {
		p.begins(words.T(key))
		return p.reopen(ctx, settings...)
	}
}

// sale plays one customer: what the scanner and the cashier do, and what the window shows.
func (p *performance) sale(ctx context.Context, s demoSale) error {
	if s.late {
		if err := p.loseNetwork(); err != nil {
			return err
		}
	}
	standing, err := p.openSale(ctx, s)
	if err != nil {
		return err
	}
	from := p.seen()
	if err := p.confirm(ctx, s, standing); err != nil {
		return err
	}
	for _, mood := range s.moods {
		v, err := p.photograph(ctx, from, mood)
		if err != nil {
			return err
		}
		p.saw("demo.saw."+mood, "amount", v.Amount, "order", v.Order)
	}
	if s.late {
		return nil // it stands until it is known
	}
	if s.status != pay.Paid && p.nowShows("failed") {
		if err := p.tap(ctx, handEsc); err != nil {
			return err
		}
	}
	_, err = p.await(ctx, from, "hidden")
	return err
}

// openSale opens the payment window and gives what stands there until money moves: the customer's code is
// scanned, or the cashier presses the hot-key and the code follows once the amount was read.
func (p *performance) openSale(ctx context.Context, s demoSale) (v deskFace, err error) {
	if err := p.lookBefore(ctx); err != nil {
		return v, err
	}
	from := p.seen()
	p.opened = from
	for _, mood := range s.opens {
		switch mood {
		case "want_code":
			err = p.tap(ctx, handGrave)
		case "asking":
			if s.opens[0] == "want_code" {
				err = p.scan(ctx, s.code)
			}
		default:
			err = p.scan(ctx, s.code)
		}
		if err != nil {
			return v, err
		}
		if v, err = p.photograph(ctx, from, mood); err != nil {
			return v, err
		}
	}
	last := v.Mood
	if last != "typing" && v.Amount.String() != s.amount {
		return v, fmt.Errorf("the payment window shows %s instead of %s", v.Amount, s.amount)
	}
	p.saw("demo.saw."+last, "amount", v.Amount, "code", v.Code)
	return v, nil
}

// confirm is the cashier's part: none where the till pays by itself, else Enter, after the amount where
// it was not read.
func (p *performance) confirm(ctx context.Context, s demoSale, standing deskFace) error {
	switch standing.Mood {
	case "counting":
		return p.leaveAlone(ctx)
	case "typing":
		if err := p.posTypes(ctx, false); err != nil {
			return err
		}
		from := p.seen()
		if err := p.hand.spell(ctx, []rune(s.amount)...); err != nil {
			return err
		}
		typed := func(v deskFace) bool { return v.Mood == "typing" && v.Amount.String() == s.amount }
		if _, err := p.awaitView(ctx, from, s.amount, typed); err != nil {
			return err
		}
		if err := p.picture(ctx, "typing", thought); err != nil {
			return err
		}
	}
	return p.tap(ctx, handEnter)
}

// leaveAlone lets the till pay by itself. A second opinion on the amount that comes late, as on a machine
// that is very busy, leaves it to the cashier after all.
func (p *performance) leaveAlone(ctx context.Context) error {
	counted := false
	over := func(v deskFace) bool {
		counted = counted || v.Mood == "counting"
		return counted && v.Mood != "counting"
	}
	v, err := p.awaitView(ctx, p.opened, "the end of the countdown", over)
	if err != nil || v.Mood != "asking" {
		return err
	}
	p.lateOpinion = true
	p.saw("demo.saw.late_opinion")
	return p.tap(ctx, handEnter)
}

// refund gives a part of the first sale back. The cashier scans the slip first, which the payment window
// is not for.
func (p *performance) refund(ctx context.Context) error {
	p.begins(words.T("demo.refund", "amount", demoRefund))
	first, err := p.firstOrder()
	if err != nil {
		return err
	}
	if err := p.lookBefore(ctx); err != nil {
		return err
	}
	from := p.seen()
	if err := p.scan(ctx, first); err != nil {
		return err
	}
	v, err := p.photograph(ctx, from, "notice")
	if err != nil {
		return err
	}
	if v.Note == nil || v.Note.Key != "station.scanned.order" {
		return fmt.Errorf("the payment window says %v instead of that an order number was scanned", v.Note)
	}
	p.saw("demo.saw.note", "note", v.Note.Text)
	if _, err := p.await(ctx, from, "hidden"); err != nil {
		return err
	}
	r, err := p.giveBack(ctx)
	if err != nil {
		return err
	}
	p.saw("demo.saw.refund", "refund", r.Refund, "amount", r.Amount, "order", r.Order)
	return nil
}

// firstOrder is the number of the day's first sale.
func (p *performance) firstOrder() (string, error) {
	all := p.bank.Orders() // the newest first
	if len(all) == 0 {
		return "", fmt.Errorf("the bank has no order to refund")
	}
	return all[len(all)-1].Number, nil
}

// giveBack asks the engine's desk for the refund, as `cpos refund create` does.
func (p *performance) giveBack(ctx context.Context) (*deskGiveback, error) {
	amount, err := pay.ParseMoney(demoRefund)
	if err != nil {
		return nil, err
	}
	first, err := p.firstOrder()
	if err != nil {
		return nil, err
	}
	say, err := askDesk(ctx, p.data, deskAsk{Do: deskRefund, Order: first, Amount: amount, Reason: p.word("demo.refund.reason")})
	return say.Refund, err
}
