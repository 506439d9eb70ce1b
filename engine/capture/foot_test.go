package capture_test

import (
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"cpos/engine/capture"
)

// The POS shows whole yuan for once. The foot of a 2 in so small a font has room for a point, which would
// make 277 yuan 2.77.
func TestAPointIsNotLaidIntoTheFootOfADigit(t *testing.T) {
	var lessons []capture.Lesson
	for _, text := range []string{"14943.32", "387.50", "922.63"} {
		lessons = append(lessons, capture.Lesson{Picture: footPicture(t, text), Text: text})
	}
	g, err := capture.Teach(lessons)
	if err != nil {
		t.Fatal(err)
	}
	if saw := g.Read(footPicture(t, "277")); saw.Text != "" {
		t.Errorf("277 is read as %s", saw.Text)
	}
}

func footPicture(t *testing.T, text string) *image.RGBA {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "foot", text+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(p.Bounds())
	draw.Draw(out, out.Rect, p, p.Bounds().Min, draw.Src)
	return out
}
