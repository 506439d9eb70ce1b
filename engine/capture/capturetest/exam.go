// Package capturetest is the exam that every capture.Reader sits, and the pictures for it.
//
// It promises that a reader which passes hands no wrong amount through the judge on any picture of the
// exam, and reads most of them. It draws everything itself; pictures of real programs are given to it.
package capturetest

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/png"
	"io/fs"
	"path"
	"strings"
	"testing"

	"cpos/engine/capture"
	"cpos/engine/pay"
)

// leastRight is the share of drawn amounts that a reader must get right, in percent. The rest is to be
// refused: of wrong ones there may be none.
const leastRight = 80

// drawn are the amounts of the exam, some per style.
var drawn = strings.Fields(`12.50 0.01 8.88 1,234.56 791.23 100.00 6.66 45.07 3.14 9.99 17.71 2048.00 86.39 0.50 5.25 3333.33 7.00 64.20`)

// Exam asks a reader for all that the judge relies on. screens holds pictures of amount regions of real
// programs, PNG files with the amount behind the last _ of their name.
func Exam(t *testing.T, r capture.Reader, screens fs.FS) {
	t.Run("hands over letters as letters", func(t *testing.T) { lettersStay(t, r) })
	t.Run("sees no number on an empty line", func(t *testing.T) { emptyHasNoNumber(t, r) })
	t.Run("does not begin when the context has ended", func(t *testing.T) { endedContext(t, r) })
	t.Run("reads the same twice", func(t *testing.T) { sameTwice(t, r) })
	t.Run("drawn amounts", func(t *testing.T) { drawnAmounts(t, r) })
	t.Run("hazards", func(t *testing.T) { hazards(t, r) })
	t.Run("real screens", func(t *testing.T) { realScreens(t, r, screens) })
}

// Judge makes a judge that looks at pictures only.
func Judge(r capture.Reader) *capture.Judge {
	return &capture.Judge{Reader: r, Grammar: capture.Grammar{Decimals: 2, Prefix: []string{"¥", "￥", "合计:"}}}
}

func line(text string) *image.Gray {
	picture := Draw(Ordinary, text)
	grey := image.NewGray(picture.Bounds())
	draw.Draw(grey, grey.Bounds(), picture, image.Point{}, draw.Src)
	return grey
}

// lettersStay catches a list of allowed characters: with one, letters come back as digits.
func lettersStay(t *testing.T, r capture.Reader) {
	for _, word := range []string{"Total", "SODIUM", "Cash"} {
		text, err := r.Read(t.Context(), line(word))
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(text, "0123456789") || strings.TrimSpace(text) == "" {
			t.Errorf("%q was read as %q", word, text)
		}
	}
}

func emptyHasNoNumber(t *testing.T, r capture.Reader) {
	text, err := r.Read(t.Context(), line(""))
	if err != nil || strings.ContainsAny(text, "0123456789") {
		t.Errorf("an empty line was read as %q, %v", text, err)
	}
}

func endedContext(t *testing.T, r capture.Reader) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if text, err := r.Read(ctx, line("12.50")); err == nil {
		t.Errorf("read %q after the end", text)
	}
}

