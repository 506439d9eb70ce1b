//go:build !nowindow && cgo

package window

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os/exec"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"cpos/engine/words"
)

// framingOn shows the frozen screen of a shop and gives the end of it.
func framingOn(t *testing.T, s *shop, o FrameOptions) (done chan Framed, failed chan error) {
	t.Helper()
	done, failed = make(chan Framed, 1), make(chan error, 1)
	go func() {
		r, err := Frame(t.Context(), o)
		if err != nil {
			failed <- err
			return
		}
		done <- r
	}()
	s.eventually(t, "the frozen screen has the keyboard", func() bool {
		f := s.focus()
		return f != s.pos && f != 0 && f != s.root && f != xproto.Window(1)
	})
	return done, failed
}

// frozenShop is the shop's monitor with a sum painted on it.
func frozenShop() FrameOptions {
	o := frozen()
	o.Room = image.Rect(40, 40, 840, 640)
	o.Lang = words.Chinese
	return o
}

// topmost is the window that a person sees at a point.
func (s *shop) topmost(t *testing.T, at image.Point) xproto.Window {
	t.Helper()
	tree, err := xproto.QueryTree(s.x, s.root).Reply()
	if err != nil {
		t.Fatal(err)
	}
	for i := len(tree.Children) - 1; i >= 0; i-- {
		w := tree.Children[i]
		a, err := xproto.GetWindowAttributes(s.x, w).Reply()
		g, err2 := xproto.GetGeometry(s.x, xproto.Drawable(w)).Reply()
		if err == nil && err2 == nil && a.MapState == xproto.MapStateViewable &&
			at.In(image.Rect(int(g.X), int(g.Y), int(g.X)+int(g.Width), int(g.Y)+int(g.Height))) {
			return w
		}
	}
	return 0
}

func (s *shop) run(t *testing.T, args ...any) {
	t.Helper()
	var all []string
	for _, a := range args {
		all = append(all, fmt.Sprint(a))
	}
	if out, err := exec.Command("xdotool", all...).CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v %s", err, out)
	}
}

func TestARegionIsFramedAndItsTextTyped(t *testing.T) {
	s := openShop(t)
	under := s.topmost(t, image.Pt(600, 300))
	previews := make(chan image.Point, 64)
	for range 2 { // a second time in the same process, as a teaching does
		o := frozenShop()
		o.AskText = true
		o.Preview = func(_ context.Context, crop *image.RGBA) Seen {
			select {
			case previews <- crop.Rect.Size():
			default:
			}
			return Seen{Text: "128.50", Good: true}
		}
		done, failed := framingOn(t, s, o)
		s.run(t, "mousemove", 700, 150, "mousedown", 1, "sleep", 0.1, "mousemove", 720, 180, "sleep", 0.1, "mousemove", 820, 230, "sleep", 0.1, "mouseup", 1)
		time.Sleep(200 * time.Millisecond) // a person looks
		s.snap(t, "live-framed")
		s.key(t, "Left")
		time.Sleep(200 * time.Millisecond) // and lets one key go before the next: the window is told of Shift apart from keys
		s.key(t, "shift+Down", "Return")
		time.Sleep(200 * time.Millisecond)
		s.key(t, "1", "2", "8", "period", "5", "0", "Return")
		select {
		case got := <-done:
			if want := (Framed{image.Rect(699, 150, 819, 231), "128.50"}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		case err := <-failed:
			t.Fatal(err)
		case <-time.After(2 * time.Minute):
			t.Fatal("it never ended")
		}
		s.eventually(t, "the POS has the keyboard again", func() bool { return s.focus() == s.pos })
		s.eventually(t, "the POS is seen again", func() bool { return s.topmost(t, image.Pt(600, 300)) == under })
	}
	select {
	case <-previews:
	default:
		t.Error("nothing was previewed")
	}
}

func TestThereAreThreeWaysToLeave(t *testing.T) {
	s := openShop(t)
	for name, leave := range map[string]func(){
		"Esc":         func() { s.key(t, "Escape") },
		"right click": func() { s.run(t, "mousemove", 500, 400, "click", 3) },
	} {
		_, failed := framingOn(t, s, frozenShop())
		leave()
		select {
		case err := <-failed:
			if !errors.Is(err, ErrLeft) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(2 * time.Minute):
			t.Fatalf("%s: it never ended", name)
		}
		s.eventually(t, "the POS has the keyboard again after "+name, func() bool { return s.focus() == s.pos })
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := Frame(ctx, frozenShop()); ended <- err }()
	s.eventually(t, "the frozen screen has the keyboard", func() bool { return s.focus() != s.pos })
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
}
