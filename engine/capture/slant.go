package capture

import "math"

// Slanted writing is put upright row by row, so that its signs can be cut apart by columns like any other. Each
// row is moved by whole columns, counted from the topmost ink, so no pixel changes its value.

// Slants that are tried, in columns of the picture to the row, and by how much upright columns must be more
// distinct than they were before a slant is believed.
const (
	leastSlant = 0.06
	mostSlant  = 0.36
	slantStep  = 0.02
	slantGain  = 1.12
)

// findSlant finds the slant at which the lessons' columns are most distinct; 0 for upright writing.
func findSlant(planks []*plank) float64 {
	best, most := 0.0, slantGain*distinct(planks, 0)
	for s := leastSlant; s <= mostSlant; s += slantStep {
		if d := distinct(planks, s); d > most {
			best, most = s, d
		}
	}
	return math.Round(best*100) / 100
}

// distinct sums the squares of the columns' ink at a slant.
func distinct(planks []*plank, slant float64) float64 {
	sum := 0.0
	for _, p := range planks {
		cols := make([]float64, p.w+int(slant*float64(p.h*p.px))+1)
		for y := p.written.Min.Y; y < p.written.Max.Y; y++ {
			by := p.slid(y, slant, p.written.Min.Y)
			for x := p.written.Min.X; x < p.written.Max.X; x++ {
				cols[x+by] += p.covered(x, y)
			}
		}
		for _, v := range cols {
			sum += v * v
		}
	}
	return sum
}

// slid is by how many columns a row is moved to the right.
func (c *canvas) slid(y int, slant float64, top int) int {
	return max(0, int(slant*float64((y-top)*c.px)+0.5))
}

// upright moves the rows of the canvas, which has c.spare columns left for it.
func (c *canvas) upright(slant float64, top int) {
	if slant == 0 {
		return
	}
	for y := range c.h {
		by := min(c.slid(y, slant, top), c.spare)
		if by == 0 {
			continue
		}
		row := c.pix[c.at(0, y):][:c.w*c.planes]
		copy(row[by*c.planes:], row)
		clear(row[:by*c.planes])
	}
}

// spareFor is how many columns a slant may move the lowest row.
func (p paint) spareFor(height int) int {
	return int(math.Ceil(p.slant * float64(height*p.columns())))
}
