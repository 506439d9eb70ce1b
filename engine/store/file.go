package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"cpos/engine/ledger"
)

// state says what a file looks like before SQLite has touched it.
type state uint8

const (
	stateAbsent state = iota // nothing is there yet
	stateSealed              // a book whose first page is whole
	statePlain               // a book of the first form, whose pages had no seals, or no book at all
)

// Places in the first page of an SQLite database.
const (
	atPageSize = 16
	atReserved = 20
	atForm     = 60
	atMark     = 68
)

// look tells the states apart. A page that a writer is just renewing may come half old and half new, so
// what looks damaged is looked at again.
func look(path string) (state, error) {
	const tries, pause = 4, 5 * time.Millisecond
	found, err := glanceAtBoth(path)
	for range tries {
		if !errors.Is(err, ledger.ErrBroken) {
			break
		}
		time.Sleep(pause)
		found, err = glanceAtBoth(path)
	}
	return found, err
}

// glanceAtBoth looks at the book and at its log.
func glanceAtBoth(path string) (state, error) {
	found, err := glance(path)
	if err == nil && found == stateSealed {
		err = checkLog(path + "-wal")
	}
	return found, err
}

// glance looks once. A book whose first page is damaged is ErrBroken, whichever bit it was: the page is
// recognised by each of two marks, and one flipped bit does not remove both.
func glance(path string) (state, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return stateAbsent, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	page := make([]byte, pageSize)
	n, err := io.ReadFull(f, page)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
			return statePlain, nil // a book of the first form that was never brought out of its log
		}
		return stateAbsent, nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return 0, fmt.Errorf("%w: %w", ErrDisk, err)
	case err != nil:
		return statePlain, nil
	case sealHolds(page, 0) && page[atReserved] == sealSize:
		return stateSealed, nil
	}
	// A power cut while SQLite wrote the page may have torn it. The file that SQLite wrote before has it then,
	// and SQLite takes it from there: from the log, or from the journal while a book is being made.
	for _, beside := range []kept{{path + "-wal", logHead, logRecord}, {path + "-journal", 0, journalRecord}} {
		whole, err := beside.firstPage()
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrDisk, err)
		}
		if whole != nil && whole[atReserved] == sealSize {
			return stateSealed, nil
		}
	}
	marked := binary.BigEndian.Uint32(page[atMark:]) == bookMark
	reserved := page[atReserved] == sealSize && binary.BigEndian.Uint16(page[atPageSize:]) == pageSize
	firstForm := page[atReserved] == 0 && binary.BigEndian.Uint32(page[atForm:]) <= 1
	if reserved || marked && !firstForm {
		return 0, fmt.Errorf("page 1: %w", ledger.ErrBroken)
	}
	return statePlain, nil
}

// kept is a file beside a book in which SQLite keeps pages: records of a head that begins with the number
// of the page, the page, and a tail.
type kept struct {
	path  string
	start int64 // of the first record; 0 where the file's own head says it
	form  record
}

// record is the sizes around a page.
type record struct{ head, tail int64 }

// Sizes of SQLite's write-ahead log and of its journal.
var (
	logRecord     = record{head: 24}
	journalRecord = record{head: 4, tail: 4}
)

const (
	logHead         = 32
	atJournalSector = 20 // its head fills one sector of a size that stands here
)

// firstPage gives page 1 as the file has it; nil where it has none.
func (k kept) firstPage() ([]byte, error) {
	f, err := os.Open(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	at := k.start
	if at == 0 {
		var size [4]byte
		if _, err := f.ReadAt(size[:], atJournalSector); err != nil {
			return nil, ignoreEOF(err)
		}
		at = int64(binary.BigEndian.Uint32(size[:]))
	}
	one := make([]byte, k.form.head+pageSize)
	for ; ; at += int64(len(one)) + k.form.tail {
		if _, err := f.ReadAt(one, at); err != nil {
			return nil, ignoreEOF(err)
		}
		if binary.BigEndian.Uint32(one) == 1 {
			return one[k.form.head:], nil
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// emptyBook is a database of one page without tables. SQLite has no other way to be told that its pages
// leave room for a seal.
func emptyBook() []byte {
	page := make([]byte, pageSize)
	copy(page, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(page[atPageSize:], pageSize)
	copy(page[18:], []byte{1, 1, sealSize, 64, 32, 32}) // versions of the form, seal, and three that never vary
	page[31] = 1                                        // pages
	binary.BigEndian.PutUint32(page[atMark:], bookMark)
	const treeAt, leafOfTable = 100, 0x0d
	page[treeAt] = leafOfTable
	binary.BigEndian.PutUint16(page[treeAt+5:], pageSize-sealSize) // where its content would begin
	setSeal(page, 0)
	return page
}

// create makes an empty book at path in one step, so that a power cut leaves it whole or not there. It
// needs the writer's lock.
func create(path string) error {
	part := path + ".new"
	if err := writeWhole(part, emptyBook()); err != nil {
		return diskError(err)
	}
	return place(part, path)
}

func writeWhole(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// place gives a finished file its name, whatever had it before, and makes that last.
func place(part, path string) error {
	if err := os.Rename(part, path); err != nil {
		return diskError(err)
	}
	return diskError(syncFolder(folderOf(path)))
}

func folderOf(path string) string { return filepath.Dir(path) }

// diskError adds to an error of the system the sentinel that says what a person can do about it.
func diskError(err error) error {
	switch {
	case err == nil:
		return nil
	case noSpace(err):
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	case errors.Is(err, fs.ErrPermission) || readOnly(err):
		return fmt.Errorf("%w: %w", ErrNoWrite, err)
	}
	return fmt.Errorf("%w: %w", ErrDisk, err)
}
