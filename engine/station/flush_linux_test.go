package station_test

import (
	"os"

	"golang.org/x/sys/unix"
)

// flushData makes a file's content durable in the cheapest way the system has.
func flushData(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
