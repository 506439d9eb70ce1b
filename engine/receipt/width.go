package receipt

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"
)

// missing stands for a character that no Chinese printer font holds.
const missing = '?'

// Columns gives the display width of a text as it will be printed: ASCII is one column, a character of two
// GBK bytes is two. This one rule is also right for signs whose Unicode width is ambiguous (… — “ ” ×),
// which a Chinese printer draws two columns wide. Line breaks count nothing.
func Columns(s string) int { return columns(printable(s)) }

// columns measures a text that is printable already.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r < 0x80 {
		return 1
	}
	return 2
}

// printable turns any text into what a Chinese printer can print: control characters vanish (a slip must
// never carry a command from a shop's data), a tab is a space, the half-width yen sign becomes the
// full-width yuan sign, marks that do not compose vanish, and what GBK does not hold becomes a question
// mark.
func printable(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch {
		case r >= 0x20 && r < 0x7f:
			b.WriteRune(r)
		case r == '\t' || r != wideSpace && unicode.In(r, unicode.Z):
			b.WriteByte(' ')
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn, unicode.Me):
		case r == '¥':
			b.WriteRune('￥')
		case inGBK(r):
			b.WriteRune(r)
		default:
			b.WriteRune(missing)
		}
	}
	return b.String()
}

// wideSpace is the space of Chinese text, two columns wide.
const wideSpace = '\u3000'

// inGBK leaves private characters out: printers hold blanks in their place.
func inGBK(r rune) bool {
	if unicode.Is(unicode.Co, r) {
		return false
	}
	out, err := simplifiedchinese.GBK.NewEncoder().String(string(r))
	return err == nil && len(out) == 2
}

// encode gives the printer's bytes of a printable text. GBK and GB18030 agree on everything printable
// lets through.
func encode(s string) []byte {
	out, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic("receipt: unprintable text reached the encoder: " + err.Error())
	}
	return out
}

// wrap breaks a printable text into lines of at most width columns, between words where there are some
// and between any two Chinese characters. A double-width character never straddles two lines.
func wrap(s string, width int) []string {
	var lines []string
	for _, paragraph := range strings.Split(s, "\n") {
		lines = append(lines, wrapParagraph(paragraph, width)...)
	}
	return lines
}

func wrapParagraph(s string, width int) []string {
	if width < 2 {
		s = strings.Map(narrow, s)
	}
	var lines []string
	runes := []rune(s)
	for {
		fit := fitting(runes, width)
		if fit == len(runes) {
			return append(lines, string(runes))
		}
		cut := breakBefore(runes, fit)
		lines = append(lines, strings.TrimRight(string(runes[:cut]), " "))
		rest := strings.TrimLeft(string(runes[cut:]), " ")
		if rest == "" {
			return lines
		}
		runes = []rune(rest)
	}
}

// narrow keeps a column of one from overflowing.
func narrow(r rune) rune {
	if runeColumns(r) > 1 {
		return missing
	}
	return r
}

// fitting counts the characters that fit into width, at least one.
func fitting(runes []rune, width int) int {
	used := 0
	for i, r := range runes {
		used += runeColumns(r)
		if used > width {
			return max(i, 1)
		}
	}
	return len(runes)
}

// Signs that no line should start or end with.
const (
	closers = "，。、；：？！）】》」』”’…％"
	openers = "（【《「『“‘￥"
)

// breakBefore moves a break back to the start of an ASCII word and away from signs that belong together,
// unless nothing would be left on the line.
func breakBefore(runes []rune, at int) int {
	for i := at; i > 0; i-- {
		if !together(runes[i-1], runes[i]) {
			return i
		}
	}
	return at
}

// together says whether two neighbours belong on one line.
func together(a, b rune) bool {
	isWord := func(r rune) bool { return r > ' ' && r < 0x7f }
	return isWord(a) && isWord(b) || strings.ContainsRune(closers, b) || strings.ContainsRune(openers, a)
}
