package input

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
)

// guard is a child program that outlives this one by a moment. A chord goes to the system key by key, and a
// program that is killed between two of them would leave Ctrl down for everybody. It is started with the
// first chord that has a modifier, for most tills never press one.
type guard struct {
	command func() *exec.Cmd

	mu    sync.Mutex
	child *exec.Cmd
	pipe  io.Closer
}

// post has the guard at its post.
func (g *guard) post() error {
	g.mu.Lock()
	defer g.mu.Unlock()
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

// StandGuard waits until the program that started this one has ended, by whatever end, and lets go of the
// modifiers that it left down. in is the pipe that came with the start.
func StandGuard(in io.Reader) {
	_, _ = io.Copy(io.Discard, in) // its end is the message
	letModifiersUp()
}
