package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/urfave/cli/v2"

	"cpos/engine/profile"
	"cpos/engine/script"
)

func (d door) profileCommand() *cli.Command {
	origins := &cli.BoolFlag{Name: "origins", Usage: d.word("cli.flag.origins")}
	return d.group("profile",
		d.command("profile.check", "check", "[FILE...]", nil, d.profileCheck),
		d.command("profile.show", "show", "", []cli.Flag{origins}, d.profileShow),
		d.command("profile.pass", "pass", "", nil, func(_ context.Context, c *cli.Context) error {
			return errors.Join(wantArgs(c, 0, 0), d.profilePass())
		}))
}

func (d door) profileShow(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 0, 0); err != nil {
		return err
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.profile.Write(&b, c.Bool("origins")); err != nil {
		return err
	}
	_, err = d.out.Write(b.Bytes())
	return err
}

// profileCheck checks the tills of the files that are named, or all tills of the repository, with their
// scripts. Every problem of every till is told before it fails.
func (d door) profileCheck(_ context.Context, c *cli.Context) error {
	sources, err := d.toCheck(c)
	if err != nil {
		return err
	}
	said := map[string]bool{} // a layer that many tills share has its problems told once
	bad := 0
	for _, s := range sources {
		p, err := profile.Load(s)
		if err == nil {
			if _, err = script.Load(scriptSource(p, s.Root)); err == nil {
				fmt.Fprintln(d.out, d.word("cli.profile.good", "till", p.TillName()))
				continue
			}
		}
		bad++
		if err := d.tellProblems(s.Till, err, said); err != nil {
			return err
		}
	}
	if bad == 0 {
		return nil
	}
	d.say("cli.profile.bad", "count", bad)
	return verdict{exitProfile}
}

func (d door) tellProblems(till string, err error, said map[string]bool) error {
	var all *profile.Problems
	if !errors.As(err, &all) {
		if !errors.Is(err, script.ErrScript) {
			return err
		}
		_, where := codeOf(err)
		what, _ := d.explain(err, where)
		fmt.Fprintln(d.err, till+": "+what)
		return nil
	}
	for _, p := range all.All {
		line := p.In(d.lang)
		if said[line] {
			continue
		}
		said[line] = true
		fmt.Fprintln(d.err, line)
		if !p.Hint.IsZero() {
			fmt.Fprintln(d.err, "  "+d.word("cli.hint")+": "+d.word(p.Hint.Key, pairs(p.Hint.Args)...))
		}
	}
	return nil
}

func pairs(args []string) []any {
	all := make([]any, len(args))
	for i, a := range args {
		all[i] = a
	}
	return all
}

// toCheck gives a source for each till that is to be checked.
func (d door) toCheck(c *cli.Context) ([]profile.Source, error) {
	g := d.globals(c)
	if c.NArg() == 0 {
		return tillsToCheck(g)
	}
	var all []profile.Source
	for _, name := range c.Args().Slice() {
		g.profile = name
		found, err := tillsToCheck(g)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// tillsToCheck gives all tills of a repository, all of a store, or the one till of a device's file.
func tillsToCheck(g globals) ([]profile.Source, error) {
	if g.profile != "" && !isDir(g.profile) || g.store != "" || g.device != "" {
		s, err := g.source()
		return []profile.Source{s}, err
	}
	one := g
	one.store, one.device = "any", "any" // any till will do: the repository is the same
	s, err := one.source()
	if err != nil {
		return nil, err
	}
	tills, err := tillsOf(s.FS)
	if err == nil && len(tills) == 0 {
		err = fmt.Errorf("%s holds no stores: %w", g.profile, fs.ErrNotExist)
	}
	var all []profile.Source
	for _, t := range tills {
		s.Till = t
		all = append(all, s)
	}
	return all, err
}
