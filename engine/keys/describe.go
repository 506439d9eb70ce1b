package keys

import (
	"errors"
	"fmt"
	"strings"
)

// Line is one step of a plan for a person to read: a key of the words room and its parameters as
// alternating names and values. Depth is above 0 inside another step.
type Line struct {
	Index  int // of the plan, from 0
	Number int // among all steps, nested ones too, from 1
	Depth  int
	Key    string
	Args   []any
	Asks   []Line // what it asks of the screen, said behind it; Key and Args alone count
}

// Describe lists a plan, one line a step.
func (p Plan) Describe() []Line {
	var all []Line
	var list func(steps []Step, top, depth int)
	list = func(steps []Step, top, depth int) {
		for i, s := range steps {
			index := top
			if depth == 0 {
				index = i
			}
			line := s.Describe()
			line.Index, line.Number, line.Depth = index, len(all)+1, depth
			all = append(all, line)
			list(s.Then, index, depth+1)
			list(s.Else, index, depth+1)
		}
	}
	list(p, 0, 0)
	return all
}

// Describe says what a step does, in words that also tell a cashier what to do by hand.
func (s Step) Describe() Line {
	switch s.Op {
	case OpFocus:
		if s.Window.IsZero() {
			return Line{Key: "keys.step.focus_pos"}
		}
		return Line{Key: "keys.step.focus", Args: []any{"window", s.Window}}
	case OpKey:
		if s.Times > 1 {
			return Line{Key: "keys.step.key_times", Args: []any{"chord", s.Chord.Label(), "times", s.Times}}
		}
		return Line{Key: "keys.step.key", Args: []any{"chord", s.Chord.Label()}}
	case OpText:
		return Line{Key: "keys.step.text", Args: []any{"text", s.Text}}
	case OpClick:
		return Line{Key: "keys.step.click", Args: []any{"region", s.Region}}
	case OpFill:
		return Line{Key: "keys.step.fill", Args: []any{"region", s.Region, "text", s.Text}}
	case OpWait:
		return Line{Key: "keys.step.wait", Args: []any{"for", s.For}}
	case OpWaitFor:
		return Line{Key: "keys.step.wait_for", Args: []any{"for", s.patience()}, Asks: s.Until.describe()}
	case OpExpect:
		return Line{Key: "keys.step.expect", Asks: s.Until.describe()}
	case OpBeep:
		return Line{Key: "keys.step.beep", Args: []any{"times", max(1, s.Times)}}
	case OpToast:
		return Line{Key: "keys.step.toast", Args: []any{"text", s.Text}}
	case OpWhen:
		return Line{Key: "keys.step.when", Args: []any{"count", len(s.Then)}, Asks: s.Until.describe()}
	case OpRetry:
		return Line{Key: "keys.step.retry", Args: []any{"times", s.Times, "count", len(s.Then)}}
	case OpBlock:
		return Line{Key: "keys.step.block_input", Args: []any{"for", s.blocks(), "count", len(s.Then)}}
	}
	return Line{Key: "keys.step.unknown", Args: []any{"op", short(string(s.Op))}}
}

// String is the short form of a step for logs, and for goldens of a plan.
func (s Step) String() string {
	switch s.Op {
	case OpFocus:
		return "focus " + s.Window.String()
	case OpKey:
		if s.Times > 1 {
			return fmt.Sprintf("key %s*%d", s.Chord, s.Times)
		}
		return "key " + s.Chord.String()
	case OpText, OpToast:
		return fmt.Sprintf("%s %q", s.Op, s.Text)
	case OpClick:
		return "click " + s.Region
	case OpFill:
		return fmt.Sprintf("fill %s %q", s.Region, s.Text)
	case OpWait:
		return "wait " + s.For.String()
	case OpWaitFor, OpExpect:
		return string(s.Op) + " " + s.Until.String()
	case OpBeep:
		return fmt.Sprintf("beep %d", max(1, s.Times))
	case OpWhen:
		return fmt.Sprintf("when %s [%s] [%s]", s.Until, inner(s.Then), inner(s.Else))
	case OpRetry:
		return fmt.Sprintf("retry %d [%s]", s.Times, inner(s.Then))
	case OpBlock:
		return fmt.Sprintf("block_input %s [%s]", s.blocks(), inner(s.Then))
	}
	return short(string(s.Op))
}

