package capture

import "image"

// Finds says whether a picture stands anywhere in another one. off is how far its pixels may be off altogether,
// from 0 to 1, where 1 is an empty place (Anchor.Tolerance).
func Finds(in, picture *image.RGBA, off float64) bool {
	a := Anchor{Picture: picture, Tolerance: max(1, int(100*off))}
	most, samples := a.measure()
	_, why := a.find(in, most, samples)
	return why != NoAnchor
}
