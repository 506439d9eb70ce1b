package capture

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
)

// ink is a region as dark writing on white, whatever its colours were.
type ink struct {
	grey   *image.Gray     // 255 is the background, 0 the strongest ink
	bounds image.Rectangle // of what is written
	edge   bool            // something touches the region's edge
}

// Thresholds of finding ink. A picture whose strongest contrast is below faintest is blank; a pixel is
// ink when it has at least a third of the strongest contrast.
const (
	faintest = 48
	inkShare = 3
)

// findInk measures each pixel's distance from the background, which makes dark, light and coloured
// writing look the same to a reader. The background is the most common colour. ok is false when nothing
// is written there.
func findInk(picture *image.RGBA) (found ink, ok bool) {
	b := picture.Bounds()
	back := background(picture)
	grey := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	strongest := uint8(0)
	for y := range b.Dy() {
		row := picture.Pix[y*picture.Stride:]
		for x := range b.Dx() {
			d := distance(row[4*x:4*x+3], back)
			grey.Pix[y*grey.Stride+x] = d
			strongest = max(strongest, d)
		}
	}
	if strongest < faintest {
		return ink{}, false
	}
	found = ink{grey: grey}
	threshold := strongest / inkShare
	for y := range b.Dy() {
		for x := range b.Dx() {
			i := y*grey.Stride + x
			d := grey.Pix[i]
			if d >= threshold {
				found.bounds = found.bounds.Union(image.Rect(x, y, x+1, y+1))
				found.edge = found.edge || x == 0 || y == 0 || x == b.Dx()-1 || y == b.Dy()-1
			}
			grey.Pix[i] = 255 - uint8(int(d)*255/int(strongest))
		}
	}
	return found, true
}

// background is the most common colour, in steps of 8 so that gradients and noise count together.
func background(picture *image.RGBA) [3]uint8 {
	type sum struct{ n, r, g, b int }
	counts := map[[3]uint8]*sum{}
	var most *sum
	b := picture.Bounds()
	for y := range b.Dy() {
		row := picture.Pix[y*picture.Stride:]
		for x := range b.Dx() {
			p := row[4*x : 4*x+3]
			k := [3]uint8{p[0] >> 3, p[1] >> 3, p[2] >> 3}
			s := counts[k]
			if s == nil {
				s = &sum{}
				counts[k] = s
			}
			s.n, s.r, s.g, s.b = s.n+1, s.r+int(p[0]), s.g+int(p[1]), s.b+int(p[2])
			if most == nil || s.n > most.n {
				most = s
			}
		}
	}
	if most == nil {
		return [3]uint8{}
	}
	return [3]uint8{uint8(most.r / most.n), uint8(most.g / most.n), uint8(most.b / most.n)}
}

// distance weighs the colours about as an eye does, so that coloured fringes of smoothed letters stay fringes.
func distance(p []uint8, back [3]uint8) uint8 {
	d := 0
	for i, weight := range [3]int{2, 3, 1} {
		d += weight * int(math.Abs(float64(p[i])-float64(back[i])))
	}
	return uint8(d / 6)
}

// lineShare is how much of the picture's width a frame's line takes, in percent. No sign is that long.
const lineShare = 80

// unframed gives the picture without straight lines across its upper and lower quarter, and without the
// upright lines that join two such lines from end to end. Nothing else is taken for a frame: a tall 1 is not.
func unframed(picture *image.RGBA) *image.RGBA {
	found, ok := findInk(picture)
	if !ok {
		return picture
	}
	w, h := picture.Bounds().Dx(), picture.Bounds().Dy()
	back := background(picture)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Copy(out, image.Point{}, picture, picture.Bounds(), draw.Src, nil)
	top, bottom := -1, -1
	for y := range h {
		if y >= h/4 && y < h-h/4 || inked(found.grey, image.Rect(0, y, w, y+1))*100 < lineShare*w {
			continue
		}
		wipe(out, image.Rect(0, y, w, y+1), back)
		switch {
		case y >= h/4:
			bottom = y
		case top < 0:
			top = y
		}
	}
	if top < 0 || bottom < 0 {
		return out
	}
	for x := range w {
		if between := image.Rect(x, top, x+1, bottom+1); inked(found.grey, between) == between.Dy() {
			wipe(out, between, back)
		}
	}
	return out
}

func inked(grey *image.Gray, r image.Rectangle) (n int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if grey.Pix[y*grey.Stride+x] < 255-255/inkShare {
				n++
			}
		}
	}
	return n
}

func wipe(picture *image.RGBA, r image.Rectangle, with [3]uint8) {
	draw.Draw(picture, r, image.NewUniform(color.RGBA{with[0], with[1], with[2], 255}), image.Point{}, draw.Src)
}

// enlarged gives the picture so many times as large, smoothly.
func enlarged(picture *image.RGBA, times int) *image.RGBA {
	size := picture.Bounds().Size().Mul(times)
	out := image.NewRGBA(image.Rectangle{Max: size})
	draw.CatmullRom.Scale(out, out.Bounds(), picture, picture.Bounds(), draw.Src, nil)
	return out
}

// Heights in px at which the two preparations show a line. They differ so much that a sign which is
// misread in one is seldom misread the same way in the other.
const (
	greyHeight   = 56
	otsuHeight   = 72
	mostEnlarged = 6 // a speck is not blown up to a letter
)

// asGrey enlarges the writing and keeps its shades.
func (i ink) asGrey() *image.Gray { return i.scaled(greyHeight) }

// asOtsu enlarges the writing more and makes every pixel black or white by Otsu's threshold.
func (i ink) asOtsu() *image.Gray {
	picture := i.scaled(otsuHeight)
	threshold := otsu(picture)
	for n, v := range picture.Pix {
		picture.Pix[n] = 0
		if v > threshold {
			picture.Pix[n] = 255
		}
	}
	return picture
}

// scaled cuts the writing out and scales it so that, with a white margin of a fifth of the height above
// and below, the line is height px high. Recognition needs the margin to see where letters end.
func (i ink) scaled(height int) *image.Gray {
	margin := height / 5
	inner := height - 2*margin
	scale := min(float64(inner)/float64(i.bounds.Dy()), mostEnlarged)
	w, h := int(math.Round(float64(i.bounds.Dx())*scale)), int(math.Round(float64(i.bounds.Dy())*scale))
	w, h = max(w, 1), max(h, 1)
	out := image.NewGray(image.Rect(0, 0, w+2*margin, height))
	for n := range out.Pix {
		out.Pix[n] = 255
	}
	at := image.Rect(margin, (height-h)/2, margin+w, (height-h)/2+h)
	draw.CatmullRom.Scale(out, at, i.grey, i.bounds, draw.Src, nil)
	return out
}

// otsu finds the threshold that parts the shades into two classes with the least variance inside them
// (N. Otsu, A Threshold Selection Method from Gray-Level Histograms, 1979).
func otsu(picture *image.Gray) uint8 {
	var histogram [256]int
	total, sum := 0, 0
	for _, v := range picture.Pix {
		histogram[v]++
		total++
		sum += int(v)
	}
	best, threshold := -1.0, uint8(127)
	below, sumBelow := 0, 0
	for v, n := range histogram {
		below += n
		sumBelow += v * n
		above := total - below
		if below == 0 || above == 0 {
			continue
		}
		gap := float64(sumBelow)/float64(below) - float64(sum-sumBelow)/float64(above)
		if between := float64(below) * float64(above) * gap * gap; between > best {
			best, threshold = between, uint8(v)
		}
	}
	return threshold
}
