package profiles_test

import (
	"flag"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"cpos/engine/capture"
)

var update = flag.Bool("update", false, "teach the shipped signs anew from their lessons")

var lessonLine = regexp.MustCompile(`(?m)^lesson (\S+) (".*")\r?$`)

// The signs that are shipped are what this program learns from the lessons that are shipped with them, to the
// last byte.
func TestTheShippedSignsAreWhatTheirLessonsTeach(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("products", "*", "glyphs-*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no signs are shipped: %v", err)
	}
	for _, dir := range folders {
		glyphs, err := capture.Teach(lessonsIn(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			replaceFolder(t, dir, glyphs.Files())
		}
		compareFolder(t, dir, glyphs.Files())
		if _, err := capture.LoadGlyphs(os.DirFS(dir), "."); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func lessonsIn(t *testing.T, dir string) (all []capture.Lesson) {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(dir, "glyphs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range lessonLine.FindAllStringSubmatch(string(index), -1) {
		text, err := strconv.Unquote(m[2])
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(filepath.Join(dir, m[1]))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := png.Decode(f)
		_ = f.Close() // it was only read
		if err != nil {
			t.Fatalf("%s: %v", m[1], err)
		}
		picture := image.NewRGBA(image.Rectangle{Max: decoded.Bounds().Size()})
		draw.Draw(picture, picture.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
		all = append(all, capture.Lesson{Picture: picture, Text: text})
	}
	return all
}

// replaceFolder removes the pictures of an earlier teaching.
func replaceFolder(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func compareFolder(t *testing.T, dir string, want map[string][]byte) {
	t.Helper()
	there, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(there) != len(want) {
		t.Errorf("%s: %d files, %d are taught", dir, len(there), len(want))
	}
	for name, b := range want {
		a, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if strings.ReplaceAll(string(a), "\r\n", "\n") != strings.ReplaceAll(string(b), "\r\n", "\n") {
			t.Errorf("%s is not what its lessons teach (go test ./profiles -update)", name)
		}
	}
}
