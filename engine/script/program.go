package script

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"cpos/engine/keys"
	"cpos/engine/receipt"
	"cpos/engine/words"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Names of the hooks.
const (
	hookPre     = "pre_payment"
	hookPost    = "post_payment"
	hookFailure = "post_failure"
	hookUnknown = "on_unknown"
	hookBack    = "post_refund"
	hookReceipt = "receipt"
	hookRefund  = "refund_receipt"
)

// Limits bound one call of a hook, and the loading of a script.
type Limits struct {
	Steps uint64        // Starlark's own count of work; zero means DefaultSteps
	Time  time.Duration // zero means DefaultTime
}

// Defaults of Limits. A hook of a hundred lines takes some thousand steps and far below a millisecond; a
// million steps take about ten.
const (
	DefaultSteps = 1_000_000
	DefaultTime  = 2 * time.Second
)

func (l Limits) filled() Limits {
	if l.Steps == 0 {
		l.Steps = DefaultSteps
	}
	if l.Time == 0 {
		l.Time = DefaultTime
	}
	return l
}

// Program is a loaded script in this process. Its values are frozen and each call has a thread of its
// own, so it may be called by several goroutines. It ends a script that loops, but not one that swallows
// memory in a single operation: that is what Worker is for.
type Program struct {
	limits Limits
	hooks  map[string]*starlark.Function
}

var _ Hooks = (*Program)(nil)

// Load reads a script and everything it loads. Its errors are *words.Problem of kind ErrScript and tell
// file, line and column.
func Load(s Source) (*Program, error) {
	files, err := s.gather()
	if err != nil {
		return nil, err
	}
	return load(files, s.File, Limits{})
}

func load(files bundle, file string, limits Limits) (*Program, error) {
	l := &loader{files: files, limits: limits.filled(), modules: map[string]*module{}, words: predeclared()}
	p := &Program{limits: l.limits, hooks: map[string]*starlark.Function{}}
	if _, ok := files[standard]; ok {
		std, err := l.load(standard)
		if err != nil {
			return nil, explain("load", err)
		}
		p.take(std, map[string]string{"payment": hookReceipt, "refund": hookRefund})
	}
	if file == "" {
		return p, nil
	}
	own, err := l.load(file)
	if err != nil {
		return nil, explain("load", err)
	}
	names := map[string]string{}
	for _, h := range HookList() {
		names[h.Name] = h.Name
	}
	p.take(own, names)
	return p, p.check(own, file)
}

// take picks the functions that are hooks.
func (p *Program) take(globals starlark.StringDict, names map[string]string) {
	for global, hook := range names {
		if f, ok := globals[global].(*starlark.Function); ok {
			p.hooks[hook] = f
		}
	}
}

// check finds what would otherwise show only at the first sale: a hook with other parameters, and a
// function that is a misspelt hook.
func (p *Program) check(globals starlark.StringDict, file string) error {
	const slips = 2 // letters left out, put in or changed; two that are swapped count twice
	hooks := map[string]Hook{}
	for _, h := range HookList() {
		hooks[h.Name] = h
	}
	names := slices.Sorted(maps.Keys(hooks))
	for _, name := range globals.Keys() {
		f, ok := globals[name].(*starlark.Function)
		if !ok || f.Position().Filename() != file {
			continue
		}
		h, known := hooks[name]
		if known && (f.NumParams() != len(h.Params) || f.HasVarargs() || f.HasKwargs()) {
			return words.Fail(ErrScript, "script.params", "at", f.Position(), "hook", name, "count", len(h.Params))
		}
		if known {
			continue
		}
		if meant := words.Nearest(name, names, slips); meant != "" {
			return words.Fail(ErrScript, "script.misspelt", "at", f.Position(), "name", name, "hook", meant).
				Advise("script.misspelt.hint", "name", name)
		}
	}
	return nil
}

// Defines says whether the script has a hook; the standard slips count.
func (p *Program) Defines(hook string) bool { return p.hooks[hook] != nil }

// Defined lists the hooks that there are.
func (p *Program) Defined() []string {
	var all []string
	for _, h := range HookList() {
		if p.Defines(h.Name) {
			all = append(all, h.Name)
		}
	}
	return all
}

// PrePayment gives the keys to press before the amount is read.
func (p *Program) PrePayment(ctx context.Context, c Context) (keys.Plan, error) {
	return p.plan(ctx, hookPre, contextValue(c))
}

// PostPayment gives the keys to press after the payment has certainly succeeded.
func (p *Program) PostPayment(ctx context.Context, c Context, r Result) (keys.Plan, error) {
	return p.plan(ctx, hookPost, contextValue(c), resultValue(r))
}

// PostFailure gives the keys to press after a payment that has certainly not succeeded.
func (p *Program) PostFailure(ctx context.Context, c Context, r Result) (keys.Plan, error) {
	return p.plan(ctx, hookFailure, contextValue(c), resultValue(r))
}

// OnUnknown gives what to sound and show while nobody knows whether the customer has paid.
func (p *Program) OnUnknown(ctx context.Context, c Context, r Result) (keys.Plan, error) {
	return p.plan(ctx, hookUnknown, contextValue(c), resultValue(r))
}

