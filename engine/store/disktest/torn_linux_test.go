package disktest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
	"cpos/engine/store/disktest"
)

// full says that the whole trial is asked for, and not the sample that every test run takes.
func full() bool { return os.Getenv("FAULTS") == "full" }

// clearSealer leaves contents as they are; the vault has its own tests.
type clearSealer struct{}

func (clearSealer) Seal(_ string, plain []byte) ([]byte, error)  { return bytes.Clone(plain), nil }
func (clearSealer) Open(_ string, sealed []byte) ([]byte, error) { return bytes.Clone(sealed), nil }

var numbering = ledger.Numbering{Prefix: "01000826", Store: "sz01cccccccccccccccc", Device: "02"}

// till is a book that lies below a trace.
type till struct {
	store *store.SQLite
	*ledger.Book
}

func openTill(ctx context.Context, path string) (till, error) {
	s, err := store.Open(ctx, path)
	if err != nil {
		return till{}, err
	}
	b, err := ledger.Open(ctx, s, ledger.Options{Numbering: numbering, Sealer: clearSealer{}})
	if err != nil {
		return till{}, errors.Join(err, s.Close())
	}
	return till{s, b}, nil
}

func (b till) intend(ctx context.Context) (string, error) {
	now := time.Now()
	id, err := b.NewOrderID(now)
	if err != nil {
		return "", err
	}
	o := pay.Order{ID: id, Store: numbering.Store, Device: numbering.Device, Clerk: "1003", Tender: pay.WeChat, Amount: 1280, At: now}
	return id, b.Intend(ctx, o, pay.Request{Number: id, Content: bytes.Repeat([]byte("r"), 600)})
}

// facts reads the whole chain.
func (b till) facts(ctx context.Context) (all []ledger.Fact, err error) {
	err = b.store.View(ctx, func(rows ledger.Rows) error {
		for f, err := range rows.Facts(1) {
			if err != nil {
				return err
			}
			all = append(all, f)
		}
		return nil
	})
	return all, err
}

// day is what a till did while its disk was watched.
type day struct {
	trace disktest.Trace
	marks []mark
	facts []ledger.Fact
}

// mark says how many facts were asked for and how many acknowledged when an operation began.
type mark struct{ at, begun, acknowledged int }

func (d *day) bounds(at int) (begun, acknowledged int) {
	for _, m := range d.marks {
		if m.at <= at {
			begun, acknowledged = m.begun, m.acknowledged
		}
	}
	return begun, acknowledged
}

// write does one thing that adds one fact.
func (d *day) write(do func() error) error {
	n := 0
	if len(d.marks) > 0 {
		n = d.marks[len(d.marks)-1].acknowledged
	}
	d.marks = append(d.marks, mark{d.trace.Len(), n + 1, n})
	if err := do(); err != nil {
		return err
	}
	d.marks = append(d.marks, mark{d.trace.Len(), n + 1, n + 1})
	return nil
}

// sell makes payments, gives part of the last back, prints and stops and goes on, in one opening of the book.
func (d *day) sell(ctx context.Context, path string, payments int) (err error) {
	b, err := openTill(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.store.Close()) }()
	id := ""
	for range payments {
		err := errors.Join(
			d.write(func() (err error) { id, err = b.intend(ctx); return err }),
			d.write(func() error {
				_, err := b.Settle(ctx, id, pay.Outcome{Status: pay.Paid, Trade: "4200" + id, At: time.Now()})
				return err
			}))
		if err != nil {
			return err
		}
	}
	back, err := b.NewRefundID(time.Now())
	if err != nil {
		return err
	}
	diff := []ledger.Difference{{Code: ledger.AmountOff, Number: id, Ours: 1280, Theirs: 1281}}
	err = errors.Join(
		d.write(func() error { return b.Slip(ctx, id, "payment", 1, "printed", "") }),
		d.write(func() error {
			return b.IntendRefund(ctx, pay.Refund{ID: back, Order: id, Amount: 80, Clerk: "1003", At: time.Now()},
				pay.Request{Number: back, Content: []byte("refund")})
		}),
		d.write(func() error {
			_, err := b.SettleRefund(ctx, back, pay.RefundOutcome{Status: pay.RefundDone, At: time.Now()})
			return err
		}),
		d.write(func() error { return b.Halt(ctx, time.Now(), diff) }),
		d.write(func() error { return b.Release(ctx, "provider", "counted") }))
	if err != nil {
		return err
	}
	d.facts, err = b.facts(ctx)
	return err
}

