package input

import (
	"context"
	"fmt"
	"image"

	"github.com/go-vgo/robotgo"

	"cpos/hw/desktop"
)

// click presses the left button at a point of a window's client area.
func (k *keyboard) click(_ context.Context, w desktop.Window, p image.Point) error {
	at := p.Add(w.Client.Min)
	robotgo.Move(at.X, at.Y)
	if x, y := robotgo.Location(); x != at.X || y != at.Y {
		return fmt.Errorf("the pointer stayed at %d,%d", x, y)
	}
	return robotgo.Click("left")
}
