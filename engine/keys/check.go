package keys

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Limits of a plan. A cashier waits for it with a customer in front of her.
const (
	MaxTimes = 50               // repeats of one key
	MaxText  = 500              // characters of one text
	MaxWait  = 30 * time.Second // one wait or one wait_for
	MaxTries = 10               // of one retry
	MaxBlock = 10 * time.Second // one block_input
)

// Errors of a plan, wrapped in a StepError.
var (
	ErrPlan     = errors.New("the plan is not valid")
	ErrExpected = errors.New("the screen does not show what the plan expects")
	ErrTimeout  = errors.New("the time is up")
	ErrReadBack = errors.New("the field does not show what was typed")
)

// StepError says at which step a plan is wrong or was left. The steps before it were done; Step says what
// is to be done by hand (Step.Describe), and Mark goes on from there.
type StepError struct {
	Index  int // of the plan, from 0; a nested step carries the index of the step that holds it
	Number int // among all steps in the order of Plan.Describe, from 1; the Else of an expect is its own
	Sent   int // how many of its presses or characters have arrived
	Step   Step
	Until  Mark // of ErrDoubt: what stands before this place was sent and may have arrived; else zero
	Err    error
}

// Mark is a place in a plan from which it can go on: a step, and how much of it has arrived.
type Mark struct{ Number, Sent int }

// IsZero says that there is no such place.
func (m Mark) IsZero() bool { return m.Number == 0 }

// Mark is where a plan that stopped can go on.
func (e *StepError) Mark() Mark { return Mark{e.Number, e.Sent} }

// Several says that more than this one press or character may have arrived: all that stands before Until.
func (e *StepError) Several() bool { return !e.Until.IsZero() && e.Until != Mark{e.Number, e.Sent + 1} }

func (e *StepError) Error() string {
	return fmt.Sprintf("step %d (%s): %v", e.Number, e.Step, e.Err)
}

// Unwrap gives the cause.
func (e *StepError) Unwrap() error { return e.Err }

// Check says whether a plan can be played: its operations, chords, regions, patterns and limits. It
// gives every fault, each a *StepError, joined. known says whether a region was taught; nil allows all.
func Check(p Plan, known func(region string) bool) error {
	c := checker{known: known}
	c.plan(p, -1, 0, false)
	return errors.Join(c.faults...)
}

// CheckSilent says whether a plan presses nothing: it may sound, tell and wait. It gives every fault, each a
// *StepError, joined.
func CheckSilent(p Plan) error {
	var faults []error
	number := 1
	for i, s := range p {
		switch s.Op {
		case OpBeep, OpToast, OpWait:
		default:
			faults = append(faults, &StepError{Index: i, Number: number, Step: s,
				Err: fmt.Errorf("%w: only beep, toast and wait stand here", ErrPlan)})
		}
		number += s.Size()
	}
	return errors.Join(faults...)
}

type checker struct {
	known  func(string) bool
	steps  int
	tooBig bool
	faults []error
}

const deepest = 4 // steps within steps

func (c *checker) plan(steps []Step, top, depth int, blocked bool) {
	for i, s := range steps {
		index := top
		if depth == 0 {
			index = i
		}
		c.steps++
		switch {
		case c.steps > MaxSteps:
			if !c.tooBig {
				c.tooBig = true
				c.fault(index, s, "more than %d steps", MaxSteps)
			}
			return
		case depth > deepest:
			c.fault(index, s, "nested too deeply")
			return
		}
		for _, why := range c.step(s) {
			c.fault(index, s, "%s", why)
		}
		if blocked && s.Op == OpBlock {
			c.fault(index, s, "input is blocked already")
		}
		c.plan(s.Then, index, depth+1, blocked || s.Op == OpBlock)
		c.plan(s.Else, index, depth+1, blocked)
	}
}

func (c *checker) fault(index int, s Step, format string, args ...any) {
	c.faults = append(c.faults, &StepError{Index: index, Number: c.steps, Step: s,
		Err: fmt.Errorf("%w: %s", ErrPlan, fmt.Sprintf(format, args...))})
}

