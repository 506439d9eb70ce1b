package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// small is a corpus for tests: every category and every hazard, few pictures.
func small(dir string) order {
	return order{out: dir, seed: 3, styles: 2 * len(categories), tests: 5, hazards: 12, threads: 2}
}

// drawn once for all tests that only look at it.
func smallCorpus(t *testing.T) (order, []*style, []row) {
	t.Helper()
	fonts := foundFonts(t)
	o := small(t.TempDir())
	styles, rows, err := generate(o, fonts)
	if err != nil {
		t.Fatal(err)
	}
	return o, styles, rows
}

func TestACorpus(t *testing.T) {
	o, styles, rows := smallCorpus(t)
	t.Run("has as many pictures in every category", func(t *testing.T) { sameNumbers(t, o, rows) })
	t.Run("has a manifest that says the same", func(t *testing.T) { manifestAgrees(t, o, rows) })
	t.Run("says of every picture what stands in it", func(t *testing.T) { labelsAreTrue(t, o, rows) })
	t.Run("teaches with all digits, unless in a hurry", func(t *testing.T) { lessonsAreComplete(t, styles) })
	t.Run("accepts nothing where nothing may be accepted", func(t *testing.T) { hazardsAreLabelled(t, rows) })
	t.Run("cuts the amount visibly or takes its prefix away", func(t *testing.T) { cutsShow(t, o, rows) })
	t.Run("fits on a contact sheet", func(t *testing.T) { sheetShows(t, o, rows) })
}

func sameNumbers(t *testing.T, o order, rows []row) {
	for _, c := range categories {
		if n := count(rows, func(r row) bool { return r.cat == c.Name && r.role == roleTest }); n != o.tests {
			t.Errorf("%s has %d pictures, want %d", c.Name, n, o.tests)
		}
	}
	for _, h := range hazards {
		if n := count(rows, func(r row) bool { return r.cat == hazardPrefix+h.Name }); n != o.hazards {
			t.Errorf("%s%s has %d pictures, want %d", hazardPrefix, h.Name, n, o.hazards)
		}
	}
}

