package sim

import (
	"bytes"
	"os"
	"testing"
	"time"
)

// shortSet is how many days the tests play. The long run is made by `make sim`.
const shortSet = 16

func TestAShortSetOfDaysKeepsEveryPromise(t *testing.T) {
	start := time.Now()
	s := Run(0, shortSet, 2)
	if s.Violations > 0 || s.Payments < 50*shortSet {
		s.Print(os.Stdout, time.Since(start), 2)
		t.Errorf("%d violations in %d payments", s.Violations, s.Payments)
	}
	if n, of := s.Covered(); n < of/2 {
		t.Errorf("the power was cut at %d of %d points only", n, of)
	}
}

func TestADayOnSQLite(t *testing.T) {
	if s := Play(onDisk-1, Options{}); s.Violations > 0 || s.Payments == 0 {
		t.Errorf("%d payments: %v", s.Payments, s.Told)
	}
}

func TestTheSameSeedIsTheSameStory(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3, 5, 8, onDisk - 1} {
		var first, second bytes.Buffer
		Play(seed, Options{Trace: &first})
		Play(seed, Options{Trace: &second})
		if first.Len() == 0 || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("seed %d is told in two ways", seed)
		}
	}
}

func TestEveryPointAndFaultHasItsPlace(t *testing.T) {
	if len(Points()) > nPoints || len(pointIndex) != len(Points()) {
		t.Errorf("%d points, %d different ones, room for %d", len(Points()), len(pointIndex), nPoints)
	}
	for _, f := range Faults() {
		if f.String() == "" {
			t.Errorf("fault %d has no name", f)
		}
	}
}
