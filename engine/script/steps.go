package script

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"cpos/engine/keys"
	"cpos/engine/pay"

	"go.starlark.net/starlark"
)

// step is one step of a plan inside a script: a value that does nothing.
type step struct{ keys.Step }

func (s step) String() string        { return s.Step.String() }
func (s step) Type() string          { return "step" }
func (s step) Freeze()               {}
func (s step) Truth() starlark.Bool  { return true }
func (s step) Hash() (uint32, error) { return 0, errors.New("a step cannot be a key of a dict") }

// question is a predicate inside a script. A window is one too: is it in front?
type question struct{ keys.Predicate }

func (q question) String() string       { return q.Predicate.String() }
func (q question) Type() string         { return "question" }
func (q question) Freeze()              {}
func (q question) Truth() starlark.Bool { return true }
func (q question) Hash() (uint32, error) {
	return 0, errors.New("a question cannot be a key of a dict")
}

// span is a time with its unit: "300ms".
type span time.Duration

// Unpack reads it from a text.
func (s *span) Unpack(v starlark.Value) error {
	text, ok := starlark.AsString(v)
	if !ok {
		return fmt.Errorf(`got %s, want a time such as "300ms"`, v.Type())
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > keys.MaxWait {
		return fmt.Errorf(`%q is no time from "0s" to "%s"`, text, keys.MaxWait)
	}
	*s = span(d)
	return nil
}

// typed is what can be typed: a text, an amount or a whole number.
type typed string

// Unpack reads it.
func (t *typed) Unpack(v starlark.Value) error {
	switch x := v.(type) {
	case starlark.String:
		*t = typed(x)
	case amount:
		*t = typed(x.String())
	case starlark.Int:
		*t = typed(x.String())
	default:
		return fmt.Errorf("got %s, want a text, money or int", v.Type())
	}
	return nil
}

type chord keys.Chord

// Unpack reads a key's name.
func (c *chord) Unpack(v starlark.Value) error {
	text, ok := starlark.AsString(v)
	if !ok {
		return fmt.Errorf(`got %s, want a key such as "f6"`, v.Type())
	}
	parsed, err := keys.ParseChord(text)
	*c = chord(parsed)
	return err
}

// Unpack reads any question.
func (q *question) Unpack(v starlark.Value) error {
	got, ok := v.(question)
	if !ok {
		return fmt.Errorf("got %s, want a question such as region_matches(...)", v.Type())
	}
	*q = got
	return nil
}

func focusStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var which starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "window?", &which); err != nil {
		return nil, err
	}
	s := step{keys.Step{Op: keys.OpFocus}}
	if which == nil || which == starlark.None {
		return s, nil
	}
	q, ok := which.(question)
	if !ok || q.Op != "window" {
		return nil, fmt.Errorf("focus: got %s, want window(...)", which.Type())
	}
	s.Window = q.Window
	return s, nil
}

func keyStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var c chord
	times := 1
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &c, "times?", &times); err != nil {
		return nil, err
	}
	if times < 1 || times > keys.MaxTimes {
		return nil, fmt.Errorf("key: %d times is not between 1 and %d", times, keys.MaxTimes)
	}
	return step{keys.Step{Op: keys.OpKey, Chord: keys.Chord(c), Times: times}}, nil
}

func keysStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var c chord
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "chord", &c); err != nil {
		return nil, err
	}
	return step{keys.Step{Op: keys.OpKey, Chord: keys.Chord(c), Times: 1}}, nil
}

func textStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var t typed
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "value", &t)
	return step{keys.Step{Op: keys.OpText, Text: string(t)}}, err
}

func clickStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var region string
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "region", &region)
	return step{keys.Step{Op: keys.OpClick, Region: region}}, err
}

func fillStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var region string
	var t typed
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "region", &region, "value", &t)
	return step{keys.Step{Op: keys.OpFill, Region: region, Text: string(t)}}, err
}

func waitStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var d span
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "time", &d)
	return step{keys.Step{Op: keys.OpWait, For: time.Duration(d)}}, err
}

func waitForStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var q question
	d := span(keys.DefaultUntil)
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "question", &q, "timeout?", &d)
	return step{keys.Step{Op: keys.OpWaitFor, Until: &q.Predicate, For: time.Duration(d)}}, err
}

func expectStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var q question
	var instead starlark.Value = starlark.None
	d := span(keys.DefaultUntil)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "question", &q, "or_else?", &instead, "timeout?", &d); err != nil {
		return nil, err
	}
	other, err := planOf(instead)
	return step{keys.Step{Op: keys.OpExpect, Until: &q.Predicate, Else: other, For: time.Duration(d)}}, err
}

func beepStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	times := 1
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "times?", &times)
	return step{keys.Step{Op: keys.OpBeep, Times: times}}, err
}

func toastStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var s string
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &s)
	return step{keys.Step{Op: keys.OpToast, Text: s}}, err
}

func whenStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var q question
	var then, otherwise starlark.Value = starlark.None, starlark.None
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "question", &q, "then", &then, "otherwise?", &otherwise); err != nil {
		return nil, err
	}
	s := keys.Step{Op: keys.OpWhen, Until: &q.Predicate}
	var err error
	if s.Then, err = planOf(then); err != nil {
		return nil, err
	}
	s.Else, err = planOf(otherwise)
	return step{s}, err
}

func retryStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var times int
	var steps starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "times", &times, "steps", &steps); err != nil {
		return nil, err
	}
	if times < 1 || times > keys.MaxTries {
		return nil, fmt.Errorf("retry: %d times is not between 1 and %d", times, keys.MaxTries)
	}
	then, err := planOf(steps)
	return step{keys.Step{Op: keys.OpRetry, Times: times, Then: then}}, err
}

func blockStep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var steps starlark.Value
	most := span(keys.DefaultBlock)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "steps", &steps, "max?", &most); err != nil {
		return nil, err
	}
	if most <= 0 || time.Duration(most) > keys.MaxBlock {
		return nil, fmt.Errorf("block_input: max is not between 0s and %s", keys.MaxBlock)
	}
	then, err := planOf(steps)
	return step{keys.Step{Op: keys.OpBlock, For: time.Duration(most), Then: then}}, err
}

func imageValue(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	tolerance := starlark.Float(0.05)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name, "tolerance?", &tolerance); err != nil {
		return nil, err
	}
	if !(tolerance >= 0 && tolerance < 1) {
		return nil, fmt.Errorf("image: a tolerance of %v is not between 0 and 1", tolerance)
	}
	return question{keys.Predicate{Op: "image", Want: name, Off: float64(tolerance)}}, nil
}

func windowValue(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var w keys.Window
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "exe?", &w.Exe, "title?", &w.Title, "class?", &w.Class); err != nil {
		return nil, err
	}
	if w.IsZero() {
		return nil, errors.New("window: name its exe, its title or its class")
	}
	if _, err := regexp.Compile(w.Title); err != nil {
		return nil, fmt.Errorf("window: %w", err)
	}
	return question{keys.Predicate{Op: "window", Window: w}}, nil
}

func regionMatches(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var region, pattern string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "region", &region, "pattern", &pattern); err != nil {
		return nil, err
	}
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, fmt.Errorf("region_matches: %w", err)
	}
	return question{keys.Predicate{Op: "region_matches", Region: region, Want: pattern}}, nil
}

func regionAmount(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var region string
	var want typed
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "region", &region, "amount", &want); err != nil {
		return nil, err
	}
	if _, err := pay.ParseMoney(string(want)); err != nil {
		return nil, fmt.Errorf("region_amount: %w", err)
	}
	return question{keys.Predicate{Op: "region_amount", Region: region, Want: string(want)}}, nil
}

func allOf(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return several("all_of", args, kwargs)
}

func anyOf(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return several("any_of", args, kwargs)
}

func several(op string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var list starlark.Iterable
	if err := starlark.UnpackArgs(op, args, kwargs, "questions", &list); err != nil {
		return nil, err
	}
	p := keys.Predicate{Op: op}
	err := each(list, keys.MaxSteps, func(v starlark.Value) error {
		var q question
		if err := q.Unpack(v); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		p.Of = append(p.Of, q.Predicate)
		return nil
	})
	if err == nil && len(p.Of) == 0 {
		err = fmt.Errorf("%s: no questions", op)
	}
	return question{p}, err
}

func notTrue(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var q question
	err := starlark.UnpackArgs(b.Name(), args, kwargs, "question", &q)
	return question{keys.Predicate{Op: "not", Of: []keys.Predicate{q.Predicate}}}, err
}

// planOf turns what a hook gave back into a plan. None is the empty plan.
func planOf(v starlark.Value) (keys.Plan, error) {
	if v == nil || v == starlark.None {
		return nil, nil
	}
	list, ok := v.(starlark.Iterable)
	if !ok {
		return nil, fmt.Errorf("gave back %s, want a list of steps", v.Type())
	}
	var p keys.Plan
	err := each(list, keys.MaxSteps, func(v starlark.Value) error {
		s, ok := v.(step)
		if !ok {
			return fmt.Errorf("step %d is %s, want a step such as key(...)", len(p)+1, v.Type())
		}
		p = append(p, s.Step)
		return nil
	})
	return p, err
}

// each goes through a list, refusing to go on for ever.
func each(list starlark.Iterable, most int, do func(starlark.Value) error) error {
	it := list.Iterate()
	defer it.Done()
	var v starlark.Value
	for n := 0; it.Next(&v); n++ {
		if n >= most {
			return fmt.Errorf("more than %d entries", most)
		}
		if err := do(v); err != nil {
			return err
		}
	}
	return nil
}
