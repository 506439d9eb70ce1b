package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestF3SmallDisk fills a real disk under the whole program. Nothing is sent whose intention is not on
// the disk, people are told why, everything can be looked at, and with room again the till sells again.
func TestF3SmallDisk(t *testing.T) {
	program, err := exec.LookPath("cpos")
	if err != nil {
		t.Fatal(err)
	}
	v := newVictim(t, program, 5)
	dir := t.TempDir()
	err = unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m")
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
	v.dir = filepath.Join(dir, "data")
	sell := func(amount, code string) []string { return []string{"pay", "--amount", amount, "--code", code} }
	for _, args := range [][]string{{"sandbox", "keys"}, sell("12.50", "134680423163089400")} {
		if out, err := v.command(args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	number := v.bank.Orders()[0].Number
	ballast := filepath.Join(dir, "other people's files")
	fill(t, ballast)
	before, refused := v.bank.Counts(), 0
	for _, args := range [][]string{sell("13.50", "134680423163089500"), {"refund", "create", number, "--amount", "1.00"}} {
		out, err := v.command(args...).CombinedOutput()
		if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != exitDevice || !strings.Contains(string(out), "the disk is full") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		refused++
	}
	after := v.bank.Counts()
	sent := after["micro_pay"] - before["micro_pay"] + after["refund"] - before["refund"]
	if sent != 0 {
		t.Errorf("%d were sent", sent)
	}
	for _, args := range [][]string{{"order", "show", number}, {"ledger", "verify"}, {"export", "orders", "-o", "csv"}} {
		if out, err := v.command(args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{sell("14.50", "134680423163089600"), {"ledger", "verify"}} {
		if out, err := v.command(args...).CombinedOutput(); err != nil {
			t.Errorf("with room again, %v: %v\n%s", args, err, out)
		}
	}
	t.Logf("F3 small disk under the program: refused with a word %d, sent without an intention %d", refused, sent)
}

// fill writes a file until the disk has no room for one byte more.
func fill(t *testing.T, path string) {
	t.Helper()
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
}
