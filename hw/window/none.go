//go:build nowindow || (!windows && !cgo)

package window

import (
	"context"
	"image"

	"cpos/engine/face"
	"cpos/engine/words"
)

// Window is the payment window, which this build does not have.
type Window struct{}

// New tells that this program was built without windows and how to get one that has them.
func New(Options) (*Window, error) { return nil, none() }

// Show has nowhere to show; no Window of this build exists.
func (*Window) Show(face.View) {}

// Rearrange has no window to place.
func (*Window) Rearrange() {}

// Close has nothing to close.
func (*Window) Close() {}

// Render cannot draw in this build and says so.
func Render(face.View, words.Lang, float32) (*image.RGBA, error) { return nil, none() }

// Frame cannot show anything in this build and says so.
func Frame(context.Context, FrameOptions) (Framed, error) { return Framed{}, none() }

func none() error { return words.Fail(ErrNone, "window.none.build").Advise("window.none.build.hint") }
