package receipt

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// missing stands for a character that no Chinese printer font holds.
const missing = '?'

// Columns gives the display width of a text: ASCII is one column, a character of two GBK bytes is two.
// This one rule is also right for signs whose Unicode width is ambiguous (… — “ ” ×), which a Chinese
// printer draws two columns wide.
func Columns(s string) int {
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
// full-width yuan sign, combining marks vanish, and what GBK does not hold becomes a question mark.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t' || r == '\u00a0':
			b.WriteByte(' ')
		case r < 0x20 || r == 0x7f || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		case r == '¥':
			b.WriteRune('￥')
		case r < 0x80 || inGBK(r):
			b.WriteRune(r)
		default:
			b.WriteRune(missing)
		}
	}
	return b.String()
}

func inGBK(r rune) bool {
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
	var lines []string
	runes := []rune(s)
	for len(runes) > 0 {
		fit := fitting(runes, width)
		if fit == len(runes) {
			break
		}
		cut := breakBefore(runes, fit)
		lines = append(lines, strings.TrimRight(string(runes[:cut]), " "))
		runes = runes[cut:]
		for len(runes) > 0 && runes[0] == ' ' {
			runes = runes[1:]
		}
	}
	return append(lines, string(runes))
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

// breakBefore moves a break back to the start of an ASCII word, unless the word fills the line.
func breakBefore(runes []rune, at int) int {
	isWord := func(r rune) bool { return r > ' ' && r < 0x7f }
	if !isWord(runes[at]) || !isWord(runes[at-1]) {
		return at
	}
	for i := at; i > 0; i-- {
		if !isWord(runes[i-1]) {
			return i
		}
	}
	return at
}
