package main

import (
	"fmt"
	"testing"
	"time"

	"cpos/engine/pay"
)

// windowsPerRound is how many windows one round of BenchmarkScanToAmount is the median of.
const windowsPerRound = 9

// BenchmarkScanToAmount takes the time from a scanner's last key until the amount, read off the screen by the
// taught signs, stands in the payment window (150 ms is wanted), where no macro is waited for. Its floor is the
// pause between the two looks that must be equal, measured in the same run.
func BenchmarkScanToAmount(b *testing.B) {
	s := openBenchStage(b, "CPOS_SCRIPT=", "CPOS_PAYMENT_CONFIRM=manual")
	var times, floors []time.Duration
	for b.Loop() {
		for range windowsPerRound {
			times = append(times, scanToAmount(b, s, len(times)))
			start := time.Now()
			time.Sleep(60 * time.Millisecond)
			floors = append(floors, time.Since(start))
		}
	}
	worst := times[0]
	for _, t := range times {
		worst = max(worst, t)
	}
	took, floor := median(times), median(floors)
	b.ReportMetric(float64(took.Microseconds())/1000, "ms/window")
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
	b.ReportMetric(float64(floor.Microseconds())/1000, "floor-ms")
	b.ReportMetric(float64(took)/float64(floor), "x-floor")
	b.ReportMetric(0, "ns/op")
}

func scanToAmount(b *testing.B, s *stage, n int) time.Duration {
	b.Helper()
	from := s.seen()
	if err := s.scan(b.Context(), fmt.Sprintf("1345678901%06d00", n)); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	_, err := s.awaitView(b.Context(), from, "12.50", func(v deskFace) bool { return v.Amount == pay.Money(1250) })
	took := time.Since(start)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.await(b.Context(), from, "asking"); err != nil {
		b.Fatal(err)
	}
	if err := s.tap(b.Context(), handEsc); err != nil {
		b.Fatal(err)
	}
	if _, err := s.await(b.Context(), from, "hidden"); err != nil {
		b.Fatal(err)
	}
	time.Sleep(thought)
	return took
}
