package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

type noSealer struct{}

func (noSealer) Seal(_ string, plain []byte) ([]byte, error)  { return plain, nil }
func (noSealer) Open(_ string, sealed []byte) ([]byte, error) { return sealed, nil }

func intend(ctx context.Context, b *ledger.Book) error {
	id, err := b.NewOrderID(time.Now())
	if err != nil {
		return err
	}
	return b.Intend(ctx, pay.Order{ID: id, Amount: 1, At: time.Now()}, pay.Request{Number: id, Content: make([]byte, 700)})
}

// TestAFullDiskIsSaidAndTheBookGoesOnWhenThereIsRoom bounds the database's pages, which SQLite reports
// exactly as it does a full disk.
func TestAFullDiskIsSaidAndTheBookGoesOnWhenThereIsRoom(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	b, err := ledger.Open(ctx, s, ledger.Options{Numbering: ledger.Numbering{Prefix: "1"}, Sealer: noSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.writer.exec(ctx, "PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	written := 0
	for err = intend(ctx, b); err == nil; err = intend(ctx, b) {
		written++
	}
	if !errors.Is(err, ErrDiskFull) || written == 0 {
		t.Fatalf("after %d: %v", written, err)
	}
	for range 3 { // it stays full, and stays whole
		if err := intend(ctx, b); !errors.Is(err, ErrDiskFull) {
			t.Errorf("still full: %v", err)
		}
	}
	if n, err := b.Verify(ctx); err != nil || n != written {
		t.Errorf("%d facts of %d, %v", n, written, err)
	}
	if err := s.writer.exec(ctx, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := intend(ctx, b); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if n, err := b.Verify(ctx); err != nil || n != written+1 {
		t.Errorf("%d facts of %d, %v", n, written+1, err)
	}
}

// TestWhatIsAskedEveryDayIsFoundInABookOfAnySize asks the database how it would look for what is not final,
// and for what was sold lately.
func TestWhatIsAskedEveryDayIsFoundInABookOfAnySize(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for step, err := range list(rows{ctx, s.writer}, "EXPLAIN QUERY PLAN SELECT seq FROM fact WHERE kind = 'halt' ORDER BY seq", nil, planStep) {
		if err != nil || !strings.Contains(step, "fact_halt") {
			t.Errorf("reads all facts for a halt: %s, %v", step, err)
		}
	}
	lately := time.Now().Add(-time.Hour)
	for table, undone := range map[string]string{"orders": orderUndone, "refunds": refundUndone} {
		for _, f := range []ledger.Filter{{Open: true}, {From: lately}, {From: lately, To: time.Now()},
			{From: lately, Newest: true, Limit: 50}} {
			var w where
			w.within(f)
			w.open(f, undone)
			plan := rows{ctx, s.writer}
			search := false
			for step, err := range list(plan, "EXPLAIN QUERY PLAN SELECT * FROM "+table+w.sql(f), w.args, planStep) {
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(step, "SCAN "+table) {
					t.Errorf("%+v reads all %s: %s", f, table, step)
				}
				search = search || strings.HasPrefix(step, "SEARCH "+table)
			}
			if !search {
				t.Errorf("%+v: %s are not searched", f, table)
			}
		}
	}
}

func planStep(scan scan) (step string, err error) {
	var n int
	err = scan(&n, &n, &n, &step)
	return step, err
}

func TestASettingThatDoesNotHoldIsRefused(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, filepath.Join(t.TempDir(), "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, p := range writerSettings {
		var got string
		if err := s.writer.conn.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil || got != p.readsAs {
			t.Errorf("%s is %q, %v", p.name, got, err)
		}
	}
	err = s.writer.set(ctx, []setting{{"synchronous", "NORMAL", "2"}})
	if !errors.Is(err, ErrSetting) {
		t.Errorf("got %v", err)
	}
}
