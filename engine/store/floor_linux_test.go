package store_test

import (
	"os"

	"golang.org/x/sys/unix"
)

// flush makes a file's content durable in the cheapest way the system has.
func flush(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
