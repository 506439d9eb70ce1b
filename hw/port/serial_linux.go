package port

import (
	"errors"
	"os"
	"syscall"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// openSerial opens the device twice: the library's own handle sets it up and keeps others away, the file
// carries the bytes, because a read or write of the library cannot be given a deadline.
func openSerial(name string, mode *serial.Mode) (Port, error) {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if !isTerminal(f) { // asked before it is opened again: a printer lets itself be opened only once
		f.Close()
		return nil, &os.PathError{Op: "open", Path: name, Err: errNotSerial}
	}
	lock, err := serial.Open(name, mode)
	if err != nil {
		f.Close()
		return nil, &os.PathError{Op: "set up", Path: name, Err: err}
	}
	return tty{f, lock}, nil
}

func isTerminal(f *os.File) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	var asked error
	err = raw.Control(func(fd uintptr) { _, asked = unix.IoctlGetTermios(int(fd), unix.TCGETS) })
	return err == nil && asked == nil
}

type tty struct {
	*os.File
	lock serial.Port
}

func (t tty) Close() error { return errors.Join(t.File.Close(), t.lock.Close()) }
