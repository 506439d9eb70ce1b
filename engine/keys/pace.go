package keys

import (
	"slices"
	"time"
)

// Pace is how fast a scanner types: the pauses between its keys, as the system timed them.
type Pace struct {
	Scans               int
	Least, Median, Most time.Duration // Most leaves out the slowest twentieth, which is the computer's
	// Gap is the pause to set for this scanner (BurstRule.Gap): what it needs and no more, for a cashier's own
	// digits wait that long.
	Gap time.Duration
	// Slow says that it types as slowly as a hand: what it scans cannot be told from typing.
	Slow bool
}

// Limits of what is learned: no gap is set below the first, and a hand leaves the second between two keys.
const (
	leastGap = 25 * time.Millisecond
	handGap  = 60 * time.Millisecond
)

// EnoughScans is how many scans say how fast a scanner is.
const EnoughScans = 5

// Learn works out a scanner's pace from the pauses of each of its scans.
func Learn(scans [][]time.Duration) Pace {
	p := Pace{Scans: len(scans)}
	all := slices.Concat(scans...)
	if len(all) == 0 {
		return p
	}
	slices.Sort(all)
	p.Least, p.Median = all[0], all[len(all)/2]
	p.Most = all[len(all)-1-len(all)/20]
	p.Gap = (p.Most + max(p.Most/4, 5*time.Millisecond)).Round(time.Millisecond)
	p.Gap = max(p.Gap, leastGap)
	if p.Gap > handGap {
		p.Gap, p.Slow = handGap, p.Most >= handGap
	}
	return p
}

// Gaps gives the pauses between strokes.
func Gaps(strokes []Stroke) []time.Duration {
	var all []time.Duration
	for i := 1; i < len(strokes); i++ {
		all = append(all, strokes[i].At.Sub(strokes[i-1].At))
	}
	return all
}
