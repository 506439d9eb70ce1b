package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockedByte lies far behind the process number in the file: Windows keeps others from reading locked
// bytes, and whoever is refused wants to read the owner's number.
const lockedByte = 1 << 30

// tryLock takes the kernel's exclusive lock on f without waiting. It goes with the process, however that
// ends.
func tryLock(f *os.File) (taken bool, err error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	at := windows.Overlapped{Offset: lockedByte}
	err = windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &at)
	if err == windows.ERROR_LOCK_VIOLATION || err == windows.ERROR_IO_PENDING {
		return false, nil
	}
	return err == nil, err
}
