package printer_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/receipt"
	"cpos/engine/words"
	"cpos/hw/port"
	"cpos/hw/printer"
	"cpos/hw/printer/printertest"
)

func TestAFolderSitsTheExam(t *testing.T) {
	printertest.Exam(t, func(t *testing.T) printertest.Subject {
		dir := filepath.Join(t.TempDir(), "slips")
		return printertest.Subject{
			Printer: printer.NewFolder(dir), Best: receipt.ProofSent,
			Arrived: func() [][]byte { return filesIn(t, dir) },
		}
	})
}

func TestANetworkPrinterSitsTheExam(t *testing.T) {
	for name, chatty := range map[string]bool{"quiet": false, "chatty": true} {
		t.Run(name, func(t *testing.T) {
			printertest.Exam(t, func(t *testing.T) printertest.Subject {
				e := &printertest.Emulator{Chatty: chatty}
				p, err := printer.NewNetwork(serve(t, e), printer.Options{Answer: time.Minute})
				if err != nil {
					t.Fatal(err)
				}
				return printertest.Subject{Printer: p, Arrived: e.Arrived, Best: receipt.ProofDrained}
			})
		})
	}
}

func filesIn(t *testing.T, dir string) [][]byte {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	var all [][]byte
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// serve puts an emulator on a real socket and gives its address.
func serve(t *testing.T, e *printertest.Emulator) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// wire is a network without sockets, so that waiting takes no time in a bubble.
type wire struct {
	calls chan net.Conn
	done  chan struct{}
}

func newWire() *wire { return &wire{make(chan net.Conn), make(chan struct{})} }

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.calls:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}
func (w *wire) Close() error   { close(w.done); return nil }
func (w *wire) Addr() net.Addr { return nil }

