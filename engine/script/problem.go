package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cpos/engine/words"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Trace is the cause of a hook's failure as the script's author wants to see it: the script's own calls,
// innermost last, and what went wrong.
type Trace string

func (t Trace) Error() string { return string(t) }

// explain turns an error of Starlark into a problem with file, line and column.
func explain(hook string, err error) error {
	at, why := place(err)
	key := "script.failed"
	switch {
	case errors.Is(err, errSteps):
		key = "script.steps"
	case errors.Is(err, errTime):
		key = "script.time"
	case hook == "load":
		key = "script.load"
	}
	p := words.Fail(ErrScript, key, "hook", hook, "at", at, "why", why)
	if hook == "load" && key == "script.load" {
		p = words.Fail(ErrScript, key, "at", at, "why", why)
	}
	var eval *starlark.EvalError
	if errors.As(err, &eval) {
		if frames := scriptFrames(eval); len(frames) > 1 {
			p = p.Because(backtrace(frames, eval.Msg))
		}
	}
	return p
}

// place gives where an error happened and what it says.
func place(err error) (at, why string) {
	var list resolve.ErrorList
	var one resolve.Error
	var syn syntax.Error
	var eval *starlark.EvalError
	switch {
	case errors.As(err, &list) && len(list) > 0:
		var more []string
		for _, e := range list[1:] {
			more = append(more, fmt.Sprintf("%s: %s", e.Pos, e.Msg))
		}
		return list[0].Pos.String(), strings.Join(append([]string{list[0].Msg}, more...), "; ")
	case errors.As(err, &one):
		return one.Pos.String(), one.Msg
	case errors.As(err, &syn):
		return syn.Pos.String(), syn.Msg
	case errors.As(err, &eval):
		return innermost(eval), clip(eval.Msg)
	}
	return "script", err.Error()
}

// innermost is the line of the script that was running, below any built-in word.
func innermost(e *starlark.EvalError) string {
	if frames := scriptFrames(e); len(frames) > 0 {
		return frames[len(frames)-1].Pos.String()
	}
	return "script"
}

// mostFrames keeps a back-trace readable.
const mostFrames = 12

// scriptFrames are the calls that stand in a script's file; built-in words have no line.
func scriptFrames(e *starlark.EvalError) []starlark.CallFrame {
	return slices.DeleteFunc(slices.Clone(e.CallStack), func(f starlark.CallFrame) bool { return f.Pos.Line == 0 })
}

func backtrace(frames []starlark.CallFrame, msg string) Trace {
	var b strings.Builder
	if len(frames) > mostFrames {
		frames = frames[len(frames)-mostFrames:]
		b.WriteString("...\n")
	}
	for _, f := range frames {
		fmt.Fprintf(&b, "%s: in %s\n", f.Pos, f.Name)
	}
	b.WriteString(clip(msg))
	return Trace(b.String())
}

// clip keeps an error readable when a script puts a novel into it.
func clip(s string) string {
	const most = 300
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
