//go:build !nowindow && (windows || cgo)

package window

import (
	"context"
	"errors"
	"image"
	"sync"
	"time"

	"gioui.org/app"
	"gioui.org/io/system"
	"gioui.org/layout"
	"gioui.org/op"

	"cpos/engine/words"
)

// Frame lays the frozen screen over the monitor it was taken from and lets a person draw a rectangle on it. It
// gives the keyboard back when it ends: with what was framed, with ErrLeft, or with ctx.
func Frame(ctx context.Context, o FrameOptions) (Framed, error) {
	s := &framing{ctx: ctx, size: o.Picture.Rect.Size(), at: o.At, ended: make(chan struct{})}
	var err error
	if s.sys, err = openHost(s.gio.Run); err != nil {
		return Framed{}, words.Fail(ErrNone, "window.none.display").Advise("window.none.display.hint").Because(err)
	}
	s.panel = newFramer(newLook(), o, s.gio.Invalidate)
	s.gio.Option(app.Title(s.panel.word(o.Title)), app.Decorated(false), app.TopMost(true), app.Size(1, 1))
	var hands sync.WaitGroup
	hands.Go(s.run)
	hands.Go(s.watch)
	hands.Wait()
	switch {
	case s.panel.done != nil:
		return *s.panel.done, nil
	case s.panel.left:
		return Framed{}, ErrLeft
	case ctx.Err() != nil:
		return Framed{}, ctx.Err()
	}
	return Framed{}, words.Fail(ErrNone, "window.none.draw").Advise("window.none.draw.hint").Because(s.cause)
}

// framing is the window of one Frame.
type framing struct {
	ctx  context.Context
	gio  app.Window
	sys  host
	size image.Point
	at   image.Point

	ended chan struct{}
	// The rest belongs to the goroutine of run.
	panel   *framer
	ops     op.Ops
	adopted bool
	keys    bool
	cause   error
	began   time.Time
}

// watch asks for frames until the window is gone, once somebody wants it to go.
func (s *framing) watch() {
	select {
	case <-s.ended:
		return
	case <-s.ctx.Done():
	}
	for {
		s.gio.Invalidate()
		select {
		case <-s.ended:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (s *framing) run() {
	defer close(s.ended)
	defer s.sys.close()
	for {
		switch e := s.gio.Event().(type) {
		case app.DestroyEvent:
			s.cause = errors.Join(s.cause, e.Err)
			return
		case app.ViewEvent:
			if s.adopted && !e.Valid() {
				return // it is gone; to ask for the event that says so would make the toolkit open another one
			}
			s.adopt(e)
		case app.FrameEvent:
			s.frame(e)
		}
	}
}

func (s *framing) adopt(e app.ViewEvent) {
	if !e.Valid() {
		return
	}
	s.sys.square()
	if err := s.sys.adopt(e); err != nil {
		s.cause = err
		return
	}
	s.adopted, s.began = true, time.Now()
	s.sys.move(image.Rectangle{Min: s.at, Max: s.at.Add(s.size)})
}

func (s *framing) over() bool {
	return s.panel.done != nil || s.panel.left || s.cause != nil || s.ctx.Err() != nil
}

func (s *framing) frame(e app.FrameEvent) {
	gtx := app.NewContext(&s.ops, e)
	if s.over() {
		e.Frame(new(op.Ops))
		if s.keys {
			s.keys = false
			s.sys.giveKeys()
		}
		s.gio.Perform(system.ActionClose)
		return
	}
	s.panel.update(s.ctx, gtx)
	gtx.Constraints = layout.Exact(e.Size)
	s.panel.layout(gtx)
	// Until the system has made the window as large as the screen, and after the last word, the next frame comes at once.
	if e.Size != s.size || s.over() {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(10 * time.Millisecond)})
	}
	e.Frame(gtx.Ops)
	if s.adopted && !s.keys && e.Size == s.size {
		s.keys = true
		s.sys.takeKeys()
	}
}
