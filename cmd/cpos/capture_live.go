package main

import (
	"context"
	"errors"
	"image"
	"time"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/lesson"
	"cpos/engine/words"
	"cpos/hw/desktop"
	"cpos/hw/screen"
	"cpos/hw/window"
)

// Errors of teaching at the screen.
var (
	errNoWindowFound = errors.New("no POS window")
	errLeft          = errors.New("left")
)

// An amount is captured twice, and a third time when digits are still unknown.
const (
	leastLooks = 2
	mostLooks  = 3
)

// fromScreen teaches at the POS itself.
func (x *teaching) fromScreen(ctx context.Context, texts []string) error {
	if len(texts) > 0 {
		return words.Fail(errUsage, "cli.capture.texts").Advise("cli.capture.texts.hint")
	}
	d, err := desktop.Open()
	if err != nil {
		return words.Fail(keys.ErrNoDisplay, "input.no_display").Advise("input.no_display.hint").Because(err)
	}
	defer d.Close()
	reader, err := screen.OpenReader(ctx, screen.ReaderOptions{})
	if err != nil {
		x.say("cli.capture.no_reader") // the preview is a comfort, teaching goes without it
	} else {
		defer func() { _ = reader.Close() }() // nothing is read any more
	}
	s := &session{teaching: x, desktop: d, tell: x.say}
	if reader != nil {
		s.reader = reader
	}
	if err := s.run(ctx); ctx.Err() == nil {
		return err
	}
	return words.Fail(errLeft, "cli.capture.left") // interrupted
}

// session is teaching with a person in front of the POS.
type session struct {
	*teaching
	desktop *desktop.Desktop
	reader  capture.Reader // nil: no preview
	tell    func(key string, namesAndValues ...any)
	quiet   time.Duration // how long what tell shows may stand on the screen
	note    words.Text    // of the next screen: what went wrong, what is still missing
}

// run takes looks until there is enough to learn from.
func (s *session) run(ctx context.Context) error {
	for len(s.looks) < mostLooks {
		if err := s.look(ctx); err != nil {
			return err
		}
		if !s.isAmount() || s.enough() {
			return nil
		}
		s.tell("cli.capture.next_amount", "number", len(s.looks)+1)
		if err := s.waitForChange(ctx); err != nil {
			return err
		}
	}
	return nil
}

// enough says whether the looks so far teach every digit.
func (s *session) enough() bool {
	if len(s.looks) < leastLooks {
		return false
	}
	glyphs, err := s.learnAs()
	if err == nil && glyphs.Missing() == "" {
		return true
	}
	s.note = words.T("cli.capture.one_more")
	if err == nil {
		s.note = words.T("cli.capture.missing", "signs", glyphs.Missing())
	}
	return false
}

// place finds the POS's window and brings it to the front.
func (s *session) place(ctx context.Context) (capture.Place, error) {
	w, err := s.desktop.Find(ctx, s.profile.Window())
	if err == nil {
		err = s.desktop.Activate(ctx, w)
	}
	if errors.Is(err, keys.ErrNoWindow) {
		return capture.Place{}, words.Fail(errNoWindowFound, "cli.capture.no_pos", "title", s.profile.ProductTitle()).Advise("cli.capture.no_pos.hint").Because(err)
	}
	if err != nil {
		return capture.Place{}, err
	}
	return desktop.Scene{Desktop: s.desktop, Window: s.profile.Window()}.POS(ctx)
}

// look freezes the screen and has the region framed on it, and its text typed.
func (s *session) look(ctx context.Context) error {
	place, err := s.place(ctx)
	if err != nil {
		return err
	}
	if err := s.fits(place.Client.Size()); err != nil {
		return err
	}
	if s.dpi == 0 {
		s.dpi = place.DPI
	}
	monitor, err := screen.Monitor(place.Client)
	if err != nil {
		return err
	}
	frozen, err := (screen.Eye{}).Grab(ctx, monitor)
	if err != nil {
		return err
	}
	framed, err := window.Frame(ctx, s.frameOptions(frozen, monitor, place))
	if errors.Is(err, window.ErrLeft) {
		if len(s.looks) >= leastLooks {
			return nil // what is there may do
		}
		return words.Fail(errLeft, "cli.capture.left")
	}
	if err != nil {
		return err
	}
	s.rect = framed.Rect.Sub(place.Client.Min)
	client := place.Client.Intersect(monitor)
	frame := lesson.Cut(frozen, client.Sub(monitor.Min))
	look := lesson.Capture{Crop: lesson.Cut(frozen, framed.Rect.Sub(monitor.Min)), Text: framed.Text}
	if client == place.Client {
		look.Frame = frame
	}
	s.looks = append(s.looks, look)
	return nil
}

