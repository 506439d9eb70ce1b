package line

// writing is what a display does with a character at the end of a line.
type writing uint8

const (
	unsaid     writing = iota // it was switched before we listened
	overwrite                 // on to the next line, from the last one to the first
	scrollUp                  // the last line moves up
	scrollLeft                // the line itself moves left
)

// cell is one byte of a display; the two of a Chinese character stand side by side.
type cell struct {
	b     byte
	known bool
}

// panel is a display's memory: what a customer can read on it, as far as that is known.
type panel struct {
	cells [][]cell
	x, y  int
	// adrift says that the place of the cursor is not known: what is written then may stand anywhere.
	adrift bool
	// brim says that the cursor has just left the end of a line. Some displays go on to the next line at
	// once, others with the next character; only a character comes out the same on both.
	brim bool
	mode writing
}

func newPanel(rows, columns int) *panel {
	p := &panel{cells: make([][]cell, rows), adrift: true}
	for y := range p.cells {
		p.cells[y] = make([]cell, columns)
	}
	return p
}

func (p *panel) rows() int    { return len(p.cells) }
func (p *panel) columns() int { return len(p.cells[0]) }

// lose forgets everything: something happened that is not understood.
func (p *panel) lose() {
	for y := range p.cells {
		clear(p.cells[y])
	}
	p.adrift, p.brim, p.mode = true, false, unsaid
}

// blur forgets the text, where only the text is in doubt.
func (p *panel) blur() {
	for y := range p.cells {
		clear(p.cells[y])
	}
}

func (p *panel) blank(y int) {
	for x := range p.cells[y] {
		p.cells[y][x] = cell{' ', true}
	}
}

func (p *panel) wipe() {
	for y := range p.cells {
		p.blank(y)
	}
	p.place(0, 0)
}

// reset is what a display does when it is switched on.
func (p *panel) reset() {
	p.wipe()
	p.mode = overwrite
}

// wipeLine blanks the cursor's line.
func (p *panel) wipeLine() {
	if p.adrift || p.brim {
		p.blur()
		p.adrift, p.brim = true, false
		return
	}
	p.blank(p.y)
	p.x = 0
}

// place puts the cursor. A place that is not on the display is not understood.
func (p *panel) place(x, y int) {
	if x < 0 || x >= p.columns() || y < 0 || y >= p.rows() {
		p.lose()
		return
	}
	p.x, p.y, p.adrift, p.brim = x, y, false, false
}

// put writes one byte of text at the cursor. sure is false for a sign that the POS has drawn itself.
func (p *panel) put(b byte, sure bool) {
	if p.adrift {
		p.blur()
		return
	}
	if p.brim && !p.turn() {
		return
	}
	p.cells[p.y][p.x] = cell{b, sure}
	if p.x++; p.x == p.columns() {
		p.x, p.brim = p.columns()-1, true
	}
}

// turn goes on from the end of a line; false when it is not known how.
func (p *panel) turn() bool {
	p.brim = false
	last := p.y == p.rows()-1
	switch {
	case p.mode == scrollLeft:
		copy(p.cells[p.y], p.cells[p.y][1:])
		return true // the cursor stays on the last column
	case p.mode == unsaid:
		p.lose()
		return false
	case last && p.mode == scrollUp:
		p.scroll()
	case last:
		p.y = 0
	default:
		p.y++
	}
	p.x = 0
	return true
}

// scroll moves all lines up by one.
func (p *panel) scroll() {
	top := p.cells[0]
	copy(p.cells, p.cells[1:])
	p.cells[p.rows()-1] = top
	p.blank(p.rows() - 1)
}

// write puts a whole line at once, as a command does that names the line. Where the cursor is left differs
// from one display to the next.
func (p *panel) write(y int, text []byte, sure func(byte) bool) {
	if y >= p.rows() || len(text) > p.columns() {
		p.lose()
		return
	}
	p.blank(y)
	for x, b := range text {
		p.cells[y][x] = cell{b, sure(b)}
	}
	p.adrift, p.brim = true, false
}

// unsure says whether a move of the cursor cannot be followed, and gives the cursor up where that is so.
func (p *panel) unsure() bool {
	if p.brim {
		p.adrift, p.brim = true, false
	}
	return p.adrift
}

func (p *panel) toLeftEnd() {
	if !p.unsure() {
		p.x = 0
	}
}

func (p *panel) toRightEnd() {
	if !p.unsure() {
		p.x = p.columns() - 1
	}
}

func (p *panel) left() {
	switch {
	case p.unsure():
	case p.x > 0:
		p.x--
	default:
		p.adrift = true // displays differ in where that leads
	}
}

func (p *panel) right() {
	switch {
	case p.unsure():
	case p.x < p.columns()-1:
		p.x++
	default:
		p.adrift = true
	}
}

// down moves the cursor to the next line. On the last one it depends on the mode what that does.
func (p *panel) down() {
	if p.unsure() {
		if p.mode == scrollUp {
			p.blur() // the text may have moved
		}
		return
	}
	switch {
	case p.y < p.rows()-1:
		p.y++
	case p.mode == scrollUp:
		p.scroll()
	case p.mode == unsaid:
		p.lose()
	default:
		p.y = 0
	}
}

func (p *panel) up() {
	switch {
	case p.unsure():
	case p.y > 0:
		p.y--
	case p.mode == overwrite || p.mode == scrollLeft:
		p.y = p.rows() - 1
	default:
		p.lose()
	}
}

// text gives the bytes of each line; false while any of them is not known.
func (p *panel) text() ([][]byte, bool) {
	all := make([][]byte, p.rows())
	for y, row := range p.cells {
		all[y] = make([]byte, len(row))
		for x, c := range row {
			if !c.known {
				return nil, false
			}
			all[y][x] = c.b
		}
	}
	return all, true
}
