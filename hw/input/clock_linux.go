package input

import "time"

// displayClock tells besides how far the display's time has come, which is not asked for with every key.
type displayClock struct {
	tickClock
	least time.Duration // the soonest that a tick was heard of, lately
	fresh time.Time     // when that was
	on    time.Time     // the base of the ticks then
}

// leastFor is how long the soonest hearing of a tick stays the measure as it is: two clocks may drift apart.
const leastFor = 10 * time.Second

// heard is time for a tick of something that is being heard just now.
func (c *displayClock) heard(tick uint32) time.Time {
	at, now := c.time(tick), time.Now()
	switch after := now.Sub(at); {
	case after < c.least || c.on != c.base:
		c.least, c.fresh, c.on = after, now, c.base
	case now.Sub(c.fresh) > leastFor: // by a little: what is heard now may be late
		c.least, c.fresh = c.least+time.Millisecond, now
	}
	return at
}

// until is how long it takes, by what was heard, until the system's own time is at.
func (c *displayClock) until(at time.Time) time.Duration { return time.Until(at.Add(c.least)) }
