package keys_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"cpos/engine/keys"
)

// runner is a counter whose hands run ahead. The first call of Settle behind the press or text lost is in doubt.
type runner struct {
	counter
	lost  string
	doubt bool
}

func (r *runner) send(ctx context.Context, w keys.Window, what string) error {
	if r.front != w.Title {
		return keys.ErrNotInFront
	}
	if what == r.lost {
		r.doubt, r.lost = true, ""
	}
	return r.do(ctx, what)
}

func (r *runner) PressIn(context.Context, keys.Window, keys.Chord) error {
	return errors.New("not ahead")
}
func (r *runner) TypeIn(context.Context, keys.Window, string) error { return errors.New("not ahead") }
func (r *runner) PressAhead(ctx context.Context, w keys.Window, c keys.Chord) error {
	return r.send(ctx, w, c.String())
}
func (r *runner) TypeAhead(ctx context.Context, w keys.Window, text string) error {
	return r.send(ctx, w, `"`+text+`"`)
}
func (r *runner) Settle(ctx context.Context) error {
	if err := r.do(ctx, "settle"); err != nil || !r.doubt {
		return err
	}
	r.doubt = false
	return keys.ErrDoubt
}

func TestKeysSentAheadArriveOrAreInDoubt(t *testing.T) {
	long := strings.Repeat("x", 40)
	times := func(s keys.Step, n int) keys.Step { s.Times = n; return s }
	text := func(s string) keys.Step { return keys.Step{Op: keys.OpText, Text: s} }
	wait := keys.Step{Op: keys.OpWait, For: 1}
	for _, row := range []struct {
		name      string
		plan      keys.Plan
		lost      string
		away      string // the POS goes to the back at this
		did       string
		at, until keys.Mark // where it stopped, and what was in doubt; zero where it did not
		several   bool
	}{
		{name: "asked once for all", plan: keys.Plan{times(key("a"), 3), text("12"), key("b")}, did: `a|a|a|"12"|b|settle`},
		{name: "asked before it looks or waits", plan: keys.Plan{key("a"), wait, key("b")}, did: "a|settle|b|settle"},
		{name: "not asked twice", plan: keys.Plan{key("a"), wait, wait}, did: "a|settle"},
		{name: "a long text in parts", plan: keys.Plan{text(long)}, did: `"` + long[:32] + `"|settle|"` + long[32:] + `"|settle`},
		{name: "one key in doubt", plan: keys.Plan{key("a"), wait, key("b")}, lost: "b", did: "a|settle|b|settle",
			at: keys.Mark{Number: 3}, until: keys.Mark{Number: 3, Sent: 1}},
		{name: "steps in doubt", plan: keys.Plan{key("f1"), wait, times(key("a"), 2), text("123"), wait, key("b")}, lost: "a",
			did: `f1|settle|a|a|"123"|settle`, at: keys.Mark{Number: 3}, until: keys.Mark{Number: 4, Sent: 3}, several: true},
		{name: "the window goes and what was sent is in doubt", plan: keys.Plan{key("a"), key("f9"), key("b")}, lost: "f9", away: "f9",
			did: "a|f9|settle", at: keys.Mark{Number: 1}, until: keys.Mark{Number: 2, Sent: 1}, several: true},
		{name: "the window goes and all had arrived", plan: keys.Plan{key("f9"), times(key("b"), 2)}, away: "f9",
			did: "f9|settle", at: keys.Mark{Number: 2}},
		{name: "what may have arrived is not tried again", plan: keys.Plan{{Op: keys.OpRetry, Times: 3, Then: []keys.Step{key("a"), wait}}}, lost: "a",
			did: "a|settle", at: keys.Mark{Number: 2}, until: keys.Mark{Number: 2, Sent: 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &runner{counter: counter{front: "till"}, lost: row.lost}
			r.onPress = func(c *counter, what string) {
				if what == row.away {
					c.front = "mail"
				}
			}
			player := playerOn(&r.counter)
			player.Hands = r
			err := keys.Play(t.Context(), row.plan, player)
			if got := strings.Join(r.did, "|"); got != row.did {
				t.Errorf("did %s, want %s", got, row.did)
			}
			var at *keys.StepError
			switch {
			case row.at.IsZero() && err == nil:
			case !errors.As(err, &at):
				t.Errorf("it ended with %v", err)
			case at.Mark() != row.at || at.Until != row.until || at.Several() != row.several || errors.Is(err, keys.ErrDoubt) == row.until.IsZero():
				t.Errorf("it stopped with %v at %v until %v", err, at.Mark(), at.Until)
			}
		})
	}
}
