package desktoptest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"cpos/hw/desktop"
)

// missing names a program that a virtual display needs and that is not installed, else "".
func missing() string {
	for _, program := range []string{"Xvfb", "openbox"} {
		if _, err := exec.LookPath(program); err != nil {
			return program
		}
	}
	return ""
}

// Need skips a test where no virtual display can be started.
func Need(t testing.TB) {
	t.Helper()
	if program := missing(); program != "" {
		t.Skipf("%s is not installed (make deps)", program)
	}
}

// Display gives one test a virtual display of w by h px, and DISPLAY for the programs that it starts.
func Display(t testing.TB, w, h int) {
	t.Helper()
	Need(t)
	v, err := desktop.StartVirtual(t.Context(), w, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Stop)
	t.Setenv("DISPLAY", v.Display)
	t.Setenv("XDG_SESSION_TYPE", "x11")
}

// Run gives all tests of a package one virtual display, for libraries that read DISPLAY once in a process,
// and gives the exit code for TestMain. Tests that need the display call Need; a real one is never used.
func Run(m *testing.M, w, h int) int {
	if program := missing(); program != "" {
		fmt.Printf("no screen tests: %s is not installed (make deps)\n", program)
		return m.Run()
	}
	v, err := desktop.StartVirtual(context.Background(), w, h)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer v.Stop()
	if err := os.Setenv("DISPLAY", v.Display); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Folder is a folder of its own for a program whose helpers may still be writing when it was ended: it is removed
// as soon as they are gone.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cpos-program-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 500 {
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	return dir
}

// BuildPOS builds the practice POS and gives its path.
func BuildPOS(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "practice-pos")
	if out, err := exec.Command("go", "build", "-tags", "x11 nowayland", "-o", program, "cpos/cmd/practice-pos").CombinedOutput(); err != nil {
		t.Fatalf("build the practice POS: %v\n%s", err, out)
	}
	return program
}

// StartPOS starts the practice POS on the test's display, waits until it can be seen, and ends it with the
// test.
func StartPOS(t testing.TB, program string, args ...string) {
	t.Helper()
	pos := exec.Command(program, args...)
	pos.Stderr = os.Stderr
	out, err := pos.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := pos.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pos.Process.Kill(); _ = pos.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the practice POS said %q, %v", line, err)
	}
}
