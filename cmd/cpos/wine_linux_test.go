package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/hw/desktop/winetest"
)

// wine is a Windows of its own for one test, with cpos.exe.
type wine struct {
	*winetest.Wine
	t   *testing.T
	env []string
	exe string
}

// newWine makes a fresh Windows for a program that was built for it.
func newWine(t *testing.T, build func() string) *wine {
	t.Helper()
	winetest.Need(t)
	return &wine{Wine: winetest.Start(t), t: t, exe: build()}
}

// waitFor returns once the Windows program listens: wine shares the network with Linux.
func (w *wine) waitFor(address string) {
	w.t.Helper()
	for range 600 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("nobody listens on %s", address)
}

// freePort gives an address on loopback that nobody listens on now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (w *wine) command(args ...string) *exec.Cmd { return w.Command(w.t, w.env, w.exe, args...) }

// start starts a Windows program and gives what it says, line by line. It is killed with the test.
func (w *wine) start(c *exec.Cmd) (said *bufio.Scanner) {
	w.t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return bufio.NewScanner(out)
}

// until reads until a line holds a word.
func (w *wine) until(said *bufio.Scanner, word string) {
	w.t.Helper()
	var all []string
	for said.Scan() {
		if all = append(all, said.Text()); strings.Contains(said.Text(), word) {
			go func() {
				for said.Scan() { // nobody else reads it, and a full pipe would stop the program
				}
			}()
			return
		}
	}
	w.t.Fatalf("it never said %q, but\n%s", word, strings.Join(all, "\n"))
}

// run gives what the Windows program printed and its exit code.
func (w *wine) run(args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	c := w.command(args...)
	var out, talk bytes.Buffer
	c.Stdout, c.Stderr = &out, &talk
	err := c.Run()
	if c.ProcessState == nil {
		w.t.Fatalf("cpos.exe %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), talk.String(), c.ProcessState.ExitCode()
}

func TestTheWindowsProgramTakesMoneyUnderWine(t *testing.T) {
	w := newWine(t, func() string { return winetest.Build(t, "cmd/cpos") })
	if out, talk, code := w.run("version"); code != 0 || out == "" {
		t.Fatalf("version: exit %d, %q, %s", code, out, talk)
	}
	if out, talk, code := w.run("--data", "till", "--env", "sandbox", "sandbox", "keys"); code != 0 {
		t.Fatalf("sandbox keys: exit %d\n%s%s", code, out, talk)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "CPOS_PAYMENT_GATEWAY_BASE_URL=http://"+port+"/cpay/")
	sandbox := w.command("--data", "till", "--env", "sandbox", "sandbox", "serve", "--listen", port)
	if err := sandbox.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = sandbox.Process.Kill()
		_ = sandbox.Wait()
	})

	w.waitFor(port)

	const paidAtOnce, declined = "134680423163089400", "134680423163089411"
	out, talk, code := w.run("--data", "till", "--env", "sandbox", "pay", "--amount", "12.50", "--code", paidAtOnce)
	if code != 0 {
		t.Fatalf("pay: exit %d\n%s%s", code, out, talk)
	}
	if _, talk, code := w.run("--data", "till", "--env", "sandbox", "pay", "--amount", "3.00", "--code", declined); code != exitDeclined {
		t.Errorf("a declined code: exit %d\n%s", code, talk)
	}
	out, talk, code = w.run("--data", "till", "--env", "sandbox", "export", "orders", "-o", "csv")
	if code != 0 || !strings.Contains(out, "12.50") || !strings.Contains(out, "3.00") {
		t.Errorf("export: exit %d\n%s%s", code, out, talk)
	}
	if strings.Contains(out+talk, paidAtOnce) {
		t.Error("a payment code in clear")
	}
	if out, talk, code := w.run("--data", "till", "--env", "sandbox", "ledger", "verify"); code != 0 {
		t.Errorf("ledger verify: exit %d\n%s%s", code, out, talk)
	}
}

