package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
)

// tone is an opaque colour.
type tone [3]byte

func (t tone) String() string { return fmt.Sprintf("#%02x%02x%02x", t[0], t[1], t[2]) }

// mix goes from one tone to another; share is between 0 and 1.
func (t tone) mix(to tone, share float64) tone {
	for i := range t {
		t[i] = byte(math.Round(float64(t[i]) + (float64(to[i])-float64(t[i]))*share))
	}
	return t
}

// canvas is a part of a screen. Pixels outside it are dropped.
type canvas struct{ *image.RGBA }

func newCanvas(r image.Rectangle, paper tone) *canvas {
	c := &canvas{image.NewRGBA(r)}
	c.fill(r, paper)
	return c
}

func (c *canvas) set(x, y int, t tone) {
	if !(image.Point{X: x, Y: y}).In(c.Rect) {
		return
	}
	i := c.PixOffset(x, y)
	c.Pix[i], c.Pix[i+1], c.Pix[i+2], c.Pix[i+3] = t[0], t[1], t[2], 255
}

func (c *canvas) at(x, y int) tone {
	i := c.PixOffset(x, y)
	return tone{c.Pix[i], c.Pix[i+1], c.Pix[i+2]}
}

func (c *canvas) blend(x, y int, ink tone, cover [3]byte) {
	if cover == [3]byte{} || !(image.Point{X: x, Y: y}).In(c.Rect) {
		return
	}
	i := c.PixOffset(x, y)
	for k := range ink {
		under, over, a := int(c.Pix[i+k]), int(ink[k]), int(cover[k])
		c.Pix[i+k] = byte((under*(255-a) + over*a + 127) / 255)
	}
}

func (c *canvas) fill(r image.Rectangle, t tone) {
	r = r.Intersect(c.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c.set(x, y, t)
		}
	}
}

// outline draws the border of a rectangle, one pixel thick, the light from the upper left.
func (c *canvas) outline(r image.Rectangle, upperLeft, lowerRight tone) {
	for x := r.Min.X; x < r.Max.X; x++ {
		c.set(x, r.Min.Y, upperLeft)
		c.set(x, r.Max.Y-1, lowerRight)
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		c.set(r.Min.X, y, upperLeft)
		c.set(r.Max.X-1, y, lowerRight)
	}
}

// slope paints a gradient from the top tone to the bottom tone.
func (c *canvas) slope(r image.Rectangle, top, bottom tone) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		t := top.mix(bottom, float64(y-r.Min.Y)/math.Max(1, float64(r.Dy()-1)))
		c.fill(image.Rect(r.Min.X, y, r.Max.X, y+1), t)
	}
}

// crop copies a rectangle to a picture that begins at (0, 0).
func (c *canvas) crop(r image.Rectangle) *canvas {
	out := &canvas{image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))}
	for y := range r.Dy() {
		from := c.PixOffset(r.Min.X, r.Min.Y+y)
		copy(out.Pix[y*out.Stride:y*out.Stride+4*r.Dx()], c.Pix[from:from+4*r.Dx()])
	}
	return out
}

// stretch is what a system does with the window of a program that does not know of scaling: every pixel
// of the screen is interpolated between four of the program. The result covers want.
func (c *canvas) stretch(scale float64, want image.Rectangle) *canvas {
	out := &canvas{image.NewRGBA(want)}
	for y := want.Min.Y; y < want.Max.Y; y++ {
		y0, fy := c.source(y, scale, c.Rect.Min.Y, c.Rect.Max.Y)
		for x := want.Min.X; x < want.Max.X; x++ {
			x0, fx := c.source(x, scale, c.Rect.Min.X, c.Rect.Max.X)
			a, b := c.PixOffset(x0, y0), c.PixOffset(x0, y0+1)
			i := out.PixOffset(x, y)
			for k := range 4 {
				upper := float64(c.Pix[a+k])*(1-fx) + float64(c.Pix[a+4+k])*fx
				lower := float64(c.Pix[b+k])*(1-fx) + float64(c.Pix[b+4+k])*fx
				out.Pix[i+k] = byte(upper*(1-fy) + lower*fy + 0.5)
			}
		}
	}
	return out
}

// source finds the pixel before a screen position and the share of the pixel after it.
func (c *canvas) source(at int, scale float64, low, high int) (int, float64) {
	s := (float64(at)+0.5)/scale - 0.5
	whole := math.Floor(s)
	i := int(whole)
	switch {
	case i < low:
		return low, 0
	case i >= high-1:
		return high - 2, 1
	}
	return i, s - whole
}

// damage is what a remote desktop does to a picture on its way.
type damage struct {
	Quality   int  // of JPEG, 1 to 100; 0: none
	HighColor bool // 5, 6 and 5 bits for red, green and blue
	Offset    image.Point
}

// apply damages a picture whose upper left corner lies at Offset of the blocks of JPEG.
func (d damage) apply(c *canvas) (*canvas, error) {
	if d.HighColor {
		for i := 0; i < len(c.Pix); i += 4 {
			r, g, b := c.Pix[i]>>3, c.Pix[i+1]>>2, c.Pix[i+2]>>3
			c.Pix[i], c.Pix[i+1], c.Pix[i+2] = r<<3|r>>2, g<<2|g>>4, b<<3|b>>2
		}
	}
	if d.Quality == 0 {
		return c, nil
	}
	wide := image.NewRGBA(image.Rect(0, 0, c.Rect.Dx()+d.Offset.X, c.Rect.Dy()+d.Offset.Y))
	for y := range wide.Rect.Dy() {
		for x := range wide.Rect.Dx() {
			wide.SetRGBA(x, y, c.RGBAAt(max(0, x-d.Offset.X), max(0, y-d.Offset.Y)))
		}
	}
	var buffer bytes.Buffer
	if err := jpeg.Encode(&buffer, wide, &jpeg.Options{Quality: d.Quality}); err != nil {
		return nil, err
	}
	damaged, err := jpeg.Decode(&buffer)
	if err != nil {
		return nil, err
	}
	out := newCanvas(c.Rect, tone{})
	for y := range c.Rect.Dy() {
		for x := range c.Rect.Dx() {
			p := color.RGBAModel.Convert(damaged.At(x+d.Offset.X, y+d.Offset.Y)).(color.RGBA)
			out.set(x, y, tone{p.R, p.G, p.B})
		}
	}
	return out, nil
}
