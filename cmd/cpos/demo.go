package main

import (
	"context"

	"github.com/urfave/cli/v2"
)

func (d door) demoCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "out", Value: "out/demo", Usage: d.word("cli.demo.out")},
		&cli.BoolFlag{Name: "stay", Usage: d.word("cli.demo.stay")},
	}
	return d.command("demo", "demo", "", flags, func(ctx context.Context, c *cli.Context) error {
		if err := wantArgs(c, 0, 0); err != nil {
			return err
		}
		return d.demo(ctx, c.String("out"), c.Bool("stay"))
	})
}
