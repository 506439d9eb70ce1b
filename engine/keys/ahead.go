package keys

import (
	"context"
	"errors"
)

// Ahead is what Guarded hands may be able to do besides, where a system does not tell whether a key has
// arrived: send without waiting for it. What was sent goes to its window or to none, but it can be lost while
// it waits in the queue of its program.
type Ahead interface {
	Guarded
	// PressAhead is PressIn, and TypeAhead is TypeIn, without waiting until the window has taken what was sent.
	// Click does not wait for that either.
	PressAhead(ctx context.Context, w Window, c Chord) error
	TypeAhead(ctx context.Context, w Window, text string) error
	// Settle waits until the window has taken what was sent since the last Settle. ErrDoubt says that another
	// window came before it meanwhile: nobody knows how much of that arrived.
	Settle(ctx context.Context) error
}

// mostAhead is how many presses, characters and clicks of a plan are on their way at most: so many are in doubt when
// another window comes before the POS.
const mostAhead = 32

// onTheWay is one press, character or click that was sent ahead.
type onTheWay struct {
	at    Mark
	index int
	step  Step
}

// ahead gives hands that run ahead, nil where they do not or nothing guards the plan.
func (g *playing) ahead() Ahead {
	hands, ok := g.Hands.(Ahead)
	if !ok || g.front.IsZero() {
		return nil
	}
	return hands
}

// let notes that n more presses or characters of the step in hand are on their way, behind `before` of the same
// call.
func (g *playing) let(before, n int) {
	for i := range n {
		one := onTheWay{Mark{Number: g.now}, g.index, g.doing}
		if g.doing.Op == OpKey || g.doing.Op == OpText {
			one.at.Sent = g.sent + before + i
		}
		g.open = append(g.open, one)
	}
}

// pressAhead sends a chord.
func (g *playing) pressAhead(ctx context.Context, hands Ahead, c Chord) error {
	if err := hands.PressAhead(ctx, g.front, c); err != nil {
		return err
	}
	g.let(0, 1)
	return g.bound(ctx)
}

// typeAhead sends a text in parts. A *PartError says how much of it was sent.
func (g *playing) typeAhead(ctx context.Context, hands Ahead, text string) error {
	rest := []rune(text)
	for sent := 0; len(rest) > 0; {
		n := min(len(rest), mostAhead-len(g.open))
		err := hands.TypeAhead(ctx, g.front, string(rest[:n]))
		if part := (*PartError)(nil); errors.As(err, &part) {
			g.let(sent, part.Sent)
			return &PartError{Sent: sent + part.Sent, Err: part.Err}
		} else if err != nil {
			return &PartError{Sent: sent, Err: err}
		}
		g.let(sent, n)
		if err := g.bound(ctx); err != nil {
			return err
		}
		sent, rest = sent+n, rest[n:]
	}
	return nil
}

// bound settles when enough is on its way.
func (g *playing) bound(ctx context.Context) error {
	if len(g.open) < mostAhead {
		return nil
	}
	return asError(g.settle(ctx))
}

// settle waits until what was sent ahead has arrived. If nobody can tell, the plan was left where the first of
// that was sent, which may be some steps back.
func (g *playing) settle(ctx context.Context) *StepError {
	if len(g.open) == 0 {
		return nil
	}
	first, last := g.open[0], g.open[len(g.open)-1]
	g.open = g.open[:0]
	if err := g.Hands.(Ahead).Settle(ctx); err != nil {
		until := last.at
		until.Sent++
		return &StepError{Index: first.index, Number: first.at.Number, Sent: first.at.Sent, Step: first.step, Until: until, Err: err}
	}
	return nil
}

// settles says that a step is not begun before what was sent ahead has arrived.
func (s Step) settles() bool {
	switch s.Op {
	case OpKey, OpText, OpClick, OpBeep, OpToast:
		return false
	}
	return true
}

// asError keeps "no error" what it is on its way into an interface.
func asError(at *StepError) error {
	if at == nil {
		return nil
	}
	return at
}
