package station

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// recentWindow is what the frequent comparison covers: much longer than the time between two of them, so
// that the windows overlap.
const recentWindow = 15 * time.Minute

// statementMargin is how far our side reaches beyond the window, for the two clocks may differ.
const statementMargin = time.Hour

// CatchUp makes sure that no order number which the service lists for this till today is used again, as
// after the till was installed anew. A driver that cannot list makes it do nothing.
func (t *Teller) CatchUp(ctx context.Context) error {
	lister, ok := t.Gateway.(pay.Lister)
	if !ok {
		return nil
	}
	now := t.Clock.Now()
	listed, err := lister.List(ctx, dayStart(now), now)
	if err != nil {
		t.noteRoad(err)
		return fmt.Errorf("list today's orders: %w", err)
	}
	// The highest first, so that mostly one write is enough.
	slices.SortFunc(listed, func(a, b pay.Entry) int { return strings.Compare(b.Number(), a.Number()) })
	for _, e := range listed {
		if err := t.Book.RaiseCounter(ctx, e.Number()); err != nil {
			return err
		}
	}
	return nil
}

// dayStart is the beginning of a moment's store day, which is China's.
func dayStart(at time.Time) time.Time {
	start, err := time.Parse(time.DateOnly+"Z07:00", ledger.Day(at)+"+08:00")
	if err != nil {
		panic(err) // both sides are this program's own form of a day
	}
	return start
}

// Reconcile compares the last 15 minutes (or, when full, the whole day) with the service, records a
// difference that stops the till, and gives all differences. A driver that cannot list gives none.
func (t *Teller) Reconcile(ctx context.Context, full bool) ([]ledger.Difference, error) {
	found, _, err := t.reconcile(ctx, full)
	return found, err
}

// reconcile also gives the orders that became final because they were asked about, so that somebody tells.
func (t *Teller) reconcile(ctx context.Context, full bool) (found []ledger.Difference, ended []ledger.OrderRow, err error) {
	lister, ok := t.Gateway.(pay.Lister)
	if !ok {
		return nil, nil, nil
	}
	skew := t.skew(ctx)
	now := t.Clock.Now().Add(skew) // the service's, for it cuts the list by its own clock
	from := now.Add(-recentWindow)
	if start := dayStart(now); full && start.Before(from) { // soon after midnight the day is the shorter one
		from = start
	}
	rules := ledger.ReconcileRules{Store: t.Till.Store.ID, Device: t.Till.Device,
		Window: [2]time.Time{from, now}, Grace: t.Rules.Grace, Now: now, Own: t.Book.Own}
	theirs, err := lister.List(ctx, from, now)
	if err != nil {
		return nil, nil, fmt.Errorf("list orders of the service: %w", err)
	}
	if found, err = t.compare(ctx, theirs, rules, skew); err != nil || len(found) == 0 {
		return nil, nil, err
	}
	known, ended := t.refresh(ctx, found)
	if found, err = t.compare(ctx, theirs, rules, skew); err != nil {
		return nil, ended, err
	}
	found = slices.DeleteFunc(found, func(d ledger.Difference) bool {
		return d.Code == ledger.MissingThere && known[d.Number] == thereToo || d.Code.MissesOurs() && t.holds(ctx, d.Number)
	})
	for _, d := range found {
		t.log().WarnContext(ctx, "difference", "code", d.Code, "number", d.Number, "ours", d.Ours, "theirs", d.Theirs, "state", d.State)
	}
	if !t.Rules.Freeze {
		return found, ended, nil
	}
	stops := slices.DeleteFunc(slices.Clone(found), func(d ledger.Difference) bool {
		return !d.Code.Stops() || d.Code == ledger.MissingThere && known[d.Number] != notThere
	})
	return found, ended, t.halt(ctx, stops...)
}

// compare holds our side of the book against theirs, which was read before. skew is how far their clock is
// ahead of ours.
func (t *Teller) compare(ctx context.Context, theirs []pay.Entry, rules ledger.ReconcileRules, skew time.Duration) ([]ledger.Difference, error) {
	ours, err := t.Book.Statement(ctx, rules.Window[0].Add(-skew-statementMargin), t.Clock.Now().Add(statementMargin))
	if err != nil {
		return nil, err
	}
	for i := range ours {
		ours[i].At = ours[i].At.Add(skew)
	}
	return ledger.Reconcile(ours, theirs, rules), nil
}

