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

// sought is what is worked out of an Anchor once, and where it was found last, which is where it is looked
// for first.
type sought struct {
	made    sync.Once
	most    int     // greatest difference that still fits
	samples []probe // of its writing

	mu sync.Mutex
	by image.Point
}

// probe is one pixel of the anchor's writing.
type probe struct {
	at     image.Point
	colour [3]uint8
}

// Probes throw out most places with a few looks: a place is thrown out when more than half of them are off
// by more than a third of the full contrast.
const (
	probes   = 24
	probeOff = 255
)

// shift tells how far the anchor has moved inside the window since it was taught. It must be found exactly
// once; where two places look alike the regions could belong to either.
func (j *Judge) shift(ctx context.Context, place Place) (image.Point, error) {
	a, s := j.Anchor, &j.anchor
	if a == nil {
		return image.Point{}, nil
	}
	s.made.Do(func() { s.most, s.samples = a.measure() })
	size := a.Picture.Bounds().Size()
	for _, by := range []image.Point{s.last(), {}} {
		at := image.Rectangle{Max: size}.Add(place.Client.Min).Add(a.At).Add(by)
		if !at.In(place.Client) {
			continue
		}
		crop, err := j.Eye.Grab(ctx, at)
		if err != nil {
			return image.Point{}, &Refusal{Why: Blind, Cause: err}
		}
		if _, fits := a.difference(crop, image.Point{}, s.most); fits {
			s.found(by)
			return by, nil
		}
	}
	whole, err := j.Eye.Grab(ctx, place.Client)
	if err != nil {
		return image.Point{}, &Refusal{Why: Blind, Cause: err}
	}
	found, why := a.find(whole, s.most, s.samples)
	if why != "" {
		return image.Point{}, &Refusal{Why: why}
	}
	s.found(found.Sub(a.At))
	return found.Sub(a.At), nil
}

func (s *sought) last() image.Point {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by
}

func (s *sought) found(by image.Point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by = by
}

// find looks for the anchor in a whole picture. Neighbouring places are one: a smooth picture fits a little
// beside itself too.
func (a *Anchor) find(in *image.RGBA, most int, samples []probe) (image.Point, Reason) {
	size, room := a.Picture.Bounds().Size(), in.Bounds().Size()
	var best image.Point
	var all []image.Point
	least := 0
	for y := 0; y+size.Y <= room.Y; y++ {
		for x := 0; x+size.X <= room.X; x++ {
			at := image.Pt(x, y)
			if !likely(in, at, samples) {
				continue
			}
			off, fits := a.difference(in, at, most)
			if !fits {
				continue
			}
			if len(all) == 0 || off < least {
				best, least = at, off
			}
			all = append(all, at)
		}
	}
	if len(all) == 0 {
		return image.Point{}, NoAnchor
	}
	for _, one := range all {
		if far(one, best, size) {
			return image.Point{}, TwoAnchors
		}
	}
	return best, ""
}

func likely(in *image.RGBA, at image.Point, samples []probe) bool {
	wrong := 0
	for _, p := range samples {
		i := (at.Y+p.at.Y)*in.Stride + 4*(at.X+p.at.X)
		if apart(in.Pix[i], p.colour[0])+apart(in.Pix[i+1], p.colour[1])+apart(in.Pix[i+2], p.colour[2]) > probeOff {
			if wrong++; wrong > len(samples)/2 {
				return false
			}
		}
	}
	return true
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

// measure gives the greatest difference that still fits, and some pixels of the writing, spread over it. An
// anchor on which nothing is written fits nowhere.
func (a *Anchor) measure() (most int, samples []probe) {
	tolerance := a.Tolerance
	if tolerance == 0 {
		tolerance = usualTolerance
	}
	back, ink := background(a.Picture), 0
	size := a.Picture.Bounds().Size()
	var written []probe
	for y := range size.Y {
		row := a.Picture.Pix[y*a.Picture.Stride:]
		for x := range size.X {
			p := row[4*x : 4*x+3]
			d := apart(p[0], back[0]) + apart(p[1], back[1]) + apart(p[2], back[2])
			ink += d
			if d > probeOff {
				written = append(written, probe{image.Pt(x, y), [3]uint8{p[0], p[1], p[2]}})
			}
		}
	}
	if ink == 0 {
		return -1, nil
	}
	for n := range min(probes, len(written)) {
		samples = append(samples, written[n*len(written)/min(probes, len(written))])
	}
	return ink * tolerance / 100, samples
}

func apart(a, b uint8) int { return max(int(a), int(b)) - min(int(a), int(b)) }

func far(a, b image.Point, size image.Point) bool {
	d := a.Sub(b)
	return max(d.X, -d.X) >= size.X/2 || max(d.Y, -d.Y) >= size.Y/2
}
