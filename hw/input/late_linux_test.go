package input_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cpos/engine/keys"
	"cpos/hw/desktop/desktoptest"
)

// lateDisplay is a way to the display of these tests on which what the display says can be held up, as a
// program hears it that is not given the processor.
type lateDisplay struct {
	name string
	hold atomic.Int64 // ns, once
}

func newLateDisplay(t *testing.T) *lateDisplay {
	t.Helper()
	desktoptest.Need(t)
	const sockets = "/tmp/.X11-unix"
	real := filepath.Join(sockets, "X"+strings.TrimPrefix(strings.Split(os.Getenv("DISPLAY"), ".")[0], ":"))
	for n := 5000 + os.Getpid()%1000; n < 7000; n++ {
		ln, err := net.Listen("unix", filepath.Join(sockets, "X"+strconv.Itoa(n)))
		if err != nil {
			continue // somebody else's
		}
		t.Cleanup(func() { ln.Close() })
		d := &lateDisplay{name: ":" + strconv.Itoa(n)}
		go d.serve(ln, real)
		return d
	}
	t.Fatal("no free name for a display")
	return nil
}

func (d *lateDisplay) serve(ln net.Listener, real string) {
	for {
		in, err := ln.Accept()
		if err != nil {
			return // the test has ended
		}
		out, err := net.Dial("unix", real)
		if err != nil {
			in.Close()
			return
		}
		go func() { defer out.Close(); _, _ = io.Copy(out, in) }()
		go func() { defer in.Close(); d.say(in, out) }()
	}
}

func (d *lateDisplay) say(in io.Writer, out io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := out.Read(buf)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(d.hold.Swap(0)))
		if _, err := in.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestAProgramThatHearsLateTearsNoScan(t *testing.T) {
	late := newLateDisplay(t)
	straight := os.Getenv("DISPLAY")
	t.Setenv("DISPLAY", late.name)
	r := newRig(t, 0)
	t.Setenv("DISPLAY", straight)
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: thePOS}))
	const wanted, most = 20, 1000
	for good, tried := 0, 0; good < wanted; tried++ {
		if tried == most {
			t.Fatalf("the display of this machine let only %d of %d scans through at a scanner's pace", good, tried)
		}
		before, leaked := len(r.scans()), r.pos.typed()
		text := code(tried)
		held := time.AfterFunc(time.Duration(20+8*(tried%12))*time.Millisecond, func() { late.hold.Store(int64(300 * time.Millisecond)) })
		slowest := r.hand.scanAtPace(text+"\n", 8*time.Millisecond)
		held.Stop()
		if slowest > keys.DefaultGap {
			time.Sleep(500 * time.Millisecond)
			continue
		}
		good++
		eventually(t, "scan "+strconv.Itoa(tried), func() bool { return len(r.scans()) > before })
		if got := r.scans()[before:]; len(got) != 1 || got[0] != text || r.pos.typed() != leaked {
			t.Fatalf("heard %d scans, %d keys reached the POS", len(got), len(r.pos.typed())-len(leaked))
		}
	}
}
