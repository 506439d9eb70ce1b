// Package lesson owns what is kept when a till was taught to read: the region, an anchor beside it, the signs,
// and a recording from which the lesson can be repeated.
//
// It promises that a product's file changes only in the keys that were taught, and that a recording shows nothing
// of the screen but what was taught. Drawing rectangles and asking people is left to its callers.
package lesson

import (
	"bytes"
	"image"
	"slices"
)

// An anchor is looked for in these sizes, in px, the first that is found wins; candidates stand on a grid.
var anchorSizes = []image.Point{{120, 32}, {80, 28}, {56, 24}, {36, 18}}

const (
	anchorGrid = 4
	// A pixel counts when its brightness differs from the one right of or below it by this much.
	edgeLevel = 40
	// An anchor must have this share of such pixels, in percent, for an empty patch is found everywhere.
	leastEdges = 6
	// Another place looks like a patch when it differs from it by less than this, in percent of how far the patch
	// differs from its own background. A judge that looks for an anchor allows less.
	alike = 40
	// This many of the richest candidates are compared with their surroundings.
	mostCandidates = 40
)

// Anchor picks a patch that stays equal over all frames, has much to see in it and no twin nearby: a title, a
// logo, a caption. Of patches that are about as rich, the one nearest to the upper left wins: names stand there,
// while clocks, boxes to type in and figures stand elsewhere. avoid are the regions whose contents change. ok is false when there is none. Frames are the
// client area of the POS and of one size; the patch is in px from their top left.
func Anchor(frames []*image.RGBA, avoid []image.Rectangle) (at image.Rectangle, ok bool) {
	if len(frames) == 0 {
		return image.Rectangle{}, false
	}
	size := frames[0].Rect.Size()
	grey := brightness(frames[0])
	changing := newTable(size, func(x, y int) int {
		for _, r := range avoid {
			if image.Pt(x, y).In(r) {
				return 1
			}
		}
		for _, f := range frames[1:] {
			if f.Rect.Size() != size || !samePixel(frames[0], f, x, y) {
				return 1
			}
		}
		return 0
	})
	edges := newTable(size, func(x, y int) int {
		v := int(grey[y*size.X+x])
		if x+1 < size.X && differ(v, int(grey[y*size.X+x+1])) || y+1 < size.Y && differ(v, int(grey[(y+1)*size.X+x])) {
			return 1
		}
		return 0
	})
	for _, s := range anchorSizes {
		if r, ok := bestPatch(grey, size, s, changing, edges); ok {
			return r, true
		}
	}
	return image.Rectangle{}, false
}

func differ(a, b int) bool { return a-b > edgeLevel || b-a > edgeLevel }

func samePixel(a, b *image.RGBA, x, y int) bool {
	i, j := a.PixOffset(a.Rect.Min.X+x, a.Rect.Min.Y+y), b.PixOffset(b.Rect.Min.X+x, b.Rect.Min.Y+y)
	return bytes.Equal(a.Pix[i:i+3], b.Pix[j:j+3])
}

// candidate is a patch with how much there is to see in it, less how far it is from the upper left.
type candidate struct {
	at    image.Rectangle
	score int
}

func bestPatch(grey []uint8, size, patch image.Point, changing, edges table) (image.Rectangle, bool) {
	var all []candidate
	for y := anchorGrid; y+patch.Y < size.Y-anchorGrid; y += anchorGrid {
		for x := anchorGrid; x+patch.X < size.X-anchorGrid; x += anchorGrid {
			r := image.Rect(x, y, x+patch.X, y+patch.Y)
			n := edges.sum(r)
			if changing.sum(r) > 0 || 100*n < leastEdges*patch.X*patch.Y {
				continue
			}
			all = append(all, candidate{r, n - patch.X*patch.Y*(2*y+x)/(4*(2*size.Y+size.X))})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return b.score - a.score })
	for _, c := range all[:min(len(all), mostCandidates)] {
		if !hasTwin(grey, size, c.at) {
			return c.at, true
		}
	}
	return image.Rectangle{}, false
}

