package keys

import (
	"context"
	"errors"
	"fmt"
	"image"
	"regexp"
	"time"
)

// Watch answers a question about the screen, now. ErrCannotSee means that it has no way to tell.
type Watch interface {
	Holds(ctx context.Context, p Predicate) (bool, error)
}

// ErrCannotSee is a Watch's answer to a question that it has no means to answer.
var ErrCannotSee = errors.New("the screen cannot be asked this")

// Guarded is what Hands may be able to do besides: check that the window is in front and press in one
// breath, so that no other window can come between. Both give ErrNotInFront and press nothing if not.
type Guarded interface {
	PressIn(ctx context.Context, w Window, c Chord) error
	TypeIn(ctx context.Context, w Window, text string) error
}

// Player is what a plan is played with.
type Player struct {
	Hands Hands
	// Watch answers wait_for, expect and the reading back of fill. Without it a plan that asks stops.
	Watch Watch
	// POS is the window that must be in front before every key, text and click. A focus step that names
	// another window moves the guard to that window.
	POS Window
	// Regions gives a taught rectangle in px from the top left of the POS's client area.
	Regions func(name string) (image.Rectangle, bool)
	// Beep and Toast may be nil. Neither may block.
	Beep  func(times int)
	Toast func(text string)
	// Clear empties a field that has the focus. Without it: ctrl+a, backspace.
	Clear []Chord
	// Step bounds one step beyond its own waiting, Total the whole plan. Zero takes the defaults.
	Step  time.Duration
	Total time.Duration
}

// Defaults of a Player's limits, and how often a wait looks at the screen.
const (
	DefaultStep  = 5 * time.Second
	DefaultTotal = 60 * time.Second
	DefaultUntil = 2 * time.Second // of a wait_for or expect that names no time
	lookEvery    = 50 * time.Millisecond
)

// patience is how long a step that looks at the screen goes on looking.
func (s Step) patience() time.Duration {
	if s.For > 0 {
		return s.For
	}
	return DefaultUntil
}

// Play carries out a plan. It presses nothing before the whole plan is found valid, and stops with a
// *StepError at the first step that cannot be done; the plan may be resumed from there by its Index.
func Play(ctx context.Context, p Plan, with Player) error {
	if with.Step <= 0 {
		with.Step = DefaultStep
	}
	if with.Total <= 0 {
		with.Total = DefaultTotal
	}
	if with.Clear == nil {
		with.Clear = []Chord{{Mods: Ctrl, Key: "a"}, {Key: "backspace"}}
	}
	known := func(name string) bool {
		if with.Regions == nil {
			return false
		}
		_, ok := with.Regions(name)
		return ok
	}
	if err := Check(p, known); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, with.Total, ErrTimeout)
	defer cancel()
	g := &playing{Player: with, front: with.POS}
	for i, s := range p {
		if err := g.step(ctx, s); err != nil {
			return &StepError{Index: i, Step: s, Err: err}
		}
	}
	return nil
}

// playing is one plan on its way.
type playing struct {
	Player
	front Window // what must be in front
}

func (g *playing) step(ctx context.Context, s Step) error {
	limit := g.Step
	switch s.Op {
	case OpWait, OpWaitFor, OpExpect:
		limit += s.patience()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	defer cancel()
	err := g.do(ctx, s)
	if err != nil && ctx.Err() != nil {
		if cause := context.Cause(ctx); !errors.Is(err, cause) {
			return fmt.Errorf("%w: %w", cause, err)
		}
	}
	return err
}

func (g *playing) do(ctx context.Context, s Step) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	switch s.Op {
	case OpFocus:
		return g.focus(ctx, s.Window)
	case OpKey:
		return g.press(ctx, s.Chord, max(1, s.Times))
	case OpText:
		return g.text(ctx, s.Text)
	case OpClick:
		return g.click(ctx, s.Region)
	case OpFill:
		return g.fill(ctx, s)
	case OpWait:
		return pause(ctx, s.For)
	case OpWaitFor:
		return g.waitFor(ctx, *s.Until, s.patience(), ErrTimeout)
	case OpExpect:
		return g.expect(ctx, s)
	case OpBeep:
		if g.Beep != nil {
			g.Beep(max(1, s.Times))
		}
	case OpToast:
		if g.Toast != nil {
			g.Toast(s.Text)
		}
	}
	return nil
}

