//go:build !nowindow && (windows || cgo)

package window

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"testing"
	"time"

	"gioui.org/gpu/headless"
	"gioui.org/io/input"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/op/paint"
	"gioui.org/unit"

	"cpos/engine/words"
)

// frozen is a believable screen with a POS on it.
func frozen() FrameOptions {
	shot := image.NewRGBA(image.Rect(0, 0, 1280, 800))
	draw.Draw(shot, shot.Rect, image.NewUniform(color.RGBA{0x3b, 0x4a, 0x5c, 0xff}), image.Point{}, draw.Src)
	pos := image.Rect(120, 60, 1020, 740)
	draw.Draw(shot, pos, image.NewUniform(color.RGBA{0xf6, 0xf7, 0xf9, 0xff}), image.Point{}, draw.Src)
	amount := painted("128.50")
	draw.Draw(shot, amount.Rect.Add(image.Pt(760, 160)), amount, image.Point{}, draw.Src)
	return FrameOptions{Picture: shot, Room: pos, Title: words.T("frame.title.amount")}
}

// framed draws a framer the way the window shows it, without a screen.
func framed(t *testing.T, f *framer, set func(*framer)) *image.RGBA {
	t.Helper()
	size := f.o.Picture.Rect.Size()
	win, err := headless.NewWindow(size.X, size.Y)
	if err != nil {
		t.Fatal(err)
	}
	defer win.Release()
	var ops op.Ops
	var router input.Router
	gtx := layout.Context{Ops: &ops, Now: time.Now(), Metric: unit.Metric{PxPerDp: 1, PxPerSp: 1},
		Constraints: layout.Exact(size), Source: router.Source()}
	f.update(context.Background(), gtx)
	set(f)
	f.layout(gtx)
	if err := win.Frame(&ops); err != nil {
		t.Fatal(err)
	}
	img := image.NewRGBA(image.Rectangle{Max: size})
	if err := win.Screenshot(img); err != nil {
		t.Fatal(err)
	}
	return img
}

func TestTheFrozenScreenIsDrawn(t *testing.T) {
	sum := image.Rect(764, 166, 932, 212)
	for _, lang := range []words.Lang{words.Chinese, words.English} {
		for name, set := range map[string]func(*framer){
			"empty":  func(f *framer) { f.inside, f.at = true, image.Pt(840, 190) },
			"framed": func(f *framer) { f.rect, f.o.AskText = sum, true },
			"typing": func(f *framer) {
				f.rect, f.typing, f.o.AskText = sum, true, true
				f.o.Note = words.T("teach.too_few")
				f.text.set("128.50")
			},
			"touch": func(f *framer) { f.rect, f.typing, f.o.AskText, f.o.Touch = sum, true, true, true },
			"low":   func(f *framer) { f.rect, f.inside, f.at = image.Rect(140, 640, 400, 730), true, image.Pt(400, 730) },
		} {
			t.Run(string(lang)+" "+name, func(t *testing.T) {
				o := frozen()
				o.Lang = lang
				o.Preview = func(context.Context, *image.RGBA) Seen { return Seen{} }
				f := newFramer(sharedLook(), o, func() {})
				f.cut = nil
				img := framed(t, f, func(f *framer) {
					set(f)
					f.seen, f.seenOf = Seen{Text: "128.50", Good: true, Note: words.T("frame.seen.good")}, f.rect
					f.crop = paint.NewImageOp(cutPicture(f.o.Picture, f.rect))
				})
				if n := colours(img); n < 20 {
					t.Errorf("only %d colours: nothing was drawn", n)
				}
				if len(f.cut) > 0 {
					t.Errorf("shortened: %q", f.cut)
				}
				keep(t, img, "frame-"+string(lang)+"-"+name)
			})
		}
	}
}
