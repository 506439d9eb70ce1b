package keys

import (
	"context"
	"errors"
	"time"
)

// several does a step that holds others.
func (g *playing) several(ctx context.Context, s Step, number int) *StepError {
	first := number + 1
	switch s.Op {
	case OpRetry:
		return g.retry(ctx, s, first)
	case OpBlock:
		return g.block(ctx, s, number)
	}
	otherwise := first + size(s.Then)
	switch {
	case g.From >= otherwise:
		return g.steps(ctx, s.Else, otherwise)
	case g.From >= first:
		return g.steps(ctx, s.Then, first)
	}
	g.now = number
	yes, err := g.holds(ctx, *s.Until)
	switch {
	case err != nil:
		return &StepError{Number: number, Step: s, Err: because(ctx, err)}
	case yes:
		return g.steps(ctx, s.Then, first)
	}
	return g.steps(ctx, s.Else, otherwise)
}

func (g *playing) steps(ctx context.Context, steps []Step, number int) *StepError {
	for _, s := range steps {
		if err := g.step(ctx, s, number); err != nil {
			return err
		}
		number += s.Size()
	}
	return nil
}

// retry plays steps until they all succeed, but not again what may have arrived. A later try begins with the first of them, wherever the plan
// was resumed.
func (g *playing) retry(ctx context.Context, s Step, first int) (err *StepError) {
	for range s.Times {
		if err = g.steps(ctx, s.Then, first); err == nil || ctx.Err() != nil || errors.Is(err, ErrDoubt) {
			return err
		}
		g.From = 0
	}
	return err
}

// block plays steps while the cashier's own keys and clicks reach no program. Hands that cannot do that play
// them all the same: the guard before every key holds anyway.
func (g *playing) block(ctx context.Context, s Step, number int) *StepError {
	ctx, cancel := context.WithTimeoutCause(ctx, s.blocks(), ErrTimeout)
	defer cancel()
	if hands, ok := g.Hands.(Blocker); ok {
		g.now = number
		begin := time.Now()
		release, err := hands.Block(ctx, s.blocks())
		g.did(begin, "block input", err)
		if err != nil {
			return &StepError{Number: number, Step: s, Err: because(ctx, err)}
		}
		defer release()
	}
	if err := g.steps(ctx, s.Then, number+1); err != nil {
		return err
	}
	return g.settle(ctx)
}
