package keys_test

import (
	"slices"
	"testing"
	"time"

	"cpos/engine/keys"
)

func TestLearn(t *testing.T) {
	const ms = time.Millisecond
	scans := func(gaps ...time.Duration) (all [][]time.Duration) {
		for range 6 {
			all = append(all, slices.Repeat(gaps, 6))
		}
		return all
	}
	stalled := scans(8*ms, 9*ms, 10*ms)
	stalled[2][7], stalled[4][2], stalled[4][9] = 140*ms, 99*ms, 61*ms
	for _, row := range []struct {
		name  string
		scans [][]time.Duration
		gap   time.Duration
		slow  bool
	}{
		{"a quick scanner", scans(2*ms, 3*ms, 4*ms), 25 * ms, false},
		{"a usual scanner", scans(5*ms, 12*ms, 24*ms), 30 * ms, false},
		{"a slow scanner", scans(25*ms, 33*ms, 40*ms), 50 * ms, false},
		{"a scanner while the computer was busy", stalled, 25 * ms, false},
		{"a scanner as slow as a hand", scans(70*ms, 80*ms), 60 * ms, true},
		{"nothing heard", nil, 0, false},
	} {
		if p := keys.Learn(row.scans); p.Gap != row.gap || p.Slow != row.slow || p.Scans != len(row.scans) {
			t.Errorf("%s: %+v, want a gap of %v", row.name, p, row.gap)
		}
	}
}
