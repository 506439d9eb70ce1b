package keys_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/keys"
)

// blocking is a counter whose input can be blocked, and that says in what order it happened.
type blocking struct {
	counter
	on bool
}

func (b *blocking) Block(_ context.Context, most time.Duration) (func(), error) {
	if b.on {
		return nil, errors.New("blocked already")
	}
	b.on = true
	b.did = append(b.did, "block "+most.String())
	return func() {
		if b.on {
			b.did = append(b.did, "release")
		}
		b.on = false
	}, nil
}

func when(yes bool, then, otherwise []keys.Step) keys.Step {
	want := "0.00"
	if yes {
		want = "1.00"
	}
	return keys.Step{Op: keys.OpWhen, Until: shows("paid", want), Then: then, Else: otherwise}
}

func block(steps ...keys.Step) keys.Step {
	return keys.Step{Op: keys.OpBlock, For: time.Second, Then: steps}
}

func TestStepsThatHoldSteps(t *testing.T) {
	fails := key("f9") // the POS goes to the back at this key
	for _, row := range []struct {
		name   string
		plan   keys.Plan
		from   int
		did    string
		number int // of the step that stops, 0 for none
	}{
		{"one of two ways", keys.Plan{when(true, []keys.Step{key("a")}, []keys.Step{key("b")}), key("c")}, 0, "a|c", 0},
		{"the other way", keys.Plan{when(false, []keys.Step{key("a")}, []keys.Step{key("b")}), key("c")}, 0, "b|c", 0},
		{"a way without steps", keys.Plan{when(false, []keys.Step{key("a")}, nil), key("c")}, 0, "c", 0},
		{"tried until it works", keys.Plan{{Op: keys.OpRetry, Times: 3, Then: []keys.Step{{Op: keys.OpFocus}, fails, key("b")}}}, 0,
			"focus till|f9|focus till|f9|focus till|f9", 4},
		{"blocked and let go", keys.Plan{block(key("a"), key("b")), key("c")}, 0, "block 1s|a|b|release|c", 0},
		{"let go when a step fails", keys.Plan{block(fails, key("b")), key("c")}, 0, "block 1s|f9|release", 3},
		{"let go in time", keys.Plan{block(key("a"), keys.Step{Op: keys.OpWait, For: 5 * time.Second}, key("b"))}, 0, "block 1s|a|release", 3},
		{"resumed in the middle", keys.Plan{key("a"), key("b"), key("c")}, 2, "focus till|b|c", 0},
		{"resumed inside a block", keys.Plan{{Op: keys.OpFocus}, block(key("a"), key("b")), key("c")}, 4, "focus till|block 1s|b|release|c", 0},
		{"resumed on one of two ways", keys.Plan{when(true, []keys.Step{key("a")}, []keys.Step{key("b"), key("d")}), key("c")}, 4, "focus till|d|c", 0},
		{"resumed inside a retry", keys.Plan{{Op: keys.OpRetry, Times: 2, Then: []keys.Step{key("a"), key("b")}}, key("c")}, 3, "focus till|b|c", 0},
		{"resumed in another window", keys.Plan{{Op: keys.OpFocus, Window: keys.Window{Title: "till2"}}, key("a"), key("b")}, 3, "focus till2|b", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &blocking{counter: counter{front: "till", shows: map[string]string{"paid": "1.00"}}}
				b.onPress = func(c *counter, what string) {
					if what == "f9" {
						c.front = "mail"
					}
				}
				player := playerOn(&b.counter)
				player.Hands, player.From = b, row.from
				err := keys.Play(t.Context(), row.plan, player)
				if got := strings.Join(b.did, "|"); got != row.did {
					t.Errorf("did %s, want %s", got, row.did)
				}
				var at *keys.StepError
				if errors.As(err, &at); row.number == 0 && err != nil || row.number > 0 && (at == nil || at.Number != row.number) {
					t.Errorf("stopped with %v, want step %d", err, row.number)
				}
				if b.on {
					t.Error("the keyboard is still blocked")
				}
			})
		})
	}
}

