package trial

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/gif" // formats that a labelled folder may hold
	_ "image/jpeg"
	_ "image/png"
	"io/fs"
	"strings"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// ErrTooLarge says that a picture is larger than any screen.
var ErrTooLarge = errors.New("the picture is too large")

// mostPixels is what a picture may have: a little more than the largest screens show.
const mostPixels = 40_000_000

// Picture decodes a picture of a folder: png, jpg, bmp, gif, tiff or webp.
func Picture(folder fs.FS, name string) (*image.RGBA, error) {
	data, err := fs.ReadFile(folder, name)
	if _, below, deeper := strings.Cut(name, "/"); err != nil && deeper {
		var again error
		if data, again = fs.ReadFile(folder, below); again == nil { // named from outside the folder
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	return Decode(data)
}

// Decode decodes a picture in any of the formats that Picture knows. Its bounds begin at 0, 0.
func Decode(data []byte) (*image.RGBA, error) {
	about, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("decode picture: %w", err)
	}
	if int64(about.Width)*int64(about.Height) > mostPixels {
		return nil, ErrTooLarge
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("decode picture: %w", err)
	}
	if p, ok := picture.(*image.RGBA); ok && p.Rect.Min == (image.Point{}) {
		return p, nil
	}
	b := picture.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, picture, b.Min, draw.Src)
	return out, nil
}