func inner(steps []Step) string {
	all := make([]string, len(steps))
	for i, s := range steps {
		all[i] = s.String()
	}
	return strings.Join(all, "; ")
}

// String names a window by what is given of it.
func (w Window) String() string {
	var parts []string
	for _, part := range []string{w.Exe, w.Title, w.Class} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "POS"
	}
	return strings.Join(parts, " / ")
}

// describe says a question in words, for a person who looks at the screen instead.
func (p *Predicate) describe() (all []Line) {
	if p == nil {
		return nil
	}
	switch p.Op {
	case "window":
		return []Line{{Key: "keys.ask.window", Args: []any{"window", p.Window}}}
	case "region_matches":
		return []Line{{Key: "keys.ask.matches", Args: []any{"region", p.Region, "want", p.Want}}}
	case "region_amount":
		return []Line{{Key: "keys.ask.amount", Args: []any{"region", p.Region, "want", p.Want}}}
	case "image":
		return []Line{{Key: "keys.ask.image", Args: []any{"name", p.Want}}}
	case "not":
		all = append(all, Line{Key: "keys.ask.not"})
	}
	between := "keys.ask.and"
	if p.Op == "any_of" {
		between = "keys.ask.or"
	}
	for i := range p.Of {
		if i > 0 {
			all = append(all, Line{Key: between})
		}
		all = append(all, p.Of[i].describe()...)
	}
	return all
}

// String writes a question the way a script does.
func (p *Predicate) String() string {
	if p == nil {
		return "nothing"
	}
	switch p.Op {
	case "window":
		return "window(" + p.Window.String() + ")"
	case "region_matches", "region_amount":
		return fmt.Sprintf("%s(%s, %s)", p.Op, p.Region, p.Want)
	case "image":
		return "image(" + p.Want + ")"
	}
	inner := make([]string, len(p.Of))
	for i := range p.Of {
		inner[i] = p.Of[i].String()
	}
	return p.Op + "(" + strings.Join(inner, ", ") + ")"
}

// Label is the chord as it is printed on a keyboard: "Ctrl+Shift+P", "F6", "~".
func (c Chord) Label() string {
	var b strings.Builder
	for i, row := range modNames {
		if c.Mods&(1<<i) != 0 {
			b.WriteString(strings.ToUpper(row[0][:1]) + row[0][1:] + "+")
		}
	}
	switch {
	case c.Key == "grave":
		b.WriteString("~")
	case c.Key != "":
		b.WriteString(strings.ToUpper(string(c.Key[:1])) + string(c.Key[1:]))
	}
	return b.String()
}

// Why gives the key of the words room for the reason why a plan stopped.
func Why(err error) string {
	for _, row := range []struct {
		err error
		key string
	}{
		{ErrNotInFront, "keys.why.not_in_front"}, {ErrNoWindow, "keys.why.no_window"},
		{ErrExpected, "keys.why.expected"}, {ErrTimeout, "keys.why.timeout"},
		{ErrReadBack, "keys.why.read_back"}, {ErrCannotSee, "keys.why.cannot_see"}, {ErrUnread, "keys.why.unread"},
		{ErrPlan, "keys.why.plan"}, {ErrModifiers, "keys.why.modifiers"},
		{ErrMoved, "keys.why.moved"}, {ErrLocked, "keys.why.locked"}, {ErrDoubt, "keys.why.doubt"},
	} {
		if errors.Is(err, row.err) {
			return row.key
		}
	}
	return "keys.why.other"
}
