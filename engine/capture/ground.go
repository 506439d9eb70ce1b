package capture

import "image"

// ground is the background of a region: one colour, or one colour for every row where a till paints its total
// on a gradient or between lines.
type ground struct {
	flat [3]int
	rows [][3]int // by row of the whole region; nil when it is flat
}

const (
	rowReach  = 10   // levels that count as the same background
	rowShare  = 0.25 // of a row that is enough for the common background
	flatShare = 0.4  // of a picture that its common background fills at least
	rowMost   = 0.35 // of a row that its own background must fill
)

// at is the background of a row.
func (g ground) at(y int) [3]int {
	if g.rows == nil {
		return g.flat
	}
	return g.rows[y]
}

// learnGround finds the background of pictures of one style. Rows differ only where every picture says so.
func learnGround(pictures []*image.RGBA) (grounds []ground, ok bool) {
	striped, alike := false, true
	for i, p := range pictures {
		t := backTone(p, p.Bounds())
		g := ground{flat: t.colour}
		rows, differ := rowTones(p, t.colour)
		if differ {
			g.rows, striped = rows, true
		}
		alike = alike && (i == 0 || p.Bounds().Size() == pictures[0].Bounds().Size())
		grounds = append(grounds, g)
	}
	if !striped || !alike {
		for i := range grounds {
			grounds[i].rows = nil
			ok = i == 0 || near(grounds[i].flat, grounds[0].flat, sameColour)
			if !ok {
				return grounds, false
			}
		}
		return grounds, true
	}
	shared := ground{flat: grounds[0].flat, rows: make([][3]int, pictures[0].Bounds().Dy())}
	for y := range shared.rows {
		shared.rows[y] = grounds[0].at(y)
		for _, g := range grounds[1:] {
			if !near(g.at(y), shared.rows[y], sameColour) {
				return grounds, false
			}
		}
	}
	for i := range grounds {
		grounds[i] = shared
	}
	return grounds, true
}

// rowTones finds the background of every row from the top down; differ says that some row has another one than
// the picture. A row's own background is the colour of much of it that is nearest to the row above: in a row of
// digits' upper strokes there may be more writing than background.
func rowTones(p *image.RGBA, flat [3]int) (rows [][3]int, differ bool) {
	r := p.Bounds()
	rows = make([][3]int, r.Dy())
	common := meanNear(p, r, flat, rowReach).share >= flatShare
	for y := range rows {
		line := image.Rect(r.Min.X, r.Min.Y+y, r.Max.X, r.Min.Y+y+1)
		if t := meanNear(p, line, flat, rowReach); common && t.share >= rowShare {
			rows[y] = t.colour
			continue
		}
		var above *[3]int
		if y > 0 {
			above = &rows[y-1]
		}
		own, ok := rowTone(p, line, above)
		if !ok {
			return nil, false
		}
		rows[y], differ = own, true
	}
	return rows, differ
}

// rowTone picks among the colours of a row: one that goes on from the row above, else the most common one.
func rowTone(p *image.RGBA, line image.Rectangle, above *[3]int) ([3]int, bool) {
	var best, next tone
	step := max(1, line.Dx()/24)
	for x := line.Min.X; x < line.Max.X; x += step {
		px := p.Pix[p.PixOffset(x, line.Min.Y):]
		t := meanNear(p, line, [3]int{int(px[0]), int(px[1]), int(px[2])}, rowReach)
		if t.share > best.share {
			best = t
		}
		if above != nil && t.share >= rowShare && t.share > next.share && near(t.colour, *above, lineJump) {
			next = t
		}
	}
	if next.share > 0 {
		return next.colour, true
	}
	return best.colour, best.share >= rowMost
}

// lineJump is by how many levels the background changes at a line, and not within a gradient.
const lineJump = 12

// lines says how many rows at the top and at the bottom belong to lines, not to the field between them.
func (g ground) lines() (top, bottom int) {
	n := len(g.rows)
	reach := min(frameReach, n/3)
	for i := range reach {
		if !near(g.rows[i], g.rows[i+1], lineJump) {
			top = i + 1
		}
		if !near(g.rows[n-1-i], g.rows[n-2-i], lineJump) {
			bottom = i + 1
		}
	}
	return top, bottom
}
