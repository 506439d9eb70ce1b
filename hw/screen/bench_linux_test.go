//go:build cgo

package screen_test

import (
	"image"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/screen"
)

// BenchmarkRegionToAmount measures grabbing the amount of a practice POS and reading it with both
// preparations, without the pause between two grabs. "x-grab" is how many bare grabs that takes in the
// same run.
func BenchmarkRegionToAmount(b *testing.B) {
	desktoptest.Display(b, 1280, 800)
	about := practicePOS(b, "--cart", "1234.56")
	b.Run("linked", func(b *testing.B) { regionToAmount(b, judgeOf(b, about, openReader(b))) })
	b.Run("portable", func(b *testing.B) { regionToAmount(b, judgeOf(b, about, openPortable(b))) })
}

func openPortable(b *testing.B) *screen.Reader {
	b.Helper()
	r, err := screen.OpenPortable(b.Context(), screen.ReaderOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close() }) // nothing is measured after it
	return r
}

func regionToAmount(b *testing.B, j *capture.Judge) {
	place, err := j.Scene.(desktop.Scene).POS(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var at image.Rectangle
	for _, r := range j.Regions {
		if r.Name == capture.RegionAmount {
			at = r.Rect(place.Client)
		}
	}
	var grabs time.Duration
	for b.Loop() {
		before := time.Now()
		crop, err := j.Eye.Grab(b.Context(), at)
		grabs += time.Since(before)
		if err != nil {
			b.Fatal(err)
		}
		if got, err := j.Picture(b.Context(), crop); err != nil || got.Amount != 123456 {
			b.Fatalf("%+v, %v", got, err)
		}
	}
	b.ReportMetric(float64(grabs.Nanoseconds())/float64(b.N), "ns/grab")
	b.ReportMetric(float64(b.Elapsed())/float64(grabs), "x-grab")
}
