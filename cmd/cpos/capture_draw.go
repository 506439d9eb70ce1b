package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"cpos/engine/receipt"
)

// Colours of the pictures that capture commands draw.
var (
	drawPaper  = color.RGBA{0xff, 0xff, 0xff, 0xff}
	drawGround = color.RGBA{0xf3, 0xf5, 0xf8, 0xff}
	drawRim    = color.RGBA{0xdf, 0xe4, 0xea, 0xff}
	drawInk    = color.RGBA{0x14, 0x18, 0x1f, 0xff}
	drawSoft   = color.RGBA{0x5a, 0x64, 0x72, 0xff}
	drawGreen  = color.RGBA{0x0f, 0x8a, 0x4b, 0xff}
	drawAmber  = color.RGBA{0xb8, 0x62, 0x00, 0xff}
	drawRed    = color.RGBA{0xc9, 0x30, 0x2c, 0xff}
	drawBlue   = color.RGBA{0x1f, 0x66, 0xe0, 0xff}
)

// pen draws text into pictures: Latin letters with a font of the program, Chinese ones with the system's
// where it has one.
type pen struct {
	latin, bold, chinese *opentype.Font
	faces                map[penFace]font.Face
}

type penFace struct {
	font *opentype.Font
	size float64
}

func newPen() (*pen, error) {
	latin, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, err
	}
	return &pen{latin: latin, bold: bold, chinese: systemChinese(), faces: map[penFace]font.Face{}}, nil
}

// systemChinese is nil where the system has no such font; then boxes stand for Chinese letters.
func systemChinese() *opentype.Font {
	for _, name := range receipt.FontPaths() {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		all, err := opentype.ParseCollection(data)
		if err != nil {
			continue
		}
		if one, err := all.Font(0); err == nil {
			return one
		}
	}
	return nil
}

// voice is how a text is set; size in px.
type penVoice struct {
	size  float64
	bold  bool
	color color.RGBA
}

func (p *pen) face(r rune, v penVoice) font.Face {
	f := p.latin
	if v.bold {
		f = p.bold
	}
	if p.chinese != nil && r >= 0x2000 {
		f = p.chinese
	}
	k := penFace{f, v.size}
	if p.faces[k] == nil {
		made, err := opentype.NewFace(f, &opentype.FaceOptions{Size: v.size, DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			panic(err) // only a negative size is refused
		}
		p.faces[k] = made
	}
	return p.faces[k]
}

// say writes one line with its baseline at a point and gives where it ends.
func (p *pen) say(to draw.Image, at image.Point, v penVoice, text string) int {
	dot := fixed.P(at.X, at.Y)
	for _, r := range text {
		d := font.Drawer{Dst: to, Src: image.NewUniform(v.color), Face: p.face(r, v), Dot: dot}
		d.DrawString(string(r))
		dot = d.Dot
	}
	return dot.X.Ceil()
}

// width gives how wide a line is, in px.
func (p *pen) width(v penVoice, text string) int {
	wide := fixed.Int26_6(0)
	for _, r := range text {
		wide += font.MeasureString(p.face(r, v), string(r))
	}
	return wide.Ceil()
}

// fit shortens a text until it is no wider than so many px.
func (p *pen) fit(v penVoice, text string, most int) string {
	if p.width(v, text) <= most {
		return text
	}
	letters := []rune(text)
	for len(letters) > 0 && p.width(v, string(letters)+"…") > most {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}

// lines breaks a text so that no line is wider than so many px; between Chinese letters it may break anywhere.
func (p *pen) lines(v penVoice, text string, most int) (all []string) {
	line, word := "", ""
	flush := func() {
		if line != "" && p.width(v, line+word) > most {
			all, line = append(all, line), ""
		}
		line, word = line+word, ""
	}
	for _, r := range text {
		word += string(r)
		if r == ' ' || r >= 0x2e80 {
			flush()
		}
	}
	flush()
	return append(all, line)
}

func fillRect(to draw.Image, r image.Rectangle, c color.RGBA) {
	draw.Draw(to, r, image.NewUniform(c), image.Point{}, draw.Over)
}

// edgeRect draws a rectangle's edge of so many px, inside it.
func edgeRect(to draw.Image, r image.Rectangle, c color.RGBA, thick int) {
	fillRect(to, image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+thick), c)
	fillRect(to, image.Rect(r.Min.X, r.Max.Y-thick, r.Max.X, r.Max.Y), c)
	fillRect(to, image.Rect(r.Min.X, r.Min.Y, r.Min.X+thick, r.Max.Y), c)
	fillRect(to, image.Rect(r.Max.X-thick, r.Min.Y, r.Max.X, r.Max.Y), c)
}

// show draws a picture into a box, as large as it fits there and with its pixels to be seen when it is enlarged
// by a whole number. It gives where it stands and how many times it was enlarged.
func show(to draw.Image, box image.Rectangle, picture image.Image, mostTimes int) (image.Rectangle, float64) {
	size := picture.Bounds().Size()
	if size.X == 0 || size.Y == 0 {
		return image.Rectangle{Min: box.Min, Max: box.Min}, 1
	}
	times := min(float64(box.Dx())/float64(size.X), float64(box.Dy())/float64(size.Y), float64(mostTimes))
	var scaler draw.Scaler = draw.CatmullRom
	if times >= 1 {
		times, scaler = float64(int(times)), draw.NearestNeighbor
	}
	wide, tall := max(1, int(float64(size.X)*times)), max(1, int(float64(size.Y)*times))
	at := box.Min.Add(image.Pt((box.Dx()-wide)/2, (box.Dy()-tall)/2))
	r := image.Rectangle{Min: at, Max: at.Add(image.Pt(wide, tall))}
	scaler.Scale(to, r, picture, picture.Bounds(), draw.Over, nil)
	return r, times
}

// writePNG writes a picture to a file, whole or not at all.
func writePNG(name string, picture image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return err
	}
	return writeWhole(name, b.Bytes())
}
