package keys

import (
	"context"
	"errors"
	"fmt"
	"image"
	"regexp"
	"time"
)

// Watch answers a question about the screen, now. Its errors are ErrCannotSee, ErrUnread and ErrPlan.
type Watch interface {
	Holds(ctx context.Context, p Predicate) (bool, error)
}

// Answers of a Watch that are neither yes nor no.
var (
	ErrCannotSee = errors.New("the screen cannot be asked this") // it has no means to tell, now or later
	ErrUnread    = errors.New("the screen could not be read")
)

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
	// From is the number of the step to begin with (StepError.Number); what stands before it was done. The
	// window that has to be in front there is brought there first. Up to 1 plays everything.
	From int
	// Sent is how many presses or characters of that step arrived before (StepError.Sent).
	Sent int
	// Trace hears of everything that was sent or waited for, as it happens; it may be nil and must not block.
	Trace func(Sent)
}

// Sent is one thing that a plan did: a key, a text, a click, a wait, a look at the screen.
type Sent struct {
	At     time.Time     // when it was over
	Took   time.Duration //
	Number int           // of its step, from 1
	What   string        // "key f6", "text \"12.50\"", "click done"
	Err    error         // nil: it was done
}

// Defaults of a Player's limits, and how often a wait looks at the screen.
const (
	DefaultStep  = 5 * time.Second
	DefaultTotal = 60 * time.Second
	DefaultUntil = 2 * time.Second // of a wait_for or expect that names no time
	DefaultBlock = 3 * time.Second // of a block_input that names no time
	lookEvery    = 50 * time.Millisecond
)

// patience is how long a step that looks at the screen goes on looking.
func (s Step) patience() time.Duration {
	if s.For > 0 {
		return s.For
	}
	return DefaultUntil
}

// blocks is how long a block_input holds at most.
func (s Step) blocks() time.Duration {
	if s.For > 0 {
		return s.For
	}
	return DefaultBlock
}

// Play carries out a plan. It presses nothing before the whole plan is found valid, and stops with a
// *StepError at the first step that cannot be done; the plan may be resumed from there (Player.From).
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
	if g.From > 1 {
		if err := g.resume(ctx, p); err != nil {
			return err
		}
	}
	number := 1
	for i, s := range p {
		g.index = i
		if err := g.step(ctx, s, number); err != nil {
			if err.Until.IsZero() {
				err.Index = i
			}
			return err
		}
		number += s.Size()
	}
	return asError(g.settle(ctx))
}

// playing is one plan on its way.
type playing struct {
	Player
	front Window     // what must be in front
	index int        // of the step in hand, in the plan
	now   int        // its number
	sent  int        // of its presses or characters
	doing Step       // the step itself
	open  []onTheWay // sent ahead and not settled
}

// resume brings to the front what the steps left out had brought there.
func (g *playing) resume(ctx context.Context, p Plan) error {
	var first *Step
	number := 0
	var look func(steps []Step)
	look = func(steps []Step) {
		for _, s := range steps {
			number++
			if number < g.From && s.Op == OpFocus {
				g.front = s.Window
				if s.Window.IsZero() {
					g.front = g.POS
				}
			}
			if number == g.From {
				first = &s
			}
			look(s.Then)
			look(s.Else)
		}
	}
	look(p)
	if first == nil {
		return fmt.Errorf("%w: it has %d steps, none with the number %d", ErrPlan, number, g.From)
	}
	if err := g.focus(ctx, g.front); err != nil {
		return &StepError{Number: g.From, Sent: g.Sent, Step: *first, Err: err}
	}
	return nil
}

