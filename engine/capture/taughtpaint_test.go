package capture_test

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"cpos/engine/capture"
)

// tillLook is how a till of these tests writes its total.
type tillLook struct {
	face       font.Face
	ink, paper color.RGBA
	right      bool // written up to the right side
	hard       bool // no smoothed edges
	frame      bool // in an entry field
	caret      bool // with a caret behind the amount
	w, h       int
}

var (
	inkBlack   = color.RGBA{A: 255}
	paperWhite = color.RGBA{255, 255, 255, 255}
)

func tillFace(t testing.TB, ttf []byte, px float64) font.Face {
	t.Helper()
	f, err := opentype.Parse(ttf)
	if err != nil {
		t.Fatal(err)
	}
	out, err := opentype.NewFace(f, &opentype.FaceOptions{Size: px, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// plainLook is black on white, at the right of a region that leaves room.
func plainLook(t testing.TB, px float64) tillLook {
	return tillLook{face: tillFace(t, goregular.TTF, px), ink: inkBlack, paper: paperWhite, right: true, w: int(9 * px), h: int(2 * px)}
}

func monoLook(t testing.TB, px float64) tillLook {
	l := plainLook(t, px)
	l.face, l.hard = tillFace(t, gomono.TTF, px), true
	return l
}

// write draws a text as this till shows it.
func (l tillLook) write(text string) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, l.w, l.h))
	draw.Draw(m, m.Bounds(), image.NewUniform(l.paper), image.Point{}, draw.Src)
	wide := font.MeasureString(l.face, text).Ceil()
	x := 12
	if l.right {
		x = l.w - 16 - wide
	}
	d := font.Drawer{Dst: m, Src: image.NewUniform(l.ink), Face: l.face, Dot: fixed.P(x, l.h*7/10)}
	d.DrawString(text)
	if l.hard {
		l.harden(m)
	}
	if l.caret {
		paintOver(m, image.Rect(x+wide+1, 2, x+wide+2, l.h-3), l.ink)
	}
	if l.frame {
		paintOver(m, image.Rect(0, 0, l.w, 2), color.RGBA{90, 90, 90, 255})
		paintOver(m, image.Rect(0, l.h-2, l.w, l.h), color.RGBA{90, 90, 90, 255})
		paintOver(m, image.Rect(0, 0, 2, l.h), color.RGBA{90, 90, 90, 255})
		paintOver(m, image.Rect(l.w-2, 0, l.w, l.h), color.RGBA{90, 90, 90, 255})
	}
	return m
}

// harden makes every pixel ink or paper.
func (l tillLook) harden(m *image.RGBA) {
	for y := range l.h {
		for x := range l.w {
			c := m.RGBAAt(x, y)
			if near := int(c.R) - int(l.paper.R); near*near > 100*100 {
				m.SetRGBA(x, y, l.ink)
			} else {
				m.SetRGBA(x, y, l.paper)
			}
		}
	}
}

func paintOver(m *image.RGBA, r image.Rectangle, c color.RGBA) {
	draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// taught shows the reader some texts of a look, which must be enough.
func taught(t testing.TB, l tillLook, texts ...string) *capture.Glyphs {
	t.Helper()
	g, err := capture.Teach(l.lessons(texts...))
	if err != nil {
		t.Fatalf("teach: %v", err)
	}
	return g
}

func (l tillLook) lessons(texts ...string) []capture.Lesson {
	var out []capture.Lesson
	for _, text := range texts {
		out = append(out, capture.Lesson{Picture: l.write(text), Text: text})
	}
	return out
}

// everyDigit are lessons in which all ten digits stand.
var everyDigit = []string{"12345.67", "890.12", "4078.93"}
