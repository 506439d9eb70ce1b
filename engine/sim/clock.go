package sim

import (
	"context"
	"time"
	"unsafe"
)

// clock is a till's clock: the wall may jump, the time slept may not.
type clock struct{ till *till }

// Now gives the wall clock with a monotonic reading beside it, as time.Now does on a machine whose wall
// clock somebody set.
func (c clock) Now() time.Time {
	w := c.till.w
	return reading(w.dawn.Add(w.now+c.till.skew), w.now)
}

// Sleep waits. Nobody ends ctx in the simulation: a power cut unwinds the thread instead.
func (c clock) Sleep(_ context.Context, d time.Duration) error {
	c.till.w.sleep(d)
	return nil
}

// stamp is how time.Time holds a wall clock with a monotonic reading (package time, type Time): a mark,
// 33 bits of seconds since 1885 and 30 bits of nanoseconds; then the reading in ns since the process began.
type stamp struct {
	wall uint64
	ext  int64
	loc  *time.Location
}

const (
	hasReading  = 1 << 63
	secondsFrom = 30
	secondsMost = 1<<33 - 1
)

// wallZero is the first second that a stamp can hold.
var wallZero = time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// reading puts a monotonic reading beside a wall clock. There is no call for it: in a real till only the
// kernel lets the two part. Outside the years that a stamp can hold, time.Now gives no reading either.
func reading(wall time.Time, since time.Duration) time.Time {
	seconds := wall.Unix() - wallZero
	if seconds < 0 || seconds > secondsMost {
		return wall
	}
	var t time.Time
	*(*stamp)(unsafe.Pointer(&t)) = stamp{
		wall: hasReading | uint64(seconds)<<secondsFrom | uint64(wall.Nanosecond()),
		ext:  int64(since) + 1,
	}
	return t
}
