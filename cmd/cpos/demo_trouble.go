package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/words"
)

// loseNetwork lets the next payment reach the bank, and nothing come back from there any more.
func (p *performance) loseNetwork() error {
	return errors.Join(
		p.bank.Inject(sandbox.Fault{Kind: sandbox.FaultLose, Interface: "micro_pay"}),
		p.bank.Inject(sandbox.Fault{Kind: sandbox.FaultDrop, Interface: "query_order", Count: sandbox.Always}))
}

// powerCut ends the engine in the middle of an order that is not known yet. The next one asks about it
// before anything else, says that it was paid after all, and leaves the POS to the cashier.
func (p *performance) powerCut(ctx context.Context) error {
	p.begins(words.T("demo.powercut"))
	p.cutShift()
	p.bank.Clear()
	from := p.seen()
	if err := p.reopen(ctx, typedShift()...); err != nil {
		return err
	}
	v, err := p.awaitView(ctx, from, "the late news", func(v deskFace) bool { return v.Note != nil && v.Note.Key == "station.late.paid" })
	if err != nil {
		return err
	}
	if err := p.picture(ctx, v.Mood, thought); err != nil {
		return err
	}
	p.saw("demo.saw.note", "note", v.Note.Text)
	if v.Mood == "succeeded" { // it stands until the cashier has seen it
		if err := p.tap(ctx, handEsc); err != nil {
			return err
		}
	}
	return p.finishByHand(ctx, from)
}

// finishByHand makes sure that nothing was pressed in the POS behind the cashier's back, then presses what
// the cashier does.
func (p *performance) finishByHand(ctx context.Context, from int) error {
	before := append(morning(), noon()...)
	sale := before[len(before)-1]
	planned := append(plannedKeys(before[:len(before)-1]), sale.opening()...)
	journal, err := p.readJournal()
	if err != nil {
		return err
	}
	if arrived := keysPressed(journal); !slices.Equal(planned, arrived) {
		return fmt.Errorf("the practice POS got %v before the cashier came, planned was %v", arrived, planned)
	}
	if _, err := p.await(ctx, from, "hidden"); err != nil {
		return err
	}
	if err := p.posTypes(ctx, true); err != nil {
		return err
	}
	keys := sale.closing()
	if err := p.hand.spell(ctx, map[string]rune{"f6": handF6, "f7": handF7}[keys[0]], handF10); err != nil {
		return err
	}
	p.saw("demo.saw.byhand", "keys", strings.ToUpper(strings.Join(keys, " ")))
	return sleep(ctx, thought)
}

// foreignOrder lets another machine pay under this till's name. The next comparison of the books stops
// payment and refund.
func (p *performance) foreignOrder(ctx context.Context) error {
	p.begins(words.T("demo.foreign", "amount", demoForeign))
	amount, err := pay.ParseMoney(demoForeign)
	if err != nil {
		return err
	}
	from := p.seen()
	if err := p.bank.Inject(sandbox.Fault{Kind: sandbox.FaultForeign, Amount: amount}); err != nil {
		return err
	}
	v, err := p.photograph(ctx, from, "halted")
	if err != nil {
		return err
	}
	if v.Note == nil || v.Note.Key != "difference.foreign_order" {
		return fmt.Errorf("the payment window says %v instead of that the books differ", v.Note)
	}
	p.saw("demo.saw.halted", "note", v.Note.Text)
	var fault *deskFault
	if _, err = p.giveBack(ctx); !errors.As(err, &fault) || fault.Exit != exitHalted {
		return fmt.Errorf("a refund while the till is stopped: %v", err)
	}
	p.saw("demo.saw.refused", "why", fault.What)
	return nil
}

// practicePass is the pass phrase of the practice provider.
const practicePass = "practice"

// release is what the provider does who has cleared the difference up. The till that halted opens when it is
// started again.
func (p *performance) release(ctx context.Context) error {
	p.begins(words.T("demo.release"))
	c, err := p.cpos("reconcile", "release", "--reason", p.word("demo.release.reason"))
	if err != nil {
		return err
	}
	c.Stdin = strings.NewReader(practicePass)
	said, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("cpos reconcile release: %w: %s", err, said)
	}
	if !p.nowShows("halted") {
		return errors.New("the till opened before it was started again")
	}
	p.saw("demo.saw.release", "said", strings.TrimSpace(string(said)))
	return nil
}
