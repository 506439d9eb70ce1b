package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"cpos/engine/ledger"
)

// SQLite is a ledger.Store over one database file. Many goroutines may use it; Updates wait for one
// another, Views see the state of their beginning and wait for nobody.
type SQLite struct {
	path    string
	addr    string   // of a reading connection
	lock    *os.File // nil in a reader
	writing sync.Mutex
	writer  *session // nil in a reader
	hot     *hot
	db      *sql.DB // of the writer
	readers *pool
}

// Open opens the book at path for writing, making it where it is missing: the folder with mode 0700, the
// file with 0600. While it is open every other Open of the path, from any process, fails with
// ledger.ErrLocked; a process that dies, however it dies, gives the lock back. ErrNewer, ErrForeign,
// ErrNoWrite, ErrDiskFull.
func Open(ctx context.Context, path string) (*SQLite, error) {
	s, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return s, nil
}

func open(ctx context.Context, path string) (*SQLite, error) {
	// The folder and the file are made before SQLite can make them, for it gives the files beside a database
	// the mode of the database.
	if err := os.MkdirAll(folderOf(path), 0o700); err != nil {
		return nil, diskError(err)
	}
	return openWriter(ctx, path)
}

func openWriter(ctx context.Context, path string) (*SQLite, error) {
	lock, err := lockBook(path)
	if err != nil {
		return nil, err
	}
	s := &SQLite{path: path, addr: address(path, "ro", sealedLayer), lock: lock, hot: newHot()}
	if err := s.start(ctx, path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare leaves a book with sealed pages at path.
func prepare(ctx context.Context, path string) error {
	if err := errors.Join(finishRestore(path), registerSealing()); err != nil {
		return err
	}
	found, err := look(path)
	if err != nil {
		return err
	}
	switch found {
	case stateAbsent:
		return create(path)
	case statePlain:
		return convert(ctx, path)
	}
	return writable(path)
}

// writable asks the system, for SQLite opens what it may not write to for reading, and says so late.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return diskError(err)
	}
	return f.Close()
}

func (s *SQLite) start(ctx context.Context, path string) error {
	err := prepare(ctx, path)
	if err != nil {
		return err
	}
	if s.db, err = sql.Open("sqlite", address(path, "rw", sealedLayer)); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	if s.writer, err = newSession(ctx, s.db); err != nil {
		return err
	}
	// The form is checked before the journal mode is set, since that would already change a newer file.
	if _, err := form(ctx, s.writer.conn); err != nil {
		return err
	}
	if err := s.writer.set(ctx, writerSettings); err != nil {
		return err
	}
	if err := migrate(ctx, s.writer.conn, len(steps)); err != nil {
		return err
	}
	s.readers, err = newPool(s.addr)
	return err
}

// OpenReader opens the book at path for reading only, beside a writer or without one. Its Update fails
// with ledger.ErrReadOnly. On a disk that cannot be written to it works where the last writer closed the
// book in order. ErrNewer, ErrOlder, ErrForeign; fs.ErrNotExist where there is no book.
func OpenReader(ctx context.Context, path string) (*SQLite, error) {
	s, err := openReader(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("read store %s: %w", path, err)
	}
	return s, nil
}

func openReader(ctx context.Context, path string) (*SQLite, error) {
	if err := checkRestored(path); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	if err := registerSealing(); err != nil {
		return nil, err
	}
	found, err := look(path)
	if err != nil {
		return nil, err
	}
	layer := sealedLayer
	if found != stateSealed {
		layer = "" // not for long: it is an old book or none
	}
	addr := address(path, "ro", layer)
	s, err := readerAt(ctx, path, addr)
	if err == nil || ctx.Err() != nil {
		return s, err
	}
	full := errors.Is(err, ErrDiskFull)
	if !full && !errors.Is(err, ErrNoWrite) && !cannotOpen(err) {
		return nil, err
	}
	if !full {
		return readStill(ctx, path, found, err)
	}
	// On a full disk others could write as soon as there is room. They wait for the lock.
	lock, lockErr := lockBook(path)
	if lockErr != nil {
		return nil, err
	}
	if s, err = readStill(ctx, path, found, nil); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s.lock = lock
	return s, nil
}

// readStill reads a book whose files nobody changes. A database in WAL mode asks for a file beside it even
// to be read; where none can be made, the files are taken as they are: without the log where it is empty,
// else with it. unsure is the reason to give up where a writer may be at work after all.
func readStill(ctx context.Context, path string, found state, unsure error) (*SQLite, error) {
	layer := sealedLayer
	if found != stateSealed {
		layer = ""
	}
	if log, err := os.Stat(path + "-wal"); err != nil || log.Size() == 0 {
		return readerAt(ctx, path, address(path, "ro", layer)+"&immutable=1")
	}
	if _, err := os.Stat(path + "-shm"); unsure != nil && (err == nil || layer == "") {
		return nil, unsure
	}
	return readerAt(ctx, path, address(path, "ro", stillLayer))
}

func readerAt(ctx context.Context, path, addr string) (*SQLite, error) {
	readers, err := newPool(addr)
	if err != nil {
		return nil, err
	}
	s := &SQLite{path: path, addr: addr, readers: readers}
	err = readers.with(ctx, func(r *session) error {
		version, err := form(ctx, r.conn)
		if err == nil && version < len(steps) {
			err = ErrOlder
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// address gives SQLite's URI of a file; every character that means something in a URI is escaped.
// layer is the name of a file layer, or empty for SQLite's own.
func address(path, mode, layer string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter stands behind the third slash
	}
	uri := "file://" + (&url.URL{Path: path}).EscapedPath() + "?mode=" + mode
	if layer != "" {
		uri += "&vfs=" + layer
	}
	return uri
}

// Close gives the lock back after the last Update and View ended.
func (s *SQLite) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var errs []error
	if s.readers != nil {
		errs = append(errs, s.readers.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close())
		s.writer = nil
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}

// Update runs fn in one transaction. ctx is asked before it begins and no more after that: a transaction
// takes a moment, and one that is cut off at its commit would leave open whether it is there.
func (s *SQLite) Update(ctx context.Context, fn func(ledger.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.writer == nil {
		return ledger.ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.writer.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // also when fn panics; a database that rolled back by itself says so, and that is fine
			s.hot = newHot()
			_ = s.writer.exec(ctx, "ROLLBACK")
		}
	}()
	if err := fn(tx{rows{ctx, s.writer}, s.hot}); err != nil {
		return err
	}
	if err := s.writer.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	done = true
	return nil
}

// View runs fn on the state of this moment.
func (s *SQLite) View(ctx context.Context, fn func(ledger.Rows) error) error {
	return s.readers.with(ctx, func(r *session) error {
		if err := r.exec(ctx, "BEGIN"); err != nil {
			return err
		}
		defer func() { _ = r.exec(context.WithoutCancel(ctx), "ROLLBACK") }()
		return fn(rows{ctx, r})
	})
}
