package input

// lateEnter says that this character is an Enter that belongs to a scan: to the one being held, or late to
// the last one. Then it is no hot-key.
func (e *ear) lateEnter(char rune) bool {
	return char == '\r' && (e.det.Holding() || e.late())
}

// forget ends the care for keys that are down, because they were let up.
func (e *ear) forget() {
	clear(e.down)
	clear(e.mods)
}
