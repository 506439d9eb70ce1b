package line_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/engine/pay"
	"cpos/hw/line"
	"cpos/hw/port"
)

// cable is a pair of serial ports that socat joins.
type cable struct {
	t    testing.TB
	A, B string
	cmd  *exec.Cmd
}

func newCable(t testing.TB, name string) *cable {
	t.Helper()
	if _, err := exec.LookPath("socat"); err != nil {
		t.Skip("socat is not installed (make deps), so there is no serial cable to test with")
	}
	dir, err := os.MkdirTemp("", "cable") // without the test's name: a comma means something to socat
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cable{t: t, A: filepath.Join(dir, name+"-a"), B: filepath.Join(dir, name+"-b")}
	c.plug()
	t.Cleanup(c.pull)
	return c
}

// plug joins the ports.
func (c *cable) plug() {
	c.t.Helper()
	c.cmd = exec.Command("socat", "pty,raw,echo=0,link="+c.A, "pty,raw,echo=0,link="+c.B)
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "the ports of a cable", func() bool { return exists(c.A) && exists(c.B) })
}

// pull takes the cable away, ports and all.
func (c *cable) pull() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	_ = os.Remove(c.A) // socat had no chance to
	_ = os.Remove(c.B)
	c.cmd = nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func eventually(t testing.TB, what string, true func() bool) {
	t.Helper()
	for limit := time.Now().Add(2 * time.Minute); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		if true() {
			return
		}
	}
	t.Fatalf("no %s in two minutes", what)
}

// open opens one end of a cable as a program does.
func open(t testing.TB, name string) port.Port {
	t.Helper()
	p, err := port.Serial(name, port.SerialSettings{})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func write(t testing.TB, p port.Port, b []byte) {
	t.Helper()
	if n, err := port.Write(t.Context(), p, b, port.Pace{}, time.Now().Add(30*time.Second)); err != nil {
		t.Fatalf("wrote %d of %d: %v", n, len(b), err)
	}
}

// run runs a listener until the test ends, and waits for it.
func run(t testing.TB, do func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-done:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("ended with %v", err)
			}
		case <-time.After(2 * time.Minute):
			t.Error("does not end with its context")
		}
	})
}

// amount gives a row of amounts that do not repeat soon, of one to six digits.
func amount(i int) pay.Money {
	i += 4
	return pay.Money(1 + (i*7919+i%3)%[]int{99, 1_000, 50_000, 499_999}[i%4])
}

var grammar = capture.Grammar{Decimals: 2, Prefix: []string{"TOTAL", "合计:", "￥"}}

// reads waits until a line tells the wanted amount. Until then it may tell the one before, or none, and
// never another.
func reads(t testing.TB, l capture.Line, before, want pay.Money) {
	t.Helper()
	eventually(t, fmt.Sprintf("amount %s", want), func() bool {
		told, err := l.Said(t.Context())
		var away *line.AwayError
		if errors.Is(err, capture.ErrSilent) || errors.As(err, &away) {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range told.Lines {
			if got, why := grammar.Parse(text); why == "" && got != want && got != before {
				t.Fatalf("told %q, that is %s, when %s was shown after %s", told.Lines, got, want, before)
			} else if why == "" && got == want {
				return true
			}
		}
		return false
	})
}

// sales is how many amounts are shown.
func sales(t testing.TB) int {
	if testing.Short() {
		return 100
	}
	return 1000
}

var shows = map[line.Protocol]func(pay.Money) []byte{
	line.CD5220: func(m pay.Money) []byte { return fmt.Appendf(nil, "\x0c\x1bQA\xba\xcf\xbc\xc6:\r\x1bQB%20s\r", m) },
	line.ESCPOS: func(m pay.Money) []byte { return fmt.Appendf(nil, "\x1b@\xbf\xc9\xc0\xd6\x1f$\x01\x02TOTAL%15s", m) },
}

func TestADisplayTellsEveryAmount(t *testing.T) {
	t.Parallel()
	for protocol, show := range shows {
		t.Run(string(protocol)+", listening", func(t *testing.T) {
			t.Parallel()
			wire := newCable(t, "display")
			pos := open(t, wire.A)
			d := display(t, line.Wire{Port: wire.B}, protocol)
			for i := range sales(t) {
				write(t, pos, show(amount(i)))
				reads(t, d, amount(i-1), amount(i))
			}
		})
		t.Run(string(protocol)+", in between", func(t *testing.T) {
			t.Parallel()
			wire, behind := newCable(t, "pos"), newCable(t, "display")
			pos, device := open(t, wire.A), record(t, open(t, behind.B))
			d := display(t, line.Wire{Port: wire.B, Forward: behind.A}, protocol)
			reachable(t, pos, device)
			var all []byte
			device.forget()
			for i := range sales(t) {
				write(t, pos, show(amount(i)))
				all = append(all, show(amount(i))...)
				reads(t, d, amount(i-1), amount(i))
			}
			eventually(t, "whole forwarding", func() bool { return len(device.got()) >= len(all) })
			if !bytes.Equal(device.got(), all) {
				t.Error("the display behind got other bytes")
			}
		})
	}
}

func display(t testing.TB, w line.Wire, p line.Protocol) *line.Display {
	t.Helper()
	d, err := line.NewDisplay(line.DisplayOptions{Wire: w, Protocol: p, Settle: 12 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	run(t, d.Run)
	return d
}

// recorder keeps what arrives at the far end.
type recorder struct {
	port.Port
	mu  sync.Mutex
	all []byte
}

func record(t testing.TB, p port.Port) *recorder {
	r := &recorder{Port: p}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for {
			n, err := p.Read(buf)
			r.mu.Lock()
			r.all = append(r.all, buf[:n]...)
			r.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { p.Close(); <-done })
	return r
}

func (r *recorder) got() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]byte(nil), r.all...)
}

