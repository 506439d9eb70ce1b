package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/script"
	"cpos/engine/station"
	"cpos/engine/words"
	"cpos/hw/desktop"
	"cpos/hw/input"
	"cpos/hw/screen"
)

func (d door) macroCommand() *cli.Command {
	text := func(name, value string) cli.Flag {
		return &cli.StringFlag{Name: name, Value: value, Usage: d.word("cli.flag.macro_" + name)}
	}
	about := []cli.Flag{text("kind", "wechat"), text("trigger", "scan"), text("amount", "12.50")}
	play := append([]cli.Flag{
		&cli.IntFlag{Name: "from", Value: 1, Usage: d.word("cli.flag.macro_from")},
		&cli.BoolFlag{Name: "dry-run", Usage: d.word("cli.flag.macro_dry-run")}, d.outputFlag()}, about...)
	return d.group("macro",
		d.command("macro.plan", "plan", planHooks, append(about, d.outputFlag()), d.macroPlan),
		d.command("macro.play", "play", planHooks, play, d.macroPlay))
}

// planHooks are the hooks that give back keys.
const planHooks = "pre_payment|post_payment|post_failure|on_unknown|post_refund"

// macroAsk names a plan: the hook, and the sale that it is asked about.
type macroAsk struct {
	Hook    string    `json:"hook"`
	Trigger string    `json:"trigger"`
	Kind    string    `json:"kind"`
	Amount  pay.Money `json:"amount"`
	From    int       `json:"from"`
}

func macroAskOf(c *cli.Context) (macroAsk, error) {
	for flag, known := range macroKnown {
		if given := c.String(flag); !slices.Contains(known, given) {
			return macroAsk{}, words.Fail(errUsage, "cli.macro.flag", "flag", flag, "value", clip(given)).
				Advise("cli.macro.flag.hint", "known", strings.Join(known, " "))
		}
	}
	amount, err := pay.ParseMoney(c.String("amount"))
	ask := macroAsk{Hook: c.Args().First(), Trigger: c.String("trigger"), Kind: c.String("kind"), Amount: amount, From: c.Int("from")}
	if ask.Kind == macroNoKind {
		ask.Kind = ""
	}
	return ask, err
}

// macroNoKind is the kind of payment before anybody knows it, as where the window opens by its hot-key.
const macroNoKind = "none"

// macroKnown are the values that a hook may be asked about, by flag.
var macroKnown = map[string][]string{"trigger": {"scan", "hotkey", "touch", "cli"}, "kind": {"wechat", "alipay", "cash", macroNoKind}}

// plan asks the hook.
func (a macroAsk) plan(ctx context.Context, hooks script.Hooks, t *till) (keys.Plan, error) {
	who := t.stationTill()
	about := script.Context{Trigger: a.Trigger, Kind: a.Kind, Store: who.Store, Device: who.Device, Clerk: who.Clerk, Amount: a.Amount}
	switch a.Hook {
	case "pre_payment":
		about.Amount = 0 // not known before the window opens
		return hooks.PrePayment(ctx, about)
	case "post_refund":
		return hooks.PostRefund(ctx, about, script.Giveback{ID: "R" + t.sampleNumber(), OrderID: t.sampleNumber(), Method: a.Kind,
			Status: pay.RefundAccepted.String(), Amount: a.Amount, Paid: a.Amount, At: time.Now()})
	}
	result := script.Result{OrderID: t.sampleNumber(), Method: a.Kind, Amount: a.Amount, At: time.Now()}
	switch a.Hook {
	case "post_payment":
		result.Status, result.Trade = pay.Paid.String(), "SAMPLE"
		return hooks.PostPayment(ctx, about, result)
	case "post_failure":
		result.Status = pay.Declined.String()
		return hooks.PostFailure(ctx, about, result)
	case "on_unknown":
		result.Status = pay.Unknown.String()
		return hooks.OnUnknown(ctx, about, result)
	}
	return nil, words.Fail(errUsage, "cli.macro.hook", "name", clip(a.Hook)).Advise("cli.macro.hook.hint")
}

// sampleNumber looks like a number of this till and is none.
func (t *till) sampleNumber() string { return string(t.profile.Merchant.OrderPrefix) + "SAMPLE0001" }

// planOfCommand loads the till's script and asks it.
func (d door) planOfCommand(ctx context.Context, c *cli.Context) (*till, macroAsk, keys.Plan, error) {
	ask, err := macroAskOf(c)
	if err != nil {
		return nil, ask, nil, err
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return nil, ask, nil, err
	}
	p, err := script.Load(t.scripts)
	if err != nil {
		return nil, ask, nil, err
	}
	plan, err := ask.plan(ctx, p, t)
	return t, ask, plan, err
}

