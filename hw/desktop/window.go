package desktop

import (
	"context"
	"errors"
	"fmt"
	"image"
	"regexp"
	"strings"
	"time"

	"cpos/engine/capture"
	"cpos/engine/keys"
)

// Window is another program's top-level window as it was when it was asked for.
type Window struct {
	ID       uintptr         // X11 window or Windows handle
	PID      int             // 0 if the program does not say
	Exe      string          // base name of the program; empty if it cannot be told
	Title    string          //
	Class    string          // WM_CLASS class, or the Windows class name
	Instance string          // WM_CLASS instance; empty on Windows
	Client   image.Rectangle // client area in px from the top left of the desktop
	Active   bool            // in front, with the keyboard
	DPI      int             // dots per inch that the window is drawn for, 96 at 100 %
}

// Matcher makes the test that a keys.Window stands for. Programs are compared without case and without
// ".exe", so that one profile serves both systems. It fails on a title that is no regular expression.
func Matcher(w keys.Window) (func(Window) bool, error) {
	title, err := regexp.Compile(w.Title)
	if err != nil {
		return nil, fmt.Errorf("window title %q: %w", w.Title, err)
	}
	return func(is Window) bool {
		return (w.Exe == "" || program(w.Exe) == program(is.Exe)) &&
			(w.Title == "" || title.MatchString(is.Title)) &&
			(w.Class == "" || strings.EqualFold(w.Class, is.Class) || strings.EqualFold(w.Class, is.Instance))
	}, nil
}

func program(exe string) string {
	return strings.TrimSuffix(strings.ToLower(exe), ".exe")
}

// Find gives the window that is meant, or keys.ErrNoWindow. Where several match, the one in front wins,
// then the one nearest to the front.
func (d *Desktop) Find(ctx context.Context, w keys.Window) (Window, error) {
	if w.IsZero() {
		return Window{}, keys.ErrNoWindow
	}
	match, err := Matcher(w)
	if err != nil {
		return Window{}, err
	}
	all, err := d.Windows(ctx)
	if err != nil {
		return Window{}, err
	}
	var found *Window
	for i := range all {
		if match(all[i]) && (found == nil || all[i].Active) {
			found = &all[i]
		}
	}
	if found == nil {
		return Window{}, fmt.Errorf("%w: %s", keys.ErrNoWindow, w)
	}
	return *found, nil
}

// activation is how long a window manager may take to bring a window to the front.
const activation = 2 * time.Second

// Activate brings a window to the front, out of its icon if need be, and returns when it has the
// keyboard; keys.ErrNotInFront if that does not happen within two seconds.
func (d *Desktop) Activate(ctx context.Context, w Window) error {
	ctx, cancel := context.WithTimeout(ctx, activation)
	defer cancel()
	there := func() bool {
		front, err := d.Active(ctx)
		return err == nil && front.ID == w.ID && d.HasKeyboard(w.ID)
	}
	if there() {
		return nil
	}
	if err := d.raise(w.ID); err != nil {
		return fmt.Errorf("bring %q to the front: %w", w.Title, err)
	}
	for !there() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("bring %q to the front: %w", w.Title, keys.ErrNotInFront)
		case <-time.After(5 * time.Millisecond):
		}
	}
	d.awake(w.ID)
	return nil
}

// Scene is the capture port for one window of the profile.
type Scene struct {
	Desktop *Desktop
	Window  keys.Window
}

// POS says where the window is, or gives capture.ErrNoPOS.
func (s Scene) POS(ctx context.Context) (capture.Place, error) {
	w, err := s.Desktop.Find(ctx, s.Window)
	if errors.Is(err, keys.ErrNoWindow) {
		return capture.Place{}, fmt.Errorf("%w: %s", capture.ErrNoPOS, s.Window)
	}
	if err != nil {
		return capture.Place{}, err
	}
	return capture.Place{Client: w.Client, InFront: w.Active, Title: w.Title, DPI: w.DPI}, nil
}

// Covered says whether another window lies over a rectangle of the POS's window, in px of the desktop.
// It is false when the POS is not there, which POS says.
func (s Scene) Covered(ctx context.Context, r image.Rectangle) (bool, error) {
	w, err := s.Desktop.Find(ctx, s.Window)
	if errors.Is(err, keys.ErrNoWindow) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return s.Desktop.Covered(w.ID, r), nil
}
