//go:build !nowindow && (windows || cgo)

package window

import (
	"errors"
	"image"
	"sync"
	"sync/atomic"
	"time"

	"gioui.org/app"
	"gioui.org/gesture"
	"gioui.org/io/pointer"
	"gioui.org/io/system"
	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/unit"

	"cpos/engine/face"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// host is what a window asks of the operating system beyond drawing. All px are px of the screen.
type host interface {
	// adopt takes over the window that was made, out of sight. It fails when the window is of another kind.
	adopt(app.ViewEvent) error
	// square keeps the window's corners; it is called before adopt.
	square()
	// move places the window, resizes it and puts it above all others. It takes no focus.
	move(image.Rectangle)
	// park gives a corner at which a window of this size cannot be seen.
	park(size image.Point) image.Point
	// takeKeys gives the window the keyboard and remembers who had it; giveKeys gives it back.
	takeKeys()
	giveKeys()
	// hasKeys says that typed keys would come here now.
	hasKeys() bool
	pointer() image.Point
	screen() image.Rectangle
	close()
}

// Window is the payment window. It is a face.Face.
type Window struct {
	o   Options
	gio app.Window
	sys host

	mu     sync.Mutex
	next   *face.View // newest view that was not drawn yet
	newest face.View
	moved  atomic.Bool // the screens are not where they were
	wake   chan struct{}

	quit   chan struct{} // closed by Close
	ended  chan struct{} // closed when the window is gone
	parked chan struct{} // closed after the first frame out of sight
	hands  sync.WaitGroup
	once   struct{ quit, parked sync.Once }

	// The rest belongs to the goroutine of run.
	panel   *panel
	ops     op.Ops
	metric  unit.Metric
	warm    []face.View // still to be drawn out of sight before the window is ready
	ready   bool        // stands out of sight at its full size
	adopted bool
	shown   bool
	covers  bool
	keys    bool // has the keyboard
	focused bool // as the system last said
	rect    image.Rectangle
	misfits int // frames in a row that were not yet as large as the window was made
	home    *image.Point
	grip    image.Point // from the window's corner to the pointer while it is dragged
	dragged bool
	cause   error
}

// startLimit bounds how long the system may take to make a window; software drawing compiles its shaders
// in that time.
const startLimit = 30 * time.Second

// New makes the window and parks it out of sight. It returns when the window is ready to be shown, or with a
// words.Problem of kind ErrNone that says what is missing.
func New(o Options) (*Window, error) {
	w := &Window{o: o, panel: newPanel(o.Lang, o.Touch), home: o.Home, warm: rehearsal(), wake: make(chan struct{}, 1),
		quit: make(chan struct{}), ended: make(chan struct{}), parked: make(chan struct{})}
	var err error
	if w.sys, err = openHost(w.gio.Run); err != nil {
		return nil, words.Fail(ErrNone, "window.none.display").Advise("window.none.display.hint").Because(err)
	}
	w.gio.Option(app.Title(w.panel.text("window.title")), app.Decorated(false), app.TopMost(true), app.Size(1, 1))
	w.hands.Go(w.run)
	w.hands.Go(w.wakeUp)
	w.Show(face.View{})
	select {
	case <-w.parked:
		return w, nil
	case <-w.ended:
	case <-time.After(startLimit):
	}
	w.Close()
	return nil, words.Fail(ErrNone, "window.none.draw").Advise("window.none.draw.hint").Because(w.cause)
}

// Show replaces what is shown; a Hidden view parks the window. It never blocks.
func (w *Window) Show(v face.View) {
	w.mu.Lock()
	w.next, w.newest = &v, v
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Rearrange lets the window look for its place again, since the screens are no longer what they were.
func (w *Window) Rearrange() {
	w.moved.Store(true)
	w.mu.Lock()
	if w.next == nil {
		again := w.newest
		w.next = &again
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// closeLimit bounds how long a window may take to go. One whose display is lost never answers.
const closeLimit = 5 * time.Second

// Close takes the window away and waits until nothing of it runs any more, or until it is certain that its
// display is lost.
func (w *Window) Close() {
	w.once.quit.Do(func() { close(w.quit) })
	gone := make(chan struct{})
	go func() { w.hands.Wait(); close(gone) }()
	t := time.NewTimer(closeLimit)
	defer t.Stop()
	select {
	case <-gone:
	case <-t.C:
	}
}

func (w *Window) take() (face.View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == nil {
		return face.View{}, false
	}
	v := *w.next
	w.next = nil
	return v, true
}

func (w *Window) waiting() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.next != nil
}

// wakeUp asks for a frame until the newest view has been taken: a request that comes while a frame is being
// finished is dropped by the toolkit.
func (w *Window) wakeUp() {
	const again = 5 * time.Millisecond
	for {
		select {
		case <-w.wake:
		case <-w.quit:
			w.gio.Invalidate()
			w.untilEnded(again)
			return
		case <-w.ended:
			return
		}
		for w.waiting() {
			w.gio.Invalidate()
			select {
			case <-time.After(again):
			case <-w.quit:
			case <-w.ended:
				return
			}
		}
	}
}

func (w *Window) untilEnded(again time.Duration) {
	for {
		select {
		case <-w.ended:
			return
		case <-time.After(again):
			w.gio.Invalidate()
		}
	}
}

// run owns the window: every event of the toolkit passes here, and nothing else touches the panel.
func (w *Window) run() {
	defer close(w.ended)
	defer w.sys.close()
	for {
		switch e := w.gio.Event().(type) {
		case app.DestroyEvent:
			w.cause = errors.Join(w.cause, e.Err)
			if w.o.Ended != nil {
				w.o.Ended(w.cause)
			}
			return
		case app.ViewEvent:
			w.adopt(e)
		case app.ConfigEvent:
			w.focusChanged(e.Config.Focused)
		case app.FrameEvent:
			w.frame(e)
		case *app.ClosingEvent:
			if !w.closing() {
				e.Abort() // nobody but Close takes the window away
			}
		}
	}
}

func (w *Window) closing() bool {
	select {
	case <-w.quit:
		return true
	default:
		return false
	}
}

func (w *Window) adopt(e app.ViewEvent) {
	if !e.Valid() {
		return
	}
	if err := w.sys.adopt(e); err != nil {
		w.cause = err
		w.once.quit.Do(func() { close(w.quit) })
		return
	}
	w.adopted = true
}

func (w *Window) frame(e app.FrameEvent) {
	if w.closing() {
		e.Frame(new(op.Ops))
		w.gio.Perform(system.ActionClose)
		return
	}
	w.metric = e.Metric
	gtx := app.NewContext(&w.ops, e)
	switch view, fresh := w.following(gtx, e.Size); {
	case fresh:
		w.panel.show(view, e.Now)
		w.arrange()
	case w.adopted && w.rect.Empty(): // some systems draw before they tell of the window
		w.arrange()
	}
	w.followDrag(gtx)
	w.panel.layout(gtx)
	w.arrangeSize()
	w.awaitSize(gtx, e.Size)
	e.Frame(gtx.Ops)
	w.settleKeys()
	w.tell()
	if w.ready && len(w.warm) == 0 {
		w.once.parked.Do(w.start)
	}
}

// start ends the making of the window. Some systems gave it the keyboard because it is new.
func (w *Window) start() {
	w.sys.giveKeys()
	close(w.parked)
}

// following is the view to show next: first, out of sight, one of each kind, for the first time costs the
// reading of fonts and the compiling of shaders; after that the newest that was asked for.
func (w *Window) following(gtx layout.Context, have image.Point) (face.View, bool) {
	w.ready = w.ready || w.adopted && have == w.rect.Size()
	if !w.ready || len(w.warm) == 0 {
		return w.take()
	}
	v := w.warm[0]
	w.warm = w.warm[1:]
	gtx.Execute(op.InvalidateCmd{})
	return v, true
}

// rehearsal is one view of each kind, as little as makes everything be drawn once.
func rehearsal() []face.View {
	v := face.View{Amount: 1, Tender: pay.WeChat, Code: "0", Serial: "0", Order: "0", Left: time.Minute,
		Crop: image.NewRGBA(image.Rect(0, 0, 8, 8)), Banner: words.T("window.title")}
	var all []face.View
	for m := face.Reading; m <= face.Clerk; m++ {
		v.Mood = m
		all = append(all, v)
	}
	return append(all, face.View{})
}

// awaitSize asks for frames until the system has resized the window. Nothing else does out of sight, and the
// toolkit may sit on the news of the resize until it is woken.
func (w *Window) awaitSize(gtx layout.Context, have image.Point) {
	const every, most = 10 * time.Millisecond, 100
	if !w.adopted || have == w.rect.Size() || w.misfits == most {
		w.misfits = 0
		return
	}
	w.misfits++
	gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(every)})
}

// arrange moves the window to where the new view wants it: in, out, or away from a region that came under it.
func (w *Window) arrange() {
	if !w.adopted {
		return
	}
	size := w.panel.sizePx(w.metric)
	if w.panel.view.Mood == face.Hidden || len(w.warm) > 0 {
		w.shown, w.covers = false, false
		w.moveTo(w.sys.park(size), size)
		return
	}
	if moved := w.moved.Swap(false); w.shown && w.rect.Size() == size && !moved && !w.disturbed() {
		return
	}
	w.place(size)
}

// arrangeSize follows a keypad that opened or closed.
func (w *Window) arrangeSize() {
	if size := w.panel.sizePx(w.metric); w.shown && size != w.rect.Size() {
		w.place(size)
	}
}

// disturbed says that a region lies under the window although it need not.
func (w *Window) disturbed() bool {
	if w.covers {
		return false
	}
	for _, a := range w.o.avoid() {
		if a.Overlaps(w.rect) {
			return true
		}
	}
	return false
}

func (w *Window) place(size image.Point) {
	screen := w.o.Screen
	if screen.Empty() {
		screen = w.sys.screen()
	}
	want := w.home
	if want == nil && w.shown {
		want = &w.rect.Min // a keypad that opens shall not carry the window away
	}
	at, covers := Place(Room{Screen: screen, Beside: w.o.beside(), Avoid: w.o.avoid(), Want: want}, size)
	if w.o.Placed != nil && (!w.shown || covers != w.covers) {
		w.o.Placed(covers)
	}
	w.shown, w.covers = true, covers
	w.moveTo(at, size)
}

func (w *Window) moveTo(at, size image.Point) {
	w.rect = image.Rectangle{Min: at, Max: at.Add(size)}
	w.sys.move(w.rect)
}

// followDrag moves the window with the pointer and, when it is let go, off the regions again.
func (w *Window) followDrag(gtx layout.Context) {
	for {
		e, ok := w.panel.drag.Update(gtx.Metric, gtx.Source, gesture.Both)
		if !ok {
			return
		}
		switch e.Kind {
		case pointer.Press:
			w.grip, w.dragged = w.sys.pointer().Sub(w.rect.Min), false
		case pointer.Drag:
			w.dragged = true
			w.moveTo(w.sys.pointer().Sub(w.grip), w.rect.Size())
		case pointer.Release, pointer.Cancel:
			w.letGo()
		}
	}
}

// letGo remembers where the cashier left the window, which is the nearest spot over no region.
func (w *Window) letGo() {
	if !w.dragged || !w.shown {
		return
	}
	w.dragged = false
	at := w.rect.Min
	w.home = &at
	w.place(w.rect.Size())
	at = w.rect.Min
	if w.o.Moved != nil {
		w.o.Moved(at)
	}
}

// settleKeys takes or gives back the keyboard as the panel wants it.
func (w *Window) settleKeys() {
	want := w.shown && w.panel.wantsKeys()
	switch {
	case want && !w.keys:
		w.keys = true
		w.sys.takeKeys()
	case !want && w.keys:
		w.keys = false
		w.sys.giveKeys()
	}
}

// focusChanged hears that somebody else took the keyboard: then the caret goes, and nothing is given back.
// A grab, such as that by which the scanner's keys are told from the cashier's, looks like a loss and is
// none: what is typed comes here as soon as it ends.
func (w *Window) focusChanged(focused bool) {
	lost := w.focused && !focused
	w.focused = focused
	if lost && w.keys && !w.sys.hasKeys() {
		w.keys = false
		w.panel.drop = true
		w.gio.Invalidate()
	}
}

func (w *Window) tell() {
	for _, i := range w.panel.intents {
		w.o.Desk.Intend(i)
	}
	w.panel.intents = w.panel.intents[:0]
}