// step does one step, unless it was done before the plan was resumed.
func (g *playing) step(ctx context.Context, s Step, number int) *StepError {
	if number+s.Size() <= g.From {
		return nil
	}
	if s.settles() {
		if late := g.settle(ctx); late != nil {
			return late
		}
	}
	switch s.Op {
	case OpWhen, OpRetry, OpBlock:
		return g.several(ctx, s, number)
	}
	limit := g.Step
	switch s.Op {
	case OpWait, OpWaitFor, OpExpect:
		limit += s.patience()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	defer cancel()
	g.now, g.sent, g.doing = number, 0, s
	if number == g.From {
		g.sent, g.Sent = g.Sent, 0 // once: a retry begins anew
	}
	return g.left(ctx, g.do(ctx, s))
}

// left says where a step that failed left the plan: where it is, unless what was sent before is in doubt.
func (g *playing) left(ctx context.Context, err error) *StepError {
	var late *StepError
	if err == nil || errors.As(err, &late) {
		return late
	}
	err = because(ctx, err)
	if late = g.settle(context.WithoutCancel(ctx)); late != nil {
		return late
	}
	return &StepError{Number: g.now, Sent: g.sent, Step: g.doing, Err: err}
}

// because names what ended ctx as the reason for an error.
func because(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		if cause := context.Cause(ctx); !errors.Is(err, cause) {
			return fmt.Errorf("%w: %w", cause, err)
		}
	}
	return err
}

// did tells the trace of one thing.
func (g *playing) did(begin time.Time, what string, err error) {
	if g.Trace != nil {
		now := time.Now()
		g.Trace(Sent{At: now, Took: now.Sub(begin), Number: g.now, What: what, Err: err})
	}
}

