package profile

import (
	"image"
	"path"
)

// Picture reads a PNG file that stands beside the product's file, named with or without its ".png".
func (p *Profile) Picture(name string) (*image.RGBA, error) {
	if path.Ext(name) == "" {
		name += ".png"
	}
	return p.picture(name)
}