func (w *wire) open(ctx context.Context) (port.Port, error) {
	ours, theirs := net.Pipe()
	select {
	case w.calls <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// withEmulator runs a story in virtual time.
func withEmulator(t *testing.T, e *printertest.Emulator, o printer.Options, story func(*testing.T, *printer.Stream)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- e.Serve(ctx, w) }()
		story(t, printer.NewStream(w.open, o))
		synctest.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAPrinterProvesNoMoreThanItKnows(t *testing.T) {
	job := receipt.Job{ID: "order-1-slip-1", Bytes: []byte(strings.Repeat("total 12.50\n", 40))}
	rows := []struct {
		name  string
		e     *printertest.Emulator
		opt   printer.Options
		proof receipt.Proof
		fault printer.Fault // empty: no error
		bytes int           // that arrived
	}{
		{"good", &printertest.Emulator{}, printer.Options{}, receipt.ProofDrained, "", len(job.Bytes)},
		{"good and talkative", &printertest.Emulator{Chatty: true}, printer.Options{}, receipt.ProofDrained, "", len(job.Bytes)},
		{"paced", &printertest.Emulator{}, printer.Options{Pace: port.Pace{Chunk: 64, Rest: time.Second}}, receipt.ProofDrained, "", len(job.Bytes)},
		{"never answers", &printertest.Emulator{Silent: true}, printer.Options{}, receipt.ProofSent, "", len(job.Bytes)},
		{"never asked", &printertest.Emulator{}, printer.Options{Status: printer.StatusNone}, receipt.ProofSent, "", len(job.Bytes)},
		{"does not confirm", &printertest.Emulator{NoDrain: true}, printer.Options{}, receipt.ProofUnknown, printer.FaultSilent, len(job.Bytes)},
		{"dies after one byte", &printertest.Emulator{DieAfter: 1}, printer.Options{}, receipt.ProofUnknown, printer.FaultBroken, 1},
		{"dies in the middle", &printertest.Emulator{DieAfter: 200}, printer.Options{}, receipt.ProofUnknown, printer.FaultBroken, 200},
		{"dies with the last byte", &printertest.Emulator{DieAfter: len(job.Bytes)}, printer.Options{}, receipt.ProofUnknown, printer.FaultBroken, len(job.Bytes)},
		{"silent, dies with the last byte", &printertest.Emulator{Silent: true, DieAfter: len(job.Bytes)}, printer.Options{}, receipt.ProofUnknown, printer.FaultBroken, len(job.Bytes)},
		{"cover open", &printertest.Emulator{Printer: 0x08, Cause: 0x04}, printer.Options{}, receipt.ProofNone, printer.FaultCover, 0},
		{"stopped at the end of the paper", &printertest.Emulator{Printer: 0x08, Cause: 0x20}, printer.Options{}, receipt.ProofNone, printer.FaultPaper, 0},
		{"paper end, one bit of the pair", &printertest.Emulator{Paper: 0x40}, printer.Options{}, receipt.ProofNone, printer.FaultPaper, 0},
		{"paper near its end", &printertest.Emulator{Paper: 0x0C}, printer.Options{}, receipt.ProofDrained, "", len(job.Bytes)},
		{"cutter error", &printertest.Emulator{Printer: 0x08, Cause: 0x40}, printer.Options{}, receipt.ProofNone, printer.FaultError, 0},
		{"offline", &printertest.Emulator{Printer: 0x08}, printer.Options{}, receipt.ProofNone, printer.FaultOffline, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			withEmulator(t, row.e, row.opt, func(t *testing.T, p *printer.Stream) {
				proof, err := p.Print(t.Context(), job)
				synctest.Wait()
				if proof != row.proof || (err == nil) != (row.fault == "") || (err != nil && !errors.Is(err, row.fault)) {
					t.Errorf("proof %v, %v; want %v, %q", proof, err, row.proof, string(row.fault))
				}
				arrived := 0
				for _, j := range row.e.Arrived() {
					arrived += len(j)
				}
				if arrived != row.bytes {
					t.Errorf("%d bytes arrived, want %d", arrived, row.bytes)
				}
			})
		})
	}
}

func TestAPrinterThatDiesAtAnyByteLeavesTheJobUnknown(t *testing.T) {
	job := []byte("\x1b@total 12.50\n\x1dV\x42\x00")
	for _, silent := range []bool{false, true} {
		for n := 1; n <= len(job); n++ {
			e := &printertest.Emulator{Silent: silent, DieAfter: n}
			withEmulator(t, e, printer.Options{}, func(t *testing.T, p *printer.Stream) {
				proof, err := p.Print(t.Context(), receipt.Job{ID: "1", Bytes: job})
				if proof != receipt.ProofUnknown || !errors.Is(err, printer.FaultBroken) {
					t.Errorf("byte %d, silent %v: %v, %v", n, silent, proof, err)
				}
			})
		}
	}
}

func TestCheckNamesTheFaultAndPrintsNothing(t *testing.T) {
	e := &printertest.Emulator{Paper: 0x60}
	withEmulator(t, e, printer.Options{}, func(t *testing.T, p *printer.Stream) {
		if err := p.Check(t.Context()); !errors.Is(err, printer.FaultPaper) {
			t.Error(err)
		}
	})
	if len(e.Arrived()) != 0 {
		t.Error("a check printed")
	}
}

func TestAPrinterThatCannotBeReachedPrintedNothing(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	p, err := printer.NewNetwork(ln.Addr().String(), printer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	proof, err := p.Print(t.Context(), receipt.Job{ID: "1", Bytes: []byte("x")})
	if proof != receipt.ProofNone || !errors.Is(err, printer.FaultUnreachable) {
		t.Error(proof, err)
	}
	if err := p.Check(t.Context()); !errors.Is(err, printer.FaultUnreachable) {
		t.Error(err)
	}
}

func TestAJobCancelledWhileThePrinterStallsIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		p := printer.NewStream(func(context.Context) (port.Port, error) { return ours, nil }, printer.Options{Status: printer.StatusNone})
		go theirs.Read(make([]byte, 3)) // takes three bytes and stalls
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		proof, err := p.Print(ctx, receipt.Job{ID: "1", Bytes: []byte("longer than three")})
		if proof != receipt.ProofUnknown || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(proof, err)
		}
	})
}

func TestTheDeadlineGrowsWithTheJob(t *testing.T) {
	for _, size := range []int{1, 40960} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer theirs.Close()
			p := printer.NewStream(func(context.Context) (port.Port, error) { return ours, nil }, printer.Options{Status: printer.StatusNone})
			start := time.Now()
			proof, err := p.Print(t.Context(), receipt.Job{ID: "1", Bytes: make([]byte, size)})
			want := 5*time.Second + time.Duration(size)*time.Second/4096
			if proof != receipt.ProofNone || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != want {
				t.Errorf("%d bytes: %v, %v after %v, want %v", size, proof, err, time.Since(start), want)
			}
		})
	}
}

func TestNetworkAddresses(t *testing.T) {
	for _, address := range []string{"", ":9100", "printer:"} {
		if _, err := printer.NewNetwork(address, printer.Options{}); err == nil {
			t.Errorf("%q is taken for an address", address)
		}
	}
}

func TestJobNamesBecomeFileNamesOfAnySystem(t *testing.T) {
	rows := []struct{ name, id, file string }{
		{"an order's slip", "01000826T000001-slip-1", "01000826T000001-slip-1.escpos"},
		{"a path", "../../etc/passwd", "______etc_passwd.escpos"},
		{"Chinese", "小票", "__.escpos"},
		{"nothing", "", "_.escpos"},
		{"a Windows device", "NUL", "_NUL.escpos"},
		{"a Windows port", "com1", "_com1.escpos"},
		{"too long", strings.Repeat("a", 300), strings.Repeat("a", 100) + ".escpos"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := printer.NewFolder(dir).Print(t.Context(), receipt.Job{ID: row.id, Bytes: []byte("x")}); err != nil {
				t.Fatal(err)
			}
			if names, _ := filepath.Glob(filepath.Join(dir, "*")); !slices.Equal(names, []string{filepath.Join(dir, row.file)}) {
				t.Error(names)
			}
		})
	}
}

