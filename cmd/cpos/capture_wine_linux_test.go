package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cpos/hw/desktop/winetest"
	"cpos/profiles"
)

// TestTheWindowsProgramReadsTheScreenUnderWine reads the amount off the window of the practice POS, with the signs
// that are shipped.
func TestTheWindowsProgramReadsTheScreenUnderWine(t *testing.T) {
	winetest.Need(t)
	w, program, pos := winetest.Start(t), winetest.Build(t, "cmd/cpos"), winetest.BuildPatched(t, "cmd/practice-pos", "cmd/practice-pos")
	for _, row := range []struct {
		total, dpi, says string
		code             int
	}{
		{"1234.67", "96", "accepted: 1234.67 yuan", exitDone},
		{"890.00", "120", "not accepted: the POS window has another size than usual", exitTests}, // somebody scaled the screen
		{"890.00", "96", "accepted: 890.00 yuan", exitDone},
	} {
		scale := w.Command(t, nil, "reg", "add", `HKCU\Control Panel\Desktop`, "/v", "LogPixels", "/t", "REG_DWORD", "/d", row.dpi, "/f")
		if out, err := scale.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		till := w.Command(t, nil, pos, "--sale", row.total, "--x", "40", "--y", "40")
		said, err := till.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := till.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(said)
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), "ready") {
			t.Fatalf("the practice POS said %q", lines.Text())
		}
		c := w.Command(t, nil, program, "--lang", "en", "--env", "sandbox", "--data", "till", "capture", "try", "--no-veto", "--live")
		out, _ := c.CombinedOutput() // its exit code says it
		if c.ProcessState == nil || c.ProcessState.ExitCode() != row.code || !bytes.Contains(out, []byte(row.says)) {
			t.Errorf("with %s on the screen at %s dpi: %v\n%s", row.total, row.dpi, c.ProcessState, out)
		}
		_ = till.Process.Kill()
		_ = till.Wait() // it was killed
	}
}

// TestTheWindowsProgramTeachesAndProvesUnderWine teaches a copy of the shipped profile from pictures, tries it and
// runs the lesson's recording as a trial, with paths as Windows writes them.
func TestTheWindowsProgramTeachesAndProvesUnderWine(t *testing.T) {
	winetest.Need(t)
	w, program := winetest.Start(t), winetest.Build(t, "cmd/cpos")
	run := func(args ...string) (out, talk string, code int) {
		c := w.Command(t, nil, program, args...)
		var said, told bytes.Buffer
		c.Stdout, c.Stderr = &said, &told
		err := c.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return said.String(), told.String(), c.ProcessState.ExitCode()
	}
	dir := t.TempDir()
	repository := filepath.Join(dir, "profiles")
	if err := os.CopyFS(repository, profiles.FS); err != nil {
		t.Fatal(err)
	}
	pictures, err := filepath.Abs("../../testdata/screens")
	if err != nil {
		t.Fatal(err)
	}
	windows := func(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }
	picture := func(amount string) string {
		return windows(filepath.Join(pictures, "practice_standard_"+amount+".png"))
	}
	till := []string{"--lang", "en", "--profile", windows(repository), "--env", "sandbox", "--data", "till", "capture"}
	lesson := append(till, "teach", "amount", "--as-typed")
	for _, amount := range []string{"1234.56", "258.30", "90.12", "45.67"} {
		lesson = append(lesson, "--image", picture(amount), "--text", amount)
	}
	if out, talk, code := run(lesson...); code != exitDone || !strings.Contains(out, "glyphs.txt") {
		t.Fatalf("teach: exit %d\n%s%s", code, out, talk)
	}
	out, talk, code := run(append(till, "try", "--no-veto", "--image", picture("12.50"))...)
	if code != exitDone || !strings.Contains(out, "accepted: 12.50 yuan") {
		t.Errorf("try: exit %d\n%s%s", code, out, talk)
	}
	recording := filepath.Join(repository, "products", "practice-pos", "recordings", "standard-amount")
	out, talk, code = run("--lang", "en", "capture", "bench", windows(recording), "--no-veto", "-o", "json")
	if code != exitDone || !strings.Contains(out, `"right": 4,`) {
		t.Errorf("bench: exit %d\n%s%s", code, out, talk)
	}
}