func (g *playing) focus(ctx context.Context, w Window) error {
	if w.IsZero() {
		w = g.POS
	}
	if w.IsZero() {
		return ErrNoWindow
	}
	if err := g.Hands.Focus(ctx, w); err != nil {
		return err
	}
	g.front = w
	return nil
}

// guard stops the plan unless its window is in front.
func (g *playing) guard(ctx context.Context) error {
	if g.front.IsZero() {
		return ErrNoWindow
	}
	switch in, err := g.Hands.InFront(ctx, g.front); {
	case err != nil:
		return err
	case !in:
		return ErrNotInFront
	}
	return nil
}

func (g *playing) press(ctx context.Context, c Chord, times int) error {
	for range times {
		if err := g.guard(ctx); err != nil {
			return err
		}
		press := func() error { return g.Hands.Press(ctx, c) }
		if hands, ok := g.Hands.(Guarded); ok {
			press = func() error { return hands.PressIn(ctx, g.front, c) }
		}
		if err := press(); err != nil {
			return err
		}
	}
	return nil
}

func (g *playing) text(ctx context.Context, text string) error {
	if err := g.guard(ctx); err != nil {
		return err
	}
	if hands, ok := g.Hands.(Guarded); ok {
		return hands.TypeIn(ctx, g.front, text)
	}
	return g.Hands.Type(ctx, text)
}

func (g *playing) click(ctx context.Context, region string) error {
	if err := g.guard(ctx); err != nil {
		return err
	}
	r, ok := g.Regions(region)
	if !ok {
		return fmt.Errorf("%w: region %q is not taught", ErrPlan, region)
	}
	return g.Hands.Click(ctx, g.front, (r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2)
}

// fill puts a text into a field and, where the screen can be read, looks whether it is there.
func (g *playing) fill(ctx context.Context, s Step) error {
	if err := g.click(ctx, s.Region); err != nil {
		return err
	}
	for _, c := range g.Clear {
		if err := g.press(ctx, c, 1); err != nil {
			return err
		}
	}
	if err := g.text(ctx, s.Text); err != nil {
		return err
	}
	if g.Watch == nil || !amount.MatchString(s.Text) {
		return nil
	}
	shows := Predicate{Op: "region_amount", Region: s.Region, Want: s.Text}
	err := g.waitFor(ctx, shows, DefaultUntil, ErrReadBack)
	if errors.Is(err, ErrCannotSee) {
		return nil
	}
	return err
}

var amount = regexp.MustCompile(`^[0-9]{1,9}\.[0-9]{2}$`)

// expect goes on if the screen shows what it must. If not, Else has one chance to put it right; if that
// did not help, the plan stops, so that nothing is confirmed on a wrong screen.
func (g *playing) expect(ctx context.Context, s Step) error {
	err := g.waitFor(ctx, *s.Until, s.patience(), ErrExpected)
	if !errors.Is(err, ErrExpected) || len(s.Else) == 0 {
		return err
	}
	for _, inner := range s.Else {
		if err := g.step(ctx, inner); err != nil {
			return err
		}
	}
	if ok, err := g.Watch.Holds(ctx, *s.Until); err != nil || ok {
		return err
	}
	return ErrExpected
}

// waitFor looks until the screen answers yes; late is the error when it does not in time.
func (g *playing) waitFor(ctx context.Context, p Predicate, most time.Duration, late error) error {
	if g.Watch == nil {
		return ErrCannotSee
	}
	end := time.Now().Add(most)
	for {
		switch ok, err := g.Watch.Holds(ctx, p); {
		case err != nil:
			return err
		case ok:
			return nil
		case !time.Now().Add(lookEvery).Before(end):
			return late
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
}

// pause waits, or ends early with the reason why ctx ended.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
