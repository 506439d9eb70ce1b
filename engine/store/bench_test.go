package store_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/vault"
)

// floorBytes is what the floor writes before each flush: four pages, about what a small record and its
// indexes come to in any store.
const floorBytes = 16 << 10

// BenchmarkPaymentCommits measures the two durable commits of one payment against the least that any
// store must do on the same disk at the same time: write some pages and flush them, twice. Payment and
// floor take turns, so that both meet the same disk; x-floor is the ratio of the medians.
func BenchmarkPaymentCommits(b *testing.B) {
	dir := b.TempDir()
	book := benchBook(b, dir)
	raw := newFloor(b, filepath.Join(dir, "floor"))
	var ours, floor []time.Duration
	// The first payments grow the file and prepare the statements, which happens once in a day.
	for range 200 {
		charge(b, book, 100)
		raw.write(b)
	}
	for b.Loop() {
		ours = append(ours, took(func() { charge(b, book, 100) }))
		floor = append(floor, took(func() { raw.write(b); raw.write(b) }))
	}
	m, f := median(ours), median(floor)
	b.ReportMetric(0, "ns/op") // the time of a turn means nothing
	b.ReportMetric(float64(m.Nanoseconds())/1e3, "µs-payment")
	b.ReportMetric(float64(f.Nanoseconds())/1e3, "µs-floor")
	b.ReportMetric(float64(m)/float64(f), "x-floor")
}

func benchBook(b *testing.B, dir string) *ledger.Book {
	v, err := vault.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	s := openFor(b, filepath.Join(dir, "book.db"))
	book, err := ledger.Open(b.Context(), s, ledger.Options{Numbering: numbering, Sealer: v})
	if err != nil {
		b.Fatal(err)
	}
	return book
}

func took(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// floor writes over the pages of a file that has its size already, as a write-ahead log does.
type floor struct {
	f     *os.File
	pages []byte
	at    int64
}

const floorFile = 4 << 20

func newFloor(b *testing.B, path string) *floor {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	if _, err := f.Write(make([]byte, floorFile)); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	return &floor{f: f, pages: bytes.Repeat([]byte{1}, floorBytes)}
}

func (w *floor) write(b *testing.B) {
	if _, err := w.f.WriteAt(w.pages, w.at); err != nil {
		b.Fatal(err)
	}
	if err := flush(w.f); err != nil {
		b.Fatal(err)
	}
	w.at = (w.at + floorBytes) % floorFile
}

// BenchmarkDaySums reads a day's totals of a book with many orders, beside adding them up from the rows.
func BenchmarkDaySums(b *testing.B) {
	s := openFor(b, filepath.Join(b.TempDir(), "book.db"))
	err := s.Update(b.Context(), func(tx ledger.Tx) error {
		for i := uint64(1); i <= 1000; i++ {
			r := ledger.OrderRow{Seq: i, Last: i, Order: pay.Order{ID: fmt.Sprint(i), Amount: 100, At: time.Now()},
				Outcome: pay.Outcome{Status: pay.Paid}}
			if err := tx.PutOrder(r); err != nil {
				return err
			}
		}
		return tx.AddSum(ledger.Sum{Day: ledger.Day(time.Now()), Paid: 1000, PaidAmount: 100_000})
	})
	if err != nil {
		b.Fatal(err)
	}
	book := open(b, s)
	for b.Loop() {
		if sums, err := book.Sums(b.Context(), "2000-01-01", "2100-01-01"); err != nil || len(sums) != 1 {
			b.Fatal(len(sums), err)
		}
	}
}
