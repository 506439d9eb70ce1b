package input

import "time"

// tickClock turns the system's event times, milliseconds that wrap after 49 days, into times. Only the
// distance between two of them means something.
type tickClock struct {
	base  time.Time
	first uint32
	least time.Duration // the soonest that a tick was heard of, lately
	fresh time.Time     // when that was
}

func (c *tickClock) time(tick uint32) time.Time {
	if c.base.IsZero() || tick-c.first > 1<<30 {
		c.base, c.first, c.fresh = time.Now(), tick, time.Time{}
	}
	return c.base.Add(time.Duration(int32(tick-c.first)) * time.Millisecond)
}

// leastFor is how long the soonest hearing of a tick stays the measure as it is: two clocks may drift apart.
const leastFor = 10 * time.Second

// heard is time for a tick of something that is being heard just now.
func (c *tickClock) heard(tick uint32) time.Time {
	at, now := c.time(tick), time.Now()
	switch after := now.Sub(at); {
	case after < c.least || c.fresh.IsZero():
		c.least, c.fresh = after, now
	case now.Sub(c.fresh) > leastFor: // by a little: what is heard now may be late
		c.least, c.fresh = c.least+time.Millisecond, now
	}
	return at
}

// until is how long it takes, by what was heard, until the system's own time is at.
func (c *tickClock) until(at time.Time) time.Duration { return time.Until(at.Add(c.least)) }
