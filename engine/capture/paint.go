package capture

import (
	"image"
	"slices"
)

// paint is how the colours of one style become ink: 0 on the background, full on the writing. Smoothed
// writing lies on a line between two colours and needs one plane; sub-pixel smoothing colours each edge on
// its own and needs one plane per colour channel.
type paint struct {
	back   ground // the background
	ink    [3]int // the writing minus the background
	planes int
	stray  int     // with one plane: levels by which a pixel may lie off the line
	slant  float64 // px to the right by which writing leans over one row
	ghost  int     // with one plane: ink up to this much is an unlit segment, which is background
	fine   bool    // with three planes: they are the thirds of a column, from left to right
}

// columns is how many columns of ink one px of a picture has.
func (p paint) columns() int {
	if p.fine {
		return 3
	}
	return 1
}

// depth is how many values each column of ink has.
func (p paint) depth() int { return p.planes / p.columns() }

const (
	full       = 256  // a pixel wholly covered by writing
	inkLevel   = 56   // a pixel that counts as written, about a fifth
	offShare   = 0.05 // of the ink's energy that lies off the line of two colours when each edge is coloured
	sameColour = 24   // levels by which two pictures' backgrounds may differ
	leastStray = 26
)

// tone is a picture's background and how much of the picture it fills.
type tone struct {
	colour [3]int
	share  float64
}

// backTone finds the most common colour in steps of 8, so that noise and faint gradients count together.
func backTone(p *image.RGBA, r image.Rectangle) tone {
	counts := make([]int32, 1<<15)
	best, key := int32(0), 0
	eachPixel(p, r, func(px []uint8) {
		k := int(px[0]>>3)<<10 | int(px[1]>>3)<<5 | int(px[2]>>3)
		counts[k]++
		if counts[k] > best {
			best, key = counts[k], k
		}
	})
	return meanNear(p, r, [3]int{key>>10<<3 + 4, key>>5&31<<3 + 4, key&31<<3 + 4}, 8)
}

// meanNear averages the pixels that lie within reach levels of a colour.
func meanNear(p *image.RGBA, r image.Rectangle, near [3]int, reach int) tone {
	var sum [3]int
	n := 0
	eachPixel(p, r, func(px []uint8) {
		a, b, c := int(px[0]), int(px[1]), int(px[2])
		if within(a-near[0], reach) && within(b-near[1], reach) && within(c-near[2], reach) {
			sum[0], sum[1], sum[2], n = sum[0]+a, sum[1]+b, sum[2]+c, n+1
		}
	})
	if n == 0 {
		return tone{colour: near}
	}
	for i := range sum {
		sum[i] = (sum[i] + n/2) / n
	}
	return tone{sum, float64(n) / float64(max(1, r.Dx()*r.Dy()))}
}

func within(d, reach int) bool { return d <= reach && d >= -reach }

func eachPixel(p *image.RGBA, r image.Rectangle, do func(px []uint8)) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := p.Pix[p.PixOffset(r.Min.X, y):]
		for i := 0; i < 4*r.Dx(); i += 4 {
			do(row[i : i+3 : i+3])
		}
	}
}

// view is the part of a picture that is read: inside of its frame, with the background found there.
type view struct {
	picture *image.RGBA
	inside  image.Rectangle
	back    ground
}

// frame is what the view leaves out of its picture.
func (v view) frame() frame {
	o, i := v.picture.Rect, v.inside
	return frame{i.Min.X - o.Min.X, i.Min.Y - o.Min.Y, o.Max.X - i.Max.X, o.Max.Y - i.Max.Y}
}

// rowBack is the background of a row of the picture.
func (v view) rowBack(y int) [3]int { return v.back.at(y - v.picture.Rect.Min.Y) }

// learnPaint finds the colour of the writing over all lessons and whether one plane tells it all.
func learnPaint(views []view) (paint, bool) {
	var diffs [][3]int
	strongest := 0
	for _, v := range views {
		for y := v.inside.Min.Y; y < v.inside.Max.Y; y++ {
			back := v.rowBack(y)
			eachPixel(v.picture, image.Rect(v.inside.Min.X, y, v.inside.Max.X, y+1), func(px []uint8) {
				d := [3]int{int(px[0]) - back[0], int(px[1]) - back[1], int(px[2]) - back[2]}
				if m := size(d); m > faintest/2 {
					diffs = append(diffs, d)
					strongest = max(strongest, m)
				}
			})
		}
	}
	if strongest < faintest {
		return paint{}, false
	}
	diffs = slices.DeleteFunc(diffs, func(d [3]int) bool { return size(d) < strongest/4 })
	line := mainDirection(diffs)
	p := paint{back: views[0].back, planes: 1}
	p.ink = fullest(diffs, line)
	if offLine(diffs, line) > offShare {
		p.planes = 3
		own := fullestEach(diffs, p.ink)
		// Where every channel shows the writing, its three values are samples one third of a px apart.
		p.fine = 2*min(unsigned(own[0]), unsigned(own[1]), unsigned(own[2])) > size(own)
		if p.fine {
			p.ink = own
		} else {
			p.ink = alike(own)
		}
		return p, true
	}
	p.stray = max(leastStray, strayed(diffs, p.ink)*3/2)
	p.ghost = findGhost(views, p)
	return p, true
}

const (
	leastGhost  = 20
	mostGhost   = 110
	ghostSpread = 6    // levels of ink around an unlit segment's
	ghostShare  = 0.15 // of the writing that the unlit segments fill at least
	ghostSolid  = 0.3  // of their pixels that have such pixels beside and below: a smoothed edge has not
)

