package receipt

import (
	"image"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// rasterSize reads the head of GS v 0: m, bytes a row, rows.
func rasterSize(b []byte) int {
	if len(b) < 6 {
		return -1
	}
	return 6 + word16(b[2:])*word16(b[4:])
}

func raster(d *decoder, at int, a []byte) {
	img := unpack(a[6:], word16(a[2:]), word16(a[4:]))
	d.show(at, "GS v 0", Line{Kind: LineImage, Code: stretch(img, 1+int(a[1]&1), 1+int(a[1]>>1&1))})
}

// unpack is the inverse of pack.
func unpack(data []byte, row, rows int) *image.Gray {
	img := white(row*8, rows)
	for i, b := range data {
		for bit := range 8 {
			if b&(0x80>>bit) != 0 {
				img.SetGray(i%row*8+bit, i/row, color.Gray{})
			}
		}
	}
	return img
}

// columnsSize reads the head of ESC *: mode, count of columns.
func columnsSize(b []byte) int {
	if len(b) < 3 {
		return -1
	}
	return 3 + word16(b[1:])*columnBytes(b[0])
}

func columnBytes(mode byte) int {
	if mode >= 32 {
		return 3
	}
	return 1
}

// columnBand reads a band of columns. Coarse modes are drawn in the dots they cover; the line feed after
// a band belongs to it.
func columnBand(d *decoder, at int, a []byte) {
	each := columnBytes(a[0])
	img := white(word16(a[1:]), 8*each)
	for i, b := range a[3:] {
		for bit := range 8 {
			if b&(0x80>>bit) != 0 {
				img.SetGray(i/each, i%each*8+bit, color.Gray{})
			}
		}
	}
	d.show(at, "ESC *", Line{Kind: LineImage, Code: stretch(img, 2-int(a[0]&1), 3/each)})
	d.swept = true
}

// twoDimensional reads GS ( k for QR codes (cn 49); other symbols only set.
func (d *decoder) twoDimensional(at int, a []byte) {
	if len(a) < 3 || a[0] != '1' {
		return
	}
	switch a[1] {
	case 'C':
		d.module = int(a[2])
	case 'P':
		d.qr = string(a[3:])
	case 'Q':
		d.symbol(at, "GS ( k", BlockQR, d.qr, d.module)
	}
}

// longSize reads the head of GS 8: a letter and a 32-bit length.
func longSize(b []byte) int {
	if len(b) < 5 {
		return -1
	}
	return 5 + word16(b[1:]) + word16(b[3:])<<16
}

// graphics reads GS ( L and GS 8 L: store a picture, print what is stored.
func (d *decoder) graphics(at int, a []byte) {
	switch {
	case len(a) >= 10 && a[1] == 'p':
		row, rows := (word16(a[6:])+7)/8, word16(a[8:])
		if row*rows == len(a)-10 {
			img := stretch(unpack(a[10:], row, rows), max(int(a[3]&3), 1), max(int(a[4]&3), 1))
			d.stored = &Line{Kind: LineImage, Code: img}
		}
	case len(a) == 2 && a[1]%'0' == 2 && d.stored != nil:
		d.show(at, "GS ( L", *d.stored)
		d.stored = nil
	}
}

// barcodeSize reads GS k: form A ends with a zero, form B tells its length.
func barcodeSize(b []byte) int {
	switch {
	case len(b) < 2:
		return -1
	case b[0] <= 6:
		if n := throughZero(b[1:]); n >= 0 {
			return 1 + n
		}
		return -1
	}
	return 2 + int(b[1])
}

func barCode(d *decoder, at int, a []byte) {
	text := string(a[2:])
	if a[0] <= 6 {
		text = string(a[1 : len(a)-1])
	}
	if a[0] == 73 {
		text = strings.NewReplacer("{A", "", "{B", "", "{C", "", "{{", "{").Replace(text)
	}
	d.symbol(at, "GS k", BlockBarcode, text, 2)
}

// maxInk bounds the dots of all codes in one reading: a few bytes may ask for a large one again and again.
const maxInk = 16 << 20

// symbol shows a code that the printer draws by itself. What cannot be drawn stands as a word.
func (d *decoder) symbol(at int, name string, kind BlockKind, text string, module int) {
	l := symbol(kind, text, module, d.inked < maxInk)
	if l.Code != nil {
		d.inked += len(l.Code.Pix)
	}
	d.show(at, name, l)
}

func symbol(kind BlockKind, text string, module int, draws bool) Line {
	l := Line{Kind: LineCode, Symbol: kind, Text: text, Module: min(max(module, 1), 16)}
	if !draws || text == "" {
		return l
	}
	if kind == BlockBarcode {
		if bars, err := code128.Encode(text); err == nil {
			l.Code = drawBars(bars, l.Module)
		}
		return l
	}
	if code, err := qr.Encode(text, qr.M, qr.Auto); err == nil {
		l.Code = drawQR(code, l.Module)
	}
	return l
}
