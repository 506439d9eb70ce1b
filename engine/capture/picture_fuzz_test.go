package capture_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/engine/capture/capturetest"
)

// ordinary is a reader that was taught an ordinary till.
var ordinary = sync.OnceValues(func() (*capture.Glyphs, error) {
	var lessons []capture.Lesson
	for _, text := range []string{"12,345.67", "98,760.85"} {
		lessons = append(lessons, capture.Lesson{Picture: amountOf(text), Text: text})
	}
	return capture.Teach(lessons)
})

func amountOf(text string) *image.RGBA {
	return capturetest.DrawIn(capturetest.Ordinary, image.Pt(220, 60), text)
}

func filled(w, h int, c color.Color) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(p, p.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return p
}

func noise(w, h int) *image.RGBA {
	p, random := image.NewRGBA(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(1, 1))
	for i := range p.Pix {
		p.Pix[i] = uint8(random.UintN(256))
	}
	return p
}

// strangePictures hold no amount, whatever is looked for in them. Memory that is never touched costs
// nothing, so the giant one is only dear for who looks at it.
func strangePictures() map[string]*image.RGBA {
	return map[string]*image.RGBA{
		"nothing at all":      image.NewRGBA(image.Rectangle{}),
		"one pixel":           filled(1, 1, color.Black),
		"one row":             filled(200, 1, color.Black),
		"one column":          filled(1, 60, color.Black),
		"ten thousand square": image.NewRGBA(image.Rect(0, 0, 10_000, 10_000)),
		"a very long line":    image.NewRGBA(image.Rect(0, 0, 1_000_000, 30)),
		"all ink":             filled(248, 68, color.Black),
		"all paper":           filled(248, 68, color.White),
		"all of one colour":   filled(248, 68, color.RGBA{200, 30, 40, 255}),
		"noise":               noise(248, 68),
		"noise on four px":    noise(4, 4),
		"transparent":         image.NewRGBA(image.Rect(0, 0, 248, 68)),
	}
}

// Whatever a region shows, a refusal with a reason comes soon and takes little memory.
func TestStrangePicturesAreRefusedSoonAndWithAReason(t *testing.T) {
	glyphs, err := ordinary()
	if err != nil {
		t.Fatal(err)
	}
	grammar := capture.Grammar{Decimals: 2}
	looks := map[string]func(*image.RGBA) capture.Reason{
		"taught": func(p *image.RGBA) capture.Reason { return glyphs.Read(p).Why },
		"judge":  (&judged{capture.Judge{Glyphs: glyphs, Grammar: grammar}}).why,
		"judge with a second reader": (&judged{capture.Judge{Glyphs: glyphs, Grammar: grammar, Reader: both("12.50"),
			Preprocess: true, Zoom: 4}}).why,
		"two preparations": (&judged{capture.Judge{Grammar: grammar, Reader: both("??"), Preprocess: true, Zoom: 4}}).why,
		"teaching": func(p *image.RGBA) capture.Reason {
			_, err := capture.Teach([]capture.Lesson{{Picture: p, Text: "12,345.67"}, {Picture: p, Text: "98,760.85"}})
			return taughtReason(err)
		},
		"learning": func(p *image.RGBA) capture.Reason {
			_, err := glyphs.Learn(capture.Lesson{Picture: p, Text: "12,345.67"})
			return taughtReason(err)
		},
	}
	for name, picture := range strangePictures() {
		for who, look := range looks {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			why := look(picture)
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			if why == "" {
				t.Errorf("%s, %s: no reason", name, who)
			}
			if took > 5*time.Second {
				t.Errorf("%s, %s: took %v", name, who, took)
			}
			if most := uint64(64 << 20); after.TotalAlloc-before.TotalAlloc > most {
				t.Errorf("%s, %s: took %d MB", name, who, (after.TotalAlloc-before.TotalAlloc)>>20)
			}
		}
	}
}

type judged struct{ capture.Judge }

func (j *judged) why(p *image.RGBA) capture.Reason {
	got, err := j.Picture(context.Background(), p)
	if err != nil || got.Sure {
		return ""
	}
	return got.Why
}

