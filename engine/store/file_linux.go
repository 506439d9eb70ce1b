package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
	lib "modernc.org/sqlite/lib"
)

// ownLayer is the name of SQLite's own file layer here.
const ownLayer = "unix"

// flushContent makes the content of a file of SQLite's own layer durable. That layer flushes the times of the
// file, too, which nobody needs and which costs another write to the disk's journal at every commit.
// The first flush of a new file is left to it: it makes the name of the file last as well.
func flushContent(f uintptr) (rc int32, done bool) {
	file := at[lib.TunixFile](f)
	if file.FctrlFlags&lib.UNIXFILE_DIRSYNC != 0 {
		return 0, false
	}
	for {
		switch err := unix.Fdatasync(int(file.Fh)); err {
		case nil:
			return lib.SQLITE_OK, true
		case unix.EINTR:
		default:
			return lib.SQLITE_IOERR_FSYNC, true
		}
	}
}

// syncFolder makes names that were given or taken away in a folder last.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func noSpace(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

func readOnly(err error) bool { return errors.Is(err, unix.EROFS) }
