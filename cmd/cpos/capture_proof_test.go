package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cpos/engine/lesson"
	"cpos/engine/words"
	"cpos/hw/screen"
)

// Two digits that stand in one place each can be typed the wrong way round without any two places of a sign
// differing: only a second pair of eyes notices.
func TestDigitsTypedTheWrongWayRoundAreNotLearned(t *testing.T) {
	if _, err := screen.FindData(""); err != nil {
		t.Skipf("%v (make deps)", err)
	}
	grabs := filepath.Join("..", "..", "testdata", "screens", "taught", "practice-standard-100")
	teach := func(first string, more ...string) (int, string) {
		var out, complain bytes.Buffer
		args := append([]string{"cpos", "capture", "teach", "--dry-run", "--copy", filepath.Join(t.TempDir(), "copy"),
			"--rect", "628,92,248,68", "--image", filepath.Join(grabs, "12345.67.png"), "--text", first,
			"--image", filepath.Join(grabs, "98760.85.png"), "--text", "98760.85"}, more...)
		code := program(t.Context(), append(args, "amount"), streams{in: strings.NewReader(""), out: &out, err: &complain, lang: words.English,
			env: []string{"XDG_DATA_HOME=" + t.TempDir()}})
		return code, out.String() + complain.String()
	}
	if code, said := teach("12345.67"); code != 0 || strings.Contains(said, "shown once") {
		t.Errorf("typed right: exit %d\n%s", code, said)
	}
	if code, said := teach("13245.67"); code == 0 || !strings.Contains(said, "12345.67 was recognised") {
		t.Errorf("typed wrong: exit %d\n%s", code, said)
	}
	if code, said := teach("13245.67", "--as-typed"); code != 0 {
		t.Errorf("believed: exit %d\n%s", code, said)
	}
	if got := shownOnce([]lesson.Capture{{Text: "￥12.34"}, {Text: "￥23.45"}}); !slices.Equal(got, []string{"1", "5"}) {
		t.Errorf("shown once: %v", got)
	}
	if !words.Known("cli.capture.once") {
		t.Error("there is no sentence for digits shown once")
	}
}
