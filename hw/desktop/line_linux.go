package desktop

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/jezek/xgb"
)

// Line is the way to the display of one connection. Held requests go to the display in one piece: a
// program that is killed has sent all of them or none, so no key of ours can stay down.
type Line struct {
	net.Conn
	mu      sync.Mutex
	holding bool
	held    []byte
}

// Write sends b, or keeps it while the line is held.
func (l *Line) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holding {
		l.held = append(l.held, b...)
		return len(b), nil
	}
	return l.Conn.Write(b)
}

// Together sends the requests that do makes in one piece. do must not wait for a reply, and must make fewer
// requests than the connection keeps count of (some 900 after a reply).
func (l *Line) Together(do func()) {
	if l == nil {
		do()
		return
	}
	l.mu.Lock()
	l.holding = true
	l.mu.Unlock()
	do()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holding = false
	held := l.held
	l.held = l.held[:0]
	_, _ = l.Conn.Write(held) // a display that is gone is noticed by reading
}

var localDisplay = regexp.MustCompile(`^(?:unix)?:([0-9]+)(?:\.[0-9]+)?$`)

// DialLine is Dial for a device room that has to send several requests in one piece. The line is nil, and
// sends each by itself, where the display is not on this machine.
func DialLine() (*xgb.Conn, *Line, error) {
	silence()
	local := localDisplay.FindStringSubmatch(os.Getenv("DISPLAY"))
	if local == nil {
		c, err := Dial()
		return c, nil, err
	}
	conn, err := net.Dial("unix", "/tmp/.X11-unix/X"+local[1])
	if err != nil {
		c, err := Dial() // it knows further ways, and what to say
		return c, nil, err
	}
	line := &Line{Conn: conn}
	var c *xgb.Conn
	if cookie := cookieOf(local[1]); cookie != "" {
		c, err = xgb.NewConnNetWithCookieHex(line, cookie)
	} else {
		c, err = xgb.NewConnNet(line)
	}
	if err != nil {
		conn.Close()
		return nil, nil, fmt.Errorf("open display :%s: %w", local[1], err)
	}
	return c, line, nil
}

// cookieOf gives the key to a local display from the user's Xauthority file, or nothing.
func cookieOf(display string) string {
	file := os.Getenv("XAUTHORITY")
	if file == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		file = filepath.Join(home, ".Xauthority")
	}
	f, err := os.Open(file)
	if err != nil {
		return "" // a display without a lock
	}
	defer f.Close()
	host, _ := os.Hostname() // a machine without a name matches none
	return cookieIn(f, host, display)
}

// cookieIn looks for a local display in the form of Xau(3): family, address, number, name, data, each but
// the first with its length before it, in big endian.
func cookieIn(r io.Reader, host, display string) string {
	const familyLocal, familyWild = 256, 65535
	for {
		var family uint16
		if binary.Read(r, binary.BigEndian, &family) != nil {
			return ""
		}
		var fields [4]string
		for i := range fields {
			var n uint16
			if binary.Read(r, binary.BigEndian, &n) != nil {
				return ""
			}
			b := make([]byte, n)
			if _, err := io.ReadFull(r, b); err != nil {
				return ""
			}
			fields[i] = string(b)
		}
		here := family == familyWild || family == familyLocal && fields[0] == host
		if here && (fields[1] == "" || fields[1] == display) && fields[2] == "MIT-MAGIC-COOKIE-1" {
			return hex.EncodeToString([]byte(fields[3]))
		}
	}
}
