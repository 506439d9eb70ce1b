//go:build cgo

package screen_test

import (
	"image"
	"slices"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/screen"
	"cpos/profiles"
)

// BenchmarkRegionToAmount measures grabbing the amount of a practice POS and reading it, without the pause
// between two grabs: with the taught signs of its profile (5 ms are wanted), and with both preparations by text
// recognition. "x-grab" is how many bare grabs that takes in the same run. A look is all that Judge.Same does to
// see that nothing has changed: the window, what lies over it, the anchor and the region.
func BenchmarkRegionToAmount(b *testing.B) {
	desktoptest.Display(b, 1280, 800)
	about := practicePOS(b, "--cart", "1234.56")
	b.Run("taught", func(b *testing.B) { regionToAmount(b, taughtJudge(b, about)) })
	b.Run("look", func(b *testing.B) { look(b, taughtJudge(b, about)) })
	b.Run("linked", func(b *testing.B) { regionToAmount(b, judgeOf(b, about, openReader(b))) })
	b.Run("portable", func(b *testing.B) { regionToAmount(b, judgeOf(b, about, openPortable(b))) })
}

// taughtJudge has no second opinion: that is not waited for.
func taughtJudge(b *testing.B, about taught) *capture.Judge {
	b.Helper()
	glyphs, err := capture.LoadGlyphs(profiles.FS, "products/practice-pos/glyphs-standard")
	if err != nil {
		b.Fatal(err)
	}
	j := judgeOf(b, about, nil)
	j.Glyphs = glyphs
	return j
}

func look(b *testing.B, j *capture.Judge) {
	seen, err := j.Amount(b.Context())
	if err != nil || !seen.Sure {
		b.Fatalf("%+v, %v", seen, err)
	}
	for b.Loop() {
		if same, err := j.Same(b.Context(), seen); !same || err != nil {
			b.Fatal(same, err)
		}
	}
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
	var all []time.Duration
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
		all = append(all, time.Since(before))
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(grabs.Nanoseconds())/float64(b.N), "ns/grab")
	b.ReportMetric(float64(b.Elapsed())/float64(grabs), "x-grab")
}
