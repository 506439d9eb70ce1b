package input_test

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"cpos/engine/keys"
	"cpos/hw/input"
	"cpos/hw/port"
)

// byByte reads a port as wine can: it waits for as many bytes as were asked for, which Windows does not.
type byByte struct{ port.Port }

func (p byByte) Read(b []byte) (int, error) { return p.Port.Read(b[:1]) }

// TestAScannerOnASerialPortOfWindows hears the scanner at the port that CPOS_TEST_COM names.
func TestAScannerOnASerialPortOfWindows(t *testing.T) {
	name := os.Getenv("CPOS_TEST_COM")
	if name == "" {
		t.Skip("CPOS_TEST_COM names no serial port")
	}
	open := port.Serial(name, port.SerialSettings{})
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
		Open: func(ctx context.Context) (port.Port, error) {
			p, err := open(ctx)
			return byByte{p}, err
		},
		Accept: func(text string) bool { return len(text) == 18 },
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