func sameTwice(t *testing.T, r capture.Reader) {
	first, err := r.Read(t.Context(), line("45.07"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(t.Context(), line("888.88")); err != nil {
		t.Fatal(err)
	}
	if again, err := r.Read(t.Context(), line("45.07")); err != nil || again != first {
		t.Errorf("read %q, then %q, %v", first, again, err)
	}
}

func drawnAmounts(t *testing.T, r capture.Reader) {
	j := Judge(r)
	right, all := 0, 0
	for i, style := range Styles() {
		for k := range 3 {
			text := drawn[(3*i+k)%len(drawn)]
			got, err := j.Picture(t.Context(), Draw(style, text))
			if err != nil {
				t.Fatal(err)
			}
			all++
			switch want := amount(t, text); {
			case got.Sure && got.Amount == want:
				right++
			case got.Sure:
				t.Errorf("%s in %+v was read as %s", text, style, got.Amount)
			default:
				t.Logf("%s in %+v was refused: %s, %q", text, style, got.Why, got.Text)
			}
		}
	}
	t.Logf("%d of %d right", right, all)
	if 100*right < leastRight*all {
		t.Errorf("%d of %d right, want %d %%", right, all, leastRight)
	}
}

// hazards are pictures that hold no single whole amount. Whatever is made of them, it is not accepted.
func hazards(t *testing.T, r capture.Reader) {
	j := Judge(r)
	for name, picture := range Hazards() {
		got, err := j.Picture(t.Context(), picture)
		if err != nil {
			t.Fatal(err)
		}
		if got.Sure {
			t.Errorf("%s: accepted as %s (%q)", name, got.Amount, got.Text)
		}
	}
}

// Hazards draws what a till's amount region shows on a bad day.
func Hazards() map[string]*image.RGBA {
	all := map[string]*image.RGBA{
		"refund":                  Draw(Ordinary, "-12.50"),
		"refund in brackets":      Draw(Ordinary, "(12.50)"),
		"nothing":                 Draw(Ordinary, ""),
		"zero":                    Draw(Ordinary, "0.00"),
		"without decimals":        Draw(Ordinary, "791223"),
		"one decimal":             Draw(Ordinary, "12.5"),
		"three decimals":          Draw(Ordinary, "12.505"),
		"two amounts":             Draw(Ordinary, "12.50 10.00"),
		"amount and number":       Draw(Ordinary, "7 x 12.50"),
		"misplaced comma":         Draw(Ordinary, "12,34.56"),
		"a word":                  Draw(Ordinary, "CLOSED"),
		"time":                    Draw(Ordinary, "12:50"),
		"date":                    Draw(Ordinary, "2026-11-23"),
		"more than anyone owes":   Draw(Ordinary, "99999999999.99"),
		"currency not in profile": Draw(Ordinary, "$12.50"),
	}
	whole := Draw(Ordinary, "388.80")
	w, h := whole.Bounds().Dx(), whole.Bounds().Dy()
	all["cut on the left"] = cut(whole, image.Rect(26, 0, w, h))
	all["cut on the right"] = cut(whole, image.Rect(0, 0, w-26, h))
	all["cut at the foot"] = cut(whole, image.Rect(0, 0, w, h/2+4))
	all["cut at the head"] = cut(whole, image.Rect(0, h/2-4, w, h))
	covered := cut(whole, whole.Bounds())
	draw.Draw(covered, image.Rect(w-60, 10, w, h), image.NewUniform(Ordinary.Ink), image.Point{}, draw.Src)
	all["another window over it"] = covered
	struck := cut(whole, whole.Bounds())
	draw.Draw(struck, image.Rect(0, h/2-2, w, h/2+2), image.NewUniform(Ordinary.Ink), image.Point{}, draw.Src)
	all["struck through"] = struck
	return all
}

func cut(from *image.RGBA, r image.Rectangle) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: r.Size()})
	draw.Draw(out, out.Bounds(), from, r.Min, draw.Src)
	return out
}

func realScreens(t *testing.T, r capture.Reader, screens fs.FS) {
	j := Judge(r)
	names, err := fs.Glob(screens, "*.png")
	if err != nil || len(names) == 0 {
		t.Fatalf("no pictures of real screens: %v", err)
	}
	for _, name := range names {
		picture := decode(t, screens, name)
		stem := strings.TrimSuffix(path.Base(name), ".png")
		text := stem[strings.LastIndexByte(stem, '_')+1:]
		got, err := j.Picture(t.Context(), picture)
		if err != nil || !got.Sure || got.Amount != amount(t, text) {
			t.Errorf("%s: %s, sure %v, %s %q, %v", name, got.Amount, got.Sure, got.Why, got.Text, err)
		}
	}
}

func decode(t *testing.T, from fs.FS, name string) *image.RGBA {
	t.Helper()
	data, err := fs.ReadFile(from, name)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	picture := image.NewRGBA(decoded.Bounds())
	draw.Draw(picture, picture.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	return picture
}

func amount(t *testing.T, text string) pay.Money {
	t.Helper()
	m, err := pay.ParseMoney(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
