package sim

import (
	"sync"
	"sync/atomic"
)

// Run plays seeds on so many workers. Each seed is played by one of them alone, so what it comes to does
// not depend on how many there are.
func Run(from, seeds uint64, workers int) Summary {
	var total Summary
	var mu sync.Mutex
	var next atomic.Uint64
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for n := next.Add(1) - 1; n < seeds; n = next.Add(1) - 1 {
				s := Play(from+n, Options{})
				mu.Lock()
				total.Add(s)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	total.sort()
	return total
}
