package receipt

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// Face writes a picture's characters, each into its cell as a printer does. A Face is used by one
// goroutine at a time.
type Face struct {
	font   *sfnt.Font
	buffer sfnt.Buffer
	fill   vector.Rasterizer
}

// emDots is the side of the square a Chinese character is drawn in; it leaves a dot of air to its
// neighbour in a cell of 24.
const emDots = 23

// NewFace reads a font file: TrueType, OpenType or a collection of them. Of a collection it takes a
// monospaced member where there is one, for its Latin letters fill the cells.
func NewFace(data []byte) (*Face, error) {
	members, err := membersOf(data)
	if err != nil {
		return nil, err
	}
	var chosen *sfnt.Font
	for _, m := range members {
		one, err := sfnt.Parse(m)
		if err != nil {
			return nil, fmt.Errorf("read font: %w", err)
		}
		name, err := one.Name(nil, sfnt.NameIDFamily)
		if chosen == nil || err == nil && strings.Contains(name, "Mono") {
			chosen = one
		}
	}
	return &Face{font: chosen}, nil
}

// FontPaths gives where fonts with Chinese characters lie on Debian and on Windows, the best first.
func FontPaths() []string {
	return []string{
		"/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
		"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
		"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
		"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
		`C:\Windows\Fonts\msyh.ttc`,
		`C:\Windows\Fonts\simhei.ttf`,
		`C:\Windows\Fonts\simsun.ttc`,
	}
}

// draw writes one character on the base line at, into a cell so many dots wide before its style widens it.
// Scaling the outline keeps doubled characters smooth.
func (f *Face) draw(img *image.Gray, c rune, at image.Point, cell int, st Style, ink color.Gray) error {
	glyph, err := f.glyphOf(c)
	if err != nil {
		return fmt.Errorf("find %q in the font: %w", c, err)
	}
	em := fixed.I(emDots * st.Height)
	advance, err := f.font.GlyphAdvance(&f.buffer, glyph, em, font.HintingNone)
	if err != nil {
		return fmt.Errorf("measure %q: %w", c, err)
	}
	outline, err := f.font.LoadGlyph(&f.buffer, glyph, em, nil)
	if err != nil {
		return fmt.Errorf("draw %q: %w", c, err)
	}
	stretch, left := fitCell(float32(advance)/64, float32(cell*st.Height), float32(st.Width)/float32(st.Height))
	// The box is larger than the cell, so that no tail or accent is cut.
	pad := image.Pt(cellWidth, cellHeight*st.Height)
	box := image.Rect(0, 0, cell*st.Width, pad.Y).Inset(-pad.X)
	f.fill.Reset(box.Dx(), box.Dy())
	shift := func(p fixed.Point26_6) (float32, float32) {
		return left + float32(p.X)/64*stretch + float32(pad.X), float32(p.Y)/64 + float32(pad.X+baseline*st.Height)
	}
	f.trace(outline, shift)
	corner := at.Sub(image.Pt(pad.X, pad.X+baseline*st.Height))
	strokes := 1
	if st.Bold {
		strokes = 2 // as a thermal head does it: once more, a dot to the right
	}
	shape := image.NewAlpha(image.Rectangle{Max: box.Size()})
	f.fill.Draw(shape, shape.Rect, image.Opaque, image.Point{})
	for i := range strokes {
		to := shape.Rect.Add(corner).Add(image.Pt(i*st.Width, 0))
		draw.DrawMask(img, to, image.NewUniform(ink), image.Point{}, shape, image.Point{}, draw.Over)
	}
	return nil
}

// fitCell gives how far an outline is stretched sideways and where it begins: letters a little off the
// cell's width are made to fill it, wider ones are pressed in, narrow ones stand in the middle.
func fitCell(advance, cell, widen float32) (stretch, left float32) {
	stretch = 1
	if advance > 0 && (advance > cell || advance > 0.9*cell) {
		stretch = cell / advance
	}
	left = (cell - advance*stretch) / 2
	return stretch * widen, left * widen
}

// trace hands an outline to the rasterizer.
func (f *Face) trace(outline sfnt.Segments, shift func(fixed.Point26_6) (float32, float32)) {
	for _, s := range outline {
		ax, ay := shift(s.Args[0])
		bx, by := shift(s.Args[1])
		cx, cy := shift(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			f.fill.ClosePath()
			f.fill.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			f.fill.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			f.fill.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			f.fill.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	f.fill.ClosePath()
}
