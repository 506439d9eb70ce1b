package port_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"cpos/hw/port"
)

// pipe gives a port and the device's end of it.
func pipe(t *testing.T) (port.Port, net.Conn) {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

func TestAWriteThatIsPacedRestsBetweenItsChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, device := pipe(t)
		type chunk struct {
			at   time.Duration
			text string
		}
		start, got := time.Now(), make(chan chunk, 8)
		go func() {
			buf := make([]byte, 64)
			for {
				n, err := device.Read(buf)
				if err != nil {
					close(got)
					return
				}
				got <- chunk{time.Since(start), string(buf[:n])}
			}
		}()
		n, err := port.Write(t.Context(), p, []byte("abcdefgh"), port.Pace{Chunk: 3, Rest: time.Second}, time.Now().Add(time.Minute))
		if n != 8 || err != nil {
			t.Fatal(n, err)
		}
		p.Close()
		for _, want := range []chunk{{0, "abc"}, {time.Second, "def"}, {2 * time.Second, "gh"}} {
			if c := <-got; c != want {
				t.Errorf("got %v, want %v", c, want)
			}
		}
	})
}

func TestAWriteTellsHowMuchWasTakenWhenItEnds(t *testing.T) {
	rows := []struct {
		name  string
		ctx   time.Duration // life of the context
		limit time.Duration // to the deadline
		pace  port.Pace
		takes int // what the device reads before it stalls
		n     int
		err   error
	}{
		{"stalled device, deadline", time.Hour, time.Second, port.Pace{}, 5, 5, os.ErrDeadlineExceeded},
		{"stalled device, cancelled", time.Second, time.Hour, port.Pace{}, 5, 5, context.DeadlineExceeded},
		{"cancelled while resting", time.Second, time.Hour, port.Pace{Chunk: 2, Rest: time.Minute}, 9, 2, context.DeadlineExceeded},
		{"deadline while resting", time.Hour, time.Second, port.Pace{Chunk: 2, Rest: time.Minute}, 9, 2, os.ErrDeadlineExceeded},
		{"nothing taken", time.Hour, time.Second, port.Pace{}, 0, 0, os.ErrDeadlineExceeded},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, device := pipe(t)
				ctx, cancel := context.WithTimeout(t.Context(), row.ctx)
				defer cancel()
				go io.ReadFull(device, make([]byte, row.takes))
				start := time.Now()
				n, err := port.Write(ctx, p, []byte("0123456789"), row.pace, time.Now().Add(row.limit))
				if n != row.n || !errors.Is(err, row.err) || time.Since(start) != time.Second {
					t.Errorf("took %d, %v after %v", n, err, time.Since(start))
				}
				device.Close()
			})
		})
	}
}

func TestReadingOneByteEndsWithItsDeadlineOrItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, device := pipe(t)
		go device.Write([]byte{0x12})
		if b, err := port.ReadByte(t.Context(), p, time.Now().Add(time.Second)); b != 0x12 || err != nil {
			t.Error(b, err)
		}
		if _, err := port.ReadByte(t.Context(), p, time.Now().Add(time.Second)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("silence:", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := port.ReadByte(ctx, p, time.Now().Add(time.Hour)); !errors.Is(err, context.DeadlineExceeded) {
			t.Error("cancelled:", err)
		}
		go device.Write([]byte{0x16})
		if b, err := port.ReadByte(t.Context(), p, time.Now().Add(time.Second)); b != 0x16 || err != nil {
			t.Error("an earlier interruption sticks:", b, err)
		}
	})
}

func TestTCPDeliversEverythingAlsoWithUnreadAnswers(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	job := bytes.Repeat([]byte("receipt "), 8<<10)
	got := make(chan []byte, 1)
	go func() {
		c, err := ln.Accept()
		if err != nil {
			close(got)
			return
		}
		defer c.Close()
		c.Write([]byte("unasked status that nobody reads"))
		all, _ := io.ReadAll(c)
		got <- all
	}()
	p, err := port.TCP(ln.Addr().String())(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := port.Write(t.Context(), p, job, port.Pace{}, time.Now().Add(time.Minute)); n != len(job) || err != nil {
		t.Fatal(n, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if all := <-got; !bytes.Equal(all, job) {
		t.Errorf("%d of %d bytes arrived", len(all), len(job))
	}
}

func TestTCPThatNobodyServesIsAnError(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if _, err := port.TCP(ln.Addr().String())(t.Context()); err == nil {
		t.Error("opened a port that nobody serves")
	}
}

func TestAFileTakesBytesAndGivesNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lp0")
	if _, err := port.File(path)(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("old "), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := port.File(path)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := port.Write(t.Context(), p, []byte("new"), port.Pace{Chunk: 1}, time.Now().Add(time.Minute)); n != 3 || err != nil {
		t.Error(n, err)
	}
	if _, err := port.ReadByte(t.Context(), p, time.Now().Add(time.Minute)); !errors.Is(err, port.ErrOneWay) {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "old new" {
		t.Errorf("file holds %q", b)
	}
}
