//go:build cgo

package screen_test

import (
	"errors"
	"image"
	"image/color"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"cpos/engine/words"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/screen"
)

func TestAGrabIsWhatTheScreenShows(t *testing.T) {
	desktoptest.Display(t, 1280, 800)
	red := image.Rect(300, 200, 340, 220)
	paint(t, red, 0xc81e28)
	var got *image.RGBA
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		var err error
		if got, err = (screen.Eye{}).Grab(t.Context(), red.Inset(-1)); err != nil {
			t.Fatal(err)
		}
		// A window manager that has just started may still lay a window of its own over everything.
		if (got.RGBAAt(20, 10) != color.RGBA{A: 0xff}) || time.Now().After(end) {
			break
		}
	}
	if got.Bounds() != image.Rect(0, 0, 42, 22) {
		t.Fatalf("bounds %v", got.Bounds())
	}
	for y := range 22 {
		for x := range 42 {
			inside := image.Pt(x, y).In(image.Rect(1, 1, 41, 21))
			if is := got.RGBAAt(x, y) == (color.RGBA{0xc8, 0x1e, 0x28, 0xff}); is != inside {
				t.Fatalf("pixel %d,%d is %v", x, y, got.RGBAAt(x, y))
			}
		}
	}
}

// paint shows a plain rectangle on the screen, without the window manager.
func paint(t *testing.T, r image.Rectangle, colour uint32) {
	t.Helper()
	x, err := desktop.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	screen := xproto.Setup(x).DefaultScreen(x)
	id, err := xproto.NewWindowId(x)
	if err != nil {
		t.Fatal(err)
	}
	if err := xproto.CreateWindowChecked(x, screen.RootDepth, id, screen.Root, int16(r.Min.X), int16(r.Min.Y),
		uint16(r.Dx()), uint16(r.Dy()), 0, xproto.WindowClassInputOutput, screen.RootVisual,
		xproto.CwBackPixel|xproto.CwOverrideRedirect, []uint32{colour, 1}).Check(); err != nil {
		t.Fatal(err)
	}
	if err := xproto.MapWindowChecked(x, id).Check(); err != nil {
		t.Fatal(err)
	}
}

func TestAGrabBesideTheScreenIsAnError(t *testing.T) {
	desktoptest.Display(t, 1280, 800)
	for name, r := range map[string]image.Rectangle{
		"partly beyond the right edge": image.Rect(1200, 10, 1281, 40),
		"partly above":                 image.Rect(10, -1, 40, 20),
		"wholly elsewhere":             image.Rect(5000, 5000, 5010, 5010),
		"empty":                        image.Rect(10, 10, 10, 20),
	} {
		if _, err := (screen.Eye{}).Grab(t.Context(), r); !errors.Is(err, screen.ErrOffScreen) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (screen.Eye{}).Grab(t.Context(), image.Rect(0, 0, 1280, 800)); err != nil {
		t.Errorf("the whole screen: %v", err)
	}
}

func TestNoDisplayIsSaidWithAHint(t *testing.T) {
	t.Setenv("DISPLAY", "")
	_, err := screen.Eye{}.Grab(t.Context(), image.Rect(0, 0, 10, 10))
	var p *words.Problem
	if !errors.Is(err, screen.ErrNoDisplay) || !errors.As(err, &p) || p.Hint.IsZero() {
		t.Errorf("%v", err)
	}
}

// An amount and the number of its sale are looked at together, while other connections hear the keyboard.
func TestLooksMayGoOnTogether(t *testing.T) {
	desktoptest.Display(t, 640, 480)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 40 {
				if _, err := (screen.Eye{}).Grab(t.Context(), image.Rect(10, 10, 120, 60)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
