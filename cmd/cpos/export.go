package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"cpos/engine/sheet"
	"cpos/engine/words"
)

func (d door) exportCommand() *cli.Command {
	flags := append([]cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: d.word("cli.flag.export_output")},
		&cli.StringFlag{Name: "out", Usage: d.word("cli.flag.out")},
	}, d.filterFlags()...)
	return d.group("export",
		d.command("export.orders", "orders", "", flags, func(ctx context.Context, c *cli.Context) error { return d.export(ctx, c, false) }),
		d.command("export.refunds", "refunds", "", flags, func(ctx context.Context, c *cli.Context) error { return d.export(ctx, c, true) }))
}

// export writes orders or refunds, whole or not at all.
func (d door) export(ctx context.Context, c *cli.Context, refunds bool) error {
	out := c.String("out")
	format, err := exportFormat(c.String("output"), out)
	if err == nil {
		err = wantArgs(c, 0, 0)
	}
	if err != nil {
		return err
	}
	if format == sheet.XLSX && out == "" && d.terminal {
		return words.Fail(errUsage, "cli.export.terminal").Advise("cli.export.terminal.hint")
	}
	f, err := filterOf(c)
	if err != nil {
		return err
	}
	return d.withTill(ctx, c, reading, func(t *till) error {
		var table sheet.Table
		count := 0
		if refunds {
			rows, err := t.book.Refunds(ctx, f)
			if err != nil {
				return err
			}
			table, count = sheet.Refunds(rows), len(rows)
		} else {
			rows, err := t.book.Orders(ctx, f)
			if err != nil {
				return err
			}
			table, count = sheet.Orders(rows), len(rows)
		}
		var b bytes.Buffer
		if err := sheet.Write(&b, format, d.lang, table); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if out == "" {
			_, err := d.out.Write(b.Bytes())
			return err
		}
		if err := writeWhole(out, b.Bytes()); err != nil {
			return err
		}
		d.say("cli.export.done", "count", count, "file", out)
		return nil
	})
}

// exportFormat is the format that is named, else the one that the file's name says, else a workbook for a
// file and CSV for a pipe.
func exportFormat(name, file string) (sheet.Format, error) {
	if name == "" {
		name = strings.TrimPrefix(filepath.Ext(file), ".")
	}
	if name == "" {
		return sheet.CSV, nil
	}
	f, err := sheet.ParseFormat(name)
	if err != nil {
		return "", words.Fail(errUsage, "cli.format", "name", clip(name), "known", "xlsx csv jsonl")
	}
	return f, nil
}

// writeWhole puts a file in its place in one step, so that nobody ever finds half of it.
func writeWhole(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
