package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"cpos/engine/ledger"
)

// Errors of backups.
var (
	ErrNotOlder  = errors.New("the file holds what the book does not")
	ErrSameFile  = errors.New("the file is the book itself")
	ErrRestoring = errors.New("a restore of the book was cut off; whoever opens it for writing finishes it")
)

// Backup writes the book of this moment to a file, beside a writer that goes on. The file is whole and
// on the disk when Backup returns, and never half there. A file that exists is replaced only if it is an
// earlier backup of the same book: ErrNotOlder, ErrForeign. ErrDiskFull, ErrNoWrite.
func (s *SQLite) Backup(ctx context.Context, file string) error {
	if err := s.backup(ctx, file); err != nil {
		return fmt.Errorf("back up to %s: %w", file, err)
	}
	return nil
}

func (s *SQLite) backup(ctx context.Context, file string) error {
	if err := s.mayReplace(ctx, file); err != nil {
		return err
	}
	part := file + ".part"
	if err := errors.Join(s.copyTo(ctx, part), ctx.Err()); err != nil {
		return errors.Join(err, removeBook(part))
	}
	return place(part, file)
}

// mayReplace checks that a file is not there, or holds nothing that the book lacks.
func (s *SQLite) mayReplace(ctx context.Context, file string) error {
	there, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if own, err := os.Stat(s.path); err == nil && os.SameFile(there, own) {
		return ErrSameFile
	}
	old, err := openReader(ctx, file)
	if err != nil {
		return err
	}
	standing, _, err := ledger.Compare(ctx, old, s)
	if err := errors.Join(err, old.Close()); err != nil {
		return err
	}
	if standing != ledger.Same && standing != ledger.Behind {
		return ErrNotOlder
	}
	return nil
}

// copyTo writes the book into a new file, marks it as a backup and brings it to the disk.
func (s *SQLite) copyTo(ctx context.Context, file string) error {
	if err := removeBook(file); err != nil {
		return err
	}
	// SQLite would make it for everybody's eyes.
	if err := writeWhole(file, nil); err != nil {
		return diskError(err)
	}
	if err := s.vacuumInto(ctx, file); err != nil {
		return err
	}
	if err := mark(ctx, file); err != nil {
		return err
	}
	return diskError(syncFile(file))
}

// vacuumInto copies what a transaction sees, without the room that removed rows left. Its connection is
// its own: those of the pool refuse to write anywhere.
func (s *SQLite) vacuumInto(ctx context.Context, file string) (err error) {
	db, err := sql.Open("sqlite", s.addr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	from, err := newSession(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	if err := from.set(ctx, layerSettings(s.addr)); err != nil {
		return err
	}
	_, err = from.conn.ExecContext(ctx, "VACUUM INTO ?", file)
	return explain(err)
}

func mark(ctx context.Context, file string) (err error) {
	db, err := sql.Open("sqlite", address(file, "rw", sealedLayer))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	w, err := newSession(ctx, db)
	if err != nil {
		return err
	}
	s := &SQLite{writer: w, hot: newHot()}
	return errors.Join(ledger.MarkBackup(ctx, s), w.close())
}

// Beside a book while another takes its place lie the other, whole, and a file that says so. What has the
// book's name in between may be neither.
const (
	restored  = ".restored"
	restoring = ".restoring"
)

// Restore puts the backup in file into the place of the book at path, which must be in nobody's hands.
// admit decides and may add to what becomes the book; nothing is changed when it fails. The old book stays
// beside the new one under the name that Restore gives. ErrLocked.
func Restore(ctx context.Context, file, path string, admit func(ledger.Succession) error) (kept string, err error) {
	if err := os.MkdirAll(folderOf(path), 0o700); err != nil {
		return "", fmt.Errorf("restore %s: %w", path, diskError(err))
	}
	lock, err := lockBook(path)
	if err != nil {
		return "", fmt.Errorf("restore %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	part := path + restored
	err = finishRestore(path)
	if err == nil {
		if err = rebuild(ctx, file, path, part, admit); err != nil {
			err = errors.Join(err, removeBook(part))
		}
	}
	if err == nil {
		kept, err = exchange(path, part)
	}
	if err != nil {
		return "", fmt.Errorf("restore %s: %w", path, err)
	}
	return kept, nil
}

// rebuild makes the new book in part.
func rebuild(ctx context.Context, file, path, part string, admit func(ledger.Succession) error) (err error) {
	backup, err := openReader(ctx, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backup.Close()) }()
	if err := backup.copyTo(ctx, part); err != nil {
		return err
	}
	into, err := openWriter(ctx, part)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, into.Close(), os.Remove(part+".lock")) }()
	next := ledger.Succession{Backup: backup, Into: into}
	now, err := openReader(ctx, path)
	switch {
	case err == nil:
		next.Now = now
		return errors.Join(admit(next), now.Close())
	case errors.Is(err, ledger.ErrBroken) || errors.Is(err, ErrForeign):
		next.Damage = err
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return admit(next)
}

// exchange puts part into the place of the book at path and keeps what was there.
func exchange(path, part string) (kept string, err error) {
	if err := diskError(syncFile(part)); err != nil {
		return "", err
	}
	if err := writeWhole(path+restoring, nil); err != nil {
		return "", diskError(err)
	}
	if err := syncFolder(folderOf(path)); err != nil {
		return "", diskError(err)
	}
	kept, err = setAside(path)
	if err != nil {
		return "", diskError(err)
	}
	return kept, errors.Join(place(part, path), finishRestore(path))
}

// finishRestore does what a restore that was cut off left to do. It needs the writer's lock.
func finishRestore(path string) error {
	if checkRestored(path) == nil {
		return nil
	}
	if _, err := os.Stat(path + restored); err == nil {
		if _, err := setAside(path); err != nil {
			return diskError(err)
		}
		if err := place(path+restored, path); err != nil {
			return err
		}
	}
	if err := os.Remove(path + restoring); err != nil {
		return diskError(err)
	}
	return diskError(syncFolder(folderOf(path)))
}

// setAside gives a book and its log other names; empty when there was none.
func setAside(path string) (kept string, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for n := 1; ; n++ {
		kept = fmt.Sprintf("%s.before-restore-%d", path, n)
		if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	for _, behind := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+behind, kept+behind); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return kept, nil
}

// checkRestored says that the file at path is a book and not what a restore left half done.
func checkRestored(path string) error {
	if _, err := os.Stat(path + restoring); err == nil {
		return ErrRestoring
	}
	return nil
}
