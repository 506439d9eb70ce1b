package main

import (
	"context"

	"cpos/engine/station"
	"cpos/engine/words"
	"cpos/hw/desktop"
)

// watchMishaps says what befalls the desktop and takes up again what it interrupted.
func (e *engine) watchMishaps(ctx context.Context) {
	m := mishaps{engine: e, lasting: map[desktop.Mishap]func(){}}
	if err := e.desktop.Mishaps(ctx, func(b desktop.Befallen) { m.befell(ctx, b) }); err != nil && ctx.Err() == nil {
		e.till.log.Warn("watch the desktop", "error", err)
	}
	for _, end := range m.lasting {
		end()
	}
}

// mishaps is what is said of those that last.
type mishaps struct {
	*engine
	lasting map[desktop.Mishap]func()
}

func (m *mishaps) befell(ctx context.Context, b desktop.Befallen) {
	if b.Mishap == desktop.TooHigh && !b.Over && !m.isPOS(b.Window) {
		return
	}
	m.till.log.Info("mishap", "what", b.Mishap.String(), "over", b.Over)
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
		m.lasting[b.Mishap] = m.faces.say(text)
	case desktop.Screens, desktop.Scaling:
		if m.window != nil {
			m.window.Rearrange()
		}
		m.sayAWhile(ctx, text)
	case desktop.Woken:
		m.takeUp(ctx)
		m.sayAWhile(ctx, text)
	}
}

func (m *mishaps) isPOS(w desktop.Window) bool {
	match, err := desktop.Matcher(m.till.profile.Window())
	return err == nil && match(w)
}

// takeUp hears and shows again what the system may have taken away meanwhile.
func (m *mishaps) takeUp(ctx context.Context) {
	if err := m.input.Renew(ctx); err != nil && ctx.Err() == nil {
		m.trouble(err)
	}
	if m.window != nil {
		m.window.Rearrange()
	}
}

func (m *mishaps) sayAWhile(ctx context.Context, text words.Text) {
	m.all.Go(func() {
		defer m.faces.say(text)()
		_ = station.SystemClock{}.Sleep(ctx, toastFor) // the end of the engine ends the message too
	})
}
