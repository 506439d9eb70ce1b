package port_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cpos/hw/port"
)

// socket is an end that can be plugged in and pulled.
type socket struct {
	mu     sync.Mutex
	there  bool
	opened int
	other  net.Conn // what is plugged in
	fresh  chan net.Conn
}

var errAway = errors.New("no such device")

func newSocket(there bool) *socket { return &socket{there: there, fresh: make(chan net.Conn, 64)} }

func (s *socket) open(context.Context) (port.Port, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.there {
		return nil, errAway
	}
	ours, theirs := net.Pipe()
	s.opened++
	s.other = theirs
	s.fresh <- theirs
	return ours, nil
}

func (s *socket) pull() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.there = false
	if s.other != nil {
		s.other.Close()
	}
}

func (s *socket) plug() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.there = true
}

// sink takes what arrives at an end.
func sink(c net.Conn) func() string {
	var mu sync.Mutex
	var all bytes.Buffer
	go func() {
		buf := make([]byte, 64)
		for {
			n, err := c.Read(buf)
			mu.Lock()
			all.Write(buf[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

// run runs b until the test's end, and gives what it told of its ends.
func run(t *testing.T, b *port.Between) (turns func() []error, stop func()) {
	var mu sync.Mutex
	var told []error
	b.Turned = func(_ port.End, err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := b.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	}()
	return func() []error {
		mu.Lock()
		defer mu.Unlock()
		return append([]error(nil), told...)
	}, func() { cancel(); <-done }
}

func TestBothWaysPassAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newSocket(true), newSocket(true)
		heard := make(chan string, 8)
		_, stop := run(t, &port.Between{Near: near.open, Far: far.open, Heard: func(b []byte) { heard <- string(b) }})
		program, device := <-near.fresh, <-far.fresh
		fromProgram, fromDevice := sink(device), sink(program)
		began := time.Now()
		io.WriteString(program, "12.50")
		io.WriteString(device, "ready")
		synctest.Wait()
		if h := <-heard; fromProgram() != "12.50" || fromDevice() != "ready" || h != "12.50" || time.Since(began) != 0 {
			t.Errorf("device %q, program %q, heard %q after %v", fromProgram(), fromDevice(), h, time.Since(began))
		}
		stop()
	})
}

func TestAnEndThatIsAwayIsToldOnceAndOpenedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newSocket(true), newSocket(true)
		var heard atomic.Int64
		turns, stop := run(t, &port.Between{Near: near.open, Far: far.open, Heard: func(b []byte) { heard.Add(int64(len(b))) }})
		program, device := <-near.fresh, <-far.fresh
		go io.Copy(io.Discard, device)
		far.pull()
		time.Sleep(10 * time.Second)
		io.WriteString(program, "lost on the cable")
		synctest.Wait()
		if got := turns(); len(got) != 3 || got[2] == nil || heard.Load() != 17 {
			t.Errorf("told %v, heard %d", got, heard.Load())
		}
		far.plug()
		time.Sleep(time.Second)
		arrived := sink(<-far.fresh)
		io.WriteString(program, "8.00")
		synctest.Wait()
		if got := turns(); len(got) != 4 || got[3] != nil || arrived() != "8.00" {
			t.Errorf("told %v, the device got %q", got, arrived())
		}
		near.pull()
		time.Sleep(10 * time.Second)
		near.plug()
		time.Sleep(time.Second)
		io.WriteString(<-near.fresh, "9.00")
		synctest.Wait()
		if got := turns(); len(got) != 6 || arrived() != "8.009.00" {
			t.Errorf("told %v, the device got %q", got, arrived())
		}
		stop()
	})
}

func TestAStuckDisplayHoldsNobodyUpAndAPrinterIsWaitedFor(t *testing.T) {
	for _, patient := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			near, far := newSocket(true), newSocket(true)
			var heard atomic.Int64
			_, stop := run(t, &port.Between{Near: near.open, Far: far.open, Patient: patient, Heard: func(b []byte) { heard.Add(int64(len(b))) }})
			program, device := <-near.fresh, <-far.fresh
			job := bytes.Repeat([]byte("x"), 3<<20) // more than is kept; the device takes nothing yet
			wrote := make(chan struct{})
			go func() {
				defer close(wrote)
				program.Write(job)
			}()
			time.Sleep(time.Minute)
			if full := heard.Load() == int64(len(job)); full == patient {
				t.Errorf("patient %v: heard %d of %d", patient, heard.Load(), len(job))
			}
			arrived := sink(device)
			<-wrote
			synctest.Wait()
			if whole := len(arrived()) == len(job); whole != patient {
				t.Errorf("patient %v: the device got %d of %d", patient, len(arrived()), len(job))
			}
			stop()
		})
	}
}

func TestALazyDeviceIsOpenOnlyForAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newSocket(true), newSocket(true)
		_, stop := run(t, &port.Between{Near: near.open, Far: far.open, Patient: true, Lazy: true})
		program := <-near.fresh
		time.Sleep(time.Minute)
		for i := range 3 {
			if far.opened != i {
				t.Errorf("opened %d times before job %d", far.opened, i)
			}
			io.WriteString(program, "slip")
			device := <-far.fresh
			if all, err := io.ReadAll(device); string(all) != "slip" || err != nil {
				t.Errorf("got %q, %v", all, err)
			}
			time.Sleep(time.Minute)
		}
		stop()
	})
}

func TestNamesOfPortsInTheNetwork(t *testing.T) {
	for name, want := range map[string]bool{"192.168.1.50:9100": true, ":9100": true, "printer.local:9100": true, "[::1]:9100": true,
		"COM7": false, "/dev/ttyUSB0": false, "/dev/serial/by-path/pci-0000:00:14.0": false, `\\.\LPT1`: false, "LPT1": false, "": false, "9100": false, "host:name": false} {
		if port.IsNetwork(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
