package keys_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/keys"
)

// counter is the hands and the screen of a small POS in memory.
type counter struct {
	front   string // title of the window in front
	did     []string
	shows   map[string]string // region to text
	onPress func(c *counter, what string)
	slow    time.Duration
	blind   bool
}

func (c *counter) do(ctx context.Context, what string) error {
	if c.slow > 0 {
		select {
		case <-time.After(c.slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c.did = append(c.did, what)
	if c.onPress != nil {
		c.onPress(c, what)
	}
	return nil
}

func (c *counter) Focus(ctx context.Context, w keys.Window) error {
	if w.Title == "gone" {
		return keys.ErrNoWindow
	}
	c.front = w.Title
	return c.do(ctx, "focus "+w.Title)
}
func (c *counter) InFront(_ context.Context, w keys.Window) (bool, error) {
	return c.front == w.Title, nil
}
func (c *counter) Press(ctx context.Context, ch keys.Chord) error { return c.do(ctx, ch.String()) }
func (c *counter) Type(ctx context.Context, s string) error       { return c.do(ctx, `"`+s+`"`) }
func (c *counter) Click(ctx context.Context, _ keys.Window, x, y int) error {
	return c.do(ctx, fmt.Sprintf("click %d,%d", x, y))
}
func (c *counter) Holds(_ context.Context, p keys.Predicate) (bool, error) {
	if c.blind {
		return false, keys.ErrCannotSee
	}
	return c.shows[p.Region] == p.Want, nil
}

func regions(name string) (image.Rectangle, bool) {
	all := map[string]image.Rectangle{"paid": image.Rect(10, 20, 30, 40), "done": image.Rect(100, 100, 120, 110)}
	r, ok := all[name]
	return r, ok
}

func playerOn(c *counter) keys.Player {
	return keys.Player{Hands: c, Watch: c, POS: keys.Window{Title: "till"}, Regions: regions,
		Beep: func(n int) { c.did = append(c.did, fmt.Sprintf("beep %d", n)) }, Toast: func(s string) { c.did = append(c.did, "toast "+s) }}
}

func key(s string) keys.Step { return keys.Step{Op: keys.OpKey, Chord: keys.MustChord(s)} }

func shows(region, want string) *keys.Predicate {
	return &keys.Predicate{Op: "region_amount", Region: region, Want: want}
}

func TestPlay(t *testing.T) {
	for _, row := range []struct {
		name   string
		plan   keys.Plan
		shop   counter
		did    string
		at     int // step that stops, -1 for none
		reason error
		took   time.Duration
	}{
		{"keys after focus", keys.Plan{{Op: keys.OpFocus}, {Op: keys.OpKey, Chord: keys.MustChord("f6"), Times: 2}, {Op: keys.OpText, Text: "收款"}},
			counter{front: "mail"}, `focus till|f6|f6|"收款"`, -1, nil, 0},
		{"another program in front", keys.Plan{{Op: keys.OpWait, For: time.Second}, key("f6")},
			counter{front: "mail"}, "", 1, keys.ErrNotInFront, time.Second},
		{"another program comes to the front between two presses", keys.Plan{{Op: keys.OpKey, Chord: keys.MustChord("tab"), Times: 3}},
			counter{front: "till", onPress: func(c *counter, _ string) { c.front = "mail" }}, "tab", 0, keys.ErrNotInFront, 0},
		{"a click in the middle of a region", keys.Plan{{Op: keys.OpClick, Region: "done"}}, counter{front: "till"}, "click 110,105", -1, nil, 0},
		{"a field filled and read back", keys.Plan{{Op: keys.OpFill, Region: "paid", Text: "12.50"}},
			counter{front: "till", shows: map[string]string{}, onPress: func(c *counter, what string) {
				if what == `"12.50"` {
					c.shows["paid"] = "12.50"
				}
			}}, `click 20,30|ctrl+a|backspace|"12.50"`, -1, nil, 0},
		{"a field that shows something else", keys.Plan{{Op: keys.OpFill, Region: "paid", Text: "12.50"}, key("enter")},
			counter{front: "till", shows: map[string]string{"paid": "2.50"}}, `click 20,30|ctrl+a|backspace|"12.50"`, 0, keys.ErrReadBack, 1950 * time.Millisecond},
		{"a field that nobody can read", keys.Plan{{Op: keys.OpFill, Region: "paid", Text: "12.50"}},
			counter{front: "till", blind: true}, `click 20,30|ctrl+a|backspace|"12.50"`, -1, nil, 0},
		{"waiting for what never comes", keys.Plan{{Op: keys.OpWaitFor, Until: shows("paid", "1.00"), For: 500 * time.Millisecond}, key("enter")},
			counter{front: "till"}, "", 0, keys.ErrTimeout, 450 * time.Millisecond},
		{"a wrong screen stops before the next key", keys.Plan{{Op: keys.OpExpect, Until: shows("paid", "1.00"), For: 100 * time.Millisecond,
			Else: []keys.Step{{Op: keys.OpBeep}, {Op: keys.OpToast, Text: "请核对金额"}}}, {Op: keys.OpClick, Region: "done"}},
			counter{front: "till"}, "beep 1|toast 请核对金额", 0, keys.ErrExpected, 50 * time.Millisecond},
		{"else puts it right", keys.Plan{{Op: keys.OpExpect, Until: shows("paid", "1.00"), For: 50 * time.Millisecond, Else: []keys.Step{key("f5")}}, key("enter")},
			counter{front: "till", shows: map[string]string{}, onPress: func(c *counter, what string) { c.shows["paid"] = "1.00" }}, "f5|enter", -1, nil, 0},
		{"a device that hangs", keys.Plan{key("f6")}, counter{front: "till", slow: time.Hour}, "", 0, keys.ErrTimeout, keys.DefaultStep},
		{"a window that is gone", keys.Plan{key("f6"), {Op: keys.OpFocus, Window: keys.Window{Title: "gone"}}}, counter{front: "till"}, "f6", 1, keys.ErrNoWindow, 0},
		{"an untaught region presses nothing at all", keys.Plan{key("f6"), {Op: keys.OpClick, Region: "dnoe"}}, counter{front: "till"}, "", 1, keys.ErrPlan, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				err := keys.Play(t.Context(), row.plan, playerOn(&row.shop))
				if got := strings.Join(row.shop.did, "|"); got != row.did {
					t.Errorf("did %s, want %s", got, row.did)
				}
				if took := time.Since(begin); took != row.took {
					t.Errorf("took %v, want %v", took, row.took)
				}
				var at *keys.StepError
				switch {
				case row.at < 0 && err != nil:
					t.Errorf("stopped: %v", err)
				case row.at >= 0 && (!errors.As(err, &at) || at.Index != row.at || !errors.Is(err, row.reason)):
					t.Errorf("stopped with %v, want step %d, %v", err, row.at, row.reason)
				}
			})
		})
	}
}

func TestAPlanHasATotalLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := playerOn(&counter{front: "till"})
		p.Total = 10 * time.Second
		plan := keys.Plan(slices.Repeat([]keys.Step{{Op: keys.OpWait, For: 4 * time.Second}}, 5))
		begin := time.Now()
		err := keys.Play(t.Context(), plan, p)
		var at *keys.StepError
		if !errors.As(err, &at) || at.Index != 2 || !errors.Is(err, keys.ErrTimeout) || time.Since(begin) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

func TestCheckGivesEveryFault(t *testing.T) {
	deep := []keys.Step{key("a")}
	for range 6 {
		deep = []keys.Step{{Op: keys.OpExpect, Until: shows("paid", "1.00"), Else: deep}}
	}
	for _, row := range []struct {
		name string
		plan keys.Plan
		want []string
	}{
		{"a good plan", keys.Plan{{Op: keys.OpFocus}, key("f6"), {Op: keys.OpFill, Region: "paid", Text: "1.00"}}, nil},
		{"three faults at once", keys.Plan{{Op: "jump"}, {Op: keys.OpKey, Chord: keys.Chord{Key: "f99"}}, {Op: keys.OpClick, Region: "nowhere"}},
			[]string{`unknown operation "jump"`, `"f99" is not a key`, `region "nowhere" is not taught`}},
		{"an endless wait", keys.Plan{{Op: keys.OpWait, For: time.Hour}}, []string{"a wait of 1h0m0s"}},
		{"a bad pattern", keys.Plan{{Op: keys.OpFocus, Window: keys.Window{Title: "("}}}, []string{"missing closing )"}},
		{"a text with a newline", keys.Plan{{Op: keys.OpText, Text: "a\nb"}}, []string{"control characters"}},
		{"too many steps", slices.Repeat(keys.Plan{key("a")}, 201), []string{"more than 200 steps"}},
		{"too many steps, nested", keys.Plan{{Op: keys.OpExpect, Until: shows("paid", "1.00"), Else: slices.Repeat([]keys.Step{key("a")}, 200)}}, []string{"more than 200 steps"}},
		{"nested too deeply", deep, []string{"nested too deeply"}},
		{"an unknown question", keys.Plan{{Op: keys.OpWaitFor, Until: &keys.Predicate{Op: "not", Of: []keys.Predicate{{Op: "sound"}}}}}, []string{`unknown question "sound"`}},
		{"nothing to look for", keys.Plan{{Op: keys.OpExpect}}, []string{"nothing to look for"}},
		{"two ways without a step", keys.Plan{{Op: keys.OpWhen, Until: shows("paid", "1.00")}}, []string{"neither of its two ways"}},
		{"too many tries", keys.Plan{{Op: keys.OpRetry, Times: 11, Then: []keys.Step{key("a")}}}, []string{"11 tries"}},
		{"input blocked for a minute", keys.Plan{{Op: keys.OpBlock, For: time.Minute, Then: []keys.Step{key("a")}}}, []string{"1m0s is not between"}},
		{"input blocked twice", keys.Plan{{Op: keys.OpBlock, Then: []keys.Step{{Op: keys.OpBlock, Then: []keys.Step{key("a")}}}}}, []string{"blocked already"}},
		{"a picture that anything is like", keys.Plan{{Op: keys.OpWaitFor, Until: &keys.Predicate{Op: "image", Want: "logo", Off: 1}}}, []string{"a tolerance of 1"}},
		{"steps in a step that holds none", keys.Plan{{Op: keys.OpFocus, Then: []keys.Step{key("a")}}}, []string{"only when, retry and block_input"}},
	} {
		err := keys.Check(row.plan, func(name string) bool { _, ok := regions(name); return ok })
		var got []string
		if err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		if len(got) != len(row.want) {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], row.want[i]) {
				t.Errorf("%s: fault %d is %q, want %q", row.name, i, got[i], row.want[i])
			}
		}
	}
}

func TestDescribeListsEveryStep(t *testing.T) {
	plan := keys.Plan{{Op: keys.OpFocus}, {Op: keys.OpKey, Chord: keys.MustChord("~"), Times: 2}, {Op: keys.OpText, Text: "7"},
		{Op: keys.OpClick, Region: "done"}, {Op: keys.OpFill, Region: "paid", Text: "1.00"}, {Op: keys.OpWait, For: time.Second},
		{Op: keys.OpWaitFor, Until: shows("paid", "1.00")},
		{Op: keys.OpExpect, Until: shows("paid", "1.00"), Else: []keys.Step{{Op: keys.OpBeep, Times: 2}, {Op: keys.OpToast, Text: "请核对"}}}}
	lines := plan.Describe()
	var got []string
	for _, l := range lines {
		got = append(got, fmt.Sprintf("%d.%d %s %v", l.Index, l.Depth, l.Key, l.Args))
	}
	if len(lines) != 10 || got[1] != "1.0 keys.step.key_times [chord ~ times 2]" || got[9] != "7.1 keys.step.toast [text 请核对]" {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if got := plan[7].String(); got != "expect region_amount(paid, 1.00)" {
		t.Errorf("short form %q", got)
	}
}
