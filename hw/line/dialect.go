package line

import (
	"bytes"
	"fmt"
)

// Protocol is the set of commands that a customer display understands.
type Protocol string

// The protocols. Their control characters are shared and their commands do not overlap, so that Auto can
// understand both.
const (
	CD5220 Protocol = "cd5220"
	ESCPOS Protocol = "esc-pos"
	Auto   Protocol = "auto"
)

// Protocols lists what can be chosen.
func Protocols() []Protocol { return []Protocol{Auto, CD5220, ESCPOS} }

const (
	esc = 0x1b
	us  = 0x1f
	cr  = '\r'
	clr = 0x0c
	can = 0x18
	// longest is how many bytes a command may have; the longest is a set of own signs.
	longest = 1024
)

// form is a command after its letters.
type form struct {
	args int
	size func(args []byte) int // of all that follows the letters; -1 while not enough is there
	act  func(s *screen, args []byte)
	in   Protocol // the only protocol that knows it; empty: both
}

// screen is a customer display as it hears bytes.
type screen struct {
	panel    *panel
	protocol Protocol
	pending  []byte    // of a command that is not complete
	off      bool      // told to be deaf: what comes is for a printer on the same wire
	own      bool      // the POS's own signs are switched on
	drawn    [256]bool // which those are
	lamp     byte      // which sign is lit beside the number; 0 none
	writes   uint64    // how often something was written or wiped
}

func newScreen(protocol Protocol, rows, columns int) (*screen, error) {
	switch protocol {
	case "":
		protocol = Auto
	case Auto, CD5220, ESCPOS:
	default:
		return nil, fmt.Errorf("display protocol %q: want one of %v", protocol, Protocols())
	}
	const mostRows, mostColumns = 4, 80
	if rows < 1 || rows > mostRows || columns < 1 || columns > mostColumns {
		return nil, fmt.Errorf("display of %d by %d characters: want up to %d by %d", columns, rows, mostColumns, mostRows)
	}
	return &screen{panel: newPanel(rows, columns), protocol: protocol}, nil
}

// hear takes what the POS writes.
func (s *screen) hear(b []byte) {
	for _, c := range b {
		s.one(c)
	}
}

// busy says that a command is not complete.
func (s *screen) busy() bool { return len(s.pending) > 0 }

// lose forgets what is shown, also what was begun.
func (s *screen) lose() {
	s.panel.lose()
	s.pending, s.off, s.own, s.lamp = nil, false, false, 0
	s.writes++
}

func (s *screen) one(c byte) {
	switch {
	case s.busy() && s.off:
		s.deaf(c)
	case s.busy():
		s.pending = append(s.pending, c)
		s.complete()
	case c == esc || c == us && s.protocol != CD5220 && !s.off:
		s.pending = append(s.pending[:0], c)
	case s.off:
	case c >= ' ' && c != 0x7f:
		s.panel.put(c, s.sure(c))
		s.writes++
	default:
		s.control(c)
	}
}

// sure says that a byte shows the sign that its code page says.
func (s *screen) sure(c byte) bool { return !s.own || !s.drawn[c] }

func (s *screen) control(c byte) {
	p := s.panel
	switch c {
	case 0x08:
		p.left()
	case '\t':
		p.right()
	case '\n':
		p.down()
		s.writes++ // it may scroll
	case 0x0b:
		p.place(0, 0)
	case clr:
		p.wipe()
		s.lamp = 0
		s.writes++
	case cr:
		p.toLeftEnd()
	case can:
		p.wipeLine()
		s.writes++
	case 0x00, 0x07, 0x7f:
	default:
		s.lose()
	}
}

// complete carries out the pending command when all of it is there.
func (s *screen) complete() {
	letters, f := s.form()
	switch {
	case letters == 0:
		return // not yet
	case f == nil || f.in != "" && s.protocol != Auto && f.in != s.protocol:
		s.lose() // how long it is, and what it does, nobody knows
		return
	}
	args := s.pending[letters:]
	n := f.args
	if f.size != nil {
		n = f.size(args)
	}
	switch {
	case n >= 0 && len(args) >= n:
		s.pending = s.pending[:0]
		if f.act != nil {
			f.act(s, args[:n])
		}
	case len(s.pending) > longest:
		s.lose()
	}
}

// deaf looks for the one command that a display hears which is told to be deaf: ESC =. All else is for
// somebody else, with commands of its own.
func (s *screen) deaf(c byte) {
	switch {
	case len(s.pending) == 2:
		s.off = c&2 == 0
		s.pending = s.pending[:0]
	case c == '=':
		s.pending = append(s.pending, c)
	case c != esc:
		s.pending = s.pending[:0]
	}
}

// form finds the pending command and how many letters name it; 0 while that cannot be told.
func (s *screen) form() (letters int, f *form) {
	if len(s.pending) < 2 {
		return 0, nil
	}
	group, c := s.pending[0], s.pending[1]
	if group == us {
		if len(s.pending) == 2 && usForms[c] == nil {
			return 2, nil
		}
		return 2, usForms[c]
	}
	if c != '[' && c != 'Q' {
		return 2, escForms[c]
	}
	if len(s.pending) < 3 {
		return 0, nil
	}
	if c == '[' {
		return 3, moves[s.pending[2]]
	}
	return 3, texts[s.pending[2]]
}

