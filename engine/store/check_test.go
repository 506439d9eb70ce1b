package store_test

import (
	"errors"
	"path/filepath"
	"testing"

	"cpos/engine/ledger"
	"cpos/engine/store"
)

// TestAnIndexThatLacksRowsIsFound puts an empty index in the place of a full one: every page is whole, and
// what is asked by time is not there.
func TestAnIndexThatLacksRowsIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	s := openAt(t, path)
	charge(t, open(t, s), 100)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	closed(t, s)
	edit(t, path, "CREATE INDEX none ON orders (at) WHERE seq < 0; PRAGMA writable_schema = ON; "+
		"UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'none') WHERE name = 'orders_at'; "+
		"DELETE FROM sqlite_schema WHERE name = 'none'")
	r, err := store.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, r)
	if err := r.Check(t.Context()); !errors.Is(err, ledger.ErrBroken) {
		t.Errorf("got %v", err)
	}
}
