package script

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"sync"
	"time"

	"cpos/engine/keys"
	"cpos/engine/receipt"
	"cpos/engine/words"
)

// WorkerOptions say how workers are started and what they run.
type WorkerOptions struct {
	// Command makes the command of one worker: this very program, in the mode that calls Serve. It must
	// not set Stdin, Stdout or Stderr. It is also called beside a hook, to start the spare.
	Command func() *exec.Cmd
	Source  Source
	Limits  Limits
	// Grace is added to Limits.Time before a worker that does not answer is killed; zero means DefaultGrace.
	Grace time.Duration
}

// DefaultGrace is how long a worker may go on after its own limit, in one operation that nothing inside
// can interrupt.
const DefaultGrace = time.Second

// loadTime is for starting a process and loading all scripts, on a slow and busy till.
const loadTime = 20 * time.Second

// Worker calls hooks in a child process with a memory limit, and keeps a second one warm. A child that
// dies, hangs or eats memory costs one hook; the next call has the spare. Hooks are called one at a time.
type Worker struct {
	options WorkerOptions
	files   bundle
	defined []string

	turn   chan struct{} // one token: whoever has it owns child and closed
	child  *child
	closed bool
	spare  chan warmed // the next child, as soon as it is warm
	all    sync.WaitGroup
	stop   context.CancelFunc
	ctx    context.Context
}

var _ Hooks = (*Worker)(nil)

type warmed struct {
	child *child
	err   error
}

// StartWorker reads the scripts, starts a child, lets it load them and starts a spare. A script that
// cannot be loaded is an error of kind ErrScript. Close ends all children.
func StartWorker(ctx context.Context, o WorkerOptions) (*Worker, error) {
	o.Limits = o.Limits.filled()
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	files, err := o.Source.gather()
	if err != nil {
		return nil, err
	}
	w := &Worker{options: o, files: files, turn: make(chan struct{}, 1), spare: make(chan warmed, 1)}
	w.ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	first, defined, err := w.raise(ctx)
	if err != nil {
		w.stop()
		return nil, err
	}
	w.child, w.defined = first, defined
	w.warm()
	w.turn <- struct{}{}
	return w, nil
}

// Defined lists the hooks that the script has; the standard slips count.
func (w *Worker) Defined() []string { return w.defined }

// Close ends the children and waits for them. It may be called twice.
func (w *Worker) Close() {
	<-w.turn
	defer func() { w.turn <- struct{}{} }()
	if w.closed {
		return
	}
	w.closed = true
	w.stop()
	w.all.Wait()
	if w.child != nil {
		w.child.end()
	}
	if s := <-w.spare; s.child != nil {
		s.child.end()
	}
}

// warm starts the next child beside the one at work. At most one is on its way or waiting.
func (w *Worker) warm() {
	w.all.Go(func() {
		c, _, err := w.raise(w.ctx)
		w.spare <- warmed{c, err}
	})
}

// raise starts a child and lets it load the scripts.
func (w *Worker) raise(ctx context.Context) (*child, []string, error) {
	c, err := spawn(w.options.Command())
	if err != nil {
		return nil, nil, words.Fail(ErrScript, "script.worker.start").Because(err)
	}
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	a, err := c.ask(ctx, order{Files: w.files, File: w.options.Source.File, Limits: w.options.Limits})
	switch {
	case err != nil:
		c.end()
		return nil, nil, c.blame(ctx, "load", err)
	case a.Failed != nil:
		c.end()
		return nil, nil, a.Failed.problem()
	}
	return c, a.Defined, nil
}

// PrePayment calls the hook in the child.
func (w *Worker) PrePayment(ctx context.Context, c Context) (keys.Plan, error) {
	a, err := w.call(ctx, order{Hook: hookPre, Context: &c})
	return checked(a, err, hookPre)
}

// PostPayment calls the hook in the child.
func (w *Worker) PostPayment(ctx context.Context, c Context, r Result) (keys.Plan, error) {
	a, err := w.call(ctx, order{Hook: hookPost, Context: &c, Result: &r})
	return checked(a, err, hookPost)
}

// PostFailure calls the hook in the child.
func (w *Worker) PostFailure(ctx context.Context, c Context, r Result) (keys.Plan, error) {
	a, err := w.call(ctx, order{Hook: hookFailure, Context: &c, Result: &r})
	return checked(a, err, hookFailure)
}

// OnUnknown calls the hook in the child.
func (w *Worker) OnUnknown(ctx context.Context, c Context, r Result) (keys.Plan, error) {
	a, err := w.call(ctx, order{Hook: hookUnknown, Context: &c, Result: &r})
	return checked(a, err, hookUnknown)
}

