package capture

import (
	"cmp"
	"image"
	"slices"
	"strings"
)

const (
	leastLessons = 2
	mostTries    = 8    // ways of cutting that are tried before the lessons are refused
	mostWide     = 4096 // px of a picture
	mostHigh     = 1024
	leastSide    = 4
)

// Teach learns a style from two or more lessons. It refuses with a *TeachError unless equal signs look
// equal, different signs look different, and every lesson reads back as it was taught: a shifted label here
// would be a wrong amount later.
func Teach(lessons []Lesson) (*Glyphs, error) {
	if len(lessons) < leastLessons {
		return nil, &TeachError{Code: TooFewLessons}
	}
	views, err := lookAt(lessons)
	if err != nil {
		return nil, err
	}
	planks, style, err := layOut(lessons, views)
	if err != nil {
		return nil, err
	}
	var first error
	for _, cut := range pitches(planks, mostTries) {
		g := style
		err := g.learn(planks, cut)
		if err == nil {
			err = g.examine(lessons)
		}
		if err == nil {
			g.lessons = slices.Clone(lessons)
			return &g, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = &TeachError{Code: LessonUncut}
	}
	return nil, first
}

// lookAt finds background and frame of every lesson and that they are of one style.
func lookAt(lessons []Lesson) ([]view, error) {
	var pictures []*image.RGBA
	for i, l := range lessons {
		if l.Picture == nil || !readable(l.Picture.Bounds()) {
			return nil, &TeachError{Code: LessonSize, Lesson: i + 1}
		}
		pictures = append(pictures, l.Picture)
	}
	grounds, ok := learnGround(pictures)
	if !ok {
		return nil, &TeachError{Code: LessonColours}
	}
	views := make([]view, len(lessons))
	first := findFrame(pictures[0], grounds[0])
	for i, p := range pictures {
		first = first.common(findFrame(p, grounds[i]))
	}
	for i, p := range pictures {
		views[i] = view{p, first.inside(p.Bounds()), grounds[i]}
	}
	return views, nil
}

// readable bounds the work that one picture can make.
func readable(r image.Rectangle) bool {
	return r.Dx() >= leastSide && r.Dy() >= leastSide && r.Dx() <= mostWide && r.Dy() <= mostHigh
}

// layOut turns the lessons into ink and checks what can be checked before anything is cut.
func layOut(lessons []Lesson, views []view) ([]*plank, Glyphs, error) {
	var g Glyphs
	p, ok := learnPaint(views)
	if !ok {
		return nil, g, &TeachError{Code: LessonBlank}
	}
	g.paint, g.size = p, lessons[0].Picture.Bounds().Size()
	g.frame = views[0].frame()
	planks := make([]*plank, len(lessons))
	for i, l := range lessons {
		parts, ok := wording(l.Text)
		if !ok {
			return nil, g, &TeachError{Code: LessonText, Lesson: i + 1, Text: l.Text}
		}
		k := &plank{number: i + 1, parts: parts}
		k.lay(views[i], p, learnPad)
		k.written = k.inked(inkLevel)
		g.spread.veil = max(g.spread.veil, k.veiled())
		if k.wipeCaret(k.written, 0) {
			k.written = k.inked(inkLevel)
		}
		switch {
		case k.written.Empty():
			return nil, g, &TeachError{Code: LessonBlank, Lesson: i + 1}
		case k.written.Min.X == 0 || k.written.Min.Y == 0 || k.written.Max.X == k.w-k.spare || k.written.Max.Y == k.h:
			return nil, g, &TeachError{Code: LessonEdge, Lesson: i + 1}
		}
		planks[i] = k
		if s := shapeOf(parts); !slices.Contains(g.shapes, s) {
			if len(g.shapes) > 0 && s.decimals != g.shapes[0].decimals {
				return nil, g, &TeachError{Code: LessonDecimals, Lesson: i + 1}
			}
			g.shapes = append(g.shapes, s)
		}
	}
	g.paint.slant = findSlant(planks)
	for i, k := range planks {
		if g.paint.slant > 0 {
			k.lay(views[i], g.paint, learnPad)
			k.wipeCaret(k.inked(inkLevel), 0)
			k.upright(g.paint.slant, k.written.Min.Y)
			k.written = k.inked(inkLevel)
		}
		k.measure()
	}
	slices.SortFunc(g.shapes, func(a, b shape) int {
		return cmp.Or(strings.Compare(a.before, b.before), strings.Compare(a.after, b.after))
	})
	return planks, g, nil
}

// examine reads every lesson back. A lesson that may go on beyond its picture is refused by name: the cure is a
// larger region, not another lesson.
func (g *Glyphs) examine(lessons []Lesson) error {
	for i, l := range lessons {
		parts, _ := wording(l.Text)
		saw := g.Read(l.Picture)
		switch {
		case saw.Text == spelled(parts):
		case saw.Why == EdgeInk:
			return &TeachError{Code: LessonEdge, Lesson: i + 1}
		default:
			return &TeachError{Code: LessonUnread, Lesson: i + 1, Text: saw.Text + string(saw.Why)}
		}
	}
	return nil
}

// mostLessons bounds what a style keeps; more add nothing that these do not show.
const mostLessons = 12

// Learn takes a confirmed reading as one more lesson. Glyphs that already read it are given back as they
// are; else everything is taught anew with it, under the same rules as at first.
func (g *Glyphs) Learn(l Lesson) (*Glyphs, error) {
	parts, ok := wording(l.Text)
	if !ok {
		return nil, &TeachError{Code: LessonText, Text: l.Text}
	}
	if saw := g.Read(l.Picture); saw.Text == spelled(parts) {
		return g, nil
	}
	lessons := append(slices.Clone(g.lessons), l)
	if len(lessons) > mostLessons {
		lessons = slices.Delete(lessons, leastLessons, leastLessons+1)
	}
	return Teach(lessons)
}
