package winetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cpos/hw/desktop"
)

// Wine is a Windows of its own for one test.
type Wine struct {
	Display string // of the virtual display
	Home    string // a folder of the test, and the working folder of its programs
	env     []string
}

// compiler makes the library that wine 8 lacks.
const compiler = "x86_64-w64-mingw32-gcc"

// missing names a program that is not installed, else "".
func missing() string {
	for _, program := range []string{"wine", "wineserver", compiler, "Xvfb", "openbox"} {
		if _, err := exec.LookPath(program); err != nil {
			return program
		}
	}
	return ""
}

// Need skips a test where the Windows programs cannot be run.
func Need(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("makes a whole Windows, which -short leaves out")
	}
	if program := missing(); program != "" {
		t.Skipf("%s is not installed, so the Windows program cannot be run here (.ci/deps test)", program)
	}
}

// Start makes a fresh Windows with a screen of 1280 by 800 px. It ends with the test.
func Start(t testing.TB) *Wine {
	t.Helper()
	Need(t)
	v, err := desktop.StartVirtual(context.Background(), 1280, 800)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Stop)
	wine := &Wine{Display: v.Display, Home: t.TempDir()}
	prefix := filepath.Join(wine.Home, "prefix")
	wine.env = environ(prefix, v.Display)
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	if err := duplicate(from, prefix); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(wine.env) })
	return wine
}

func environ(prefix, display string) []string {
	return append(os.Environ(), "WINEPREFIX="+prefix, "WINEARCH=win64", "WINEDEBUG=-all", "DISPLAY="+display,
		"XDG_SESSION_TYPE=x11", "LC_ALL=C.UTF-8")
}

// stop ends all programs of a prefix and waits until they have.
func stop(env []string) {
	for _, how := range []string{"-k", "-w"} {
		c := exec.Command("wineserver", how)
		c.Env = env
		_ = c.Run() // it may have ended by itself
	}
}

// Command is a Windows program of this test, with further environment. It is killed when it still runs at
// the end of the test, or shortly before the time of all tests is up.
func (w *Wine) Command(t testing.TB, env []string, exe string, args ...string) *exec.Cmd {
	const spare = 10 * time.Second // to say why
	until := time.Now().Add(15 * time.Minute)
	if test, is := t.(interface{ Deadline() (time.Time, bool) }); is {
		if end, limited := test.Deadline(); limited {
			until = end.Add(-spare)
		}
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, "wine", append([]string{exe}, args...)...)
	c.Env = append(append([]string(nil), w.env...), env...)
	c.Dir = w.Home
	return c
}

// Cable is a serial cable from a port of Windows ("com7") to the file that it gives.
func (w *Wine) Cable(t *testing.T, com string) (ours string) {
	t.Helper()
	if _, err := exec.LookPath("socat"); err != nil {
		t.Skip("socat is not installed (make deps), so there is no serial cable to test with")
	}
	ours, theirs := filepath.Join(w.Home, com+"-ours"), filepath.Join(w.Home, com+"-theirs")
	socat := exec.Command("socat", "pty,raw,echo=0,link="+ours, "pty,raw,echo=0,link="+theirs)
	if err := socat.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socat.Process.Kill(); _ = socat.Wait() })
	link := filepath.Join(w.Home, "prefix", "dosdevices", com)
	_ = os.Remove(link) // wine makes links for the ports of the machine
	if err := os.Symlink(theirs, link); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		_, err := os.Stat(ours)
		if _, far := os.Stat(theirs); err == nil && far == nil {
			return ours
		} else if time.Now().After(end) {
			t.Fatal("socat lays no cable")
		}
	}
}

// Test runs a test program made by BuildTests. What it says is this test's log, and its failure this test's.
func (w *Wine) Test(t *testing.T, env []string, exe string, args ...string) (said string) {
	t.Helper()
	c := w.Command(t, env, exe, append([]string{"-test.v", "-test.timeout=14m"}, args...)...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) && ended.ProcessState.ExitCode() < 0 && bytes.HasSuffix(out.Bytes(), []byte("\nPASS\n")) {
		t.Logf("%s had said that all is well when wine fell over its end: %v", filepath.Base(exe), err)
		err = nil
	}
	if err != nil {
		t.Errorf("%s under wine: %v\n%s", filepath.Base(exe), err, out.Bytes())
	} else if !bytes.Contains(out.Bytes(), []byte("--- PASS")) {
		t.Errorf("%s under wine tried nothing:\n%s", filepath.Base(exe), out.Bytes())
	}
	return out.String()
}

