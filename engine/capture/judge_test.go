package capture_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/capture"
	"cpos/engine/capture/capturetest"
)

// desk is a painted screen with one POS on it: what the region shows changes with each look.
type desk struct {
	lock    sync.Mutex
	place   capture.Place
	posErr  error
	eyeErr  error
	shows   []*image.RGBA // one after the other; the last one stays
	grabbed []time.Time
	onGrab  func(n int)
	asked   image.Rectangle
}

var client = image.Rect(100, 50, 1000, 730)

func newDesk(shows ...*image.RGBA) *desk {
	return &desk{place: capture.Place{Client: client, InFront: true, DPI: 96}, shows: shows}
}

func (d *desk) POS(context.Context) (capture.Place, error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.place, d.posErr
}

func (d *desk) Grab(_ context.Context, r image.Rectangle) (*image.RGBA, error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.asked = r
	d.grabbed = append(d.grabbed, time.Now())
	if d.onGrab != nil {
		d.onGrab(len(d.grabbed))
	}
	if d.eyeErr != nil {
		return nil, d.eyeErr
	}
	show := d.shows[0]
	if len(d.shows) > 1 {
		d.shows = d.shows[1:]
	}
	return show, nil
}

// saying is a reader that tells the grey preparation from the other by its height and says what it was
// told about each.
type saying struct {
	lock       sync.Mutex
	grey, otsu string
	err        error
	calls      int
	busy       bool
}

func (s *saying) Read(_ context.Context, line *image.Gray) (string, error) {
	s.lock.Lock()
	if s.busy {
		s.lock.Unlock()
		return "", errors.New("two goroutines at a time")
	}
	s.busy, s.calls = true, s.calls+1
	s.lock.Unlock()
	defer func() { s.lock.Lock(); s.busy = false; s.lock.Unlock() }()
	if s.err != nil {
		return "", s.err
	}
	if line.Bounds().Dy() < 64 {
		return s.grey + "\n", nil
	}
	return s.otsu + "\n", nil
}

func judge(d *desk, r capture.Reader) *capture.Judge {
	return &capture.Judge{Eye: d, Reader: r, Scene: d, Taught: client.Size(), DPI: 96, Grammar: capture.Grammar{Decimals: 2},
		Regions: []capture.Region{{Name: "amount", X: 628, Y: 92, W: 248, H: 68}, {Name: "serial", X: 84, Y: 62, W: 200, H: 32}}}
}

func total(text string) *image.RGBA {
	return capturetest.DrawIn(capturetest.Ordinary, image.Pt(248, 68), text)
}

// both is a reader whose readings agree.
func both(text string) *saying { return &saying{grey: text, otsu: text} }

func TestAnAmountThatEverythingAgreesOnIsSure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(total("12.50"))
		got, err := judge(d, both("12.50")).Amount(t.Context())
		if err != nil || !got.Sure || got.Amount != 1250 || got.Why != "" || got.Crop == nil {
			t.Fatalf("%+v, %v", got, err)
		}
		if want := image.Rect(728, 142, 976, 210); d.asked != want {
			t.Errorf("looked at %v, want %v", d.asked, want)
		}
		if len(d.grabbed) != 2 || d.grabbed[1].Sub(d.grabbed[0]) < 60*time.Millisecond {
			t.Errorf("grabs at %v", d.grabbed)
		}
	})
}

