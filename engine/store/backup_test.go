package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cpos/engine/ledger"
	"cpos/engine/store"
)

func backedUp(t *testing.T, s *store.SQLite, file string) {
	t.Helper()
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
}

// restored puts a backup in place by the book's own rules.
func restored(t *testing.T, file, path string, n ledger.Numbering, lose bool) (ledger.Succeeded, error) {
	t.Helper()
	var became ledger.Succeeded
	_, err := store.Restore(t.Context(), file, path, func(s ledger.Succession) (err error) {
		became, err = s.Decide(t.Context(), n, lose)
		return err
	})
	return became, err
}

// facts verifies the book at path and gives how many facts it has.
func facts(t *testing.T, path string) int {
	t.Helper()
	r, err := store.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, r)
	return verified(t, open(t, r))
}

func TestABackupIsWholeWhileTheTillSells(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "book.db"))
	defer closed(t, s)
	b := open(t, s)
	ctx, stop := context.WithCancel(t.Context())
	var selling sync.WaitGroup
	selling.Go(func() {
		for ctx.Err() == nil {
			if _, err := chargeErr(context.WithoutCancel(ctx), b, 100); err != nil {
				t.Error(err)
				return
			}
		}
	})
	file := filepath.Join(dir, "backup.db")
	last := 0
	for range 5 {
		backedUp(t, s, file)
		n := facts(t, file)
		if n < last {
			t.Errorf("%d facts after %d", n, last)
		}
		last = n
	}
	stop()
	selling.Wait()
	left, err := filepath.Glob(file + "?*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestABackupReplacesOnlyItsOlderSelf(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	s := openAt(t, path("book.db"))
	defer closed(t, s)
	b := open(t, s)
	charge(t, b, 100)
	backedUp(t, s, path("one.db"))
	backedUp(t, s, path("one.db"))
	charge(t, b, 200)
	backedUp(t, s, path("one.db"))

	// The till went on elsewhere with facts that this book lacks.
	if _, err := restored(t, path("one.db"), path("elsewhere.db"), numbering, false); err != nil {
		t.Fatal(err)
	}
	elsewhere := openAt(t, path("elsewhere.db"))
	defer closed(t, elsewhere)
	charge(t, open(t, elsewhere), 300)
	backedUp(t, elsewhere, path("newer.db"))
	other := openAt(t, path("other.db"))
	defer closed(t, other)
	charge(t, open(t, other), 1)
	backedUp(t, other, path("stranger.db"))
	if err := os.WriteFile(path("letter.txt"), []byte(strings.Repeat("dear ", 999)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"newer.db": store.ErrNotOlder, "stranger.db": store.ErrNotOlder,
		"letter.txt": store.ErrForeign, "book.db": store.ErrSameFile, "nowhere/x.db": store.ErrDisk} {
		before, _ := os.ReadFile(path(name))
		if err := s.Backup(t.Context(), path(name)); !errors.Is(err, want) {
			t.Errorf("over %s: %v", name, err)
		}
		if after, _ := os.ReadFile(path(name)); string(after) != string(before) {
			t.Errorf("%s was changed", name)
		}
	}
}

// TestNoNumberIsUsedTwiceAfterARestore goes on from a backup on another machine, where nobody knows what
// the till did since.
func TestNoNumberIsUsedTwiceAfterARestore(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "book.db"))
	b := open(t, s)
	used := map[string]bool{}
	sell := func(b *ledger.Book) {
		for range 5 {
			id := charge(t, b, 100)
			for _, n := range []string{id, give(t, b, id, 10)} {
				if used[n] {
					t.Errorf("%s was used twice", n)
				}
				used[n] = true
			}
		}
	}
	sell(b)
	file := filepath.Join(dir, "backup.db")
	backedUp(t, s, file)
	sell(b)
	closed(t, s)
	fresh := filepath.Join(dir, "new machine", "book.db")
	if _, err := restored(t, file, fresh, numbering, false); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the numbers jump once
		s = openAt(t, fresh)
		b = open(t, s)
		sell(b)
		verified(t, b)
		closed(t, s)
	}
	if n := facts(t, fresh); n != 20+1+40 {
		t.Errorf("%d facts: those of the backup, one of the restore, those since", n)
	}
	// Somebody copies the file by hand.
	byHand := filepath.Join(dir, "by hand.db")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(byHand, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, byHand)
	defer closed(t, s)
	first, err := open(t, s).NewOrderID(now())
	if err != nil || !strings.HasSuffix(first, "00255Y") { // 100,006 of base 36
		t.Errorf("the first number is %s, %v", first, err)
	}
}

