package capture

import "image"

// frame is how many px at each side of the region are not writing but a line or the form around an entry
// field. It stood in every lesson and must stand in what is read.
type frame struct{ left, top, right, bottom int }

const (
	frameShare = 9  // of ten pixels of a row or column are not background
	frameReach = 16 // px from the edge that are searched
	lineLevel  = 14 // levels by which a line differs from the background
	// A dotted line changes at seven of ten pixels, all along eight of ten.
	dottedTurns = 7
	dottedReach = 8
)

// findFrame peels lines off the picture's edges. Writing is never a frame: no row or column of it is nearly
// full from edge to edge.
func findFrame(p *image.RGBA, back ground) frame {
	r := p.Bounds()
	var f frame
	f.top = deepest(min(frameReach, r.Dy()/3), func(i int) bool { return fullRow(p, back, r.Min.Y+i) })
	f.bottom = deepest(min(frameReach, r.Dy()/3), func(i int) bool { return fullRow(p, back, r.Max.Y-1-i) })
	f.left = deepest(min(frameReach, r.Dx()/3), func(i int) bool { return fullColumn(p, back, r.Min.X+i) })
	f.right = deepest(min(frameReach, r.Dx()/3), func(i int) bool { return fullColumn(p, back, r.Max.X-1-i) })
	f.left, f.right = rounded(f.left), rounded(f.right)
	return f
}

// rounded leaves out one px more for a frame's round or smoothed corners.
func rounded(side int) int {
	if side > 0 {
		return side + 1
	}
	return 0
}

// deepest is one more than the last of the first n lines that is full.
func deepest(n int, isFull func(int) bool) int {
	for i := n - 1; i >= 0; i-- {
		if isFull(i) {
			return i + 1
		}
	}
	return 0
}

func fullRow(p *image.RGBA, back ground, y int) bool {
	r := p.Bounds()
	return isFull(p, back, image.Rect(r.Min.X, y, r.Max.X, y+1))
}

// fullColumn leaves out the rows of a frame's upper and lower lines, which are background where every row has
// its own.
func fullColumn(p *image.RGBA, back ground, x int) bool {
	r := p.Bounds()
	top, bottom := back.lines()
	return isFull(p, back, image.Rect(x, r.Min.Y+top, x+1, r.Max.Y-bottom))
}

// isFull says that a row or column is a line: nearly all of it is not background, or it is dotted from end to end.
func isFull(p *image.RGBA, back ground, line image.Rectangle) bool {
	n, turns, first, last, i := 0, 0, -1, 0, 0
	was := false
	for y := line.Min.Y; y < line.Max.Y; y++ {
		b := back.at(y - p.Rect.Min.Y)
		eachPixel(p, image.Rect(line.Min.X, y, line.Max.X, y+1), func(px []uint8) {
			is := size([3]int{int(px[0]) - b[0], int(px[1]) - b[1], int(px[2]) - b[2]}) > lineLevel
			if is {
				n, last = n+1, i
				if first < 0 {
					first = i
				}
			}
			if is != was {
				turns++
			}
			was = is
			i++
		})
	}
	return 10*n >= frameShare*i || 10*turns >= dottedTurns*i && 10*(last-first) >= dottedReach*i
}

// inside is what the frame leaves of a picture.
func (f frame) inside(r image.Rectangle) image.Rectangle {
	return image.Rect(r.Min.X+f.left, r.Min.Y+f.top, r.Max.X-f.right, r.Max.Y-f.bottom)
}

// holds says that a taught frame is all there. More at an edge is ink that the reading has to explain.
func (f frame) holds(taught frame) bool {
	return f.left >= taught.left && f.top >= taught.top && f.right >= taught.right && f.bottom >= taught.bottom
}

// common is what two lessons' frames share.
func (f frame) common(o frame) frame {
	return frame{min(f.left, o.left), min(f.top, o.top), min(f.right, o.right), min(f.bottom, o.bottom)}
}
