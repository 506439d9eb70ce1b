package capture_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"cpos/engine/capture"
)

// amounts of two decimals, as tills write them.
func amounts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		fen := rapid.IntRange(1, 9_999_999).Draw(t, "fen")
		return fmt.Sprintf("%d.%02d", fen/100, fen%100)
	})
}

func TestReadsEveryAmountOrRefuses(t *testing.T) {
	for _, l := range []tillLook{plainLook(t, 18), monoLook(t, 13), plainLook(t, 10)} {
		g := taught(t, l, everyDigit...)
		rapid.Check(t, func(t *rapid.T) {
			text := amounts().Draw(t, "amount")
			if saw := g.Read(l.write(text)); saw.Text != text && saw.Text != "" {
				t.Fatalf("%q was read as %q", text, saw.Text)
			}
		})
	}
}

func TestALessonReadsAsTheLesson(t *testing.T) {
	l := plainLook(t, 16)
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(amounts(), 2, 3).Draw(t, "lessons")
		lessons := l.lessons(texts...)
		g, err := capture.Teach(lessons)
		if err != nil {
			return
		}
		for i, lesson := range lessons {
			if saw := g.Read(lesson.Picture); saw.Text != texts[i] {
				t.Fatalf("taught %q, read %q, %s", texts[i], saw.Text, saw.Why)
			}
		}
	})
}

// Ink that is erased from a picture, or added to it, never makes another amount of it.
func TestDamageNeverMakesAnotherAmount(t *testing.T) {
	for _, l := range []tillLook{plainLook(t, 18), monoLook(t, 13)} {
		g := taught(t, l, everyDigit...)
		rapid.Check(t, func(t *rapid.T) {
			text := amounts().Draw(t, "amount")
			m := l.write(text)
			x, y := rapid.IntRange(0, l.w-1).Draw(t, "x"), rapid.IntRange(0, l.h-1).Draw(t, "y")
			w, h := rapid.IntRange(1, 12).Draw(t, "w"), rapid.IntRange(1, 14).Draw(t, "h")
			c := rapid.SampledFrom([]color.RGBA{l.ink, l.paper, {128, 128, 128, 255}, {255, 255, 225, 255}}).Draw(t, "colour")
			paintOver(m, image.Rect(x, y, x+w, y+h), c)
			if saw := g.Read(m); saw.Text != "" && saw.Text != text {
				t.Fatalf("%q became %q", text, saw.Text)
			}
		})
	}
}

// A digit that is painted over with another is read as that other one, or not at all.
func TestAChangedDigitIsNeverReadAsTheOldOne(t *testing.T) {
	l := monoLook(t, 18) // all signs equally wide, so that a changed digit stands where the old one stood
	g := taught(t, l, everyDigit...)
	rapid.Check(t, func(t *rapid.T) {
		text := amounts().Draw(t, "amount")
		i := rapid.IntRange(0, len(text)-1).Draw(t, "sign")
		to := rapid.SampledFrom([]byte("0123456789")).Draw(t, "digit")
		if text[i] == '.' || text[i] == to || i == 0 && to == '0' {
			return
		}
		changed := []byte(text)
		changed[i] = to
		if saw := g.Read(l.write(string(changed))); saw.Text != "" && saw.Text != string(changed) {
			t.Fatalf("%q was changed to %q and read as %q", text, changed, saw.Text)
		}
	})
}

func FuzzReadTaught(f *testing.F) {
	l := plainLook(f, 18)
	g := taught(f, l, everyDigit...)
	f.Add(uint16(1), uint16(1), []byte{0})
	f.Add(uint16(40), uint16(20), []byte{255, 255, 255, 0, 0, 0})
	f.Add(uint16(200), uint16(36), []byte{0})
	f.Fuzz(func(t *testing.T, w, h uint16, pixels []byte) {
		m := image.NewRGBA(image.Rect(0, 0, int(w%600), int(h%120)))
		for i := range m.Pix {
			if len(pixels) > 0 {
				m.Pix[i] = pixels[i%len(pixels)]
			}
		}
		if saw := g.Read(m); (saw.Text == "") == (saw.Why == "") {
			t.Errorf("text %q, why %q", saw.Text, saw.Why)
		}
	})
}

func TestManyReadAtTheSameTime(t *testing.T) {
	l := plainLook(t, 14)
	g := taught(t, l, everyDigit...)
	pictures := map[string]*image.RGBA{}
	for i := range 40 {
		text := fmt.Sprintf("%d.%02d", 97*i, i)
		pictures[text] = l.write(text)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for text, picture := range pictures {
				if saw := g.Read(picture); saw.Text != text {
					t.Errorf("%q was read as %q, %s", text, saw.Text, saw.Why)
				}
			}
		})
	}
	all.Wait()
}

func TestStoredGlyphsAreTheSame(t *testing.T) {
	dark := plainLook(t, 18)
	dark.ink, dark.paper, dark.frame = color.RGBA{0, 255, 90, 255}, color.RGBA{10, 16, 24, 255}, true
	for name, l := range map[string]tillLook{"plain": plainLook(t, 18), "mono": monoLook(t, 16), "dark": dark} {
		t.Run(name, func(t *testing.T) {
			g := taught(t, l, everyDigit...)
			loaded, err := capture.LoadGlyphs(folder(g), ".")
			if err != nil {
				t.Fatal(err)
			}
			a, b := g.Files(), loaded.Files()
			if len(a) < 13 || len(a) != len(b) {
				t.Fatalf("%d files, then %d", len(a), len(b))
			}
			for name, content := range a {
				if !bytes.Equal(content, b[name]) {
					t.Errorf("%s changed", name)
				}
			}
			if saw := loaded.Read(l.write("68093.56")); saw.Text != "68093.56" {
				t.Errorf("%q, %s", saw.Text, saw.Why)
			}
			if _, err := loaded.Learn(capture.Lesson{Picture: l.write("98.50"), Text: "98.50"}); err != nil {
				t.Error(err)
			}
		})
	}
}

