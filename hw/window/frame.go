package window

import (
	"context"
	"errors"
	"image"

	"cpos/engine/words"
)

// ErrLeft says that the person at the screen left without framing anything.
var ErrLeft = errors.New("left without framing anything")

// FrameOptions say what a person is to frame on the frozen screen. Rectangles are px of the desktop.
type FrameOptions struct {
	// Picture is a whole monitor as it stood, and At where its top left is on the desktop.
	Picture *image.RGBA
	At      image.Point
	// Room is what may be framed: the POS's client area.
	Room image.Rectangle
	// Rect is what was framed before; empty where nothing was.
	Rect image.Rectangle
	// Fixed keeps Rect as it is; then only the text is asked for.
	Fixed bool
	// AskText asks to type what stands in the rectangle.
	AskText bool
	// Title names what is to be framed, Note is said below it: what went wrong the last time, how often still.
	Title, Note words.Text
	Lang        words.Lang
	Touch       bool // a keypad for tills without a keyboard
	// Preview tells what would be read in a rectangle. It is called in a goroutine of its own, one at a time,
	// and may take its time; nil shows none.
	Preview func(ctx context.Context, crop *image.RGBA) Seen
}

// Seen is what would be read in a rectangle.
type Seen struct {
	Text string     // as it would be read; empty for nothing
	Note words.Text // what that means
	Good bool
	Stop bool // the rectangle cannot be used: it must be drawn anew
}

// Framed is what a person framed.
type Framed struct {
	Rect image.Rectangle // px of the desktop
	Text string          // as it was typed, when it was asked for
}

// cutPicture takes a piece out of a picture, as a picture of its own that begins at 0, 0.
func cutPicture(from *image.RGBA, r image.Rectangle) *image.RGBA {
	r = r.Intersect(from.Rect)
	out := image.NewRGBA(image.Rectangle{Max: r.Size()})
	for y := range r.Dy() {
		i := from.PixOffset(r.Min.X, r.Min.Y+y)
		copy(out.Pix[y*out.Stride:(y+1)*out.Stride], from.Pix[i:i+4*r.Dx()])
	}
	return out
}

// besideRect finds a place for a card of a size near a rectangle and not over it: below, above, right, left, and
// where none of these has room, the lower right corner.
func besideRect(screen, rect image.Rectangle, size image.Point, gap int) image.Point {
	inner := screen.Inset(gap)
	shift := func(at image.Point) image.Rectangle {
		at.X = max(inner.Min.X, min(at.X, inner.Max.X-size.X))
		at.Y = max(inner.Min.Y, min(at.Y, inner.Max.Y-size.Y))
		return image.Rectangle{Min: at, Max: at.Add(size)}
	}
	corner := shift(inner.Max.Sub(size))
	if rect.Empty() {
		return corner.Min
	}
	mid := rect.Min.Add(rect.Max).Div(2)
	for _, at := range []image.Point{
		{mid.X - size.X/2, rect.Max.Y + gap}, {mid.X - size.X/2, rect.Min.Y - gap - size.Y},
		{rect.Max.X + gap, mid.Y - size.Y/2}, {rect.Min.X - gap - size.X, mid.Y - size.Y/2},
	} {
		if r := shift(at); !r.Overlaps(rect.Inset(-gap / 2)) {
			return r.Min
		}
	}
	return corner.Min
}
