package sim

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"
)

// Violation is a promise that was not kept.
type Violation struct {
	Seed uint64
	What string
}

// Summary is what seeds came to.
type Summary struct {
	Seeds, Payments, Refunds, Halts int
	Fired                           [faults]int
	Visited, Cut                    [nPoints]int // by the index of Points
	Slowest                         time.Duration
	SlowestSeed                     uint64
	Known, Absent                   Times
	Violations                      int
	Told                            []Violation

	codes uint64
}

// nPoints is room for as many crash points as there are.
const nPoints = 64

// Times are durations in virtual time.
type Times struct {
	All     []time.Duration
	Worst   time.Duration
	WorstOf uint64
}

func (t *Times) add(d time.Duration, seed uint64) {
	t.All = append(t.All, d)
	if d > t.Worst {
		t.Worst, t.WorstOf = d, seed
	}
}

// at gives the p-th part of the sorted times, 0 to 1.
func (t *Times) at(p float64) time.Duration {
	if len(t.All) == 0 {
		return 0
	}
	slices.Sort(t.All)
	return t.All[min(len(t.All)-1, int(p*float64(len(t.All))))]
}

// mostTold bounds how many violations a run tells.
const mostTold = 20

// sort puts into the order of seeds what workers brought in the order in which they were done.
func (s *Summary) sort() {
	slices.SortStableFunc(s.Told, func(a, b Violation) int { return cmp.Compare(a.Seed, b.Seed) })
	s.Told = s.Told[:min(len(s.Told), mostTold)]
}

// Add joins what other seeds came to.
func (s *Summary) Add(o Summary) {
	s.Seeds, s.Payments, s.Refunds, s.Halts = s.Seeds+o.Seeds, s.Payments+o.Payments, s.Refunds+o.Refunds, s.Halts+o.Halts
	for i, n := range o.Fired {
		s.Fired[i] += n
	}
	for i := range o.Visited {
		s.Visited[i] += o.Visited[i]
		s.Cut[i] += o.Cut[i]
	}
	if o.Slowest > s.Slowest {
		s.Slowest, s.SlowestSeed = o.Slowest, o.SlowestSeed
	}
	for _, both := range [][2]*Times{{&s.Known, &o.Known}, {&s.Absent, &o.Absent}} {
		into, from := both[0], both[1]
		into.All = append(into.All, from.All...)
		if from.Worst > into.Worst {
			into.Worst, into.WorstOf = from.Worst, from.WorstOf
		}
	}
	s.Violations += o.Violations
	s.Told = append(s.Told, o.Told...)
}

// Missed lists what never struck, which means that the run proves nothing about it.
func (s *Summary) Missed() []string {
	var missed []string
	for f, n := range s.Fired {
		if n == 0 {
			missed = append(missed, Fault(f).String())
		}
	}
	for i, p := range points {
		if s.Cut[i] == 0 {
			missed = append(missed, "power cut "+string(p))
		}
	}
	return missed
}

// How soon a till has to know after the link returned: of a hundred payments that the service knows, all but
// one; and every one that does not exist.
const (
	knownWithin  = 5 * time.Second
	absentWithin = 75 * time.Second
	enoughTimes  = 100
)

// Late lists what took longer than promised, where there is enough to say so.
func (s *Summary) Late() []string {
	var late []string
	if p99 := s.Known.at(0.99); len(s.Known.All) >= enoughTimes && p99 > knownWithin {
		late = append(late, fmt.Sprintf("known only %s after the link returned (p99, at most %s)", p99, knownWithin))
	}
	if len(s.Absent.All) >= enoughTimes && s.Absent.Worst > absentWithin {
		late = append(late, fmt.Sprintf("absent only %s after the link returned (at most %s)", s.Absent.Worst, absentWithin))
	}
	return late
}

// Covered counts the crash points at which the power was cut.
func (s *Summary) Covered() (n, of int) {
	for i := range points {
		if s.Cut[i] > 0 {
			n++
		}
	}
	return n, len(points)
}

// Print writes the report. Its last line is the number of violations.
func (s *Summary) Print(w io.Writer, took time.Duration, workers int) {
	rate := float64(s.Payments) / took.Seconds()
	fmt.Fprintf(w, "seeds: %d\npayments: %d\nrefunds: %d\nhalts released: %d\n", s.Seeds, s.Payments, s.Refunds, s.Halts)
	fmt.Fprintf(w, "payments per second: %.0f (%.0f per core, %d cores)\n", rate, rate/float64(workers), workers)
	fmt.Fprintln(w, "firings:")
	for f, n := range s.Fired {
		fmt.Fprintf(w, "  %-32s %d\n", Fault(f), n)
	}
	fmt.Fprintln(w, "power cuts at (visits):")
	for i, p := range points {
		fmt.Fprintf(w, "  %-44s %d (%d)\n", p, s.Cut[i], s.Visited[i])
	}
	n, of := s.Covered()
	fmt.Fprintf(w, "crash points covered: %d of %d\n", n, of)
	fmt.Fprintf(w, "slowest time to final: %s (seed %d)\n", s.Slowest, s.SlowestSeed)
	told := func(what string, t *Times) {
		fmt.Fprintf(w, "%s: %d, median %s, p99 %s, worst %s (seed %d)\n", what, len(t.All), t.at(0.5), t.at(0.99), t.Worst, t.WorstOf)
	}
	told("unknown, known to the gateway, after the link returned", &s.Known)
	told("does not exist, after the link returned", &s.Absent)
	for _, m := range s.Missed() {
		fmt.Fprintf(w, "never fired: %s\n", m)
	}
	for _, l := range s.Late() {
		fmt.Fprintf(w, "too late: %s\n", l)
	}
	for _, v := range s.Told {
		fmt.Fprintf(w, "seed %d: %s\n  replay: make sim SEED=%d\n", v.Seed, v.What, v.Seed)
	}
	fmt.Fprintf(w, "violations: %d\n", s.Violations)
}
