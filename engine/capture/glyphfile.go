package capture

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"io/fs"
	"path"
	"strings"
)

// GlyphIndex is the file that makes a folder a style's: an index that a person can read and compare. Beside it
// stand a picture for every look of every sign, and the lessons themselves. The same Glyphs always make the
// same bytes.
const GlyphIndex = "glyphs.txt"

const (
	glyphHeading = "cpos glyphs 1"
	mostIndex    = 1 << 20
)

// Files are the style's files by name. The index ends with a sum over all of it and every picture: two labels
// that were mixed up, by a merge or a damaged disk, would be a wrong amount.
//
// A picture's name tells what it shows, so the pictures of two styles can lie in one folder. Whoever writes the
// pictures first, then the index, and only then removes what the index does not name, never has a folder
// without a whole style, whenever the power goes.
func (g *Glyphs) Files() map[string][]byte {
	out := map[string][]byte{}
	var b bytes.Buffer
	g.index(&b, out)
	sum := newSum()
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		sum.line(line)
		if name := pictureIn(line); name != "" {
			m, err := png.Decode(bytes.NewReader(out[name]))
			if err != nil {
				panic(err) // it was encoded a moment ago
			}
			sum.picture(asRGBA(m))
		}
	}
	fmt.Fprintln(&b, "sum", sum)
	out[GlyphIndex] = b.Bytes()
	return out
}

// pictureIn is the file that a line of the index names, if any.
func pictureIn(line string) string {
	word, rest, _ := strings.Cut(line, " ")
	if word != "look" && word != "lesson" {
		return ""
	}
	name, _, _ := strings.Cut(rest, " ")
	return name
}

// sum is what the files add up to. Line ends and how a picture is compressed do not count.
type sum struct{ hash.Hash }

func newSum() sum { return sum{sha256.New()} }

func (s sum) line(text string) { fmt.Fprintf(s, "%s\n", text) }

func (s sum) picture(m *image.RGBA) {
	fmt.Fprintln(s, m.Bounds().Dx(), m.Bounds().Dy())
	_, _ = s.Write(m.Pix) // a hash takes everything
}

func (s sum) String() string { return hex.EncodeToString(s.Sum(nil)) }

func asRGBA(m image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(out, out.Bounds(), m, m.Bounds().Min, draw.Src)
	return out
}

// index writes the index without its sum, and the pictures by name.
func (g *Glyphs) index(b *bytes.Buffer, out map[string][]byte) {
	m, s, p, b0 := g.margin, g.spread, g.paint, g.paint.back.flat
	fmt.Fprintln(b, glyphHeading)
	fmt.Fprintln(b, "height", g.height, g.pitch)
	fmt.Fprintln(b, "paint", p.planes, p.fine, p.slant, p.ghost, p.stray, b0[0], b0[1], b0[2], p.ink[0], p.ink[1], p.ink[2])
	fmt.Fprintln(b, "frame", g.frame.left, g.frame.top, g.frame.right, g.frame.bottom)
	fmt.Fprintln(b, "size", g.size.X, g.size.Y)
	fmt.Fprintln(b, "margin", m.left, m.right, m.free, m.fixLeft, m.fixRight, m.leftPen, m.rightPen)
	fmt.Fprintln(b, "spread", s.hard, s.share, s.worst, s.left, s.place)
	if s.veil > 0 {
		fmt.Fprintln(b, "veil", s.veil)
	}
	for _, c := range p.back.rows {
		fmt.Fprintln(b, "background", c[0], c[1], c[2])
	}
	for _, row := range g.rows {
		fmt.Fprintln(b, "row", row)
	}
	for _, s := range g.shapes {
		fmt.Fprintf(b, "shape %q %q %d %t %t\n", s.before, s.after, s.decimals, s.grouped, s.long)
	}
	for i, s := range g.signs {
		fmt.Fprintf(b, "sign %d %q %d %d %v %v %d %d %t\n", s.kind, s.text, s.piece, s.pieces, s.lead, s.reach, s.chainBefore, s.chainBehind, s.loose)
		for j, l := range s.looks {
			m := l.picture(p.depth(), g.height)
			name := fmt.Sprintf("sign-%02d-%d-%s.png", i, j, nameOf(m))
			fmt.Fprintln(b, "look", name, l.dx, l.openLeft, l.openRight)
			out[name] = encoded(m)
		}
	}
	for i, l := range g.lessons {
		name := fmt.Sprintf("lesson-%02d-%s.png", i, nameOf(l.Picture))
		fmt.Fprintf(b, "lesson %s %q\n", name, l.Text)
		out[name] = encoded(l.Picture)
	}
}

