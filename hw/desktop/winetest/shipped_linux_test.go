package winetest

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// traces are what programs for tests under wine hold and no program that is shipped may.
var traces = []string{Mark, "winetest", "desktoptest", "CPOS_TEST_", "wine_get_version"}

func TestNothingForWineReachesAShippedProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("builds both programs, which -short leaves out")
	}
	for _, pkg := range []string{"cmd/cpos", "cmd/practice-pos"} {
		for _, trace := range found(t, Build(t, pkg)) {
			t.Errorf("%s holds %q", pkg, trace)
		}
		deps := exec.Command("go", "list", "-deps", "-tags", "win", "cpos/"+pkg)
		deps.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
		all, err := deps.Output()
		if err != nil {
			t.Fatal(err)
		}
		for path := range strings.Lines(string(all)) {
			if path = strings.TrimSpace(path); strings.HasSuffix(path, "test") && strings.HasPrefix(path, "cpos/") || path == "testing" {
				t.Errorf("%s is built from %s", pkg, path)
			}
		}
	}
	// The same search finds the patch where it is.
	if got := found(t, BuildPatched(t, "cmd/practice-pos", "cmd/practice-pos")); len(got) == 0 {
		t.Error("a patched program holds no trace: this test cannot fail")
	}
}

func found(t *testing.T, exe string) (all []string) {
	t.Helper()
	program, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range traces {
		if bytes.Contains(program, []byte(trace)) {
			all = append(all, trace)
		}
	}
	return all
}

// The way in is one only: an overlay, which no build of ours but that of these tests uses.
func TestNoBuildOfOursLaysAnythingOver(t *testing.T) {
	for _, name := range []string{"Makefile", ".ci/test", ".ci/deps", "go.mod"} {
		text, err := os.ReadFile("../../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"-overlay", "GOFLAGS", "bcryptprimitives"} {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%s says %q", name, word)
			}
		}
	}
	out, err := exec.Command("git", "-C", "../../..", "ls-files", "*.go").Output()
	if err != nil {
		t.Skip("this is no git checkout, so its files cannot be listed")
	}
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSpace(path)
		if strings.Contains(path, "testdata/") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "hw/desktop/winetest/") {
			continue
		}
		text, err := os.ReadFile("../../../" + path)
		if err == nil && (bytes.Contains(text, []byte("wine_get_version")) || bytes.Contains(text, []byte("hw/desktop/winetest"))) && path != "engine/floors_test.go" {
			t.Errorf("%s knows wine", path)
		}
	}
}
