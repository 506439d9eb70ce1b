package screen_test

import (
	"encoding/json"
	"image"
	"image/draw"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"

	"cpos/engine/capture/capturetest"
	"cpos/hw/screen"
)

// The most memory that a process with a warm reader may have. How long the start takes (0.5 s is wanted) is
// printed by the benchmark: a test cannot tell a slow start from a busy machine.
const (
	linkedLimit   = 80 << 20
	portableLimit = 150 << 20
)

// started is what a process of its own tells of a start.
type started struct {
	Ready time.Duration
	Peak  int64 // bytes, of the whole process
	Base  int64 // before the start
}

// starting names the reader that this process is to start; set by startedAlone only.
const starting = "CPOS_TEST_START_READER"

// TestStartAlone is the process that startedAlone begins.
func TestStartAlone(t *testing.T) {
	kind := os.Getenv(starting)
	if kind == "" {
		t.Skip("only as a process of its own")
	}
	open := screen.OpenReader
	if kind == "portable" {
		open = screen.OpenPortable
	}
	s := started{Base: peak(t)}
	began := time.Now()
	r, err := open(t.Context(), screen.ReaderOptions{Cache: os.Getenv(starting + "_CACHE")})
	if err != nil {
		t.Fatal(err)
	}
	s.Ready = time.Since(began)
	if _, err := r.Read(t.Context(), greyLine("1,234.56")); err != nil {
		t.Fatal(err)
	}
	s.Peak = peak(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("STARTED " + string(out))
}

var highWater = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// peak is the most memory that this process ever had.
func peak(t testing.TB) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	m := highWater.FindSubmatch(status)
	if m == nil {
		t.Skip("this kernel does not tell the peak")
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

var startedLine = regexp.MustCompile(`STARTED (\{.*\})`)

// startedAlone starts a reader in a process of its own.
func startedAlone(t testing.TB, kind, cache string) started {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStartAlone$", "-test.v")
	c.Env = append(os.Environ(), starting+"="+kind, starting+"_CACHE="+cache)
	out, err := c.CombinedOutput()
	m := startedLine.FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var s started
	if err := json.Unmarshal(m[1], &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAWarmReaderFitsIntoItsMemory(t *testing.T) {
	needData(t)
	for kind, most := range map[string]int64{"linked": linkedLimit, "portable": portableLimit} {
		t.Run(kind, func(t *testing.T) {
			cache := t.TempDir()
			startedAlone(t, kind, cache) // fills the cache
			s := startedAlone(t, kind, cache)
			t.Logf("ready after %v, %d MB at most, %d MB of it before", s.Ready, s.Peak>>20, s.Base>>20)
			if s.Peak > most && !raced {
				t.Errorf("%d MB, want at most %d", s.Peak>>20, most>>20)
			}
		})
	}
}

// BenchmarkReaderStart prints how long text recognition takes until it has read a first picture, and the most
// memory of the whole process.
func BenchmarkReaderStart(b *testing.B) {
	needData(b)
	for _, kind := range []string{"linked", "portable"} {
		b.Run(kind, func(b *testing.B) {
			cache := b.TempDir()
			startedAlone(b, kind, cache)
			var ready time.Duration
			var most int64
			for b.Loop() {
				s := startedAlone(b, kind, cache)
				ready += s.Ready
				most = max(most, s.Peak)
			}
			b.ReportMetric(float64(ready.Milliseconds())/float64(b.N), "ms-ready")
			b.ReportMetric(float64(most)/(1<<20), "MB-peak")
		})
	}
}

// greyLine draws a line as the reader gets it.
func greyLine(text string) *image.Gray {
	picture := capturetest.Draw(capturetest.Ordinary, text)
	grey := image.NewGray(picture.Bounds())
	draw.Draw(grey, grey.Bounds(), picture, image.Point{}, draw.Src)
	return grey
}
