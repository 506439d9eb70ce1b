package port

import (
	"context"
	"sync"
	"time"
)

// mostKept is how many bytes wait for a device. More than a long slip with pictures has no use at a till.
const mostKept = 1 << 20

// queue is what a program said and its device did not yet take.
type queue struct {
	patient bool
	mu      sync.Mutex
	buf     []byte
	there   bool          // the device is open
	more    chan struct{} // something came
	room    chan struct{} // something left, or the device came or went
}

func newQueue(patient bool) *queue {
	return &queue{patient: patient, more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// open says whether the device is there.
func (q *queue) open(there bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.there = there
	if !q.patient {
		q.buf = q.buf[:0] // what was said to nobody is lost
	}
	poke(q.room)
}

// put adds b. It waits only for a device that is there, busy, and worth waiting for.
func (q *queue) put(ctx context.Context, b []byte) {
	for !q.add(b) {
		select {
		case <-ctx.Done():
			return
		case <-q.room:
		}
	}
}

// add is false when b has to wait.
func (q *queue) add(b []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case !q.there && !q.patient:
		return true
	case len(q.buf)+len(b) <= mostKept:
	case q.there && q.patient:
		return false
	default:
		q.buf = q.buf[:0] // half of an old job is worth nothing
	}
	q.buf = append(q.buf, b...)
	poke(q.more)
	return true
}

// wait returns once something is queued; false when ctx ended.
func (q *queue) wait(ctx context.Context) bool {
	for {
		q.mu.Lock()
		n := len(q.buf)
		q.mu.Unlock()
		if n > 0 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-q.more:
		}
	}
}

// take gives what is queued, at most one chunk. It is false when ctx ended, or nothing came for idle,
// where that is not 0.
func (q *queue) take(ctx context.Context, idle time.Duration) ([]byte, bool) {
	var late <-chan time.Time
	if idle > 0 {
		t := time.NewTimer(idle)
		defer t.Stop()
		late = t.C
	}
	for {
		if b := q.next(); len(b) > 0 {
			return b, true
		}
		select {
		case <-ctx.Done():
			return nil, false
		case <-late:
			return nil, false
		case <-q.more:
		}
	}
}

func (q *queue) next() []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.buf), chunk)
	b := append([]byte(nil), q.buf[:n]...)
	q.buf = append(q.buf[:0], q.buf[n:]...)
	if n > 0 {
		poke(q.room)
	}
	return b
}

// back puts bytes in front again that the device did not take.
func (q *queue) back(b []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(b)+len(q.buf) <= mostKept {
		q.buf = append(append([]byte(nil), b...), q.buf...)
	}
	poke(q.more)
}
