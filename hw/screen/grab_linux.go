package screen

import (
	"errors"
	"fmt"
	"image"

	"github.com/jezek/xgb/xproto"

	"cpos/hw/desktop"
)

var errPixels = errors.New("the display's pixels are not 32 bits of blue, green and red")

// grabRect asks the X server for a part of the root window. The grabbing library would share memory with the
// server, and makes that extension known to the X library at every grab by writing a table that other
// connections read without a lock: a program with several ends in that.
func grabRect(r image.Rectangle, _ image.Point) (*image.RGBA, error) {
	x, err := desktop.Dial()
	if err != nil {
		return nil, err
	}
	defer x.Close()
	setup := xproto.Setup(x)
	reply, err := xproto.GetImage(x, xproto.ImageFormatZPixmap, xproto.Drawable(setup.DefaultScreen(x).Root),
		int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 0xffffffff).Reply()
	if err != nil {
		return nil, fmt.Errorf("get image: %w", err)
	}
	if !bgr(setup, reply.Depth) || len(reply.Data) < 4*r.Dx()*r.Dy() {
		return nil, errPixels
	}
	out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	for i := 0; i < len(out.Pix); i += 4 {
		b := reply.Data[i : i+4 : i+4]
		out.Pix[i], out.Pix[i+1], out.Pix[i+2], out.Pix[i+3] = b[2], b[1], b[0], 0xff
	}
	return out, nil
}

// bgr says that a pixel of this depth comes as four bytes: blue, green, red and one that means nothing.
func bgr(setup *xproto.SetupInfo, depth byte) bool {
	for _, f := range setup.PixmapFormats {
		if f.Depth == depth {
			return f.BitsPerPixel == 32 && (depth == 24 || depth == 32) && setup.ImageByteOrder == xproto.ImageOrderLSBFirst
		}
	}
	return false
}
