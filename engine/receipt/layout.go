package receipt

import (
	"errors"
	"fmt"
	"image"
	"strings"
)

// LineKind says what a laid-out line is.
type LineKind string

const (
	LineText   LineKind = "text"
	LineCode   LineKind = "code" // a QR or bar code
	LineCut    LineKind = "cut"
	LineDrawer LineKind = "drawer"
	LineBeep   LineKind = "beep"
	// Only Decode makes these two; a slip has no block for them.
	LineImage LineKind = "image" // a picture
	LineFeed  LineKind = "feed"  // white paper
)

// Run is a piece of a line in one style, starting at a display column.
type Run struct {
	Col   int
	Text  string
	Style Style
}

// Line is one element of the finished layout. Bytes, picture and text are made from nothing else.
type Line struct {
	Kind   LineKind
	Runs   []Run
	Height int         // of a text line, in single lines
	Code   *image.Gray // of a code: black modules on white, in dots; of an image: its dots
	Module int         // of a code: dots of one module
	Text   string      // of a code: its content
	Symbol BlockKind   // of a code: BlockQR or BlockBarcode
	N      int         // pin of a drawer, count of beeps, dots of a feed
}

// Errors of Layout.
var (
	ErrSlipVersion = errors.New("slip version is not known")
	ErrSlipBlock   = errors.New("slip block is not valid")
)

// MaxBlocks bounds a slip; a script that writes more has lost its way.
const MaxBlocks = 500

// Layout turns a slip into lines of at most the paper's width. It is the only stage that decides where
// anything stands.
func Layout(s Slip, p Paper) ([]Line, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if s.Version != SlipVersion {
		return nil, fmt.Errorf("%d: %w", s.Version, ErrSlipVersion)
	}
	if len(s.Blocks) > MaxBlocks {
		return nil, fmt.Errorf("%d blocks, at most %d: %w", len(s.Blocks), MaxBlocks, ErrSlipBlock)
	}
	lines := blank(p.Top)
	for i, b := range s.Blocks {
		more, err := layoutBlock(b, p)
		if err != nil {
			return nil, fmt.Errorf("block %d (%s): %w", i+1, b.Kind, err)
		}
		lines = append(lines, more...)
	}
	return addBottom(lines, p), nil
}

// addBottom puts the bottom margin above the last cut, where the customer sees it, else at the end.
func addBottom(lines []Line, p Paper) []Line {
	at := len(lines)
	for at > 0 && lines[at-1].Kind != LineText && lines[at-1].Kind != LineCode {
		at--
	}
	out := append([]Line{}, lines[:at]...)
	out = append(out, blank(p.Bottom)...)
	return append(out, lines[at:]...)
}

func layoutBlock(b Block, p Paper) ([]Line, error) {
	switch b.Kind {
	case BlockText:
		return layoutText(b.Text, b.Style, p.Columns), nil
	case BlockRow:
		return layoutRow(b.Cells, p.Columns)
	case BlockRule:
		return layoutRule(b.Text, p.Columns), nil
	case BlockFeed:
		if b.N < 0 || b.N > maxFeed {
			return nil, fmt.Errorf("%d lines: %w", b.N, ErrSlipBlock)
		}
		return blank(b.N), nil
	case BlockQR, BlockBarcode:
		return layoutCode(b, p)
	case BlockCut:
		if p.Cut == CutNone {
			return blank(p.FeedBeforeCut), nil // up to the edge where paper is torn off
		}
		return []Line{{Kind: LineCut}}, nil
	case BlockDrawer:
		if b.N != 2 && b.N != 5 {
			return nil, fmt.Errorf("pin %d is neither 2 nor 5: %w", b.N, ErrSlipBlock)
		}
		return []Line{{Kind: LineDrawer, N: b.N}}, nil
	case BlockBeep:
		return []Line{{Kind: LineBeep, N: min(max(b.N, 1), 9)}}, nil
	}
	return nil, fmt.Errorf("%q: %w", b.Kind, ErrSlipBlock)
}

