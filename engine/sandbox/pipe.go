package sandbox

import (
	"context"
	"net"
	"sync"
)

// PipeListener serves connections that never leave the process, for tests in virtual time: a real socket
// keeps a synctest bubble from seeing that everybody waits.
type PipeListener struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

// Pipe makes a listener; call it inside the bubble it is used in.
func Pipe() *PipeListener {
	return &PipeListener{dialled: make(chan net.Conn), closed: make(chan struct{})}
}

// DialContext connects to whoever accepts; it fits http.Transport and ignores the address.
func (p *PipeListener) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.dialled <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next connection.
func (p *PipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and all later dials.
func (p *PipeListener) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr is a name, not a place.
func (p *PipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