// stepJSON is one step of a plan as programs read it.
type stepJSON struct {
	Schema string `json:"schema"`
	Number int    `json:"number"`
	Depth  int    `json:"depth,omitempty"` // above 0 inside another step
	Text   string `json:"text"`
}

// macroPlan asks a hook what it would do and does none of it.
func (d door) macroPlan(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 1)
	if err != nil {
		return err
	}
	_, ask, plan, err := d.planOfCommand(ctx, c)
	if err != nil {
		return err
	}
	if len(plan) == 0 {
		d.say("cli.macro.empty", "hook", ask.Hook)
	}
	return d.listPlan(format, plan, 1)
}

func (d door) listPlan(format string, plan keys.Plan, from int) error {
	l := listing{schema: "cpos.plan.v1", head: []string{d.word("cli.column.step"), d.word("cli.column.does")}, right: map[int]bool{0: true}}
	for _, line := range plan.Describe() {
		if line.Number < from {
			continue
		}
		row := stepJSON{"cpos.step.v1", line.Number, line.Depth, words.Say(d.lang, station.StepText(line))}
		l.rows = append(l.rows, row)
		l.cells = append(l.cells, []string{fmt.Sprint(row.Number), strings.Repeat("  ", row.Depth) + row.Text})
	}
	return d.write(format, l)
}

// macroPlay presses what a hook says, and traces what was sent when. A running engine does it, for its ears
// must not hear these keys; without one this command has hands of its own.
func (d door) macroPlay(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 1)
	if err != nil {
		return err
	}
	t, ask, plan, err := d.planOfCommand(ctx, c)
	if err != nil {
		return err
	}
	if n := size(plan); ask.From < 1 || ask.From > n && n > 0 {
		return words.Fail(errUsage, "cli.macro.from", "from", ask.From, "count", n)
	}
	if len(plan) == 0 {
		d.say("cli.macro.empty", "hook", ask.Hook)
	}
	if err := keys.Check(plan, func(name string) bool { _, ok := t.profile.Taught().Regions[name]; return ok }); err != nil {
		return err
	}
	if c.Bool("dry-run") {
		if err := d.listPlan(format, plan, ask.From); err != nil {
			return err
		}
		return d.sayWhetherThePOSIsThere(ctx, t)
	}
	trace := d.newTrace(format)
	err = playThroughDesk(ctx, t.data, ask, plan, trace.add)
	if errors.Is(err, errNoEngine) {
		err = playByHand(ctx, t, plan, ask.From, func(s keys.Sent) { trace.add(newSentJSON(s)) })
	}
	return errors.Join(trace.end(), d.stoppedAt(err, ask))
}

func size(plan keys.Plan) int { return len(plan.Describe()) }

// sayWhetherThePOSIsThere tells on the talk stream whether the plan would find its window now.
func (d door) sayWhetherThePOSIsThere(ctx context.Context, t *till) error {
	desk, err := desktop.Open()
	if err != nil {
		d.say("cli.macro.no_display")
		return nil
	}
	defer desk.Close()
	switch w, err := desk.Find(ctx, t.profile.Window()); {
	case errors.Is(err, keys.ErrNoWindow):
		d.say("cli.macro.no_pos")
	case err != nil:
		return err
	default:
		d.say("cli.macro.pos", "title", w.Title)
	}
	return nil
}

// playByHand plays a plan without an engine.
func playByHand(ctx context.Context, t *till, plan keys.Plan, from int, sent func(keys.Sent)) error {
	desk, err := desktop.Open()
	if err != nil {
		return err
	}
	defer desk.Close()
	hands, err := input.Open(desk, input.Options{Guard: guardCommand})
	if err != nil {
		return err
	}
	defer hands.Close()
	p := t.profile
	w := watch{desk: desk, from: p}
	if w.judge, err = judgeOf(p, desktop.Scene{Desktop: desk, Window: p.Window()}, nil); err != nil {
		return err
	}
	if plan.Looks() {
		reader, err := screen.OpenReader(ctx, screen.ReaderOptions{Cache: filepath.Join(t.data, "cache")})
		if err != nil {
			return err
		}
		defer func() { w.judge.Wait(); _ = reader.Close() }() // nothing is read any more
		w.judge.Reader = reader
	}
	return keys.Play(ctx, plan, keys.Player{Hands: hands, Watch: w, POS: p.Window(), Regions: regionLookup(p.Taught().Regions),
		Beep: beep, From: from, Trace: sent})
}

