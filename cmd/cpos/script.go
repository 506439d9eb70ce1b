package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"cpos/engine/script"
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