//go:embed testdata/bcryptprimitives.c
var randomBytes []byte

var templateOnce = sync.OnceValues(makeTemplate)

// template is a prefix that was made once for this version of wine and is kept between test runs, because
// making one takes a quarter of a minute.
func template() (string, error) { return templateOnce() }

func makeTemplate() (string, error) {
	version, err := exec.Command("wine", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("ask wine for its version: %w", err)
	}
	sum := sha256.Sum256(slices.Concat(version, randomBytes, []byte(desktopSize), []byte(strings.Join(fonts, " "))))
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	base = filepath.Join(base, "cpos-wine")
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", fmt.Errorf("make wine prefix: %w", err)
	}
	lock, err := os.Create(filepath.Join(base, "lock"))
	if err != nil {
		return "", fmt.Errorf("make wine prefix: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil { // other packages' tests make it too
		return "", fmt.Errorf("make wine prefix: %w", err)
	}
	done := filepath.Join(base, hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(done); err == nil {
		return done, nil
	}
	half := done + ".half"
	if err := os.RemoveAll(half); err != nil {
		return "", fmt.Errorf("make wine prefix: %w", err)
	}
	if err := fill(half); err != nil {
		return "", fmt.Errorf("make wine prefix: %w", err)
	}
	return done, os.Rename(half, done)
}

// desktopSize is the size in px of the desktop that wine keeps for itself: all of the display.
const desktopSize = "1280x800"

// fill makes a prefix with fonts, the library that wine lacks, and a desktop of wine's own: there no
// window manager of another system has a say in which window is in front.
func fill(prefix string) error {
	const explorer = `HKCU\Software\Wine\Explorer`
	env := environ(prefix, "")
	for _, args := range [][]string{{"wineboot", "-i"},
		{"reg", "add", explorer, "/v", "Desktop", "/d", "Default", "/f"},
		{"reg", "add", explorer + `\Desktops`, "/v", "Default", "/d", desktopSize, "/f"}} {
		c := exec.Command("wine", args...)
		c.Env = env
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("wine %s: %w\n%s", args[0], err, out)
		}
	}
	stop(env) // until now it may still write its registry
	source := filepath.Join(prefix, "bcryptprimitives.c")
	if err := os.WriteFile(source, randomBytes, 0o600); err != nil {
		return err
	}
	library := exec.Command(compiler, "-shared", "-o", filepath.Join(prefix, "drive_c/windows/system32/bcryptprimitives.dll"),
		source, "-ladvapi32")
	if out, err := library.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", compiler, err, out)
	}
	var err error
	for _, name := range fonts {
		found, failed := filepath.Glob(filepath.Join("/usr/share/fonts/truetype", name))
		err = errors.Join(err, failed)
		for _, font := range found {
			err = errors.Join(err, os.Symlink(font, filepath.Join(prefix, "drive_c/windows/Fonts", filepath.Base(font))))
		}
	}
	return err
}

// fonts are those of a prefix: a Chinese one, and the one that the programs draw with on the system around wine,
// so that a picture is the same on both.
var fonts = []string{"wqy/wqy-microhei.ttc", "liberation2/LiberationSans-Regular.ttf", "liberation2/LiberationSans-Bold.ttf"}

// duplicate copies a prefix. Programs and libraries, which nobody writes to, are linked instead.
func duplicate(from, to string) error {
	if out, err := exec.Command("cp", "-al", from, to).CombinedOutput(); err != nil {
		// The test's folder is on another disk.
		_ = os.RemoveAll(to)
		if more, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
			return fmt.Errorf("copy wine prefix: %w\n%s%s", err, out, more)
		}
		return nil
	}
	written, err := filepath.Glob(filepath.Join(from, "*.reg"))
	for _, name := range written {
		err = errors.Join(err, unlink(filepath.Join(to, filepath.Base(name))))
	}
	return err
}

// unlink turns a link into a file of its own.
func unlink(name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.Remove(name); err != nil {
		return err
	}
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
