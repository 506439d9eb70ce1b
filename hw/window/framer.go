//go:build !nowindow && (windows || cgo)

package window

import (
	"context"
	"image"
	"strings"

	"gioui.org/io/event"
	"gioui.org/io/key"
	"gioui.org/io/pointer"
	"gioui.org/layout"
	"gioui.org/op/paint"
	"gioui.org/unit"

	"cpos/engine/words"
)

// framer is the content of the window that lies over the frozen screen. One goroutine uses it; only the preview
// comes from another.
type framer struct {
	*look
	o    FrameOptions
	shot paint.ImageOp
	lasso
	typing bool // the rectangle stands, its text is typed

	at      image.Point // of the pointer, in px of the picture
	inside  bool        // the pointer is over the picture, not over the card
	finger  bool        // it is a finger
	text    field
	confirm button
	leave   button
	back    button
	keys    [12]button

	seen    Seen
	seenOf  image.Rectangle
	crop    paint.ImageOp
	cropOf  image.Rectangle
	looking bool
	sights  chan sight
	wake    func() // asks for a frame

	done *Framed
	left bool
}

type sight struct {
	of   image.Rectangle
	seen Seen
}

func newFramer(l *look, o FrameOptions, wake func()) *framer {
	f := &framer{look: l, o: o, shot: paint.NewImageOp(o.Picture), sights: make(chan sight, 1), wake: wake,
		text: newField("", 60, key.HintAny)}
	f.shot.Filter = paint.FilterNearest
	f.room = o.Room.Sub(o.At).Intersect(o.Picture.Rect)
	f.rect = o.Rect.Sub(o.At).Intersect(f.room)
	f.typing = o.Fixed && o.AskText
	return f
}

func (f *framer) word(t words.Text) string { return words.Say(f.o.Lang, t) }

// update turns input into changes. It runs at the head of each frame.
func (f *framer) update(ctx context.Context, gtx layout.Context) {
	f.updatePointer(gtx)
	submitted := f.text.submitted(gtx)
	f.updateKeys(gtx)
	f.updateKeypad(gtx)
	if f.leave.pressed(gtx) {
		f.left = true
	}
	if f.back.pressed(gtx) {
		f.reframe(gtx)
	}
	if f.confirm.pressed(gtx) || submitted {
		f.goOn(gtx)
	}
	if f.typing && !gtx.Focused(event.Tag(&f.text.editor)) {
		gtx.Execute(key.FocusCmd{Tag: &f.text.editor})
	}
	f.updateSeen(ctx)
}

// reaches of a press to a handle, in dp.
const (
	reachMouse  = 9
	reachFinger = 24
)

func (f *framer) updatePointer(gtx layout.Context) {
	for {
		e, ok := gtx.Event(pointer.Filter{Target: f, Kinds: pointer.Press | pointer.Drag | pointer.Release | pointer.Move | pointer.Leave | pointer.Cancel})
		if !ok {
			return
		}
		p, is := e.(pointer.Event)
		if !is {
			continue
		}
		f.at = image.Pt(int(p.Position.X+0.5), int(p.Position.Y+0.5))
		f.finger = p.Source == pointer.Touch
		f.inside = p.Kind != pointer.Leave && p.Kind != pointer.Cancel
		switch p.Kind {
		case pointer.Press:
			f.press(gtx, p)
		case pointer.Drag:
			if !f.typing {
				f.drag(f.at)
			}
		case pointer.Release:
			if !f.typing {
				f.drag(f.at) // a computer that is busy may have told of no move to there
			}
			f.release()
		case pointer.Cancel:
			f.release()
		}
	}
}

// reach is how far from a handle a press may be.
func (f *framer) reach() unit.Dp {
	if f.finger {
		return reachFinger
	}
	return reachMouse
}

func (f *framer) press(gtx layout.Context, p pointer.Event) {
	if p.Buttons.Contain(pointer.ButtonSecondary) {
		f.left = true
		return
	}
	if f.typing || p.Source == pointer.Mouse && !p.Buttons.Contain(pointer.ButtonPrimary) {
		return
	}
	f.lasso.press(f.at, gtx.Dp(f.reach()))
}

