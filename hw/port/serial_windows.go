package port

import (
	"os"
	"sync"
	"time"

	"go.bug.st/serial"
)

// glance is how long one read of the library may last: so late may a deadline be noticed that is set
// while a read waits.
const glance = 200 * time.Millisecond

func openSerial(name string, mode *serial.Mode) (Port, error) {
	p, err := serial.Open(name, mode)
	if err == nil {
		err = p.SetReadTimeout(glance)
	}
	if err != nil {
		if p != nil {
			p.Close()
		}
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return &com{Port: p}, nil
}

// com gives deadlines to a port of the library, which knows none for writes: what a device does not take
// in time is thrown out of the system's buffer, which ends the write.
type com struct {
	serial.Port
	mu    sync.Mutex
	read  time.Time
	write time.Time
	alarm *time.Timer // of the write that is under way
	late  bool        // the alarm went off
}

func (c *com) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = t
	return nil
}

func (c *com) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write = t
	if c.alarm != nil && !t.IsZero() {
		c.alarm.Reset(time.Until(t))
	}
	return nil
}

func (c *com) Read(b []byte) (int, error) {
	for {
		c.mu.Lock()
		limit := c.read
		c.mu.Unlock()
		if !limit.IsZero() && !time.Now().Before(limit) {
			return 0, os.ErrDeadlineExceeded
		}
		began := time.Now()
		n, err := c.Port.Read(b)
		if n > 0 || err != nil {
			return n, err
		}
		if time.Since(began) < time.Millisecond {
			time.Sleep(2 * time.Millisecond) // a driver that does not wait must not be asked without end
		}
	}
}

func (c *com) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.late = false
	wait := time.Duration(1<<63 - 1)
	if !c.write.IsZero() {
		wait = time.Until(c.write)
	}
	if wait <= 0 {
		c.mu.Unlock()
		return 0, os.ErrDeadlineExceeded
	}
	c.alarm = time.AfterFunc(wait, c.throwAway)
	c.mu.Unlock()

	n, err := c.Port.Write(b)

	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarm.Stop()
	c.alarm = nil
	if c.late {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

func (c *com) throwAway() {
	c.mu.Lock()
	c.late = true
	c.mu.Unlock()
	_ = c.Port.ResetOutputBuffer() // a device that is gone ends the write by itself
}

// Close ends reads and writes that wait, which closing alone does not do with every driver.
func (c *com) Close() error {
	_ = c.Port.ResetOutputBuffer()
	_ = c.Port.ResetInputBuffer()
	return c.Port.Close()
}
