package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/script"
	"cpos/engine/words"
)

func (d door) scriptCommand() *cli.Command {
	return d.group("script",
		d.command("script.check", "check", "[FILE]", nil, d.scriptCheck),
		d.command("script.test", "test", "[FILE]", nil, d.scriptTest))
}

// scriptOf gives the script of a file on the disk, which may load what lies beside it, or the profile's.
func (d door) scriptOf(ctx context.Context, c *cli.Context) (script.Source, error) {
	if err := wantArgs(c, 0, 1); err != nil {
		return script.Source{}, err
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return script.Source{}, err
	}
	if c.NArg() == 0 {
		return t.scripts, nil
	}
	dir, file := filepath.Split(c.Args().First())
	s := t.scripts
	s.Root, s.File = os.DirFS(filepath.Clean(dir)), file
	if dir == "" {
		s.Root = os.DirFS(".")
	}
	return s, nil
}

func (d door) scriptCheck(ctx context.Context, c *cli.Context) error {
	s, err := d.scriptOf(ctx, c)
	if err != nil {
		return err
	}
	p, err := script.Load(s)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, d.word("cli.script.good", "file", s.File, "hooks", strings.Join(p.Defined(), " ")))
	return nil
}

func (d door) scriptTest(ctx context.Context, c *cli.Context) error {
	s, err := d.scriptOf(ctx, c)
	if err != nil {
		return err
	}
	if c.NArg() == 0 && s.File != "" {
		s.File = strings.TrimSuffix(s.File, ".star") + "_test.star"
	}
	all, err := script.RunTests(ctx, s)
	if err != nil {
		return err
	}
	failed := 0
	for _, v := range all {
		if v.Err == nil {
			fmt.Fprintln(d.out, d.word("cli.script.passed", "name", v.Name))
			continue
		}
		failed++
		_, where := codeOf(v.Err)
		what, _ := d.explain(v.Err, where)
		fmt.Fprintln(d.out, d.word("cli.script.failed", "name", v.Name)+": "+what)
	}
	d.say("cli.script.tested", "count", len(all), "failed", failed)
	if failed > 0 {
		return verdict{exitTests}
	}
	return nil
}

func (d door) macroCommand() *cli.Command {
	text := func(name, value string) cli.Flag {
		return &cli.StringFlag{Name: name, Value: value, Usage: d.word("cli.flag.macro_" + name)}
	}
	return d.group("macro", d.command("macro.plan", "plan", "pre_payment|post_payment",
		[]cli.Flag{text("kind", "wechat"), text("trigger", "scan"), text("amount", "12.50"), d.outputFlag()}, d.macroPlan))
}

// stepJSON is one step of a plan as programs read it.
type stepJSON struct {
	Schema string `json:"schema"`
	Number int    `json:"number"`
	Depth  int    `json:"depth,omitempty"` // above 0 inside the steps for when the screen differs
	Text   string `json:"text"`
}

// macroPlan asks a hook what it would do and does none of it.
func (d door) macroPlan(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 1)
	if err != nil {
		return err
	}
	amount, err := pay.ParseMoney(c.String("amount"))
	if err != nil {
		return err
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	p, err := script.Load(t.scripts)
	if err != nil {
		return err
	}
	plan, err := planOf(ctx, p, t, c.Args().First(), c.String("trigger"), c.String("kind"), amount)
	if err != nil {
		return err
	}
	l := listing{schema: "cpos.plan.v1", head: []string{d.word("cli.column.step"), d.word("cli.column.does")}, right: map[int]bool{0: true}}
	for _, line := range plan.Describe() {
		row := stepJSON{"cpos.step.v1", line.Index + 1, line.Depth, d.word(line.Key, line.Args...)}
		l.rows = append(l.rows, row)
		l.cells = append(l.cells, []string{fmt.Sprint(row.Number), strings.Repeat("  ", row.Depth) + row.Text})
	}
	return d.write(format, l)
}

func planOf(ctx context.Context, p *script.Program, t *till, hook, trigger, kind string, amount pay.Money) (keys.Plan, error) {
	who := t.stationTill()
	about := script.Context{Trigger: trigger, Kind: kind, Store: who.Store, Device: who.Device, Clerk: who.Clerk, Amount: amount}
	switch hook {
	case "pre_payment":
		about.Amount = 0 // not known before the window opens
		return p.PrePayment(ctx, about)
	case "post_payment":
		result := script.Result{OrderID: t.sampleNumber(), Method: kind, Status: pay.Paid.String(), Amount: amount, Trade: "SAMPLE", At: time.Now()}
		return p.PostPayment(ctx, about, result)
	}
	return nil, words.Fail(errUsage, "cli.macro.hook", "name", clip(hook)).Advise("cli.macro.hook.hint")
}

// sampleNumber looks like a number of this till and is none.
func (t *till) sampleNumber() string { return string(t.profile.Merchant.OrderPrefix) + "SAMPLE0001" }