// playThroughDesk lets a running engine play; errNoEngine where none runs.
func playThroughDesk(ctx context.Context, data string, ask macroAsk, plan keys.Plan, sent func(sentJSON)) error {
	c, err := dialDesk(ctx, data)
	if err != nil {
		return err
	}
	defer c.Close()
	say, err := c.ask(ctx, deskAsk{Do: deskPlay, Macro: &ask})
	for ; err == nil && say.Sent != nil; say, err = c.next() {
		sent(*say.Sent)
	}
	if err != nil || say.Played == nil || say.Played.Step == 0 {
		return err
	}
	until := keys.Mark{Number: say.Played.UntilStep, Sent: say.Played.UntilSent}
	return &macroStop{say.Played.Step, say.Played.Why, stepNumbered(plan, say.Played.Step), until}
}

// stepNumbered finds a step of a plan by its number.
func stepNumbered(plan keys.Plan, number int) keys.Line {
	for _, line := range plan.Describe() {
		if line.Number == number {
			return line
		}
	}
	return keys.Line{}
}

// macroStop says where a plan stopped and why.
type macroStop struct {
	number int
	why    string // key of a sentence
	does   keys.Line
	until  keys.Mark // up to where keys are in doubt, zero where at most one is
}

func (m *macroStop) Error() string { return fmt.Sprintf("the keys stopped at step %d", m.number) }

// stoppedAt is the hand-over card at a terminal: which step, why, what to press by hand, how to go on.
func (d door) stoppedAt(err error, ask macroAsk) error {
	var at *keys.StepError
	if errors.As(err, &at) && !errors.Is(err, keys.ErrPlan) {
		found := &macroStop{number: at.Number, why: keys.Why(at.Err), does: at.Step.Describe()}
		if at.Several() {
			found.until = at.Until
		}
		err = found
	}
	var stop *macroStop
	if !errors.As(err, &stop) {
		return err
	}
	why := d.word(stop.why)
	if !stop.until.IsZero() {
		why += d.word("keys.until", "step", stop.until.Number, "count", stop.until.Sent)
	}
	return words.Fail(errMacroStopped, "cli.macro.stopped", "step", stop.number, "why", why, "by_hand", words.Say(d.lang, station.StepText(stop.does))).
		Advise("cli.macro.stopped.hint", "hook", ask.Hook, "from", stop.number, "sale", ask.flags())
}

// flags name the same sale again.
func (a macroAsk) flags() string {
	return fmt.Sprintf("--kind %s --trigger %s --amount %s", cmp.Or(a.Kind, macroNoKind), a.Trigger, a.Amount)
}

// errMacroStopped ends a plan that could not go on.
var errMacroStopped = errors.New("the keys stopped")

// sentJSON is one thing that was sent, as programs read it.
type sentJSON struct {
	Schema string    `json:"schema"`
	Step   int       `json:"step"`
	At     time.Time `json:"at"` // when it was over
	TookUS int64     `json:"took_us"`
	What   string    `json:"what"`
	Why    string    `json:"why,omitempty"` // key of the sentence that says why it was not sent
}

func newSentJSON(s keys.Sent) sentJSON {
	row := sentJSON{Schema: "cpos.sent.v1", Step: s.Number, At: s.At, TookUS: s.Took.Microseconds(), What: s.What}
	if s.Err != nil {
		row.Why = keys.Why(s.Err)
	}
	return row
}

// trace gathers what was sent when.
type trace struct {
	door   door
	format string
	begin  time.Time
	list   listing
}

func (d door) newTrace(format string) *trace {
	return &trace{door: d, format: format, begin: time.Now(), list: listing{schema: "cpos.trace.v1", right: map[int]bool{0: true, 1: true, 2: true},
		head: []string{d.word("cli.column.step"), d.word("cli.column.at"), d.word("cli.column.took"), d.word("cli.column.sent")}}}
}

func (t *trace) add(s sentJSON) {
	what := s.What
	if s.Why != "" {
		what += ": " + t.door.word(s.Why)
	}
	millis := func(us int64) string { return fmt.Sprintf("%.1f ms", float64(us)/1000) }
	t.list.rows = append(t.list.rows, s)
	t.list.cells = append(t.list.cells, []string{fmt.Sprint(s.Step), "+" + millis(s.At.Sub(t.begin).Microseconds()), millis(s.TookUS), what})
}

func (t *trace) end() error { return t.door.write(t.format, t.list) }
