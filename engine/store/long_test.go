package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/store"
)

// A fact longer than a page lies on pages of its own, which SQLite reads in a way of their own.
func TestALongFactIsReadBackWhole(t *testing.T) {
	for _, many := range []int{1, 5, 8, 10, 11, 20, 200} {
		t.Run(fmt.Sprintf("%d differences", many), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "book.db")
			haltedBook(t, path, many)
			s := openAt(t, path)
			defer closed(t, s)
			b := open(t, s)
			h, halted, err := b.Halted(t.Context())
			if err != nil || !halted || len(h.Differences) != many {
				t.Errorf("halted %t over %d differences, %v", halted, len(h.Differences), err)
			}
			verified(t, b)
		})
	}
}

func haltedBook(t *testing.T, path string, differences int) {
	t.Helper()
	s := openAt(t, path)
	defer closed(t, s)
	b := open(t, s)
	charge(t, b, 1280)
	all := make([]ledger.Difference, differences)
	for i := range all {
		all[i] = ledger.Difference{Code: ledger.MissingHere, Number: fmt.Sprintf("%s%05d", inEvery, i), Theirs: 100}
	}
	if err := b.Halt(t.Context(), time.Now(), all); err != nil {
		t.Fatal(err)
	}
}

const inEvery = "01000826ABCDEF2611230"

// Damage in the middle of a long fact is found as well.
func TestDamageInALongFactIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	haltedBook(t, path, 200)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for at := 0; ; tried++ {
		next := bytes.Index(data[at:], []byte(inEvery))
		if next < 0 {
			break
		}
		at += next + len(inEvery)
		if tried%20 != 0 {
			continue
		}
		data[at] ^= 1
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		data[at] ^= 1
		if err := verifyAt(t, path); !errors.Is(err, ledger.ErrBroken) {
			t.Errorf("a bit at %d was flipped and nothing found: %v", at, err)
		}
	}
	if tried < 200 {
		t.Errorf("only %d places were found", tried)
	}
}

func verifyAt(t *testing.T, path string) error {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		return err
	}
	defer closed(t, s)
	b, err := ledger.Open(t.Context(), s, ledger.Options{Numbering: numbering, Sealer: clearSealer{}})
	if err == nil {
		_, err = b.Verify(t.Context())
	}
	return err
}
