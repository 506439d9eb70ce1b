package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheCommandSaysWhatIsWrong(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		exit int
		says string
	}{
		"nowhere to write": {nil, exitUse, "say where to write"},
		"a number below 1": {[]string{"-out", "x", "-tests", "0"}, exitUse, "numbers from 1 on"},
		"a stray argument": {[]string{"-out", "x", "y"}, exitUse, `unknown argument "y"`},
		"a folder in use":  {[]string{"-out", full}, exitFailed, "is not empty"},
	} {
		var out, complain bytes.Buffer
		if exit := run(c.args, &out, &complain); exit != c.exit || !strings.Contains(complain.String(), c.says) {
			t.Errorf("%s: exit %d, says %q", name, exit, complain.String())
		}
	}
}

func TestTooFewFontsAreOneSentence(t *testing.T) {
	err := enough([]font{{Name: "DejaVuSans", Kind: kindSans}}, []string{"fonts-dseg", "xfonts-base"})
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "install fonts-dseg xfonts-base") {
		t.Errorf("says %v", err)
	}
}

func TestARunTellsItsRanges(t *testing.T) {
	foundFonts(t)
	var out, complain bytes.Buffer
	if exit := run([]string{"-out", t.TempDir(), "-styles", "20", "-tests", "2", "-hazards", "1", "-seed", "5"}, &out, &complain); exit != exitDone {
		t.Fatalf("exit %d: %s", exit, complain.String())
	}
	for _, want := range []string{"fonts: ", "seed 5, 20 styles, amounts 0.01 to 99999.99", "cleartype", "hazard-torn", "40 readable pictures", "scaling: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not tell %q in\n%s", want, out.String())
		}
	}
}
