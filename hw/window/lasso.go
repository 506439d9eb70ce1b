package window

import "image"

// lasso is the rectangle that a person draws over the frozen screen. It knows nothing of drawing and of events:
// points come in, a rectangle comes out that always lies inside its room. All px are px of the frozen picture.
type lasso struct {
	room image.Rectangle // what may be framed: the POS's client area
	rect image.Rectangle // empty until something is framed

	grip   grip
	began  image.Point     // where the pointer went down
	before image.Rectangle // the rectangle then
}

// grip is what the pointer holds.
type grip uint8

const (
	gripNone grip = iota
	gripNew       // draws a new rectangle
	gripMove      // moves the whole
	gripEdge      // pulls edges or corners, see sides
	gripN    grip = 1 << 4
	gripS    grip = 1 << 5
	gripW    grip = 1 << 6
	gripE    grip = 1 << 7
)

// leastSide is how small a region may be, in px; smaller is a slip of the hand.
const leastSide = 6

// handles gives the points by which the rectangle is pulled, with what each of them pulls.
func (l *lasso) handles() map[grip]image.Point {
	if l.rect.Empty() {
		return nil
	}
	r, mid := l.rect, l.rect.Min.Add(l.rect.Max).Div(2)
	return map[grip]image.Point{
		gripN | gripW: r.Min, gripN: {X: mid.X, Y: r.Min.Y}, gripN | gripE: {X: r.Max.X, Y: r.Min.Y},
		gripW: {X: r.Min.X, Y: mid.Y}, gripE: {X: r.Max.X, Y: mid.Y},
		gripS | gripW: {X: r.Min.X, Y: r.Max.Y}, gripS: {X: mid.X, Y: r.Max.Y}, gripS | gripE: r.Max,
	}
}

// under says what a press at p would hold; reach is how far from a handle it may be, in px. A finger reaches
// further than a mouse.
func (l *lasso) under(p image.Point, reach int) grip {
	best, nearest := gripNone, reach*reach+1
	for g, at := range l.handles() {
		d := at.Sub(p)
		if far := d.X*d.X + d.Y*d.Y; far < nearest {
			best, nearest = g, far
		}
	}
	switch {
	case best != gripNone:
		return best
	case p.In(l.rect):
		return gripMove
	}
	return gripNew
}

// press begins a drag.
func (l *lasso) press(p image.Point, reach int) {
	l.grip, l.began, l.before = l.under(p, reach), p, l.rect
}

// drag follows the pointer.
func (l *lasso) drag(p image.Point) {
	by := p.Sub(l.began)
	switch {
	case l.grip == gripNone:
	case l.grip == gripNew:
		l.rect = span(l.clamp(l.began), l.clamp(p))
	case l.grip == gripMove:
		l.rect = l.inside(l.before.Add(by))
	default:
		l.rect = l.pull(l.before, l.grip, by)
	}
}

// release ends a drag. A press without a drag, or a rectangle too small to mean anything, changes nothing.
func (l *lasso) release() {
	if l.grip == gripNew && (l.rect.Dx() < leastSide || l.rect.Dy() < leastSide) {
		l.rect = l.before
	}
	l.grip = gripNone
}

// nudge moves the rectangle, or pulls its lower right corner, by so many px: the fine hand of the keyboard.
func (l *lasso) nudge(by image.Point, size bool) {
	if l.rect.Empty() {
		return
	}
	if size {
		l.rect = l.pull(l.rect, gripS|gripE, by)
		return
	}
	l.rect = l.inside(l.rect.Add(by))
}

// pull moves the sides that a grip holds. A side stops before the one opposite.
func (l *lasso) pull(r image.Rectangle, g grip, by image.Point) image.Rectangle {
	if g&gripN != 0 {
		r.Min.Y = min(max(r.Min.Y+by.Y, l.room.Min.Y), r.Max.Y-leastSide)
	}
	if g&gripS != 0 {
		r.Max.Y = max(min(r.Max.Y+by.Y, l.room.Max.Y), r.Min.Y+leastSide)
	}
	if g&gripW != 0 {
		r.Min.X = min(max(r.Min.X+by.X, l.room.Min.X), r.Max.X-leastSide)
	}
	if g&gripE != 0 {
		r.Max.X = max(min(r.Max.X+by.X, l.room.Max.X), r.Min.X+leastSide)
	}
	return r
}

// inside shifts a rectangle into the room.
func (l *lasso) inside(r image.Rectangle) image.Rectangle {
	d := image.Pt(max(0, l.room.Min.X-r.Min.X), max(0, l.room.Min.Y-r.Min.Y))
	d = d.Sub(image.Pt(max(0, r.Max.X-l.room.Max.X), max(0, r.Max.Y-l.room.Max.Y)))
	return r.Add(d).Intersect(l.room)
}

func (l *lasso) clamp(p image.Point) image.Point {
	return image.Pt(min(max(p.X, l.room.Min.X), l.room.Max.X), min(max(p.Y, l.room.Min.Y), l.room.Max.Y))
}

func span(a, b image.Point) image.Rectangle {
	return image.Rect(min(a.X, b.X), min(a.Y, b.Y), max(a.X, b.X), max(a.Y, b.Y))
}
