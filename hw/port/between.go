package port

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// End is one of the two ends of a Between.
type End uint8

const (
	NearEnd End = iota // towards the program
	FarEnd             // towards the device
)

const (
	// again is how long an end that is away is left alone before it is tried once more.
	again = 300 * time.Millisecond
	// stuck is how long a device that nobody has to wait for may take no byte.
	stuck = time.Second
	// chunk is how many bytes are read at once.
	chunk = 4096
	// DefaultIdle is how long a Lazy device is kept open after its last byte.
	DefaultIdle = 3 * time.Second
)

// Between stands between a program and its device. Every byte passes both ways, unchanged, in order and
// at once. An end that is lost is opened again by itself; the other one goes on.
type Between struct {
	Near Opener
	Far  Opener // nil: the cable ends here
	// Heard gets every byte of the program as it comes. It must not keep b and must not wait.
	Heard func(b []byte)
	// Turned tells that an end is away, once, and with nil that it is there, again. It must not wait.
	Turned func(end End, err error)
	// Patient makes the program wait for a device that is busy, and keeps up to mostKept bytes for one
	// that is away, as a printer wants it. Otherwise what a device does not take is lost, as on a cable:
	// the newest text is worth more on a display than all of the old.
	Patient bool
	// Lazy opens the device only while there is something to tell it, because it may serve one caller at
	// a time.
	Lazy bool

	mu    sync.Mutex
	near  Port // nil while it is away
	queue *queue
}

// Run carries bytes until ctx ends, and gives the cause of that.
func (b *Between) Run(ctx context.Context) error {
	b.queue = newQueue(b.Patient)
	var all sync.WaitGroup
	if b.Far != nil {
		all.Go(func() { b.keep(ctx, FarEnd, b.Far, b.serveFar) })
	}
	b.keep(ctx, NearEnd, b.Near, b.serveNear)
	all.Wait()
	return context.Cause(ctx)
}

// keep opens an end again and again and serves it until it is lost.
func (b *Between) keep(ctx context.Context, end End, open Opener, serve func(context.Context, Port) error) {
	told := false // that it is away
	for ctx.Err() == nil {
		if end == FarEnd && b.Lazy && !b.queue.wait(ctx) {
			return
		}
		p, err := open(ctx)
		if err == nil {
			b.turned(end, nil)
			told = false
			err = serve(ctx, p)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil && !told {
			b.turned(end, err)
			told = true
		}
		if err != nil {
			sleep(ctx, again)
		}
	}
}

func (b *Between) turned(end End, err error) {
	if b.Turned != nil {
		b.Turned(end, err)
	}
}

// serveNear hears the program until its end is lost.
func (b *Between) serveNear(ctx context.Context, p Port) error {
	b.setNear(p)
	stop := context.AfterFunc(ctx, func() { p.Close() })
	defer func() {
		b.setNear(nil)
		stop()
		p.Close()
	}()
	buf := make([]byte, chunk)
	for {
		n, err := p.Read(buf)
		if n > 0 {
			if b.Heard != nil {
				b.Heard(buf[:n])
			}
			if b.Far != nil {
				b.queue.put(ctx, buf[:n])
			}
		}
		if err != nil {
			return err
		}
	}
}

func (b *Between) setNear(p Port) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.near = p
}

// serveFar tells the device what the program says, and the program what the device answers, until the
// device is lost.
func (b *Between) serveFar(ctx context.Context, p Port) error {
	ctx, end := context.WithCancelCause(ctx)
	b.queue.open(true)
	var all sync.WaitGroup
	all.Go(func() {
		<-ctx.Done()
		b.queue.open(false)
		p.Close()
	})
	all.Go(func() {
		if err := b.answers(p); !errors.Is(err, ErrOneWay) {
			end(err)
		}
	})
	end(b.tell(ctx, p))
	all.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, errIdle) {
		return cause
	}
	return nil
}

// errIdle ends the serving of a lazy device in peace.
var errIdle = errors.New("nothing to tell")

// tell writes what is queued for the device.
func (b *Between) tell(ctx context.Context, p Port) error {
	idle := time.Duration(0)
	if b.Lazy {
		idle = DefaultIdle
	}
	for {
		said, ok := b.queue.take(ctx, idle)
		if !ok && ctx.Err() == nil {
			return errIdle
		}
		if !ok {
			return ctx.Err()
		}
		var limit time.Time
		if !b.Patient {
			limit = time.Now().Add(stuck)
		}
		if err := p.SetWriteDeadline(limit); err != nil {
			return err
		}
		n, err := p.Write(said)
		if err != nil && b.Patient {
			b.queue.back(said[min(n, len(said)):])
		}
		if err != nil && (b.Patient || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return err
		}
	}
}

// answers gives the device's bytes to the program, while it is there.
func (b *Between) answers(p Port) error {
	buf := make([]byte, chunk)
	for {
		n, err := p.Read(buf)
		if n > 0 {
			b.mu.Lock()
			near := b.near
			b.mu.Unlock()
			if near != nil && near.SetWriteDeadline(time.Now().Add(stuck)) == nil {
				_, _ = near.Write(buf[:n]) // a program that is gone or does not listen is noticed by reading
			}
		}
		if err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
