package screen

import (
	"image"

	"github.com/kbinani/screenshot"
)

// grabRect takes a part of the desktop; the library counts from origin.
func grabRect(r image.Rectangle, origin image.Point) (*image.RGBA, error) {
	return screenshot.CaptureRect(r.Sub(origin))
}
