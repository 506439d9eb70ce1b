// Package port owns byte ports to devices: opening them, writing under a deadline at the device's pace,
// and reading single answers.
//
// It promises that no call outlives its context or deadline, and that a write tells how many bytes the
// port took, because a caller must know whether anything can have happened. What the bytes mean is left to
// the device rooms.
package port

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Port is an open byte port. Close gives bytes that were written the chance to arrive.
type Port interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// ErrOneWay says that nothing ever comes back from a port.
var ErrOneWay = errors.New("nothing can be read from this port")

// Opener opens a port anew. An error means that the device was not touched.
type Opener func(ctx context.Context) (Port, error)

// Pace is how fast a device may be fed. The zero pace writes everything at once and lets the port's own
// flow control do the rest.
type Pace struct {
	Chunk int           // bytes written at a time; 0 means all
	Rest  time.Duration // between two chunks
}

// Time is how long n bytes rest at this pace.
func (p Pace) Time(n int) time.Duration {
	if p.Chunk <= 0 {
		return 0
	}
	return time.Duration(n/p.Chunk) * p.Rest
}

// Write sends b at a pace, until ctx ends or the deadline passes, and tells how many bytes the port took.
func Write(ctx context.Context, to Port, b []byte, pace Pace, deadline time.Time) (int, error) {
	if err := to.SetWriteDeadline(deadline); err != nil {
		return 0, fmt.Errorf("set write deadline: %w", err)
	}
	defer interrupt(ctx, to.SetWriteDeadline)()
	size := pace.Chunk
	if size <= 0 {
		size = len(b)
	}
	taken := 0
	for taken < len(b) {
		n, err := to.Write(b[taken:min(taken+size, len(b))])
		taken += n
		if err == nil && taken < len(b) {
			err = rest(ctx, pace.Rest, deadline)
		}
		if err != nil {
			return taken, because(ctx, err)
		}
	}
	return taken, nil
}

// ReadByte waits for one byte, until ctx ends or the deadline passes.
func ReadByte(ctx context.Context, from Port, deadline time.Time) (byte, error) {
	if err := from.SetReadDeadline(deadline); err != nil {
		return 0, fmt.Errorf("set read deadline: %w", err)
	}
	defer interrupt(ctx, from.SetReadDeadline)()
	var one [1]byte
	for {
		n, err := from.Read(one[:])
		if n == 1 {
			return one[0], nil
		}
		if err != nil {
			return 0, because(ctx, err)
		}
	}
}

// interrupt makes a deadline pass when ctx ends; the function it gives undoes that and waits for it.
func interrupt(ctx context.Context, set func(time.Time) error) func() {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		_ = set(time.Unix(1, 0)) // a port that is closed meanwhile needs no interrupting
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

// because names the end of the context as the cause where that is what made a deadline pass.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}

func rest(ctx context.Context, d time.Duration, deadline time.Time) error {
	if d <= 0 {
		return ctx.Err()
	}
	left := time.Until(deadline)
	t := time.NewTimer(min(d, max(left, 0)))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
	}
	if left < d {
		return os.ErrDeadlineExceeded
	}
	return nil
}
