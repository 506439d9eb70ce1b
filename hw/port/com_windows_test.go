package port_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"cpos/hw/port"
)

// TestASerialPortOfWindows talks to an echo at the port that CPOS_TEST_COM names. It reads byte by byte: wine
// waits for as many bytes as were asked for, which Windows does not.
func TestASerialPortOfWindows(t *testing.T) {
	name := os.Getenv("CPOS_TEST_COM")
	if name == "" {
		t.Skip("CPOS_TEST_COM names no serial port")
	}
	if _, err := port.Serial("COM99", port.SerialSettings{})(t.Context()); err == nil {
		t.Error("opened a port that is not there")
	}
	p, err := port.Serial(name, port.SerialSettings{Baud: 19200, Parity: "even", StopBits: 2})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 256 {
		if n, err := port.Write(t.Context(), p, []byte{byte(i)}, port.Pace{}, time.Now().Add(20*time.Second)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if b, err := port.ReadByte(t.Context(), p, time.Now().Add(20*time.Second)); b != byte(i) || err != nil {
			t.Fatalf("wrote %#x, read %#x, %v", i, b, err)
		}
	}
	if err := p.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a deadline that has passed: %v", err)
	}
	if err := p.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte{1}); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a write deadline that has passed: %v", err)
	}
	if err := p.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { _, err := p.Read(make([]byte, 1)); ended <- err }()
	time.Sleep(200 * time.Millisecond)
	p.Close()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("read something from a closed port")
		}
	case <-time.After(20 * time.Second):
		t.Error("closing does not end a read")
	}
}
