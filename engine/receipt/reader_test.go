package receipt_test

import (
	"errors"
	"strings"
	"testing"

	"cpos/engine/receipt"
)

func TestTheReaderKnowsEveryCommand(t *testing.T) {
	for _, row := range []struct{ name, in, text string }{
		{"job frame", "\x1b@\x1b2\x1b3\x1e\x1dL\x00\x00\x1dW\x80\x01\x1dP\x00\x00\x1bK\x05", ""},
		{"feeds", "a\x1bd\x02\x1bJ\x10", "a\n[feed]\n[feed]\n"},
		{"styles", "\x1b!\x38A\x1b!\x00\x1d!\x11\x1c!\x0c\xd6\xd0\x1d!\x00\x1cW\x00\x1bM\x00\x1bE\x01\x1b-\x01\x1c-\x01\x1dB\x01b\n", ""},
		{"placing", "\x1ba\x01\x1b{\x00\x1b \x00\x1cS\x00\x00\x1b$\x00\x00\x1b\\\x00\x00\x1bD\x08\x10\x00\x09", ""},
		{"code tables", "\x1bt\x10\x1c.\x80\n\x1bt\x00\x9d\n\x1bR\x00", "€\n¥\n"},
		{"Chinese mode", "\x1c&\xd6\xd0\n\x1c(C\x02\x000\x02", "中\n"},
		{"four bytes of GB18030", "\x1c&\x95\x32\x82\x36\n", "𠀀\n"},
		{"bar code form A", "\x1dh\x40\x1dw\x02\x1dH\x00\x1df\x00\x1dk\x041234\x00", "[barcode 1234]\n"},
		{"bar code form B", "\x1dkI\x06{B1234", "[barcode 1234]\n"},
		{"QR code", "\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1\x1d(k\x05\x001P0ab\x1d(k\x03\x001Q0", "[qr ab]\n"},
		{"QR code of Chinese makers", "\x1bZ\x00\x01\x06\x02\x00ab", "[qr ab]\n"},
		{"raster", "\x1dv0\x03\x01\x00\x02\x00\xff\x0f", "[image]\n"},
		{"column band", "\x1b*\x21\x01\x00\xff\xff\xff\na\n", "[image]\na\n"},
		{"graphics", "\x1d(L\x0b\x000p0\x01\x011\x08\x00\x01\x00\xff\x1d(L\x02\x0002", "[image]\n"},
		{"long graphics", "\x1d8L\x0b\x00\x00\x000p0\x01\x011\x08\x00\x01\x00\xff\x1d(L\x02\x0002", "[image]\n"},
		{"cuts", "\x1dV\x00\x1dV1\x1dVA\x03\x1dVB\x03\x1bi\x1bm", strings.Repeat("[cut]\n", 6)},
		{"drawer and sound", "\x1bp\x00\x19\xfa\x1bB\x02\x02\x07\x1b(A\x04\x000a\x01\x02", "[drawer]\n[beep]\n"},
		{"questions", "\x10\x04\x01\x10\x05\x02\x10\x14\x01\x00\x01\x1dr\x01\x1da\x0f\x1dI\x43\x1d(H\x06\x0000abcd\x1d(D\x03\x00\x14\x01\x00\x1bv\x1bu", ""},
		{"an old printer's line ends", "a\r\n", "a\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := receipt.Decode([]byte(row.in))
			if bad := got.Problems(); len(bad) > 0 {
				t.Error(bad)
			}
			if row.name == "styles" {
				row.text = "A 中  b\n"
				if l := got.Lines()[0]; l.Runs[0].Style.Width != 2 || !l.Runs[0].Style.Bold || l.Runs[1].Style.Height != 2 || !l.Runs[2].Style.Invert {
					t.Errorf("%+v", l.Runs)
				}
			}
			if got.Text() != row.text {
				t.Errorf("reads %q, want %q", got.Text(), row.text)
			}
		})
	}
}

func TestTheReaderNamesWhatItDoesNotKnow(t *testing.T) {
	for _, row := range []struct {
		name, in string
		err      error
		where    string
	}{
		{"unknown command", "ab\x1b~c", receipt.ErrUnknownCommand, "offset 2: ESC ~"},
		{"unknown control", "\x01", receipt.ErrUnknownCommand, "offset 0: 01"},
		{"picture cut short", "\n\x1dv0\x00\x30\x00\xff\xff\x00", receipt.ErrCutShort, "offset 1: GS v"},
		{"letter missing", "\x1d", receipt.ErrCutShort, "offset 0: GS"},
		{"half a character", "\x1c&\xd6", receipt.ErrNotText, "offset 2: D6"},
		{"half a character before a line end", "\xd6\n", receipt.ErrNotText, "offset 0: D6"},
	} {
		bad := receipt.Decode([]byte(row.in)).Problems()
		if len(bad) != 1 || !errors.Is(bad[0], row.err) || !strings.HasPrefix(bad[0].Error(), row.where) {
			t.Errorf("%s: %v", row.name, bad)
		}
	}
}

func FuzzDecode(f *testing.F) {
	p := paper(f, "58mm")
	f.Add(receipt.Bytes(layout(f, p, showcase()...), p))
	f.Add([]byte("\x1d(k\x03\x001Q0\x1b*\x00\x02\x00\x01\x02\n\x1d8L\xff\xff\xff\x7f"))
	f.Add([]byte("\x1d(k\x00\x00\x1d(L\x01\x000\x1dk\x00\x00\x1dkI\x00\x1dv0\x00\x00\x00\x05\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		last := 0
		for _, it := range receipt.Decode(data).Items {
			if it.Name == "" || it.Offset < last && it.Name != "text" || it.Offset >= len(data) {
				t.Fatalf("item %+v after offset %d", it, last)
			}
			last = max(last, it.Offset)
		}
	})
}
