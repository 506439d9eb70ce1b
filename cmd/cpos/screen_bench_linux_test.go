package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// salesPerRound is how many sales one round of BenchmarkScanToRequest is the median of.
const salesPerRound = 9

// BenchmarkScanToRequest takes the time from a scanner's last key to the payment's request arriving at the
// service: window, keys before payment, two equal looks at the amount, its reading, the wait in which the
// cashier sees it, the second look, and the intention on disk. Its floor is what of this is waiting on
// purpose, measured in the same run.
func BenchmarkScanToRequest(b *testing.B) {
	s := openBenchStage(b, "CPOS_PAYMENT_CONFIRM=0s", "CPOS_PAYMENT_RESULT_DISPLAY=0s")
	var times, floors []time.Duration
	for b.Loop() {
		for range salesPerRound {
			times = append(times, scanToRequest(b, s, len(times)))
			floors = append(floors, meantWaits())
		}
	}
	took, floor := median(times), median(floors)
	b.ReportMetric(float64(took.Microseconds())/1000, "ms/scan")
	b.ReportMetric(float64(floor.Microseconds())/1000, "floor-ms")
	b.ReportMetric(float64(took)/float64(floor), "x-floor")
	b.ReportMetric(0, "ns/op")
}

func openBenchStage(b *testing.B, env ...string) *stage {
	b.Helper()
	pos := buildPOS(b)
	b.Setenv("DISPLAY", "")
	totals := strings.TrimSuffix(strings.Repeat("12.50,", 40), ",")
	s, err := openStage(b.Context(), stageOptions{Dir: b.TempDir(), POS: pos, Totals: totals, Lang: "en", Own: true, Env: env,
		Voice: &strings.Builder{}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	return s
}

func scanToRequest(b *testing.B, s *stage, n int) time.Duration {
	b.Helper()
	from, asked := s.seen(), s.bank.Counts()["micro_pay"]
	if err := s.scan(b.Context(), fmt.Sprintf("1345678901%06d00", n)); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for s.bank.Counts()["micro_pay"] == asked {
		if time.Since(start) > moodLimit {
			b.Fatal("no request came")
		}
		time.Sleep(100 * time.Microsecond)
	}
	took := time.Since(start)
	if _, err := s.await(b.Context(), from, "succeeded"); err != nil {
		b.Fatal(err)
	}
	if _, err := s.await(b.Context(), from, "hidden"); err != nil {
		b.Fatal(err)
	}
	time.Sleep(thought)
	return took
}

// meantWaits is the pause between two looks and the moment in which the cashier sees the amount.
func meantWaits() time.Duration {
	start := time.Now()
	time.Sleep(60 * time.Millisecond)
	time.Sleep(100 * time.Millisecond)
	return time.Since(start)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkIdle lets an engine stand for a minute with its window parked and the scanner armed, and gives
// what it took of one core.
func BenchmarkIdle(b *testing.B) {
	s := openBenchStage(b)
	time.Sleep(2 * time.Second) // what starting left to do
	const stand = time.Minute
	for b.Loop() {
		before := cpuOf(b, s.engine.pid)
		time.Sleep(stand)
		b.ReportMetric(100*float64(cpuOf(b, s.engine.pid)-before)/float64(stand), "%core")
	}
	b.ReportMetric(0, "ns/op")
}

// tick is the unit of CPU times in /proc (USER_HZ is 100 on every Linux that Go runs on).
const tick = 10 * time.Millisecond

// cpuOf gives the CPU time of a process and its children, as proc_pid_stat(5) counts it.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	var sum time.Duration
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, after, _ := strings.Cut(string(text), ") ")
		f := strings.Fields(after) // from the third field on
		own := filepath.Base(filepath.Dir(name)) == strconv.Itoa(pid)
		if len(f) < 13 || !own && f[1] != strconv.Itoa(pid) {
			continue
		}
		for _, field := range f[11:13] {
			n, err := strconv.Atoi(field)
			if err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(n) * tick
		}
	}
	return sum
}
