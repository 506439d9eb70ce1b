package desktop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Virtual is an X display that exists in memory only, with a window manager on it. The demo and the tests
// use it where there is no screen.
type Virtual struct {
	Display string // ":7"
	stop    []func()
}

// StartVirtual starts Xvfb with a screen of w by h px and openbox on it. It needs both programs installed
// and says so when one is missing.
func StartVirtual(ctx context.Context, w, h int) (*Virtual, error) {
	return StartVirtualAs(ctx, "", w, h)
}

// StartVirtualAs is StartVirtual under a given name (":7"), as a display that comes back has; empty takes any.
func StartVirtualAs(ctx context.Context, display string, w, h int) (*Virtual, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", w, h), "-nolisten", "tcp", "-noreset")
	if display != "" {
		server.Args = append(server.Args, display)
	}
	server.ExtraFiles = []*os.File{write}
	v := &Virtual{}
	if err := v.start(server); err != nil {
		write.Close()
		return nil, err
	}
	write.Close()
	if err := read.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		v.Stop()
		return nil, err
	}
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		v.Stop()
		return nil, fmt.Errorf("start virtual display: %w", err)
	}
	v.Display = ":" + strings.TrimSpace(line)

	manager := exec.Command("openbox", "--sm-disable")
	manager.Env = append(os.Environ(), "DISPLAY="+v.Display)
	if err := v.start(manager); err != nil {
		v.Stop()
		return nil, err
	}
	if err := v.waitForManager(ctx); err != nil {
		v.Stop()
		return nil, err
	}
	return v, nil
}

func (v *Virtual) start(c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("start virtual display: %s is not installed", c.Args[0])
		}
		return fmt.Errorf("start virtual display: %w", err)
	}
	v.stop = append(v.stop, func() {
		_ = c.Process.Kill() // it may have ended by itself
		_ = c.Wait()
	})
	return nil
}

// Stop ends the window manager, then the display.
func (v *Virtual) Stop() {
	for i := len(v.stop) - 1; i >= 0; i-- {
		v.stop[i]()
	}
	v.stop = nil
}
