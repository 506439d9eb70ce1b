package store_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"

	"cpos/engine/ledger"
	"cpos/engine/store"
	"cpos/engine/store/storetest"
)

func TestMemorySitsTheExam(t *testing.T) {
	storetest.Sit(t, func(*testing.T) (ledger.Store, func() ledger.Store) {
		m := store.NewMemory()
		return m, func() ledger.Store { return m }
	})
}

func openAt(t testing.TB, path string) *store.SQLite {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closed(t *testing.T, s *store.SQLite) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestSQLiteSitsTheExam(t *testing.T) {
	storetest.Sit(t, func(t *testing.T) (ledger.Store, func() ledger.Store) {
		path := filepath.Join(t.TempDir(), "data #1?%", "book.db")
		s := openAt(t, path)
		t.Cleanup(func() { closed(t, s) })
		return s, func() ledger.Store {
			closed(t, s)
			s = openAt(t, path)
			return s
		}
	})
}

func TestSQLiteSitsTheExamInVirtualTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	synctest.Test(t, func(t *testing.T) {
		s := openAt(t, path)
		defer closed(t, s)
		b := open(t, s)
		id := charge(t, b, 1250)
		if row, err := b.Order(t.Context(), id); err != nil || row.Order.Amount != 1250 {
			t.Errorf("got %+v, %v", row, err)
		}
	})
}

// openFor opens a store that is closed with the test.
func openFor(t testing.TB, path string) *store.SQLite {
	t.Helper()
	s := openAt(t, path)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
