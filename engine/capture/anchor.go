package capture

import "image"

// Anchor is a picture of something in the POS's window that never changes (a title, a logo, a frame), and
// where it stood when the regions were taught. The regions move with it.
type Anchor struct {
	Picture *image.RGBA
	At      image.Point // its top left, in px from the top left of the client area, as taught
	// Tolerance is how far its pixels may be off on average, in percent of full contrast; 0 means 6.
	Tolerance int
}