// nameOf is the part of a file's name that differs where two pictures differ.
func nameOf(m image.Image) string {
	s := newSum()
	s.picture(asRGBA(m))
	return s.String()[:8]
}

func encoded(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err) // a picture in memory that has an area always encodes
	}
	return b.Bytes()
}

// picture shows a look as dark ink on white, as a person expects it.
func (l *look) picture(planes, height int) image.Image {
	r := image.Rect(0, 0, l.w, height)
	if planes == 1 {
		m := image.NewGray(r)
		for i, v := range l.pix {
			m.Pix[i] = 255 - uint8(v)
		}
		return m
	}
	m := image.NewNRGBA(r)
	for i := range l.w * height {
		v := l.pix[3*i:]
		m.SetNRGBA(i%l.w, i/l.w, color.NRGBA{255 - uint8(v[0]), 255 - uint8(v[1]), 255 - uint8(v[2]), 255})
	}
	return m
}

// LoadGlyphs reads a style back. Whatever does not fit together is a *TeachError with LessonBroken. A style that
// somebody replaces in this moment is read again.
func LoadGlyphs(fsys fs.FS, dir string) (*Glyphs, error) {
	index, err := readIndex(fsys, dir)
	for err == nil {
		g, no := parseGlyphs(fsys, dir, index)
		if no == nil {
			return g, nil
		}
		var now []byte
		if now, err = readIndex(fsys, dir); err == nil && bytes.Equal(index, now) {
			return nil, no
		}
		index = now
	}
	return nil, fmt.Errorf("load glyphs: %w", err)
}

func readIndex(fsys fs.FS, dir string) ([]byte, error) {
	f, err := fsys.Open(path.Join(dir, GlyphIndex))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostIndex))
}

