//go:build unix

package port

import (
	"errors"
	"os"
	"syscall"

	"go.bug.st/serial"
)

// openSerial opens the device twice: the library's own handle sets it up and keeps others away, the file
// carries the bytes, because a read or write of the library cannot be given a deadline.
func openSerial(name string, mode *serial.Mode) (Port, error) {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	lock, err := serial.Open(name, mode)
	if err != nil {
		f.Close()
		return nil, &os.PathError{Op: "set up", Path: name, Err: err}
	}
	return tty{f, lock}, nil
}

type tty struct {
	*os.File
	lock serial.Port
}

func (t tty) Close() error { return errors.Join(t.File.Close(), t.lock.Close()) }
