package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"cpos/engine/sandbox"
	"cpos/hw/desktop"
)

// Size of the virtual screen in px: the practice POS with room beside it for the payment window.
const (
	stageW = 1280
	stageH = 800
)

// between is the time from one key of a person to the next, in which no scanner types.
const between = 90 * time.Millisecond

// spell presses keys one after the other, as a person does.
func (h *hand) spell(ctx context.Context, signs ...rune) error {
	for _, sign := range signs {
		if err := h.write(string(sign)); err != nil {
			return err
		}
		if err := sleep(ctx, between); err != nil {
			return err
		}
	}
	return nil
}

// stageOptions say what a stage is made of.
type stageOptions struct {
	Dir     string // everything is left below it
	POS     string // the practice POS; empty: beside this program, else on the path
	Totals  string // of the practice POS's first sales, "12.50,45.67"
	Serial  string // of its first sale; empty: today's first
	Lang    string
	Env     []string      // CPOS_ variables for every engine
	Shift   []string      // CPOS_ variables for the engine now; they win
	Latency time.Duration // of the bank
	Voice   io.Writer     // what the engine has to say
	Own     bool          // a display of its own even where there is one
	Display string        // its name, ":7"; empty: any
}

// stage is a whole shop to play in: a display, the practice POS, a bank on loopback, the real engine as a
// process of its own, and a hand at the keyboard.
type stage struct {
	stageOptions
	hand    *hand
	desktop *desktop.Desktop
	bank    *sandbox.Server
	data    string
	pos     *process
	engine  *process // nil between two shifts
	hangUp  func()   // ends the conversation with the engine
	close   []func()

	mu    sync.Mutex
	views []deskFace
	fresh chan struct{} // closed and renewed with each view
}

// startLimit bounds how long the shop takes to open; software drawing compiles its shaders in that time.
const startLimit = 60 * time.Second

// openStage opens the shop: the engine has taken the till's book and takes sales. Close it.
func openStage(ctx context.Context, o stageOptions) (*stage, error) {
	s := &stage{stageOptions: o, data: filepath.Join(o.Dir, "data"), fresh: make(chan struct{})}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for _, step := range []func(context.Context) error{s.openScreen, s.openBank, s.openPOS, s.openShift} {
		if err := step(ctx); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// Close ends everything, the newest first, and waits for it.
func (s *stage) Close() {
	s.endShift()
	for i := len(s.close) - 1; i >= 0; i-- {
		s.close[i]()
	}
	s.close = nil
}

func (s *stage) openScreen(ctx context.Context) error {
	stop, err := openDisplay(ctx, s.Own, s.Display)
	if err != nil {
		return err
	}
	s.close = append(s.close, stop)
	if s.hand, err = newHand(); err != nil {
		return err
	}
	s.close = append(s.close, s.hand.close)
	if s.desktop, err = desktop.Open(); err != nil {
		return err
	}
	s.close = append(s.close, s.desktop.Close)
	return os.MkdirAll(s.data, 0o700)
}

func (s *stage) openBank(ctx context.Context) error {
	c := sandbox.Practice()
	c.Latency = s.Latency
	var err error
	if s.bank, err = sandbox.New(c); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open the practice bank: %w", err)
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.bank.Serve(serving, ln) // the end of the stage ends it
	}()
	s.close = append(s.close, func() { stop(); <-done })
	s.Env = append(s.Env, "CPOS_PAYMENT_GATEWAY_BASE_URL=http://"+ln.Addr().String()+sandbox.BasePath,
		// The display of a busy machine stands still between two keys of the scanner now and then.
		"CPOS_SCANNER_GAP=250ms")
	return nil
}

// slips is where pictures of the slips are left.
func (s *stage) slips() string { return filepath.Join(s.Dir, "slips") }

// journal is the practice POS's list of every key and click that reached it.
func (s *stage) journal() string { return filepath.Join(s.Dir, "pos-journal.jsonl") }

func (s *stage) openPOS(ctx context.Context) error {
	path := s.POS
	if path == "" {
		var err error
		if path, err = findPOS(); err != nil {
			return err
		}
	}
	c := exec.Command(path, "--look", "standard", "--journal", s.journal(), "--sale", s.Totals, "--serial", s.Serial)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if s.pos, err = startProcess(c); err != nil {
		return err
	}
	s.close = append(s.close, func() { s.pos.end(func() error { return c.Process.Signal(os.Interrupt) }) })
	return waitLine(ctx, out, "practice-pos")
}

// findPOS looks beside this program first.
func findPOS() (string, error) {
	name := "practice-pos"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if beside := filepath.Join(filepath.Dir(self), name); !isMissing(beside) {
		return beside, nil
	}
	return exec.LookPath(name)
}

func isMissing(name string) bool {
	_, err := os.Stat(name)
	return err != nil
}

// waitLine waits until a program has said its first line.
func waitLine(ctx context.Context, out io.Reader, who string) error {
	said := make(chan error, 1)
	go func() { // ends with the program's output
		_, err := bufio.NewReader(out).ReadString('\n')
		said <- err
		_, _ = io.Copy(io.Discard, out)
	}()
	select {
	case err := <-said:
		if err != nil {
			return fmt.Errorf("%s did not start: %w", who, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s did not start: %w", who, ctx.Err())
	}
}

// process is a running program of the shop.
type process struct {
	pid  int
	kill func() error
	gone chan struct{}
}

func startProcess(c *exec.Cmd) (*process, error) {
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(c.Path), err)
	}
	p := &process{pid: c.Process.Pid, kill: c.Process.Kill, gone: make(chan struct{})}
	go func() { defer close(p.gone); _ = c.Wait() }()
	return p, nil
}

// end asks a program to end and waits for it; one that cannot be asked or does not listen is made to.
func (p *process) end(ask func() error) {
	if ask() == nil {
		select {
		case <-p.gone:
			return
		case <-time.After(endLimit):
		}
	}
	p.cut()
}

// cut ends a program as a power cut does.
func (p *process) cut() {
	_ = p.kill() // it may be gone already
	<-p.gone
}

// endLimit is how long a program may take to end by itself.
const endLimit = 10 * time.Second

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// posEntry is one line of the practice POS's journal, as far as it matters here.
type posEntry struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Mods     string `json:"mods"`
	Text     string `json:"text"`
	Why      string `json:"why"`
	Tender   string `json:"tender"`
	Received string `json:"received"`
	Total    string `json:"total"`
	Serial   string `json:"serial"`
}

// key is how a key is written in a list of what was pressed: its text, or its name.
func (e posEntry) key() string {
	if e.Text != "" {
		return e.Text
	}
	if e.Mods != "" {
		return e.Mods + "+" + e.Name
	}
	return e.Name
}

// readJournal gives what reached the practice POS so far.
func (s *stage) readJournal() ([]posEntry, error) {
	f, err := os.Open(s.journal())
	if err != nil {
		return nil, fmt.Errorf("read the practice POS's journal: %w", err)
	}
	defer f.Close()
	var all []posEntry
	for in := json.NewDecoder(f); ; {
		var e posEntry
		switch err := in.Decode(&e); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("read the practice POS's journal: %w", err)
		}
		all = append(all, e)
	}
}

// keysPressed lists the keys that reached the practice POS, the clicks as "click".
func keysPressed(all []posEntry) []string {
	var keys []string
	for _, e := range all {
		switch e.Kind {
		case "key":
			keys = append(keys, e.key())
		case "click":
			keys = append(keys, "click")
		}
	}
	return keys
}