func TestASecondJobOfANameGetsANumberAndALeftPartCostsOne(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a-2.escpos.part"), []byte("cut off"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := printer.NewFolder(dir)
	for _, text := range []string{"one", "two"} {
		if _, err := p.Print(t.Context(), receipt.Job{ID: "a", Bytes: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{"a.escpos": "one", "a-3.escpos": "two", "a-2.escpos.part": "cut off"} {
		if b, err := os.ReadFile(filepath.Join(dir, file)); string(b) != want {
			t.Errorf("%s: %q, %v", file, b, err)
		}
	}
}

func TestAFolderThatCannotBeWrittenPrintedNothing(t *testing.T) {
	notAFolder := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notAFolder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := printer.NewFolder(notAFolder)
	proof, err := p.Print(t.Context(), receipt.Job{ID: "a", Bytes: []byte("x")})
	if proof != receipt.ProofNone || !errors.Is(err, printer.FaultFolder) {
		t.Error(proof, err)
	}
	if err := p.Check(t.Context()); !errors.Is(err, printer.FaultFolder) {
		t.Error(err)
	}
}

func TestEveryFaultHasItsSentence(t *testing.T) {
	for _, f := range printer.Faults() {
		for _, key := range []string{"printer." + string(f), "printer." + string(f) + ".hint"} {
			if !words.Known(key) {
				t.Errorf("no words for %s", key)
			}
		}
		if f.Error() == "" {
			t.Errorf("fault %q has no text", string(f))
		}
	}
}

// slowPrinter takes its time and keeps what it printed.
type slowPrinter struct {
	takes time.Duration
	mu    sync.Mutex
	jobs  []string
}

func (p *slowPrinter) Print(ctx context.Context, j receipt.Job) (receipt.Proof, error) {
	select {
	case <-time.After(p.takes):
	case <-ctx.Done():
		return receipt.ProofUnknown, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs = append(p.jobs, j.ID)
	return receipt.ProofPrinted, nil
}

func (p *slowPrinter) Check(context.Context) error { return nil }

func TestAQueuePrintsInOrderAndTellsEachJobOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &slowPrinter{takes: time.Second}
		q := printer.NewQueue(p)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { q.Run(ctx) })
		var told []string
		for _, id := range []string{"a", "b", "c"} {
			if err := q.Submit(receipt.Job{ID: id}, func(pr receipt.Proof, err error) {
				told = append(told, id+" "+pr.String())
			}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3500 * time.Millisecond)
		stop()
		running.Wait()
		if want := []string{"a printed", "b printed", "c printed"}; !slices.Equal(told, want) {
			t.Errorf("told %v", told)
		}
	})
}

func TestAnEndingQueueFinishesTheJobInHandAndReturnsTheOthers(t *testing.T) {
	rows := []struct {
		name  string
		takes time.Duration
		told  []string
		after time.Duration
	}{
		{"the job in hand is nearly done", 2 * time.Second, []string{"a printed", "b none"}, 2 * time.Second},
		{"the job in hand is stuck", time.Hour, []string{"a unknown", "b none"}, 4 * time.Second},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := printer.NewQueue(&slowPrinter{takes: row.takes})
				ctx, stop := context.WithTimeout(t.Context(), time.Second)
				defer stop()
				var told []string
				for _, id := range []string{"a", "b"} {
					if err := q.Submit(receipt.Job{ID: id}, func(p receipt.Proof, _ error) { told = append(told, id+" "+p.String()) }); err != nil {
						t.Fatal(err)
					}
				}
				start := time.Now()
				q.Run(ctx)
				if !slices.Equal(told, row.told) || time.Since(start) != row.after {
					t.Errorf("told %v after %v", told, time.Since(start))
				}
				if err := q.Submit(receipt.Job{}, nil); !errors.Is(err, printer.ErrQueueEnded) {
					t.Error("a job after the end:", err)
				}
			})
		})
	}
}

func TestAFullQueueSaysSo(t *testing.T) {
	q := printer.NewQueue(&slowPrinter{})
	var err error
	n := 0
	for ; err == nil && n < 1000; n++ {
		err = q.Submit(receipt.Job{}, func(receipt.Proof, error) {})
	}
	if !errors.Is(err, printer.ErrQueueFull) || n != 65 {
		t.Errorf("job %d: %v", n, err)
	}
}
