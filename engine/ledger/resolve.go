package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cpos/engine/pay"
)

type reversalV1 struct {
	Order string `json:"order"`
}

type evidenceV1 struct {
	Order       string `json:"order"`
	Transaction string `json:"transaction"`
	Who         string `json:"who"`
	Reason      string `json:"reason"`
}

// ErrEvidence says that what a person brought is no evidence.
var ErrEvidence = errors.New("evidence needs the service's transaction number, a name and a reason")

// OnEvidence says that an order counts as paid on a person's word, which a signed answer has yet to bear out.
func (r OrderRow) OnEvidence() bool { return r.Outcome.Why == pay.WhyEvidence }

// Done says that nothing about an order is open: its status is final, and is so by the service's own word.
func (r OrderRow) Done() bool { return r.Outcome.Status.Final() && !r.OnEvidence() }

// Reverse records that an order which is not final is about to be undone, which moves money: a payment that
// came about after all goes back to the customer. The order is Unknown with pay.WhyReversing from then on.
// Nothing may be sent before it returns nil. ErrHalted, ErrNoOrder, ErrFinal.
func (b *Book) Reverse(ctx context.Context, order string) (OrderRow, error) {
	if err := b.barred(); err != nil {
		return OrderRow{}, fmt.Errorf("record reversal of %s: %w", order, err)
	}
	return b.change(ctx, "reversal of "+order, KindReversal, order, reversalV1{order})
}

// Evidence records that who has seen the payment of an open order at the service, under that transaction
// number. The order counts as paid from then on and stays open until a signed answer says the same, or wins
// over it. ErrEvidence, ErrNoOrder, ErrFinal.
func (b *Book) Evidence(ctx context.Context, order, transaction, who, reason string) (OrderRow, error) {
	if pay.ValidNumber(transaction) != nil || strings.TrimSpace(who) == "" || strings.TrimSpace(reason) == "" {
		return OrderRow{}, fmt.Errorf("record evidence for %s: %w", order, ErrEvidence)
	}
	return b.change(ctx, "evidence for "+order, KindEvidence, order, evidenceV1{order, transaction, who, reason})
}

// change records one fact about an order and gives the order as it is then.
func (b *Book) change(ctx context.Context, what string, kind Kind, order string, body any) (OrderRow, error) {
	var row OrderRow
	err := b.store.Update(ctx, func(tx Tx) error {
		c, err := b.record(tx, kind, order, body)
		if err == nil {
			row = *c.order
		}
		return err
	})
	if err != nil {
		return OrderRow{}, fmt.Errorf("record %s: %w", what, err)
	}
	b.open.follow(row)
	return row, nil
}

func foldReversal(f Fact, _ reversalV1, k known) (change, error) {
	switch {
	case k.halt != nil:
		return change{}, ErrHalted
	case k.order == nil:
		return change{}, ErrNoOrder
	case k.order.Outcome.Status.Final():
		return change{}, ErrFinal
	}
	row := *k.order
	row.Outcome.Status, row.Outcome.Why, row.Outcome.Text, row.Outcome.At = pay.Unknown, pay.WhyReversing, "", f.At
	row.Last = f.Seq
	return change{order: &row}, nil
}

func foldEvidence(f Fact, body evidenceV1, k known) (change, error) {
	if k.order != nil && k.order.Outcome.Status.Final() {
		return change{}, ErrFinal
	}
	return foldOutcome(f, bodyOfOutcome(pay.Outcome{Status: pay.Paid, Why: pay.WhyEvidence,
		Trade: body.Transaction, At: f.At}), k)
}