func (s *session) frameOptions(frozen *image.RGBA, monitor image.Rectangle, place capture.Place) window.FrameOptions {
	o := window.FrameOptions{Picture: frozen, At: monitor.Min, Room: place.Client.Intersect(monitor), Lang: s.lang, Touch: s.profile.Touch,
		Title: s.title(), Note: s.note, AskText: s.isAmount(), Fixed: len(s.looks) > 0}
	rect := s.rect
	if rect.Empty() {
		rect = s.taughtRect()
	}
	if !rect.Empty() {
		o.Rect = rect.Add(place.Client.Min)
	}
	if s.reader != nil {
		o.Preview = s.preview
	}
	return o
}

func (s *session) title() words.Text {
	switch s.name {
	case capture.RegionAmount:
		return words.T("frame.title.amount")
	case capture.RegionSerial:
		return words.T("frame.title.serial")
	}
	return words.T("frame.title.name", "name", s.name)
}

// preview tells what text recognition makes of a rectangle: a first guess, and whether it is cut too narrow.
func (s *session) preview(ctx context.Context, crop *image.RGBA) window.Seen {
	judge := &capture.Judge{Reader: s.reader, Grammar: s.profile.Grammar()}
	read, err := judge.Picture(ctx, crop)
	switch {
	case err != nil:
		return window.Seen{Note: words.T("capture.unread")}
	case !s.isAmount() && read.Why != capture.EdgeInk && read.Why != capture.Blank:
		return window.Seen{Text: read.Text, Good: read.Text != ""}
	case read.Sure:
		return window.Seen{Text: read.Text, Note: words.T("frame.seen.good"), Good: true}
	case read.Why == capture.EdgeInk:
		return window.Seen{Text: read.Text, Note: words.T("teach.edge"), Stop: true}
	case read.Why == capture.Blank:
		return window.Seen{Text: read.Text, Note: words.T("teach.blank"), Stop: true}
	}
	return window.Seen{Text: read.Text, Note: words.T("frame.seen.guess")}
}

// A new amount is taken when it stood still for so long. Before that the POS gets a while to draw again what the
// frozen screen had covered.
const (
	changeEvery = 150 * time.Millisecond
	stillFor    = 900 * time.Millisecond
	redrawFor   = 5 * time.Second
)

// waitForChange waits until the region shows something else than the last time and that stands still.
func (s *session) waitForChange(ctx context.Context) error {
	last := s.looks[len(s.looks)-1].Crop
	began, redrawn := time.Now(), false // nothing is taken before what tell showed is gone
	var seen *image.RGBA
	var still time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(changeEvery):
		}
		crop, err := s.crop(ctx)
		switch {
		case err != nil:
			return err
		case crop == nil || plainPicture(crop):
			seen = nil
		case samePixels(crop, last):
			redrawn, seen = true, nil
		case !redrawn && time.Since(began) < redrawFor, time.Since(began) < s.quiet:
		case seen == nil || !samePixels(crop, seen):
			seen, still = crop, time.Now()
		case time.Since(still) >= stillFor && !s.known(seen):
			return nil
		}
	}
}

// crop gives the region as it is now, nil while the POS is not in front or is being moved.
func (s *session) crop(ctx context.Context) (*image.RGBA, error) {
	place, err := (desktop.Scene{Desktop: s.desktop, Window: s.profile.Window()}).POS(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, words.Fail(errNoWindowFound, "cli.capture.no_pos", "title", s.profile.ProductTitle()).Advise("cli.capture.no_pos.hint").Because(err)
	case !place.InFront:
		return nil, nil
	}
	crop, err := (screen.Eye{}).Grab(ctx, s.rect.Add(place.Client.Min))
	if err != nil {
		return nil, ctx.Err()
	}
	return crop, nil
}

// plainPicture says that nothing is drawn: a window that waits for its program looks so.
func plainPicture(p *image.RGBA) bool {
	for i := 4; i < len(p.Pix); i++ {
		if p.Pix[i] != p.Pix[i-4] {
			return false
		}
	}
	return true
}

// known says that a picture was captured already.
func (s *session) known(crop *image.RGBA) bool {
	for _, look := range s.looks {
		if samePixels(look.Crop, crop) {
			return true
		}
	}
	return false
}