func manifestAgrees(t *testing.T, o order, rows []row) {
	f, err := os.Open(filepath.Join(o.out, "manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(lines[0][:7], []string{"file", "cat", "style", "role", "must", "want", "text"}) {
		t.Errorf("the columns are %v", lines[0])
	}
	if len(lines) != len(rows)+1 {
		t.Fatalf("%d lines for %d pictures", len(lines)-1, len(rows))
	}
	for i, line := range lines[1:] {
		if !slices.Equal(line, rows[i].fields()) {
			t.Fatalf("line %d says %v, drawn was %v", i+2, line, rows[i].fields())
		}
		for _, name := range []string{line[0], rows[i].second} {
			if _, err := os.Stat(filepath.Join(o.out, name)); err != nil {
				t.Error(err)
			}
		}
	}
}

// meaning reads a text by another way than the one that wrote it.
func meaning(text string) string {
	digits := strings.TrimFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	digits = strings.ReplaceAll(digits, ",", "")
	if !strings.Contains(digits, ".") {
		digits += ".00"
	}
	return digits
}

func labelsAreTrue(t *testing.T, o order, rows []row) {
	seen := map[string]string{}
	for _, r := range rows {
		if r.want == "" || r.text == "" {
			continue
		}
		if got := meaning(r.text); got != r.want {
			t.Errorf("%s shows %q, which is %s, and is labelled %s", r.file, r.text, got, r.want)
		}
		if r.must != mustRead || r.s.damage.Quality > 0 {
			continue
		}
		data, err := os.ReadFile(filepath.Join(o.out, r.file))
		if err != nil {
			t.Fatal(err)
		}
		key := r.style + string(data)
		if other, known := seen[key]; known && other != r.want {
			t.Errorf("%s is the picture of %s and of %s", r.file, r.want, other)
		}
		seen[key] = r.want
	}
}

func lessonsAreComplete(t *testing.T, styles []*style) {
	for _, s := range styles {
		seen := map[rune]bool{}
		for _, l := range s.Lessons {
			for d := range s.w.digits(l) {
				seen[d] = true
			}
		}
		if n := len(s.Lessons); n < 2 || n > 3 {
			t.Errorf("%s has %d lessons", s.ID, n)
		}
		if (len(seen) == 10) == s.Hurry {
			t.Errorf("%s, in a hurry %v, is taught with %d digits", s.ID, s.Hurry, len(seen))
		}
	}
}

func hazardsAreLabelled(t *testing.T, rows []row) {
	for _, r := range rows {
		hazard := strings.HasPrefix(r.cat, hazardPrefix)
		switch {
		case hazard != (r.must != mustRead), (r.must == mustReject) != (r.want == ""):
			t.Errorf("%s in %s must be %q and wants %q", r.file, r.cat, r.must, r.want)
		case r.role == roleTest && !hazard && !r.s.w.covers(r.s.Lessons, fenOf(t, r.want)):
			t.Errorf("%s must be read, and has a digit that no lesson showed: %s", r.file, r.text)
		}
	}
}

func fenOf(t *testing.T, want string) int {
	fen, err := strconv.Atoi(strings.ReplaceAll(want, ".", ""))
	if err != nil {
		t.Fatal(err)
	}
	return fen
}

// cutsShow: a cut leaves ink on the region's edge; or it took the prefix, which its text has.
func cutsShow(t *testing.T, o order, rows []row) {
	for _, r := range rows {
		if r.cat != hazardPrefix+"cut" || r.s.Frame != frameNone || r.s.Foot != r.s.Paper || r.s.damage.Quality > 0 {
			continue
		}
		p, err := readPicture(filepath.Join(o.out, r.file))
		if err != nil {
			t.Fatal(err)
		}
		if !inkOnEdge(p) && r.s.w.Prefix == "" {
			t.Errorf("%s shows no cut", r.file)
		}
	}
}

func inkOnEdge(p image.Image) bool {
	colours := map[string]bool{}
	all := p.Bounds()
	for x := range all.Dx() {
		colours[fmt.Sprint(p.At(x, 0))], colours[fmt.Sprint(p.At(x, all.Max.Y-1))] = true, true
	}
	for y := range all.Dy() {
		colours[fmt.Sprint(p.At(0, y))], colours[fmt.Sprint(p.At(all.Max.X-1, y))] = true, true
	}
	return len(colours) > 1
}

func sheetShows(t *testing.T, o order, rows []row) {
	o.sheet = filepath.Join(t.TempDir(), "sheet.png")
	if err := writeSheet(o, rows); err != nil {
		t.Fatal(err)
	}
	sheet, err := readPicture(o.sheet)
	if err != nil {
		t.Fatal(err)
	}
	places, height := arrange(o, rows)
	if len(places) != len(shownOf(rows)) || sheet.Bounds().Dy() != height {
		t.Errorf("%d of %d pictures hang on a sheet of %v", len(places), len(shownOf(rows)), sheet.Bounds())
	}
	for _, p := range places {
		end := p.at.Add(p.picture.Bounds().Size()).Sub(image.Pt(1, 1))
		if sheet.At(end.X, end.Y) != p.picture.At(end.X-p.at.X, end.Y-p.at.Y) {
			t.Fatalf("the picture at %v is not on the sheet", p.at)
		}
	}
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	fonts := foundFonts(t)
	sums := map[string]bool{}
	for _, threads := range []int{1, 4} {
		o := small(t.TempDir())
		o.threads, o.styles, o.tests, o.hazards = threads, len(categories), 1, 3
		if _, _, err := generate(o, fonts); err != nil {
			t.Fatal(err)
		}
		sums[sumOf(t, o.out)] = true
	}
	if len(sums) != 1 {
		t.Error("the threads change the pictures")
	}
	o := small(t.TempDir())
	o.seed, o.styles, o.tests, o.hazards = o.seed+1, len(categories), 1, 3
	if _, _, err := generate(o, fonts); err != nil {
		t.Fatal(err)
	}
	if sums[sumOf(t, o.out)] {
		t.Error("another seed gives the same pictures")
	}
}

func sumOf(t *testing.T, dir string) string {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		fmt.Fprintf(h, "%s %d\n%s", rel, len(data), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// TestEveryPictureIsOfItsTextAlone draws amounts again in several styles of each category: no two digits may
// look alike, and nothing of an amount may lie outside the region.
func TestEveryPictureIsOfItsTextAlone(t *testing.T) {
	fonts := foundFonts(t)
	r, err := newRasteriser()
	if err != nil {
		t.Skipf("%v (.ci/deps corpus)", err)
	}
	defer r.close()
	for _, c := range categories {
		for n := range 3 {
			s := c.style(17, n, fonts)
			rng := stream(17, c.Name+" pictures", n)
			if err := s.open(r, fonts, rng); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				m := s.moment(rng)
				for _, fen := range []int{s.w.draw(rng), largestAmount / 100 * 100} {
					whollyInside(t, s, s.w.spell(fen), m)
				}
			}
			tellsDigitsApart(t, s, s.w.spell(s.w.draw(rng)))
			s.close()
		}
	}
}

func whollyInside(t *testing.T, s *style, text string, m moment) {
	t.Helper()
	if _, boxes := s.shoot(text, m); !s.fits(boxes) {
		t.Errorf("%s: %q does not fit into %v: %v", s.ID, text, s.screen(), boxes)
	}
}

func tellsDigitsApart(t *testing.T, s *style, text string) {
	t.Helper()
	last := strings.LastIndexAny(text, "0123456789")
	seen := map[string]string{}
	for d := '0'; d <= '9'; d++ {
		one := text[:last] + string(d) + text[last+1:]
		c, _ := s.shoot(one, moment{})
		again, _ := s.shoot(one, moment{})
		if !bytes.Equal(c.Pix, again.Pix) {
			t.Errorf("%s: %q looks different when drawn again", s.ID, one)
		}
		if other, known := seen[string(c.Pix)]; known {
			t.Errorf("%s: %q and %q look the same", s.ID, one, other)
		}
		seen[string(c.Pix)] = one
	}
}
