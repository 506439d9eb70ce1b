// Package store keeps the book on disk: the only SQL of the program, its schema and the steps that
// change it, and the lock that lets one engine write while any number of readers look on.
//
// It promises that an Update that returned nil survives a power cut, that a second writer is refused, that
// nothing is ever read from a damaged page, and that a database which is damaged, foreign or newer than the
// program is told apart and left untouched.
// Rules about money are left to the ledger.
package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"cpos/engine/ledger"
)

// Errors of this room, beside those of the ledger.
var (
	ErrNewer    = errors.New("the book was written by a newer version of this program")
	ErrOlder    = errors.New("the book has the form of an older version; start the engine once to bring it up")
	ErrForeign  = errors.New("the file is not a book of this program")
	ErrDiskFull = errors.New("the disk is full")
	ErrNoWrite  = errors.New("the disk or the file is read-only")
	ErrDisk     = errors.New("the disk failed")
	ErrSetting  = errors.New("the database did not take a setting that the book relies on")
)

// explain adds to a database error the sentinel that says what a person can do about it.
func explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Code() == lib.SQLITE_IOERR_DATA {
		return fmt.Errorf("a page of the book is damaged: %w: %w", ledger.ErrBroken, err)
	}
	if e.Code() == lib.SQLITE_IOERR_SHMSIZE { // the file that the processes share could not be made longer
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_FULL:
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return fmt.Errorf("%w: %w", ErrNoWrite, err)
	case lib.SQLITE_IOERR:
		return fmt.Errorf("%w: %w", ErrDisk, err)
	case lib.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %w", ledger.ErrBroken, err)
	case lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	return err
}
