package trial

import (
	"math"
	"slices"
	"time"

	"cpos/engine/capture"
	"cpos/engine/pay"
)

// Tally counts readings. Tests are the pictures that should be read; hazards are counted apart.
type Tally struct {
	Tests          int `json:"tests"`
	Accepted       int `json:"accepted"` // right and wrong
	Right          int `json:"right"`
	Wrong          int `json:"wrong"`   // another amount than the one that stands there was accepted
	Refused        int `json:"refused"` // pre-filled ones included
	PrefilledRight int `json:"prefilled_right"`
	PrefilledWrong int `json:"prefilled_wrong"`
	Hazards        int `json:"hazards"`
	HazardsWrong   int `json:"hazards_wrong"` // accepted with another amount than the one that stands there
	// Times of the taught reader for one reading on one core, in ms.
	Median float64 `json:"median_ms"`
	P99    float64 `json:"p99_ms"`

	times []time.Duration
}

// Verdict is what became of one picture.
type Verdict uint8

// The verdicts. The zero value is a refusal.
const (
	Refused Verdict = iota
	Right
	Wrong
	Prefilled      // refused, and the box is filled with the right amount
	PrefilledWrong // refused, and the box is filled with another amount
	HazardRefused
	HazardRight // the amount that really stands there
	HazardWrong
)

// Judge holds a reading against the row.
func (r Row) Judge(read capture.Reading) Verdict {
	right := r.Want > 0 && read.Amount == r.Want
	switch {
	case r.Hazard && !read.Sure:
		return HazardRefused
	case r.Hazard && right:
		return HazardRight
	case r.Hazard:
		return HazardWrong
	case read.Sure && right:
		return Right
	case read.Sure:
		return Wrong
	case right:
		return Prefilled
	case read.Amount != pay.Money(0):
		return PrefilledWrong
	}
	return Refused
}

// Count adds one verdict.
func (t *Tally) Count(v Verdict) {
	switch v {
	case HazardRefused, HazardRight:
		t.Hazards++
		return
	case HazardWrong:
		t.Hazards, t.HazardsWrong = t.Hazards+1, t.HazardsWrong+1
		return
	case Right:
		t.Accepted, t.Right = t.Accepted+1, t.Right+1
	case Wrong:
		t.Accepted, t.Wrong = t.Accepted+1, t.Wrong+1
	case Prefilled:
		t.Refused, t.PrefilledRight = t.Refused+1, t.PrefilledRight+1
	case PrefilledWrong:
		t.Refused, t.PrefilledWrong = t.Refused+1, t.PrefilledWrong+1
	default:
		t.Refused++
	}
	t.Tests++
}

// Add adds what another tally counted and timed.
func (t *Tally) Add(o Tally) {
	t.Tests, t.Accepted, t.Right, t.Wrong, t.Refused = t.Tests+o.Tests, t.Accepted+o.Accepted, t.Right+o.Right, t.Wrong+o.Wrong, t.Refused+o.Refused
	t.PrefilledRight, t.PrefilledWrong = t.PrefilledRight+o.PrefilledRight, t.PrefilledWrong+o.PrefilledWrong
	t.Hazards, t.HazardsWrong = t.Hazards+o.Hazards, t.HazardsWrong+o.HazardsWrong
	t.times = append(t.times, o.times...)
}

// Time adds how long the taught reader took for one picture.
func (t *Tally) Time(d time.Duration) { t.times = append(t.times, d) }

// Finish works out the median and the 99th percentile of the times.
func (t *Tally) Finish() {
	t.Median, t.P99 = quantile(t.times, 0.5), quantile(t.times, 0.99)
}

// quantile gives the smallest time, in ms, that at least the share q of all times does not exceed.
func quantile(times []time.Duration, q float64) float64 {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	at := max(int(math.Ceil(q*float64(len(sorted))))-1, 0)
	const perMS = float64(time.Millisecond)
	return math.Round(float64(sorted[at])/perMS*1000) / 1000
}

// Accept gives the share of tests that were accepted, and Filled the share at which the right amount stood in
// the box, confirmed or not. Without tests both are 1.
func (t *Tally) Accept() float64 { return share(t.Accepted, t.Tests) }

// Filled is told at Accept.
func (t *Tally) Filled() float64 { return share(t.Right+t.PrefilledRight, t.Tests) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}
