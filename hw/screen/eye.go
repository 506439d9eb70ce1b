package screen

import (
	"context"
	"errors"
	"fmt"
	"image"

	"cpos/engine/words"
)

// Errors of Eye.
var (
	ErrNoDisplay = errors.New("no display")
	ErrOffScreen = errors.New("not wholly on the screen")
)

// Eye grabs rectangles of the screen. The zero value is ready; it holds nothing open.
type Eye struct{}

// Grab gives what the screen shows in r, in px from the top left of the desktop. The picture's own
// bounds begin at 0, 0. A rectangle that is not wholly on the monitors is ErrOffScreen: the system would
// fill the rest with black without a word.
func (Eye) Grab(ctx context.Context, r image.Rectangle) (*image.RGBA, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	monitors, origin, err := monitors()
	if err != nil || len(monitors) == 0 {
		return nil, words.Fail(ErrNoDisplay, "screen.no_display").Advise("screen.no_display.hint").Because(err)
	}
	if r.Empty() || !covered(r, monitors) {
		return nil, fmt.Errorf("grab %v of the screen: %w", r, ErrOffScreen)
	}
	picture, err := grabRect(r, origin)
	if err != nil {
		return nil, fmt.Errorf("grab %v of the screen: %w", r, err)
	}
	return picture, nil
}

// covered says whether the rectangles together hold every pixel of r.
func covered(r image.Rectangle, by []image.Rectangle) bool {
	if r.Empty() {
		return true
	}
	for i, b := range by {
		part := r.Intersect(b)
		if part.Empty() {
			continue
		}
		rest := by[i+1:]
		return covered(image.Rect(r.Min.X, r.Min.Y, r.Max.X, part.Min.Y), rest) &&
			covered(image.Rect(r.Min.X, part.Max.Y, r.Max.X, r.Max.Y), rest) &&
			covered(image.Rect(r.Min.X, part.Min.Y, part.Min.X, part.Max.Y), rest) &&
			covered(image.Rect(part.Max.X, part.Min.Y, r.Max.X, part.Max.Y), rest)
	}
	return false
}
