package input_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cpos/engine/keys"
	"cpos/hw/input"
	"cpos/hw/port"
)

// byByte reads a port as wine can: it waits for as many bytes as were asked for, which Windows does not.
type byByte struct{ port.Port }

func (p byByte) Read(b []byte) (int, error) { return p.Port.Read(b[:1]) }

func readByByte(name string) port.Opener {
	open := port.Serial(name, port.SerialSettings{})
	return func(ctx context.Context) (port.Port, error) {
		p, err := open(ctx)
		return byByte{p}, err
	}
}

// TestAScannerOnASerialPortOfWindows hears the scanner at the port that CPOS_TEST_COM names.
func TestAScannerOnASerialPortOfWindows(t *testing.T) {
	name := os.Getenv("CPOS_TEST_COM")
	if name == "" {
		t.Skip("CPOS_TEST_COM names no serial port")
	}
	var mu sync.Mutex
	var heard, typed []string
	all := make(chan struct{})
	note := func(to *[]string, text string) {
		mu.Lock()
		defer mu.Unlock()
		if *to = append(*to, text); len(heard) == serialScans && len(typed) == serialScans {
			close(all)
		}
	}
	s := input.Scanner{
		Open:   readByByte(name),
		Accept: payable,
		Type:   func(_ context.Context, text string) error { note(&typed, text); return nil },
	}
	ctx, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { _ = s.Listen(ctx, func(e keys.Event) { note(&heard, e.Text) }) }) // it ends with ctx
	select {
	case <-all:
	case <-time.After(2 * time.Minute):
		t.Error("not all was heard")
	}
	stop()
	ended.Wait()
	mu.Lock()
	defer mu.Unlock()
	for i := range serialScans {
		if !slices.Contains(heard, code(i)) {
			t.Errorf("scan %d was not heard", i)
		}
	}
	t.Logf("heard %d payment codes, gave %d others back as keys", len(heard), len(typed))
}

func TestAHostileScannerOnASerialPortOfWindows(t *testing.T) {
	name, characters := os.Getenv("CPOS_TEST_COM"), os.Getenv(hostileCharacters)
	if name == "" || characters == "" {
		t.Skip("CPOS_TEST_COM names no serial port, or nothing hostile is on its way")
	}
	codes, err := strconv.Atoi(os.Getenv(codesSent))
	must(t, err)
	heard := make(chan string, 16)
	var typed atomic.Int64
	s := input.Scanner{Open: readByByte(name), Accept: payable,
		Type: func(context.Context, string) error { typed.Add(1); return nil }}
	before, begin := held(), time.Now()
	ctx, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { _ = s.Listen(ctx, func(e keys.Event) { heard <- e.Text }) }) // it ends with ctx
	n := 0
	for ; n < codes; n++ {
		select {
		case text := <-heard:
			if text != code(n) {
				t.Errorf("code %d is heard as a text of %d characters", n, len(text))
			}
			continue
		case <-time.After(time.Minute):
			t.Error("nothing is heard any more")
		}
		break
	}
	took, more := time.Since(begin), held()-before
	stop()
	ended.Wait()
	t.Logf("F20 hostile scanner on a serial port under wine: characters %s in %v, payment codes among them %d of %d heard, typed into the POS %d, memory %+d KiB",
		characters, took.Round(time.Millisecond), n, codes, typed.Load(), more>>10)
	if typed.Load() > 0 || more > mostHeld {
		t.Error("something was typed, or memory grew")
	}
}
