package printer

import (
	"context"
	"errors"
	"sync"
	"time"

	"cpos/engine/receipt"
)

// Errors of a queue.
var (
	ErrQueueFull  = errors.New("too many print jobs are waiting")
	ErrQueueEnded = errors.New("the print queue has ended")
)

const (
	queueSize = 64
	// lastJob is how long the job at the printer may go on after the queue was told to end: half a slip is
	// worse than a short wait.
	lastJob = 3 * time.Second
)

// Queue prints jobs one after another, so that nobody waits for a printer. It repeats none.
type Queue struct {
	printer receipt.Printer
	jobs    chan queued

	mu    sync.Mutex // keeps Submit from adding to a queue that has ended
	ended bool
}

type queued struct {
	job  receipt.Job
	done func(receipt.Proof, error)
}

// NewQueue makes the queue of one printer; Run makes it move.
func NewQueue(p receipt.Printer) *Queue {
	return &Queue{printer: p, jobs: make(chan queued, queueSize)}
}

// Submit adds a job and returns at once. Exactly when it returns nil, done is called once, on the
// goroutine of Run: with ProofNone and the end of the context for a job that was not begun any more.
func (q *Queue) Submit(j receipt.Job, done func(receipt.Proof, error)) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return ErrQueueEnded
	}
	select {
	case q.jobs <- queued{j, done}:
		return nil
	default:
		return ErrQueueFull
	}
}

// Run prints until ctx ends, then gives the job in hand a moment, tells the waiting ones that nothing was
// printed, and returns. It is called once.
func (q *Queue) Run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case j := <-q.jobs:
			j.done(q.print(ctx, j.job))
		}
	}
	q.mu.Lock()
	q.ended = true
	close(q.jobs)
	q.mu.Unlock()
	for j := range q.jobs {
		j.done(receipt.ProofNone, context.Cause(ctx))
	}
}

func (q *Queue) print(ctx context.Context, j receipt.Job) (receipt.Proof, error) {
	if ctx.Err() != nil { // select had the choice between a job and the end
		return receipt.ProofNone, context.Cause(ctx)
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	watched := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { defer close(watched); giveUp(own, cancel) })
	defer func() {
		cancel()
		if !stop() {
			<-watched
		}
	}()
	return q.printer.Print(own, j)
}

// giveUp cancels a job some time after its queue was told to end, unless it is finished before.
func giveUp(job context.Context, cancel func()) {
	t := time.NewTimer(lastJob)
	defer t.Stop()
	select {
	case <-t.C:
		cancel()
	case <-job.Done():
	}
}
