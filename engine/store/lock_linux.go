package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the kernel's exclusive lock on f without waiting. It goes with the process, however that
// ends.
func tryLock(f *os.File) (taken bool, err error) {
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == unix.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, err
}
