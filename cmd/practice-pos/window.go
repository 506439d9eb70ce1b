//go:build !nowindow

package main

import (
	"image"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"gioui.org/app"
	"gioui.org/io/event"
	"gioui.org/io/key"
	"gioui.org/io/pointer"
	"gioui.org/op"
	"gioui.org/op/clip"
	"gioui.org/unit"
)

// view is the window of a till.
type view struct {
	till  *till
	flags settings
	win   app.Window
	ops   op.Ops
	brush *brush
	seat  seat // where the system put the window
	looks int  // how often the seat was looked at
	shown bool // ready was called
	ready func()
}

// A window gets its place from the window manager, which may take its time. It is looked at on each
// early frame; a manager that never obeys ends the waiting.
const (
	lookEvery = 20 * time.Millisecond
	mostLooks = 100
)

// showWindow draws the till until its window is closed. ready is called once, when it is on the screen.
func showWindow(t *till, s settings, ready func()) error {
	v := &view{till: t, flags: s, ready: ready, brush: newBrush(s.look)}
	w, h := unit.Dp(v.size().X), unit.Dp(v.size().Y)
	v.win.Option(app.Title(s.title), app.Size(w, h), app.MinSize(w, h), app.MaxSize(w, h))
	t.beep = func() { v.seat.beep() }
	defer func() { v.seat.leave() }()
	for {
		switch e := v.win.Event().(type) {
		case app.DestroyEvent:
			return e.Err
		case app.ViewEvent:
			v.seat.take(e)
		case app.FrameEvent:
			v.frame(e)
		}
	}
}

func (v *view) frame(e app.FrameEvent) {
	v.ops.Reset()
	scale := float32(e.Size.X) / float32(v.flags.look.w)
	v.hear(e.Source, scale)

	area := clip.Rect{Max: e.Size}.Push(&v.ops)
	event.Op(&v.ops, v)
	v.brush.begin(&v.ops, e, scale)
	v.brush.paint(v.till, e.Now)
	area.Pop()
	e.Source.Execute(key.FocusCmd{Tag: v})
	e.Source.Execute(op.InvalidateCmd{At: e.Now.Truncate(time.Minute).Add(time.Minute)})
	e.Frame(&v.ops)

	v.settle()
}

// size is the client area in px at the scale that was asked for.
func (v *view) size() image.Point {
	return image.Pt(int(math.Round(float64(v.flags.look.w)*v.flags.scale)), int(math.Round(float64(v.flags.look.h)*v.flags.scale)))
}

// settle moves the window to its place once it is drawn, and says ready when it is there.
func (v *view) settle() {
	if v.shown {
		return
	}
	if v.looks == 0 {
		v.seat.move(v.flags.x, v.flags.y, v.size())
	}
	v.looks++
	if v.looks > 2 && v.seat.at(v.flags.x, v.flags.y) || v.looks > mostLooks {
		v.shown = true
		v.ready()
		return
	}
	time.AfterFunc(lookEvery, v.win.Invalidate)
}

// hear hands every key and click since the last frame to the till, in order. The system reports a key
// and the text that it typed one after the other; they are one stroke.
func (v *view) hear(from interface {
	Event(...event.Filter) (event.Event, bool)
}, scale float32) {
	const mods = key.ModCtrl | key.ModShift | key.ModAlt | key.ModSuper | key.ModCommand
	filters := []event.Filter{
		key.FocusFilter{Target: v},
		key.Filter{Focus: v, Optional: mods},
		key.Filter{Focus: v, Optional: mods, Name: key.NameTab},
		pointer.Filter{Target: v, Kinds: pointer.Press},
	}
	var open *stroke
	end := func() {
		if open != nil {
			v.till.press(*open)
			open = nil
		}
	}
	for {
		e, more := from.Event(filters...)
		if !more {
			break
		}
		switch e := e.(type) {
		case key.Event:
			if e.State == key.Press && !isModifier(e.Name) {
				end()
				open = &stroke{name: keyName(e.Name), mods: modNames(e.Modifiers)}
			}
		case key.EditEvent:
			if open != nil && !open.types() { // the text came without a key, from a program
				end()
			}
			if open == nil {
				open = &stroke{}
			}
			open.text = e.Text
			end()
		case pointer.Event:
			end()
			v.clicked(e, scale)
		}
	}
	end()
}

// types says whether a key can be the one that a text came from.
func (s stroke) types() bool {
	return (utf8.RuneCountInString(s.name) == 1 || s.name == "space") && !strings.Contains(s.mods, "ctrl")
}

func (v *view) clicked(e pointer.Event, scale float32) {
	if e.Buttons != pointer.ButtonPrimary {
		return
	}
	at := image.Pt(int(e.Position.X/scale), int(e.Position.Y/scale))
	v.till.click(int(e.Position.X), int(e.Position.Y), v.flags.look.regionAt(v.till.state, at))
}

func isModifier(n key.Name) bool {
	return n == key.NameCtrl || n == key.NameShift || n == key.NameAlt || n == key.NameSuper || n == key.NameCommand
}

var keyNames = map[key.Name]string{
	key.NameLeftArrow: "left", key.NameRightArrow: "right", key.NameUpArrow: "up", key.NameDownArrow: "down",
	key.NameReturn: "enter", key.NameEnter: "enter", key.NameEscape: "esc", key.NameHome: "home", key.NameEnd: "end",
	key.NameDeleteBackward: "backspace", key.NameDeleteForward: "delete",
	key.NamePageUp: "pageup", key.NamePageDown: "pagedown",
}

// keyName gives a key the name it has on its cap, in lower case.
func keyName(n key.Name) string {
	if name, known := keyNames[n]; known {
		return name
	}
	return strings.ToLower(string(n))
}

func modNames(m key.Modifiers) string {
	var names []string
	for _, one := range []struct {
		mod  key.Modifiers
		name string
	}{{key.ModCtrl, "ctrl"}, {key.ModShift, "shift"}, {key.ModAlt, "alt"}, {key.ModSuper, "super"}} {
		if m.Contain(one.mod) {
			names = append(names, one.name)
		}
	}
	return strings.Join(names, "+")
}
