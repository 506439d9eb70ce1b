package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cpos/hw/desktop"
)

// manager starts the engine again a while after it has ended with another code than 0, as service managers do
// (systemd's Restart=on-failure).
type manager struct {
	stage *stage
	stop  context.CancelFunc
	ended chan struct{}

	mu    sync.Mutex
	codes []int    // with which it ended
	says  []string // what it said then
}

func (s *stage) manage() *manager {
	ctx, stop := context.WithCancel(context.Background())
	m := &manager{stage: s, stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(m.ended)
		for ctx.Err() == nil {
			m.once(ctx)
			_ = sleep(ctx, 300*time.Millisecond)
		}
	}()
	return m
}

func (m *manager) once(ctx context.Context) {
	c, err := m.stage.cpos("run", "--slip-pictures", m.stage.slips())
	if err != nil {
		panic(err)
	}
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	end := context.AfterFunc(ctx, func() {
		within, cancel := context.WithTimeout(context.Background(), endLimit)
		defer cancel()
		_, _ = askDesk(within, m.stage.data, deskAsk{Do: deskStop}) // one that has no desk yet is killed below
		_ = sleep(within, endLimit)
		_ = c.Process.Kill()
	})
	if err := c.Run(); c.ProcessState == nil {
		panic(err)
	}
	end()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.codes, m.says = append(m.codes, c.ProcessState.ExitCode()), append(m.says, said.String())
}

// exits waits until the engine has ended so often, and gives the codes and what was said.
func (m *manager) exits(t *testing.T, n int) ([]int, []string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; _ = sleep(t.Context(), 50*time.Millisecond) {
		m.mu.Lock()
		codes, says := slices.Clone(m.codes), slices.Clone(m.says)
		m.mu.Unlock()
		if len(codes) >= n {
			return codes, says
		}
		if time.Now().After(end) {
			t.Fatalf("the engine has ended %d times with %v, not %d times", len(codes), codes, n)
		}
	}
}

// comeBack starts the display of a stage again under its old number, with the POS on it.
func (s *stage) comeBack(t *testing.T, display string) {
	t.Helper()
	v, err := desktop.StartVirtualAs(t.Context(), display, stageW, stageH)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Stop)
	if s.hand, err = newHand(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.hand.close)
	if err := s.openPOS(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// taken waits until the engine takes sales and begins to watch what it shows.
func (s *stage) taken(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := s.watch(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.until(ctx, func(e *deskEngine) bool { return e.Open && e.Listens }); err != nil {
		t.Fatal(err)
	}
}

// ownDisplay names a display that nobody else takes while it is gone: whoever starts one without a name gets the
// lowest that is free.
func ownDisplay(t *testing.T) string {
	t.Helper()
	const first, most = 200, 600
	for n := range most {
		number := first + (os.Getpid()+n)%most
		if _, err := os.Stat(fmt.Sprintf("/tmp/.X11-unix/X%d", number)); os.IsNotExist(err) {
			return fmt.Sprintf(":%d", number)
		}
	}
	t.Fatal("no display is free")
	return ""
}

// The X server dies while a customer types his password, and comes back under the same number. The engine ends
// with a code and a sentence, is started again by whoever looks after services, finds what became of the
// payment, and sells on. Nothing is paid twice and nothing is lost.
func TestADisplayThatIsLostAndComesBack(t *testing.T) {
	p := &screenStory{t: t, stage: openTestStageOn(t, ownDisplay(t), buildPOS(t), "12.50", "20260801-0007")}
	display := os.Getenv("DISPLAY")
	p.endShift()
	p.Env = append(p.Env, "CPOS_PAYMENT_UNKNOWN_EVERY=5s")
	m := p.manage()
	t.Cleanup(func() { p.leaveShift(); m.stop(); <-m.ended })
	p.taken(t)
	play := func(lines ...string) {
		t.Helper()
		for _, line := range lines {
			if err := p.do(strings.Fields(line)); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	}
	play("scan 134567899023456701", "shows asking amount=12.50", "press enter", "shows waiting")
	p.hangUp = nil
	p.close[0]() // the display
	codes, says := m.exits(t, 1)
	if codes[0] != exitDevice || !strings.Contains(says[0], "the connection to the desktop is lost") || !strings.Contains(says[0], "start cpos run again") {
		t.Fatalf("the engine ended with %d and said\n%s", codes[0], says[0])
	}
	codes, says = m.exits(t, 3) // there is no display yet
	if codes[2] != exitDevice || !strings.Contains(says[2], "there is no display") {
		t.Errorf("without a display it ends with %d and says\n%s", codes[2], says[2])
	}

	p.Totals, p.Serial = "8.00", "20260801-0008" // the POS is at its next sale
	p.comeBack(t, display)
	p.mu.Lock()
	p.views = nil
	p.mu.Unlock()
	p.shown, p.keys = 0, 0
	p.taken(t)
	for end := time.Now().Add(2 * time.Minute); p.bookHas(t.Context(), []string{"1", "status=paid"}) != nil; _ = sleep(t.Context(), 100*time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the payment of before: %v", p.bookHas(t.Context(), []string{"1", "status=paid"}))
		}
	}
	play("bank orders=1 paid=1 amount=12.50 asked=1")
	for end := time.Now().Add(2 * time.Minute); !p.nowShows("hidden"); _ = sleep(t.Context(), 100*time.Millisecond) {
		_ = p.tap(t.Context(), handEsc) // what is told of it
		if time.Now().After(end) {
			t.Fatal("what the till has to tell does not go away")
		}
	}
	journal, err := p.readJournal()
	if err != nil {
		t.Fatal(err)
	}
	p.keys = len(keysPressed(journal))
	play("scan 134567899123456700", "shows asking amount=8.00", "press enter", "shows succeeded", "bank orders=2 paid=2", "book orders=2 status=paid")
}
