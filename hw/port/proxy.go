package port

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// mostCallers is how many programs a Proxy serves at a time. A till has one or two.
const mostCallers = 16

// linger is how long a device may still answer after the program said all it had to say.
const linger = 5 * time.Second

// Proxy stands before a device in the network. Each caller gets a connection of its own to the device,
// and every byte passes both ways unchanged. Where the device cannot be reached the caller is turned away,
// as the device itself would.
type Proxy struct {
	Address string // where the program finds us
	Far     Opener // nil: there is no device, what callers say ends here
	// Heard is asked for each caller; it gets that caller's bytes as they come, and is told the end of
	// them. Its functions must not wait and not keep b.
	Heard func() (heard func(b []byte), ended func())
	// Turned tells that an end is away, once, and with nil that it is there, again.
	Turned func(end End, err error)

	mu    sync.Mutex
	far   turn
	calls sync.WaitGroup
}

// turn remembers what was told of an end, so that it is told once.
type turn struct{ told, away bool }

// Run serves callers until ctx ends, and gives the cause of that. An address that is taken is tried again
// and again.
func (p *Proxy) Run(ctx context.Context) error {
	var at turn
	for ctx.Err() == nil {
		var lc net.ListenConfig
		ln, err := lc.Listen(ctx, "tcp", p.Address)
		if err == nil {
			p.turned(&at, NearEnd, nil)
			err = p.accept(ctx, ln)
		}
		if ctx.Err() == nil {
			p.turned(&at, NearEnd, err)
			sleep(ctx, again)
		}
	}
	p.calls.Wait()
	return context.Cause(ctx)
}

func (p *Proxy) turned(t *turn, end End, err error) {
	p.mu.Lock()
	news := !t.told || t.away != (err != nil)
	t.told, t.away = true, err != nil
	p.mu.Unlock()
	if news && p.Turned != nil {
		p.Turned(end, err)
	}
}

func (p *Proxy) accept(ctx context.Context, ln net.Listener) error {
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	defer ln.Close()
	places := make(chan struct{}, mostCallers)
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		select {
		case places <- struct{}{}:
		default:
			c.Close()
			continue
		}
		p.calls.Go(func() {
			defer func() { <-places }()
			p.serve(ctx, c.(*net.TCPConn))
		})
	}
}

// serve carries one caller's bytes.
func (p *Proxy) serve(ctx context.Context, near *net.TCPConn) {
	defer near.Close()
	defer context.AfterFunc(ctx, func() { near.Close() })()
	var far Port
	if p.Far != nil {
		var err error
		far, err = p.Far(ctx)
		p.turned(&p.far, FarEnd, err)
		if err != nil {
			_ = near.SetLinger(0) // turned away at once, as by a device that is off
			return
		}
		defer context.AfterFunc(ctx, func() { far.Close() })()
	}
	heard, ended := p.Heard()
	defer ended()
	var answers sync.WaitGroup
	if far != nil {
		answers.Go(func() { passBack(near, far) })
	}
	if complete := passOn(near, far, heard); far != nil {
		if w, ok := far.(interface{ CloseWrite() error }); ok && complete && w.CloseWrite() == nil {
			_ = far.SetReadDeadline(time.Now().Add(linger)) // one that fails ends the answers anyway
			answers.Wait()
		}
		far.Close()
	}
	answers.Wait()
}

// passOn carries the caller's bytes until there are no more; true when the caller ended them properly and
// the device took them all.
func passOn(near net.Conn, far Port, heard func([]byte)) bool {
	buf := make([]byte, chunk)
	for {
		n, err := near.Read(buf)
		if n > 0 {
			heard(buf[:n])
			if far != nil {
				if _, werr := far.Write(buf[:n]); werr != nil {
					near.Close()
					return false
				}
			}
		}
		if err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// passBack carries the device's answers. When they end while the caller still speaks, the caller hears
// of it.
func passBack(near *net.TCPConn, far Port) {
	buf := make([]byte, chunk)
	for {
		n, err := far.Read(buf)
		if n > 0 {
			if _, werr := near.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			if !os.IsTimeout(err) && !errors.Is(err, ErrOneWay) {
				_ = near.CloseWrite() // already closed is closed
			}
			return
		}
	}
}
