package sim

import (
	"context"
	"errors"
	"strings"
	"testing"

	"cpos/engine/pay"
)

// Two mistakes that people make in tills are made on purpose, and the simulation has to notice each of them
// within a hundred days.

// repays pays again under a new number when the answer did not come, with the customer's next code.
type repays struct {
	pay.Gateway
	till Till
}

func (g repays) Pay(ctx context.Context, o pay.Order, r pay.Request) (pay.Outcome, error) {
	out, err := g.Gateway.Pay(ctx, o, r)
	if !errors.Is(err, pay.ErrNoAnswer) {
		return out, err
	}
	again := o
	again.ID = o.ID[:len(o.ID)-6] + "ZZ" + o.ID[len(o.ID)-4:]
	again.Digest = pay.Digest{}
	q, err := g.Prepare(again, g.till.NewCode(o.Tender))
	if err != nil {
		return out, err
	}
	return g.Gateway.Pay(ctx, again, q)
}

// hurries presses the keys that end a sale as soon as the answer says paid, before that is on disk.
type hurries struct {
	pay.Gateway
	till Till
}

func (g hurries) Pay(ctx context.Context, o pay.Order, r pay.Request) (pay.Outcome, error) {
	out, err := g.Gateway.Pay(ctx, o, r)
	if err == nil && out.Status == pay.Paid {
		g.till.Press(o.ID)
	}
	return out, err
}

func TestPlantedMistakesAreNoticed(t *testing.T) {
	for _, row := range []struct {
		name    string
		plant   func(pay.Gateway, Till) pay.Gateway
		promise string
	}{
		{"paying again under a new number after a time-out", func(g pay.Gateway, t Till) pay.Gateway { return repays{g, t} }, "I1"},
		{"keys before the commit", func(g pay.Gateway, t Till) pay.Gateway { return hurries{g, t} }, "I3"},
	} {
		t.Run(row.name, func(t *testing.T) {
			const days = 100
			for seed := range uint64(days) {
				s := Play(seed, Options{Mistake: row.plant})
				for _, v := range s.Told {
					if strings.HasPrefix(v.What, row.promise) {
						t.Logf("noticed by seed %d: %s", seed, v.What)
						return
					}
				}
			}
			t.Errorf("not noticed in %d days", days)
		})
	}
}