// PostRefund calls the hook in the child.
func (w *Worker) PostRefund(ctx context.Context, c Context, b Giveback) (keys.Plan, error) {
	a, err := w.call(ctx, order{Hook: hookBack, Context: &c, Giveback: &b})
	return checked(a, err, hookBack)
}

// Receipt calls the hook in the child.
func (w *Worker) Receipt(ctx context.Context, d Document) (receipt.Slip, error) {
	return w.slip(ctx, hookReceipt, d)
}

// RefundReceipt calls the hook in the child.
func (w *Worker) RefundReceipt(ctx context.Context, d Document) (receipt.Slip, error) {
	return w.slip(ctx, hookRefund, d)
}

func (w *Worker) slip(ctx context.Context, hook string, d Document) (receipt.Slip, error) {
	a, err := w.call(ctx, order{Hook: hook, Document: &d})
	switch {
	case err != nil:
		return receipt.Slip{}, err
	case a.Slip == nil:
		return receipt.Slip{}, words.Fail(ErrScript, "script.worker.garbled")
	}
	return *a.Slip, nil
}

// checked looks at a plan once more on this side of the pipe, where it will be played.
func checked(a answer, err error, hook string) (keys.Plan, error) {
	if err != nil {
		return nil, err
	}
	if err := checkPlan(hook, a.Plan); err != nil {
		return nil, words.Fail(ErrScript, "script.result", "at", "worker", "hook", hook).Because(err)
	}
	return a.Plan, nil
}

// call sends one order to the child, replacing a child that does not survive it.
func (w *Worker) call(ctx context.Context, o order) (answer, error) {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return answer{}, context.Cause(ctx)
	}
	defer func() { w.turn <- struct{}{} }()
	if ctx.Err() != nil {
		return answer{}, context.Cause(ctx)
	}
	if w.closed {
		return answer{}, words.Fail(ErrScript, "script.worker.closed")
	}
	if err := w.ready(ctx); err != nil {
		return answer{}, err
	}
	limit := w.options.Limits.Time + w.options.Grace
	within, cancel := context.WithTimeoutCause(ctx, limit, errTime)
	defer cancel()
	a, err := w.child.ask(within, o)
	if err != nil {
		dead := w.child
		w.child = nil
		dead.end()
		return answer{}, dead.blame(within, o.Hook, err)
	}
	if a.Failed != nil {
		return answer{}, a.Failed.problem()
	}
	return a, nil
}

// ready takes the spare when there is no child, and starts the next spare.
func (w *Worker) ready(ctx context.Context) error {
	if w.child != nil {
		return nil
	}
	select {
	case s := <-w.spare:
		w.child = s.child
		w.warm()
		return s.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// child is one worker process.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	errors *beginning
	gone   sync.Once
}

func spawn(cmd *exec.Cmd) (*child, error) {
	quiet(cmd)
	c := &child{cmd: cmd, errors: &beginning{}}
	cmd.Stderr = c.errors
	var err error
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if c.out, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return c, cmd.Start()
}

// ask sends an order and waits for its answer. When ctx ends first the child is killed: what hangs in one
// operation cannot be stopped otherwise.
func (c *child) ask(ctx context.Context, o order) (answer, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.cmd.Process.Kill() })
	defer stop()
	if err := send(c.in, o); err != nil {
		return answer{}, err
	}
	var a answer
	err := receive(c.out, &a)
	if !stop() { // its answer came, but it is being killed
		return answer{}, context.Cause(ctx)
	}
	return a, err
}

// end kills the child and waits for it.
func (c *child) end() {
	c.gone.Do(func() {
		_ = c.in.Close()
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait() // the way it died is told by blame
	})
}

// blame says why a child is dead. Call it after end.
func (c *child) blame(ctx context.Context, hook string, err error) error {
	said := c.errors.String()
	key := "script.worker.died"
	switch {
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled):
		return context.Cause(ctx)
	case ctx.Err() != nil:
		key = "script.worker.late"
	case outOfMemory(said):
		key = "script.worker.memory"
		err = nil
	}
	return words.Fail(ErrScript, key, "hook", hook).Because(err)
}

// outOfMemory knows the last words of a Go program that was refused memory or stack.
func outOfMemory(said string) bool {
	for _, sign := range []string{"out of memory", "cannot allocate memory", "stack exceeds", "failed to create new OS thread"} {
		if bytes.Contains([]byte(said), []byte(sign)) {
			return true
		}
	}
	return false
}

// beginning keeps the first bytes that a child writes to stderr: a dying Go program says why on its first line.
type beginning struct {
	mu   sync.Mutex
	kept []byte
}

const mostKept = 4 << 10

// Write never fails and never blocks the child.
func (t *beginning) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[:min(len(p), mostKept-len(t.kept))]...)
	return len(p), nil
}

func (t *beginning) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
