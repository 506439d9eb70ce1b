package winetest

import (
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Mark stands in every program that was patched for wine, and in no other.
const Mark = "cpos-wine-shim-for-tests-only"

//go:embed testdata/pointer_windows.go
var pointers string

// Build builds a program of this module as it is shipped. Give the path below the module, "cmd/cpos".
func Build(t testing.TB, pkg string) string {
	t.Helper()
	return build(t, pkg, "", []string{"build"})
}

// BuildPatched builds a program whose windows open under wine: the patch is laid over the package in, which
// must be part of the program. No file of the module is touched.
func BuildPatched(t testing.TB, pkg, in string) string {
	t.Helper()
	return build(t, pkg, in, []string{"build"})
}

// BuildTests builds the tests of a package for Windows. in is as for BuildPatched; empty means no patch.
func BuildTests(t testing.TB, pkg, in string) string {
	t.Helper()
	return build(t, pkg, in, []string{"test", "-c"})
}

func build(t testing.TB, pkg, in string, how []string) string {
	t.Helper()
	dir := t.TempDir()
	exe := filepath.Join(dir, filepath.Base(pkg)+".exe")
	args := append(how, "-tags", "win", "-trimpath", "-o", exe)
	if in != "" {
		args = append(args, "-overlay", overlay(t, dir, in))
	}
	c := exec.Command("go", append(args, "cpos/"+pkg)...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(c.Args, " "), err, out)
	}
	return exe
}

// overlay writes the patch as one more file of a package, which only this build sees.
func overlay(t testing.TB, dir, in string) string {
	t.Helper()
	named := exec.Command("go", "list", "-tags", "win", "-f", "{{.Name}}\t{{.Dir}}", "cpos/"+in)
	named.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	said, err := named.Output()
	name, folder, ok := strings.Cut(strings.TrimSpace(string(said)), "\t")
	if err != nil || !ok {
		t.Fatalf("go list %s: %v", in, err)
	}
	source := filepath.Join(dir, "wine_windows.go")
	text := strings.Replace(pointers, "\npackage shim\n", "\npackage "+name+"\n", 1)
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	plan, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(folder, "wine_windows.go"): source}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, plan, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
