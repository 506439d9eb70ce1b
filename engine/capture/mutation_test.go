package capture_test

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/draw"
	"pgregory.net/rapid"

	"cpos/engine/capture"
	"cpos/engine/pay"
)

// mutations damage a grab as screens and those who draw on them do. Each gives the damaged picture and the
// amounts that it may still be read as.
var mutations = map[string]func(t *rapid.T, s *style, l capture.Lesson) (*image.RGBA, []pay.Money){
	"erase":   erase,
	"cover":   cover,
	"tear":    tear,
	"slip":    slip,
	"shift":   shift,
	"scale":   scale,
	"recolor": recolour,
	"mix":     mix,
	"weave":   weave,
	"graft":   graft,
	"speckle": speckle,
	"blur":    blur,
	"cut":     cut,
	"smear":   smear,
}

// FuzzDamagedPicture: whatever is done to a picture of a real screen, it is refused or read as the amount
// that it shows.
func FuzzDamagedPicture(f *testing.F) {
	random := rand.New(rand.NewPCG(4, 4))
	for range 40 {
		seed := make([]byte, 400)
		for i := range seed {
			seed[i] = uint8(random.UintN(256))
		}
		f.Add(seed)
	}
	all := styles(f)
	names := slices.Sorted(maps.Keys(mutations))
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		damaged(t, rapid.SampledFrom(all).Draw(t, "style"), rapid.SampledFrom(names).Draw(t, "mutation"))
	}))
}

func damaged(t *rapid.T, s *style, mutation string) {
	l := rapid.SampledFrom(s.tests).Draw(t, "lesson")
	picture, may := mutations[mutation](t, s, l)
	got, err := judgeOfStyle(t, s).Picture(t.Context(), picture)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if got.Sure && !slices.Contains(may, got.Amount) {
		t.Fatalf("%s, %s: %s was read as %s%s", s.name, mutation, l.Text, got.Amount, keepWrong(s, l, mutation, picture))
	}
}

// keepWrong writes a picture that was read wrong where WRONG_PICTURES says, to be looked at.
func keepWrong(s *style, l capture.Lesson, name string, p *image.RGBA) string {
	dir := os.Getenv("WRONG_PICTURES")
	if dir == "" {
		return ""
	}
	path := filepath.Join(dir, fmt.Sprintf("%s_%s_%s.png", s.name, name, l.Text))
	f, err := os.Create(path)
	if err != nil {
		return ": " + err.Error()
	}
	defer f.Close()
	if err := png.Encode(f, p); err != nil {
		return ": " + err.Error()
	}
	return ": " + path
}

func copied(p *image.RGBA) *image.RGBA {
	out := image.NewRGBA(p.Bounds())
	copy(out.Pix, p.Pix)
	return out
}

func alone(l capture.Lesson) []pay.Money { return []pay.Money{worth(l.Text)} }

func ground(p *image.RGBA) color.RGBA { return p.RGBAAt(1, 1) }

