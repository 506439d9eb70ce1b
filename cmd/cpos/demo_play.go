package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cpos/engine/pay"
	"cpos/engine/words"
	"cpos/hw/screen"
)

// Timing of the demonstration: a bank that takes a moment, so that paying can be seen, and an engine that
// asks often, so that nobody waits.
const bankLatency = 350 * time.Millisecond

func demoSettings() []string {
	return []string{"CPOS_PAYMENT_POLL_EVERY=1s", "CPOS_PAYMENT_UNKNOWN_EVERY=5s"}
}

// demoSale is one customer.
type demoSale struct {
	key    string // of the catalogue: what happens
	amount string
	code   string // its last two digits choose what the practice bank does
	hotkey bool   // the cashier opens the window before the code is scanned
	moods  []string
	status pay.Status
}

// demoSales is the day. The practice POS stays on its sale when a payment is declined, so the two last
// customers' amounts are one.
func demoSales() []demoSale {
	return []demoSale{
		{"demo.scan", "12.50", "134567890123456700", false, []string{"paying", "succeeded"}, pay.Paid},
		{"demo.hotkey", "45.67", "286543210987654300", true, []string{"succeeded"}, pay.Paid},
		{"demo.password", "90.12", "134567890123456701", false, []string{"waiting", "succeeded"}, pay.Paid},
		{"demo.declined", "258.30", "134567890123456711", false, []string{"failed"}, pay.Declined},
		{"demo.lost", "258.30", "286543210987654306", false, []string{"succeeded"}, pay.Paid},
	}
}

// Refund of the demonstration: a part of the first sale.
const demoRefund = "2.50"

// performance is one run of the demonstration and what it found wrong.
type performance struct {
	door
	*stage
	number int // of the step
	shots  int
	wrong  []string
}

// demo plays a day beside the practice POS and compares everything that was left behind.
func (d door) demo(ctx context.Context, out string, stay bool) error {
	if err := cleanStage(out); err != nil {
		return err
	}
	p := &performance{door: d}
	p.tell("demo.begin")
	var totals []string
	for _, s := range demoSales() {
		if s.status == pay.Paid {
			totals = append(totals, s.amount)
		}
	}
	s, err := openStage(ctx, stageOptions{Dir: out, Totals: strings.Join(totals, ","), Lang: string(d.lang),
		Env: demoSettings(), Latency: bankLatency, Voice: d.err})
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
		p.tell("demo.stay", "scan", "134567890123456700")
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

// saw writes what was seen.
func (p *performance) saw(key string, namesAndValues ...any) {
	fmt.Fprintln(p.out, "   ✓ "+p.word(key, namesAndValues...))
}

// day plays all customers, then a refund.
func (p *performance) day(ctx context.Context) error {
	for _, s := range demoSales() {
		p.number++
		p.tell("demo.step", "number", p.number, "what", words.Say(p.lang, words.T(s.key, "amount", s.amount)))
		if err := p.sale(ctx, s); err != nil {
			return fmt.Errorf("%d: %w", p.number, err)
		}
	}
	return p.refund(ctx)
}

// sale plays one customer: what the scanner and the cashier do, and what the window shows.
func (p *performance) sale(ctx context.Context, s demoSale) error {
	from := p.seen()
	if err := p.openSale(ctx, from, s); err != nil {
		return err
	}
	v, err := p.photograph(ctx, from, "asking")
	if err != nil {
		return err
	}
	if v.Amount.String() != s.amount {
		return fmt.Errorf("the payment window shows %s instead of %s", v.Amount, s.amount)
	}
	p.saw("demo.saw.asking", "amount", v.Amount, "code", v.Code)
	from = p.seen()
	if err := p.hand.tap(handEnter); err != nil {
		return err
	}
	for _, mood := range s.moods {
		if v, err = p.photograph(ctx, from, mood); err != nil {
			return err
		}
		p.saw("demo.saw."+mood, "amount", v.Amount, "order", v.Order)
	}
	if s.status != pay.Paid {
		if err := p.hand.tap(handEsc); err != nil {
			return err
		}
	}
	if _, err = p.await(ctx, from, "hidden"); err != nil {
		return err
	}
	return sleep(ctx, thought)
}

// openSale opens the payment window: the customer's code is scanned, or the cashier presses the hot-key
// and the code follows once the amount was read.
func (p *performance) openSale(ctx context.Context, from int, s demoSale) error {
	if !s.hotkey {
		if err := p.hand.scan(s.code); err != nil {
			return err
		}
		_, err := p.photograph(ctx, from, "reading")
		return err
	}
	if err := p.hand.tap(handGrave); err != nil {
		return err
	}
	if _, err := p.photograph(ctx, from, "want_code"); err != nil {
		return err
	}
	return p.hand.scan(s.code)
}

// photograph waits for a mood and keeps a picture of the whole screen. A mood that passes by itself is
// photographed at once, the others when a person would look.
func (p *performance) photograph(ctx context.Context, from int, mood string) (deskFace, error) {
	v, err := p.await(ctx, from, mood)
	if err != nil {
		return v, err
	}
	wait := thought
	if mood == "reading" || mood == "paying" {
		wait = 60 * time.Millisecond // the window is drawn by then
	}
	if err := sleep(ctx, wait); err != nil {
		return v, err
	}
	p.shots++
	name := filepath.Join(p.Dir, "screens", fmt.Sprintf("%02d-%s.png", p.shots, mood))
	return v, saveScreen(ctx, name)
}

func saveScreen(ctx context.Context, name string) error {
	picture, err := screen.Eye{}.Grab(ctx, image.Rect(0, 0, stageW, stageH))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("save screen: %w", err)
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("save screen: %w", err)
	}
	if err := png.Encode(f, picture); err != nil {
		_ = f.Close()
		return fmt.Errorf("save screen: %w", err)
	}
	return f.Close()
}

// refund gives a part of the first sale back, through the desk as `cpos refund create` does.
func (p *performance) refund(ctx context.Context) error {
	p.number++
	p.tell("demo.step", "number", p.number, "what", words.Say(p.lang, words.T("demo.refund", "amount", demoRefund)))
	amount, err := pay.ParseMoney(demoRefund)
	if err != nil {
		return err
	}
	all := p.bank.Orders()
	if len(all) == 0 {
		return fmt.Errorf("the bank has no order to refund")
	}
	first := all[len(all)-1].Number
	say, err := askDesk(ctx, p.data, deskAsk{Do: deskRefund, Order: first, Amount: amount, Reason: p.word("demo.refund.reason")})
	if err != nil {
		return err
	}
	p.saw("demo.saw.refund", "refund", say.Refund.Refund, "amount", say.Refund.Amount, "order", say.Refund.Order)
	return nil
}
