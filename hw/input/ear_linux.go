package input

import "time"

// lateEnter says that this character is an Enter that belongs to a scan by its time: to the one being held, or
// late to the last one. Then it is no hot-key.
func (e *ear) lateEnter(char rune, at time.Time) bool {
	if char != '\r' {
		return false
	}
	due, held := e.det.Deadline()
	_, late := e.det.Late(at)
	return held && !at.After(due) || late
}

// forget ends the care for keys that are down, because they were let up.
func (e *ear) forget() {
	clear(e.down)
	clear(e.mods)
}
