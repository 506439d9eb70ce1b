package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"modernc.org/libc"
)

// tablesOfFirstForm are those of a book whose pages had no seals yet.
var tablesOfFirstForm = []string{"fact", "orders", "refunds", "sealed", "counter", "halt", "sum"}

// convert rewrites a book of the first form with sealed pages, in a file beside it that takes its name
// once it is whole. It needs the writer's lock.
func convert(ctx context.Context, path string) error {
	if err := writable(path); err != nil {
		return err
	}
	version, err := retire(ctx, path)
	if err != nil {
		return err
	}
	part := path + ".new"
	if err := errors.Join(removeBook(part), create(part)); err != nil {
		return err
	}
	if err := refill(ctx, part, path, version); err != nil {
		return errors.Join(fmt.Errorf("seal the pages of the book: %w", err), removeBook(part))
	}
	if err := syncFile(part); err != nil {
		return diskError(err)
	}
	return place(part, path)
}

// retire brings everything of an old book out of its log into its one file and gives its form. Files that
// are no book are left as they are.
func retire(ctx context.Context, path string) (version int, err error) {
	db, err := sql.Open("sqlite", address(path, "rw", ""))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s, err := newSession(ctx, db)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if version, err = form(ctx, s.conn); err != nil {
		return 0, err
	}
	if version > 1 {
		return 0, fmt.Errorf("%w: pages without seals are of form 1 at most, and it says %d", ErrForeign, version)
	}
	return version, s.set(ctx, []setting{{"busy_timeout", busyWait, busyWait}, {"journal_mode", "DELETE", "delete"}})
}

// refill copies the tables of the old book into the new one.
func refill(ctx context.Context, part, path string, version int) (err error) {
	db, err := sql.Open("sqlite", address(part, "rw", sealedLayer))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s, err := newSession(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := migrate(ctx, s.conn, version); err != nil || version == 0 {
		return err
	}
	tls := libc.NewTLS()
	defer tls.Close()
	if _, err := s.conn.ExecContext(ctx, "ATTACH ? AS old", address(path, "ro", plainLayer(tls))); err != nil {
		return explain(err)
	}
	var copies strings.Builder
	for _, t := range tablesOfFirstForm {
		fmt.Fprintf(&copies, "INSERT INTO main.%s SELECT * FROM old.%s;", t, t)
	}
	_, err = s.conn.ExecContext(ctx, "BEGIN;"+copies.String()+"COMMIT;DETACH old")
	return explain(err)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeBook removes a database and the files beside it.
func removeBook(path string) error {
	var errs []error
	for _, behind := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + behind); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, diskError(err))
		}
	}
	return errors.Join(errs...)
}
