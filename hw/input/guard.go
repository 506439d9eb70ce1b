package input

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"sync"
)

// guard is a child program that outlives this one by a moment, for what would stay as it is when this program is
// killed. On Windows a chord goes to the system key by key, and Ctrl would stay down for everybody; on both systems
// an input method that was closed for a plan would stay closed. It is started when it is needed first, for most
// tills never need it.
type guard struct {
	command func() *exec.Cmd // nil: none

	mu    sync.Mutex
	child *exec.Cmd
	pipe  io.WriteCloser
}

// start has the guard at its post. The caller holds mu.
func (g *guard) start() error {
	if g.command == nil || g.child != nil {
		return nil
	}
	c := g.command()
	pipe, err := c.StdinPipe()
	if err != nil {
		return fmt.Errorf("start the guard of the keys: %w", err)
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("start the guard of the keys: %w", err)
	}
	g.child, g.pipe = c, pipe
	return nil
}

// keep tells the guard which input method it would have to open; "" for none.
func (g *guard) keep(method string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.start(); err != nil || g.child == nil {
		return err
	}
	if _, err := fmt.Fprintln(g.pipe, method); err != nil {
		return fmt.Errorf("tell the guard of the keys: %w", err)
	}
	return nil
}

// end sends the guard home and waits for it.
func (g *guard) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.child == nil {
		return
	}
	_ = g.pipe.Close()
	_ = g.child.Wait()
	g.child = nil
}

// StandGuard waits until the program that started this one has ended, by whatever end. Then it lets go of the
// modifiers that it left down and opens the input method that it left closed. in is the pipe that came with the
// start.
func StandGuard(in io.Reader) {
	method := ""
	for lines := bufio.NewScanner(in); lines.Scan(); { // its end is the message
		method = lines.Text()
	}
	letModifiersUp()
	if method != "" {
		openMethod(method, true)
	}
}
