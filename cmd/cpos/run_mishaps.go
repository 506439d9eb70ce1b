package main

import (
	"context"
	"log/slog"

	"cpos/engine/station"
	"cpos/engine/words"
	"cpos/hw/desktop"
)

// watchMishaps says what befalls the desktop and takes up again what it interrupted.
func (e *engine) watchMishaps(ctx context.Context) {
	m := mishaps{log: e.till.log, isPOS: e.isPOS, takeUp: e.takeUp, rearrange: e.rearrange, say: e.faces.say, sayAWhile: e.sayAWhile,
		lasting: map[desktop.Mishap]func(){}}
	if err := e.desktop.Mishaps(ctx, func(b desktop.Befallen) { m.befell(ctx, b) }); err != nil && ctx.Err() == nil {
		e.till.log.Warn("watch the desktop", "error", err)
	}
	for _, end := range m.lasting {
		end()
	}
}

// mishaps is what is said of those that last, and what an engine does about them.
type mishaps struct {
	log       *slog.Logger
	isPOS     func(desktop.Window) bool
	takeUp    func(context.Context)
	rearrange func()
	say       func(words.Text) (end func())
	sayAWhile func(context.Context, words.Text)
	lasting   map[desktop.Mishap]func()
}

func (m *mishaps) befell(ctx context.Context, b desktop.Befallen) {
	if b.Mishap == desktop.TooHigh && !b.Over && !m.isPOS(b.Window) {
		return
	}
	m.log.Info("mishap", "what", b.Mishap.String(), "over", b.Over)
	if end, was := m.lasting[b.Mishap]; was {
		end()
		delete(m.lasting, b.Mishap)
	} else if b.Over {
		return
	}
	switch text := words.T("run.mishap." + b.Mishap.String()); b.Mishap {
	case desktop.Locked, desktop.Away, desktop.TooHigh:
		if b.Over {
			m.takeUp(ctx)
			return
		}
		m.lasting[b.Mishap] = m.say(text)
	case desktop.Screens, desktop.Scaling:
		m.rearrange()
		m.sayAWhile(ctx, text)
	case desktop.Woken:
		m.takeUp(ctx)
		m.sayAWhile(ctx, text)
	}
}

func (e *engine) isPOS(w desktop.Window) bool {
	match, err := desktop.Matcher(e.till.profile.Window())
	return err == nil && match(w)
}

// takeUp hears and shows again what the system may have taken away meanwhile.
func (e *engine) takeUp(ctx context.Context) {
	if err := e.input.Renew(ctx); err != nil && ctx.Err() == nil {
		e.trouble(err)
	}
	e.rearrange()
}

// rearrange finds the payment window a place on the screens that there are.
func (e *engine) rearrange() {
	if e.window != nil {
		e.window.Rearrange()
	}
}

func (e *engine) sayAWhile(ctx context.Context, text words.Text) {
	e.all.Go(func() {
		defer e.faces.say(text)()
		_ = station.SystemClock{}.Sleep(ctx, toastFor) // the end of the engine ends the message too
	})
}
