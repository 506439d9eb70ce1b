package capturetest

import (
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/gofont/gosmallcaps"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Style is how a till writes.
type Style struct {
	Face  Face
	Size  int // px
	Ink   color.RGBA
	Paper color.RGBA
}

// Face is a font that is part of this package.
type Face int

// The faces: all have a slashed zero, which is a hard case of its own.
const (
	Regular Face = iota
	Bold
	Mono
	SmallCaps
)

var ttf = [...][]byte{goregular.TTF, gobold.TTF, gomono.TTF, gosmallcaps.TTF}

// Ordinary is black on white in a size that a till's total has.
var Ordinary = Style{Face: Regular, Size: 32, Ink: color.RGBA{A: 255}, Paper: color.RGBA{255, 255, 255, 255}}

// Draw writes a text into a region of its own, right-aligned with a margin around, as a till does.
func Draw(s Style, text string) *image.RGBA {
	face := s.face()
	w := font.MeasureString(face, text).Ceil()
	return DrawIn(s, image.Pt(w+s.Size, s.Size*2), text)
}

// DrawIn writes a text into a region of the given size in px, right-aligned.
func DrawIn(s Style, size image.Point, text string) *image.RGBA {
	face := s.face()
	picture := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(picture, picture.Bounds(), image.NewUniform(s.Paper), image.Point{}, draw.Src)
	w := font.MeasureString(face, text).Ceil()
	pen := font.Drawer{Dst: picture, Src: image.NewUniform(s.Ink), Face: face,
		Dot: fixed.P(size.X-s.Size/2-w, size.Y/2+s.Size*7/20)}
	pen.DrawString(text)
	return picture
}

func (s Style) face() font.Face {
	parsed, err := opentype.Parse(ttf[s.Face])
	if err != nil {
		panic(err) // the font is part of the program
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(s.Size), DPI: 72})
	if err != nil {
		panic(err)
	}
	return face
}

// Styles are the ways of writing of the exam: every face, sizes from a status line to a total, dark,
// light and coloured.
func Styles() []Style {
	looks := [][2]color.RGBA{
		{{A: 255}, {255, 255, 255, 255}},
		{{255, 255, 255, 255}, {A: 255}},
		{{75, 227, 127, 255}, {7, 9, 11, 255}},
		{{179, 20, 15, 255}, {250, 250, 245, 255}},
		{{255, 214, 0, 255}, {20, 60, 120, 255}},
	}
	var all []Style
	for face := range ttf {
		for _, size := range []int{14, 18, 26, 44} {
			for _, l := range looks {
				all = append(all, Style{Face(face), size, l[0], l[1]})
			}
		}
	}
	return all
}
