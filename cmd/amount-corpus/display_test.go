package main

import (
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// show writes a text of a display in characters: # for ink.
func show(d shapes, text string) string {
	p := newPen(systems["x11"], d)
	b := p.bounds(text)
	c := newCanvas(image.Rect(0, 0, p.width(text)/64+2, b.Dy()), white)
	p.draw(c, 0, b.Dy(), text, black)
	var art strings.Builder
	for y := range c.Rect.Dy() {
		line := ""
		for x := range c.Rect.Dx() {
			line += map[bool]string{true: "#", false: " "}[c.at(x, y).dark()]
		}
		art.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return art.String()
}

func TestDrawnDisplaysLookLikeDisplays(t *testing.T) {
	for name, d := range map[string]shapes{
		"segments": segments{height: 15, thick: 2, gap: 0.4, smoothing: smoothMono},
		"dots":     dots{dot: 1},
	} {
		got := show(d, "01234.") + show(d, "56789-")
		file := filepath.Join("testdata", name+".txt")
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s look like\n%s", name, got)
		}
	}
}

// TestAMixtureThatIsADigitIsNoHazard: the upper half of a 9 over the lower half of a 6 is an 8 on segments.
func TestAMixtureThatIsADigitIsNoHazard(t *testing.T) {
	s := &style{Ink: black, Paper: white, Foot: white, Frame: frameNone, Scale: 1, Px: 40, Align: alignRight, d: systems["x11"]}
	s.pen = newPen(s.d, segments{height: 40, thick: 5, gap: 0.5, smoothing: smoothGrey})
	s.lay(stream(1, "mixture", 0))
	b := &batch{s: s, rng: stream(1, "mixture", 1)}
	for _, c := range []struct {
		upper, lower string
		hazard       bool
	}{{"9.00", "6.00", false}, {"1.00", "2.00", true}, {"35.10", "35.10", false}, {"12.00", "7.00", true}} {
		upper, _ := s.shoot(c.upper, moment{})
		lower, _ := s.shoot(c.lower, moment{})
		half := s.baseline - 20
		torn := b.blend(upper, lower, func(_, y int, older, newer tone) tone {
			if y+s.region.Min.Y < half {
				return older
			}
			return newer
		})
		if got := b.nobodys(torn, c.upper, c.lower, b.visible()); got != c.hazard {
			t.Errorf("%s above %s: is nobody's amount %v, want %v", c.upper, c.lower, got, c.hazard)
		}
	}
}
