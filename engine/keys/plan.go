package keys

import (
	"slices"
	"time"
)

// Op is what a step does.
type Op string

const (
	OpFocus   Op = "focus"    // Window
	OpKey     Op = "key"      // Chord, Times
	OpText    Op = "text"     // Text
	OpClick   Op = "click"    // Region
	OpFill    Op = "fill"     // Region, Text: click, clear, type, read back
	OpWait    Op = "wait"     // For
	OpWaitFor Op = "wait_for" // Until, For (time-out)
	OpExpect  Op = "expect"   // Until, Else
	OpBeep    Op = "beep"     // Times
	OpToast   Op = "toast"    // Text
	OpWhen    Op = "when"     // Until, Then, Else: one of the two, by what the screen shows now
	OpRetry   Op = "retry"    // Times, Then: again from the first of them while one fails
	// OpBlock keeps the cashier's own keys and clicks from every program while Then is played, For at most.
	OpBlock Op = "block_input"
)

// Step is one thing to do to the POS. Which fields count is said beside its Op.
type Step struct {
	Op     Op
	Window Window
	Chord  Chord
	Times  int
	Text   string
	Region string
	For    time.Duration
	Until  *Predicate
	Then   []Step
	Else   []Step
}

// Predicate is a question about the screen. This room only carries it: a Watch answers it.
type Predicate struct {
	Op     string      // window, region_matches, region_amount, image, all_of, any_of, not
	Window Window      // of window
	Region string      // of region_*
	Want   string      // a regular expression, an amount as text, or the name of a taught picture
	Off    float64     // of image: how far it may be off, 0 to 1
	Of     []Predicate // of all_of, any_of, not
}

// Plan is a list of steps, at most MaxSteps long, with no effect until it is played.
type Plan []Step

// MaxSteps bounds a plan, nested steps included.
const MaxSteps = 200

// Looks says that a plan may ask what stands on the screen: it waits for something there, or reads back what it
// filled in.
func (p Plan) Looks() bool {
	return slices.ContainsFunc(p, func(s Step) bool {
		return s.Until != nil || s.Op == OpFill || Plan(s.Then).Looks() || Plan(s.Else).Looks()
	})
}

// Size counts a step with all that is nested in it.
func (s Step) Size() int { return 1 + size(s.Then) + size(s.Else) }

func size(steps []Step) int {
	n := 0
	for _, s := range steps {
		n += s.Size()
	}
	return n
}