func TestAWholeSaleBesideAPOSUnderWine(t *testing.T) {
	w := newWine(t, func() string { return winetest.BuildPatched(t, "cmd/cpos", "hw/window") })
	t.Setenv("DISPLAY", w.Display)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	w.env = []string{"CPOS_PAYMENT_GATEWAY_BASE_URL=http://" + port + "/cpay/", "CPOS_PAYMENT_RESULT_DISPLAY=60s", "CPOS_SCANNER_GAP=250ms"}
	till := []string{"--lang", "en", "--data", "till", "--env", "sandbox"}
	if out, talk, code := w.run(append(till, "sandbox", "keys")...); code != 0 {
		t.Fatalf("sandbox keys: exit %d\n%s%s", code, out, talk)
	}
	w.start(w.command(append(till, "sandbox", "serve", "--listen", port)...))
	w.waitFor(port)
	pos := winetest.BuildPatched(t, "cmd/practice-pos", "cmd/practice-pos")
	w.until(w.start(w.Command(t, nil, pos, "--journal", "pos-journal.jsonl", "--sale", "12.50,3.40")), "ready")
	w.until(w.start(w.command(append(till, "run")...)), "ready to take payments")

	h, err := newHand()
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	at := stage{stageOptions: stageOptions{Dir: w.Home}}
	const paidAtOnce = "134680423163089400"
	keys := func() []string {
		all, err := at.readJournal()
		if err != nil {
			t.Fatal(err)
		}
		return keysPressed(all)
	}
	w.waitsForScans(h, till)
	if err := h.write(paidAtOnce + string(handEnter)); err != nil {
		t.Fatal(err)
	}
	within(t, "the amount that was read, over the POS", func() bool { return onScreen(t, h, asksEnter) })
	within(t, "the till listening for Enter", func() bool { return w.listens(till) })
	if err := h.write(string(handEnter)); err != nil {
		t.Fatal(err)
	}
	within(t, "the POS settled", func() bool {
		all, err := at.readJournal()
		return err == nil && slices.ContainsFunc(all, func(e posEntry) bool { return e.Kind == "sale" && e.Received == "12.50" && e.Tender == "wechat" })
	})
	if out, talk, code := w.run(append(till, "export", "orders", "-o", "csv")...); code != 0 || !strings.Contains(out, "12.50") {
		t.Errorf("export: exit %d\n%s%s", code, out, talk)
	}
	within(t, "what was paid, over the POS", func() bool { return onScreen(t, h, saysPaid) })
	if got, want := keys(), []string{"esc", "f12", "f6", "1", "2", ".", "5", "0", "f10"}; !slices.Equal(got, want) {
		t.Errorf("the POS got %v instead of %v", got, want)
	}
	within(t, "the till listening for Esc", func() bool { return w.listens(till) })
	if err := h.write(string(handEsc)); err != nil {
		t.Fatal(err)
	}
	within(t, "the window gone", func() bool { return !onScreen(t, h, saysPaid) })
	w.leaveAndReturn(h)
	w.waitsForScans(h, till)
	if err := h.write(paidAtOnce[:17] + "7" + string(handEnter)); err != nil {
		t.Fatal(err)
	}
	within(t, "the window again", func() bool { return onScreen(t, h, asksEnter) })
	if leaked := strings.Join(keys(), ""); strings.Contains(leaked, paidAtOnce[:6]) {
		t.Errorf("keys of the scan reached the POS: %s", leaked)
	}
}

// waitsForScans clicks the POS to the front, as a cashier does, until the till says that it waits for scans. Which
// window comes to the front after another one went is nobody's promise here: there is no window manager.
func (w *wine) waitsForScans(h *hand, till []string) {
	w.t.Helper()
	within(w.t, "the till waiting for scans", func() bool {
		xtest.FakeInput(h.x, xproto.MotionNotify, 0, 0, 0, 400, 15, 0)
		for _, kind := range []byte{xproto.ButtonPress, xproto.ButtonRelease} {
			xtest.FakeInput(h.x, kind, byte(xproto.ButtonIndex1), 0, 0, 0, 0, 0)
		}
		h.x.Sync()
		return w.listens(till)
	})
}

// listens says that the till hears the keyboard for what it shows, and scans.
func (w *wine) listens(till []string) bool {
	w.t.Helper()
	out, _, _ := w.run(append(till, "doctor", "--only", "scanner", "-o", "json")...)
	return strings.Contains(out, `"verdict": "ok"`)
}

// leaveAndReturn tells the till what Windows tells when somebody locks the session, or leaves the remote desktop, and
// comes back: wine has neither. Meanwhile the cashier is told.
func (w *wine) leaveAndReturn(h *hand) {
	w.t.Helper()
	system := w.Command(w.t, []string{"CPOS_TEST_STAND=system"}, winetest.BuildTests(w.t, "hw/desktop", ""))
	in, err := system.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	w.until(w.start(system), "ready")
	logged := func(line string) bool {
		text, err := os.ReadFile(filepath.Join(w.Home, "till", "cpos.log"))
		if err != nil {
			w.t.Fatal(err)
		}
		return strings.Contains(string(text), line)
	}
	for _, row := range []struct {
		mishap       string
		begins, over int // WM_WTSSESSION_CHANGE with this value
	}{{"locked", 7, 8}, {"away", 4, 3}} {
		for _, now := range []struct {
			value int
			over  bool
		}{{row.begins, false}, {row.over, true}} {
			if _, err := fmt.Fprintf(in, "post CposMishaps 689 %d\n", now.value); err != nil {
				w.t.Fatal(err)
			}
			line := fmt.Sprintf(`"what":%q,"over":%t`, row.mishap, now.over)
			within(w.t, line, func() bool { return logged(line) })
			within(w.t, line+" on the screen", func() bool { return onScreen(w.t, h, saysSomething) != now.over })
		}
	}
	_ = in.Close() // it ends, and the POS is in front again
}

// within waits for something that must come, on a machine that may be busy.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// Colours of the cards in which the payment window asks to compare the amount, says that it was paid, and says
// something beside a sale.
const (
	asksEnter     = 0xeaf1fd
	saysPaid      = 0xe5f6ec
	saysSomething = 0xf0f2f5
)

// onScreen says whether a card of that colour is in sight, whatever any list of windows says: the practice POS lies
// over all of it where it is not the lower one.
func onScreen(t *testing.T, h *hand, colour uint32) bool {
	t.Helper()
	s := xproto.Setup(h.x).DefaultScreen(h.x)
	r, err := xproto.GetImage(h.x, xproto.ImageFormatZPixmap, xproto.Drawable(s.Root), 0, 0, s.WidthInPixels, s.HeightInPixels, ^uint32(0)).Reply()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := 0; i+4 <= len(r.Data); i += 4 {
		if xgb.Get32(r.Data[i:])&0xffffff == colour {
			n++
		}
	}
	const most = 20_000 // px, of the smallest card's 33,000
	return n > most
}
