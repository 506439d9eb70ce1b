package station

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// Errors of a sale that looks like one which was charged before. Nothing was sent.
var (
	// ErrTwice says that it may be the same sale: whoever knows better may charge with Charge.Again.
	ErrTwice = errors.New("looks like a sale that was charged before")
	// ErrStillOpen says that it is the same sale, whose payment is not final: nothing else may be charged for it.
	ErrStillOpen = errors.New("the payment of this sale is not final")
)

// Likeness says by what two sales look like one.
type Likeness string

// The likenesses, the surest first.
const (
	LikeCode   Likeness = "code"   // the same payment code, which is good for one payment
	LikeSerial Likeness = "serial" // the POS's own number of the sale
	LikeAmount Likeness = "amount" // the same amount, where no number of the POS tells the sales apart
)

// Twin is the earlier order that a charge looks like. It is an error; it wraps ErrTwice or ErrStillOpen and
// holds the sentence for the cashier.
type Twin struct {
	Row     ledger.OrderRow
	By      Likeness
	problem error
}

func (t *Twin) Error() string { return t.problem.Error() }

// Unwrap gives the sentence and the kind.
func (t *Twin) Unwrap() error { return t.problem }

// newTwin words what was found. The same sale's open payment cannot be agreed away; the same amount can, for
// two customers may buy the same.
func newTwin(row ledger.OrderRow, by Likeness) *Twin {
	o := row.Order
	if !row.Outcome.Status.Final() && by != LikeAmount {
		return &Twin{row, by, words.Fail(ErrStillOpen, "teller.twice.open", "number", o.ID, "amount", o.Amount).
			Advise("teller.twice.open.hint", "number", o.ID)}
	}
	return &Twin{row, by, words.Fail(ErrTwice, "teller.twice."+string(by), "number", o.ID, "amount", o.Amount, "at", o.At.In(china).Format(time.TimeOnly)).
		Advise("teller.twice.hint")}
}

// recently remembers which order a payment code was used for. The code itself is not kept; its digest goes
// when the window has passed, and with the process.
type recently struct {
	mu    sync.Mutex
	codes map[[sha256.Size]byte]codeUse
}

type codeUse struct {
	order string
	at    time.Duration
}

func (r *recently) used(c pay.Code, order string, now, window time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for sum, u := range r.codes {
		if now-u.at > window {
			delete(r.codes, sum)
		}
	}
	if r.codes == nil {
		r.codes = map[[sha256.Size]byte]codeUse{}
	}
	r.codes[sha256.Sum256([]byte(c.Reveal()))] = codeUse{order, now}
}

func (r *recently) orderOf(c pay.Code) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.codes[sha256.Sum256([]byte(c.Reveal()))].order
}

// once gives the earlier order that a charge looks like, as a *Twin; nil when there is none. Orders that
// came to nothing do not count: the customer tries again. Without a window only open orders do.
func (t *Teller) once(ctx context.Context, c Charge) error {
	open, err := t.Book.OpenOrders(ctx)
	if err != nil {
		return fmt.Errorf("look for open orders: %w", err)
	}
	var found *Twin
	for _, row := range open {
		if row.Outcome.Why == pay.WhyReentry {
			continue // what the service has under that number is no payment of this till
		}
		by, err := t.likeOpen(ctx, row, c)
		if err != nil {
			return err
		}
		found = surer(found, row, by)
	}
	if found != nil && !c.Again || found != nil && errors.Is(found, ErrStillOpen) {
		return found
	}
	if t.Rules.Twice <= 0 || c.Again {
		return nil
	}
	recent, err := t.Book.Orders(ctx, ledger.Filter{From: t.Clock.Now().Add(-t.Rules.Twice), Statuses: []pay.Status{pay.Paid}})
	if err != nil {
		return fmt.Errorf("look for earlier orders: %w", err)
	}
	for _, row := range recent {
		found = surer(found, row, t.like(row, c))
	}
	if found == nil {
		return nil // not a nil *Twin in an error
	}
	return found
}

// surer keeps the surest likeness, and of two alike the newer order.
func surer(found *Twin, row ledger.OrderRow, by Likeness) *Twin {
	rank := map[Likeness]int{LikeAmount: 1, LikeSerial: 2, LikeCode: 3}
	if by == "" || found != nil && rank[by] < rank[found.By] {
		return found
	}
	return newTwin(row, by)
}

// like says by what a charge looks like an order. Two sales that the POS numbers differently are two.
func (t *Teller) like(row ledger.OrderRow, c Charge) Likeness {
	o := row.Order
	sameSerial := c.Serial != "" && c.Serial == o.Serial
	switch {
	case !c.Code.IsZero() && t.codes.orderOf(c.Code) == o.ID:
		return LikeCode
	case sameSerial:
		return LikeSerial
	case c.Amount == o.Amount && (c.Serial == "" || o.Serial == ""):
		return LikeAmount
	}
	return ""
}

// likeOpen also finds the code of an order that an earlier process sent, in its sealed request.
func (t *Teller) likeOpen(ctx context.Context, row ledger.OrderRow, c Charge) (Likeness, error) {
	by := t.like(row, c)
	if by == LikeCode || c.Code.IsZero() {
		return by, nil
	}
	q, err := t.Book.Request(ctx, row.Order.ID)
	if err != nil {
		return by, fmt.Errorf("look at the request of order %s: %w", row.Order.ID, err)
	}
	if bytes.Contains(q.Content, []byte(`"`+c.Code.Reveal()+`"`)) {
		return LikeCode, nil
	}
	return by, nil
}

// MayTakeCash says whether cash may be booked for a sale: not while a code payment of it is open, for the
// customer may pay on the phone while the cash is counted. The error is a *Twin.
func (t *Teller) MayTakeCash(ctx context.Context, serial string, amount pay.Money, again bool) error {
	return t.once(ctx, Charge{Serial: serial, Amount: amount, Again: again})
}
