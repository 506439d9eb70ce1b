//go:build unix

package port_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"cpos/hw/port"
)

// A named pipe behaves as a parallel port does: it waits while the other end is busy or off.
func TestAStalledDeviceFileEndsAtItsDeadline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lp0")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := port.File(path)(t.Context()); !errors.Is(err, syscall.ENXIO) {
		t.Fatalf("a device that is off: %v", err)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	p, err := port.File(path)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	job := make([]byte, 4<<20) // more than a pipe holds
	n, err := port.Write(t.Context(), p, job, port.Pace{}, time.Now().Add(50*time.Millisecond))
	if n == 0 || n == len(job) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("took %d of %d, %v", n, len(job), err)
	}
}

// A printer's device file is opened once only: asking it whether it is a serial port must not be a second time.
func TestADeviceFileIsNoSerialPort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lp0")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := port.Serial(path, port.SerialSettings{})(t.Context()); err == nil {
		t.Error("opened a pipe as a serial port")
	}
	p, err := port.Named(path, port.SerialSettings{})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Read(make([]byte, 1)); !errors.Is(err, port.ErrOneWay) {
		t.Error(err)
	}
	if n, err := port.Write(t.Context(), p, []byte("slip"), port.Pace{}, time.Now().Add(time.Minute)); n != 4 || err != nil {
		t.Error(n, err)
	}
}
