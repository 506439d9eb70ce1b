package capture_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"cpos/engine/capture"
)

// savedGlyphs gives the files of a style, and what it was taught.
func savedGlyphs(t testing.TB) (fstest.MapFS, *style) {
	t.Helper()
	s := styles(t)[0]
	g, err := s.glyphs()
	if err != nil {
		t.Fatal(err)
	}
	return folder(g), s
}

func with(files fstest.MapFS, name string, data []byte) fstest.MapFS {
	out := fstest.MapFS{}
	for n, f := range files {
		out[n] = f
	}
	out[name] = &fstest.MapFile{Data: data}
	return out
}

// Signs whose files were mixed up would be wrong amounts for ever.
func TestGlyphFilesThatWereChangedAreNotLoaded(t *testing.T) {
	files, _ := savedGlyphs(t)
	index := string(files["glyphs.txt"].Data)
	swapped := strings.NewReplacer(`sign 1 "2"`, `sign 1 "3"`, `sign 1 "3"`, `sign 1 "2"`).Replace(index)
	if swapped == index {
		t.Fatal("no labels to swap")
	}
	withoutSum := index[:strings.LastIndex(index, "sum ")]
	two, three := picture(files, "sign-02-0-"), picture(files, "sign-03-0-")
	for name, changed := range map[string]fstest.MapFS{
		"two labels swapped":        with(files, "glyphs.txt", []byte(swapped)),
		"two pictures swapped":      with(with(files, two, files[three].Data), three, files[two].Data),
		"a lesson's text changed":   with(files, "glyphs.txt", []byte(strings.Replace(index, `"12345.67"`, `"13245.67"`, 1))),
		"a lesson's picture is not": with(files, picture(files, "lesson-00-"), files[picture(files, "lesson-01-")].Data),
		"no sum":                    with(files, "glyphs.txt", []byte(withoutSum)),
		"a line behind the sum":     with(files, "glyphs.txt", []byte(index+"row 3\n")),
		"the sum of nothing":        with(files, "glyphs.txt", []byte(withoutSum+"sum \n")),
		"another kind of file":      with(files, "glyphs.txt", []byte("cpos glyphs 0\n")),
		"no picture":                with(files, two, nil),
	} {
		var no *capture.TeachError
		if _, err := capture.LoadGlyphs(changed, "."); !errors.As(err, &no) || no.Code != capture.LessonBroken {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A repository that writes line ends as Windows does changes nothing that counts.
func TestGlyphFilesSurviveOtherLineEnds(t *testing.T) {
	files, s := savedGlyphs(t)
	crlf := bytes.ReplaceAll(files["glyphs.txt"].Data, []byte("\n"), []byte("\r\n"))
	g, err := capture.LoadGlyphs(with(files, "glyphs.txt", crlf), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.tests {
		if saw := g.Read(l.Picture); saw.Text != l.Text {
			t.Errorf("%s was read as %q, %s", l.Text, saw.Text, saw.Why)
		}
	}
}

// FuzzGlyphFiles changes one file of a style. It is not loaded, or reads what it was taught.
func FuzzGlyphFiles(f *testing.F) {
	files, s := savedGlyphs(f)
	for name, file := range files {
		f.Add(name, file.Data)
	}
	f.Add("glyphs.txt", []byte("cpos glyphs 1\nheight 99999999 1\nlook ../../x 1 1 1\nsum "))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if files[name] == nil {
			return
		}
		g, err := capture.LoadGlyphs(with(files, name, data), ".")
		if err != nil {
			return
		}
		for _, l := range s.tests[:2] {
			if saw := g.Read(l.Picture); saw.Text != l.Text {
				t.Fatalf("%s was read as %q, %s", l.Text, saw.Text, saw.Why)
			}
		}
	})
}
