package station

import (
	"context"
	"errors"
	"hash/fnv"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// pingLimit bounds one ping, so that the next one finds an open road within the same time.
const pingLimit = 2 * time.Second

// noteRoad notes whether a question was answered at all, by whatever.
func (t *Teller) noteRoad(err error) {
	switch {
	case errors.Is(err, pay.ErrNotSent), errors.Is(err, pay.ErrNoAnswer):
		t.mind.missed(t.Clock.Passed(), t.Rules.PollEvery, t.Rules.FollowEvery, t.Till.seed())
	case !errors.Is(err, pay.ErrNotAllowed):
		t.mind.arrived()
	}
}

// seed is a number that hardly another till has, and that this one keeps.
func (t Till) seed() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.Store.ID + "\x00" + t.Device)) // never fails
	return h.Sum64()
}

// reachable asks the service for a sign of life. A service that has none is taken to live.
func (t *Teller) reachable(ctx context.Context) bool {
	p, ok := t.Gateway.(pay.Pinger)
	if !ok {
		t.mind.ping(true)
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	_, err := p.Ping(ctx)
	t.mind.ping(err == nil)
	return err == nil
}

// passable says that a question is worth asking: none was lost lately, or the service lives.
func (t *Teller) passable(ctx context.Context) bool { return !t.mind.lost() || t.reachable(ctx) }

// Beat is one moment of the watch over what is open, to be called every PollEvery while the till is on. It
// asks about everything every FollowEvery, about an order that the service does not know as soon as that
// may be believed, and about a refund in its own rhythm. While questions get no answer and something is open
// it pings, and asks about everything as soon as a ping is answered. It gives the orders that became final.
func (t *Teller) Beat(ctx context.Context) ([]ledger.OrderRow, error) {
	if !t.mind.waiting(t.Clock.Passed()) {
		return nil, nil
	}
	if !t.passable(ctx) {
		t.mind.later(t.Clock.Passed(), t.Rules.FollowEvery)
		return nil, nil
	}
	now := t.Clock.Passed()
	if t.mind.round(now) {
		return t.FollowOpen(ctx)
	}
	if t.mind.lost() {
		return nil, nil
	}
	work, done := outlasting(ctx)
	defer done()
	var final []ledger.OrderRow
	for _, id := range t.mind.ripe(now) {
		row, ended, err := t.followOne(ctx, work, id)
		if ended {
			final = append(final, row)
		}
		if err != nil {
			return final, nil // told already; the road decides when to go on
		}
	}
	if t.mind.refundsDue(now) {
		return final, t.followRefunds(ctx, work)
	}
	return final, nil
}
