package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"

	"github.com/urfave/cli/v2"

	"cpos/engine/ledger"
	"cpos/engine/words"
)

func (d door) reconcileCommand() *cli.Command {
	reason := &cli.StringFlag{Name: "reason", Usage: d.word("cli.flag.release_reason")}
	return d.group("reconcile",
		d.command("reconcile.run", "run", "", []cli.Flag{d.outputFlag()}, d.reconcileRun),
		d.command("reconcile.status", "status", "", []cli.Flag{d.outputFlag()}, d.reconcileStatus),
		d.command("reconcile.release", "release", "", []cli.Flag{reason}, d.reconcileRelease))
}

// reconcileRun compares the whole day with the service.
func (d door) reconcileRun(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 0)
	if err != nil {
		return err
	}
	return d.withTill(ctx, c, charging, func(t *till) error {
		all, err := t.teller.Reconcile(ctx, true)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			d.say("cli.reconcile.same")
			if format == asTable {
				return nil
			}
		}
		if err := d.write(format, d.differences(all)); err != nil || len(all) == 0 {
			return err
		}
		return verdict{exitDifference}
	})
}

func (d door) differences(all []ledger.Difference) listing {
	l := listing{schema: "cpos.differences.v1", right: map[int]bool{2: true, 3: true}}
	for _, key := range []string{"difference", "number", "ours", "theirs", "status"} {
		l.head = append(l.head, d.word("cli.column."+key))
	}
	for _, one := range all {
		l.cells = append(l.cells, []string{d.word("difference."+string(one.Code), "number", one.Number, "ours", one.Ours, "theirs", one.Theirs, "state", one.State), one.Number, one.Ours.String(), one.Theirs.String(), one.State})
		l.rows = append(l.rows, one)
	}
	return l
}

// haltJSON is the latch as programs read it.
type haltJSON struct {
	Schema  string       `json:"schema"`
	Halted  bool         `json:"halted"`
	Halt    *ledger.Halt `json:"halt,omitempty"`
	Contact string       `json:"contact,omitempty"` // whom the shop calls
	Ahead   *float64     `json:"service_clock_ahead_s,omitempty"`
}

func (d door) reconcileStatus(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 0)
	if err != nil {
		return err
	}
	return d.withTill(ctx, c, reading, func(t *till) error {
		halt, halted, err := t.book.Halted(ctx)
		if err != nil {
			return err
		}
		err = d.tellHalt(ctx, t, format, halt, halted)
		if err != nil || !halted {
			return err
		}
		return verdict{exitHalted}
	})
}

// tellHalt says what differs, since when, whom to call, and how far the two clocks are apart. That is the
// running engine's knowledge, and never a difference.
func (d door) tellHalt(ctx context.Context, t *till, format string, halt ledger.Halt, halted bool) error {
	contact := t.profile.Merchant.Contact
	var ahead *float64
	if said, err := askDesk(ctx, t.data, deskAsk{Do: deskView}); err == nil && said.Engine != nil {
		seconds := said.Engine.Skew.Seconds()
		ahead = &seconds
	}
	if format != asTable {
		v := haltJSON{Schema: "cpos.halt.v1", Halted: halted, Contact: contact, Ahead: ahead}
		if halted {
			v.Halt = &halt
		}
		return writeJSON(d.out, v)
	}
	if ahead != nil && *ahead != 0 {
		fmt.Fprintln(d.out, d.word("cli.reconcile.skew", "seconds", *ahead))
	}
	if !halted {
		fmt.Fprintln(d.out, d.word("cli.reconcile.open"))
		return nil
	}
	fmt.Fprintln(d.out, d.word("cli.reconcile.halted", "at", showTime(halt.At)))
	if err := d.write(asTable, d.differences(halt.Differences)); err != nil || contact == "" {
		return err
	}
	fmt.Fprintln(d.out, d.word("cli.reconcile.contact", "who", contact))
	return nil
}

// person is who works at this machine, as its system knows them.
func person() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// reconcileRelease opens the latch. Who did it and why stands in the book.
func (d door) reconcileRelease(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 0, 0); err != nil {
		return err
	}
	reason := c.String("reason")
	if reason == "" {
		return words.Fail(errUsage, "cli.reconcile.reason").Advise("cli.reconcile.reason.hint")
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	who, err := d.asProvider(t.profile)
	if err != nil {
		return err
	}
	_, err = askDesk(ctx, t.data, deskAsk{Do: deskRelease, Who: who, Reason: reason})
	done := "cli.reconcile.released.restart"
	if errors.Is(err, errNoEngine) {
		done = "cli.reconcile.released"
		err = d.withTill(ctx, c, writing, func(t *till) error { return t.book.Release(ctx, who, reason) })
	}
	if err != nil {
		return err
	}
	d.say(done)
	return nil
}
