package store

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	lib "modernc.org/sqlite/lib"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// TestThePaymentsStatementsAreRunDirectly fails when a newer driver hides its statements: the till still works
// then, but slower.
func TestThePaymentsStatementsAreRunDirectly(t *testing.T) {
	s := openBook(t)
	err := s.Update(t.Context(), func(tx ledger.Tx) error {
		return errors.Join(tx.Append(ledger.Fact{Seq: 1, Body: []byte("{}")}), tx.PutOrder(ledger.OrderRow{Seq: 1, Order: pay.Order{ID: "P1"}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.writer.acts) < 4 {
		t.Fatalf("%d statements", len(s.writer.acts))
	}
	for query, a := range s.writer.acts {
		if a.handle == 0 {
			t.Errorf("the driver runs %s", query)
		}
	}
}

func openBook(t *testing.T) *SQLite {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestBothWaysOfAStatementAreOne runs each statement directly and by the driver.
func TestBothWaysOfAStatementAreOne(t *testing.T) {
	s := openBook(t).writer
	ctx := context.Background()
	for _, q := range []string{
		"CREATE TABLE kept (n INTEGER PRIMARY KEY, text TEXT UNIQUE, bytes BLOB NOT NULL) STRICT",
		"CREATE TRIGGER kept_is_never_removed BEFORE DELETE ON kept BEGIN SELECT RAISE(ABORT, 'never'); END",
	} {
		if err := s.exec(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	const put = "INSERT INTO kept (n, text, bytes) VALUES (?, ?, ?)"
	for _, row := range []struct {
		name, query string
		values      []any
		code        int // of the error
	}{
		{"short", put, []any{int64(-1 << 63), "a", []byte("b")}, 0},
		{"empty", put, []any{int64(2), "", []byte{}}, 0},
		{"zero byte and Chinese", put, []any{int64(3), "a\x00店", []byte{0, 255}}, 0},
		{"longer than the scratch", put, []any{int64(4), strings.Repeat("x", 2*scratchSize), []byte("b")}, 0},
		{"just as long as the scratch", put, []any{int64(5), strings.Repeat("y", scratchSize), []byte("b")}, 0},
		{"fills the scratch to its end", put, []any{int64(6), strings.Repeat("z", scratchSize-3), []byte("b")}, 0},
		{"no bytes at all", put, []any{int64(7), "c", []byte(nil)}, lib.SQLITE_CONSTRAINT_NOTNULL},
		{"number that is taken", put, []any{int64(2), "d", []byte("b")}, lib.SQLITE_CONSTRAINT_PRIMARYKEY},
		{"text that is taken", put, []any{int64(8), "a", []byte("b")}, lib.SQLITE_CONSTRAINT_UNIQUE},
		{"refused by a trigger", "DELETE FROM kept WHERE n = ?", []any{int64(2)}, lib.SQLITE_CONSTRAINT_TRIGGER},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, way := range []string{"directly", "by the driver"} {
				if err := s.exec(ctx, "SAVEPOINT before"); err != nil {
					t.Fatal(err)
				}
				run := ctx
				if way != "directly" {
					run = t.Context()
				}
				checkCode(t, way, s.exec(run, row.query, row.values...), row.code)
				if row.code == 0 {
					checkKept(t, s, way, row.values)
				}
				if err := errors.Join(s.exec(ctx, "ROLLBACK TO before"), s.exec(ctx, "RELEASE before")); err != nil {
					t.Fatal(err)
				}
			}
			if row.code == 0 { // what follows may collide with it
				if err := s.exec(ctx, row.query, row.values...); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func checkCode(t *testing.T, way string, err error, want int) {
	t.Helper()
	var e coded
	if got := 0; errors.As(err, &e) {
		if got = e.Code(); got != want {
			t.Errorf("%s: code %d, want %d: %v", way, got, want, err)
		}
	} else if want != 0 || err != nil {
		t.Errorf("%s: %v, want code %d", way, err, want)
	}
}

func checkKept(t *testing.T, s *session, way string, values []any) {
	t.Helper()
	var text string
	var content []byte
	found, err := s.one(context.Background(), "SELECT text, bytes FROM kept WHERE n = ?", values[:1], &text, &content)
	if err != nil || !found || text != values[1] || !bytes.Equal(content, values[2].([]byte)) {
		t.Errorf("%s: kept %.20q and %q, %v, %v", way, text, content, found, err)
	}
}
