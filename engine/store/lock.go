package store

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"cpos/engine/ledger"
)

// lockBook takes the writer's lock of the database at path, a file beside it that is never removed: a
// removed one could be locked twice under one name. Closing the file gives the lock back.
func lockBook(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock book: %w", diskError(err))
	}
	taken, err := tryLock(f)
	switch {
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("lock book: %w", err)
	case !taken:
		defer f.Close()
		return nil, fmt.Errorf("%w%s", ledger.ErrLocked, owner(f))
	}
	// The number is for people; that it may be missing or stale takes nothing from the lock.
	pid := []byte(strconv.Itoa(os.Getpid()) + "\n")
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(pid, 0)
	}
	return f, nil
}

// owner gives " (process 123)", or nothing where the number cannot be read.
func owner(f *os.File) string {
	b := make([]byte, 16)
	n, _ := f.ReadAt(b, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}
