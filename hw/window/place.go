package window

import (
	"image"
	"math"
)

// Gap is the distance in px that Place keeps from regions and from the edges of the screen where it can.
const Gap = 12

// Room is what Place knows of the screen, all in px of the screen.
type Room struct {
	Screen image.Rectangle
	Beside image.Rectangle   // the POS window; empty when none is known
	Avoid  []image.Rectangle // regions that must stay visible
	Want   *image.Point      // where the cashier left the window; nil for nowhere
}

// Place finds the upper left corner for a window of the given size: inside the screen, over no region,
// nearest to where the cashier left it or else outside the POS window and close to its regions. When every
// spot covers a region it takes the one that covers least and says so. A window larger than the screen
// stands at its upper left corner.
func Place(r Room, size image.Point) (at image.Point, covers bool) {
	best := cost{covered: math.MaxInt}
	for _, spot := range spots(r, size) {
		if c := r.cost(spot, size); c.less(best) {
			best, at = c, spot
		}
	}
	return at, best.covered > 0
}

// spots lists the corners worth a look. A free spot can always be pushed left and up until it meets a
// region or the screen, so the grid of those edges misses none; the spots with a gap look better.
func spots(r Room, size image.Point) []image.Point {
	s := r.Screen
	xs := []int{s.Min.X, s.Max.X - size.X, s.Min.X + Gap, s.Max.X - size.X - Gap}
	ys := []int{s.Min.Y, s.Max.Y - size.Y, s.Min.Y + Gap, s.Max.Y - size.Y - Gap}
	edges := r.Avoid
	if !r.Beside.Empty() {
		edges = append([]image.Rectangle{r.Beside}, edges...)
	}
	for _, e := range edges {
		xs = append(xs, e.Max.X, e.Max.X+Gap, e.Min.X-size.X, e.Min.X-size.X-Gap, e.Min.X)
		ys = append(ys, e.Max.Y, e.Max.Y+Gap, e.Min.Y-size.Y, e.Min.Y-size.Y-Gap, e.Min.Y)
	}
	if r.Want != nil {
		xs, ys = append(xs, r.Want.X), append(ys, r.Want.Y)
	}
	all := make([]image.Point, 0, len(xs)*len(ys))
	for _, y := range ys {
		for _, x := range xs {
			all = append(all, within(image.Pt(x, y), size, s))
		}
	}
	return all
}

// within pushes a spot into the screen.
func within(at, size image.Point, screen image.Rectangle) image.Point {
	return image.Pt(
		max(screen.Min.X, min(at.X, screen.Max.X-size.X)),
		max(screen.Min.Y, min(at.Y, screen.Max.Y-size.Y)))
}

// cost orders spots: what counts first stands first.
type cost struct {
	covered int // px² of regions under the window
	far     int // px from where the cashier left it, when he did
	crowded int // 1 when it touches a region or the edge closer than the gap
	over    int // px² of the POS window under the window
	away    int // px from the middle of the regions
}

func (c cost) less(d cost) bool {
	a := [...]int{c.covered, c.far, c.crowded, c.over, c.away}
	b := [...]int{d.covered, d.far, d.crowded, d.over, d.away}
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

func (r Room) cost(at, size image.Point) cost {
	w := image.Rectangle{Min: at, Max: at.Add(size)}
	c := cost{over: area(w.Intersect(r.Beside))}
	for _, a := range r.Avoid {
		c.covered += area(w.Intersect(a))
	}
	if r.Want != nil {
		c.far = distance(at, *r.Want)
	}
	if r.crowds(w) {
		c.crowded = 1
	}
	c.away = distance(middle(w), r.focus())
	return c
}

func (r Room) crowds(w image.Rectangle) bool {
	if !w.Inset(-Gap).In(r.Screen) {
		return true
	}
	if wider := w.Inset(1 - Gap); wider.Overlaps(r.Beside) && !w.Overlaps(r.Beside) {
		return true
	}
	for _, a := range r.Avoid {
		if w.Inset(1 - Gap).Overlaps(a) {
			return true
		}
	}
	return false
}

// focus is where the cashier looks: the middle of the regions, else of the POS window, else of the screen.
func (r Room) focus() image.Point {
	var all image.Rectangle
	for _, a := range r.Avoid {
		all = all.Union(a)
	}
	switch {
	case !all.Empty():
		return middle(all)
	case !r.Beside.Empty():
		return middle(r.Beside)
	}
	return middle(r.Screen)
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }

func middle(r image.Rectangle) image.Point { return r.Min.Add(r.Max).Div(2) }

// distance is measured along the axes: exact, and good enough to compare spots.
func distance(a, b image.Point) int {
	d := a.Sub(b)
	return max(d.X, -d.X) + max(d.Y, -d.Y)
}
