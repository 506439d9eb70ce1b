package capture_test

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"testing"

	"golang.org/x/image/font/gofont/goitalic"

	"cpos/engine/capture"
	"cpos/engine/words"
)

func TestReadsAmountsItWasNotTaught(t *testing.T) {
	dark := plainLook(t, 18)
	dark.ink, dark.paper = color.RGBA{0, 255, 90, 255}, color.RGBA{10, 16, 24, 255}
	framed := plainLook(t, 18)
	framed.frame = true
	left := plainLook(t, 18)
	left.right = false
	slanted := plainLook(t, 24)
	slanted.face = tillFace(t, goitalic.TTF, 24)
	wide := plainLook(t, 18)
	wide.w = 300
	for _, row := range []struct {
		name    string
		look    tillLook
		lessons []string
		reads   []string
	}{
		{"black on white", plainLook(t, 18), everyDigit, []string{"9.99", "1000.01", "88888.88", "0.05"}},
		{"small", plainLook(t, 11), everyDigit, []string{"9.99", "1000.01", "688.93"}},
		{"large", plainLook(t, 60), everyDigit, []string{"9.99", "68093.56"}},
		{"without smoothing", monoLook(t, 16), everyDigit, []string{"9.99", "68093.56"}},
		{"light on dark", dark, everyDigit, []string{"9.99", "68093.56"}},
		{"in an entry field", framed, everyDigit, []string{"9.99", "68093.56"}},
		{"from the left", left, []string{"$12345.67", "$890.12", "$4078.93"}, []string{"$9.99", "$68093.56"}},
		{"with words", wide, []string{"Total: 12345.67 EUR", "Total: 890.12 EUR", "Total: 4078.93 EUR"},
			[]string{"Total: 9.99 EUR", "Total: 68093.56 EUR"}},
		{"with commas", plainLook(t, 18), []string{"12,345.67", "890.12", "4,078.93"}, []string{"9.99", "68,093.56"}},
		{"slanted", slanted, everyDigit, []string{"9.99", "68093.56", "1711.17"}},
		{"without decimals", plainLook(t, 18), []string{"12345", "67890"}, []string{"9", "680935"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := taught(t, row.look, row.lessons...)
			for _, text := range row.reads {
				if saw := g.Read(row.look.write(text)); saw.Text != text {
					t.Errorf("%q was read as %q, %s", text, saw.Text, saw.Why)
				}
			}
		})
	}
}

func TestACaretIsNoInk(t *testing.T) {
	l := plainLook(t, 18)
	g := taught(t, l, everyDigit...)
	l.caret = true
	if saw := g.Read(l.write("68093.56")); saw.Text != "68093.56" {
		t.Errorf("with a caret behind it: %q, %s", saw.Text, saw.Why)
	}
}

func TestRefusesWhatItCannotExplain(t *testing.T) {
	l := plainLook(t, 18)
	g := taught(t, l, everyDigit...)
	lacking := taught(t, l, "12345.67", "670.12")
	blackened := func(w, h int) *image.RGBA {
		m := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(m, m.Bounds(), image.NewUniform(l.ink), image.Point{}, draw.Src)
		return m
	}
	painted := func(r image.Rectangle, c color.RGBA) *image.RGBA {
		m := l.write("1234.56")
		paintOver(m, r, c)
		return m
	}
	red := l
	red.ink = color.RGBA{220, 0, 0, 255}
	inverted := l
	inverted.ink, inverted.paper = l.paper, l.ink
	twoLines := l.write("1234.56")
	draw.Draw(twoLines, image.Rect(0, 2, l.w, 9), l.write("99.99"), image.Pt(0, 15), draw.Src)
	for _, row := range []struct {
		name    string
		reader  *capture.Glyphs
		picture *image.RGBA
		why     capture.Reason
	}{
		{"nothing there", g, l.write(""), capture.Blank},
		{"one pixel", g, blackened(1, 1), capture.Unfit},
		{"a picture larger than any screen", g, blackened(10000, 10000), capture.Unfit},
		{"all ink", g, blackened(l.w, l.h), capture.Recoloured},
		{"no picture", g, nil, capture.Unfit},
		{"a minus before it", g, l.write("-12.34"), capture.Strange},
		{"a minus behind it", g, l.write("12.34-"), capture.Strange},
		{"brackets", g, l.write("(12.34)"), capture.Strange},
		{"two amounts", g, l.write("12.34 56.78"), capture.Strange},
		{"a second line", g, twoLines, capture.Strange},
		{"a word", g, l.write("TOTAL"), capture.Strange},
		{"a digit that no lesson showed", lacking, l.write("89.00"), capture.Strange},
		{"another decimal", g, l.write("12.345"), capture.NotAmount},
		{"no decimals", g, l.write("1234"), capture.NotAmount},
		{"cut on the left", g, cropped(l.write("1234.56"), image.Rect(l.w-70, 0, l.w, l.h)), capture.EdgeInk},
		{"cut above", g, cropped(l.write("1234.56"), image.Rect(0, l.h/2, l.w, l.h)), capture.EdgeInk},
		{"half covered", g, painted(image.Rect(l.w-60, 0, l.w-50, l.h), l.paper), capture.Strange},
		{"lower half covered", g, painted(image.Rect(0, l.h/2, l.w, l.h), l.paper), capture.Strange},
		{"a tooltip over it", g, painted(image.Rect(l.w-60, 4, l.w-30, l.h-4), color.RGBA{255, 255, 225, 255}), capture.Strange},
		{"a window of nearly the same colour over its first half", g, windowOver(l), capture.Strange},
		{"written in red", g, red.write("12.34"), capture.Strange},
		{"colours swapped", g, inverted.write("12.34"), capture.Recoloured},
	} {
		t.Run(row.name, func(t *testing.T) {
			saw := row.reader.Read(row.picture)
			if saw.Text != "" || saw.Why != row.why {
				t.Errorf("%q, %s; want nothing, %s", saw.Text, saw.Why, row.why)
			}
		})
	}
}