func TestAmountRefusals(t *testing.T) {
	broken := errors.New("broken")
	for _, row := range []struct {
		name   string
		change func(*desk, *saying, *capture.Judge)
		why    capture.Reason
		cause  error
	}{
		{"no POS", func(d *desk, _ *saying, _ *capture.Judge) { d.posErr = capture.ErrNoPOS }, capture.NoPOS, nil},
		{"windows cannot be listed", func(d *desk, _ *saying, _ *capture.Judge) { d.posErr = broken }, capture.NoPOS, broken},
		{"another window in front", func(d *desk, _ *saying, _ *capture.Judge) { d.place.InFront = false }, capture.NotInFront, nil},
		{"window made larger", func(d *desk, _ *saying, _ *capture.Judge) { d.place.Client.Max.X++ }, capture.Resized, nil},
		{"screen scaled", func(d *desk, _ *saying, _ *capture.Judge) { d.place.DPI = 120 }, capture.Rescaled, nil},
		{"region beside the window", func(_ *desk, _ *saying, j *capture.Judge) { j.Regions[0].X = 700 }, capture.Outside, nil},
		{"region without a size", func(_ *desk, _ *saying, j *capture.Judge) { j.Regions[0].W = 0 }, capture.Outside, nil},
		{"region never taught", func(_ *desk, _ *saying, j *capture.Judge) { j.Regions = nil }, capture.NoRegion, nil},
		{"screen cannot be grabbed", func(d *desk, _ *saying, _ *capture.Judge) { d.eyeErr = broken }, capture.Blind, broken},
		{"recognition fails", func(_ *desk, r *saying, _ *capture.Judge) { r.err = broken }, capture.Unread, broken},
		{"nothing written", func(d *desk, _ *saying, _ *capture.Judge) { d.shows = []*image.RGBA{total("")} }, capture.Blank, nil},
		{"cut by the edge", func(d *desk, _ *saying, _ *capture.Judge) { d.shows = []*image.RGBA{total("1234567890123.45")} }, capture.EdgeInk, nil},
		{"never steady", func(d *desk, _ *saying, _ *capture.Judge) {
			d.shows = []*image.RGBA{total("1.00"), total("2.00"), total("3.00"), total("4.00")}
		}, capture.Unstable, nil},
		{"front lost meanwhile", func(d *desk, _ *saying, _ *capture.Judge) { d.onGrab = func(int) { d.place.InFront = false } }, capture.Moved, nil},
		{"window moved meanwhile", func(d *desk, _ *saying, _ *capture.Judge) {
			d.onGrab = func(int) { d.place.Client = d.place.Client.Add(image.Pt(1, 0)) }
		}, capture.Moved, nil},
		{"readings differ", func(_ *desk, r *saying, _ *capture.Judge) { r.otsu = "72.50" }, capture.Disagree, nil},
		{"both see no decimals", func(_ *desk, r *saying, _ *capture.Judge) { r.grey, r.otsu = "1250", "1250" }, capture.NoDecimals, nil},
		{"one sees a refund", func(_ *desk, r *saying, _ *capture.Judge) { r.otsu = "-12.50" }, capture.Negative, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, r := newDesk(total("12.50")), both("12.50")
				j := judge(d, r)
				row.change(d, r, j)
				got, err := j.Amount(t.Context())
				if got.Sure || got.Amount != 0 || got.Why != row.why || !errors.Is(err, row.cause) || (row.cause == nil) != (err == nil) {
					t.Errorf("%+v, %v", got, err)
				}
			})
		})
	}
}

func TestOneReadingAloneOnlyPrefills(t *testing.T) {
	for _, r := range []*saying{{grey: "12.50", otsu: "l2.5O"}, {grey: "", otsu: "12.50"}} {
		got, err := judge(newDesk(), r).Picture(t.Context(), total("12.50"))
		if err != nil || got.Sure || got.Amount != 1250 || got.Why != capture.Disagree {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestATotalThatSettlesIsReadAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(total("1.00"), total("10.00"), total("12.50"))
		if got, err := judge(d, both("12.50")).Amount(t.Context()); err != nil || !got.Sure {
			t.Errorf("%+v, %v", got, err)
		}
		if len(d.grabbed) != 4 {
			t.Errorf("%d grabs", len(d.grabbed))
		}
	})
}

func TestAmountEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		got, err := judge(newDesk(total("12.50")), both("12.50")).Amount(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || got.Sure {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestSame(t *testing.T) {
	seen := total("12.50")
	previous := capture.Reading{Amount: 1250, Sure: true, Crop: seen}
	redrawn := total("12.50")
	redrawn.SetRGBA(40, 30, color.RGBA{200, 200, 200, 255})
	for _, row := range []struct {
		name     string
		previous capture.Reading
		show     *image.RGBA
		read     string
		away     bool
		want     bool
		why      capture.Reason
		calls    int
	}{
		{"unchanged", previous, total("12.50"), "never asked", false, true, "", 0},
		{"redrawn with the same amount", previous, redrawn, "12.50", false, true, "", 2},
		{"another amount", previous, total("13.50"), "13.50", false, false, "", 2},
		{"no longer readable", previous, redrawn, "??", false, false, "", 2},
		{"POS no longer in front", previous, total("12.50"), "12.50", true, false, capture.NotInFront, 0},
		{"typed by the cashier", capture.Reading{Amount: 1250}, total("12.50"), "12.50", false, false, capture.NotCompared, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, r := newDesk(row.show), both(row.read)
			d.place.InFront = !row.away
			got, err := judge(d, r).Same(t.Context(), row.previous)
			var no *capture.Refusal
			if errors.As(err, &no); got != row.want || (err != nil) != (row.why != "") || err != nil && no.Why != row.why || r.calls != row.calls {
				t.Errorf("%v, %v after %d readings", got, err, r.calls)
			}
		})
	}
}

func TestSerial(t *testing.T) {
	number := capturetest.DrawIn(capturetest.Style{Size: 18, Ink: color.RGBA{A: 255}, Paper: color.RGBA{255, 255, 255, 255}}, image.Pt(200, 32), "20261123-0007")
	for _, row := range []struct {
		name, grey, otsu string
		form             *regexp.Regexp
		want             string
		why              capture.Reason
	}{
		{"both agree", "20261123-0007", "20261123-0007 ", nil, "20261123-0007", ""},
		{"readings differ", "20261123-0007", "20261123-0001", nil, "", capture.Disagree},
		{"not a number", "--", "--", nil, "", capture.NotSerial},
		{"not in the profile's form", "A-7", "A-7", regexp.MustCompile(`^\d{8}-\d{4}$`), "", capture.NotSerial},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := judge(newDesk(number), &saying{grey: row.grey, otsu: row.otsu})
				j.SerialForm = row.form
				got, err := j.Serial(t.Context())
				var no *capture.Refusal
				if errors.As(err, &no); got != row.want || (err != nil) != (row.why != "") || err != nil && no.Why != row.why {
					t.Errorf("%q, %v", got, err)
				}
			})
		})
	}
}

func TestQuestionsOfAPlan(t *testing.T) {
	d, r := newDesk(total("12.50")), both("12.50")
	j := judge(d, r)
	form := regexp.MustCompile(`^12\.`)
	for range 3 {
		if yes, err := j.Matches(t.Context(), "amount", form); err != nil || !yes {
			t.Fatalf("%v, %v", yes, err)
		}
	}
	if yes, err := j.AmountIs(t.Context(), "amount", 1250); err != nil || !yes {
		t.Errorf("right amount: %v, %v", yes, err)
	}
	if yes, err := j.AmountIs(t.Context(), "amount", 1251); err != nil || yes {
		t.Errorf("other amount: %v, %v", yes, err)
	}
	if r.calls != 2 {
		t.Errorf("an unchanged picture was read %d times", r.calls)
	}
	d.place.InFront = false
	if yes, err := j.Matches(t.Context(), "amount", form); err != nil || yes {
		t.Errorf("window behind another: %v, %v", yes, err)
	}
	if _, err := j.Matches(t.Context(), "due", form); err == nil {
		t.Error("a region that was never taught is an error")
	}
}

func TestOneReaderServesManyAskers(t *testing.T) {
	j := judge(newDesk(total("12.50")), both("12.50"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := j.Picture(t.Context(), total("12.50")); err != nil || !got.Sure {
				t.Errorf("%+v, %v", got, err)
			}
			if yes, err := j.AmountIs(t.Context(), "amount", 1250); err != nil || !yes {
				t.Errorf("%v, %v", yes, err)
			}
		})
	}
	all.Wait()
}
