package capture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"time"
)

// spot is where one look was taken: two looks that are to be equal must be from the same.
type spot struct {
	place Place
	shift image.Point // of the anchor against where it was taught
}

// ahead is what is made of a picture while the pause to the next look passes.
type ahead[T any] struct {
	crop *image.RGBA
	read T
	err  error
	stop context.CancelFunc
	done chan struct{}
}

// steady looks at a region until two looks in a row are equal, and gives what read makes of it. The reading
// of a look runs while the pause to the next one passes; it is dropped when the next one differs.
func steady[T any](ctx context.Context, j *Judge, region string, read func(context.Context, *image.RGBA) (T, error)) (ahead[T], error) {
	crop, at, err := j.glance(ctx, region)
	if err != nil {
		return ahead[T]{}, err
	}
	for range mostLooks - 1 {
		a := begin(ctx, crop, read)
		next, later, err := j.after(ctx, region)
		switch {
		case err != nil:
			a.drop()
			return ahead[T]{crop: crop}, err
		case later != at:
			a.drop()
			return ahead[T]{crop: crop}, &Refusal{Why: Moved}
		case samePicture(crop, next):
			<-a.done
			a.stop()
			return *a, a.err
		}
		a.drop()
		crop = next
	}
	return ahead[T]{crop: crop}, &Refusal{Why: Unstable}
}

func begin[T any](ctx context.Context, crop *image.RGBA, read func(context.Context, *image.RGBA) (T, error)) *ahead[T] {
	ctx, stop := context.WithCancel(ctx)
	a := &ahead[T]{crop: crop, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.read, a.err = read(ctx, crop)
	}()
	return a
}

func (a *ahead[T]) drop() {
	a.stop()
	<-a.done
	if r, ok := any(&a.read).(interface{ dropped() }); ok {
		r.dropped()
	}
}

// after waits the pause and looks again.
func (j *Judge) after(ctx context.Context, region string) (*image.RGBA, spot, error) {
	if err := j.pause(ctx); err != nil {
		return nil, spot{}, err
	}
	crop, at, err := j.glance(ctx, region)
	var no *Refusal
	if errors.As(err, &no) && (no.Why == NotInFront || no.Why == NoPOS) {
		err = &Refusal{Why: Moved}
	}
	return crop, at, err
}

func (j *Judge) pause(ctx context.Context) error {
	wait := time.NewTimer(max(j.Pause, DefaultPause))
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
		return nil
	}
}

// glance checks the window and grabs a region once.
func (j *Judge) glance(ctx context.Context, name string) (*image.RGBA, spot, error) {
	region, known := j.region(name)
	if !known {
		return nil, spot{}, &Refusal{Why: NoRegion}
	}
	place, err := j.window(ctx)
	if err != nil {
		return nil, spot{}, err
	}
	shift, err := j.shift(ctx, place)
	if err != nil {
		return nil, spot{}, err
	}
	at := region.Rect(place.Client).Add(shift)
	if region.W <= 0 || region.H <= 0 || !at.In(place.Client) {
		return nil, spot{}, &Refusal{Why: Outside}
	}
	crop, err := j.Eye.Grab(ctx, at)
	if err != nil {
		return nil, spot{}, &Refusal{Why: Blind, Cause: err}
	}
	if c, asks := j.Scene.(Cover); asks { // asked after the grab, so that what came up before it is noticed
		covered, err := c.Covered(ctx, at)
		if err != nil || covered {
			return nil, spot{}, &Refusal{Why: Covered, Cause: err}
		}
	}
	return crop, spot{place, shift}, nil
}

// window gives the place of the POS's window, which must be in front and as it was taught.
func (j *Judge) window(ctx context.Context) (Place, error) {
	place, err := j.Scene.POS(ctx)
	switch {
	case errors.Is(err, ErrNoPOS):
		return Place{}, &Refusal{Why: NoPOS}
	case err != nil:
		return Place{}, &Refusal{Why: NoPOS, Cause: err}
	case !place.InFront:
		return Place{}, &Refusal{Why: NotInFront}
	case j.Taught != (image.Point{}) && place.Client.Size() != j.Taught:
		return Place{}, &Refusal{Why: Resized}
	case j.DPI != 0 && place.DPI != 0 && place.DPI != j.DPI:
		return Place{}, &Refusal{Why: Rescaled}
	}
	place.Title = "" // a title may tell the time; where the window is is what counts
	return place, nil
}

func (j *Judge) region(name string) (Region, bool) {
	for _, r := range j.Regions {
		if r.Name == name {
			return r, true
		}
	}
	return Region{}, false
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
