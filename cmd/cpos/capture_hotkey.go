package main

import (
	"context"
	"errors"
	"io"

	"cpos/engine/capture"
	"cpos/engine/face"
)

// hotkeyTeach names the chord of the profile that opens the frozen screen in a running engine.
const hotkeyTeach = "teach_amount"

// teachAmount begins teaching beside the running engine. A second press while somebody teaches, and one in the
// middle of a sale, change nothing.
func (e *engine) teachAmount() {
	switch {
	case e.faces.busy():
		e.toast(e.alive, e.word("cli.capture.busy"))
		return
	case !e.taught.CompareAndSwap(false, true):
		return
	}
	e.all.Go(func() {
		defer e.taught.Store(false)
		if err := e.teach(e.alive); err != nil && e.alive.Err() == nil {
			_, c := codeOf(err)
			what, hint := e.explain(err, c)
			if hint != "" && !errors.Is(err, errLeft) {
				what = e.word("run.trouble", "what", what, "hint", hint)
			}
			e.till.log.Warn("teach the amount", "error", err)
			e.toast(e.alive, what)
		}
	})
}

// teach is one teaching from the first look to the files. What is printed at a terminal is shown as short messages.
func (e *engine) teach(ctx context.Context) error {
	s := e.streams
	s.out, s.err = io.Discard, io.Discard
	x := &teaching{door: door{s}, name: capture.RegionAmount}
	if err := x.open(e.meant, "", ""); err != nil {
		return err
	}
	with := &session{teaching: x, desktop: e.desktop, quiet: toastFor,
		tell: func(key string, namesAndValues ...any) { e.toast(ctx, e.word(key, namesAndValues...)) }}
	if e.judge != nil {
		with.reader = e.judge.Reader
	}
	if err := with.run(ctx); err != nil {
		return err
	}
	if err := x.finish(ctx); err != nil {
		return err
	}
	e.toast(ctx, e.word("cli.capture.taught.done", "name", x.name, "product", x.profile.ProductName()))
	return nil
}

// busy says that a sale is shown.
func (f *faces) busy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last.Mood != face.Hidden
}
