package store_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
)

// writingEnv makes the test binary write payments into the named book until it is killed.
const writingEnv = "STORE_TEST_WRITES_TO"

func TestMain(m *testing.M) {
	if path := os.Getenv(writingEnv); path != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled says each number on stdout after the book acknowledged it, never before.
func writeUntilKilled(path string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	b, err := ledger.Open(ctx, s, ledger.Options{Numbering: numbering, Sealer: clearSealer{}})
	if err != nil {
		return err
	}
	for {
		id, err := chargeErr(ctx, b, 100)
		if err != nil {
			return err
		}
		if _, err := fmt.Println(id); err != nil {
			return err
		}
	}
}

func TestAKilledWriterLosesNothingItAcknowledged(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "book.db")
	var acknowledged []string
	const kills = 20
	for round := range kills {
		acknowledged = append(acknowledged, killed(t, self, path, 1+round*3)...)
	}
	s := openAt(t, path)
	defer closed(t, s)
	b := open(t, s)
	verified(t, b)
	for _, id := range acknowledged {
		if row, err := b.Order(t.Context(), id); err != nil || row.Outcome.Status != pay.Paid {
			t.Errorf("%s: %s, %v", id, row.Outcome.Status, err)
		}
	}
	seen := map[string]bool{}
	for _, id := range acknowledged {
		if seen[id] {
			t.Errorf("%s was used twice", id)
		}
		seen[id] = true
	}
	t.Logf("%d kills, %d acknowledged payments, none lost", kills, len(acknowledged))
}

// killed lets a writer acknowledge some payments, kills it in the middle of the next and gives everything
// it said.
func killed(t *testing.T, self, path string, after int) []string {
	t.Helper()
	c := exec.Command(self)
	c.Env = append(os.Environ(), writingEnv+"="+path)
	var trouble bytes.Buffer
	c.Stderr = &trouble
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		ids = append(ids, lines.Text())
		if len(ids) == after {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = c.Wait() // it was killed; what it could not do it said on stderr
	if len(ids) < after || trouble.Len() > 0 {
		t.Fatalf("the writer ended by itself after %d of %d: %s", len(ids), after, &trouble)
	}
	return ids
}
