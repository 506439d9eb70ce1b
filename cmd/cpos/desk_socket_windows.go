package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// pipeName is the named pipe that stands for a path. Pipes have no folders, so the path is hashed.
func pipeName(path string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(path)))
	return `\\.\pipe\cpos-` + hex.EncodeToString(sum[:12])
}

// pipes is a listener on a named pipe that only this user can reach, and nobody over the network.
type pipes struct {
	name   string
	rights *windows.SecurityAttributes
	stop   windows.Handle // an event that Close sets
	once   sync.Once

	mu   sync.Mutex
	next windows.Handle // waits for a caller
}

func openSocket(_ context.Context, path string) (net.Listener, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, err
	}
	mine, err := windows.SecurityDescriptorFromString("D:P(A;;GA;;;" + user.User.Sid.String() + ")")
	if err != nil {
		return nil, err
	}
	p := &pipes{name: pipeName(path), rights: &windows.SecurityAttributes{SecurityDescriptor: mine}}
	p.rights.Length = uint32(unsafe.Sizeof(*p.rights))
	if p.stop, err = windows.CreateEvent(nil, 1, 0, nil); err != nil {
		return nil, err
	}
	// A second engine, or another program that wants to be taken for one, is refused by the first flag.
	if p.next, err = p.instance(windows.FILE_FLAG_FIRST_PIPE_INSTANCE); err != nil {
		return nil, errors.Join(err, windows.CloseHandle(p.stop))
	}
	return p, nil
}

func (p *pipes) instance(flags uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(p.name)
	if err != nil {
		return 0, err
	}
	h, err := windows.CreateNamedPipe(name, windows.PIPE_ACCESS_DUPLEX|windows.FILE_FLAG_OVERLAPPED|flags,
		windows.PIPE_TYPE_BYTE|windows.PIPE_REJECT_REMOTE_CLIENTS, windows.PIPE_UNLIMITED_INSTANCES, 1<<16, 1<<16, 0, p.rights)
	if err != nil {
		return 0, fmt.Errorf("create %s: %w", p.name, err)
	}
	return h, nil
}

// Accept waits for a caller. One goroutine may accept.
func (p *pipes) Accept() (net.Conn, error) {
	p.mu.Lock()
	h := p.next
	p.mu.Unlock()
	if h == 0 {
		return nil, net.ErrClosed
	}
	if err := p.caller(h); err != nil {
		return nil, err
	}
	next, err := p.instance(0)
	p.mu.Lock()
	p.next = next
	p.mu.Unlock()
	if err != nil {
		return nil, errors.Join(err, windows.CloseHandle(h))
	}
	return newPipe(h, p.name), nil
}

// caller waits until somebody opens the other end of h.
func (p *pipes) caller(h windows.Handle) error {
	event, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(event) }()
	o := &windows.Overlapped{HEvent: event}
	switch err := windows.ConnectNamedPipe(h, o); {
	case err == nil, errors.Is(err, windows.ERROR_PIPE_CONNECTED):
		return nil
	case !errors.Is(err, windows.ERROR_IO_PENDING):
		return fmt.Errorf("wait at %s: %w", p.name, err)
	}
	var n uint32
	which, err := windows.WaitForMultipleObjects([]windows.Handle{event, p.stop}, false, windows.INFINITE)
	if err != nil || which != windows.WAIT_OBJECT_0 {
		_ = windows.CancelIoEx(h, o)
		_ = windows.GetOverlappedResult(h, o, &n, true) // only now the system has let go of o
		return net.ErrClosed
	}
	return windows.GetOverlappedResult(h, o, &n, false)
}

// Close ends Accept. What was accepted goes on.
func (p *pipes) Close() error {
	p.once.Do(func() {
		_ = windows.SetEvent(p.stop)
		p.mu.Lock()
		defer p.mu.Unlock()
		_ = windows.CloseHandle(p.next)
		p.next = 0
	})
	return nil
}

// Addr gives the name of the pipe.
func (p *pipes) Addr() net.Addr { return pipeAddr(p.name) }

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

// pipe is one conversation. The file knows how to wait, and for how long.
type pipe struct {
	*os.File
	name pipeAddr
}

func newPipe(h windows.Handle, name string) net.Conn {
	return pipe{os.NewFile(uintptr(h), name), pipeAddr(name)}
}

func (p pipe) LocalAddr() net.Addr  { return p.name }
func (p pipe) RemoteAddr() net.Addr { return p.name }

// reachSocket connects to whoever listens there. The other end learns who this user is, and may not act as
// this user.
func reachSocket(ctx context.Context, path string) (net.Conn, error) {
	const identify = 0x00110000 // SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION
	name, err := windows.UTF16PtrFromString(pipeName(path))
	if err != nil {
		return nil, err
	}
	for {
		h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING,
			windows.FILE_FLAG_OVERLAPPED|identify, 0)
		if err == nil {
			return newPipe(h, pipeName(path)), nil
		}
		if !errors.Is(err, windows.ERROR_PIPE_BUSY) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
