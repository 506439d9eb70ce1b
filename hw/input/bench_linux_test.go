package input_test

import (
	"slices"
	"testing"
	"time"

	"cpos/engine/keys"
)

// BenchmarkScanHeard is the time from the scanner's Enter to the event, which a till feels on every sale.
func BenchmarkScanHeard(b *testing.B) {
	r := newRig(b, patient)
	must(b, r.Arm(b.Context(), keys.Armed{Scan: true, When: thePOS}))
	var all []time.Duration
	for b.Loop() {
		before := len(r.scans())
		r.hand.scan(code(before), 0)
		sent := time.Now()
		r.hand.tap(symEnter, 0)
		for len(r.scans()) == before {
			if time.Since(sent) > 10*time.Second {
				b.Fatalf("scan %d was not heard; the POS got %q", before+1, r.pos.typed())
			}
		}
		all = append(all, time.Since(sent))
	}
	report(b, all)
}

// BenchmarkPress is the time of one guarded key, down and up, until the server has both.
func BenchmarkPress(b *testing.B) {
	r := newRig(b, patient)
	must(b, r.Arm(b.Context(), keys.Armed{Scan: true, When: thePOS}))
	var all []time.Duration
	for b.Loop() {
		begin := time.Now()
		must(b, r.PressIn(b.Context(), thePOS, keys.MustChord("7")))
		all = append(all, time.Since(begin))
	}
	report(b, all)
}

func report(b *testing.B, all []time.Duration) {
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "median-µs")
	b.ReportMetric(float64(all[len(all)-1].Microseconds()), "max-µs")
	b.ReportMetric(0, "ns/op") // the loop's own average holds the fake scanner's typing
}