// ram is a folder without a disk behind it where the machine has one.
func ram(t *testing.T) string {
	t.Helper()
	base := "/dev/shm"
	if _, err := os.Stat(base); err != nil {
		base = ""
	}
	dir, err := os.MkdirTemp(base, "torn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func under(t *testing.T, dir string, l disktest.Layer) {
	t.Helper()
	off, err := disktest.On(dir, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(off)
}

// TestF2TornWrites plays days under a trace and looks at what a power cut could have left of each: every
// fact that was acknowledged before it is there, and the book is a beginning of what was written.
func TestF2TornWrites(t *testing.T) {
	short, long := &day{}, &day{}
	play := func(d *day, payments ...int) {
		dir := ram(t)
		under(t, dir, d.trace.Layer)
		for _, n := range payments {
			if err := d.sell(t.Context(), filepath.Join(dir, "book.db"), n); err != nil {
				t.Fatal(err)
			}
		}
	}
	few, some := disktest.Span{Mixtures: 2}, disktest.Span{Pieces: 2, Mixtures: 2}
	first, second := 6, 8
	if full() {
		few.Mixtures, some.Pieces, some.Mixtures = 60, 8, 8
		first, second = 24, 30
	}
	play(short, first, second) // with the making of the book and its closing and opening again
	play(long, 110)            // until SQLite brings its log home by itself and begins it anew
	home := long.trace.Find(200, "book.db", disktest.Write)
	if home == long.trace.Len() {
		t.Fatal("the log was never brought home")
	}
	some.From = home - 20
	sample := 1000
	if raced {
		sample = 60
	}
	tried, wrong := short.tryAll(t, few, sample)
	more, alsoWrong := long.tryAll(t, some, sample/20)
	if err := errors.Join(wrong, alsoWrong); err != nil {
		t.Fatal(err)
	}
	t.Logf("F2 torn writes: states tried %d, acknowledged facts lost 0, doubled 0", tried+more)
}

// TestADiskThatLiesIsFoundOut shows that the trial can fail: on a disk that never flushes the log when it
// says so, an acknowledged fact is lost, or the book sees that its log lacks what was flushed.
func TestADiskThatLiesIsFoundOut(t *testing.T) {
	d, dir := &day{}, ram(t)
	under(t, dir, func(op disktest.Op) error {
		if op.Kind == disktest.Sync && op.File == "book.db-wal" {
			return nil
		}
		return d.trace.Layer(op)
	})
	if err := d.sell(t.Context(), filepath.Join(dir, "book.db"), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := d.tryAll(t, disktest.Span{}, 100); !errors.Is(err, errFacts) && !errors.Is(err, ledger.ErrBroken) {
		t.Errorf("nothing was missed: %v", err)
	}
}

// errFacts says that a book has fewer facts than were acknowledged, or more than were asked for.
var errFacts = errors.New("wrong number of facts")

// tryAll looks at the states of a span, or at about so many of them when only a sample is asked for, until
// one of them is wrong.
func (d *day) tryAll(t *testing.T, s disktest.Span, sample int) (tried int, err error) {
	t.Helper()
	stride := 1
	if !full() {
		total := 0
		for range d.trace.Cuts(s) {
			total++
		}
		stride = max(1, total/sample)
	}
	cuts := make(chan disktest.Cut)
	var all sync.WaitGroup
	var wrong atomic.Pointer[error]
	for range runtime.GOMAXPROCS(0) {
		dir := ram(t)
		under(t, dir, nothingIsFlushed)
		all.Go(func() {
			for c := range cuts {
				if err := d.survives(t.Context(), dir, c); err != nil {
					err = fmt.Errorf("cut at operation %d, %s: %w", c.At, c.Name, err)
					wrong.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	i := 0
	for c := range d.trace.Cuts(s) {
		if i++; i%stride != 0 && c.At > making {
			continue
		}
		cuts <- c
		if tried++; wrong.Load() != nil {
			break
		}
	}
	close(cuts)
	all.Wait()
	if first := wrong.Load(); first != nil {
		err = *first
	}
	return tried, err
}

// making is until when a book is being made, on a disk that holds next to nothing: a sample tries all of it.
const making = 10

// nothingIsFlushed spares books that are looked at once the wait for a disk.
func nothingIsFlushed(op disktest.Op) error {
	if op.Kind == disktest.Sync {
		return disktest.ErrSkip
	}
	return nil
}

// survives builds what a cut left and looks at the book as the next start would.
func (d *day) survives(ctx context.Context, dir string, c disktest.Cut) error {
	old, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	for _, name := range old {
		err = errors.Join(err, os.Remove(name))
	}
	for name, b := range c.Files() {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	if err != nil {
		return err
	}
	b, err := openTill(ctx, filepath.Join(dir, "book.db"))
	if err != nil {
		return err
	}
	return errors.Join(d.whole(ctx, b, c.At), b.store.Close())
}

// whole checks that a book is a beginning of the day that holds what was acknowledged, and that it goes on
// under a number of its own.
func (d *day) whole(ctx context.Context, b till, at int) error {
	begun, acknowledged := d.bounds(at)
	if n, err := b.Verify(ctx); err != nil {
		return err
	} else if n < acknowledged || n > begun {
		return fmt.Errorf("%w: %d, of which %d were acknowledged and %d asked for", errFacts, n, acknowledged, begun)
	}
	found, err := b.facts(ctx)
	if err != nil {
		return err
	}
	for i, f := range found {
		if f.Hash != d.facts[i].Hash {
			return fmt.Errorf("fact %d is not the one that was written", f.Seq)
		}
	}
	if _, halted, err := b.Halted(ctx); err != nil || halted {
		return err
	}
	if _, err := b.intend(ctx); err != nil {
		return fmt.Errorf("a payment after the cut: %w", err)
	}
	return nil
}