// windowOver lays a pale window with a dark side over what stands before the point.
func windowOver(l tillLook) *image.RGBA {
	m := l.write("71.50")
	side := l.w - 16 - 42
	paintOver(m, image.Rect(0, 0, side, l.h), color.RGBA{232, 230, 226, 255})
	paintOver(m, image.Rect(side-1, 0, side, l.h), color.RGBA{70, 70, 70, 255})
	return m
}

func cropped(m *image.RGBA, r image.Rectangle) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Bounds(), m, r.Min, draw.Src)
	return out
}

func TestAPartOfALargerPictureIsReadTheSame(t *testing.T) {
	l := plainLook(t, 18)
	g := taught(t, l, everyDigit...)
	screen := image.NewRGBA(image.Rect(0, 0, l.w+200, l.h+100))
	draw.Draw(screen, image.Rect(90, 40, 90+l.w, 40+l.h), l.write("68093.56"), image.Point{}, draw.Src)
	part := screen.SubImage(image.Rect(90, 40, 90+l.w, 40+l.h)).(*image.RGBA)
	if saw := g.Read(part); saw.Text != "68093.56" {
		t.Errorf("%q, %s", saw.Text, saw.Why)
	}
}

func TestRefusesToLearn(t *testing.T) {
	l := plainLook(t, 18)
	good := l.lessons(everyDigit...)
	lesson := func(shown, typed string) capture.Lesson { return capture.Lesson{Picture: l.write(shown), Text: typed} }
	dark := l
	dark.ink, dark.paper = l.paper, l.ink
	for _, row := range []struct {
		name    string
		lessons []capture.Lesson
		code    string
	}{
		{"one lesson", good[:1], capture.TooFewLessons},
		{"no picture", []capture.Lesson{good[0], {Text: "1.00"}}, capture.LessonSize},
		{"no amount in the text", []capture.Lesson{good[0], lesson("12.34", "Total")}, capture.LessonText},
		{"a negative amount", []capture.Lesson{good[0], lesson("-12.34", "-12.34")}, capture.LessonText},
		{"nothing in the picture", []capture.Lesson{good[0], lesson("", "12.34")}, capture.LessonBlank},
		{"two kinds of decimals", []capture.Lesson{good[0], lesson("12.3", "12.3")}, capture.LessonDecimals},
		{"other colours", []capture.Lesson{good[0], {Picture: dark.write("12.34"), Text: "12.34"}}, capture.LessonColours},
		{"a digit typed wrong", []capture.Lesson{good[0], lesson("890.12", "899.12"), good[2]}, capture.LessonUnlike},
		{"cut by the region", []capture.Lesson{good[0], {Picture: cropped(l.write("1234.56"),
			image.Rect(l.w-70, 0, l.w, l.h)), Text: "1234.56"}}, capture.LessonEdge},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := capture.Teach(row.lessons)
			var refused *capture.TeachError
			if !errors.As(err, &refused) || refused.Code != row.code {
				t.Errorf("%v; want %s", err, row.code)
			}
		})
	}
}

// Two digits whose labels were exchanged in every lesson are learned as typed: nothing in the pictures could tell.
// Exchanged in one lesson only, they are found.
func TestFindsLabelsThatContradict(t *testing.T) {
	l := plainLook(t, 18)
	lessons := l.lessons("1368.50", "3816.05")
	lessons[1].Text = "8316.05"
	if _, err := capture.Teach(lessons); err == nil {
		t.Error("a 3 that is an 8 elsewhere was learned")
	}
}

func TestLearnsADigitFromAConfirmedReading(t *testing.T) {
	l := plainLook(t, 18)
	g := taught(t, l, "12345.67", "670.12")
	if missing := g.Missing(); missing != "89" {
		t.Fatalf("missing %q", missing)
	}
	more, err := g.Learn(capture.Lesson{Picture: l.write("98.50"), Text: "98.50"})
	if err != nil {
		t.Fatal(err)
	}
	if saw := more.Read(l.write("88.99")); saw.Text != "88.99" {
		t.Errorf("%q, %s", saw.Text, saw.Why)
	}
	if saw := g.Read(l.write("88.99")); saw.Text != "" {
		t.Errorf("the glyphs from before read %q", saw.Text)
	}
	if _, err := more.Learn(capture.Lesson{Picture: l.write("98.50"), Text: "93.50"}); err == nil {
		t.Error("a wrong confirmation was learned")
	}
}

func TestEveryTeachCodeHasASentence(t *testing.T) {
	for _, code := range capture.TeachCodes() {
		if key := (&capture.TeachError{Code: code}).Key(); !words.Known(key) {
			t.Errorf("%s has no sentence", key)
		}
	}
}

func TestTellsHowWellEachSignFits(t *testing.T) {
	l := plainLook(t, 18)
	saw := taught(t, l, everyDigit...).Read(l.write("68.93"))
	got := ""
	for _, s := range saw.Signs {
		got += s.Text
		if s.Residual > 0.05 || s.Margin < 0.9 || s.Rival == "" || s.At.Empty() {
			t.Errorf("%+v", s)
		}
	}
	if got != "68.93" {
		t.Errorf("signs %s", fmt.Sprint(saw.Signs))
	}
}
