//go:build !linux

package station_test

import "os"

// flushData makes a file's content durable.
func flushData(f *os.File) error { return f.Sync() }