// findGhost looks for unlit segments: areas of one faint ink. It gives 0 when there are none.
func findGhost(views []view, p paint) int {
	var count [mostGhost + 2*ghostSpread]int
	strong := 0
	canvases := make([]canvas, len(views))
	for i, v := range views {
		c := &canvases[i]
		c.lay(v, p, 1)
		for _, v := range c.pix {
			if v > full*3/4 {
				strong++
			} else if v >= leastGhost && int(v) < len(count) {
				count[v]++
			}
		}
	}
	best, most := 0, 0
	for v := leastGhost + ghostSpread; v <= mostGhost; v++ {
		n := 0
		for d := -ghostSpread; d <= ghostSpread; d++ {
			n += count[v+d]
		}
		if n > most {
			best, most = v, n
		}
	}
	if float64(most) < ghostShare*float64(strong) || solid(canvases, best) < ghostSolid {
		return 0
	}
	return best + 2*ghostSpread
}

// solid is the share of pixels of about one ink that have such pixels to the right, below and across.
func solid(canvases []canvas, ink int) float64 {
	is, all := 0, 0
	for i := range canvases {
		c := &canvases[i]
		like := func(x, y int) bool { return within(int(c.pix[c.at(x, y)])-ink, ghostSpread) }
		for y := range c.h {
			for x := range c.w {
				if !like(x, y) {
					continue
				}
				all++
				if like(x+1, y) && like(x, y+1) && like(x+1, y+1) {
					is++
				}
			}
		}
	}
	return float64(is) / float64(max(1, all))
}

func size(d [3]int) int { return max(unsigned(d[0]), unsigned(d[1]), unsigned(d[2])) }

func unsigned(i int) int {
	if i < 0 {
		return -i
	}
	return i
}

// mainDirection is the unit vector along which the colours differ most from the background.
func mainDirection(diffs [][3]int) [3]float64 {
	var m [3][3]float64
	var u [3]float64
	for _, d := range diffs {
		for i := range 3 {
			u[i] += float64(d[i])
			for j := range 3 {
				m[i][j] += float64(d[i] * d[j])
			}
		}
	}
	sum := u
	for range 20 {
		var v [3]float64
		for i := range 3 {
			for j := range 3 {
				v[i] += m[i][j] * u[j]
			}
		}
		u = unit(v)
	}
	if u[0]*sum[0]+u[1]*sum[1]+u[2]*sum[2] < 0 {
		u = [3]float64{-u[0], -u[1], -u[2]}
	}
	return u
}

// fullest is the difference of a wholly covered pixel: high among the pixels of the writing, but not its
// one strongest pixel, which may be noise.
func fullest(diffs [][3]int, line [3]float64) [3]int {
	along := make([]float64, len(diffs))
	for i, d := range diffs {
		along[i] = dot(d, line)
	}
	slices.Sort(along)
	top := along[len(along)*95/100]
	var f [3]int
	for i := range f {
		f[i] = int(line[i]*top + 0.5)
		if line[i] < 0 {
			f[i] = -int(-line[i]*top + 0.5)
		}
	}
	return f
}

// alike measures every channel by the strongest one's scale, so that a weak channel's noise stays weak.
func alike(ink [3]int) [3]int {
	most := size(ink)
	for c, v := range ink {
		ink[c] = most
		if v < 0 {
			ink[c] = -most
		}
	}
	return ink
}

// fullestEach is the fullest difference of each channel on its own.
func fullestEach(diffs [][3]int, line [3]int) [3]int {
	f := line
	for c := range f {
		along := make([]int, len(diffs))
		for i, d := range diffs {
			along[i] = d[c]
			if line[c] < 0 {
				along[i] = -d[c]
			}
		}
		slices.Sort(along)
		f[c] = max(along[len(along)*95/100], 1)
		if line[c] < 0 {
			f[c] = -f[c]
		}
	}
	return f
}

func dot(d [3]int, u [3]float64) float64 {
	return float64(d[0])*u[0] + float64(d[1])*u[1] + float64(d[2])*u[2]
}

func offLine(diffs [][3]int, line [3]float64) float64 {
	var off, all float64
	for _, d := range diffs {
		along := dot(d, line)
		sq := float64(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
		off, all = off+sq-along*along, all+sq
	}
	return off / all
}

// strayed is how far the lessons' pixels lie off the line between the two colours, in levels.
func strayed(diffs [][3]int, ink [3]int) int {
	most := 0
	p := paint{ink: ink, planes: 1}
	mix := p.mixer()
	for _, d := range diffs {
		_, off := mix.onLine(d[0], d[1], d[2])
		most = max(most, off)
	}
	return most
}

// mixer holds the fixed-point factors that turn a colour's difference from the background into ink.
type mixer struct {
	k, ink [3]int
}

const mixBits = 16

func (p paint) mixer() mixer {
	m := mixer{ink: p.ink}
	sum := p.ink[0]*p.ink[0] + p.ink[1]*p.ink[1] + p.ink[2]*p.ink[2]
	for c, f := range p.ink {
		if p.planes == 1 {
			m.k[c] = f * full << mixBits / max(1, sum)
		} else if f != 0 {
			m.k[c] = full << mixBits / f
		}
	}
	return m
}

// onLine gives the ink and by how many levels the colour lies off the line.
func (m *mixer) onLine(r, g, b int) (ink, off int) {
	ink = (r*m.k[0] + g*m.k[1] + b*m.k[2] + 1<<(mixBits-1)) >> mixBits
	off = max(unsigned(r-ink*m.ink[0]/full), unsigned(g-ink*m.ink[1]/full), unsigned(b-ink*m.ink[2]/full))
	return ink, off
}