func mode(m writing) *form { return &form{act: func(s *screen, _ []byte) { s.panel.mode = m }} }

func move(in Protocol, to func(*panel)) *form {
	return &form{in: in, act: func(s *screen, _ []byte) { to(s.panel) }}
}

var escForms = map[byte]*form{
	0x11: {in: CD5220, act: mode(overwrite).act},
	0x12: {in: CD5220, act: mode(scrollUp).act},
	0x13: {in: CD5220, act: mode(scrollLeft).act},
	'@': {act: func(s *screen, _ []byte) {
		s.panel.reset()
		s.own, s.drawn, s.lamp = false, [256]bool{}, 0
		s.writes++
	}},
	'=': {args: 1, act: func(s *screen, a []byte) { s.off = a[0]&2 == 0 }}, // bit 1 is the display
	'l': {args: 2, in: CD5220, act: func(s *screen, a []byte) { s.panel.place(int(a[0])-1, int(a[1])-1) }},
	'*': {args: 1, in: CD5220},
	'_': {args: 1, in: CD5220},
	'f': {args: 1, in: CD5220},
	'c': {args: 1, in: CD5220},
	's': {args: 1, in: CD5220, act: func(s *screen, a []byte) { s.lit(a[0]) }},
	'R': {args: 1},
	't': {args: 1},
	'%': {args: 1, act: func(s *screen, a []byte) { s.own = a[0]&1 == 1 }},
	'?': {args: 1, act: func(s *screen, a []byte) { s.drawn[a[0]] = false }},
	'&': {size: ownSigns, act: func(s *screen, a []byte) {
		for c := int(a[1]); c <= int(a[2]); c++ {
			s.drawn[c] = true
		}
	}},
}

// moves are what follows ESC [.
var moves = map[byte]*form{
	'A': move(CD5220, (*panel).up),
	'B': move(CD5220, (*panel).down),
	'C': move(CD5220, (*panel).right),
	'D': move(CD5220, (*panel).left),
	'H': move(CD5220, func(p *panel) { p.place(0, 0) }),
	'L': move(CD5220, (*panel).toLeftEnd),
	'R': move(CD5220, (*panel).toRightEnd),
	'K': move(CD5220, func(p *panel) { p.place(p.columns()-1, p.rows()-1) }),
}

// texts are what follows ESC Q: a line by its letter, or running text, which nobody reads an amount from.
var texts = map[byte]*form{
	'A': {size: throughCR, act: line(0), in: CD5220},
	'B': {size: throughCR, act: line(1), in: CD5220},
	'D': {size: throughCR, act: func(s *screen, _ []byte) { s.lose() }, in: CD5220},
}

var usForms = map[byte]*form{
	0x01: {in: ESCPOS, act: mode(overwrite).act},
	0x02: {in: ESCPOS, act: mode(scrollUp).act},
	0x03: {in: ESCPOS, act: mode(scrollLeft).act},
	'\n': move(ESCPOS, (*panel).up),
	'\r': move(ESCPOS, (*panel).toRightEnd),
	'B':  move(ESCPOS, func(p *panel) { p.place(p.columns()-1, p.rows()-1) }),
	'$':  {args: 2, in: ESCPOS, act: func(s *screen, a []byte) { s.panel.place(int(a[0])-1, int(a[1])-1) }},
	'C':  {args: 1, in: ESCPOS},
	'E':  {args: 1, in: ESCPOS},
	'X':  {args: 1, in: ESCPOS},
	'r':  {args: 1, in: ESCPOS},
	'v':  {args: 1, in: ESCPOS},
	'#':  {args: 2, in: ESCPOS},
	// A character with a point, comma or semicolon in its own corner: two signs in one place.
	'.': {args: 1, in: ESCPOS, act: func(s *screen, a []byte) { s.panel.put(a[0], false); s.writes++ }},
	',': {args: 1, in: ESCPOS, act: func(s *screen, a []byte) { s.panel.put(a[0], false); s.writes++ }},
	';': {args: 1, in: ESCPOS, act: func(s *screen, a []byte) { s.panel.put(a[0], false); s.writes++ }},
}

// line writes one line by name. A display with fewer lines shows nothing of it that can be told.
func line(y int) func(*screen, []byte) {
	return func(s *screen, a []byte) {
		s.writes++
		end := a[len(a)-1]
		text := a[:len(a)-1]
		switch {
		case end == cr && !bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
			s.panel.write(y, text, s.sure)
		case end == clr:
			s.panel.wipe()
		default:
			s.lose()
		}
	}
}

// throughCR takes a text through its CR, or through what cancels it.
func throughCR(a []byte) int {
	if i := bytes.IndexAny(a, "\r\x0c\x18"); i >= 0 {
		return i + 1
	}
	return -1
}

// ownSigns counts the bytes of a set of signs: their height in bytes, the first and last code, and for
// each its width and picture.
func ownSigns(a []byte) int {
	if len(a) < 3 {
		return -1
	}
	n := 3
	for range int(a[2]) - int(a[1]) + 1 {
		if n >= len(a) {
			return -1
		}
		n += 1 + int(a[0])*int(a[n])
	}
	return n
}

// The lamps of a display that shows one number: which number it is.
var lamps = map[byte]string{'1': "单价", '3': "收款", '4': "找零"}

// lit notes the lamp that ESC s lights.
func (s *screen) lit(lamp byte) {
	s.lamp = lamp
	s.writes++
}
