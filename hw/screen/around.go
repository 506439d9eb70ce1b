package screen

import (
	"image"

	"cpos/engine/words"
)

// Monitor gives the monitor that shows most of a rectangle, in px of the desktop; the first one where none does.
func Monitor(r image.Rectangle) (image.Rectangle, error) {
	all, _, err := monitors()
	if err != nil || len(all) == 0 {
		return image.Rectangle{}, words.Fail(ErrNoDisplay, "screen.no_display").Advise("screen.no_display.hint").Because(err)
	}
	best, most := all[0], 0
	for _, m := range all {
		part := m.Intersect(r)
		if n := part.Dx() * part.Dy(); n > most {
			best, most = m, n
		}
	}
	return best, nil
}
