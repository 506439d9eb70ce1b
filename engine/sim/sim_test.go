package sim

import (
	"bytes"
	"os"
	"testing"
	"time"
)

func TestTheSameSeedIsTheSameStory(t *testing.T) {
	for seed := range uint64(20) {
		var first, second bytes.Buffer
		Play(seed, Options{Trace: &first})
		Play(seed, Options{Trace: &second})
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("seed %d is told in two ways", seed)
		}
	}
}

func TestAFewDays(t *testing.T) {
	var s Summary
	start := time.Now()
	s = Run(0, 100, 1)
	if s.Violations > 0 {
		s.Print(os.Stdout, time.Since(start), 1)
		t.Fail()
	}
}
