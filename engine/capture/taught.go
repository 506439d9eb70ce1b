package capture

import (
	"fmt"
	"image"
)

// Lesson is a picture of a region and the text that stands in it, as a person typed it ("￥1,234.56").
type Lesson struct {
	Picture *image.RGBA
	Text    string
}

// Glyphs is what was learned from lessons: how every sign of one region of one program looks. It never
// changes, so any number of goroutines may read with it.
type Glyphs struct {
	paint   paint      // how colours become ink
	height  int        // rows of the line, all signs of it included
	pitch   float64    // columns from digit to digit
	signs   []sign     // words before, digits and points, words behind
	shapes  []shape    // how lines of these signs are put together
	frame   frame      // lines around the writing that stood in every lesson
	spread  tolerances // how much equal signs may differ
	rows    []int      // rows of the region on which the line began in the lessons
	size    image.Point
	margin  margins
	lessons []Lesson // kept, so that one more can be learned together with them
}

// Sight is what Glyphs saw in a picture. Text is empty exactly when Why is set.
type Sight struct {
	Text  string
	Why   Reason
	Signs []SeenSign      // every sign that was found, from left to right, also of a refused line
	Worst image.Rectangle // px of the picture: where it differed most, for `capture try`
}

// SeenSign tells how well one sign fitted.
type SeenSign struct {
	Text     string
	At       image.Rectangle // px of the picture
	Residual float64         // unexplained share of the sign's ink, 0 is a perfect fit
	Rival    string          // the sign that would have fitted next best
	Margin   float64         // 1 when the picture is exactly this sign, 0 when it lies half-way to the rival
}

// What can be wrong with lessons. The words room has "teach.<code>".
const (
	TooFewLessons  = "too_few"     // less than two
	LessonText     = "text"        // the text holds no amount
	LessonSize     = "size"        // a picture is too small or too large
	LessonBlank    = "blank"       // nothing is written there
	LessonEdge     = "edge"        // something is cut by the picture's edge
	LessonColours  = "colours"     // the lessons have different colours
	LessonUncut    = "uncut"       // the signs could not be told from each other
	LessonUnlike   = "unlike"      // the same sign looks different from one place to another
	LessonAlike    = "alike"       // two different signs look the same
	LessonUnread   = "unread"      // a lesson does not read back as it was taught
	LessonWords    = "words"       // the words around the amount differ too much
	LessonDecimals = "one_layout"  // decimals differ from lesson to lesson
	LessonBroken   = "broken_file" // stored glyphs do not fit together
)

// TeachCodes lists every code, so that the words room can be held to have a sentence for each.
func TeachCodes() []string {
	return []string{TooFewLessons, LessonText, LessonSize, LessonBlank, LessonEdge, LessonColours, LessonUncut,
		LessonUnlike, LessonAlike, LessonUnread, LessonWords, LessonDecimals, LessonBroken}
}

// TeachError says why nothing was learned. Lesson counts from 1; 0 means all of them together.
type TeachError struct {
	Code   string
	Lesson int
	Text   string // the sign or the line that it is about
}

func (e *TeachError) Error() string {
	switch {
	case e.Lesson > 0 && e.Text != "":
		return fmt.Sprintf("teach lesson %d: %s: %q", e.Lesson, e.Code, e.Text)
	case e.Lesson > 0:
		return fmt.Sprintf("teach lesson %d: %s", e.Lesson, e.Code)
	case e.Text != "":
		return fmt.Sprintf("teach: %s: %q", e.Code, e.Text)
	}
	return "teach: " + e.Code
}

// Key names the sentence in the words room.
func (e *TeachError) Key() string { return "teach." + e.Code }
