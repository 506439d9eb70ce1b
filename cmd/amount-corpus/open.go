package main

import (
	"fmt"
	"math/rand/v2"
)

// display is a style that no font draws.
type display string

const (
	displayNone     display = ""
	displaySegments display = "segments"
	displayDots     display = "dots"
)

// open makes the pen of a style, lays out its field and picks its lessons.
func (s *style) open(r *rasteriser, fonts []font, rng *rand.Rand) error {
	shapes, err := s.shapes(r, fonts, rng)
	if err != nil {
		return fmt.Errorf("style %s: %w", s.ID, err)
	}
	s.pen = newPen(s.d, shapes...)
	if !s.pen.has(s.w.Prefix + s.w.Suffix) {
		s.w.Prefix, s.w.Suffix = "", ""
		if s.pen.has("$") {
			s.w.Prefix = "$"
		}
	}
	s.lay(rng)
	s.Lessons = s.w.lessons(rng, s.Hurry)
	return nil
}

// shapes opens the fonts of a style: its own, and a Chinese one for what that lacks.
func (s *style) shapes(r *rasteriser, fonts []font, rng *rand.Rand) ([]shapes, error) {
	switch s.Display {
	case displaySegments:
		thick := float64(s.Px) * (0.09 + 0.06*rng.Float64())
		s.Font.Name = "drawn segments"
		return []shapes{segments{s.Px, thick, 0.3 + thick*0.12*rng.Float64(), 0.16 * float64(rng.IntN(2)), s.d.Smoothing}}, nil
	case displayDots:
		s.Font.Name = "drawn dots"
		dot := max(1, s.Px/9)
		return []shapes{dots{dot, 1 + rng.IntN(max(1, dot/2)), rng.IntN(2) == 0}}, nil
	}
	own, err := r.open(s.Font.Path, s.Font.Index, s.Px, s.d)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, own.close)
	if own.fixed() {
		s.Px = own.height()
	}
	if s.Font.Kind == kindBitmap {
		return []shapes{own}, nil
	}
	spare := pick(rng, of(fonts, kindChinese))
	plain := s.d
	plain.Slanted = false
	second, err := r.open(spare.Path, spare.Index, s.Px, plain)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, second.close)
	return []shapes{own, second}, nil
}
