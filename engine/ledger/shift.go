package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cpos/engine/pay"
)

// Shift is one clerk's turn at the till. Payments and refunds that the clerk intends while it is open
// belong to it for ever, also when their result comes later: what was known at its close never changes,
// and what came to be known afterwards stands beside it as late.
type Shift struct {
	Number         uint64 // 1, 2, 3, ...; never given twice
	Clerk          string
	Opened, Closed time.Time // Closed is zero while it is open
	Counted        bool      // somebody counted the cash at its close
	Cash           pay.Money // what was counted
	Seq            uint64    // the fact that began it
	Last           uint64    // the fact that ended it, 0 while it is open
}

// Open says that the shift goes on.
func (s Shift) Open() bool { return s.Last == 0 }

// over says that s had ended before a fact. No shift never ends.
func (s *Shift) over(fact uint64) bool { return s != nil && s.Last != 0 && s.Last < fact }

func (s *Shift) number() uint64 {
	if s == nil {
		return 0
	}
	return s.Number
}

// ShiftSummary is a shift and its maintained totals, one for each means of payment.
type ShiftSummary struct {
	Shift Shift
	Sums  []Sum // as they stood at the close, or stand now; Day is empty
	Late  []Sum // what came to be known after the close
}

// Errors about shifts.
var (
	ErrShiftOpen = errors.New("the clerk's shift is open already")
	ErrNoShift   = errors.New("no such shift is open")
)

type shiftV1 struct {
	Shift   uint64 `json:"shift"`
	Clerk   string `json:"clerk"`
	Turn    string `json:"turn"`
	Counted bool   `json:"counted"`
	CashFen int64  `json:"cash_fen"`
}

// What a shift fact does.
const (
	turnOpen  = "open"
	turnClose = "close"
)

// restoreV1 says up to which fact the book was written before it was put back from a backup, and how far
// the numbers jumped.
type restoreV1 struct {
	Facts uint64 `json:"facts"`
	Jump  uint64 `json:"jump"`
}

// meetShift adds what the fold needs to know about shifts.
func (k *known) meetShift(f entry, from lookup) (err error) {
	switch f.Kind {
	case KindIntention:
		body, err := read[intentionV1](f)
		if err == nil {
			k.shift, err = openShift(from, body.Clerk)
		}
		return err
	case KindRefund:
		body, err := read[refundV1](f)
		if err == nil {
			k.shift, err = openShift(from, body.Clerk)
		}
		return err
	case KindShift:
		body, err := read[shiftV1](f)
		if err == nil {
			k.shift, err = openShift(from, body.Clerk)
		}
		if err == nil {
			k.shifts, err = newestShift(from)
		}
		return err
	case KindOutcome, KindEvidence:
		if k.order != nil {
			k.shift, err = shift(from, k.order.Shift)
		}
	case KindRefundOutcome:
		if k.refund != nil {
			k.shift, err = shift(from, k.refund.Shift)
		}
	}
	return err
}

func openShift(from lookup, clerk string) (*Shift, error) {
	s, ok, err := from.OpenShift(clerk)
	if err != nil || !ok {
		return nil, err
	}
	return &s, nil
}

func newestShift(from lookup) (uint64, error) {
	for s, err := range from.Shifts() {
		return s.Number, err
	}
	return 0, nil
}

// shift gives a shift that a row belongs to; nil for none.
func shift(from lookup, number uint64) (*Shift, error) {
	if number == 0 {
		return nil, nil
	}
	s, ok, err := from.Shift(number)
	if err == nil && !ok {
		err = fmt.Errorf("shift %d is missing: %w", number, ErrBroken)
	}
	return &s, err
}

func foldShift(f Fact, body shiftV1, k known) (change, error) {
	switch body.Turn {
	case turnOpen:
		if k.shift != nil {
			return change{}, ErrShiftOpen
		}
		if body.Shift != k.shifts+1 {
			return change{}, fmt.Errorf("shift %d after %d: %w", body.Shift, k.shifts, errFormat)
		}
		return change{shift: &Shift{Number: body.Shift, Clerk: body.Clerk, Opened: f.At, Seq: f.Seq}}, nil
	case turnClose:
		if k.shift == nil || k.shift.Number != body.Shift {
			return change{}, ErrNoShift
		}
		s := *k.shift
		s.Closed, s.Last, s.Counted, s.Cash = f.At, f.Seq, body.Counted, pay.Money(body.CashFen)
		return change{shift: &s}, nil
	}
	return change{}, fmt.Errorf("fact %d, turn %q: %w", f.Seq, body.Turn, errFormat)
}

