package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cpos/engine/capture"
	"cpos/engine/face"
	"cpos/engine/fault"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/receipt"
	"cpos/engine/script"
	"cpos/engine/station"
)

// pos is the POS program beside a till: the sale on its screen.
type pos struct {
	serial string
	amount pay.Money
}

// eye reads the POS's screen.
type eye struct{ life *life }

// Amount reads the amount, or does not.
func (e eye) Amount(context.Context) (capture.Reading, error) {
	t := e.life.till
	t.w.sleep(20 * time.Millisecond)
	if t.w.strikes(AmountUnread) {
		return capture.Reading{Amount: 1}, nil
	}
	return capture.Reading{Amount: t.pos.amount, Sure: true}, nil
}

// Opinion is never waited for: every amount here is sure by itself.
func (e eye) Opinion(_ context.Context, r capture.Reading) capture.Reading { return r }

// Same looks again, and sees it when somebody changed the sale meanwhile.
func (e eye) Same(_ context.Context, r capture.Reading) (bool, error) {
	t := e.life.till
	if t.w.strikes(AmountMoves) {
		t.pos.amount += 100
	}
	t.w.sleep(20 * time.Millisecond)
	return r.Amount == t.pos.amount, nil
}

// Serial reads the POS's number of the sale.
func (e eye) Serial(context.Context) (string, error) { return e.life.till.pos.serial, nil }

// hooks are the profile's script: two plans and a slip.
type hooks struct{ life *life }

const opening = "open"

func (h hooks) PrePayment(context.Context, script.Context) (keys.Plan, error) {
	return keys.Plan{{Op: keys.OpText, Text: opening}}, nil
}

func (h hooks) PostPayment(_ context.Context, _ script.Context, r script.Result) (keys.Plan, error) {
	return keys.Plan{{Op: keys.OpText, Text: r.OrderID}}, nil
}

func (h hooks) PostFailure(context.Context, script.Context, script.Result) (keys.Plan, error) {
	return nil, nil
}

func (h hooks) OnUnknown(context.Context, script.Context, script.Result) (keys.Plan, error) {
	return nil, nil
}

func (h hooks) PostRefund(context.Context, script.Context, script.Giveback) (keys.Plan, error) {
	return nil, nil
}

func (h hooks) Receipt(_ context.Context, d script.Document) (receipt.Slip, error) {
	if d.Order.Amount != h.life.till.disk.amountOf(d.Order.ID) {
		h.life.till.w.violation("I6: the slip of %s says %s", d.Order.ID, d.Order.Amount)
	}
	return receipt.Slip{Version: receipt.SlipVersion}, nil
}

func (h hooks) RefundReceipt(context.Context, script.Document) (receipt.Slip, error) {
	return receipt.Slip{Version: receipt.SlipVersion}, nil
}

func (d *disk) amountOf(order string) pay.Money {
	if s := d.orders[order]; s != nil {
		return s.row.Order.Amount
	}
	return 0
}

var errKeys = errors.New("the window is not in front")

// play presses keys.
func (l *life) play(_ context.Context, p keys.Plan) error {
	before, after := fault.BeforeDone, fault.AfterDone
	order := p[0].Text
	if order == opening {
		before, after = fault.BeforeKeys, fault.AfterKeys
	}
	l.point(before)
	l.till.w.sleep(20 * time.Millisecond)
	if l.till.w.strikes(KeysFail) {
		return &keys.StepError{Step: p[0], Err: errKeys}
	}
	if order != opening {
		l.press(order)
	}
	l.till.w.sleep(20 * time.Millisecond)
	l.point(after)
	return nil
}

// press is the keys that end a sale in the POS.
func (l *life) press(order string) {
	t := l.till
	if t.w.tracing() {
		t.w.tell(t.name, "keys end the sale of "+order)
	}
	if !t.disk.paid(order) {
		t.w.violation("I3: %s presses the keys of %s, which is not paid on disk", t.name, order)
	}
	if s := t.disk.orders[order]; s != nil && s.pos.serial != t.pos.serial && (t.w.plan.serial || s.pos.amount != t.pos.amount) {
		t.w.violation("I3: %s presses the keys of %s into another sale", t.name, order)
	}
	if t.keyed[order]++; t.keyed[order] > 1 {
		t.w.violation("I3: %s presses the keys of %s for the %d. time", t.name, order, t.keyed[order])
	}
}

// paid says that the verified success of an order is on disk.
func (d *disk) paid(order string) bool {
	s := d.orders[order]
	return s != nil && s.row.Outcome.Status == pay.Paid
}

// Show is the payment window.
func (l *life) Show(v face.View) {
	t := l.till
	if v.Mood != l.view.Mood || v.Turn != l.view.Turn {
		l.shown = t.w.now
		if t.w.tracing() {
			t.w.tell(t.name, fmt.Sprintf("window: %s %s %s %s", v.Mood, v.Order, v.Amount, v.Note.Key))
		}
	}
	l.view = v
	if v.Mood != face.Succeeded {
		return
	}
	if !t.disk.paid(v.Order) {
		t.w.violation("I3: %s shows %s as paid, which is not paid on disk", t.name, v.Order)
	}
	if t.disk.amountOf(v.Order) != v.Amount {
		t.w.violation("I6: %s shows %s for %s", t.name, v.Amount, v.Order)
	}
}

// printer is the queue and the printer behind it.
type printer struct{ life *life }

var errPaper = errors.New("out of paper")

// Print puts a copy on paper, or not, or does not say.
func (p printer) Print(j station.SlipJob, done func(receipt.Proof, error)) error {
	l := p.life
	t := l.till
	l.point(fault.BeforePaper)
	t.w.sleep(t.w.between(100*time.Millisecond, time.Second))
	if t.w.strikes(PrinterError) {
		done(receipt.ProofNone, errPaper)
		return nil
	}
	job := fmt.Sprint(j.Kind, " ", j.Number, " ", j.Copy)
	if t.w.tracing() {
		t.w.tell(t.name, "paper: "+job)
	}
	if t.paper[job]++; t.paper[job] > 1 {
		t.w.violation("I12: %s prints %s for the %d. time", t.name, job, t.paper[job])
	}
	if j.Kind == station.SlipPayment && !t.disk.paid(j.Number) {
		t.w.violation("I3: %s prints a slip of %s, which is not paid on disk", t.name, j.Number)
	}
	l.point(fault.AfterPaper)
	if t.w.strikes(PrinterSilent) {
		done(receipt.ProofUnknown, nil)
		return nil
	}
	done(receipt.ProofPrinted, nil)
	return nil
}