// folder holds a style's files.
func folder(g *capture.Glyphs) fstest.MapFS {
	files := fstest.MapFS{}
	for name, content := range g.Files() {
		files[name] = &fstest.MapFile{Data: content}
	}
	return files
}

// picture finds a picture by what its name begins with.
func picture(files fstest.MapFS, begins string) string {
	for name := range files {
		if strings.HasPrefix(name, begins) {
			return name
		}
	}
	panic("no " + begins)
}

// busyFolder is a folder in which a teaching of another style ends while it is read.
type busyFolder struct {
	fstest.MapFS
	then   fstest.MapFS
	opened int
}

func (f *busyFolder) Open(name string) (fs.File, error) {
	if f.opened++; f.opened == 5 {
		f.MapFS = f.then
	}
	return f.MapFS.Open(name)
}

// A till that starts, or a person who checks the profile, may come while somebody teaches.
func TestAStyleThatIsReplacedWhileItIsReadIsReadAnew(t *testing.T) {
	old, fresh := taught(t, plainLook(t, 18), everyDigit...), taught(t, plainLook(t, 26), everyDigit...)
	g, err := capture.LoadGlyphs(&busyFolder{MapFS: folder(old), then: folder(fresh)}, ".")
	if err != nil {
		t.Fatal(err)
	}
	if is, want := g.Files()[capture.GlyphIndex], fresh.Files()[capture.GlyphIndex]; !bytes.Equal(is, want) {
		t.Errorf("read:\n%s", is)
	}
}

// Whenever the power goes while a teaching is written, a whole style stands there.
func TestHalfATeachingLeavesTheOldStyleOrTheNewOne(t *testing.T) {
	old, fresh := taught(t, plainLook(t, 18), everyDigit...), taught(t, plainLook(t, 26), everyDigit...)
	files := folder(old)
	for name, content := range fresh.Files() {
		if name != capture.GlyphIndex {
			if was := files[name]; was != nil && !bytes.Equal(was.Data, content) {
				t.Fatalf("%s is another picture in each", name)
			}
			files[name] = &fstest.MapFile{Data: content}
		}
	}
	for what, g := range map[string]*capture.Glyphs{"before its index": old, "after its index": fresh} {
		files[capture.GlyphIndex] = &fstest.MapFile{Data: g.Files()[capture.GlyphIndex]}
		if _, err := capture.LoadGlyphs(files, "."); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	whole := folder(taught(t, plainLook(t, 18), everyDigit...))
	sign, lesson := picture(whole, "sign-00-0-"), picture(whole, "lesson-00-")
	load := func(change func(fstest.MapFS)) error {
		files := fstest.MapFS{}
		for name, f := range whole {
			files["g/"+name] = &fstest.MapFile{Data: slices.Clone(f.Data)}
		}
		change(files)
		_, err := capture.LoadGlyphs(files, "g")
		return err
	}
	index := func(from, to string) func(fstest.MapFS) {
		return func(f fstest.MapFS) {
			f["g/glyphs.txt"].Data = bytes.Replace(f["g/glyphs.txt"].Data, []byte(from), []byte(to), 1)
		}
	}
	if err := load(func(fstest.MapFS) {}); err != nil {
		t.Fatalf("undamaged: %v", err)
	}
	for name, change := range map[string]func(fstest.MapFS){
		"no index":                 func(f fstest.MapFS) { delete(f, "g/glyphs.txt") },
		"no picture":               func(f fstest.MapFS) { delete(f, "g/"+sign) },
		"a picture that is none":   func(f fstest.MapFS) { f["g/"+sign].Data = []byte("no") },
		"a picture of another one": func(f fstest.MapFS) { f["g/"+sign] = f["g/"+lesson] },
		"another format":           index("cpos glyphs 1", "cpos glyphs 9"),
		"an unknown line":          index("height", "heigth"),
		"a height of nothing":      func(f fstest.MapFS) { f["g/glyphs.txt"].Data = append(f["g/glyphs.txt"].Data, "height 0 1\n"...) },
		"a path out of the folder": index(sign, "../"+sign),
	} {
		if err := load(change); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	if _, err := capture.LoadGlyphs(fstest.MapFS{}, "nowhere"); err == nil || !bytes.Contains([]byte(err.Error()), []byte(fs.ErrNotExist.Error())) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// BenchmarkReadTaught reports the median and the slowest of a hundred, in ms, besides what go test counts.
func BenchmarkReadTaught(b *testing.B) {
	for name, px := range map[string]float64{"12px": 12, "18px": 18, "36px": 36, "72px": 72} {
		b.Run(name, func(b *testing.B) {
			l := plainLook(b, px)
			g := taught(b, l, everyDigit...)
			pictures := []*image.RGBA{l.write("9.99"), l.write("1234.56"), l.write("68093.78"), l.write("-12.34")}
			var took []time.Duration
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				g.Read(pictures[i%len(pictures)])
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