func taughtReason(err error) capture.Reason {
	var no *capture.TeachError
	if !errors.As(err, &no) {
		return ""
	}
	return capture.Reason(no.Code)
}

// fuzzedPicture makes a picture of bytes: a drawn amount or plain paper of some size, changed by rectangles of
// some colour, by copies of its own parts and by single pixels.
func fuzzedPicture(data []byte) *image.RGBA {
	take := func() int {
		if len(data) == 0 {
			return 0
		}
		v := int(data[0])
		data = data[1:]
		return v
	}
	p := amountOf("1,234.56")
	if kind := take(); kind%3 == 1 {
		p = filled(1+take(), 1+take()%120, color.White)
	} else if kind%3 == 2 {
		p = filled(220, 60, color.RGBA{uint8(take()), uint8(take()), uint8(take()), 255})
	}
	for len(data) > 0 {
		r := image.Rect(take(), take()%60, take(), take()%60)
		switch take() % 3 {
		case 0:
			draw.Draw(p, r, image.NewUniform(color.RGBA{uint8(take()), uint8(take()), uint8(take()), 255}), image.Point{}, draw.Src)
		case 1:
			draw.Draw(p, r, p, image.Pt(take(), take()%60), draw.Src)
		case 2:
			p.SetRGBA(r.Min.X, r.Min.Y, color.RGBA{uint8(take()), uint8(take()), uint8(take()), 255})
		}
	}
	return p
}

// FuzzPicture holds the taught reader to three things: it always ends with a text or a reason, it never
// changes the picture, and it sees nothing of what lies around the region.
func FuzzPicture(f *testing.F) {
	glyphs, err := ordinary()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"\x00", "\x01\x00\x00", "\x02\x00\x00\x00", "\x00\x10\x10\x80\x30\x00\xff\xff\xff", "\x00\x40\x05\x60\x30\x01\x70\x05", "\x00\x30\x20\x00\x00\x02\x00\x00\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 200 {
			return
		}
		p := fuzzedPicture(data)
		kept := append([]byte(nil), p.Pix...)
		saw := glyphs.Read(p)
		if (saw.Text == "") == (saw.Why == "") {
			t.Fatalf("%+v", saw)
		}
		if string(kept) != string(p.Pix) {
			t.Fatal("the picture was changed")
		}
		if again := glyphs.Read(within(p)); again.Text != saw.Text || again.Why != saw.Why {
			t.Fatalf("alone %q %q, inside a larger picture %q %q", saw.Text, saw.Why, again.Text, again.Why)
		}
	})
}

// within gives the same picture as part of a larger one that is full of noise.
func within(p *image.RGBA) *image.RGBA {
	const margin = 9
	b := p.Bounds()
	whole := noise(b.Dx()+2*margin, b.Dy()+2*margin)
	at := image.Rect(margin, margin, margin+b.Dx(), margin+b.Dy())
	draw.Draw(whole, at, p, b.Min, draw.Src)
	return whole.SubImage(at).(*image.RGBA)
}

// FuzzTeach teaches from changed pictures and arbitrary texts. What is learned must read its own lessons back.
func FuzzTeach(f *testing.F) {
	f.Add([]byte("\x00"), "1,234.56", "98,760.85")
	f.Add([]byte("\x00\x10\x10\x80\x30\x00\xff\xff\xff"), "￥1,234.56", "98760.85")
	f.Add([]byte("\x01\xff\x77"), "", "..")
	f.Fuzz(func(t *testing.T, data []byte, first, second string) {
		if len(data) > 100 || len(first)+len(second) > 60 {
			return
		}
		lessons := []capture.Lesson{{Picture: fuzzedPicture(data), Text: first}, {Picture: amountOf("98,760.85"), Text: second}}
		g, err := capture.Teach(lessons)
		var no *capture.TeachError
		if err != nil {
			if !errors.As(err, &no) || no.Code == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, l := range lessons {
			if saw := g.Read(l.Picture); saw.Why != "" {
				t.Fatalf("%q was learned and not read back: %s", l.Text, saw.Why)
			}
		}
	})
}
