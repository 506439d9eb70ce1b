package store_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cpos/engine/store"
)

// readingEnv makes the test binary read the named book and then try to write to it.
const readingEnv = "STORE_TEST_READS_FROM"

// nobody is a user without rights, as which the superuser of a build machine meets permissions too.
const nobody = 65534

func TestABookOnADiskThatTakesNoWritesCanBeRead(t *testing.T) {
	dir, err := os.MkdirTemp("", "readonly")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(os.Chmod(dir, 0o700), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "book.db")
	s := openAt(t, path)
	charge(t, open(t, s), 1250)
	closed(t, s)
	program := copyOfSelf(t, dir)
	for name, mode := range map[string]os.FileMode{path: 0o444, path + ".lock": 0o444, dir: 0o555} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(program, "-test.run", "^TestReadsAsNobody$", "-test.v")
	c.Env = []string{readingEnv + "=" + path}
	if os.Getuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestReadsAsNobody") {
		t.Errorf("%v\n%s", err, out)
	}
}

// copyOfSelf puts the test program where another user may run it.
func copyOfSelf(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	program := filepath.Join(dir, "program")
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return program
}

func TestReadsAsNobody(t *testing.T) {
	path := os.Getenv(readingEnv)
	if path == "" {
		t.Skip("runs as another user, started by the test of a disk that takes no writes")
	}
	r, err := store.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, r)
	if n := verified(t, open(t, r)); n != 2 {
		t.Errorf("%d facts", n)
	}
	if _, err := store.Open(t.Context(), path); !errors.Is(err, store.ErrNoWrite) {
		t.Errorf("opened for writing: %v", err)
	}
}