// skew gives how far the service's clock is ahead of ours, where that is more than the rules allow; it is
// told, and never a difference. A service that tells no time is taken to have ours.
func (t *Teller) skew(ctx context.Context) time.Duration {
	p, ok := t.Gateway.(pay.Pinger)
	if !ok || t.Rules.ClockSkew <= 0 {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	began := t.Clock.Passed()
	at, err := p.Ping(ctx)
	t.mind.ping(err == nil)
	if err != nil {
		return 0
	}
	skew := at.Sub(t.Clock.Now().Add(-(t.Clock.Passed() - began) / 2)).Truncate(time.Second)
	if skew.Abs() <= t.Rules.ClockSkew {
		skew = 0
	}
	if before := t.mind.setSkew(skew); before.Round(t.Rules.ClockSkew) != skew.Round(t.Rules.ClockSkew) {
		t.log().WarnContext(ctx, "the clocks differ", "service_ahead", skew)
	}
	return skew
}

// Skew gives how far the service's clock was ahead of this machine's when they were last compared, where
// that is more than the profile calls normal.
func (t *Teller) Skew() time.Duration { return t.mind.lastSkew() }

// holds says that a number is in the book after all, though outside what was compared: the clocks differ.
func (t *Teller) holds(ctx context.Context, number string) bool {
	_, err := t.Book.Order(ctx, number)
	if errors.Is(err, ledger.ErrNoOrder) {
		_, err = t.Book.Refund(ctx, number)
	}
	return err == nil
}

// standing is what a query said of a line that their statement lacks.
type standing uint8

const (
	notAsked standing = iota // or no answer: nothing is decided in this round
	thereToo                 // the list lags behind or its clock is another
	notThere
)

// refresh asks about every line of ours that differs, so that an answer that was lost is not taken for a
// difference, nor a list that lags for missing money. It also gives the orders that ended by that.
func (t *Teller) refresh(ctx context.Context, found []ledger.Difference) (known map[string]standing, ended []ledger.OrderRow) {
	known = map[string]standing{}
	for _, d := range found {
		if d.Code != ledger.MissingThere && d.Code != ledger.StateOff || known[d.Number] != notAsked {
			continue
		}
		s, end, err := t.whereabouts(ctx, d.Number)
		if err != nil {
			t.log().WarnContext(ctx, "difference not looked into", "number", d.Number, "err", err)
		}
		if end != nil {
			ended = append(ended, *end)
		}
		known[d.Number] = s
	}
	return known, ended
}

// whereabouts asks about one of our own lines, an order or else a refund. An order that ended by it is given.
func (t *Teller) whereabouts(ctx context.Context, number string) (standing, *ledger.OrderRow, error) {
	if !t.mind.hold(number) {
		return notAsked, nil, nil // it is being charged or asked about at this moment
	}
	defer t.mind.release(number)
	row, err := t.Book.Order(ctx, number)
	if errors.Is(err, ledger.ErrNoOrder) {
		s, err := t.refundWhereabouts(ctx, number)
		return s, nil, err
	}
	if err != nil || row.Outcome.Why == pay.WhyReentry || undoing(row) {
		return notAsked, nil, err
	}
	var ended *ledger.OrderRow
	out, err := t.Gateway.Query(ctx, row.Order)
	if err == nil || stopping(whyOf(err)) != "" {
		learnt, bookErr := t.learn(ctx, row, t.heard(out, err))
		err = errors.Join(err, bookErr)
		if !row.Done() && learnt.Done() {
			ended = &learnt
		}
	}
	return standingOf(out.Status != pay.Unknown, out.Why), ended, err
}

func (t *Teller) refundWhereabouts(ctx context.Context, number string) (standing, error) {
	row, err := t.Book.Refund(ctx, number)
	if err != nil {
		return notAsked, err
	}
	order, err := t.Book.Order(ctx, row.Refund.Order)
	if err != nil {
		return notAsked, err
	}
	out, err := t.Gateway.QueryRefund(ctx, order.Order, row.Refund)
	if err != nil && stopping(whyOf(err)) == "" {
		return notAsked, err
	}
	s := standingOf(out.Status != pay.RefundUnknown, out.Why)
	if !row.Outcome.Status.Final() || err != nil { // a contradiction halts whatever is known
		_, err = t.learnRefund(ctx, row, t.heardRefund(out, err))
	}
	return s, err
}

func standingOf(knows bool, why pay.Why) standing {
	switch {
	case knows:
		return thereToo
	case why == pay.WhyNotFound:
		return notThere
	}
	return notAsked
}
