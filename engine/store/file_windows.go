package store

import (
	"errors"

	"golang.org/x/sys/windows"
)

// syncFolder does nothing: NTFS keeps names in a journal of its own, and offers no way to wait for it.
func syncFolder(string) error { return nil }

func noSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func readOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
