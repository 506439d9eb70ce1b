package input

import "time"

// lag is how late this program hears of keys: the time from a key's own stamp to its hearing. On a computer
// that is busy the next key of a scan may be as late as the ones before it, so whoever waits for it adds that.
type lag struct {
	worst time.Duration
	at    time.Time // when it was that late
	again bool      // the wait for the key in hand was drawn out already
}

// Limits of it. Clocks of some systems go in steps of 16 ms, so that much is no lag.
const (
	noLag     = 20 * time.Millisecond
	mostLag   = 250 * time.Millisecond
	lagMemory = 3 * time.Second
)

// heard notes how late a key was.
func (l *lag) heard(late time.Duration, now time.Time) {
	l.again = false
	if late = min(late, mostLag); late >= noLag && (late > l.worst || now.Sub(l.at) > lagMemory) {
		l.worst, l.at = late, now
	}
}

// extra is what to add to a wait that begins now.
func (l *lag) extra(now time.Time) time.Duration {
	if now.Sub(l.at) > lagMemory {
		return 0
	}
	return l.worst
}

// drawnOut says how much longer to wait when a wait itself ended so late, 0 for no longer. A computer that is
// late with that is late with keys; but one key is waited for in this way once.
func (l *lag) drawnOut(late time.Duration, now time.Time) time.Duration {
	if late < noLag || l.again {
		return 0
	}
	l.heard(late, now)
	l.again = true
	return min(late, mostLag)
}
