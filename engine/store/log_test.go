package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"cpos/engine/ledger"
	"cpos/engine/store"
)

// TestF17OneBitOfTheLogIsNeverServed takes the log that a killed till left, turns one bit of each frame
// over, and opens the book. All but the newest transactions are there, or the damage is told.
func TestF17OneBitOfTheLogIsNeverServed(t *testing.T) {
	const head, frame = 32, 24 + 1024
	from := t.TempDir()
	s := openAt(t, filepath.Join(from, "book.db"))
	defer closed(t, s)
	b := open(t, s)
	for range 30 {
		charge(t, b, 100)
	}
	want := verified(t, b)
	book, err := os.ReadFile(filepath.Join(from, "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(from, "book.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	bits, told, most := 0, 0, 0
	try := func(at int, bit byte) {
		path := filepath.Join(t.TempDir(), "book.db")
		damaged := append([]byte(nil), log...)
		damaged[at] ^= 1 << bit
		for name, content := range map[string][]byte{path: book, path + "-wal": damaged} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		bits++
		w, err := store.Open(t.Context(), path)
		if errors.Is(err, ledger.ErrBroken) {
			told++
			return
		}
		if err != nil {
			t.Fatalf("bit %d of byte %d: %v", bit, at, err)
		}
		defer closed(t, w)
		// What is left is a beginning of what was written, and lacks what the last two transactions wrote at most.
		missing := want - verified(t, open(t, w))
		if most = max(most, missing); missing > 2 {
			t.Errorf("bit %d of byte %d: %d facts are gone and nobody was told", bit, at, missing)
		}
	}
	for at := 0; at < head; at += 3 {
		try(at, byte(at%8))
	}
	step := 24 // frames; the full trial takes every third
	if os.Getenv(pagesEnv) == "0" {
		step = 3
	}
	for begin := head; begin < len(log); begin += step * frame {
		for _, in := range []int{1, 5, 9, 13, 17, 22, 24, 700} {
			try(begin+in, byte(begin/frame%8))
		}
	}
	t.Logf("F17 damaged log: bits turned over %d, told when opened %d, facts gone without a word at most %d (of the newest two)", bits, told, most)
}

// TestALogThatAPowerCutLeftIsNoDamage cuts the log anywhere and opens what is left.
func TestALogThatAPowerCutLeftIsNoDamage(t *testing.T) {
	from := t.TempDir()
	s := openAt(t, filepath.Join(from, "book.db"))
	defer closed(t, s)
	b := open(t, s)
	for range 10 {
		charge(t, b, 100)
	}
	book, err := os.ReadFile(filepath.Join(from, "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(from, "book.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut < len(log); cut += 999 {
		path := filepath.Join(t.TempDir(), "book.db")
		for name, content := range map[string][]byte{path: book, path + "-wal": log[:cut]} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		w, err := store.Open(t.Context(), path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		verified(t, open(t, w))
		closed(t, w)
	}
}
