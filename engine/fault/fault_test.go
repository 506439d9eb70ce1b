package fault_test

import (
	"errors"
	"testing"

	"cpos/engine/fault"
)

func TestAPointStopsOnlyTheArmedVisit(t *testing.T) {
	var p fault.Points
	p.Arm(fault.Sent, 2)
	var stops []bool
	for range 4 {
		stops = append(stops, errors.Is(p.Hit(fault.Sent), fault.ErrStopped))
	}
	for i, want := range []bool{false, true, false, false} {
		if stops[i] != want {
			t.Errorf("visit %d: stopped is %t", i+1, stops[i])
		}
	}
	if p.Count(fault.Sent) != 4 || p.Count(fault.Settled) != 0 {
		t.Errorf("counted %d and %d visits", p.Count(fault.Sent), p.Count(fault.Settled))
	}
}

func TestWithoutPointsNothingHappens(t *testing.T) {
	var none *fault.Points
	for _, at := range fault.All() {
		if err := none.Hit(at); err != nil || none.Count(at) != 0 {
			t.Errorf("%s: %v", at, err)
		}
	}
}