func blank(n int) []Line {
	lines := make([]Line, 0, max(n, 0))
	for range n {
		lines = append(lines, Line{Kind: LineText, Height: 1})
	}
	return lines
}

func layoutText(text string, st Style, width int) []Line {
	st = fitStyle(st, width)
	var lines []Line
	for _, piece := range wrap(cleanLines(text), width/st.Width) {
		lines = append(lines, Line{
			Kind: LineText, Height: st.Height,
			Runs: placed(piece, st, 0, width),
		})
	}
	return lines
}

// cleanLines makes each line of a text printable and keeps the line breaks between them.
func cleanLines(s string) string {
	parts := strings.Split(s, "\n")
	for i := range parts {
		parts[i] = printable(parts[i])
	}
	return strings.Join(parts, "\n")
}

// placed gives the run of one piece in the columns [from, from+width); an empty piece has none.
func placed(piece string, st Style, from, width int) []Run {
	if piece == "" {
		return nil
	}
	free := width - columns(piece)*st.Width
	switch st.Align {
	case Right:
		from += free
	case Center:
		from += free / 2
	}
	return []Run{{Col: from, Text: piece, Style: st}}
}

// fitStyle fills the defaults in and keeps a single Chinese character within the width. Twice is the
// most, for Chinese printers know no more for Chinese characters (FS !).
func fitStyle(st Style, columns int) Style {
	st.Width = min(max(st.Width, 1), 2, max(columns/2, 1))
	st.Height = min(max(st.Height, 1), 2)
	if st.Align == "" {
		st.Align = Left
	}
	return st
}

func layoutRule(sign string, width int) []Line {
	sign = printable(sign)
	if sign == "" {
		sign = "-"
	}
	sign = wrap(sign, width)[0]
	text := strings.Repeat(sign, width/max(columns(sign), 1))
	st := fitStyle(Style{}, width)
	return []Line{{Kind: LineText, Height: 1, Runs: placed(text, st, 0, width)}}
}

// layoutRow wraps each cell within its own columns and sets the cells side by side, one column apart.
func layoutRow(cells []Cell, columns int) ([]Line, error) {
	widths, err := cellWidths(cells, columns)
	if err != nil {
		return nil, err
	}
	var lines []Line
	from := 0
	for i, c := range cells {
		st := fitStyle(c.Style, widths[i])
		for n, piece := range wrap(cleanLines(c.Text), widths[i]/st.Width) {
			if n == len(lines) {
				lines = append(lines, Line{Kind: LineText, Height: 1})
			}
			lines[n].Runs = append(lines[n].Runs, placed(piece, st, from, widths[i])...)
			lines[n].Height = max(lines[n].Height, st.Height)
		}
		from += widths[i] + 1
	}
	return lines, nil
}

// cellWidths shares what fixed cells leave among the others, the first getting what does not divide.
func cellWidths(cells []Cell, columns int) ([]int, error) {
	if len(cells) == 0 {
		return nil, fmt.Errorf("no cells: %w", ErrSlipBlock)
	}
	left, open := columns-(len(cells)-1), 0
	for _, c := range cells {
		if c.Columns < 0 {
			return nil, fmt.Errorf("a cell of %d columns: %w", c.Columns, ErrSlipBlock)
		}
		left -= c.Columns
		if c.Columns == 0 {
			open++
		}
	}
	if left < 2*open {
		return nil, fmt.Errorf("cells need more than %d columns: %w", columns, ErrSlipBlock)
	}
	widths := make([]int, len(cells))
	first := true
	for i, c := range cells {
		widths[i] = c.Columns
		if c.Columns != 0 {
			continue
		}
		widths[i] = left / open
		if first {
			widths[i] += left % open
			first = false
		}
	}
	return widths, nil
}
