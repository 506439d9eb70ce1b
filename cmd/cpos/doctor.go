package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"cpos/engine/words"
)

// verdicts of a check, from best to worst.
const (
	isOK      = "ok"
	isInfo    = "info"
	isSkipped = "skipped"
	isWarning = "warning"
	isError   = "error"
)

// finding is what one check found. ID is stable: support desks and scripts go by it.
type finding struct {
	id      string
	verdict string
	what    words.Text
	hint    words.Text
	cause   error // appended to what, for the support desk
}

// checked makes a finding. The sentence stands under doctor.<key>, the hint of a warning or an error
// under doctor.<key>.hint.
func checked(id, verdict, key string, namesAndValues ...any) finding {
	f := finding{id: id, verdict: verdict, what: words.T("doctor."+key, namesAndValues...)}
	if verdict == isWarning || verdict == isError {
		f.hint = words.T("doctor."+key+".hint", namesAndValues...)
	}
	return f
}

func (f finding) because(err error) finding { f.cause = err; return f }

// failed makes a finding of an error that has its own sentence.
func (d door) failed(id string, err error) finding {
	var p *words.Problem
	if errors.As(err, &p) {
		return finding{id: id, verdict: isError, what: p.What, hint: hintOf(p), cause: p.Cause}
	}
	_, c := codeOf(err)
	if c.key != "" {
		return finding{id: id, verdict: isError, what: words.T(c.key), hint: words.T(c.key + ".hint"), cause: err}
	}
	return checked(id, isError, "failed").because(err)
}

// findingJSON is a finding as programs read it.
type findingJSON struct {
	Schema  string `json:"schema"`
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
	Text    string `json:"text"`
	Hint    string `json:"hint,omitempty"`
	Cause   string `json:"cause,omitempty"`
}

func (d door) doctorCommand() *cli.Command {
	return d.command("doctor", "doctor", "", []cli.Flag{
		d.outputFlag(),
		&cli.StringSliceFlag{Name: "only", Usage: d.word("cli.flag.only")},
		&cli.BoolFlag{Name: "strict", Usage: d.word("cli.flag.strict")},
	}, d.doctor)
}

// doctor looks at everything that a sale needs, one small check after another, and moves nothing.
func (d door) doctor(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 0)
	if err != nil {
		return err
	}
	only := map[string]bool{}
	for _, id := range c.StringSlice("only") {
		only[id] = true
	}
	all := d.examine(ctx, d.globals(c))
	found := chosen(all, func(f finding) bool { return len(only) == 0 || only[f.id] })
	if len(found) == 0 { // what they rest on is broken, or there are no such checks
		found = chosen(all, func(f finding) bool { return f.verdict == isError })
	}
	if len(found) == 0 {
		return words.Fail(errUsage, "doctor.no_check", "names", strings.Join(c.StringSlice("only"), " ")).Advise("doctor.no_check.hint")
	}
	if err := d.writeFindings(format, found); err != nil {
		return err
	}
	return d.concludes(found, c.Bool("strict"))
}

func chosen(all []finding, wanted func(finding) bool) []finding {
	out := []finding{}
	for _, f := range all {
		if wanted(f) {
			out = append(out, f)
		}
	}
	return out
}

// examine runs all checks. What rests on a thing that is broken is left out: it would only make noise.
func (d door) examine(ctx context.Context, g globals) []finding {
	t, err := openTill(ctx, g, looking)
	if err != nil {
		return []finding{d.failed("profile", err)}
	}
	p := &patient{door: d, till: t, running: engineRuns(ctx, t.data)}
	found := []finding{checked("profile", isOK, "profile", "till", t.profile.TillName(), "env", envName(t.profile))}
	for _, check := range []func(context.Context) []finding{
		p.script, p.data, p.book, p.secrets, p.provider, p.service, p.desktop, p.text, p.eyes, p.hotkeys, p.scanner, p.printer, p.ports, p.fonts,
	} {
		if ctx.Err() != nil {
			break
		}
		found = append(found, check(ctx)...)
	}
	return found
}

func (d door) writeFindings(format string, found []finding) error {
	l := listing{schema: "cpos.doctor.v1", head: []string{d.word("cli.column.check"), d.word("cli.column.verdict"), d.word("cli.column.text")}}
	for _, f := range found {
		row := findingJSON{Schema: "cpos.finding.v1", ID: f.id, Verdict: f.verdict, Text: words.Say(d.lang, f.what), Hint: words.Say(d.lang, f.hint)}
		if f.cause != nil {
			row.Cause = f.cause.Error()
		}
		l.rows = append(l.rows, row)
		text := row.Text
		if row.Cause != "" {
			text += " (" + clipLine(row.Cause) + ")"
		}
		l.cells = append(l.cells, []string{f.id, d.word("doctor.verdict." + f.verdict), text})
		if row.Hint != "" {
			l.cells = append(l.cells, []string{"", "", "→ " + row.Hint})
		}
	}
	return d.write(format, l)
}

// clipLine keeps a technical cause on one line.
func clipLine(s string) string {
	const most = 160
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// concludes says one verdict over all and ends with its code.
func (d door) concludes(found []finding, strict bool) error {
	count := map[string]int{}
	for _, f := range found {
		count[f.verdict]++
	}
	worst, bad := isOK, count[isError] > 0 || strict && count[isWarning] > 0
	switch {
	case count[isError] > 0:
		worst = isError
	case count[isWarning] > 0:
		worst = isWarning
	}
	d.say("doctor.end."+worst, "errors", fmt.Sprint(count[isError]), "warnings", fmt.Sprint(count[isWarning]), "checks", fmt.Sprint(len(found)))
	if bad {
		return verdict{exitDoctor}
	}
	return nil
}
