package main

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cpos/hw/desktop/winetest"
	"cpos/hw/screen"
)

// TestTheDemonstrationUnderWine plays the day of `cpos demo` with the Windows programs, which compare everything that
// it left, and looks whether the payment window lay over the POS in each picture.
func TestTheDemonstrationUnderWine(t *testing.T) {
	if os.Getenv("ACCEPT") == "" {
		t.Skip("plays a whole day at a person's pace, which make hands does")
	}
	w := newWine(t, func() string { return winetest.BuildPatched(t, "cmd/cpos", "hw/window") })
	folder, err := screen.FindData("")
	if err != nil {
		t.Skipf("%v (make deps)", err)
	}
	beside := filepath.Dir(w.exe)
	for name, from := range map[string]string{
		"practice-pos.exe": winetest.BuildPatched(t, "cmd/practice-pos", "cmd/practice-pos"),
		"eng.traineddata":  filepath.Join(folder, "eng.traineddata"),
	} {
		if err := os.Symlink(from, filepath.Join(beside, name)); err != nil {
			t.Fatal(err)
		}
	}
	out, talk, code := w.run("--lang", "en", "demo", "--out", "demo")
	if code != exitDone {
		t.Fatalf("exit %d\n%s%s", code, out, talk)
	}
	pictures, err := filepath.Glob(filepath.Join(w.Home, "demo", "screens", "*.png"))
	if err != nil || len(pictures) < len(demoMoods()) {
		t.Fatalf("%d pictures of %d moods, %v", len(pictures), len(demoMoods()), err)
	}
	for _, name := range pictures {
		if n := ofBanner(t, name); n < mostOfBanner {
			t.Errorf("%s: %d px of the payment window's upper edge are in sight, less than %d", filepath.Base(name), n, mostOfBanner)
		}
	}
	if t.Failed() {
		return
	}
	t.Logf("a day under wine: %d pictures with the payment window over the POS in each;%s", len(pictures), told(out, "the POS got"))
}

// told gives the line that says something, without its mark.
func told(out, what string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, what) {
			return strings.TrimLeft(strings.TrimSpace(line), "✓")
		}
	}
	return ""
}

// mostOfBanner is most of the banner of a practice till, in px; it is 440 wide and 28 high. It stands along the
// window's upper edge, which lies over the POS.
const mostOfBanner = 9000

// ofBanner counts the px of a picture in the banner's colour.
func ofBanner(t *testing.T, name string) (n int) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if r, g, b, _ := picture.At(x, y).RGBA(); r>>8 == 0xf3 && g>>8 == 0xdb && b>>8 == 0xba {
				n++
			}
		}
	}
	return n
}
