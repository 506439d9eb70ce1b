package screen

import (
	"image"
	"testing"

	"pgregory.net/rapid"
)

func TestARegionMayLieAcrossTwoMonitors(t *testing.T) {
	left, right := image.Rect(-1024, 100, 0, 868), image.Rect(0, 0, 1280, 800)
	for name, row := range map[string]struct {
		r    image.Rectangle
		want bool
	}{
		"inside one":                 {image.Rect(10, 10, 20, 20), true},
		"across both":                {image.Rect(-50, 200, 50, 300), true},
		"across, above the left one": {image.Rect(-50, 50, 50, 300), false},
		"below the right one":        {image.Rect(-10, 790, 10, 810), false},
		"beyond":                     {image.Rect(1270, 0, 1290, 10), false},
	} {
		if got := covered(row.r, []image.Rectangle{left, right}); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCoveredMeansEveryPixel(t *testing.T) {
	box := rapid.Custom(func(t *rapid.T) image.Rectangle {
		at := func(name string) int { return rapid.IntRange(0, 8).Draw(t, name) }
		return image.Rect(at("x0"), at("y0"), at("x1"), at("y1"))
	})
	rapid.Check(t, func(t *rapid.T) {
		r, by := box.Draw(t, "r"), rapid.SliceOfN(box, 0, 5).Draw(t, "by")
		want := true
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				seen := false
				for _, b := range by {
					seen = seen || image.Pt(x, y).In(b)
				}
				want = want && seen
			}
		}
		if got := covered(r, by); got != want {
			t.Fatalf("%v by %v: %v", r, by, got)
		}
	})
}