func (g *playing) do(ctx context.Context, s Step) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	begin := time.Now()
	switch s.Op {
	case OpFocus:
		return g.focus(ctx, s.Window)
	case OpKey:
		for g.sent < max(1, s.Times) {
			if err := g.press(ctx, s.Chord); err != nil {
				return err
			}
			g.sent++
		}
	case OpText:
		var part *PartError
		rest := []rune(s.Text)
		err := g.text(ctx, string(rest[min(g.sent, len(rest)):]))
		if errors.As(err, &part) {
			g.sent += part.Sent
		}
		return err
	case OpClick:
		return g.click(ctx, s.Region)
	case OpFill:
		return g.fill(ctx, s)
	case OpWait:
		err := pause(ctx, s.For)
		g.did(begin, s.String(), err)
		return err
	case OpWaitFor:
		return g.waitFor(ctx, *s.Until, s.patience(), ErrTimeout)
	case OpExpect:
		return g.expect(ctx, s)
	case OpBeep:
		if g.Beep != nil {
			g.Beep(max(1, s.Times))
		}
		g.did(begin, s.String(), nil)
	case OpToast:
		if g.Toast != nil {
			g.Toast(s.Text)
		}
		g.did(begin, s.String(), nil)
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
	begin := time.Now()
	err := g.Hands.Focus(ctx, w)
	g.did(begin, "focus "+w.String(), err)
	if err == nil {
		g.front = w
	}
	return err
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

func (g *playing) press(ctx context.Context, c Chord) error {
	begin := time.Now()
	err := g.pressOnce(ctx, c)
	g.did(begin, "key "+c.String(), err)
	return err
}

func (g *playing) pressOnce(ctx context.Context, c Chord) error {
	if hands := g.ahead(); hands != nil {
		return g.pressAhead(ctx, hands, c)
	}
	hands, ok := g.Hands.(Guarded)
	if ok && !g.front.IsZero() {
		return hands.PressIn(ctx, g.front, c)
	}
	if err := g.guard(ctx); err != nil {
		return err
	}
	return g.Hands.Press(ctx, c)
}

func (g *playing) text(ctx context.Context, text string) error {
	begin := time.Now()
	err := g.typeOnce(ctx, text)
	g.did(begin, fmt.Sprintf("text %q", text), err)
	return err
}

func (g *playing) typeOnce(ctx context.Context, text string) error {
	if hands := g.ahead(); hands != nil {
		return g.typeAhead(ctx, hands, text)
	}
	hands, ok := g.Hands.(Guarded)
	if ok && !g.front.IsZero() {
		return hands.TypeIn(ctx, g.front, text)
	}
	if err := g.guard(ctx); err != nil {
		return err
	}
	return g.Hands.Type(ctx, text)
}

func (g *playing) click(ctx context.Context, region string) error {
	r, ok := g.Regions(region)
	if !ok {
		return fmt.Errorf("%w: region %q is not taught", ErrPlan, region)
	}
	begin := time.Now()
	err := g.guard(ctx)
	if err == nil {
		err = g.Hands.Click(ctx, g.front, (r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2)
	}
	if err == nil && g.ahead() != nil {
		g.let(0, 1)
		err = g.bound(ctx)
	}
	g.did(begin, "click "+region, err)
	return err
}

// fill puts a text into a field and, where the screen can be read, looks whether it is there. Only amounts and
// numbers are read back: in other writing the eye of a till makes mistakes.
func (g *playing) fill(ctx context.Context, s Step) error {
	if err := g.click(ctx, s.Region); err != nil {
		return err
	}
	for _, c := range g.Clear {
		if err := g.press(ctx, c); err != nil {
			return err
		}
	}
	if err := g.text(ctx, s.Text); err != nil {
		return err
	}
	if late := g.settle(ctx); late != nil {
		return late
	}
	shows := Predicate{Op: "region_amount", Region: s.Region, Want: s.Text}
	switch {
	case g.Watch == nil:
		return nil
	case amount.MatchString(s.Text):
	case number.MatchString(s.Text):
		shows = Predicate{Op: "region_matches", Region: s.Region, Want: "^" + regexp.QuoteMeta(s.Text) + "$"}
	default:
		return nil
	}
	err := g.waitFor(ctx, shows, DefaultUntil, ErrReadBack)
	if errors.Is(err, ErrCannotSee) {
		return nil
	}
	return err
}

var (
	amount = regexp.MustCompile(`^[0-9]{1,9}\.[0-9]{2}$`)
	number = regexp.MustCompile(`^[0-9][0-9-]*$`)
)

// expect goes on if the screen shows what it must. If not, Else has one chance to put it right; if that
// did not help, the plan stops, so that nothing is confirmed on a wrong screen.
func (g *playing) expect(ctx context.Context, s Step) error {
	err := g.waitFor(ctx, *s.Until, s.patience(), ErrExpected)
	if !errors.Is(err, ErrExpected) || len(s.Else) == 0 {
		return err
	}
	mine := *g
	mine.From = 0 // what was resumed begins with the expect itself
	if failed := mine.steps(ctx, s.Else, g.now+1); failed != nil {
		if !failed.Until.IsZero() {
			return failed
		}
		return failed.Err
	}
	g.front, g.open = mine.front, mine.open
	if late := g.settle(ctx); late != nil {
		return late
	}
	if ok, err := g.holds(ctx, *s.Until); err != nil || ok {
		return err
	}
	return ErrExpected
}

// holds asks the screen once.
func (g *playing) holds(ctx context.Context, p Predicate) (bool, error) {
	if g.Watch == nil {
		return false, ErrCannotSee
	}
	begin := time.Now()
	yes, err := g.Watch.Holds(ctx, p)
	g.did(begin, fmt.Sprintf("look %s: %t", &p, yes), err)
	return yes, err
}

// waitFor looks until the screen answers yes; late is the error when it does not in time.
func (g *playing) waitFor(ctx context.Context, p Predicate, most time.Duration, late error) (err error) {
	if g.Watch == nil {
		return ErrCannotSee
	}
	begin := time.Now()
	defer func() { g.did(begin, "see "+p.String(), err) }()
	for {
		switch ok, err := g.Watch.Holds(ctx, p); {
		case err != nil:
			return err
		case ok:
			return nil
		case time.Since(begin)+lookEvery >= most:
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
