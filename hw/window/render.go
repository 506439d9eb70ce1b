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
	p := newPanel(lang, false)
	p.show(v, time.Now())
	c, err := newCanvas(p, scale)
	if err != nil {
		return nil, err
	}
	defer c.release()
	return c.draw(p)
}

// canvas is a window that nobody sees.
type canvas struct {
	win    *headless.Window
	metric unit.Metric
}

// newCanvas makes a canvas as large as the panel wants to be now.
func newCanvas(p *panel, scale float32) (*canvas, error) {
	c := &canvas{metric: unit.Metric{PxPerDp: scale, PxPerSp: scale}}
	size := p.sizePx(c.metric)
	var err error
	if c.win, err = headless.NewWindow(size.X, size.Y); err != nil {
		return nil, words.Fail(ErrNone, "window.none.draw").Advise("window.none.draw.hint").Because(err)
	}
	return c, nil
}

func (c *canvas) release() { c.win.Release() }

func (c *canvas) draw(p *panel) (*image.RGBA, error) {
	var ops op.Ops
	size := c.win.Size()
	p.layout(layout.Context{Ops: &ops, Now: time.Now(), Metric: c.metric, Constraints: layout.Exact(size)})
	if err := c.win.Frame(&ops); err != nil {
		return nil, fmt.Errorf("draw the payment window: %w", err)
	}
	img := image.NewRGBA(image.Rectangle{Max: size})
	if err := c.win.Screenshot(img); err != nil {
		return nil, fmt.Errorf("draw the payment window: %w", err)
	}
	return img, nil
}
