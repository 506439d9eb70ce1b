package receipt

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of an Item: what a printer would print as garbage, or wait for.
var (
	ErrUnknownCommand = errors.New("unknown command")
	ErrCutShort       = errors.New("command is cut short")
	ErrNotText        = errors.New("byte is not text in this mode")
)

// Item is one element of what a printer got.
type Item struct {
	Offset int    // of its first byte
	Name   string // "text" for a printed line; of a command its letters, such as "ESC @"
	Line   *Line  // what it puts on paper; nil where it only sets something
	Err    error  // one of the errors above
}

// Reading is what a job's bytes say.
type Reading struct{ Items []Item }

// Lines gives what reaches the paper.
func (r Reading) Lines() []Line {
	var all []Line
	for _, it := range r.Items {
		if it.Line != nil {
			all = append(all, *it.Line)
		}
	}
	return all
}

// Text gives the reading as Text gives a layout.
func (r Reading) Text() string { return Text(r.Lines()) }

// Problems lists what is no command and no text, each with its offset.
func (r Reading) Problems() []error {
	var all []error
	for _, it := range r.Items {
		if it.Err != nil {
			all = append(all, fmt.Errorf("offset %d: %s: %w", it.Offset, it.Name, it.Err))
		}
	}
	return all
}

// Decode reads ESC/POS bytes as a Chinese printer does. It never fails: what it does not know it names and
// steps over.
func Decode(data []byte) Reading {
	d := &decoder{data: data, chinese: true, style: plainStyle, module: 3}
	for d.at < len(data) {
		d.step()
	}
	d.endLine(false)
	return Reading{d.items}
}

var plainStyle = Style{Width: 1, Height: 1}

// decoder is a printer's state while it reads.
type decoder struct {
	data  []byte
	at    int
	items []Item

	chinese bool
	table   byte
	style   Style

	runs  []Run // of the unfinished line
	col   int
	begun int // offset of its first byte
	swept bool

	module int
	qr     string
	inked  int   // dots of codes so far
	stored *Line // graphics that wait for their print command
}

func (d *decoder) step() {
	switch c := d.data[d.at]; {
	case c == '\n':
		d.at++
		d.endLine(true)
	case c == 0x1b || c == 0x1c || c == 0x1d || c == 0x10:
		d.command()
	case c >= 0x20 && c != 0x7f:
		d.text()
	case c == '\r' || c == '\t' || c == 0x07:
		d.note(map[byte]string{'\r': "CR", '\t': "HT", 0x07: "BEL"}[c], 1, nil)
	default:
		d.note(fmt.Sprintf("%02X", c), 1, ErrUnknownCommand)
	}
}

// note records an item of n bytes and steps over it.
func (d *decoder) note(name string, n int, err error) {
	d.items = append(d.items, Item{Offset: d.at, Name: name, Err: err})
	d.at = min(d.at+n, len(d.data))
}

// text reads one character of the current mode.
func (d *decoder) text() {
	c, n := character(d.data[d.at:], d.chinese, d.table)
	if n == 0 {
		d.note(fmt.Sprintf("%02X", d.data[d.at]), 1, ErrNotText)
		return
	}
	d.put(c)
	d.at += n
}

// put appends to the run of the same style. Blanks between cells are a plain run like any other.
func (d *decoder) put(c rune) {
	if len(d.runs) == 0 {
		d.begun = d.at
	}
	if last := len(d.runs) - 1; last >= 0 && d.runs[last].Style == d.style {
		d.runs[last].Text += string(c)
	} else {
		d.runs = append(d.runs, Run{Col: d.col, Text: string(c), Style: d.style})
	}
	width := 1
	if c >= 0x80 && d.chinese {
		width = 2
	}
	d.col += width * d.style.Width
}

// endLine prints the line buffer; fed says that a line feed asked for it, which prints an empty line too.
func (d *decoder) endLine(fed bool) {
	band := d.swept && len(d.runs) == 0
	d.swept = false
	if len(d.runs) == 0 && (!fed || band) {
		return
	}
	l := Line{Kind: LineText, Height: 1, Runs: d.runs}
	at := d.begun
	if len(d.runs) == 0 {
		at = d.at - 1
	}
	for _, r := range d.runs {
		if strings.TrimSpace(r.Text) != "" {
			l.Height = max(l.Height, r.Style.Height)
		}
	}
	d.items = append(d.items, Item{Offset: at, Name: "text", Line: &l})
	d.runs, d.col = nil, 0
}

// show records an item that leaves something on paper.
func (d *decoder) show(at int, name string, l Line) {
	d.endLine(false)
	d.items = append(d.items, Item{Offset: at, Name: name, Line: &l})
}