func parseGlyphs(fsys fs.FS, dir string, index []byte) (*Glyphs, error) {
	in := bufio.NewScanner(bytes.NewReader(index))
	in.Buffer(nil, mostIndex)
	if !in.Scan() || in.Text() != glyphHeading {
		return nil, broken("heading")
	}
	l := loader{fsys: fsys, dir: dir, sum: newSum()}
	l.sum.line(glyphHeading)
	whole := false
	for in.Scan() {
		text := in.Text()
		if said, is := strings.CutPrefix(text, "sum "); is {
			if whole = said == l.sum.String(); whole {
				break
			}
			return nil, broken("sum")
		}
		l.sum.line(text)
		if err := l.line(text); err != nil {
			return nil, err
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("load glyphs: %w", err)
	}
	if !whole || in.Scan() {
		return nil, broken("sum")
	}
	return l.done()
}

func broken(what string) error { return &TeachError{Code: LessonBroken, Text: what} }

// loader gathers a style line by line.
type loader struct {
	fsys fs.FS
	dir  string
	sum  sum
	g    Glyphs
}

// line takes in one line of the index.
func (l *loader) line(text string) error {
	word, rest, _ := strings.Cut(text, " ")
	g := &l.g
	var err error
	switch word {
	case "height":
		_, err = fmt.Sscan(rest, &g.height, &g.pitch)
	case "paint":
		p := &g.paint
		_, err = fmt.Sscan(rest, &p.planes, &p.fine, &p.slant, &p.ghost, &p.stray, &p.back.flat[0], &p.back.flat[1], &p.back.flat[2], &p.ink[0], &p.ink[1], &p.ink[2])
	case "frame":
		_, err = fmt.Sscan(rest, &g.frame.left, &g.frame.top, &g.frame.right, &g.frame.bottom)
	case "size":
		_, err = fmt.Sscan(rest, &g.size.X, &g.size.Y)
	case "margin":
		m := &g.margin
		_, err = fmt.Sscan(rest, &m.left, &m.right, &m.free, &m.fixLeft, &m.fixRight, &m.leftPen, &m.rightPen)
	case "spread":
		s := &g.spread
		_, err = fmt.Sscan(rest, &s.hard, &s.share, &s.worst, &s.left, &s.place)
	case "veil":
		_, err = fmt.Sscan(rest, &g.spread.veil)
	case "background":
		var c [3]int
		_, err = fmt.Sscan(rest, &c[0], &c[1], &c[2])
		g.paint.back.rows = append(g.paint.back.rows, c)
	case "row":
		var row int
		_, err = fmt.Sscan(rest, &row)
		g.rows = append(g.rows, row)
	case "shape":
		var s shape
		_, err = fmt.Sscanf(rest, "%q %q %d %t %t", &s.before, &s.after, &s.decimals, &s.grouped, &s.long)
		g.shapes = append(g.shapes, s)
	case "sign":
		var s sign
		_, err = fmt.Sscanf(rest, "%d %q %d %d %g %g %d %d %t", &s.kind, &s.text, &s.piece, &s.pieces, &s.lead, &s.reach, &s.chainBefore, &s.chainBehind, &s.loose)
		g.signs = append(g.signs, s)
	case "look":
		return l.look(rest)
	case "lesson":
		return l.lesson(rest)
	default:
		err = errors.New("unknown")
	}
	if err != nil {
		return broken(text)
	}
	return nil
}

func (l *loader) look(rest string) error {
	var k look
	var name string
	if _, err := fmt.Sscan(rest, &name, &k.dx, &k.openLeft, &k.openRight); err != nil || len(l.g.signs) == 0 {
		return broken(rest)
	}
	m, err := l.png(name)
	if err != nil {
		return err
	}
	planes, r := l.g.paint.depth(), m.Bounds()
	if r.Dy() != l.g.height || planes != 1 && planes != 3 || r.Dx() < 3 || unsigned(k.dx) > mostWide {
		return broken(name)
	}
	k.w = r.Dx()
	for y := range r.Dy() {
		for x := range r.Dx() {
			px := m.Pix[m.PixOffset(x, y):]
			for c := range planes {
				k.pix = append(k.pix, 255-int16(px[c]))
			}
		}
	}
	k.finish(planes, l.g.height, l.g.spread.hard)
	s := &l.g.signs[len(l.g.signs)-1]
	s.looks = append(s.looks, k)
	return nil
}

func (l *loader) lesson(rest string) error {
	var name, text string
	if _, err := fmt.Sscanf(rest, "%s %q", &name, &text); err != nil {
		return broken(rest)
	}
	m, err := l.png(name)
	if err != nil {
		return err
	}
	l.g.lessons = append(l.g.lessons, Lesson{m, text})
	return nil
}

// png reads one picture of the folder; a name that leads out of it is refused.
func (l *loader) png(name string) (*image.RGBA, error) {
	if name != path.Base(name) {
		return nil, broken(name)
	}
	f, err := l.fsys.Open(path.Join(l.dir, name))
	if err != nil {
		return nil, fmt.Errorf("load glyphs: %w", err)
	}
	defer f.Close()
	head, err := png.DecodeConfig(f)
	if err != nil || !readable(image.Rect(0, 0, max(head.Width, leastSide), head.Height)) {
		return nil, broken(name)
	}
	again, err := l.fsys.Open(path.Join(l.dir, name))
	if err != nil {
		return nil, fmt.Errorf("load glyphs: %w", err)
	}
	defer again.Close()
	m, err := png.Decode(again)
	if err != nil {
		return nil, broken(name)
	}
	out := asRGBA(m)
	l.sum.picture(out)
	return out, nil
}

// done checks that the style is whole.
func (l *loader) done() (*Glyphs, error) {
	g := &l.g
	p := g.paint
	switch {
	case g.height < leastSide || g.height > mostHigh:
		return nil, broken("height")
	case p.planes != 1 && p.planes != 3 || size(p.ink) == 0 || len(g.shapes) == 0 || len(g.signs) == 0:
		return nil, broken("paint")
	case p.planes == 3 && (p.ink[0] == 0 || p.ink[1] == 0 || p.ink[2] == 0):
		return nil, broken("paint")
	}
	for _, s := range g.signs {
		if len(s.looks) == 0 || s.kind > after {
			return nil, broken(s.text)
		}
	}
	if len(g.lessons) < leastLessons || g.examine(g.lessons) != nil {
		return nil, broken("lessons")
	}
	return g, nil
}
