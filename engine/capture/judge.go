package capture

import (
	"context"
	"errors"
	"image"
	"regexp"
	"sync"
	"time"
)

// Names of the regions that the judge itself asks for.
const (
	RegionAmount = "amount"
	RegionSerial = "serial"
)

// DefaultPause is the least time between two looks that must be equal: longer than three frames of a
// 60 Hz screen, so a half-drawn total does not pass twice.
const DefaultPause = 60 * time.Millisecond

// mostLooks is how often one looks until two in a row are equal.
const mostLooks = 4

// anySerial is what a serial number looks like when the profile does not say it.
var anySerial = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z./-]{1,39}$`)

// Judge turns what the POS shows and tells into amounts that it vouches for. The fields are set once,
// before the first call; all methods may be called by several goroutines.
type Judge struct {
	Eye   Eye
	Scene Scene
	// Glyphs reads the amount's region; nil when none were taught.
	Glyphs *Glyphs
	// Reader is the second opinion on what Glyphs read: it may veto and pre-fill. Without Glyphs, and for every
	// other region, it reads two preparations of the picture, which must agree. nil: there is none.
	Reader Reader
	// Regions are the taught rectangles. "amount" is needed, "serial" only for Serial.
	Regions []Region
	// Anchor is what the regions move with; nil when none was taught.
	Anchor *Anchor
	// Taught is the size of the client area, in px, at which the regions were taught; zero accepts any.
	Taught image.Point
	// DPI is the taught scaling of the screen; zero accepts any.
	DPI     int
	Grammar Grammar
	// Sources are the ways to the amount in the order in which they are asked; none means pixels alone.
	Sources []Source
	// Agree is how many sources must tell the same amount before it is paid without Enter; 0 means 1.
	Agree int
	// SerialForm is what a serial number must match; nil means letters, digits and - . / between them.
	SerialForm *regexp.Regexp
	// Pause is the time between two looks; zero means DefaultPause, and less than that is raised to it.
	Pause time.Duration
	// Preprocess takes frame lines out of a picture before Reader sees it, Zoom enlarges it so many times (1 to 4).
	Preprocess bool
	Zoom       int

	reader  turns // a Reader serves one goroutine at a time
	known   memory
	anchor  sought
	spent   spent
	running sync.WaitGroup // opinions that nobody may be waiting for any more
}

// Wait waits for readings that went on after their caller had what it needed. The owner of Reader calls it
// before he closes that.
func (j *Judge) Wait() { j.running.Wait() }

// Serial reads the serial region: the same text from both preparations, in the profile's form. Anything
// else is a *Refusal.
func (j *Judge) Serial(ctx context.Context) (string, error) {
	seen, err := steady(ctx, j, RegionSerial, j.read)
	if err != nil {
		return "", err
	}
	form := j.SerialForm
	if form == nil {
		form = anySerial
	}
	a, b := plain(seen.read.grey), plain(seen.read.otsu)
	switch {
	case a != b:
		return "", &Refusal{Why: Disagree}
	case !form.MatchString(a):
		return "", &Refusal{Why: NotSerial}
	}
	return a, nil
}

// Same says whether what previous was read from is still told and shown. It is asked just before money
// moves: an unchanged picture answers in the time of one grab, a changed one is read once more. False, with
// or without an error, means stop.
func (j *Judge) Same(ctx context.Context, previous Reading) (bool, error) {
	if previous.Crop == nil && len(previous.Sources) == 0 {
		return false, &Refusal{Why: NotCompared}
	}
	if previous.Crop != nil {
		if same, err := j.sameCrop(ctx, previous); !same || err != nil {
			return false, err
		}
	}
	for i, s := range j.ladder() {
		if s.Line == nil || i >= len(previous.Sources) || previous.Sources[i].Why != "" {
			continue
		}
		now, err := j.hear(ctx, s)
		if err != nil || now.Why != "" || now.Amount != previous.Sources[i].Amount {
			return false, err
		}
	}
	return true, nil
}

// sameCrop says whether the amount's region shows what it showed, or at least the same amount.
func (j *Judge) sameCrop(ctx context.Context, previous Reading) (bool, error) {
	crop, _, err := j.glance(ctx, j.amountRegion())
	if err != nil {
		return false, err
	}
	if samePicture(crop, previous.Crop) {
		return true, nil
	}
	now, err := j.Picture(ctx, crop)
	if err != nil {
		return false, err
	}
	return now.Sure && previous.Amount > 0 && now.Amount == previous.Amount, nil
}

// Picture judges a picture of the amount region that was grabbed before: a recording, a test. It looks
// at nothing else, so the rules about the window and about steadiness are the caller's.
func (j *Judge) Picture(ctx context.Context, crop *image.RGBA) (Reading, error) {
	a, err := j.account(ctx, crop)
	return a.Reading, err
}

// refused makes a Reading of an error. What merely was not acceptable is no error of Amount.
func refused(crop *image.RGBA, err error) (Reading, error) {
	var no *Refusal
	if !errors.As(err, &no) {
		return Reading{Crop: crop, Why: Unread, By: Pixels}, err
	}
	if no.Cause == nil {
		err = nil
	}
	return Reading{Crop: crop, Why: no.Why, By: Pixels}, err
}
