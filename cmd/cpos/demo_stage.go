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
	"strings"
	"sync"
	"time"

	"cpos/engine/sandbox"
)

// Size of the virtual screen in px: the practice POS with room beside it for the payment window.
const (
	stageW = 1280
	stageH = 800
)

// scan types a code like a scanner, with its Enter.
func (h *hand) scan(code string) error {
	return h.write(code + string(handEnter))
}

// tap presses one key.
func (h *hand) tap(sign rune) error { return h.write(string(sign)) }

// stageOptions say what a stage is made of.
type stageOptions struct {
	Dir     string // everything is left below it
	POS     string // the practice POS; empty: beside this program, else on the path
	Totals  string // of the practice POS's first sales, "12.50,45.67"
	Serial  string // of its first sale; empty: today's first
	Lang    string
	Env     []string      // more CPOS_ variables for the engine
	Latency time.Duration // of the bank
	Voice   io.Writer     // what the engine has to say
	Own     bool          // a display of its own even where there is one
}

// stage is a whole shop to play in: a display, the practice POS, a bank on loopback, the real engine as a
// process of its own, and a hand at the keyboard.
type stage struct {
	stageOptions
	hand  *hand
	bank  *sandbox.Server
	data  string
	pid   int // of the engine
	close []func()

	mu    sync.Mutex
	views []deskFace
	fresh chan struct{} // closed and renewed with each view
}

// startLimit bounds how long the shop takes to open; software drawing compiles its shaders in that time.
const startLimit = 60 * time.Second

// openStage opens the shop: the engine has taken the till's book and shows nothing yet. Close it.
func openStage(ctx context.Context, o stageOptions) (*stage, error) {
	s := &stage{stageOptions: o, data: filepath.Join(o.Dir, "data"), fresh: make(chan struct{})}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for _, step := range []func(context.Context) error{s.openScreen, s.openBank, s.openPOS, s.openEngine, s.openDesk} {
		if err := step(ctx); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// Close ends everything, the newest first, and waits for it.
func (s *stage) Close() {
	for i := len(s.close) - 1; i >= 0; i-- {
		s.close[i]()
	}
	s.close = nil
}

func (s *stage) openScreen(ctx context.Context) error {
	stop, err := openDisplay(ctx, s.Own)
	if err != nil {
		return err
	}
	s.close = append(s.close, stop)
	if s.hand, err = newHand(); err != nil {
		return err
	}
	s.close = append(s.close, s.hand.close)
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
	s.Env = append(s.Env, "CPOS_PAYMENT_GATEWAY_BASE_URL=http://"+ln.Addr().String()+sandbox.BasePath)
	return nil
}

// slips is where pictures of the slips are left.
func (s *stage) slips() string { return filepath.Join(s.Dir, "slips") }

// journal is the practice POS's list of every key and click that reached it.
func (s *stage) journal() string { return filepath.Join(s.Dir, "pos-journal.jsonl") }

func (s *stage) openPOS(ctx context.Context) error {
	program := s.POS
	if program == "" {
		var err error
		if program, err = findPOS(); err != nil {
			return err
		}
	}
	c := exec.Command(program, "--look", "light", "--journal", s.journal(), "--sale", s.Totals, "--serial", s.Serial)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.start(c); err != nil {
		return err
	}
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

// start starts a program that the end of the stage ends: asked first, then made to.
func (s *stage) start(c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		return fmt.Errorf("start %s: %w", filepath.Base(c.Path), err)
	}
	gone := make(chan struct{})
	go func() { defer close(gone); _ = c.Wait() }()
	s.close = append(s.close, func() {
		_ = c.Process.Signal(os.Interrupt)
		select {
		case <-gone:
		case <-time.After(endLimit):
			_ = c.Process.Kill()
			<-gone
		}
	})
	return nil
}

// endLimit is how long a program may take to end by itself.
const endLimit = 10 * time.Second

func (s *stage) globals() globals {
	return globals{environ: practiceEnv, data: s.data, vars: s.Env}
}

func (s *stage) openEngine(ctx context.Context) error {
	t, err := openTill(ctx, s.globals(), looking)
	if err != nil {
		return err
	}
	_, err = t.installPracticeKeys()
	if err := errors.Join(err, t.close()); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// The name is kept as people call it, whatever file this program is.
	c := &exec.Cmd{Path: self, Args: []string{"cpos", "--data", s.data, "--env", practiceEnv, "--lang", s.Lang, "run", "--slip-pictures", s.slips()},
		Env: append(os.Environ(), s.Env...), Stdout: s.Voice, Stderr: s.Voice}
	if err := s.start(c); err != nil {
		return err
	}
	s.pid = c.Process.Pid
	return nil
}

// openDesk waits for the engine and begins to watch what it shows.
func (s *stage) openDesk(ctx context.Context) error {
	var client *deskClient
	var err error
	for {
		if client, err = dialDesk(ctx, s.data); err == nil {
			break
		}
		if sleepErr := sleep(ctx, 20*time.Millisecond); sleepErr != nil {
			return fmt.Errorf("the engine did not start: %w", err)
		}
	}
	for {
		say, err := client.ask(ctx, deskAsk{Do: deskView})
		if err == nil && !say.Engine.Open {
			err = sleep(ctx, 20*time.Millisecond)
		} else if err == nil {
			break
		}
		if err != nil {
			client.Close()
			return fmt.Errorf("the engine did not open the till: %w", err)
		}
	}
	first, err := client.ask(ctx, deskAsk{Do: deskWatch})
	if err != nil {
		client.Close()
		return err
	}
	s.saw(first)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for say, err := client.next(); err == nil; say, err = client.next() {
			s.saw(say)
		}
	}()
	s.close = append(s.close, func() { client.Close(); <-done })
	return nil
}

func (s *stage) saw(say deskSay) {
	if say.View == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views = append(s.views, *say.View)
	close(s.fresh)
	s.fresh = make(chan struct{})
}

// seen gives how many views there were, to wait for later ones.
func (s *stage) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.views)
}

// moodLimit is how long a state of the payment window is waited for.
const moodLimit = 25 * time.Second

// thought is how long a person looks before doing something.
const thought = 350 * time.Millisecond

// await waits for a view after the first n whose mood is one of those wanted.
func (s *stage) await(ctx context.Context, n int, moods ...string) (deskFace, error) {
	ctx, cancel := context.WithTimeout(ctx, moodLimit)
	defer cancel()
	for {
		s.mu.Lock()
		fresh := s.fresh
		var all []string
		for _, v := range s.views[n:] {
			all = append(all, v.Mood)
			for _, m := range moods {
				if v.Mood == m {
					s.mu.Unlock()
					return v, nil
				}
			}
		}
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return deskFace{}, fmt.Errorf("the payment window showed %v instead of %s", all, strings.Join(moods, "/"))
		case <-fresh:
		}
	}
}

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
