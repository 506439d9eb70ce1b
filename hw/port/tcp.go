package port

import (
	"context"
	"io"
	"net"
	"time"
)

const (
	// DialTimeout is how long a device on the local network may take to be reached.
	DialTimeout = 3 * time.Second
	// farewell is how long Close waits for the other end to hang up after all was said.
	farewell = 200 * time.Millisecond
)

// TCP opens a connection to host:port.
func TCP(address string) Opener {
	return func(ctx context.Context) (Port, error) {
		d := net.Dialer{Timeout: DialTimeout}
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		return tcp{c.(*net.TCPConn)}, nil
	}
}

type tcp struct{ *net.TCPConn }

// Close ends our direction first and reads what the device still says: closing with unread bytes makes
// TCP reset the connection, and the device may then throw away what it has not printed.
func (t tcp) Close() error {
	if t.CloseWrite() == nil && t.SetReadDeadline(time.Now().Add(farewell)) == nil {
		io.Copy(io.Discard, t.TCPConn)
	}
	return t.TCPConn.Close()
}
