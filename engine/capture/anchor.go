package capture

import (
	"context"
	"image"
	"sync"
)

// Anchor is a picture of something in the POS's window that never changes (a title, a logo, a frame), and
// where it stood when the regions were taught. The regions move with it.
type Anchor struct {
	Picture *image.RGBA
	At      image.Point // its top left, in px from the top left of the client area, as taught
	// Tolerance is how far its pixels may be off altogether, in percent of how far they are off from the
	// picture's own background: an empty place is off by 100, whatever the contrast. 0 means 20.
	Tolerance int
}

const usualTolerance = 20

// lastShift remembers where the anchor was found, which is where it is looked for first.
type lastShift struct {
	sync.Mutex
	by image.Point
}

// shift tells how far the anchor has moved inside the window since it was taught. It must be found exactly
// once; where two places look alike the regions could belong to either.
func (j *Judge) shift(ctx context.Context, place Place) (image.Point, error) {
	a := j.Anchor
	if a == nil {
		return image.Point{}, nil
	}
	j.anchors.Lock()
	last := j.anchors.by
	j.anchors.Unlock()
	size, most := a.Picture.Bounds().Size(), a.allowed()
	for _, by := range []image.Point{last, {}} {
		at := image.Rectangle{Max: size}.Add(place.Client.Min).Add(a.At).Add(by)
		if !at.In(place.Client) {
			continue
		}
		crop, err := j.Eye.Grab(ctx, at)
		if err != nil {
			return image.Point{}, &Refusal{Why: Blind, Cause: err}
		}
		if _, fits := a.difference(crop, image.Point{}, most); fits {
			j.remember(by)
			return by, nil
		}
	}
	whole, err := j.Eye.Grab(ctx, place.Client)
	if err != nil {
		return image.Point{}, &Refusal{Why: Blind, Cause: err}
	}
	found, why := a.find(whole)
	if why != "" {
		return image.Point{}, &Refusal{Why: why}
	}
	by := found.Sub(a.At)
	j.remember(by)
	return by, nil
}

func (j *Judge) remember(by image.Point) {
	j.anchors.Lock()
	defer j.anchors.Unlock()
	j.anchors.by = by
}

// find looks for the anchor in a whole picture. Neighbouring places are one: a smooth picture fits a little
// beside itself too.
func (a *Anchor) find(in *image.RGBA) (image.Point, Reason) {
	size, room, most := a.Picture.Bounds().Size(), in.Bounds().Size(), a.allowed()
	var best image.Point
	least, found, others := -1, false, []image.Point(nil)
	for y := 0; y+size.Y <= room.Y; y++ {
		for x := 0; x+size.X <= room.X; x++ {
			at := image.Pt(x, y)
			off, fits := a.difference(in, at, most)
			if !fits {
				continue
			}
			others = append(others, at)
			if !found || off < least {
				best, least, found = at, off, true
			}
		}
	}
	if !found {
		return image.Point{}, NoAnchor
	}
	for _, o := range others {
		if far(o, best, size) {
			return image.Point{}, TwoAnchors
		}
	}
	return best, ""
}

// difference sums how far the pixels at a place are off, and stops as soon as they are off too far.
func (a *Anchor) difference(in *image.RGBA, at image.Point, most int) (off int, fits bool) {
	size := a.Picture.Bounds().Size()
	for y := range size.Y {
		taught := a.Picture.Pix[y*a.Picture.Stride:]
		seen := in.Pix[(at.Y+y)*in.Stride+4*at.X:]
		for i := 0; i < 4*size.X; i += 4 {
			off += apart(taught[i], seen[i]) + apart(taught[i+1], seen[i+1]) + apart(taught[i+2], seen[i+2])
		}
		if off > most {
			return off, false
		}
	}
	return off, true
}

// allowed is the greatest difference that still fits.
func (a *Anchor) allowed() int {
	tolerance := a.Tolerance
	if tolerance == 0 {
		tolerance = usualTolerance
	}
	back, ink := background(a.Picture), 0
	size := a.Picture.Bounds().Size()
	for y := range size.Y {
		row := a.Picture.Pix[y*a.Picture.Stride:]
		for i := 0; i < 4*size.X; i += 4 {
			ink += apart(row[i], back[0]) + apart(row[i+1], back[1]) + apart(row[i+2], back[2])
		}
	}
	return ink * tolerance / 100
}

func apart(a, b uint8) int { return max(int(a), int(b)) - min(int(a), int(b)) }

func far(a, b image.Point, size image.Point) bool {
	d := a.Sub(b)
	return max(d.X, -d.X) >= size.X/2 || max(d.Y, -d.Y) >= size.Y/2
}
