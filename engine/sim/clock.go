package sim

import (
	"context"
	"time"
)

// clock is a till's clock: the wall may jump, the time that has passed may not.
type clock struct{ till *till }

// Now gives the wall clock.
func (c clock) Now() time.Time { return c.till.w.dawn.Add(c.till.w.now + c.till.skew) }

// Passed gives the time since the world began.
func (c clock) Passed() time.Duration { return c.till.w.now }

// Sleep waits. Nobody ends ctx in the simulation: a power cut unwinds the thread instead.
func (c clock) Sleep(_ context.Context, d time.Duration) error {
	c.till.w.sleep(d)
	return nil
}
