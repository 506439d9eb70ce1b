package receipt

import (
	"errors"
	"fmt"
)

// CutMode says how a slip ends.
type CutMode string

const (
	CutNone    CutMode = "none"
	CutFull    CutMode = "full"
	CutPartial CutMode = "partial"
)

// CodeMode says who draws QR and bar codes.
type CodeMode string

const (
	CodesRaster CodeMode = "raster" // cpos draws a picture: works on every printer with raster pictures
	CodesNative CodeMode = "native" // the printer draws them by command
)

// Cell sizes of the printer's Font A at 203 dpi, in dots. A Chinese character is two cells wide.
const (
	cellWidth  = 12
	cellHeight = 24
	// lineHeight includes the usual gap: ESC 2, one sixth of an inch.
	lineHeight = 30
)

// maxFeed bounds empty lines in one go; more is a slip of the pen and wasted paper.
const maxFeed = 50

// Paper is the part of a printer's profile that decides what a slip looks like.
type Paper struct {
	Columns       int // display columns of Font A on one line
	Dots          int // printable width in dots
	Encoding      string
	Codes         CodeMode
	Cut           CutMode
	FeedBeforeCut int // lines between the last line and the cutter
	Top, Bottom   int // margins in lines
}

// Errors of a paper.
var (
	ErrPaperWidth    = errors.New("paper width must be 58mm, 80mm, 88mm or 16 to 96 columns")
	ErrPaperEncoding = errors.New("printer encoding must be gbk or gb18030")
	ErrPaperMode     = errors.New("printer codes must be raster or native, cut none, full or partial")
	ErrPaperFeed     = errors.New("feeds and margins must be 0 to 50 lines")
)

// textHeight gives the dots that a text line takes, its gap included.
func textHeight(l Line) int { return cellHeight*max(l.Height, 1) + lineHeight - cellHeight }

// NewPaper gives a paper by its sold width ("58mm", "80mm", "88mm"): 384 dots and 32 columns, or 576 dots
// and 48 columns. What is sold as 88 mm has the print width of 80 mm.
func NewPaper(width string) (Paper, error) {
	p := Paper{Encoding: "gb18030", Codes: CodesRaster, Cut: CutPartial, FeedBeforeCut: 4}
	switch width {
	case "58mm":
		p.Columns = 32
	case "80mm", "88mm":
		p.Columns = 48
	default:
		return Paper{}, fmt.Errorf("%q: %w", width, ErrPaperWidth)
	}
	p.Dots = p.Columns * cellWidth
	return p, nil
}

// WithColumns overrides the number of columns, for printers whose ruler says otherwise.
func (p Paper) WithColumns(n int) Paper {
	p.Columns, p.Dots = n, n*cellWidth
	return p
}

// Validate checks what layout and encoding rely on.
func (p Paper) Validate() error {
	if p.Columns < 16 || p.Columns > 96 || p.Dots < p.Columns*cellWidth {
		return ErrPaperWidth
	}
	if p.Encoding != "gbk" && p.Encoding != "gb18030" {
		return fmt.Errorf("%q: %w", p.Encoding, ErrPaperEncoding)
	}
	codes := p.Codes == CodesRaster || p.Codes == CodesNative
	if !codes || p.Cut != CutNone && p.Cut != CutFull && p.Cut != CutPartial {
		return fmt.Errorf("codes %q, cut %q: %w", p.Codes, p.Cut, ErrPaperMode)
	}
	for _, n := range []int{p.FeedBeforeCut, p.Top, p.Bottom} {
		if n < 0 || n > maxFeed {
			return fmt.Errorf("%d lines: %w", n, ErrPaperFeed)
		}
	}
	return nil
}
