package store

import (
	"errors"

	"golang.org/x/sys/windows"
)

// ownLayer is the name of SQLite's own file layer here.
const ownLayer = "win32"

// flushContent leaves it to that layer: Windows has one way to flush.
func flushContent(uintptr) (rc int32, done bool) { return 0, false }

// syncFolder does nothing: NTFS keeps names in a journal of its own, and offers no way to wait for it.
func syncFolder(string) error { return nil }

func noSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func readOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
