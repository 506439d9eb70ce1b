package input

import (
	"context"
	"fmt"
	"image"

	"github.com/go-vgo/robotgo"
)

// click presses the left button at a point of the desktop.
func (k *keyboard) click(_ context.Context, _ uintptr, at image.Point) error {
	robotgo.Move(at.X, at.Y)
	if x, y := robotgo.Location(); x != at.X || y != at.Y {
		return fmt.Errorf("the pointer stayed at %d,%d", x, y)
	}
	return robotgo.Click("left")
}