func (r *recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = nil
}

// reachable waits until bytes pass from the program to the device.
func reachable(t testing.TB, pos port.Port, device *recorder) {
	t.Helper()
	eventually(t, "way to the device", func() bool {
		write(t, pos, []byte{0})
		time.Sleep(5 * time.Millisecond)
		return len(device.got()) > 0
	})
	for n := -1; n != len(device.got()); time.Sleep(50 * time.Millisecond) {
		n = len(device.got())
	}
}

func TestTheDeviceBehindAnswersThePOS(t *testing.T) {
	t.Parallel()
	wire, behind := newCable(t, "pos"), newCable(t, "display")
	pos, device := record(t, open(t, wire.A)), record(t, open(t, behind.B))
	display(t, line.Wire{Port: wire.B, Forward: behind.A}, line.Auto)
	reachable(t, pos, device)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	write(t, device, every)
	eventually(t, "answer", func() bool { return bytes.Equal(pos.got(), every) })
}

func TestADisplaySurvivesUnplugging(t *testing.T) {
	t.Parallel()
	wire := newCable(t, "display")
	var mu sync.Mutex
	var told []error
	show := shows[line.CD5220]
	d := display(t, line.Wire{Port: wire.B, Trouble: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err)
	}}, line.CD5220)
	for round := range 3 {
		pos := open(t, wire.A)
		write(t, pos, show(amount(round)))
		reads(t, d, -1, amount(round)) // what was shown before the cable was pulled is forgotten
		pos.Close()
		wire.pull()
		eventually(t, "silence", func() bool {
			_, err := d.Said(t.Context())
			var away *line.AwayError
			return errors.As(err, &away) && away.Port == wire.B
		})
		time.Sleep(time.Second) // long enough to try the port several times
		wire.plug()
		eventually(t, "port that is back", func() bool {
			_, err := d.Said(t.Context())
			var away *line.AwayError
			return errors.Is(err, capture.ErrSilent) && !errors.As(err, &away)
		})
	}
	mu.Lock()
	defer mu.Unlock()
	for i, err := range told {
		if (err == nil) != (i%2 == 1) {
			t.Errorf("trouble %d: %v", i, err)
		}
	}
	if len(told) != 6 {
		t.Errorf("told %d times of 3 losses", len(told))
	}
}

func TestADisplayIsReadWithNobodyBehind(t *testing.T) {
	t.Parallel()
	wire, behind := newCable(t, "pos"), newCable(t, "display")
	pos := open(t, wire.A)
	d := display(t, line.Wire{Port: wire.B, Forward: behind.A}, line.ESCPOS) // nobody reads behind.B
	show := shows[line.ESCPOS]
	for i := range 400 { // more than the system keeps for a device that takes nothing
		write(t, pos, show(amount(i)))
		reads(t, d, amount(i-1), amount(i))
	}
	behind.pull()
	for i := range 20 {
		write(t, pos, show(amount(400+i)))
		reads(t, d, amount(399+i), amount(400+i))
	}
	behind.plug()
	device := record(t, open(t, behind.B))
	reachable(t, pos, device)
	device.forget()
	write(t, pos, show(amount(3)))
	eventually(t, "forwarding to the display that is back", func() bool { return bytes.Equal(device.got(), show(amount(3))) })
}

func TestAWireIsChecked(t *testing.T) {
	t.Parallel()
	wire, behind := newCable(t, "pos"), newCable(t, "display")
	taken := freeAddress(t)
	ln, err := net.Listen("tcp", taken)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	rows := []struct {
		name string
		wire line.Wire
		away string
	}{
		{"both ends there", line.Wire{Port: wire.B, Forward: behind.A}, ""},
		{"listening only", line.Wire{Port: wire.B}, ""},
		{"no such port", line.Wire{Port: wire.B + "0"}, wire.B + "0"},
		{"nothing behind", line.Wire{Port: wire.B, Forward: behind.A + "0"}, behind.A + "0"},
		{"not a serial port", line.Wire{Port: os.DevNull}, os.DevNull},
		{"settings that no port has", line.Wire{Port: wire.B, Serial: port.SerialSettings{Parity: "some"}}, wire.B},
		{"served to the network", line.Wire{Port: freeAddress(t), Forward: taken}, ""},
		{"an address that is taken", line.Wire{Port: taken}, taken},
		{"a device file behind", line.Wire{Port: wire.B, Forward: os.DevNull}, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			err := row.wire.Check(t.Context())
			var away *line.AwayError
			if errors.As(err, &away); (row.away == "") != (err == nil) || away != nil && away.Port != row.away {
				t.Errorf("%v, want %q away", err, row.away)
			}
		})
	}
	if _, err := line.Ports(); err != nil {
		t.Error(err)
	}
}
