package input

import (
	"context"
	"errors"
	"os"
	"time"

	"cpos/engine/keys"
	"cpos/hw/port"
)

// Scanner is a code scanner with a line of its own: a serial port, or a device that the system tells from the
// keyboard (DeviceScanner). All that it sends comes this way and no other, so nothing of it is ever held
// back from the keyboard.
type Scanner struct {
	Open port.Opener
	// Accept says which texts are ours.
	Accept func(text string) bool
	// Type types what is not ours into the POS, with its Enter, as the scanner would have. It gets nothing
	// that keys.Typeable refuses. Without it what is not ours is dropped.
	Type func(ctx context.Context, text string) error
	// Turned tells that the scanner is away, once, and with nil that it is there, again. It must not wait.
	Turned func(err error)
}

const (
	// scannerAgain is how long a scanner that is away is left alone before it is tried once more.
	scannerAgain = time.Second
	// scannerQuiet ends a text whose scanner sends no Enter.
	scannerQuiet = 60 * time.Millisecond
)

// Listen tells sink of every text that is ours, in order, until ctx ends, and opens a scanner that was lost
// again by itself. sink must not block.
func (s Scanner) Listen(ctx context.Context, sink func(keys.Event)) error {
	there, told := false, false
	for ctx.Err() == nil {
		p, err := s.Open(ctx)
		if err == nil {
			if !there {
				s.turned(nil)
			}
			there, told = true, false
			err = s.hear(ctx, p, sink)
		}
		if ctx.Err() != nil {
			break
		}
		there = false
		if !told {
			s.turned(err)
			told = true
		}
		t := time.NewTimer(scannerAgain)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
	return ctx.Err()
}

func (s Scanner) turned(err error) {
	if s.Turned != nil {
		s.Turned(err)
	}
}

// hear reads until the scanner is lost.
func (s Scanner) hear(ctx context.Context, p port.Port, sink func(keys.Event)) error {
	stop := context.AfterFunc(ctx, func() { p.Close() })
	defer func() { stop(); p.Close() }()
	var lines keys.Lines
	buf := make([]byte, 4096)
	for {
		until := time.Time{}
		if lines.Holds() {
			until = time.Now().Add(scannerQuiet)
		}
		if err := p.SetReadDeadline(until); err != nil {
			return err
		}
		n, err := p.Read(buf)
		for _, text := range lines.Feed(buf[:n]) {
			s.take(ctx, text, sink)
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			if text := lines.Quiet(); text != "" {
				s.take(ctx, text, sink)
			}
		case err != nil:
			return err
		}
	}
}

func (s Scanner) take(ctx context.Context, text string, sink func(keys.Event)) {
	switch {
	case s.Accept != nil && s.Accept(text):
		sink(keys.Event{Kind: keys.HeardScan, Text: text, At: time.Now(), Ends: true})
	case s.Type != nil && keys.Typeable(text):
		_ = s.Type(ctx, text) // it tells by itself; the next scan is not held up by it
	}
}