// OpenShift begins a shift of a clerk. ErrShiftOpen.
func (b *Book) OpenShift(ctx context.Context, clerk string) (Shift, error) {
	return b.turn(ctx, "open", clerk, func(tx Tx) (shiftV1, error) {
		newest, err := newestShift(tx)
		return shiftV1{Shift: newest + 1, Clerk: clerk, Turn: turnOpen}, err
	})
}

// CloseShift ends a clerk's shift for good. cash is what was counted in the drawer; nil when nobody
// counted. ErrNoShift.
func (b *Book) CloseShift(ctx context.Context, clerk string, cash *pay.Money) (Shift, error) {
	return b.turn(ctx, "close", clerk, func(tx Tx) (shiftV1, error) {
		s, err := openShift(tx, clerk)
		if err != nil {
			return shiftV1{}, err
		}
		if s == nil {
			return shiftV1{}, ErrNoShift
		}
		body := shiftV1{Shift: s.Number, Clerk: clerk, Turn: turnClose}
		if cash != nil {
			body.Counted, body.CashFen = true, int64(*cash)
		}
		return body, nil
	})
}

// turn records one fact about a shift and gives the shift as it is then.
func (b *Book) turn(ctx context.Context, what, clerk string, say func(Tx) (shiftV1, error)) (Shift, error) {
	var s Shift
	err := b.store.Update(ctx, func(tx Tx) error {
		body, err := say(tx)
		if err != nil {
			return err
		}
		c, err := b.record(tx, KindShift, "", body)
		if err == nil {
			s = *c.shift
		}
		return err
	})
	if err != nil {
		return Shift{}, fmt.Errorf("%s shift of clerk %q: %w", what, clerk, err)
	}
	return s, nil
}

// Shift gives a shift and its totals. ErrNoShift.
func (b *Book) Shift(ctx context.Context, number uint64) (ShiftSummary, error) {
	sum, err := b.summary(ctx, func(rows Rows) (Shift, bool, error) { return rows.Shift(number) })
	if err != nil {
		return ShiftSummary{}, fmt.Errorf("shift %d: %w", number, err)
	}
	return sum, nil
}

// CurrentShift gives the open shift of a clerk and its totals. ErrNoShift.
func (b *Book) CurrentShift(ctx context.Context, clerk string) (ShiftSummary, error) {
	sum, err := b.summary(ctx, func(rows Rows) (Shift, bool, error) { return rows.OpenShift(clerk) })
	if err != nil {
		return ShiftSummary{}, fmt.Errorf("shift of clerk %q: %w", clerk, err)
	}
	return sum, nil
}

// summary adds up the shift that find finds, in one state of the book.
func (b *Book) summary(ctx context.Context, find func(Rows) (Shift, bool, error)) (sum ShiftSummary, err error) {
	err = b.store.View(ctx, func(rows Rows) error {
		s, ok, err := find(rows)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNoShift
		}
		sum, err = summary(rows, s)
		return err
	})
	return sum, err
}

// Shifts gives the newest shifts, newest first; limit 0 is all.
func (b *Book) Shifts(ctx context.Context, limit int) ([]Shift, error) {
	var all []Shift
	err := b.store.View(ctx, func(rows Rows) error {
		for s, err := range rows.Shifts() {
			if err != nil {
				return err
			}
			if all = append(all, s); len(all) == limit {
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list shifts: %w", err)
	}
	return all, nil
}

func summary(rows Rows, s Shift) (ShiftSummary, error) {
	all, err := rows.ShiftSums(s.Number)
	if err != nil {
		return ShiftSummary{}, err
	}
	sum := ShiftSummary{Shift: s}
	for _, one := range all {
		one.Day = ""
		if one.Late {
			sum.Late = added(sum.Late, one)
		} else {
			sum.Sums = added(sum.Sums, one)
		}
	}
	return sum, nil
}

// added adds one to the sum of the same day and tender, or puts it where it belongs among them.
func added(all []Sum, one Sum) []Sum {
	at := slices.IndexFunc(all, func(s Sum) bool {
		return s.Day > one.Day || s.Day == one.Day && s.Tender >= one.Tender
	})
	if at < 0 {
		return append(all, one)
	}
	if all[at].Day == one.Day && all[at].Tender == one.Tender {
		all[at] = all[at].Add(one)
		return all
	}
	return slices.Insert(all, at, one)
}
