package receipt

import (
	"bytes"
	"image"
	"strings"
	"unicode"
)

// Commands of ESC/POS, named as in the printer makers' references.
var (
	escInit        = []byte{0x1b, '@'}
	escLineSpacing = []byte{0x1b, '2'}
	escTable437    = []byte{0x1b, 't', 0}
	escUSA         = []byte{0x1b, 'R', 0}
	fsChineseOn    = []byte{0x1c, '&'}
	fsChineseOff   = []byte{0x1c, '.'}
)

// bandRows is the height of one raster command: small buffers overrun on more, and the rest would print
// as text.
const bandRows = 128

// Bytes gives what the printer gets for one slip. It starts with ESC @ and ends at the start of a line.
func Bytes(lines []Line, p Paper) []byte {
	var b bytes.Buffer
	for _, c := range [][]byte{escInit, escLineSpacing, escUSA, escTable437, fsChineseOn} {
		b.Write(c)
	}
	for _, l := range lines {
		switch l.Kind {
		case LineText:
			writeText(&b, l)
		case LineCode:
			writeCode(&b, l, p)
		case LineCut:
			writeCut(&b, p)
		case LineDrawer:
			// ESC p: pin 2 or 5, on for 50 ms, off for 500 ms.
			b.Write([]byte{0x1b, 'p', map[int]byte{2: 0, 5: 1}[l.N], 25, 250})
		case LineBeep:
			b.Write([]byte{0x1b, 'B', byte(l.N), 2})
		}
	}
	return b.Bytes()
}

// writeText writes a text line. Tall lines get a spacing of their own, or they would touch the next.
func writeText(b *bytes.Buffer, l Line) {
	if l.Height <= 1 {
		writeRuns(b, l.Runs)
		b.WriteByte('\n')
		return
	}
	writeRuns(b, l.Runs)
	b.Write([]byte{0x1b, '3', byte(textHeight(l))})
	b.WriteByte('\n')
	b.Write(escLineSpacing)
}

// writeRuns reaches columns by single-width spaces: the one way every printer agrees on. Between runs the
// style is plain.
func writeRuns(b *bytes.Buffer, runs []Run) {
	at := 0
	for _, r := range runs {
		for ; at < r.Col; at++ {
			b.WriteByte(' ')
		}
		plain := Style{Align: r.Style.Align, Width: 1, Height: 1}
		if r.Style != plain {
			writeStyle(b, r.Style)
		}
		b.Write(encode(r.Text))
		if r.Style != plain {
			writeStyle(b, plain)
		}
		at = r.Col + columns(r.Text)*r.Style.Width
	}
}

// writeStyle sends the size twice, as GS ! and as FS !: some Chinese printers size Chinese characters by
// the one, some by the other only.
func writeStyle(b *bytes.Buffer, st Style) {
	w, h := byte(st.Width-1), byte(st.Height-1)
	var chinese byte
	if st.Width > 1 {
		chinese |= 1 << 2
	}
	if st.Height > 1 {
		chinese |= 1 << 3
	}
	under := flag(st.Underline)
	b.Write([]byte{0x1d, '!', w<<4 | h, 0x1c, '!', chinese | under<<7})
	b.Write([]byte{0x1b, 'E', flag(st.Bold), 0x1b, '-', under, 0x1d, 'B', flag(st.Invert)})
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// writeCode leaves Chinese mode around a code: some printers print nothing right after Chinese text.
func writeCode(b *bytes.Buffer, l Line, p Paper) {
	b.Write(fsChineseOff)
	b.Write([]byte{0x1b, 'a', 1})
	if p.Codes == CodesNative && l.Symbol == BlockQR && !holdsControls(l.Text) {
		writeNativeQR(b, l)
	} else {
		writeRaster(b, l.Code)
	}
	b.Write([]byte{0x1b, 'a', 0})
	b.Write(fsChineseOn)
}

// holdsControls says whether a content must not travel as it is: printers carry out real-time commands
// even inside the data of a code.
func holdsControls(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// writeNativeQR lets the printer draw the code; the white above and below is cpos's to give.
func writeNativeQR(b *bytes.Buffer, l Line) {
	text, n := l.Text, len(l.Text)+3
	quiet := []byte{0x1b, 'J', byte(quietZone * l.Module)}
	b.Write(quiet)
	b.Write([]byte{0x1d, '(', 'k', 4, 0, '1', 'A', '2', 0}) // model 2
	b.Write([]byte{0x1d, '(', 'k', 3, 0, '1', 'C', byte(min(l.Module, 16))})
	b.Write([]byte{0x1d, '(', 'k', 3, 0, '1', 'E', '1'}) // correction M
	b.Write([]byte{0x1d, '(', 'k', byte(n), byte(n >> 8), '1', 'P', '0'})
	b.WriteString(text)
	b.Write([]byte{0x1d, '(', 'k', 3, 0, '1', 'Q', '0'})
	b.Write(quiet)
}

// writeRaster sends a picture by GS v 0 in bands.
func writeRaster(b *bytes.Buffer, img *image.Gray) {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	row := (w + 7) / 8
	for top := 0; top < h; top += bandRows {
		n := min(bandRows, h-top)
		b.Write([]byte{0x1d, 'v', '0', 0, byte(row), byte(row >> 8), byte(n), byte(n >> 8)})
		b.Write(disarm(pack(img, top, n, row)))
	}
}

// pack gives rows of one bit a dot, black is one, the first dot in the highest bit.
func pack(img *image.Gray, top, n, row int) []byte {
	out := make([]byte, row*n)
	for y := range n {
		for x := range img.Bounds().Dx() {
			if img.GrayAt(x, top+y).Y < 0x80 {
				out[y*row+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	return out
}

// disarm breaks real-time commands that a picture may contain by chance: printers carry out DLE EOT, DLE
// ENQ and DLE DC4 (the cash drawer) even in the middle of picture data. One dot is lost.
func disarm(data []byte) []byte {
	const dle = 0x10
	for i := 0; i+1 < len(data); i++ {
		if next := data[i+1]; data[i] == dle && (next == 0x04 || next == 0x05 || next == 0x14) {
			data[i] = 0
		}
	}
	return data
}

// writeCut feeds to the cutter first: it sits 10 to 15 mm behind the head.
func writeCut(b *bytes.Buffer, p Paper) {
	b.Write([]byte{0x1b, 'd', byte(p.FeedBeforeCut)})
	b.Write([]byte{0x1d, 'V', map[CutMode]byte{CutFull: 0, CutPartial: 1}[p.Cut]})
}
