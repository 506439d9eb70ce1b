package store

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cpos/engine/ledger"
)

// firstForm writes a book as the first form of the program did: pages of SQLite's own, without seals.
// With crashed set it ends as after a power cut, with everything in the log.
func firstForm(t *testing.T, path string, crashed bool) {
	t.Helper()
	db, err := sql.Open("sqlite", address(path, "rwc", ""))
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSession(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.set(t.Context(), writerSettings); err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), s.conn, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.conn.ExecContext(t.Context(), oldFacts(t)); err != nil {
		t.Fatal(err)
	}
	if crashed {
		copyWhileOpen(t, path)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if crashed {
		for _, behind := range []string{"", "-wal"} {
			if err := os.Rename(path+".kept"+behind, path+behind); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// oldFacts is what one paid order left in the tables of the first form.
func oldFacts(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "form1.sql"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func copyWhileOpen(t *testing.T, path string) {
	t.Helper()
	for _, behind := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + behind)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".kept"+behind, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestABookOfTheFirstFormIsBroughtUpAndSealed(t *testing.T) {
	for name, crashed := range map[string]bool{"closed in order": false, "after a power cut": true} {
		path := filepath.Join(t.TempDir(), "book.db")
		firstForm(t, path, crashed)
		ctx := context.Background()
		s, err := Open(ctx, path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := ledger.Open(ctx, s, ledger.Options{Numbering: ledger.Numbering{Prefix: "1"}, Sealer: noSealer{}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n, err := b.Verify(ctx); err != nil || n == 0 {
			t.Errorf("%s: %d facts, %v", name, n, err)
		}
		if err := intend(ctx, b); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(whole); at += pageSize {
			if !sealHolds(whole[at:at+pageSize], int64(at/pageSize)) && !bytes.Equal(whole[at:at+pageSize], make([]byte, pageSize)) {
				t.Errorf("%s: page %d has no seal", name, at/pageSize+1)
			}
		}
		if left, _ := filepath.Glob(path + ".new*"); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

func TestEveryPowerCutOfABirthLeavesABookOrNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	// The half-written file of a start that was cut off is nobody's.
	if err := os.WriteFile(path+".new", emptyBook()[:300], 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ledger.Open(t.Context(), s, ledger.Options{Numbering: ledger.Numbering{Prefix: "1"}, Sealer: noSealer{},
		Now: func() time.Time { return time.UnixMilli(0) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := intend(t.Context(), b); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
