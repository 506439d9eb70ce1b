package capture

import (
	"bytes"
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

// DefaultPause is the least time between two grabs that must be equal: longer than three frames of a
// 60 Hz screen, so a half-drawn total does not pass twice.
const DefaultPause = 60 * time.Millisecond

// mostGrabs is how often the region is grabbed until two in a row are equal.
const mostGrabs = 4

// anySerial is what a serial number looks like when the profile does not say it.
var anySerial = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z./-]{1,39}$`)

// Judge turns looks at the POS's window into amounts it vouches for. The fields are set once, before the
// first call; all methods may be called by several goroutines.
type Judge struct {
	Eye    Eye
	Reader Reader
	Scene  Scene
	// Regions are the taught rectangles. "amount" is needed, "serial" only for Serial.
	Regions []Region
	// Taught is the size of the client area, in px, at which the regions were taught; zero accepts any.
	Taught image.Point
	// DPI is the taught scaling of the screen; zero accepts any.
	DPI     int
	Grammar Grammar
	// SerialForm is what a serial number must match; nil means letters, digits and - . / between them.
	SerialForm *regexp.Regexp
	// Pause is the time between two grabs; zero means DefaultPause, and less than that is raised to it.
	Pause time.Duration

	reading sync.Mutex // a Reader serves one goroutine at a time
	known   memory
}

// texts is what the two preparations of one picture were read as.
type texts struct{ grey, otsu string }

// Amount reads the amount region. The Reading always says whether it is sure and if not, why; the error
// is set only when a device failed or ctx ended.
func (j *Judge) Amount(ctx context.Context) (Reading, error) {
	crop, read, err := j.steady(ctx, RegionAmount)
	if err != nil {
		return refused(crop, err)
	}
	return j.judge(crop, read), nil
}

// Serial reads the serial region: the same text from both preparations, in the profile's form. Anything
// else is a *Refusal.
func (j *Judge) Serial(ctx context.Context) (string, error) {
	_, read, err := j.steady(ctx, RegionSerial)
	if err != nil {
		return "", err
	}
	form := j.SerialForm
	if form == nil {
		form = anySerial
	}
	a, b := plain(read.grey), plain(read.otsu)
	switch {
	case a != b:
		return "", &Refusal{Why: Disagree}
	case !form.MatchString(a):
		return "", &Refusal{Why: NotSerial}
	}
	return a, nil
}

// Same says whether the amount region still shows what previous was read from. It is asked just before
// money moves: an unchanged picture answers in the time of one grab, a changed one is read once more.
// False, with or without an error, means stop.
func (j *Judge) Same(ctx context.Context, previous Reading) (bool, error) {
	if previous.Crop == nil {
		return false, &Refusal{Why: NotCompared}
	}
	crop, _, err := j.glance(ctx, RegionAmount)
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
	read, err := j.read(ctx, crop)
	if err != nil {
		return refused(crop, err)
	}
	return j.judge(crop, read), nil
}

// judge makes the two readings agree under the grammar. When only one of them is an amount it may
// pre-fill a box; two different amounts give none.
func (j *Judge) judge(crop *image.RGBA, read texts) Reading {
	a, whyA := j.Grammar.Parse(read.grey)
	b, whyB := j.Grammar.Parse(read.otsu)
	r := Reading{Text: read.grey, Crop: crop}
	switch {
	case whyA == "" && whyB == "" && a == b:
		r.Amount, r.Sure = a, true
	case whyA == "" && whyB == "":
		r.Why = Disagree
	case whyA == "" && mayPrefill(whyB):
		r.Amount, r.Why = a, Disagree
	case whyB == "" && mayPrefill(whyA):
		r.Amount, r.Text, r.Why = b, read.otsu, Disagree
	case whyA == whyB:
		r.Why = whyA
	default:
		r.Why = worse(whyA, whyB)
	}
	return r
}

// mayPrefill says that a reading which was no amount does not speak against the other one.
func mayPrefill(why Reason) bool { return why == NotAmount || why == NoDecimals || why == Blank }

// worse picks the reason that says more about what is on the screen than about the reading of it.
func worse(a, b Reason) Reason {
	for _, why := range []Reason{Negative, TwoAmounts, Zero, TooLarge, TooSmall, BadGrouping, NoDecimals} {
		if a == why || b == why {
			return why
		}
	}
	return NotAmount
}

// refused makes a Reading of an error. What merely was not acceptable is no error of Amount.
func refused(crop *image.RGBA, err error) (Reading, error) {
	var no *Refusal
	if !errors.As(err, &no) {
		return Reading{Crop: crop, Why: Unread}, err
	}
	if no.Cause == nil {
		err = nil
	}
	return Reading{Crop: crop, Why: no.Why}, err
}

// steady grabs a region until two grabs in a row are equal, and reads it. The reading of a grab runs
// while the pause to the next one passes; it is thrown away when the next one differs.
func (j *Judge) steady(ctx context.Context, name string) (*image.RGBA, texts, error) {
	crop, place, err := j.glance(ctx, name)
	if err != nil {
		return nil, texts{}, err
	}
	for range mostGrabs - 1 {
		ahead := j.readAhead(ctx, crop)
		next, later, err := j.after(ctx, name)
		switch {
		case err != nil:
			ahead.drop()
			return crop, texts{}, err
		case later != place:
			ahead.drop()
			return crop, texts{}, &Refusal{Why: Moved}
		case samePicture(crop, next):
			read, err := ahead.wait()
			return crop, read, err
		}
		ahead.drop()
		crop = next
	}
	return crop, texts{}, &Refusal{Why: Unstable}
}

// after waits the pause and looks again.
func (j *Judge) after(ctx context.Context, name string) (*image.RGBA, Place, error) {
	wait := time.NewTimer(max(j.Pause, DefaultPause))
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return nil, Place{}, ctx.Err()
	case <-wait.C:
	}
	crop, place, err := j.glance(ctx, name)
	var no *Refusal
	if errors.As(err, &no) && (no.Why == NotInFront || no.Why == NoPOS) {
		err = &Refusal{Why: Moved}
	}
	return crop, place, err
}

// glance checks the window and grabs a region once.
func (j *Judge) glance(ctx context.Context, name string) (*image.RGBA, Place, error) {
	region, known := j.region(name)
	if !known {
		return nil, Place{}, &Refusal{Why: NoRegion}
	}
	place, err := j.Scene.POS(ctx)
	switch {
	case errors.Is(err, ErrNoPOS):
		return nil, Place{}, &Refusal{Why: NoPOS}
	case err != nil:
		return nil, Place{}, &Refusal{Why: NoPOS, Cause: err}
	}
	if why := j.fits(place, region); why != "" {
		return nil, Place{}, &Refusal{Why: why}
	}
	crop, err := j.Eye.Grab(ctx, region.Rect(place.Client))
	if err != nil {
		return nil, Place{}, &Refusal{Why: Blind, Cause: err}
	}
	place.Title = "" // a title may tell the time; where the window is is what counts
	return crop, place, nil
}

// fits holds the window against what was taught.
func (j *Judge) fits(place Place, region Region) Reason {
	switch {
	case !place.InFront:
		return NotInFront
	case j.Taught != (image.Point{}) && place.Client.Size() != j.Taught:
		return Resized
	case j.DPI != 0 && place.DPI != 0 && place.DPI != j.DPI:
		return Rescaled
	case region.W <= 0 || region.H <= 0 || !region.Rect(place.Client).In(place.Client):
		return Outside
	}
	return ""
}

func (j *Judge) region(name string) (Region, bool) {
	for _, r := range j.Regions {
		if r.Name == name {
			return r, true
		}
	}
	return Region{}, false
}

// read prepares a picture twice and has both read.
func (j *Judge) read(ctx context.Context, crop *image.RGBA) (texts, error) {
	found, ok := findInk(crop)
	switch {
	case !ok:
		return texts{}, &Refusal{Why: Blank}
	case found.edge:
		return texts{}, &Refusal{Why: EdgeInk}
	}
	j.reading.Lock()
	defer j.reading.Unlock()
	if err := ctx.Err(); err != nil {
		return texts{}, err
	}
	grey, err := j.Reader.Read(ctx, found.asGrey())
	if err != nil {
		return texts{}, unread(ctx, err)
	}
	otsu, err := j.Reader.Read(ctx, found.asOtsu())
	if err != nil {
		return texts{}, unread(ctx, err)
	}
	return texts{grey, otsu}, nil
}

func unread(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &Refusal{Why: Unread, Cause: err}
}

// pending is a reading that runs beside the pause.
type pending struct {
	stop context.CancelFunc
	done chan struct{}
	read texts
	err  error
}

func (j *Judge) readAhead(ctx context.Context, crop *image.RGBA) *pending {
	ctx, stop := context.WithCancel(ctx)
	p := &pending{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.read, p.err = j.read(ctx, crop)
	}()
	return p
}

func (p *pending) wait() (texts, error) {
	<-p.done
	p.stop()
	return p.read, p.err
}

func (p *pending) drop() {
	p.stop()
	<-p.done
}

// samePicture compares two pictures pixel by pixel.
func samePicture(a, b *image.RGBA) bool {
	if a.Bounds().Size() != b.Bounds().Size() {
		return false
	}
	w := 4 * a.Bounds().Dx()
	for y := range a.Bounds().Dy() {
		if !bytes.Equal(a.Pix[y*a.Stride:y*a.Stride+w], b.Pix[y*b.Stride:y*b.Stride+w]) {
			return false
		}
	}
	return true
}
