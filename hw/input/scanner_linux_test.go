package input_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cpos/engine/keys"
	"cpos/hw/input"
	"cpos/hw/port"
)

// told keeps what a scanner said.
type told struct {
	mu    sync.Mutex
	heard []string
	typed []string
	turns []error
}

func (o *told) scanner(open port.Opener) input.Scanner {
	return input.Scanner{Open: open, Accept: isCode,
		Type: func(_ context.Context, text string) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.typed = append(o.typed, text)
			return nil
		},
		Turned: func(err error) { o.mu.Lock(); defer o.mu.Unlock(); o.turns = append(o.turns, err) }}
}

func (o *told) listen(t *testing.T, s input.Scanner) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Listen(ctx, func(e keys.Event) { o.mu.Lock(); defer o.mu.Unlock(); o.heard = append(o.heard, e.Text) })
	}()
	t.Cleanup(func() { cancel(); <-ended })
}

func (o *told) all() (heard, typed string, turns int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.heard, " "), strings.Join(o.typed, " "), len(o.turns)
}

// terminal is a pair of ends of a serial line: the scanner's, and the name of the till's.
func terminal(t *testing.T) (*os.File, string) {
	t.Helper()
	master, slave, err := openPTY()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	return master, slave
}

func openPTY() (*os.File, string, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, "", err
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	return master, fmt.Sprintf("/dev/pts/%d", n), err
}

func TestASerialScannerIsHeardAndWhatIsNotOursIsTyped(t *testing.T) {
	line, name := terminal(t)
	var o told
	o.listen(t, o.scanner(port.Serial(name, port.SerialSettings{})))
	eventually(t, "the scanner is there", func() bool { _, _, n := o.all(); return n == 1 })
	for _, sent := range []string{code(1) + "\r\n", "6901234567892\r", "http://evil.example\r", "\x1b[A=1+1\r", code(2)} {
		_, err := line.WriteString(sent)
		must(t, err)
		time.Sleep(5 * time.Millisecond)
	}
	eventually(t, "two codes", func() bool { heard, _, _ := o.all(); return heard == code(1)+" "+code(2) })
	if _, typed, _ := o.all(); typed != "6901234567892" {
		t.Errorf("typed %q", typed)
	}
}

func TestAScannerThatIsUnpluggedIsFoundAgain(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "scanner")
	line, name := terminal(t)
	must(t, os.Symlink(name, link))
	var o told
	o.listen(t, o.scanner(port.Serial(link, port.SerialSettings{})))
	eventually(t, "the scanner is there", func() bool { _, _, n := o.all(); return n == 1 })
	must(t, line.Close())
	eventually(t, "the loss is told", func() bool { _, _, n := o.all(); return n == 2 })
	line, name = terminal(t)
	must(t, os.Remove(link))
	must(t, os.Symlink(name, link))
	eventually(t, "the scanner is there again", func() bool { _, _, n := o.all(); return n == 3 })
	_, err := line.WriteString(code(3) + "\r")
	must(t, err)
	eventually(t, "a code", func() bool { heard, _, _ := o.all(); return heard == code(3) })
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.turns[0] != nil || o.turns[1] == nil || o.turns[2] != nil {
		t.Errorf("told %v", o.turns)
	}
}

// recorded are the events that an input device gives for a text, as the kernel writes them: each key with its
// scan code before it and a report after it, held keys with repeats.
func recorded(text string) []byte {
	var b bytes.Buffer
	event := func(kind, code uint16, value int32) {
		for _, part := range []any{int64(1763900000), int64(b.Len()), kind, code, value} {
			_ = binary.Write(&b, binary.NativeEndian, part) // a buffer takes all
		}
	}
	const digits = "1234567890"
	for _, r := range text {
		code := uint16(28) // Enter
		shifted := false
		switch {
		case r >= '0' && r <= '9':
			code = uint16(2 + strings.IndexRune(digits, r))
		case r == 'L' || r == 'H':
			code, shifted = map[rune]uint16{'L': 38, 'H': 35}[r], true
		case r == '-':
			code = 12
		}
		if shifted {
			event(1, 42, 1)
		}
		event(4, 4, int32(code)) // EV_MSC MSC_SCAN
		event(1, code, 1)
		event(0, 0, 0)
		event(1, code, 2) // it repeats
		event(1, code, 0)
		if shifted {
			event(1, 42, 0)
		}
		event(0, 0, 0)
	}
	return b.Bytes()
}

func TestADeviceOfItsOwnIsHeardAsItsEventsWereRecorded(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "event5")
	must(t, syscall.Mkfifo(fifo, 0o600))
	keep, err := os.OpenFile(fifo, os.O_RDWR, 0)
	must(t, err)
	defer keep.Close()
	var o told
	o.listen(t, o.scanner(input.RecordedDevice(fifo)))
	eventually(t, "the scanner is there", func() bool { _, _, n := o.all(); return n == 1 })
	events := recorded(code(1) + "\nLH-0042\n" + code(2) + "\n")
	for len(events) > 0 { // torn anywhere
		n := min(len(events), 41)
		_, err := keep.Write(events[:n])
		must(t, err)
		events = events[n:]
	}
	eventually(t, "two codes", func() bool { heard, _, _ := o.all(); return heard == code(1)+" "+code(2) })
	if _, typed, _ := o.all(); typed != "LH-0042" {
		t.Errorf("typed %q", typed)
	}
}

func TestWhatIsNoInputDeviceIsNotTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "event5")
	must(t, os.WriteFile(file, nil, 0o600))
	if _, err := input.DeviceScanner(file)(t.Context()); !errors.Is(err, syscall.ENOTTY) {
		t.Errorf("a plain file: %v", err)
	}
	if _, err := input.DeviceScanner("no such scanner")(t.Context()); !errors.Is(err, input.ErrWhichDevice) {
		t.Errorf("a name that means none: %v", err)
	}
}
