package station

import (
	"context"
	"errors"
	"strings"

	"cpos/engine/words"
)

// Clerk is who sells now: whom ChangeClerk named last, else Till.Clerk.
func (t *Teller) Clerk() string {
	if clerk := t.clerk.Load(); clerk != nil {
		return *clerk
	}
	return t.Till.Clerk
}

// ChangeClerk makes another clerk sell from now on. Orders and refunds on their way stay whose they are.
func (t *Teller) ChangeClerk(clerk string) { t.clerk.Store(&clerk) }

// clerkAsked opens the window for another clerk's number, or puts it away. A sale is not disturbed.
func (s State) clerkAsked() (State, []Effect) {
	switch {
	case s.Mode == Idle && len(s.Halted) > 0:
		return s.showHalted(), nil
	case s.Mode == Idle:
		s = s.cleared()
		s.Turn++
		s.Mode = Changing
		return s, nil
	case s.Mode == Changing:
		return s.cancelled()
	}
	return s, nil
}

// clerkNamed has a number looked up before anybody sells under it.
func (s State) clerkNamed(clerk string) (State, []Effect) {
	if s.Mode != Changing || s.Signing {
		return s, nil
	}
	if clerk = strings.TrimSpace(clerk); clerk == "" {
		s.Note = words.T("station.clerk.missing")
		return s, nil
	}
	s.Signing, s.Note = true, words.T("station.clerk.asked", "clerk", clerk)
	return s, []Effect{SignOn{Turn: s.Turn, Clerk: clerk}}
}

// signedOn tells who sells from now on, or why it is nobody new.
func (s State) signedOn(e SignedOn) (State, []Effect) {
	if s.Mode != Changing || !s.Signing {
		return s, nil
	}
	s.Signing, s.Note = false, e.Refused
	if !e.Refused.IsZero() {
		return s, nil
	}
	return s.keep(News{Text: words.T("station.clerk.changed", "clerk", e.Clerk)}).rest()
}

// signOn changes the clerk where nothing stands against it.
func (s *Station) signOn(ctx context.Context, f SignOn) SignedOn {
	done := SignedOn{Turn: f.Turn, Clerk: f.Clerk}
	if s.parts.SignOn != nil {
		if err := s.parts.SignOn(ctx, f.Clerk); err != nil {
			s.parts.Teller.Log.Warn("change clerk", "clerk", f.Clerk, "error", err)
			done.Refused = words.T("station.clerk.failed", "why", err)
			var p *words.Problem
			if errors.As(err, &p) {
				done.Refused = p.What
			}
			return done
		}
	}
	s.parts.Teller.ChangeClerk(f.Clerk)
	s.parts.Teller.Log.Info("clerk changed", "clerk", f.Clerk)
	return done
}