func TestAPlanGoesOnWhereItStopped(t *testing.T) {
	plan := keys.Plan{{Op: keys.OpFocus}, block(key("a"), keys.Step{Op: keys.OpRetry, Times: 1, Then: []keys.Step{key("b"), key("c")}}, key("d")), key("e")}
	want := []string{"a", "b", "c", "d", "e"}
	for _, stop := range want {
		c := &counter{front: "till"}
		var pressed []string
		c.onPress = func(c *counter, what string) {
			if slices.Contains(want, what) {
				pressed = append(pressed, what)
			}
		}
		refused := false
		hands := refusing{c, func(ch keys.Chord) bool {
			if refused || ch.String() != stop {
				return false
			}
			refused = true
			return true
		}}
		player := playerOn(c)
		player.Hands = hands
		err := keys.Play(t.Context(), plan, player)
		var at *keys.StepError
		if !errors.As(err, &at) || at.Step.Chord.String() != stop {
			t.Fatalf("stop before %s: %v", stop, err)
		}
		player.From = at.Number
		if err := keys.Play(t.Context(), plan, player); err != nil || !slices.Equal(pressed, want) {
			t.Errorf("stopped before %s and resumed: pressed %v, %v", stop, pressed, err)
		}
	}
}

// refusing are hands that do not press what refuse says.
type refusing struct {
	*counter
	refuse func(keys.Chord) bool
}

func (r refusing) Press(ctx context.Context, c keys.Chord) error {
	if r.refuse(c) {
		return keys.ErrNotInFront
	}
	return r.counter.Press(ctx, c)
}

func TestResumingInVainForgetsNothing(t *testing.T) {
	player := playerOn(&counter{front: "till"})
	player.From, player.Sent, player.POS = 2, 3, keys.Window{Title: "gone"}
	err := keys.Play(t.Context(), keys.Plan{key("a"), {Op: keys.OpText, Text: "12.50"}}, player)
	var at *keys.StepError
	if !errors.As(err, &at) || at.Number != 2 || at.Sent != 3 {
		t.Errorf("Play says %+v", at)
	}
}

func TestATextGoesOnInTheMiddle(t *testing.T) {
	c := &counter{front: "till"}
	player := playerOn(c)
	player.From, player.Sent = 2, 3
	plan := keys.Plan{key("a"), {Op: keys.OpText, Text: "收款12.50"}, {Op: keys.OpKey, Chord: keys.MustChord("b"), Times: 2}}
	if err := keys.Play(t.Context(), plan, player); err != nil || strings.Join(c.did, "|") != `focus till|"2.50"|b|b` {
		t.Errorf("did %v, %v", c.did, err)
	}
	c.did = nil
	player.From, player.Sent = 3, 1
	if err := keys.Play(t.Context(), plan, player); err != nil || strings.Join(c.did, "|") != "focus till|b" {
		t.Errorf("did %v, %v", c.did, err)
	}
}

func TestResumingWhereThereIsNoStep(t *testing.T) {
	player := playerOn(&counter{front: "till"})
	player.From = 3
	if err := keys.Play(t.Context(), keys.Plan{key("a"), key("b")}, player); !errors.Is(err, keys.ErrPlan) {
		t.Errorf("Play says %v", err)
	}
}

func TestTheTraceTellsWhatWasSentWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counter{front: "till", slow: 10 * time.Millisecond, shows: map[string]string{"paid": "12.50"}}
		player := playerOn(c)
		var got []string
		begin := time.Now()
		player.Trace = func(s keys.Sent) {
			got = append(got, fmt.Sprintf("%d %v+%v %s %v", s.Number, s.At.Sub(begin), s.Took, s.What, s.Err))
		}
		plan := keys.Plan{{Op: keys.OpKey, Chord: keys.MustChord("f6"), Times: 2}, {Op: keys.OpFill, Region: "paid", Text: "12.50"},
			{Op: keys.OpFocus, Window: keys.Window{Title: "gone"}}}
		_ = keys.Play(t.Context(), plan, player) // its last step fails
		want := []string{"1 10ms+10ms key f6 <nil>", "1 20ms+10ms key f6 <nil>", "2 30ms+10ms click paid <nil>", "2 40ms+10ms key ctrl+a <nil>",
			"2 50ms+10ms key backspace <nil>", `2 60ms+10ms text "12.50" <nil>`, "2 60ms+0s see region_amount(paid, 12.50) <nil>",
			"3 60ms+0s focus gone no such window"}
		if !slices.Equal(got, want) {
			t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
