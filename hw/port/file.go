package port

import (
	"context"
	"errors"
	"os"
	"time"
)

// File opens a device file or plain file that exists, for writing only. Where the system can wait on the
// file, as with devices and pipes, deadlines hold; a plain file never makes anybody wait.
func File(path string) Opener {
	return func(ctx context.Context) (Port, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|doNotBlock, 0)
		if err != nil {
			return nil, err
		}
		return file{f}, nil
	}
}

type file struct{ *os.File }

// Read says that nothing comes back.
func (file) Read([]byte) (int, error) { return 0, ErrOneWay }

func (f file) SetWriteDeadline(t time.Time) error {
	if err := f.File.SetWriteDeadline(t); !errors.Is(err, os.ErrNoDeadline) {
		return err
	}
	return nil
}

func (file) SetReadDeadline(time.Time) error { return nil }
