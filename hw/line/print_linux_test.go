package line_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
)

// slipOf is what a POS prints for one sale: a logo, goods, the total, change, and a cut.
func slipOf(m pay.Money) []byte {
	logo := append([]byte("\x1dv0\x00\x04\x00\x08\x00"), bytes.Repeat([]byte{0x0a, 0xff}, 16)...)
	job := append([]byte("\x1b@"), logo...)
	return fmt.Appendf(job, "\x1c&tea\t1\t%s\n\x1b!\x30\xba\xcf\xbc\xc6:\x1b!\x00\x1b$\x90\x00%s\n\xca\xd5\xbf\xee 9999.00\n\x1bd\x03\x1dVB\x00", m/2, m)
}

func listen(t testing.TB, w line.Wire) *line.Print {
	t.Helper()
	p := line.NewPrint(line.PrintOptions{Wire: w, Settle: 12 * time.Millisecond})
	run(t, p.Run)
	return p
}

func TestAPrinterOnASerialPortIsHeard(t *testing.T) {
	t.Parallel()
	wire, behind := newCable(t, "pos"), newCable(t, "printer")
	pos, paper := open(t, wire.A), record(t, open(t, behind.B))
	p := listen(t, line.Wire{Port: wire.B, Forward: behind.A})
	var all []byte
	for i := range sales(t) {
		write(t, pos, slipOf(amount(i)))
		all = append(all, slipOf(amount(i))...)
		reads(t, p, amount(i-1), amount(i))
	}
	eventually(t, "whole forwarding", func() bool { return len(paper.got()) >= len(all) })
	if !bytes.Equal(paper.got(), all) {
		t.Error("the printer got other bytes")
	}

	// The printer is switched off for a moment: what is printed meanwhile comes out afterwards.
	behind.pull()
	write(t, pos, slipOf(4321))
	reads(t, p, amount(sales(t)-1), 4321)
	behind.plug()
	paper = record(t, open(t, behind.B))
	eventually(t, "slip that waited", func() bool { return bytes.Equal(paper.got(), slipOf(4321)) })

	// The POS's own end is pulled in the middle of a slip: half of one is none.
	half := bytes.TrimSuffix(slipOf(100), []byte("0\n\xca\xd5\xbf\xee 9999.00\n\x1bd\x03\x1dVB\x00"))
	write(t, pos, half)
	eventually(t, "half a slip", func() bool { return bytes.HasSuffix(paper.got(), half) })
	pos.Close()
	wire.pull()
	eventually(t, "loss", func() bool {
		_, err := p.Said(t.Context())
		var away *line.AwayError
		return errors.As(err, &away)
	})
	wire.plug()
	pos = open(t, wire.A)
	write(t, pos, slipOf(777))
	reads(t, p, 4321, 777)
}

// netPrinter is a printer in the network: socat, which keeps what it gets in a file.
type netPrinter struct {
	t       testing.TB
	address string
	paper   string
	cmd     *exec.Cmd
}

func (n *netPrinter) on() {
	n.t.Helper()
	_, service, _ := net.SplitHostPort(n.address)
	n.cmd = exec.Command("socat", "-u", "TCP-LISTEN:"+service+",bind=127.0.0.1,fork,reuseaddr", "OPEN:"+n.paper+",creat,append")
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	eventually(n.t, "printer", func() bool {
		c, err := net.Dial("tcp", n.address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (n *netPrinter) off() {
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
}

func (n *netPrinter) got() []byte {
	b, _ := os.ReadFile(n.paper) // not there before the first job
	return b
}

// freeAddress gives an address that nobody listens on now.
func freeAddress(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// send prints one job as a POS does: connect, write, wait until the printer hung up.
func send(address string, job []byte) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write(job); err != nil {
		return err
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	if err := c.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, c)
	return err
}

func TestAPrinterInTheNetworkIsHeard(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("socat"); err != nil {
		t.Skip("socat is not installed (make deps), so there is no printer to test with")
	}
	printer := &netPrinter{t: t, address: freeAddress(t), paper: filepath.Join(t.TempDir(), "paper")}
	printer.on()
	t.Cleanup(func() { printer.off() })
	ours := freeAddress(t)
	var mu sync.Mutex
	var told []error
	p := listen(t, line.Wire{Port: ours, Forward: printer.address, Trouble: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err)
	}})
	eventually(t, "way in", func() bool { return send(ours, nil) == nil })
	var all []byte
	for i := range sales(t) {
		if err := send(ours, slipOf(amount(i))); err != nil {
			t.Fatal(err)
		}
		all = append(all, slipOf(amount(i))...)
		reads(t, p, amount(i-1), amount(i))
	}
	eventually(t, "whole forwarding", func() bool { return bytes.Equal(printer.got(), all) })

	printer.off()
	eventually(t, "refusal", func() bool { return send(ours, nil) != nil }) // a child of socat may still listen
	for range 3 {
		if send(ours, slipOf(1)) == nil {
			t.Error("a printer that is off took a slip")
		}
	}
	printer.on()
	if err := send(ours, slipOf(4321)); err != nil {
		t.Fatal(err)
	}
	reads(t, p, amount(sales(t)-1), 4321)
	mu.Lock()
	defer mu.Unlock()
	for i, err := range told {
		if (err == nil) != (i%2 == 1) {
			t.Errorf("told %v: the same twice", told)
		}
	}
	if len(told) == 0 || told[len(told)-1] != nil {
		t.Errorf("told %v at last", told)
	}
}

func TestASlipOfLongAgoIsSilent(t *testing.T) {
	t.Parallel()
	ours := freeAddress(t)
	p := line.NewPrint(line.PrintOptions{Wire: line.Wire{Port: ours}, Fresh: 3 * time.Second, Settle: 12 * time.Millisecond})
	run(t, p.Run)
	eventually(t, "way in", func() bool { return send(ours, nil) == nil })
	if _, err := p.Said(t.Context()); !errors.Is(err, capture.ErrSilent) {
		t.Error("before the first slip:", err)
	}
	if err := send(ours, slipOf(1250)); err != nil {
		t.Fatal(err)
	}
	reads(t, p, 0, 1250)
	eventually(t, "silence", func() bool { _, err := p.Said(t.Context()); return errors.Is(err, capture.ErrSilent) })
}

func TestADisplayInTheNetworkKeepsItsText(t *testing.T) {
	t.Parallel()
	ours := freeAddress(t)
	d := display(t, line.Wire{Port: ours}, line.CD5220)
	eventually(t, "way in", func() bool { return send(ours, nil) == nil })
	for i := range 50 { // a connection for every text
		if err := send(ours, shows[line.CD5220](amount(i))); err != nil {
			t.Fatal(err)
		}
		reads(t, d, amount(i-1), amount(i))
	}
	if err := send(ours, []byte("\x1bQA1.5")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "doubt after half a command", func() bool { _, err := d.Said(t.Context()); return errors.Is(err, capture.ErrSilent) })
	if err := send(ours, shows[line.CD5220](777)); err != nil {
		t.Fatal(err)
	}
	reads(t, d, amount(49), 777)
}
