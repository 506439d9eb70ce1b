//go:build !nowindow && (windows || cgo)

package window

import (
	"image"
	"image/color"
	"math"

	"gioui.org/f32"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/clip"
	"gioui.org/op/paint"
	"gioui.org/unit"

	"cpos/engine/face"
)

// stroke is one line of an icon, in units of a 24 by 24 grid.
type stroke []f32.Point

func pt(x, y float32) f32.Point { return f32.Pt(x, y) }

// arc approximates a part of a circle, angles in degrees clockwise from three o'clock.
func arc(cx, cy, r, from, to float64) stroke {
	const steps = 24
	s := make(stroke, 0, steps+1)
	for i := range steps + 1 {
		a := (from + (to-from)*float64(i)/steps) * math.Pi / 180
		s = append(s, pt(float32(cx+r*math.Cos(a)), float32(cy+r*math.Sin(a))))
	}
	return s
}

func dot(x, y float64) stroke { return arc(x, y, 0.5, 0, 360) }

// strokesOf is the sign of a mood.
func strokesOf(m face.Mood) []stroke {
	switch m {
	case face.Reading:
		return []stroke{{pt(5, 9), pt(5, 5), pt(9, 5)}, {pt(15, 5), pt(19, 5), pt(19, 9)},
			{pt(19, 15), pt(19, 19), pt(15, 19)}, {pt(9, 19), pt(5, 19), pt(5, 15)}, {pt(8, 12), pt(16, 12)}}
	case face.Clerk:
		return []stroke{arc(12, 8, 3.4, 0, 360), arc(12, 20, 6.5, 190, 350)}
	case face.Typing:
		return []stroke{{pt(5, 19), pt(6, 15), pt(15.5, 5.5), pt(18.5, 8.5), pt(9, 18), pt(5, 19)}, {pt(13, 8), pt(16, 11)}}
	case face.Asking:
		return []stroke{arc(12, 8.8, 3.2, 180, 400), {pt(14.5, 10.9), pt(12, 13), pt(12, 14.6)}, dot(12, 18.2)}
	case face.Counting, face.Waiting:
		return []stroke{arc(12, 12, 7.5, 0, 360), {pt(12, 7.8), pt(12, 12), pt(15, 13.8)}}
	case face.WantCode:
		return []stroke{{pt(5, 6), pt(5, 18)}, {pt(8.5, 6), pt(8.5, 18)}, {pt(12, 6), pt(12, 18)}, {pt(15.5, 6), pt(15.5, 18)}, {pt(19, 6), pt(19, 18)}}
	case face.Paying:
		return []stroke{{pt(5, 12), pt(18, 12)}, {pt(13, 7), pt(18.4, 12), pt(13, 17)}}
	case face.Succeeded:
		return []stroke{{pt(6, 12.6), pt(10.2, 16.8), pt(18, 8)}}
	case face.Failed:
		return []stroke{{pt(7.5, 7.5), pt(16.5, 16.5)}, {pt(16.5, 7.5), pt(7.5, 16.5)}}
	case face.Halted:
		return []stroke{{pt(9, 7), pt(9, 17)}, {pt(15, 7), pt(15, 17)}}
	case face.Unresolved:
		return []stroke{{pt(12, 6), pt(12, 13.5)}, dot(12, 17.6)}
	}
	return []stroke{{pt(12, 11), pt(12, 17.5)}, dot(12, 7)}
}

// sign draws a mood's icon in a filled disc.
func sign(gtx layout.Context, m face.Mood, h hue, size unit.Dp) layout.Dimensions {
	s := gtx.Dp(size)
	box := image.Pt(s, s)
	paint.FillShape(gtx.Ops, h.full, clip.Ellipse{Max: box}.Op(gtx.Ops))
	inner := gtx.Dp(size * 0.68)
	defer op.Offset(image.Pt((s-inner)/2, (s-inner)/2)).Push(gtx.Ops).Pop()
	drawStrokes(gtx, strokesOf(m), inner, white)
	return layout.Dimensions{Size: box}
}

// drawStrokes draws lines of the 24 grid into a square of px.
func drawStrokes(gtx layout.Context, lines []stroke, px int, c color.NRGBA) {
	k := float32(px) / 24
	for _, l := range lines {
		var p clip.Path
		p.Begin(gtx.Ops)
		p.MoveTo(l[0].Mul(k))
		for _, to := range l[1:] {
			p.LineTo(to.Mul(k))
		}
		paint.FillShape(gtx.Ops, c, clip.Stroke{Path: p.End(), Width: 2.4 * k}.Op())
	}
}
