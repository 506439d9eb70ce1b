package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"cpos/engine/receipt"
	"cpos/engine/words"
)

// Memory of a worker beyond what the program itself takes, in bytes, and the deepest stack.
const (
	maxMemory = 256 << 20
	maxStack  = 64 << 20
)

// Serve is the whole life of a worker: it puts itself under its memory limit, loads the scripts it is
// told, answers one hook after another, and ends when stdin does. Nothing else may use stdout.
func Serve(stdin io.Reader, stdout io.Writer) error {
	debug.SetMaxStack(maxStack)
	debug.SetMemoryLimit(maxMemory / 2) // collect garbage hard before the system refuses memory
	if err := limitMemory(maxMemory); err != nil {
		return fmt.Errorf("limit the worker's memory: %w", err)
	}
	var first order
	if err := receive(stdin, &first); err != nil {
		return ended(err)
	}
	p, err := load(first.Files, first.File, first.Limits)
	var a answer
	if err != nil {
		a.Failed = failureOf(err)
	} else {
		a.Defined = p.Defined()
	}
	if err := send(stdout, a); err != nil || a.Failed != nil {
		return err
	}
	for {
		var o order
		if err := receive(stdin, &o); err != nil {
			return ended(err)
		}
		if err := send(stdout, p.obey(o)); err != nil {
			return err
		}
	}
}

// ended tells the engine's end, which is no fault of the worker, from a broken pipe.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// obey calls one hook.
func (p *Program) obey(o order) answer {
	var a answer
	var err error
	ctx := context.Background()
	switch {
	case o.Hook == hookPre && o.Context != nil:
		a.Plan, err = p.PrePayment(ctx, *o.Context)
	case o.Hook == hookPost && o.Context != nil && o.Result != nil:
		a.Plan, err = p.PostPayment(ctx, *o.Context, *o.Result)
	case o.Hook == hookFailure && o.Context != nil && o.Result != nil:
		a.Plan, err = p.PostFailure(ctx, *o.Context, *o.Result)
	case o.Hook == hookUnknown && o.Context != nil && o.Result != nil:
		a.Plan, err = p.OnUnknown(ctx, *o.Context, *o.Result)
	case o.Hook == hookBack && o.Context != nil && o.Giveback != nil:
		a.Plan, err = p.PostRefund(ctx, *o.Context, *o.Giveback)
	case o.Hook == hookReceipt && o.Document != nil:
		err = a.slip(p.Receipt(ctx, *o.Document))
	case o.Hook == hookRefund && o.Document != nil:
		err = a.slip(p.RefundReceipt(ctx, *o.Document))
	default:
		err = words.Fail(ErrScript, "script.worker.garbled")
	}
	if err != nil {
		return answer{Failed: failureOf(err)}
	}
	return a
}

func (a *answer) slip(s receipt.Slip, err error) error {
	a.Slip = &s
	return err
}