func (c *checker) step(s Step) []string {
	var why []string
	add := func(bad bool, format string, args ...any) {
		if bad {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	switch s.Op {
	case OpFocus:
		why = append(why, window(s.Window)...)
	case OpKey:
		add(!s.Chord.Key.Valid(), "%q is not a key", short(string(s.Chord.Key)))
		add(s.Times < 0 || s.Times > MaxTimes, "%d times is not between 1 and %d", s.Times, MaxTimes)
	case OpText, OpToast:
		add(len([]rune(s.Text)) > MaxText, "a text of more than %d characters", MaxText)
		add(s.Op == OpText && control(s.Text), "a text with control characters: use key steps")
	case OpClick:
		add(!c.region(s.Region), "region %q is not taught", short(s.Region))
	case OpFill:
		add(!c.region(s.Region), "region %q is not taught", short(s.Region))
		add(len([]rune(s.Text)) > MaxText || control(s.Text), "a text that does not fit a field")
	case OpWait:
		add(s.For <= 0 || s.For > MaxWait, "a wait of %v is not between 0 and %v", s.For, MaxWait)
	case OpWaitFor, OpExpect:
		add(s.For < 0 || s.For > MaxWait, "a time-out of %v is above %v", s.For, MaxWait)
		why = append(why, c.question(s)...)
	case OpWhen:
		why = append(why, c.question(s)...)
		add(len(s.Then)+len(s.Else) == 0, "neither of its two ways has a step")
	case OpRetry:
		add(s.Times < 1 || s.Times > MaxTries, "%d tries are not between 1 and %d", s.Times, MaxTries)
		add(len(s.Then) == 0, "no steps to try")
	case OpBlock:
		add(s.For < 0 || s.For > MaxBlock, "%v is not between 0 and %v", s.For, MaxBlock)
		add(len(s.Then) == 0, "no steps to play meanwhile")
	case OpBeep:
		add(s.Times < 0 || s.Times > MaxTimes, "%d beeps is not between 1 and %d", s.Times, MaxTimes)
	default:
		add(true, "unknown operation %q", short(string(s.Op)))
	}
	add(len(s.Else) > 0 && s.Op != OpExpect && s.Op != OpWhen, "only expect and when have an else")
	add(len(s.Then) > 0 && s.Op != OpWhen && s.Op != OpRetry && s.Op != OpBlock, "only when, retry and block_input hold steps")
	return why
}

func (c *checker) question(s Step) []string {
	if s.Until == nil {
		return []string{"nothing to look for"}
	}
	return c.predicate(*s.Until, 0)
}

func (c *checker) region(name string) bool {
	return name != "" && (c.known == nil || c.known(name))
}

func (c *checker) predicate(p Predicate, depth int) []string {
	var why []string
	switch p.Op {
	case "window":
		why = window(p.Window)
		if p.Window.IsZero() {
			why = append(why, "a window without a name")
		}
	case "region_matches", "region_amount":
		if !c.region(p.Region) {
			why = append(why, fmt.Sprintf("region %q is not taught", short(p.Region)))
		}
		if _, err := regexp.Compile(p.Want); p.Op == "region_matches" && err != nil {
			why = append(why, err.Error())
		}
	case "image":
		if p.Want == "" {
			why = append(why, "a picture without a name")
		}
		if !(p.Off >= 0 && p.Off < 1) {
			why = append(why, fmt.Sprintf("a tolerance of %v is not between 0 and 1", p.Off))
		}
	case "all_of", "any_of", "not":
		if p.Op == "not" && len(p.Of) != 1 || len(p.Of) == 0 || len(p.Of) > MaxSteps || depth >= deepest {
			return []string{fmt.Sprintf("%s with %d questions", p.Op, len(p.Of))}
		}
		for _, inner := range p.Of {
			why = append(why, c.predicate(inner, depth+1)...)
		}
	default:
		why = append(why, fmt.Sprintf("unknown question %q", short(p.Op)))
	}
	return why
}

func window(w Window) []string {
	if _, err := regexp.Compile(w.Title); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func control(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return true
		}
	}
	return false
}
