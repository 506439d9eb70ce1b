package main

import "time"

// onOneCore tells how long a piece of work takes. The system's clock of a thread is too coarse, so what other
// programs take meanwhile counts too.
func onOneCore(work func()) time.Duration {
	began := time.Now()
	work()
	return time.Since(began)
}
