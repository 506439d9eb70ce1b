package input

import "time"

// tickClock turns the system's event times, milliseconds that wrap after 49 days, into times. Only the
// distance between two of them means something.
type tickClock struct {
	base  time.Time
	first uint32
}

func (c *tickClock) time(tick uint32) time.Time {
	if c.base.IsZero() || tick-c.first > 1<<30 {
		c.base, c.first = time.Now(), tick
	}
	return c.base.Add(time.Duration(int32(tick-c.first)) * time.Millisecond)
}
