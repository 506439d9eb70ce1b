package window

import (
	"image"
	"testing"

	"pgregory.net/rapid"
)

func dragged(l *lasso, points ...image.Point) image.Rectangle {
	l.press(points[0], 10)
	for _, p := range points[1:] {
		l.drag(p)
	}
	l.release()
	return l.rect
}

func TestARectangleIsDrawnAndAdjusted(t *testing.T) {
	room := image.Rect(100, 100, 900, 700)
	for name, row := range map[string]struct {
		had  image.Rectangle
		drag []image.Point
		want image.Rectangle
	}{
		"from the upper left":       {image.Rectangle{}, []image.Point{{200, 200}, {300, 240}}, image.Rect(200, 200, 300, 240)},
		"from the lower right":      {image.Rectangle{}, []image.Point{{300, 240}, {250, 210}, {200, 200}}, image.Rect(200, 200, 300, 240)},
		"out of the window":         {image.Rectangle{}, []image.Point{{850, 650}, {2000, 2000}}, image.Rect(850, 650, 900, 700)},
		"begun outside":             {image.Rectangle{}, []image.Point{{10, 10}, {150, 160}}, image.Rect(100, 100, 150, 160)},
		"a click draws nothing":     {image.Rectangle{}, []image.Point{{300, 300}}, image.Rectangle{}},
		"a click keeps the old one": {image.Rect(200, 200, 300, 240), []image.Point{{500, 500}, {502, 501}}, image.Rect(200, 200, 300, 240)},
		"a new one beside the old":  {image.Rect(200, 200, 300, 240), []image.Point{{500, 500}, {560, 530}}, image.Rect(500, 500, 560, 530)},
		"moved":                     {image.Rect(200, 200, 300, 240), []image.Point{{250, 222}, {260, 232}}, image.Rect(210, 210, 310, 250)},
		"moved against the edge":    {image.Rect(200, 200, 300, 240), []image.Point{{250, 222}, {-500, 222}}, image.Rect(100, 200, 200, 240)},
		"a corner pulled":           {image.Rect(200, 200, 300, 240), []image.Point{{302, 241}, {322, 251}}, image.Rect(200, 200, 320, 250)},
		"a side pulled":             {image.Rect(200, 200, 300, 240), []image.Point{{200, 221}, {180, 400}}, image.Rect(180, 200, 300, 240)},
		"a side pulled too far":     {image.Rect(200, 200, 300, 240), []image.Point{{200, 221}, {800, 221}}, image.Rect(300-leastSide, 200, 300, 240)},
	} {
		l := &lasso{room: room, rect: row.had}
		if got := dragged(l, row.drag...); got != row.want {
			t.Errorf("%s: %v, want %v", name, got, row.want)
		}
	}
}

func TestTheRectangleNeverLeavesThePOS(t *testing.T) {
	room := image.Rect(40, 30, 400, 300)
	rapid.Check(t, func(t *rapid.T) {
		l := &lasso{room: room}
		point := rapid.Custom(func(t *rapid.T) image.Point {
			return image.Pt(rapid.IntRange(-50, 500).Draw(t, "x"), rapid.IntRange(-50, 400).Draw(t, "y"))
		})
		for range rapid.IntRange(1, 12).Draw(t, "drags") {
			if rapid.Bool().Draw(t, "by hand") {
				dragged(l, rapid.SliceOfN(point, 1, 5).Draw(t, "points")...)
			} else {
				l.nudge(point.Draw(t, "by"), rapid.Bool().Draw(t, "size"))
			}
			if !l.rect.Empty() && (!l.rect.In(room) || l.rect.Dx() < leastSide || l.rect.Dy() < leastSide) {
				t.Fatalf("%v", l.rect)
			}
		}
	})
}
