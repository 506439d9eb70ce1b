package capture_test

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"cpos/engine/capture"
)

func TestFinds(t *testing.T) {
	picture := image.NewRGBA(image.Rect(0, 0, 40, 16))
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(picture, image.Rect(4, 3, 30, 6), image.Black, image.Point{}, draw.Src)
	draw.Draw(picture, image.Rect(10, 8, 14, 14), image.NewUniform(color.RGBA{R: 200, A: 255}), image.Point{}, draw.Src)
	empty := image.NewRGBA(image.Rect(0, 0, 300, 200))
	draw.Draw(empty, empty.Bounds(), image.White, image.Point{}, draw.Src)
	with := image.NewRGBA(empty.Bounds())
	draw.Draw(with, with.Bounds(), empty, image.Point{}, draw.Src)
	draw.Draw(with, image.Rect(211, 97, 251, 113), picture, image.Point{}, draw.Src)
	other := image.NewRGBA(empty.Bounds())
	draw.Draw(other, other.Bounds(), with, image.Point{}, draw.Src)
	draw.Draw(other, image.Rect(221, 105, 225, 111), image.White, image.Point{}, draw.Src) // the red part is gone
	for _, row := range []struct {
		name string
		in   *image.RGBA
		off  float64
		want bool
	}{{"it is there", with, 0.05, true}, {"it is not", empty, 0.05, false}, {"a part of it", other, 0.05, false}, {"a part is enough", other, 0.5, true}} {
		if got := capture.Finds(row.in, picture, row.off); got != row.want {
			t.Errorf("%s: %t", row.name, got)
		}
	}
}
