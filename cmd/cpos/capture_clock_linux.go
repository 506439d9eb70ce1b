package main

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// onOneCore tells how long a piece of work keeps one core busy. What other programs take meanwhile does not count.
func onOneCore(work func()) time.Duration {
	runtime.LockOSThread() // the clock belongs to the thread
	defer runtime.UnlockOSThread()
	began := threadTime()
	work()
	return threadTime() - began
}

func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err) // every Linux has this clock
	}
	return time.Duration(t.Nano())
}