// PostRefund gives the keys to press after the service has taken a refund.
func (p *Program) PostRefund(ctx context.Context, c Context, b Giveback) (keys.Plan, error) {
	return p.plan(ctx, hookBack, contextValue(c), givebackValue(b))
}

// Receipt gives the slip of a payment.
func (p *Program) Receipt(ctx context.Context, d Document) (receipt.Slip, error) {
	return p.slip(ctx, hookReceipt, d)
}

// RefundReceipt gives the slip of a refund.
func (p *Program) RefundReceipt(ctx context.Context, d Document) (receipt.Slip, error) {
	if d.Refund == nil {
		return receipt.Slip{}, words.Fail(ErrScript, "script.no_refund")
	}
	return p.slip(ctx, hookRefund, d)
}

func (p *Program) plan(ctx context.Context, hook string, args ...starlark.Value) (keys.Plan, error) {
	f := p.hooks[hook]
	if f == nil {
		return nil, nil
	}
	v, err := call(ctx, p.limits, hook, f, args)
	if err != nil {
		return nil, explain(hook, err)
	}
	plan, err := planOf(v)
	if err == nil {
		err = checkPlan(hook, plan)
	}
	if err != nil {
		return nil, wrongResult(hook, f, err)
	}
	return plan, nil
}

// checkPlan says whether a hook may give back a plan. While a result is not known nothing may be pressed: what
// the POS would make of it depends on the result.
func checkPlan(hook string, plan keys.Plan) error {
	if hook == hookUnknown {
		if err := keys.CheckSilent(plan); err != nil {
			return err
		}
	}
	return keys.Check(plan, nil)
}

func (p *Program) slip(ctx context.Context, hook string, d Document) (receipt.Slip, error) {
	f := p.hooks[hook]
	if f == nil {
		return receipt.Slip{}, words.Fail(ErrScript, "script.no_slip", "hook", hook)
	}
	r := newBuilder()
	if _, err := call(ctx, p.limits, hook, f, starlark.Tuple{r, documentValue(d)}); err != nil {
		return receipt.Slip{}, explain(hook, err)
	}
	if len(r.slip.Blocks) == 0 {
		return receipt.Slip{}, wrongResult(hook, f, errors.New("the slip is empty"))
	}
	return r.slip, nil
}

func wrongResult(hook string, f *starlark.Function, err error) error {
	return words.Fail(ErrScript, "script.result", "at", f.Position(), "hook", hook).Because(err)
}

// Errors of a limit; the words room has a sentence for each.
var (
	errSteps = errors.New("too many steps")
	errTime  = errors.New("out of time")
)

// call runs one function on a fresh thread within the limits.
func call(ctx context.Context, limits Limits, name string, f starlark.Callable, args starlark.Tuple) (starlark.Value, error) {
	thread := &starlark.Thread{Name: name, Print: func(*starlark.Thread, string) {}}
	var v starlark.Value
	err := bounded(ctx, limits, thread, func() (err error) {
		v, err = starlark.Call(thread, f, args, nil)
		return err
	})
	return v, err
}

// bounded runs do, which uses the thread, and cancels it at its limits or when ctx ends.
func bounded(ctx context.Context, limits Limits, thread *starlark.Thread, do func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Time, errTime)
	defer cancel()
	var tooMany bool // written by the thread itself, read after it has ended
	thread.SetMaxExecutionSteps(limits.Steps)
	thread.OnMaxSteps = func(t *starlark.Thread) {
		tooMany = true
		t.Cancel(errSteps.Error())
	}
	stop := context.AfterFunc(ctx, func() { thread.Cancel("out of time") })
	err := do()
	stop()
	switch {
	case err == nil:
		return nil
	case tooMany:
		return errors.Join(errSteps, err)
	case ctx.Err() != nil:
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// loader loads each file once.
type loader struct {
	files   bundle
	limits  Limits
	modules map[string]*module
	words   starlark.StringDict
}

type module struct {
	globals starlark.StringDict
	err     error
	loading bool
}

func (l *loader) load(name string) (starlark.StringDict, error) {
	if m := l.modules[name]; m != nil {
		if m.loading {
			return nil, fmt.Errorf("%s loads itself", name)
		}
		return m.globals, m.err
	}
	m := &module{loading: true}
	l.modules[name] = m
	m.globals, m.err = l.exec(name)
	m.loading = false
	return m.globals, m.err
}

func (l *loader) exec(name string) (starlark.StringDict, error) {
	thread := &starlark.Thread{Name: name, Print: func(*starlark.Thread, string) {},
		Load: func(_ *starlark.Thread, other string) (starlark.StringDict, error) {
			full, err := l.files.resolve(name, other)
			if err != nil {
				return nil, err
			}
			return l.load(full)
		}}
	var globals starlark.StringDict
	err := bounded(context.Background(), l.limits, thread, func() (err error) {
		globals, err = starlark.ExecFileOptions(&syntax.FileOptions{}, thread, name, l.files[name], l.words)
		return err
	})
	globals.Freeze()
	return globals, err
}