// arrows are the keys that move the rectangle by one px.
var arrows = map[key.Name]image.Point{key.NameLeftArrow: {X: -1}, key.NameRightArrow: {X: 1}, key.NameUpArrow: {Y: -1}, key.NameDownArrow: {Y: 1}}

// updateKeys reads the keys in the order in which they were pressed, for a slow frame may bring several.
func (f *framer) updateKeys(gtx layout.Context) {
	filters := []event.Filter{key.Filter{Name: key.NameEscape}}
	if !f.typing { // Enter behind what is typed belongs to the box: taken here it would overtake the last digits
		filters = append(filters, key.Filter{Name: key.NameReturn}, key.Filter{Name: key.NameEnter})
		for name := range arrows {
			filters = append(filters, key.Filter{Name: name, Optional: key.ModShift | key.ModCtrl})
		}
	}
	for {
		e, ok := gtx.Event(filters...)
		if !ok {
			return
		}
		if k, is := e.(key.Event); is && k.State == key.Press {
			f.keyPressed(gtx, k)
		}
	}
}

func (f *framer) keyPressed(gtx layout.Context, k key.Event) {
	switch by, arrow := arrows[k.Name]; {
	case k.Name == key.NameEscape && f.typing && !f.o.Fixed:
		f.reframe(gtx)
	case k.Name == key.NameEscape:
		f.left = true
	case !arrow:
		f.goOn(gtx)
	case !f.typing:
		if k.Modifiers.Contain(key.ModCtrl) {
			by = by.Mul(10)
		}
		f.nudge(by, k.Modifiers.Contain(key.ModShift))
	}
}

// updateKeypad types what was tapped.
func (f *framer) updateKeypad(gtx layout.Context) {
	for i, k := range keypadKeys {
		if !f.keys[i].pressed(gtx) {
			continue
		}
		if k == "\b" {
			f.text.editor.Delete(-1)
		} else {
			f.text.editor.Insert(k)
		}
	}
}

// goOn is Enter: from the rectangle to its text, and from there out.
func (f *framer) goOn(gtx layout.Context) {
	switch {
	case f.rect.Empty() || f.grip != gripNone || f.stopped():
	case f.o.AskText && !f.typing:
		f.typing = true
		gtx.Execute(key.FocusCmd{Tag: &f.text.editor})
	case f.o.AskText && f.typed() == "":
	default:
		f.done = &Framed{Rect: f.rect.Add(f.o.At), Text: f.typed()}
	}
}

// stopped says that the rectangle cannot be used as it stands.
func (f *framer) stopped() bool { return f.seen.Stop && f.seenOf == f.rect && !f.o.Fixed }

// reframe goes back from the text to the rectangle.
func (f *framer) reframe(gtx layout.Context) {
	f.typing = false
	gtx.Execute(key.FocusCmd{})
}

func (f *framer) typed() string { return strings.TrimSpace(f.text.editor.Text()) }

// updateSeen takes a preview that is ready and begins the next one. There is never more than one, so a fast hand
// skips rectangles instead of queueing them.
func (f *framer) updateSeen(ctx context.Context) {
	select {
	case s := <-f.sights:
		f.looking, f.seen, f.seenOf = false, s.seen, s.of
	default:
	}
	if f.rect.Empty() {
		return
	}
	if f.cropOf != f.rect {
		f.crop, f.cropOf = paint.NewImageOp(cutPicture(f.o.Picture, f.rect)), f.rect
		f.crop.Filter = paint.FilterNearest
	}
	if f.o.Preview == nil || f.looking || f.seenOf == f.rect {
		return
	}
	f.looking = true
	of, crop := f.rect, cutPicture(f.o.Picture, f.rect)
	go func() { // its one send never waits: looking keeps a second one from being begun
		f.sights <- sight{of, f.o.Preview(ctx, crop)}
		f.wake()
	}()
}
