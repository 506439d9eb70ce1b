package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"cpos/engine/ledger"
	"cpos/engine/store"
	"cpos/engine/words"
)

func (d door) ledgerCommand() *cli.Command {
	const file = "FILE"
	lose := &cli.BoolFlag{Name: "lose-facts", Usage: d.word("cli.flag.lose_facts")}
	dry := &cli.BoolFlag{Name: "dry-run", Usage: d.word("cli.flag.dry_run")}
	return d.group("ledger",
		d.command("ledger.verify", "verify", "["+file+"]", nil, d.ledgerVerify),
		d.command("ledger.backup", "backup", file, nil, d.ledgerBackup),
		d.command("ledger.restore", "restore", file, []cli.Flag{lose, dry}, d.ledgerRestore))
}

// ledgerVerify walks the whole chain and folds all rows again, of the book or of a backup.
func (d door) ledgerVerify(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 0, 1); err != nil {
		return err
	}
	if c.NArg() == 1 {
		return d.verifyFile(ctx, c)
	}
	return d.withTill(ctx, c, reading, func(t *till) error { return d.verified(ctx, t.store, t.book) })
}

func (d door) verifyFile(ctx context.Context, c *cli.Context) error {
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	s, err := store.OpenReader(ctx, c.Args().First())
	if err != nil {
		return err
	}
	b, err := ledger.Open(ctx, s, ledger.Options{Numbering: t.numbering()})
	if err == nil {
		err = d.verified(ctx, s, b)
	}
	return errors.Join(err, s.Close())
}

// verified proves a book; s is nil where nothing was ever sold.
func (d door) verified(ctx context.Context, s *store.SQLite, b *ledger.Book) error {
	meter := d.meter()
	n, err := b.VerifyTelling(ctx, meter.show)
	meter.end()
	if err == nil && s != nil {
		err = s.Check(ctx)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, d.word("cli.ledger.verified", "facts", n))
	return nil
}

// ledgerBackup copies the book beside a running engine. A till that has sold nothing has no book to copy.
func (d door) ledgerBackup(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 1, 1); err != nil {
		return err
	}
	file := c.Args().First()
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	s, err := store.OpenReader(ctx, filepath.Join(t.data, bookFile))
	if err != nil {
		return err
	}
	if err := errors.Join(s.Backup(ctx, file), s.Close()); err != nil {
		return err
	}
	d.say("cli.ledger.backed_up", "file", file)
	return nil
}

// errDryRun ends a restore before it changes anything.
var errDryRun = errors.New("dry run")

// ledgerRestore puts a backup in the place of the book.
func (d door) ledgerRestore(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 1, 1); err != nil {
		return err
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	path := filepath.Join(t.data, bookFile)
	var became ledger.Succeeded
	kept, err := store.Restore(ctx, c.Args().First(), path, func(s ledger.Succession) (err error) {
		became, err = s.Decide(ctx, t.numbering(), c.Bool("lose-facts"))
		if err == nil && c.Bool("dry-run") {
			err = errDryRun
		}
		return err
	})
	if became.Saved > 0 {
		d.say("cli.ledger.saved", "facts", became.Saved)
	}
	switch {
	case errors.Is(err, errDryRun):
		d.say("cli.ledger.would_restore")
		return nil
	case err != nil:
		return lossOf(err, became)
	}
	if kept != "" {
		d.say("cli.ledger.kept", "file", kept)
	}
	return d.withTill(ctx, c, writing, func(t *till) error { // its numbers jump now
		n, err := t.book.Verify(ctx)
		if err == nil {
			fmt.Fprintln(d.out, d.word("cli.ledger.restored", "facts", n))
		}
		return err
	})
}

// lossOf says what would have been lost and what to do instead.
func lossOf(err error, became ledger.Succeeded) error {
	var newer *ledger.NewerError
	switch {
	case !errors.As(err, &newer):
		return err
	case !became.Damaged:
		return words.Fail(errConflict, "cli.ledger.newer", "facts", newer.Facts, "last", newer.Last).Advise("cli.ledger.newer.hint")
	case newer.Unknown:
		return words.Fail(ledger.ErrBroken, "cli.ledger.lost_some", "last", newer.Last).Advise("cli.ledger.lost.hint")
	}
	return words.Fail(ledger.ErrBroken, "cli.ledger.lost", "facts", newer.Facts, "last", newer.Last).Advise("cli.ledger.lost.hint")
}
