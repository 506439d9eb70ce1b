package capture_test

import (
	"encoding/csv"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"cpos/engine/capture"
	"cpos/engine/pay"
)

// grabs are pictures that were taken off a real screen: the practice POS in its looks and a web page in
// Chromium, at 100, 125 and 150 %. The folder is one that `cpos capture bench` reads.
var grabs = filepath.Join("..", "..", "testdata", "screens", "taught")

// screenGrammar is what the programs of the grabs write.
var screenGrammar = capture.Grammar{Decimals: 2, Prefix: []string{"￥"}}

// style is one program in one look at one scaling.
type style struct {
	name          string
	taught, tests []capture.Lesson
	glyphs        func() (*capture.Glyphs, error) // what the first lessons teach, learned once
}

var realStyles = sync.OnceValues(func() ([]*style, error) {
	f, err := os.Open(filepath.Join(grabs, "manifest.csv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	var all []*style
	for _, row := range rows[1:] {
		file, name, role, text := row[0], row[2], row[3], row[6]
		picture, err := openPNG(filepath.Join(grabs, filepath.FromSlash(file)))
		if err != nil {
			return nil, err
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			s := &style{name: name}
			s.glyphs = sync.OnceValues(func() (*capture.Glyphs, error) { return capture.Teach(s.taught) })
			all = append(all, s)
		}
		s := all[len(all)-1]
		if l := (capture.Lesson{Picture: picture, Text: text}); role == "teach" {
			s.taught = append(s.taught, l)
		} else {
			s.tests = append(s.tests, l)
		}
	}
	return all, nil
})

func openPNG(path string) (*image.RGBA, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	decoded, err := png.Decode(f)
	if err != nil {
		return nil, err
	}
	picture := image.NewRGBA(image.Rectangle{Max: decoded.Bounds().Size()})
	draw.Draw(picture, picture.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	return picture, nil
}

func styles(t testing.TB) []*style {
	t.Helper()
	all, err := realStyles()
	if err != nil || len(all) == 0 {
		t.Fatalf("no grabs of real screens: %v", err)
	}
	return all
}

// judgeOfStyle judges pictures of one style, without a second reader.
func judgeOfStyle(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *style) *capture.Judge {
	t.Helper()
	g, err := s.glyphs()
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return &capture.Judge{Glyphs: g, Grammar: screenGrammar}
}

func worth(text string) pay.Money {
	amount, _ := screenGrammar.Parse(text)
	return amount
}

// Every amount that was grabbed off a real screen is read, and read right.
func TestGrabsOfRealScreensAreRead(t *testing.T) {
	for _, s := range styles(t) {
		t.Run(s.name, func(t *testing.T) {
			j := judgeOfStyle(t, s)
			for _, l := range s.tests {
				got, err := j.Picture(t.Context(), l.Picture)
				if err != nil || !got.Sure || got.Amount != worth(l.Text) {
					t.Errorf("%s: %s sure %v, %s, %v", l.Text, got.Amount, got.Sure, got.Why, err)
				}
			}
		})
	}
}
