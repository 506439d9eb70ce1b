//go:build !nowindow && (windows || cgo)

package window

import (
	"fmt"
	"image"
	"time"

	"gioui.org/gpu/headless"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/unit"

	"cpos/engine/face"
	"cpos/engine/words"
)

// Render draws a view the way the window shows it, without a screen. Scale 1 is 96 dpi. It needs OpenGL or
// Vulkan, in software if nothing else, and says so when there is none.
func Render(v face.View, lang words.Lang, scale float32) (*image.RGBA, error) {
	return render(newPanel(lang, false), v, scale)
}

func render(p *panel, v face.View, scale float32) (*image.RGBA, error) {
	now := time.Now()
	p.show(v, now)
	metric := unit.Metric{PxPerDp: scale, PxPerSp: scale}
	size := p.sizePx(metric)
	w, err := headless.NewWindow(size.X, size.Y)
	if err != nil {
		return nil, words.Fail(ErrNone, "window.none.draw").Advise("window.none.draw.hint").Because(err)
	}
	defer w.Release()
	var ops op.Ops
	p.layout(layout.Context{Ops: &ops, Now: now, Metric: metric, Constraints: layout.Exact(size)})
	if err := w.Frame(&ops); err != nil {
		return nil, fmt.Errorf("draw the payment window: %w", err)
	}
	img := image.NewRGBA(image.Rectangle{Max: size})
	if err := w.Screenshot(img); err != nil {
		return nil, fmt.Errorf("draw the payment window: %w", err)
	}
	return img, nil
}
