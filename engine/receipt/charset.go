package receipt

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// character reads the first character of b: in Chinese mode by GB18030, which holds GBK, else by the
// single-byte table. Its length 0 says that the byte is no text.
func character(b []byte, chinese bool, table byte) (c rune, n int) {
	switch {
	case b[0] < 0x80:
		return rune(b[0]), 1
	case !chinese && table == 16:
		return charmap.Windows1252.DecodeByte(b[0]), 1
	case !chinese:
		return charmap.CodePage437.DecodeByte(b[0]), 1
	case len(b) < 2:
		return 0, 0
	}
	n = 2
	if b[1] >= '0' && b[1] <= '9' {
		n = 4
	}
	if len(b) < n {
		return 0, 0
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b[:n])
	c, size := utf8.DecodeRune(out)
	if err != nil || size != len(out) || c == utf8.RuneError {
		return 0, 0
	}
	return c, n
}
