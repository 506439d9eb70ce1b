//go:build !cgo || !linux

package main

import "errors"

// rasteriser needs FreeType and the fonts of a Debian machine.
type rasteriser struct{}

type face struct{}

func newRasteriser() (*rasteriser, error) {
	return nil, errors.New("this program was built without FreeType: build it with cgo on Debian")
}

func (r *rasteriser) close() {}

func (r *rasteriser) open(string, int, int, drawing) (*face, error) {
	return nil, errors.New("built without FreeType")
}

func (f *face) close()                        {}
func (f *face) fixed() bool                   { return false }
func (f *face) height() int                   { return 0 }
func (f *face) glyph(rune, int) (glyph, bool) { return glyph{}, false }
func (f *face) kern(rune, rune, bool) int     { return 0 }
