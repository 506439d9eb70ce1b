package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
)

// smallDisk mounts a disk of its own for a test.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, options)
	if errors.Is(err, unix.EPERM) {
		t.Skip("only the superuser mounts a small disk")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fillUp leaves no room on the disk of dir and gives how to make some again.
func fillUp(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "other people's files")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for chunk := 64 << 10; chunk > 0; {
		if _, err := f.Write(make([]byte, chunk)); err != nil {
			chunk /= 2
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestF3AFullDiskTakesNoIntentionAndIsHealedByRoom fills a real disk under an open book.
func TestF3AFullDiskTakesNoIntentionAndIsHealedByRoom(t *testing.T) {
	dir := smallDisk(t, "size=3m")
	path := filepath.Join(dir, "book.db")
	s := openAt(t, path)
	defer closed(t, s)
	b := open(t, s)
	first := charge(t, b, 100)
	rounds, refused := 5, 0
	for range rounds {
		free := fillUp(t, dir)
		written := verified(t, b)
		for full := false; !full; {
			_, err := chargeErr(t.Context(), b, 100)
			full = errors.Is(err, store.ErrDiskFull)
			if err != nil && !full {
				t.Fatal(err)
			}
			if n := verified(t, b); full && n < written { // what was there before is there still
				t.Fatalf("%d facts of %d", n, written)
			}
			refused++
		}
		if _, err := b.Order(t.Context(), first); err != nil {
			t.Errorf("a full disk cannot be read: %v", err)
		}
		if err := s.Backup(t.Context(), filepath.Join(dir, "backup.db")); !errors.Is(err, store.ErrDiskFull) {
			t.Errorf("a backup onto a full disk: %v", err)
		}
		beside, err := store.OpenReader(t.Context(), path)
		if err != nil {
			t.Fatalf("a second reader: %v", err)
		}
		verified(t, open(t, beside))
		closed(t, beside)
		free()
		charge(t, b, 100)
		verified(t, b)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "backup*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	t.Logf("F3 full disk under the book: rounds %d, intentions refused %d, facts lost 0", rounds, refused)
}

// TestF3ABookIsNotBornOnAFullDisk says so instead of leaving half a book.
func TestF3ABookIsNotBornOnAFullDisk(t *testing.T) {
	dir := smallDisk(t, "size=64k")
	free := fillUp(t, dir)
	path := filepath.Join(dir, "till", "book.db")
	if _, err := store.Open(t.Context(), path); !errors.Is(err, store.ErrDiskFull) {
		t.Errorf("got %v", err)
	}
	free()
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT, "size=3m"); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path)
	defer closed(t, s)
	charge(t, open(t, s), 100)
	t.Log("F3 book born on a full disk: refused 1")
}

// TestF4ADiskThatTurnsReadOnlyIsReadWithItsLog is what a failing disk does to a till: the system stops
// all writing while the newest payments stand in the log alone.
func TestF4ADiskThatTurnsReadOnlyIsReadWithItsLog(t *testing.T) {
	from := t.TempDir()
	s := openAt(t, filepath.Join(from, "book.db"))
	defer closed(t, s)
	b := open(t, s)
	id := charge(t, b, 700)
	want := verified(t, b)
	dir := smallDisk(t, "size=8m")
	path := filepath.Join(dir, "book.db")
	for _, behind := range []string{"", "-wal"} { // as a power cut leaves them
		content, err := os.ReadFile(filepath.Join(from, "book.db"+behind))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+behind, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	r, err := store.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, r)
	read := open(t, r)
	if row, err := read.Order(t.Context(), id); err != nil || row.Outcome.Status != pay.Paid {
		t.Errorf("%+v, %v", row, err)
	}
	if n := verified(t, read); n != want {
		t.Errorf("%d facts of %d", n, want)
	}
	if _, err := chargeErr(t.Context(), read, 1); !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("it was written to: %v", err)
	}
	if _, err := store.Open(t.Context(), path); !errors.Is(err, store.ErrNoWrite) {
		t.Errorf("opened for writing: %v", err)
	}
	file := filepath.Join(from, "saved.db")
	backedUp(t, r, file)
	if n := facts(t, file); n != want {
		t.Errorf("%d facts saved of %d", n, want)
	}
	t.Logf("F4 disk turned read-only: facts read from its log %d, writes taken 0", want)
}
