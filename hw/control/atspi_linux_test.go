package control_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/hw/control"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
)

// python is the system's own: its libraries of GTK are not those of another one on the path.
const python = "/usr/bin/python3"

// session gives a test a display and a session bus of its own.
func session(t testing.TB) *desktop.Desktop {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import gi; gi.require_version('Gtk', '3.0')").CombinedOutput(); err != nil {
		t.Skipf("there is no GTK for Python (make deps): %s", out)
	}
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("dbus-daemon is not installed (make deps)")
	}
	desktoptest.Display(t, 800, 600)
	bus := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Process.Kill(); _ = bus.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
	t.Setenv("AT_SPI_BUS_ADDRESS", "")
	d, err := desktop.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// till is the GTK window.
type till struct {
	t    testing.TB
	cmd  *exec.Cmd
	in   io.WriteCloser
	said *bufio.Reader
}

func openTill(t testing.TB) *till {
	t.Helper()
	p := &till{t: t, cmd: exec.Command(python, "testdata/till.py")}
	p.cmd.Stderr = os.Stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.said = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.expect("ready")
	return p
}

func (p *till) expect(word string) {
	p.t.Helper()
	if s, err := p.said.ReadString('\n'); strings.TrimSpace(s) != word {
		p.t.Fatalf("the window said %q, %v", s, err)
	}
}

// show puts an amount on the window and returns when it is there.
func (p *till) show(text string) {
	p.t.Helper()
	fmt.Fprintln(p.in, text)
	p.expect("shown")
}

func (p *till) close() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

var gtkTill = keys.Window{Title: "^GTK till$"}

func lineOf(t testing.TB, texts *control.Texts, d *desktop.Desktop, address string) *control.Line {
	t.Helper()
	l, err := texts.Line(d, gtkTill, address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// said waits until the control can be asked, and gives its only line.
func said(t testing.TB, l capture.Line) string {
	t.Helper()
	return told(t, l).Lines[0]
}

func told(t testing.TB, l capture.Line) capture.Told {
	t.Helper()
	var why error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		told, err := l.Said(t.Context())
		if err == nil && len(told.Lines) == 1 {
			return told
		}
		why = err
	}
	t.Fatalf("nothing was told: %v", why)
	return capture.Told{}
}

// silence gives why a control tells nothing, when that is not just a busy machine.
func silence(t testing.TB, l capture.Line) error {
	t.Helper()
	for range 20 {
		told, err := l.Said(t.Context())
		if err == nil {
			t.Fatalf("told %q", told.Lines)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return context.DeadlineExceeded
}

func TestAControlOfAGTKWindowTellsEveryAmount(t *testing.T) {
	d := session(t)
	window := openTill(t)
	t.Cleanup(func() { window.close() })
	texts := control.New()
	t.Cleanup(texts.Close)
	sales := 1000
	if testing.Short() {
		sales = 100
	}
	lines := map[string]*control.Line{"name:total": nil, "label#2": nil, "text#1": nil}
	for address := range lines {
		lines[address] = lineOf(t, texts, d, address)
		said(t, lines[address]) // the program may still be joining the bus
	}
	for i := range sales {
		want := pay.Money(1 + (i*7919)%499_999).String()
		window.show(want)
		for address, l := range lines {
			if got := said(t, l); got != want {
				t.Fatalf("%s told %q, want %s", address, got, want)
			}
		}
	}

	if last := told(t, lines["name:total"]); last.Serial < uint64(sales) || time.Since(last.At) > time.Minute {
		t.Errorf("serial %d at %v after %d changes", last.Serial, last.At, sales)
	}

	// The window is closed, and opened again.
	window.close()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := lines["name:total"].Said(t.Context()); errors.Is(err, capture.ErrSilent) {
			break
		} else if time.Now().After(end) {
			t.Fatal("a window that is gone still tells its text")
		}
	}
	window = openTill(t)
	window.show("77.70")
	for address, l := range lines {
		if got := said(t, l); got != "77.70" {
			t.Errorf("%s told %q after the window came back", address, got)
		}
	}
}

func TestOnlyTheControlThatIsMeantIsRead(t *testing.T) {
	d := session(t)
	window := openTill(t)
	t.Cleanup(func() { window.close() })
	window.show("1,234.50")
	texts := control.New()
	t.Cleanup(texts.Close)
	said(t, lineOf(t, texts, d, "label#2"))
	for address, want := range map[string]error{"name:twice": control.ErrSeveral, "name:nobody": control.ErrNone, "text#9": control.ErrNone,
		"label#3": capture.ErrSilent, "password text#1": control.ErrSecret} {
		if err := silence(t, lineOf(t, texts, d, address)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}

	w, err := d.Find(t.Context(), gtkTill)
	if err != nil {
		t.Fatal(err)
	}
	all, err := texts.List(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, c := range all {
		listed = append(listed, fmt.Sprintf("%s %d %s", c.Address, c.Length, c.Shape))
	}
	want := "frame#1 8 xxx xxxx|label#1 2 字字|label#2 8 0,000.00|text#1 8 0,000.00|label#4 1 x|label#5 1 x"
	if got := strings.Join(listed, "|"); got != want {
		t.Errorf("listed %s, want %s", got, want)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lineOf(t, texts, d, "label#2").Said(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestWithoutABusNothingIsTold(t *testing.T) {
	desktoptest.Display(t, 400, 300)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	t.Setenv("AT_SPI_BUS_ADDRESS", "")
	texts := control.New()
	defer texts.Close()
	if _, err := texts.List(t.Context(), desktop.Window{ID: 1, PID: 1}); !errors.Is(err, control.ErrNoAccess) {
		t.Error(err)
	}
}