// inkOf is the colour that is farthest from the ground.
func inkOf(p *image.RGBA) color.RGBA {
	best, most, g := ground(p), -1, ground(p)
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			c := p.RGBAAt(x, y)
			d := abs(int(c.R)-int(g.R)) + abs(int(c.G)-int(g.G)) + abs(int(c.B)-int(g.B))
			if d > most {
				best, most = c, d
			}
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// inkBox is where something is written.
func inkBox(p *image.RGBA) (box image.Rectangle) {
	g := ground(p)
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			c := p.RGBAAt(x, y)
			if abs(int(c.R)-int(g.R))+abs(int(c.G)-int(g.G))+abs(int(c.B)-int(g.B)) > 90 {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

func number(t *rapid.T, name string, least, most int) int {
	return rapid.IntRange(least, max(least, most)).Draw(t, name)
}

// patch is a rectangle over the writing that is less high than a digit, so it cannot take one away whole.
func patch(t *rapid.T, p *image.RGBA) image.Rectangle {
	box := inkBox(p)
	w, h := number(t, "w", 1, box.Dy()), number(t, "h", 1, box.Dy()*2/3)
	x, y := number(t, "x", box.Min.X-w/2, box.Max.X-w/2), number(t, "y", box.Min.Y-h/2, box.Max.Y-h/2)
	return image.Rect(x, y, x+w, y+h)
}

// erase paints the ground over a part of the writing.
func erase(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	p := copied(l.Picture)
	draw.Draw(p, patch(t, p), image.NewUniform(ground(p)), image.Point{}, draw.Src)
	return p, alone(l)
}

// cover paints ink, or some other colour, over a part of the writing.
func cover(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	p := copied(l.Picture)
	c := inkOf(p)
	if rapid.Bool().Draw(t, "coloured") {
		c = color.RGBA{uint8(number(t, "r", 0, 255)), uint8(number(t, "g", 0, 255)), uint8(number(t, "b", 0, 255)), 255}
	}
	draw.Draw(p, patch(t, p), image.NewUniform(c), image.Point{}, draw.Src)
	return p, alone(l)
}

// tear moves the rows below a line sideways.
func tear(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	box := inkBox(l.Picture)
	return moved(l.Picture, image.Rect(0, number(t, "y", box.Min.Y, box.Max.Y), l.Picture.Bounds().Dx(), l.Picture.Bounds().Dy()),
		image.Pt(number(t, "dx", -box.Dy(), box.Dy()), 0)), alone(l)
}

// slip moves the columns right of a line up or down.
func slip(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	box := inkBox(l.Picture)
	return moved(l.Picture, image.Rect(number(t, "x", box.Min.X, box.Max.X), 0, l.Picture.Bounds().Dx(), l.Picture.Bounds().Dy()),
		image.Pt(0, number(t, "dy", -box.Dy()/3, box.Dy()/3))), alone(l)
}

// shift moves the whole line.
func shift(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	b := l.Picture.Bounds()
	return moved(l.Picture, b, image.Pt(number(t, "dx", -b.Dx(), b.Dx()), number(t, "dy", -b.Dy(), b.Dy()))), alone(l)
}

func moved(p *image.RGBA, part image.Rectangle, by image.Point) *image.RGBA {
	out := copied(p)
	draw.Draw(out, part, image.NewUniform(ground(p)), image.Point{}, draw.Src)
	draw.Draw(out, part.Add(by), p, part.Min, draw.Src)
	return out
}

// scale draws the picture a little larger or smaller, in one direction or both.
func scale(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	b := l.Picture.Bounds()
	wide, high := rapid.Float64Range(0.8, 1.3).Draw(t, "wide"), 1.0
	if rapid.Bool().Draw(t, "both") {
		high = rapid.Float64Range(0.8, 1.3).Draw(t, "high")
	}
	out := image.NewRGBA(b)
	draw.Draw(out, b, image.NewUniform(ground(l.Picture)), image.Point{}, draw.Src)
	at := image.Rect(b.Max.X-int(float64(b.Dx())*wide), 0, b.Max.X, int(float64(b.Dy())*high))
	draw.CatmullRom.Scale(out, at, l.Picture, b, draw.Src, nil)
	return out, alone(l)
}

// recolour changes every channel by its own curve.
func recolour(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	p := copied(l.Picture)
	for c := range 3 {
		gain, lift := rapid.Float64Range(-1.2, 1.5).Draw(t, "gain"), rapid.Float64Range(-40, 255).Draw(t, "lift")
		for i := c; i < len(p.Pix); i += 4 {
			p.Pix[i] = uint8(min(max(math.Round(float64(p.Pix[i])*gain+lift), 0), 255))
		}
	}
	return p, alone(l)
}

func another(t *rapid.T, s *style) capture.Lesson { return rapid.SampledFrom(s.tests).Draw(t, "other") }

// mix lays one amount over another, as in a fade.
func mix(t *rapid.T, s *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	p, o := copied(l.Picture), another(t, s)
	share := rapid.Float64Range(0, 1).Draw(t, "share")
	for i := range p.Pix {
		p.Pix[i] = uint8(float64(p.Pix[i])*(1-share) + float64(o.Picture.Pix[i])*share)
	}
	return p, []pay.Money{worth(l.Text), worth(o.Text)}
}

// weave takes the upper rows from one amount and the lower ones from another, as a screen that is drawn anew.
func weave(t *rapid.T, s *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	p, o := copied(l.Picture), another(t, s)
	box := inkBox(p)
	y := number(t, "y", box.Min.Y+1, box.Max.Y-1)
	draw.Draw(p, image.Rect(0, y, p.Bounds().Dx(), p.Bounds().Dy()), o.Picture, image.Pt(0, y), draw.Src)
	return p, []pay.Money{worth(l.Text), worth(o.Text)}
}

// graft turns a digit part of the way into one of another amount: its upper rows, its left columns, or all of
// it faintly. What it then shows is the one that it is nearer to.
func graft(t *rapid.T, s *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	g, err := s.glyphs()
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	o := another(t, s)
	to, from := digitsIn(g.Read(l.Picture)), digitsIn(g.Read(o.Picture))
	if len(to) == 0 || len(from) == 0 {
		return l.Picture, alone(l)
	}
	into, of := rapid.SampledFrom(to).Draw(t, "into"), rapid.SampledFrom(from).Draw(t, "of")
	whole := copied(l.Picture)
	draw.Draw(whole, into.At, image.NewUniform(ground(whole)), image.Point{}, draw.Src)
	draw.Draw(whole, of.At.Sub(of.At.Min).Add(into.At.Min), o.Picture, of.At.Min, draw.Src)

	p, part := copied(l.Picture), into.At.Union(of.At.Sub(of.At.Min).Add(into.At.Min))
	share := rapid.Float64Range(0, 1).Draw(t, "share")
	switch rapid.SampledFrom([]string{"rows", "columns", "all"}).Draw(t, "way") {
	case "rows":
		part.Max.Y = part.Min.Y + int(share*float64(part.Dy()))
		draw.Draw(p, part, whole, part.Min, draw.Src)
	case "columns":
		part.Max.X = part.Min.X + int(share*float64(part.Dx()))
		draw.Draw(p, part, whole, part.Min, draw.Src)
	case "all":
		for i := range p.Pix {
			p.Pix[i] = uint8(float64(p.Pix[i])*(1-share) + float64(whole.Pix[i])*share)
		}
	}
	if apart(p, l.Picture) < apart(p, whole) {
		return p, alone(l)
	}
	text := []rune(plainText(l.Text))
	text[into.index] = []rune(of.Text)[0]
	return p, []pay.Money{worth(string(text))}
}

// seenDigit is a digit that was found in a picture, and which rune of the text it is.
type seenDigit struct {
	capture.SeenSign
	index int
}

func digitsIn(saw capture.Sight) (all []seenDigit) {
	at := 0
	for _, sign := range saw.Signs {
		if saw.Text != "" && len(sign.Text) == 1 && sign.Text >= "0" && sign.Text <= "9" {
			all = append(all, seenDigit{sign, at})
		}
		if sign.Text != "￥" && sign.Text != "¥" {
			at++
		}
	}
	return all
}

// plainText is an amount as it was taught, without what stands before it.
func plainText(s string) string { return strings.TrimLeft(s, "￥¥") }

// apart is by how much two pictures differ.
func apart(a, b *image.RGBA) (sum int) {
	for i := range a.Pix {
		sum += abs(int(a.Pix[i]) - int(b.Pix[i]))
	}
	return sum
}

// speckle adds noise to every pixel.
func speckle(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	p, most := copied(l.Picture), number(t, "most", 1, 90)
	grains := noise(p.Bounds().Dx(), p.Bounds().Dy())
	for i := range p.Pix {
		if i%4 != 3 {
			p.Pix[i] = uint8(min(max(int(p.Pix[i])+int(grains.Pix[i])*2*most/255-most, 0), 255))
		}
	}
	return p, alone(l)
}

// blur draws the picture small and large again, as a picture that was sent over a line.
func blur(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	b, share := l.Picture.Bounds(), rapid.Float64Range(0.2, 0.95).Draw(t, "share")
	small := image.NewRGBA(image.Rect(0, 0, int(float64(b.Dx())*share), int(float64(b.Dy())*share)))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), l.Picture, b, draw.Src, nil)
	out := image.NewRGBA(b)
	draw.ApproxBiLinear.Scale(out, b, small, small.Bounds(), draw.Src, nil)
	return out, alone(l)
}

// cut gives a region that is too small: some of the writing lies beyond its edge.
func cut(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	box := inkBox(l.Picture)
	r := l.Picture.Bounds()
	switch rapid.SampledFrom([]string{"left", "right", "head", "foot"}).Draw(t, "side") {
	case "left":
		// A cut between two signs leaves an amount that nobody can tell from a whole one, so it goes through one.
		r.Min.X = box.Min.X + number(t, "by", 1, max(1, box.Dy()/8))
	case "right":
		r.Max.X = box.Max.X - number(t, "by", 1, box.Dx()-1)
	case "head":
		r.Min.Y = box.Min.Y + number(t, "by", 1, box.Dy()-2)
	case "foot":
		r.Max.Y = box.Max.Y - number(t, "by", 1, box.Dy()-2)
	}
	return l.Picture.SubImage(r).(*image.RGBA), alone(l)
}

// smear repeats a column of the writing, as a picture that came only in part.
func smear(t *rapid.T, _ *style, l capture.Lesson) (*image.RGBA, []pay.Money) {
	p, box := copied(l.Picture), inkBox(l.Picture)
	x := number(t, "x", box.Min.X, box.Max.X-1)
	for by := range number(t, "wide", 1, box.Dy()/2) {
		draw.Draw(p, image.Rect(x+by, 0, x+by+1, p.Bounds().Dy()), l.Picture, image.Pt(x, 0), draw.Src)
	}
	return p, alone(l)
}
