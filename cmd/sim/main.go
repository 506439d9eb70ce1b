// Command sim plays days of simulated shops and says whether every promise about money was kept.
//
//	sim -seeds 10000            many days, on as many cores as GOMAXPROCS says
//	sim -seed 4711              one day, told line by line
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"cpos/engine/sim"
)

// lazily is how much garbage may gather: the worlds are small and the memory is there.
const lazily = 2000

// enough is from how many seeds on a fault that never struck fails the run.
const enough = 1000

func main() {
	seeds := flag.Uint64("seeds", enough, "how many seeds to play")
	from := flag.Uint64("from", 0, "the first of them")
	seed := flag.Int64("seed", -1, "play this one alone, and tell it")
	profile := flag.String("profile", "", "write a processor profile to this file")
	flag.Parse()
	debug.SetGCPercent(lazily)
	if *seed >= 0 {
		os.Exit(tell(uint64(*seed)))
	}
	stop, err := watched(*profile)
	if err != nil {
		fmt.Fprintln(os.Stderr, "sim:", err)
		os.Exit(2)
	}
	start, workers := time.Now(), runtime.GOMAXPROCS(0)
	s := sim.Run(*from, *seeds, workers)
	s.Print(os.Stdout, time.Since(start), workers)
	stop()
	if s.Violations > 0 || *seeds >= enough && len(s.Missed())+len(s.Late()) > 0 {
		os.Exit(1)
	}
}

// tell plays one seed with its trace.
func tell(seed uint64) int {
	s := sim.Play(seed, sim.Options{Trace: os.Stdout})
	fmt.Printf("violations: %d\n", s.Violations)
	return min(s.Violations, 1)
}

func watched(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}