func TestARestoreNeverGoesBackOverNewerFacts(t *testing.T) {
	dir := t.TempDir()
	path, file := filepath.Join(dir, "book.db"), filepath.Join(dir, "backup.db")
	s := openAt(t, path)
	b := open(t, s)
	charge(t, b, 100)
	backedUp(t, s, file)
	if _, err := restored(t, file, path, numbering, false); !errors.Is(err, ledger.ErrLocked) {
		t.Errorf("while the engine runs: %v", err)
	}
	charge(t, b, 200)
	closed(t, s)
	for _, lose := range []bool{false, true} {
		_, err := restored(t, file, path, numbering, lose)
		var newer *ledger.NewerError
		if !errors.As(err, &newer) || newer.Facts != 2 || newer.Last != 2 || newer.Unknown {
			t.Errorf("lose %t: %v", lose, err)
		}
	}
	if n := facts(t, path); n != 4 {
		t.Errorf("%d facts are left", n)
	}
	another := numbering
	another.Device = "03"
	if _, err := restored(t, file, filepath.Join(dir, "x.db"), another, false); !errors.Is(err, ledger.ErrOtherTill) {
		t.Errorf("another till's: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "x.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
	o := openAt(t, filepath.Join(dir, "other.db"))
	charge(t, open(t, o), 5)
	closed(t, o)
	if _, err := restored(t, file, filepath.Join(dir, "other.db"), numbering, true); !errors.Is(err, ledger.ErrOtherBook) {
		t.Errorf("over another book: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.restor*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// pageOf gives the number of the newest page of a table, counted from 0.
func pageOf(t *testing.T, path, table string) int64 {
	t.Helper()
	var page int64
	query(t, path, "SELECT max(pageno) FROM dbstat WHERE name = ?", &page, table)
	return page - 1
}

func damage(t *testing.T, path string, page int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	one := make([]byte, 1)
	at := page*1024 + 600
	if _, err := f.ReadAt(one, at); err != nil {
		t.Fatal(err)
	}
	one[0] ^= 4
	if _, err := f.WriteAt(one, at); err != nil {
		t.Fatal(err)
	}
}

func TestWhatADamagedBookStillHoldsIsSaved(t *testing.T) {
	rows := []struct {
		name, table string
		lost        bool
	}{
		{"a page of orders", "orders", false}, {"the only page of sums", "sum", false},
		{"an index", "sqlite_autoindex_orders_1", false}, {"the newest page of facts", "fact", true},
		{"page 1", "sqlite_schema", true},
	}
	for _, r := range rows {
		dir := t.TempDir()
		path, file := filepath.Join(dir, "book.db"), filepath.Join(dir, "backup.db")
		s := openAt(t, path)
		b := open(t, s)
		for range 20 {
			charge(t, b, 100)
		}
		backedUp(t, s, file)
		if _, err := b.OpenShift(t.Context(), "1003"); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			give(t, b, charge(t, b, 100), 1)
		}
		waiting := intended(t, b)
		want := verified(t, b)
		closed(t, s)
		damage(t, path, pageOf(t, path, r.table))
		became, err := restored(t, file, path, numbering, false)
		if r.lost {
			if !errors.Is(err, ledger.ErrNewer) || became.Lost == nil {
				t.Errorf("%s: %+v, %v", r.name, became, err)
			}
			if became, err = restored(t, file, path, numbering, true); err != nil {
				t.Errorf("%s, losing: %v", r.name, err)
			}
		} else if err != nil || became.Lost != nil || int(became.Saved) != want-40 {
			t.Errorf("%s: %+v, %v", r.name, became, err)
		}
		s = openAt(t, path)
		b = open(t, s)
		got := verified(t, b) // one more: the restore
		if !r.lost && got != want+1 || r.lost && got != 40+int(became.Saved)+1 {
			t.Errorf("%s: %d facts of %d", r.name, got, want)
		}
		if _, err := b.Request(t.Context(), waiting); !r.lost && err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		charge(t, b, 100)
		closed(t, s)
		if kept, _ := filepath.Glob(path + ".before-restore-1"); len(kept) != 1 {
			t.Errorf("%s: the damaged book was not kept", r.name)
		}
	}
}

// TestARestoreThatWasCutOffIsFinished stops a restore at each of its steps by leaving what is there then.
func TestARestoreThatWasCutOffIsFinished(t *testing.T) {
	const old = "the old book stays under its name until the new one has it"
	for step, names := range map[string]map[string]string{ // from a name after the restore to one at the step
		old:                         {"book.db": "book.db.restored", "book.db.before-restore-1": "book.db"},
		"the old one was put aside": {"book.db": "book.db.restored"},
		"the new one has its name":  {},
	} {
		dir := t.TempDir()
		path, file := filepath.Join(dir, "book.db"), filepath.Join(dir, "backup.db")
		s := openAt(t, path)
		charge(t, open(t, s), 100)
		backedUp(t, s, file)
		closed(t, s)
		if _, err := restored(t, file, path, numbering, false); err != nil {
			t.Fatal(err)
		}
		for _, from := range []string{"book.db", "book.db.before-restore-1"} {
			if to, ok := names[from]; ok {
				if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := os.WriteFile(path+".restoring", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := store.OpenReader(t.Context(), path); !errors.Is(err, store.ErrRestoring) {
			t.Errorf("%s, to read: %v", step, err)
		}
		s = openAt(t, path)
		if n := verified(t, open(t, s)); n != 3 { // intention, outcome, restore
			t.Errorf("%s: %d facts", step, n)
		}
		closed(t, s)
		if left, _ := filepath.Glob(path + ".restor*"); len(left) > 0 {
			t.Errorf("%s: left behind: %v", step, left)
		}
		if kept, _ := filepath.Glob(path + ".before-restore-?"); len(kept) != 1 {
			t.Errorf("%s: kept %v", step, kept)
		}
	}
}
