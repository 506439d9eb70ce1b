package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wine is a Windows of its own for one test.
type wine struct {
	t    *testing.T
	env  []string
	exe  string
	home string
}

// newWine makes a fresh wine prefix and builds cpos.exe for it. Both are thrown away with the test.
func newWine(t *testing.T) *wine {
	t.Helper()
	const compiler = "x86_64-w64-mingw32-gcc"
	for _, name := range []string{"wine", "wineserver", compiler} {
		if _, err := exec.LookPath(name); err != nil && !(name == "wineserver" && fileExists("/usr/lib/wine/wineserver")) {
			t.Skipf("%s is not installed, so the Windows program cannot be run here (Debian: wine wine64 gcc-mingw-w64-x86-64)", name)
		}
	}
	home := t.TempDir()
	w := &wine{t: t, home: home, exe: filepath.Join(home, "cpos.exe")}
	w.env = append(os.Environ(), "WINEPREFIX="+filepath.Join(home, "prefix"), "WINEARCH=win64", "WINEDEBUG=-all", "DISPLAY=")
	t.Cleanup(func() {
		stop := exec.Command("wineserver", "-k")
		stop.Env = w.env
		_ = stop.Run() // it may have ended by itself
	})

	build := exec.Command("go", "build", "-tags", "win", "-o", w.exe, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	w.must(build)
	boot := exec.Command("wine", "wineboot", "-i")
	boot.Env = w.env
	w.must(boot)
	w.must(exec.Command(compiler, "-shared", "-o",
		filepath.Join(home, "prefix/drive_c/windows/system32/bcryptprimitives.dll"),
		"testdata/wine/bcryptprimitives.c", "-ladvapi32"))
	return w
}

// waitFor returns once the Windows program listens: wine shares the network with Linux.
func (w *wine) waitFor(address string) {
	w.t.Helper()
	for range 600 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("nobody listens on %s", address)
}

// freePort gives an address on loopback that nobody listens on now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (w *wine) must(c *exec.Cmd) {
	w.t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		w.t.Fatalf("%s: %v\n%s", strings.Join(c.Args, " "), err, out)
	}
}

func (w *wine) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	w.t.Cleanup(cancel)
	c := exec.CommandContext(ctx, "wine", append([]string{w.exe}, args...)...)
	c.Env = w.env
	c.Dir = w.home
	return c
}

// run gives what the Windows program printed and its exit code.
func (w *wine) run(args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	c := w.command(args...)
	var out, talk bytes.Buffer
	c.Stdout, c.Stderr = &out, &talk
	err := c.Run()
	if c.ProcessState == nil {
		w.t.Fatalf("cpos.exe %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), talk.String(), c.ProcessState.ExitCode()
}

func TestTheWindowsProgramTakesMoneyUnderWine(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a whole Windows, which -short leaves out")
	}
	w := newWine(t)
	if out, talk, code := w.run("version"); code != 0 || out == "" {
		t.Fatalf("version: exit %d, %q, %s", code, out, talk)
	}
	if out, talk, code := w.run("--data", "till", "--env", "sandbox", "sandbox", "keys"); code != 0 {
		t.Fatalf("sandbox keys: exit %d\n%s%s", code, out, talk)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "CPOS_PAYMENT_GATEWAY_BASE_URL=http://"+port+"/cpay/")
	sandbox := w.command("--data", "till", "--env", "sandbox", "sandbox", "serve", "--listen", port)
	if err := sandbox.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = sandbox.Process.Kill()
		_ = sandbox.Wait()
	})

	w.waitFor(port)

	const paidAtOnce, declined = "134680423163089400", "134680423163089411"
	out, talk, code := w.run("--data", "till", "--env", "sandbox", "pay", "--amount", "12.50", "--code", paidAtOnce)
	if code != 0 {
		t.Fatalf("pay: exit %d\n%s%s", code, out, talk)
	}
	if _, talk, code := w.run("--data", "till", "--env", "sandbox", "pay", "--amount", "3.00", "--code", declined); code != exitDeclined {
		t.Errorf("a declined code: exit %d\n%s", code, talk)
	}
	out, talk, code = w.run("--data", "till", "--env", "sandbox", "export", "orders", "-o", "csv")
	if code != 0 || !strings.Contains(out, "12.50") || !strings.Contains(out, "3.00") {
		t.Errorf("export: exit %d\n%s%s", code, out, talk)
	}
	if strings.Contains(out+talk, paidAtOnce) {
		t.Error("a payment code in clear")
	}
	if out, talk, code := w.run("--data", "till", "--env", "sandbox", "ledger", "verify"); code != 0 {
		t.Errorf("ledger verify: exit %d\n%s%s", code, out, talk)
	}
}
