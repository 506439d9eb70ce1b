package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
	"cpos/engine/vault"
)

// clearSealer lets tests see what is on disk; the vault has its own tests.
type clearSealer struct{}

func (clearSealer) Seal(_ string, plain []byte) ([]byte, error)  { return bytes.Clone(plain), nil }
func (clearSealer) Open(_ string, sealed []byte) ([]byte, error) { return bytes.Clone(sealed), nil }

var numbering = ledger.Numbering{Prefix: "01000826", Store: "sz01cccccccccccccccc", Device: "02"}

func open(t testing.TB, s ledger.Store) *ledger.Book {
	t.Helper()
	b, err := ledger.Open(t.Context(), s, ledger.Options{Numbering: numbering, Sealer: clearSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// charge writes one payment from intention to outcome and gives its number.
func charge(t testing.TB, b *ledger.Book, amount pay.Money) string {
	t.Helper()
	id, err := chargeErr(t.Context(), b, amount)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func chargeErr(ctx context.Context, b *ledger.Book, amount pay.Money) (string, error) {
	id, err := b.NewOrderID(time.Now())
	if err != nil {
		return "", err
	}
	o := pay.Order{ID: id, Store: numbering.Store, Device: numbering.Device, Clerk: "1003",
		Tender: pay.WeChat, Amount: amount, At: time.Now()}
	if err := b.Intend(ctx, o, pay.Request{Number: id, Content: bytes.Repeat([]byte("r"), 600)}); err != nil {
		return id, err
	}
	_, err = b.Settle(ctx, id, pay.Outcome{Status: pay.Paid, Trade: "4200" + id, At: time.Now()})
	return id, err
}

// intended writes an order that nobody has answered yet.
func intended(t testing.TB, b *ledger.Book) string {
	t.Helper()
	id, err := b.NewOrderID(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	o := pay.Order{ID: id, Store: numbering.Store, Device: numbering.Device, Clerk: "1003",
		Tender: pay.Alipay, Amount: 700, At: time.Now()}
	if err := b.Intend(t.Context(), o, pay.Request{Number: id, Content: []byte("r")}); err != nil {
		t.Fatal(err)
	}
	return id
}

// give writes one refund from intention to outcome and gives its number.
func give(t testing.TB, b *ledger.Book, order string, amount pay.Money) string {
	t.Helper()
	id, err := b.NewRefundID(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r := pay.Refund{ID: id, Order: order, Amount: amount, Clerk: "1003", At: time.Now()}
	if err := b.IntendRefund(t.Context(), r, pay.Request{Number: id, Content: []byte("r")}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.SettleRefund(t.Context(), id, pay.RefundOutcome{Status: pay.RefundDone, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	return id
}

func verified(t *testing.T, b *ledger.Book) int {
	t.Helper()
	n, err := b.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestASecondWriterIsRefusedAndToldByWhom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	s := openAt(t, path)
	_, err := store.Open(t.Context(), path)
	if !errors.Is(err, ledger.ErrLocked) {
		t.Fatalf("got %v", err)
	}
	if want := fmt.Sprintf("(process %d)", os.Getpid()); !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %s", err, want)
	}
	closed(t, s)
	closed(t, openAt(t, path))
}

func TestAReaderLooksOnBesideTheWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	s := openAt(t, path)
	defer closed(t, s)
	b := open(t, s)
	first := charge(t, b, 100)
	r, err := store.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, r)
	read := open(t, r)
	if _, err := read.Order(t.Context(), first); err != nil {
		t.Error(err)
	}
	second := charge(t, b, 200)
	if _, err := read.Order(t.Context(), second); err != nil {
		t.Errorf("what was written after it was opened: %v", err)
	}
	if _, err := chargeErr(t.Context(), read, 1); !errors.Is(err, ledger.ErrReadOnly) {
		t.Errorf("a reader wrote: %v", err)
	}
	if n := verified(t, read); n != 4 {
		t.Errorf("%d facts", n)
	}
}

func TestAViewStaysAtTheStateOfItsBeginning(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "book.db"))
	defer closed(t, s)
	b := open(t, s)
	charge(t, b, 100)
	err := s.View(t.Context(), func(rows ledger.Rows) error {
		before, _, err := rows.Tail()
		if err != nil {
			return err
		}
		charge(t, b, 100)
		after, _, err := rows.Tail()
		if before.Seq != after.Seq {
			t.Errorf("the view moved from fact %d to %d", before.Seq, after.Seq)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAReaderOfABookThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	if _, err := store.OpenReader(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it was made")
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := openAt(t, filepath.Join(dir, "book.db"))
	defer closed(t, s)
	charge(t, open(t, s), 100)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// edit changes a book past the store, as somebody would who knows how its pages are sealed.
func edit(t *testing.T, path string, statements ...string) {
	t.Helper()
	raw(t, "file:"+path+"?vfs="+store.SealedLayer, statements...)
}

// raw opens a database as a stranger would.
func raw(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestFilesThatAreNoBookOfThisProgramAreLeftAlone(t *testing.T) {
	rows := []struct {
		name string
		make func(path string)
		want error
	}{
		{"a newer book", func(path string) {
			closed(t, openAt(t, path))
			edit(t, path, "PRAGMA user_version = 99")
		}, store.ErrNewer},
		{"another program's database", func(path string) { raw(t, path, "CREATE TABLE x (y)") }, store.ErrForeign},
		{"no database at all", func(path string) {
			if err := os.WriteFile(path, bytes.Repeat([]byte("text "), 1000), 0o600); err != nil {
				t.Fatal(err)
			}
		}, store.ErrForeign},
	}
	for _, r := range rows {
		path := filepath.Join(t.TempDir(), "book.db")
		r.make(path)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), path); !errors.Is(err, r.want) {
			t.Errorf("%s, to write: %v", r.name, err)
		}
		if _, err := store.OpenReader(t.Context(), path); !errors.Is(err, r.want) {
			t.Errorf("%s, to read: %v", r.name, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("%s was changed", r.name)
		}
	}
}

// query reads one value past the store.
func query(t *testing.T, path, q string, to any, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?vfs="+store.SealedLayer)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(q, args...).Scan(to); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
}

func now() time.Time { return time.Now() }

func TestNobodyChangesAFactBySQL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.db")
	s := openAt(t, path)
	charge(t, open(t, s), 100)
	closed(t, s)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{"UPDATE fact SET number = 'X'", "DELETE FROM fact"} {
		if _, err := db.Exec(q); err == nil || !strings.Contains(err.Error(), "never") {
			t.Errorf("%s: %v", q, err)
		}
	}
}

// TestWhatVerifyFinds damages a book in every place that money depends on.
func TestWhatVerifyFinds(t *testing.T) {
	const unlock = "DROP TRIGGER fact_is_never_changed; DROP TRIGGER fact_is_never_removed; PRAGMA foreign_keys = OFF; "
	// SQLite has no exclusive or: (x | 1) - (x & 1) turns the lowest bit of x over.
	const letter = "unicode(substr(CAST(body AS TEXT), 61, 1))"
	const flip = "UPDATE fact SET body = CAST(substr(body, 1, 60) || char((" + letter + " | 1) - (" + letter +
		" & 1)) || substr(body, 62) AS BLOB) WHERE seq = 3"
	rows := []struct{ name, sql string }{
		{"one bit of a body", flip},
		{"a fact taken out of the middle", "DELETE FROM fact WHERE seq = 5"},
		{"the last fact gone", "DELETE FROM fact WHERE seq = 83"},
		{"a fact of another time", "UPDATE fact SET at = at + 1 WHERE seq = 7"},
		{"an amount in a row", "UPDATE orders SET amount = amount + 1 WHERE seq = 9"},
		{"a status in a row", "UPDATE orders SET status = 3 WHERE seq = 11"},
		{"an order's row gone", "DELETE FROM orders WHERE seq = 13"},
		{"a sum", "UPDATE sum SET paid_fen = paid_fen - 1"},
		{"a sum's row gone", "DELETE FROM sum"},
		{"a shift's sum", "UPDATE sum SET paid_fen = paid_fen + 1 WHERE shift = 1"},
		{"money moved from one shift to another", "UPDATE sum SET shift = 2 WHERE shift = 1"},
		{"a shift of another time", "UPDATE shift SET opened = opened + 1"},
		{"a shift gone", "DELETE FROM shift"},
		{"a shift that nobody opened", "INSERT INTO shift VALUES (2, '1004', 0, 0, 0, 0, 3, 0)"},
		{"an order moved into a shift", "UPDATE orders SET shift = 1 WHERE seq = 9"},
		{"a history with a hole", "UPDATE fact SET before = 0 WHERE seq = 10"},
		{"the counter set back", "UPDATE counter SET n = n - 1 WHERE name = 'order'"},
		{"a request kept longer than needed", "INSERT INTO sealed SELECT 1, id, x'00' FROM orders WHERE seq = 1"},
		{"a latch closed by nobody", "INSERT INTO halt VALUES (1, '{}')"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "book.db")
			s := openAt(t, path)
			b, err := open(t, s), error(nil)
			for range 40 {
				charge(t, b, 100)
			}
			if _, err := b.OpenShift(t.Context(), "1003"); err != nil {
				t.Fatal(err)
			}
			charge(t, b, 100)
			closed(t, s)
			edit(t, path, unlock+r.sql)
			s = openAt(t, path)
			defer closed(t, s)
			b, err = ledger.Open(t.Context(), s, ledger.Options{Numbering: numbering, Sealer: clearSealer{}})
			if err == nil {
				_, err = b.Verify(t.Context())
			}
			if !errors.Is(err, ledger.ErrBroken) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestOpenFindsDamageNearTheEnd needs no walk through the whole book.
func TestOpenFindsDamageNearTheEnd(t *testing.T) {
	for name, damage := range map[string]string{
		"a row beside its facts": "UPDATE orders SET status = 0 WHERE seq = (SELECT max(seq) FROM orders)",
		"the newest fact": "DROP TRIGGER fact_is_never_changed; " +
			"UPDATE fact SET body = x'7b7d' WHERE seq = (SELECT max(seq) FROM fact)",
		"the newest order's row gone": "DELETE FROM orders WHERE seq = (SELECT max(seq) FROM orders)",
	} {
		path := filepath.Join(t.TempDir(), "book.db")
		s := openAt(t, path)
		b := open(t, s)
		for range 20 {
			charge(t, b, 100)
		}
		closed(t, s)
		edit(t, path, damage)
		s = openAt(t, path)
		if _, err := ledger.Open(t.Context(), s, ledger.Options{Numbering: numbering}); !errors.Is(err, ledger.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
		closed(t, s)
	}
}

// copyFile copies what is on the disk at this moment, as a power cut would leave it.
func copyFile(t *testing.T, from, to string, size int64) {
	t.Helper()
	src, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(dst, src, size); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	if err := dst.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestABookWhoseLogIsCutOffIsAPrefix(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "book.db")
	s := openAt(t, path)
	defer closed(t, s)
	b := open(t, s)
	for range 30 {
		charge(t, b, 100)
	}
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const cuts, whole = 40, 60
	last := -1
	for i := range cuts + 1 {
		cut := filepath.Join(dir, fmt.Sprint("cut", i))
		copyFile(t, path, cut, 1<<40)
		copyFile(t, path+"-wal", cut+"-wal", info.Size()*int64(i)/cuts-int64(i%3))
		n := factsOf(t, cut)
		if n < last {
			t.Errorf("cut %d has %d facts, a shorter one had %d", i, n, last)
		}
		last = n
	}
	if last == 0 || last > whole {
		t.Errorf("the longest has %d facts", last)
	}
}

// factsOf opens and verifies a book; one that was cut off before its first step is empty.
func factsOf(t *testing.T, path string) int {
	t.Helper()
	s := openAt(t, path)
	defer closed(t, s)
	b := open(t, s)
	n := verified(t, b)
	charge(t, b, 5) // it can be written on
	if after := verified(t, b); after != n+2 {
		t.Errorf("%d facts after a payment on %d", after, n)
	}
	return n
}

func TestNoFileOfTheBookHoldsAPaymentCode(t *testing.T) {
	dir := t.TempDir()
	v, err := vault.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := openAt(t, filepath.Join(dir, "book.db"))
	b, err := ledger.Open(t.Context(), s, ledger.Options{Numbering: numbering, Sealer: v})
	if err != nil {
		t.Fatal(err)
	}
	code := "134680423163089456"
	id, err := b.NewOrderID(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r := pay.Request{Number: id, Content: []byte(`{"author_code":"` + code + `"}`)}
	if err := b.Intend(t.Context(), pay.Order{ID: id, Amount: 1, At: time.Now()}, r); err != nil {
		t.Fatal(err)
	}
	got, err := b.Request(t.Context(), id)
	if err != nil || !bytes.Equal(got.Content, r.Content) {
		t.Fatalf("the request comes back as %d bytes, %v", len(got.Content), err)
	}
	lookFor(t, dir, code)
	if _, err := b.Settle(t.Context(), id, pay.Outcome{Status: pay.Declined}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Request(t.Context(), id); !errors.Is(err, ledger.ErrFinal) {
		t.Errorf("the request of a final order: %v", err)
	}
	closed(t, s)
	lookFor(t, dir, code)
}

func lookFor(t *testing.T, dir, code string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) < 3 {
		t.Fatalf("%q, %v", names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err == nil && bytes.Contains(b, []byte(code)) {
			t.Errorf("%s holds the code", name)
		}
	}
}
