package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"cpos/engine/pay"
)

// nobody is a user without rights, as which the superuser of a build machine meets permissions too.
const nobody = 65534

// TestF4ReadOnlyDisk sells, makes the disk read-only, and lets a user without rights go on: everything may
// be looked at, and nothing is paid.
func TestF4ReadOnlyDisk(t *testing.T) {
	program, err := exec.LookPath("cpos")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "readonly")
	if err != nil {
		t.Fatal(err)
	}
	v := newVictim(t, copied(t, program, filepath.Join(dir, "cpos")), 4)
	v.dir = filepath.Join(dir, "data")
	t.Cleanup(func() {
		if err := errors.Join(permit(dir, 0o700, 0o700), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	for _, args := range [][]string{{"sandbox", "keys"}, {"pay", "--amount", "12.50", "--code", "134680423163089400"}} {
		if out, err := v.command(args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	number := v.bank.Orders()[0].Number
	if err := permit(dir, 0o555, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(v.program, 0o555); err != nil {
		t.Fatal(err)
	}
	before := v.bank.Counts()
	looked := 0
	for _, args := range [][]string{
		{"order", "list"}, {"order", "show", number}, {"refund", "list"}, {"ledger", "verify"}, {"reconcile", "status"},
		{"export", "orders", "-o", "csv"}, {"export", "refunds", "-o", "jsonl"},
	} {
		if out, err := v.asNobody(args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		looked++
	}
	refused := 0
	for _, args := range [][]string{
		{"pay", "--amount", "1.00", "--code", "134680423163089500"}, {"refund", "create", number, "--amount", "1.00"},
	} {
		out, err := v.asNobody(args...).CombinedOutput()
		if exit := new(exec.ExitError); !errors.As(err, &exit) || len(out) == 0 {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		refused++
	}
	after := v.bank.Counts()
	sent := after["micro_pay"] - before["micro_pay"] + after["refund"] - before["refund"]
	if sent != 0 || len(v.bank.Orders()) != 1 || v.bank.Orders()[0].Status() != pay.Paid {
		t.Errorf("%d were sent", sent)
	}
	t.Logf("F4 read-only disk: looked %d, payments and refunds refused %d, pays sent %d", looked, refused, sent)
}

func (v *victim) asNobody(args ...string) *exec.Cmd {
	c := v.command(args...)
	c.Dir = "/"
	if os.Getuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return c
}

// permit sets the rights of every folder and file.
func permit(dir string, folders, files os.FileMode) error {
	var all []error
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := files
		if d.IsDir() {
			mode = folders
		}
		all = append(all, os.Chmod(path, mode))
		return nil
	})
	return errors.Join(append(all, err)...)
}

func copied(t *testing.T, from, to string) string {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return to
}
