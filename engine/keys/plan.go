package keys

import (
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
	Else   []Step
}

// Predicate is a question about the screen. This room only carries it: a Watch answers it.
type Predicate struct {
	Op     string      // window, region_matches, region_amount, all_of, any_of, not
	Window Window      // of window
	Region string      // of region_*
	Want   string      // a regular expression, or an amount as text
	Of     []Predicate // of all_of, any_of, not
}

// Plan is a list of steps, at most MaxSteps long, with no effect until it is played.
type Plan []Step

// MaxSteps bounds a plan, nested steps included.
const MaxSteps = 200
