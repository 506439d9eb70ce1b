package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"cpos/hw/desktop"
)

// Texts asks programs for the texts of their windows, over the bus of assistive technology (AT-SPI 2). Its
// methods may be called by several goroutines. Where there is no such bus, or it ended, every question
// looks for one anew.
type Texts struct {
	alive   context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup // searches

	mu       sync.Mutex
	bus      *bus
	known    map[place]node // where controls were found
	searches map[place]*search
}

// place is an address in one window.
type place struct {
	window  uintptr
	address Address
}

// search is the looking for one control.
type search struct {
	done chan struct{}
	node node
	err  error
}

// searchLimit is how long a control is looked for. Whoever asks does not wait so long.
const searchLimit = 10 * time.Second

// New makes a Texts that asked nobody yet. Close it.
func New() *Texts {
	t := &Texts{known: map[place]node{}, searches: map[place]*search{}}
	t.alive, t.end = context.WithCancel(context.Background())
	return t
}

// Close leaves the bus.
func (t *Texts) Close() {
	t.end()
	t.running.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leave()
}

func (t *Texts) leave() {
	if t.bus != nil {
		t.bus.conn.Close()
		t.bus = nil
	}
	clear(t.known)
}

// join gives the bus, and starts it where need be.
func (t *Texts) join(ctx context.Context) (*bus, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.alive.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoAccess, err)
	}
	if t.bus != nil && t.bus.conn.Connected() {
		return t.bus, nil
	}
	t.leave()
	b, err := dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoAccess, err)
	}
	t.bus = b
	return b, nil
}

// Read gives the text of a control of a window. One that is hidden tells nothing: it may hold what was shown
// an hour ago. Looking for it in a large window may take longer than ctx lasts; it is found all the same, for
// the next time.
func (t *Texts) Read(ctx context.Context, w desktop.Window, a Address) (string, error) {
	b, err := t.join(ctx)
	if err != nil {
		return "", err
	}
	at := place{w.ID, a}
	t.mu.Lock()
	n, known := t.known[at]
	t.mu.Unlock()
	if known {
		if text, err := b.text(ctx, n); err == nil || ctx.Err() != nil {
			return text, err
		}
		t.mu.Lock()
		delete(t.known, at) // the program has built its window anew
		t.mu.Unlock()
	}
	s := t.search(b, w, at)
	select {
	case <-s.done:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if s.err != nil {
		return "", s.err
	}
	return b.text(ctx, s.node)
}

// search looks for a control, unless it is being looked for already.
func (t *Texts) search(b *bus, w desktop.Window, at place) *search {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.searches[at]; s != nil {
		return s
	}
	s := &search{done: make(chan struct{})}
	t.searches[at] = s
	t.running.Go(func() {
		defer close(s.done)
		ctx, stop := context.WithTimeout(t.alive, searchLimit)
		defer stop()
		s.node, s.err = b.find(ctx, w, at.address)
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.searches, at)
		if s.err == nil && t.bus == b {
			t.known[at] = s.node
		}
	})
	return s
}

// List gives the controls of a window that show a text now, in the window's order.
func (t *Texts) List(ctx context.Context, w desktop.Window) ([]Control, error) {
	b, err := t.join(ctx)
	if err != nil {
		return nil, err
	}
	var all []Control
	count := map[string]int{}
	err = b.walk(ctx, w, func(n node, role string) (bool, error) {
		count[role]++
		text, err := b.text(ctx, n)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err == nil && strings.TrimSpace(text) != "" {
			name, _ := b.property(ctx, n, "Name") // one without a name has none
			all = append(all, made(Address{Kind: role, N: count[role]}, role, name, text))
		}
		return true, nil
	})
	return all, err
}

// find looks for the control that an address means. An "id:" or "name:" must be the only one.
func (b *bus) find(ctx context.Context, w desktop.Window, a Address) (node, error) {
	var found []node
	n := 0
	err := b.walk(ctx, w, func(at node, role string) (bool, error) {
		switch {
		case a.Kind != "":
			if strings.EqualFold(role, a.Kind) {
				if n++; n == a.N {
					found = append(found, at)
					return false, nil
				}
			}
		case a.ID != "":
			if id, err := b.property(ctx, at, "AccessibleId"); err == nil && id == a.ID {
				found = append(found, at)
			}
		default:
			if name, err := b.property(ctx, at, "Name"); err == nil && name == a.Name {
				found = append(found, at)
			}
		}
		return len(found) < 2, nil
	})
	switch {
	case err != nil:
		return node{}, err
	case len(found) == 0:
		return node{}, ErrNone
	case len(found) > 1:
		return node{}, ErrSeveral
	}
	return found[0], nil
}

// walk shows every control of a window to visit, parents first, until that says stop.
func (b *bus) walk(ctx context.Context, w desktop.Window, visit func(n node, role string) (bool, error)) error {
	frame, err := b.frame(ctx, w)
	if err != nil {
		return err
	}
	open, seen := []node{frame}, 0
	for len(open) > 0 {
		n := open[len(open)-1]
		open = open[:len(open)-1]
		if seen++; seen > mostControls {
			return fmt.Errorf("more than %d controls", mostControls)
		}
		role, err := b.role(ctx, n)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // gone while we looked
		}
		if more, err := visit(n, role); err != nil || !more {
			return err
		}
		children, err := b.children(ctx, n)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			slices.Reverse(children)
			open = append(open, children...)
		}
	}
	return nil
}

// frame finds a window of the screen on the bus: its program by the process, the window by its title.
func (b *bus) frame(ctx context.Context, w desktop.Window) (node, error) {
	programs, err := b.children(ctx, root)
	if err != nil {
		return node{}, fmt.Errorf("%w: %w", ErrNoAccess, err)
	}
	var all, named []node
	for _, p := range programs {
		if w.PID == 0 || b.pid(ctx, p) != w.PID {
			continue
		}
		windows, err := b.children(ctx, p)
		if err != nil {
			continue
		}
		for _, n := range windows {
			all = append(all, n)
			if name, err := b.property(ctx, n, "Name"); err == nil && name == w.Title {
				named = append(named, n)
			}
		}
	}
	if ctx.Err() != nil {
		return node{}, ctx.Err()
	}
	if len(named) == 0 {
		named = all
	}
	switch len(named) {
	case 0:
		return node{}, errMute
	case 1:
		return named[0], nil
	}
	return node{}, fmt.Errorf("the program has %d windows of that title", len(named))
}

// errMute says that a program does not take part in assistive technology.
var errMute = errors.New("the program tells its texts to nobody")

var root = node{"org.a11y.atspi.Registry", dbus.ObjectPath("/org/a11y/atspi/accessible/root")}
