package receipt

import (
	"bytes"
	"image"
)

// form is how a command is read: fixed bytes after its letters, or a length that it carries.
type form struct {
	name string
	args int
	size func(rest []byte) int // of all that follows the letters; -1 while not enough is there
	act  func(d *decoder, at int, arg []byte)
}

// command reads one command at the current place.
func (d *decoder) command() {
	at, rest := d.at, d.data[d.at:]
	if len(rest) < 2 {
		d.note(groupName(rest[0]), 1, ErrCutShort)
		return
	}
	f, ok := commandOf(rest[0], rest[1])
	if !ok {
		d.note(groupName(rest[0])+" "+letter(rest[1]), 2, ErrUnknownCommand)
		return
	}
	n := f.args
	if f.size != nil {
		n = f.size(rest[2:])
	}
	if n < 0 || n > len(rest)-2 {
		d.note(f.name, len(rest), ErrCutShort)
		return
	}
	d.at += 2 + n
	if f.act == nil {
		d.items = append(d.items, Item{Offset: at, Name: f.name})
		return
	}
	before := len(d.items)
	f.act(d, at, rest[2:2+n])
	if len(d.items) == before {
		d.items = append(d.items, Item{Offset: at, Name: f.name})
	}
}

func groupName(c byte) string {
	return map[byte]string{0x10: "DLE", 0x1b: "ESC", 0x1c: "FS", 0x1d: "GS"}[c]
}

func letter(c byte) string {
	if c > ' ' && c < 0x7f {
		return string(rune(c))
	}
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[c>>4], digits[c&15]})
}

func commandOf(group, c byte) (form, bool) {
	f, ok := form{}, false
	switch group {
	case 0x10:
		f, ok = realTime[c]
	case 0x1b:
		if f, ok = escSets(c); !ok {
			f, ok = escPrints(c)
		}
	case 0x1c:
		f, ok = fsCommand(c)
	case 0x1d:
		if f, ok = gsSets(c); !ok {
			f, ok = gsPrints(c)
		}
	}
	f.name = groupName(group) + " " + letter(c)
	return f, ok
}

// realTime holds DLE EOT, DLE ENQ and DLE DC4.
var realTime = map[byte]form{
	0x04: {args: 1}, 0x05: {args: 1},
	0x14: {size: func(b []byte) int {
		if len(b) > 0 && b[0] == 8 {
			return 8 // clear buffers: seven fixed bytes
		}
		return 3
	}},
}

func escSets(c byte) (form, bool) {
	switch c {
	case '@':
		return form{act: func(d *decoder, _ int, _ []byte) {
			d.chinese, d.table, d.style, d.runs, d.col = true, 0, plainStyle, nil, 0
		}}, true
	case '2', 'v', 'u':
		return form{}, true
	case '3', 'K', 'M', '{', ' ', 'R', 'a':
		return form{args: 1}, true
	case '$', '\\':
		return form{args: 2}, true
	case 'D':
		return form{size: throughZero}, true
	case '(':
		return form{size: func(b []byte) int { return counted(b, 1) }}, true
	case 't':
		return form{args: 1, act: func(d *decoder, _ int, a []byte) { d.table = a[0] }}, true
	case 'E':
		return form{args: 1, act: func(d *decoder, _ int, a []byte) { d.style.Bold = a[0]&1 == 1 }}, true
	case '-':
		return form{args: 1, act: func(d *decoder, _ int, a []byte) { d.style.Underline = a[0]%'0' != 0 }}, true
	case '!':
		return form{args: 1, act: func(d *decoder, _ int, a []byte) {
			d.style = Style{Width: 1 + int(a[0]>>5&1), Height: 1 + int(a[0]>>4&1), Bold: a[0]&8 != 0, Underline: a[0]&0x80 != 0, Invert: d.style.Invert}
		}}, true
	}
	return form{}, false
}

