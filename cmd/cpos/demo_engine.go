package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"cpos/hw/desktop"
)

func (s *stage) globals() globals {
	return globals{environ: practiceEnv, data: s.data, vars: s.vars()}
}

// vars gives the engine's variables; the last of two is meant.
func (s *stage) vars() []string { return slices.Concat(s.Env, s.Shift) }

// cpos is this program as people call it, whatever file it is, at the stage's till.
func (s *stage) cpos(args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return &exec.Cmd{Path: self, Args: append([]string{"cpos", "--data", s.data, "--env", practiceEnv, "--lang", s.Lang}, args...),
		Env: append(os.Environ(), s.vars()...)}, nil
}

// openShift starts the engine and begins to watch what it shows; it returns once sales are taken.
func (s *stage) openShift(ctx context.Context) error {
	t, err := openTill(ctx, s.globals(), looking)
	if err != nil {
		return err
	}
	_, err = t.installPracticeKeys()
	if err := errors.Join(err, t.close()); err != nil {
		return err
	}
	c, err := s.cpos("run", "--slip-pictures", s.slips())
	if err != nil {
		return err
	}
	c.Stdout, c.Stderr = s.Voice, s.Voice
	if s.engine, err = startProcess(c); err != nil {
		return err
	}
	if err := s.watch(ctx); err != nil {
		return fmt.Errorf("the engine did not start: %w", err)
	}
	if err := s.until(ctx, func(e *deskEngine) bool { return e.Open && e.Listens }); err != nil {
		return fmt.Errorf("the engine did not open the till: %w", err)
	}
	return nil
}

// listens waits until the engine listens to keyboard and scanner for what it shows. On a busy machine that
// takes it a moment, in which no cashier presses anything.
func (s *stage) listens(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, moodLimit)
	defer cancel()
	return s.until(ctx, func(e *deskEngine) bool { return e.Listens })
}

// scan types a code like a scanner, with its Enter.
func (s *stage) scan(ctx context.Context, code string) error {
	if err := s.listens(ctx); err != nil {
		return err
	}
	return s.hand.write(code + string(handEnter))
}

// tap presses one key.
func (s *stage) tap(ctx context.Context, sign rune) error {
	if err := s.listens(ctx); err != nil {
		return err
	}
	return s.hand.write(string(sign))
}

// endShift ends the engine as somebody who shuts the till down does.
func (s *stage) endShift() {
	if s.engine == nil {
		return
	}
	s.engine.end(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), endLimit)
		defer cancel()
		_, err := askDesk(ctx, s.data, deskAsk{Do: deskStop})
		return err
	})
	s.leaveShift()
}

// cutShift ends the engine as a power cut does.
func (s *stage) cutShift() {
	s.engine.cut()
	s.leaveShift()
}

func (s *stage) leaveShift() {
	s.engine = nil
	if s.hangUp != nil {
		s.hangUp()
		s.hangUp = nil
	}
}

// reopen ends the shift, if it still goes on, and begins one under other settings.
func (s *stage) reopen(ctx context.Context, settings ...string) error {
	s.endShift()
	s.Shift = settings
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return s.openShift(ctx)
}

// watch takes down everything that the engine shows from its first moment on.
func (s *stage) watch(ctx context.Context) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	first, err := client.ask(ctx, deskAsk{Do: deskWatch})
	if err != nil {
		client.Close()
		return err
	}
	s.saw(first)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for say, err := client.next(); err == nil; say, err = client.next() {
			s.saw(say)
		}
	}()
	s.hangUp = func() { client.Close(); <-done }
	return nil
}

// dial waits for the engine's desk.
func (s *stage) dial(ctx context.Context) (*deskClient, error) {
	for {
		client, err := dialDesk(ctx, s.data)
		if err == nil {
			return client, nil
		}
		if sleep(ctx, 20*time.Millisecond) != nil {
			return nil, err
		}
	}
}

// until waits until the engine says something of itself.
func (s *stage) until(ctx context.Context, says func(*deskEngine) bool) error {
	for {
		say, err := askDesk(ctx, s.data, deskAsk{Do: deskView})
		if err != nil || says(say.Engine) {
			return err
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// posWindow finds the practice POS's window.
func (s *stage) posWindow(ctx context.Context) (desktop.Window, error) {
	all, err := s.desktop.Windows(ctx)
	if err != nil {
		return desktop.Window{}, err
	}
	i := slices.IndexFunc(all, func(w desktop.Window) bool { return w.PID == s.pos.pid })
	if i < 0 {
		return desktop.Window{}, errors.New("the practice POS has no window")
	}
	return all[i], nil
}

// posTypes waits until the keyboard belongs to the practice POS, or until it no longer does: the payment
// window has taken it then.
func (s *stage) posTypes(ctx context.Context, yes bool) error {
	pos, err := s.posWindow(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, moodLimit)
	defer cancel()
	for s.desktop.HasKeyboard(pos.ID) != yes {
		if sleep(ctx, 20*time.Millisecond) != nil {
			return fmt.Errorf("the practice POS has the keyboard: %t, not %t", !yes, yes)
		}
	}
	return nil
}

func (s *stage) saw(say deskSay) {
	if say.View == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views = append(s.views, *say.View)
	close(s.fresh)
	s.fresh = make(chan struct{})
}

// seen gives how many views there were, to wait for later ones.
func (s *stage) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.views)
}

// moodLimit is how long a state of the payment window is waited for.
const moodLimit = 25 * time.Second

// thought is how long a person looks before doing something.
const thought = 350 * time.Millisecond

// await waits for a view after the first n that shows a mood.
func (s *stage) await(ctx context.Context, n int, mood string) (deskFace, error) {
	return s.awaitView(ctx, n, mood, func(v deskFace) bool { return v.Mood == mood })
}

// awaitView waits for a view after the first n that is the one meant; what names it in an error.
func (s *stage) awaitView(ctx context.Context, n int, what string, meant func(deskFace) bool) (deskFace, error) {
	ctx, cancel := context.WithTimeout(ctx, moodLimit)
	defer cancel()
	for {
		s.mu.Lock()
		views, fresh := s.views[n:], s.fresh
		s.mu.Unlock()
		if i := slices.IndexFunc(views, meant); i >= 0 {
			return views[i], nil
		}
		select {
		case <-ctx.Done():
			var all []string
			for _, v := range views {
				all = append(all, v.Mood)
			}
			return deskFace{}, fmt.Errorf("the payment window showed %v instead of %s", all, what)
		case <-fresh:
		}
	}
}

// nowShows says that a mood is what the payment window shows now.
func (s *stage) nowShows(mood string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.views) > 0 && s.views[len(s.views)-1].Mood == mood
}
