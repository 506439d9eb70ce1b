package window

import (
	"image"
	"testing"

	"pgregory.net/rapid"
)

var screen = image.Rect(0, 0, 1280, 800)

func TestPlace(t *testing.T) {
	size := image.Pt(440, 376)
	at := func(x, y int) *image.Point { return &image.Point{X: x, Y: y} }
	for name, c := range map[string]struct {
		room   Room
		want   image.Point
		covers bool
	}{
		"nothing known: a corner, a little off the edges": {
			Room{Screen: screen}, image.Pt(12, 12), false},
		"a narrow POS at the left: beside it, near its total": {
			Room{Screen: screen, Beside: image.Rect(0, 0, 800, 800), Avoid: []image.Rectangle{image.Rect(500, 100, 780, 160)}},
			image.Pt(812, 12), false},
		"a POS over the whole screen with the total at the top: below the total": {
			Room{Screen: screen, Beside: screen, Avoid: []image.Rectangle{image.Rect(820, 20, 1260, 120)}},
			image.Pt(820, 132), false},
		"left by the cashier on a free spot: there": {
			Room{Screen: screen, Avoid: []image.Rectangle{image.Rect(500, 100, 780, 160)}, Want: at(33, 210)},
			image.Pt(33, 210), false},
		"left by the cashier on a region: the nearest free spot": {
			Room{Screen: screen, Avoid: []image.Rectangle{image.Rect(600, 0, 800, 100)}, Want: at(400, 60)},
			image.Pt(400, 100), false},
		"left by the cashier on a screen that is gone: inside this one": {
			Room{Screen: screen, Want: at(3000, 3000)}, image.Pt(840, 424), false},
		"a region over everything: it covers and says so": {
			Room{Screen: screen, Avoid: []image.Rectangle{screen}}, image.Pt(12, 12), true},
		"a region that leaves one corner less covered: that corner": {
			Room{Screen: screen, Avoid: []image.Rectangle{image.Rect(0, 0, 1280, 500)}}, image.Pt(12, 424), true},
	} {
		t.Run(name, func(t *testing.T) {
			got, covers := Place(c.room, size)
			if covers != c.covers {
				t.Errorf("covers: %v", covers)
			}
			r := image.Rectangle{Min: got, Max: got.Add(size)}
			if !r.In(screen) {
				t.Errorf("%v is not on the screen", r)
			}
			if got != c.want {
				t.Errorf("at %v, want %v", got, c.want)
			}
		})
	}
}

func TestPlaceFindsAFreeSpotWhereverThereIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := func(name string, most int) (a, b int) {
			a = rapid.IntRange(0, most-1).Draw(t, name)
			return a, min(most, a+rapid.IntRange(1, most).Draw(t, name+" length"))
		}
		s := image.Rect(0, 0, 64, 48).Add(image.Pt(rapid.IntRange(-80, 80).Draw(t, "left"), 0))
		size := image.Pt(rapid.IntRange(1, 40).Draw(t, "width"), rapid.IntRange(1, 30).Draw(t, "height"))
		var avoid []image.Rectangle
		for range rapid.IntRange(0, 4).Draw(t, "regions") {
			x0, x1 := span("x", 64)
			y0, y1 := span("y", 48)
			avoid = append(avoid, image.Rect(x0, y0, x1, y1).Add(s.Min))
		}
		room := Room{Screen: s, Avoid: avoid}
		if rapid.Bool().Draw(t, "moved by hand") {
			room.Want = &image.Point{X: rapid.IntRange(-99, 199).Draw(t, "hand x"), Y: rapid.IntRange(-99, 199).Draw(t, "hand y")}
		}
		at, covers := Place(room, size)
		w := image.Rectangle{Min: at, Max: at.Add(size)}
		if !w.In(s) {
			t.Fatalf("%v is outside %v", w, s)
		}
		if covers != overlapsAny(w, avoid) {
			t.Fatalf("covers %v, but %v over %v", covers, w, avoid)
		}
		if free := anyFree(s, size, avoid); covers && free != nil {
			t.Fatalf("covers at %v although %v is free", at, *free)
		}
	})
}

func overlapsAny(w image.Rectangle, avoid []image.Rectangle) bool {
	for _, a := range avoid {
		if w.Overlaps(a) {
			return true
		}
	}
	return false
}

// anyFree tries every spot.
func anyFree(s image.Rectangle, size image.Point, avoid []image.Rectangle) *image.Point {
	for y := s.Min.Y; y <= s.Max.Y-size.Y; y++ {
		for x := s.Min.X; x <= s.Max.X-size.X; x++ {
			at := image.Pt(x, y)
			if !overlapsAny(image.Rectangle{Min: at, Max: at.Add(size)}, avoid) {
				return &at
			}
		}
	}
	return nil
}