// hasTwin says that a patch could be taken for another place of the window. Places within 2 px are the patch itself.
func hasTwin(grey []uint8, size image.Point, r image.Rectangle) bool {
	most := alike * contrast(grey, size.X, r) / 100
	for y := 0; y+r.Dy() <= size.Y; y++ {
		for x := 0; x+r.Dx() <= size.X; x++ {
			by := image.Pt(x, y).Sub(r.Min)
			if max(by.X, -by.X, by.Y, -by.Y) > 2 && looksLike(grey, size.X, r, r.Add(by), most) {
				return true
			}
		}
	}
	return false
}

// contrast adds up how far a patch differs from its most common brightness.
func contrast(grey []uint8, stride int, r image.Rectangle) (sum int) {
	var counts [256]int
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for _, v := range grey[y*stride+r.Min.X : y*stride+r.Max.X] {
			counts[v]++
		}
	}
	back := 0
	for v, n := range counts {
		if n > counts[back] {
			back = v
		}
	}
	for v, n := range counts {
		sum += n * max(v-back, back-v)
	}
	return sum
}

// looksLike stops adding up as soon as the patches differ by more than most.
func looksLike(grey []uint8, stride int, a, b image.Rectangle, most int) bool {
	for y := range a.Dy() {
		p, q := grey[(a.Min.Y+y)*stride+a.Min.X:], grey[(b.Min.Y+y)*stride+b.Min.X:]
		for x := range a.Dx() {
			d := int(p[x]) - int(q[x])
			most -= max(d, -d)
		}
		if most < 0 {
			return false
		}
	}
	return true
}

// brightness gives each pixel's, row by row.
func brightness(p *image.RGBA) []uint8 {
	size := p.Rect.Size()
	out := make([]uint8, size.X*size.Y)
	for y := range size.Y {
		row := p.Pix[y*p.Stride:]
		for x := range size.X {
			out[y*size.X+x] = uint8((2*int(row[4*x]) + 5*int(row[4*x+1]) + int(row[4*x+2])) / 8)
		}
	}
	return out
}

// table answers at once how much a rectangle holds.
type table struct {
	wide int
	sums []int
}

func newTable(size image.Point, value func(x, y int) int) table {
	t := table{size.X + 1, make([]int, (size.X+1)*(size.Y+1))}
	for y := range size.Y {
		row := 0
		for x := range size.X {
			row += value(x, y)
			t.sums[(y+1)*t.wide+x+1] = t.sums[y*t.wide+x+1] + row
		}
	}
	return t
}

func (t table) sum(r image.Rectangle) int {
	at := func(x, y int) int { return t.sums[y*t.wide+x] }
	return at(r.Max.X, r.Max.Y) - at(r.Min.X, r.Max.Y) - at(r.Max.X, r.Min.Y) + at(r.Min.X, r.Min.Y)
}

// Cut takes a piece out of a picture, as a picture of its own that begins at 0, 0.
func Cut(from *image.RGBA, r image.Rectangle) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: r.Size()})
	for y := range r.Dy() {
		i := from.PixOffset(r.Min.X, r.Min.Y+y)
		copy(out.Pix[y*out.Stride:(y+1)*out.Stride], from.Pix[i:i+4*r.Dx()])
	}
	return out
}

// maskShade is what is laid over everything that was not taught.
const maskShade = 0x80

// Mask gives a frame that shows only what lies in the rectangles: the rest of a till's screen may hold
// customers' names and the shop's figures, which are nobody's business.
func Mask(frame *image.RGBA, keep []image.Rectangle) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: frame.Rect.Size()})
	for i := range out.Pix {
		out.Pix[i] = maskShade
		if i%4 == 3 {
			out.Pix[i] = 0xff
		}
	}
	for _, r := range keep {
		r = r.Intersect(out.Rect)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			i := frame.PixOffset(frame.Rect.Min.X+r.Min.X, frame.Rect.Min.Y+y)
			copy(out.Pix[out.PixOffset(r.Min.X, y):out.PixOffset(r.Min.X, y)+4*r.Dx()], frame.Pix[i:i+4*r.Dx()])
		}
	}
	return out
}
