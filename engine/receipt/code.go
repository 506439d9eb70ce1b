package receipt

import (
	"fmt"
	"image"
	"image/color"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

const (
	barHeight  = 64 // dots, 8 mm
	quietZone  = 4  // modules on every side of a QR code (ISO/IEC 18004)
	maxQRSide  = 260
	maxCodeLen = 256
)

// layoutCode draws a QR code or a Code 128 bar code as dots. A bar code that is wider than the paper at
// one dot a module becomes a QR code, for a printer would silently leave it out.
func layoutCode(b Block, p Paper) ([]Line, error) {
	if b.Text == "" || len(b.Text) > maxCodeLen {
		return nil, fmt.Errorf("content of %d bytes, want 1 to %d: %w", len(b.Text), maxCodeLen, ErrSlipBlock)
	}
	if b.Kind == BlockBarcode {
		bars, err := code128.Encode(b.Text)
		if err != nil {
			return nil, fmt.Errorf("bar code: %v: %w", err, ErrSlipBlock)
		}
		if module := min(p.Dots/(bars.Bounds().Dx()+20), 3); module >= 1 {
			return []Line{{Kind: LineCode, Text: b.Text, Symbol: BlockBarcode, Code: drawBars(bars, module), Module: module}}, nil
		}
	}
	code, err := qr.Encode(b.Text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("QR code: %v: %w", err, ErrSlipBlock)
	}
	side := code.Bounds().Dx() + 2*quietZone
	module := max(min(maxQRSide, p.Dots)/side, 1)
	return []Line{{Kind: LineCode, Text: b.Text, Symbol: BlockQR, Code: drawQR(code, module), Module: module}}, nil
}

func drawQR(code barcode.Barcode, module int) *image.Gray {
	side := code.Bounds().Dx() + 2*quietZone
	img := white(side*module, side*module)
	fill(img, code, module, module, quietZone*module, quietZone*module, code.Bounds().Dy())
	return img
}

func drawBars(code barcode.Barcode, module int) *image.Gray {
	const quiet = 10 // modules left and right (ISO/IEC 15417)
	img := white((code.Bounds().Dx()+2*quiet)*module, barHeight)
	fill(img, code, module, barHeight, quiet*module, 0, 1)
	return img
}

// fill draws the first rows of a code, each module w by h dots, from the point x0, y0.
func fill(img *image.Gray, code barcode.Barcode, w, h, x0, y0, rows int) {
	for y := range rows {
		for x := range code.Bounds().Dx() {
			if r, _, _, _ := code.At(x, y).RGBA(); r > 0x7fff {
				continue
			}
			for dy := range h {
				for dx := range w {
					img.SetGray(x0+x*w+dx, y0+y*h+dy, color.Gray{})
				}
			}
		}
	}
}

func white(w, h int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	return img
}
