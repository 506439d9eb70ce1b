package main

import (
	"context"
	"encoding/json"
	"image"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cpos/engine/face"
	"cpos/engine/profile"
	"cpos/engine/station"
	"cpos/engine/words"
)

// faces shows each view on all of them, and a script's short message in front of it while that lasts.
type faces struct {
	all []face.Face

	mu    sync.Mutex
	last  face.View
	toast words.Text
	said  uint64 // counts messages
}

// Show hands a view to each face.
func (f *faces) Show(v face.View) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = v
	f.show()
}

// show shows the newest view; a message takes the place of its sentence, or a window of its own.
func (f *faces) show() {
	v := f.last
	if !f.toast.IsZero() {
		v.Note = f.toast
		if v.Mood == face.Hidden {
			v.Mood = face.Notice
		}
	}
	for _, one := range f.all {
		one.Show(v)
	}
}

// say shows a message until end, or until the next one takes its place.
func (f *faces) say(t words.Text) (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said++
	mine := f.said
	f.toast = t
	f.show()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.said == mine {
			f.toast = words.Text{}
			f.show()
		}
	}
}

// toastFor is how long a script's message stands.
const toastFor = 4 * time.Second

// toast shows a script's message for a while, without holding up the plan.
func (e *engine) toast(ctx context.Context, text string) {
	e.till.log.Info("toast", "text", text)
	e.all.Go(func() {
		defer e.faces.say(words.T("run.toast", "text", text))()
		_ = station.SystemClock{}.Sleep(ctx, toastFor) // the end of the engine ends the message too
	})
}

// regionLookup finds a taught region by name, in px from the top left of the client area.
func regionLookup(taught map[string]profile.Region) func(string) (image.Rectangle, bool) {
	return func(name string) (image.Rectangle, bool) {
		r, ok := taught[name]
		return image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H), ok
	}
}

// lookLimit bounds how long the window may be held up by asking where the POS is.
const lookLimit = 40 * time.Millisecond

// besideNow gives the POS's client area on the desktop, empty where there is none.
func (e *engine) besideNow() image.Rectangle {
	ctx, cancel := context.WithTimeout(context.Background(), lookLimit)
	defer cancel()
	place, err := e.scene().POS(ctx)
	if err != nil {
		return image.Rectangle{}
	}
	return place.Client
}

// regionsNow gives the regions on the desktop.
func (e *engine) regionsNow() []image.Rectangle {
	client := e.besideNow()
	if client.Empty() {
		return nil
	}
	var all []image.Rectangle
	for _, r := range e.till.profile.Regions() {
		all = append(all, r.Rect(client))
	}
	return all
}

func (e *engine) placed(covers bool) {
	e.mu.Lock()
	changed := covers != e.covers
	e.covers = covers
	e.mu.Unlock()
	if changed {
		e.station.Covers(covers)
	}
}

// homeFile remembers where the cashier left the payment window.
const homeFile = "window.json"

// rememberedHome gives that place; a file that cannot be read is as good as none.
func (e *engine) rememberedHome() *image.Point {
	text, err := os.ReadFile(filepath.Join(e.till.data, homeFile))
	if err != nil {
		return nil
	}
	var p image.Point
	if json.Unmarshal(text, &p) != nil {
		return nil
	}
	return &p
}

// rememberHome keeps the place for the next start. The window is not held up by a disk that fails.
func (e *engine) rememberHome(p image.Point) {
	text, err := json.Marshal(p)
	if err == nil {
		err = os.WriteFile(filepath.Join(e.till.data, homeFile), text, 0o600)
	}
	if err != nil {
		e.till.log.Warn("remember the window's place", "error", err)
	}
}