func escPrints(c byte) (form, bool) {
	switch c {
	case 'd':
		return form{args: 1, act: func(d *decoder, at int, a []byte) { d.feed(at, "ESC d", int(a[0])*lineHeight) }}, true
	case 'J':
		return form{args: 1, act: func(d *decoder, at int, a []byte) { d.feed(at, "ESC J", int(a[0])) }}, true
	case 'i', 'm':
		return form{act: cut}, true
	case 'p':
		return form{args: 3, act: func(d *decoder, at int, a []byte) {
			d.show(at, "ESC p", Line{Kind: LineDrawer, N: 2 + 3*int(a[0]&1)})
		}}, true
	case 'B':
		return form{args: 2, act: func(d *decoder, at int, a []byte) { d.show(at, "ESC B", Line{Kind: LineBeep, N: int(a[0])}) }}, true
	case '*':
		return form{size: columnsSize, act: columnBand}, true
	case 'Z':
		return form{size: func(b []byte) int { return counted(b, 3) }, act: func(d *decoder, at int, a []byte) {
			d.symbol(at, "ESC Z", BlockQR, string(a[5:]), int(a[2]))
		}}, true
	}
	return form{}, false
}

func fsCommand(c byte) (form, bool) {
	switch c {
	case '&', '.':
		return form{act: func(d *decoder, _ int, _ []byte) { d.chinese = c == '&' }}, true
	case '!', 'W', '-':
		return form{args: 1}, true // the style of Chinese text, which GS ! and ESC - say too
	case 'S':
		return form{args: 2}, true
	case '(':
		return form{size: func(b []byte) int { return counted(b, 1) }}, true
	}
	return form{}, false
}

func gsSets(c byte) (form, bool) {
	switch c {
	case 'L', 'W', 'P':
		return form{args: 2}, true
	case 'h', 'w', 'H', 'f', 'r', 'a', 'I':
		return form{args: 1}, true
	case 'B':
		return form{args: 1, act: func(d *decoder, _ int, a []byte) { d.style.Invert = a[0]&1 == 1 }}, true
	case '!':
		return form{args: 1, act: func(d *decoder, _ int, a []byte) {
			d.style.Width, d.style.Height = 1+int(a[0]>>4&7), 1+int(a[0]&7)
		}}, true
	}
	return form{}, false
}

func gsPrints(c byte) (form, bool) {
	switch c {
	case 'k':
		return form{size: barcodeSize, act: barCode}, true
	case 'v':
		return form{size: rasterSize, act: raster}, true
	case '(':
		return form{size: func(b []byte) int { return counted(b, 1) }, act: func(d *decoder, at int, a []byte) {
			if a[0] == 'k' {
				d.twoDimensional(at, a[3:])
			} else if a[0] == 'L' {
				d.graphics(at, a[3:])
			}
		}}, true
	case '8':
		return form{size: longSize, act: func(d *decoder, at int, a []byte) { d.graphics(at, a[5:]) }}, true
	case 'V':
		return form{size: func(b []byte) int {
			if len(b) > 0 && (b[0] == 'A' || b[0] == 'B') {
				return 2
			}
			return 1
		}, act: cut}, true
	}
	return form{}, false
}

// counted reads skip bytes and a 16-bit length, and adds what they announce.
func counted(b []byte, skip int) int {
	if len(b) < skip+2 {
		return -1
	}
	return skip + 2 + word16(b[skip:])
}

func word16(b []byte) int { return int(b[0]) | int(b[1])<<8 }

// throughZero takes everything up to a zero byte.
func throughZero(b []byte) int {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return i + 1
	}
	return -1
}

// feed prints the line buffer and gives white paper.
func (d *decoder) feed(at int, name string, dots int) {
	if len(d.runs) > 0 {
		d.endLine(true)
		dots = max(dots-lineHeight, 0)
	}
	d.show(at, name, Line{Kind: LineFeed, N: dots})
}

// cut takes the feed before it along: that paper is the way to the cutter, not white below the text.
func cut(d *decoder, at int, _ []byte) {
	d.endLine(false)
	if last := len(d.items) - 1; last >= 0 && d.items[last].Name == "ESC d" {
		d.items[last].Line = nil
	}
	d.show(at, "cut", Line{Kind: LineCut})
}

// stretch repeats each dot of a picture w by h times.
func stretch(img *image.Gray, w, h int) *image.Gray {
	if w == 1 && h == 1 {
		return img
	}
	out := white(img.Bounds().Dx()*w, img.Bounds().Dy()*h)
	for y := range out.Bounds().Dy() {
		for x := range out.Bounds().Dx() {
			out.SetGray(x, y, img.GrayAt(x/w, y/h))
		}
	}
	return out
}
