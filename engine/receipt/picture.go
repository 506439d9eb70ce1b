package receipt

import (
	"errors"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font/sfnt"
)

// Measures of the picture, in dots of the paper.
const (
	border    = 24 // white on every side
	baseline  = 20 // of a single-height cell
	cutGap    = 24 // white above and below a cut in the middle
	cutStroke = 6
)

// ErrNoFace says that a picture was asked for without a face to write in.
var ErrNoFace = errors.New("a picture of a slip needs a font")

// maxPictureRows bounds the picture of bytes that somebody else made.
const maxPictureRows = 60_000

// ErrTooLong says that a picture would be longer than any slip.
var ErrTooLong = errors.New("slip is too long for a picture")

// Picture draws the lines dot by dot as the printer would, on white with a margin around. What leaves no
// ink (drawer, beep) is not seen; a cut in the middle is a dashed line.
func Picture(lines []Line, p Paper, f *Face) (*image.Gray, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if f == nil {
		return nil, ErrNoFace
	}
	for len(lines) > 0 && heightOf(lines[len(lines)-1]) == cutHeight {
		lines = lines[:len(lines)-1]
	}
	rows := 0
	for _, l := range lines {
		if rows += heightOf(l); rows > maxPictureRows {
			return nil, ErrTooLong
		}
	}
	img := white(p.Dots+2*border, rows+2*border)
	y := border
	for _, l := range lines {
		if err := drawLine(img, l, y, p, f); err != nil {
			return nil, err
		}
		y += heightOf(l)
	}
	return img, nil
}

const cutHeight = 2*cutGap + 1

// heightOf gives the dots that a line takes on paper.
func heightOf(l Line) int {
	switch l.Kind {
	case LineText:
		return textHeight(l)
	case LineCode, LineImage:
		if l.Code == nil {
			return lineHeight
		}
		return l.Code.Bounds().Dy()
	case LineFeed:
		return l.N
	case LineCut:
		return cutHeight
	}
	return 0
}

func drawLine(img *image.Gray, l Line, y int, p Paper, f *Face) error {
	switch l.Kind {
	case LineText:
		return drawRuns(img, l, y, f)
	case LineCode, LineImage:
		if l.Code == nil {
			words := placed(printable(textOf(l)), Style{Align: Center, Width: 1, Height: 1}, 0, p.Columns)
			return drawRuns(img, Line{Runs: words, Height: 1}, y, f)
		}
		drawDots(img, l.Code, y, p)
	case LineCut:
		for x := range img.Bounds().Dx() {
			if x/cutStroke%2 == 0 {
				img.SetGray(x, y+cutGap, color.Gray{Y: 0x80})
			}
		}
	}
	return nil
}

// drawDots centres a picture as a printer does: in whole bytes of eight dots.
func drawDots(img, dots *image.Gray, y int, p Paper) {
	wide := (dots.Bounds().Dx() + 7) / 8 * 8
	at := image.Pt(border+max((p.Dots-wide)/2, 0), y)
	to := dots.Bounds().Sub(dots.Bounds().Min).Add(at)
	to.Max.X = min(to.Max.X, border+p.Dots)
	draw.Draw(img, to, dots, dots.Bounds().Min, draw.Src)
}

func drawRuns(img *image.Gray, l Line, y int, f *Face) error {
	base := y + baseline*max(l.Height, 1)
	for _, r := range l.Runs {
		if err := drawRun(img, r, base, f); err != nil {
			return err
		}
	}
	return nil
}

// drawRun writes one run on its base line. An inverted run is written white into a black box.
func drawRun(img *image.Gray, r Run, base int, f *Face) error {
	st := r.Style
	x := border + r.Col*cellWidth
	wide := columns(r.Text) * cellWidth * st.Width
	top := base - baseline*st.Height
	ink := color.Gray{}
	if st.Invert {
		draw.Draw(img, image.Rect(x, top, x+wide, top+cellHeight*st.Height), image.NewUniform(ink), image.Point{}, draw.Src)
		ink = color.Gray{Y: 0xff}
	}
	for _, c := range r.Text {
		cell := runeColumns(c) * cellWidth
		if err := f.draw(img, c, image.Pt(x, base), cell, st, ink); err != nil {
			return err
		}
		x += cell * st.Width
	}
	if st.Underline {
		under := image.Rect(x-wide, top+cellHeight*st.Height, x, top+cellHeight*st.Height+st.Height)
		draw.Draw(img, under, image.NewUniform(color.Gray{}), image.Point{}, draw.Src)
	}
	return nil
}

// glyphOf finds a character, or the question mark that stands for it.
func (f *Face) glyphOf(c rune) (sfnt.GlyphIndex, error) {
	at, err := f.font.GlyphIndex(&f.buffer, c)
	if err == nil && at == 0 {
		at, err = f.font.GlyphIndex(&f.buffer, missing)
	}
	return at, err
}
