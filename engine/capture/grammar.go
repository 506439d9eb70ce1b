package capture

import (
	"regexp"
	"strconv"
	"strings"

	"cpos/engine/pay"
)

// Grammar is what an amount looks like on one POS. It only ever refuses: no character is dropped,
// replaced or guessed to make an amount out of something else, because a repaired amount is a wrong one
// that nobody notices.
type Grammar struct {
	// Decimals is how many digits must be seen after the point, 0 to 2. With 0 there is no point.
	Decimals int
	// Prefix and Suffix are what may stand around the amount ("合计:", "￥", "元"). Each is dropped at most
	// once, in any order.
	Prefix, Suffix []string
	// Least and Most bound what is accepted; zero means one fen and pay.MaxCharge.
	Least, Most pay.Money
}

// mostDigits keeps the number of whole yuan far inside 64 bits of fen.
const mostDigits = 12

var (
	plainYuan   = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)
	groupedYuan = regexp.MustCompile(`^[1-9][0-9]{0,2}(,[0-9]{3})+$`)
)

// Parse reads one amount, or says why there is none. Reason is empty exactly when the amount counts.
func (g Grammar) Parse(text string) (pay.Money, Reason) {
	s := g.bare(plain(text))
	if s == "" {
		return 0, Blank
	}
	if several(s) {
		return 0, TwoAmounts
	}
	if negative(s) {
		return 0, Negative
	}
	if strings.Trim(s, "0123456789.,") != "" {
		return 0, NotAmount
	}
	yuan, fen, why := g.split(s)
	if why != "" {
		return 0, why
	}
	amount, err := strconv.ParseInt(yuan+(fen + "00")[:2], 10, 64)
	if err != nil {
		return 0, NotAmount
	}
	return pay.Money(amount), g.bounds(pay.Money(amount))
}

// split takes an amount of digits, points and commas apart. yuan has no commas any more.
func (g Grammar) split(s string) (yuan, fen string, why Reason) {
	yuan, fen, dotted := strings.Cut(s, ".")
	switch {
	case strings.Contains(fen, ","), dotted && fen == "", strings.Contains(fen, "."):
		return "", "", NotAmount
	case strings.Contains(yuan, ",") && !groupedYuan.MatchString(yuan):
		return "", "", BadGrouping
	case !dotted && g.Decimals > 0:
		return "", "", NoDecimals
	case len(fen) != g.Decimals:
		return "", "", NotAmount
	}
	yuan = strings.ReplaceAll(yuan, ",", "")
	switch {
	case !plainYuan.MatchString(yuan):
		return "", "", NotAmount // also a leading zero: it is what half a sign is often read as
	case len(yuan) > mostDigits:
		return "", "", TooLarge
	}
	return yuan, fen, ""
}

func (g Grammar) bounds(m pay.Money) Reason {
	least, most := max(g.Least, 1), g.Most
	if most == 0 {
		most = pay.MaxCharge
	}
	switch {
	case m == 0:
		return Zero
	case m < least:
		return TooSmall
	case m > most:
		return TooLarge
	}
	return ""
}

// bare drops what the profile says may stand around the amount.
func (g Grammar) bare(s string) string {
	s = dropEach(s, g.Prefix, strings.CutPrefix)
	return dropEach(s, g.Suffix, strings.CutSuffix)
}

// dropEach cuts each of the words at most once, longest first, until none fits any more.
func dropEach(s string, words []string, cut func(string, string) (string, bool)) string {
	used := make([]bool, len(words))
	for {
		best, rest := -1, ""
		for i, w := range words {
			w = plain(w)
			if used[i] || w == "" || best >= 0 && len(w) <= len(plain(words[best])) {
				continue
			}
			if r, ok := cut(s, w); ok {
				best, rest = i, r
			}
		}
		if best < 0 {
			return s
		}
		used[best] = true
		s = strings.TrimSpace(rest)
	}
}

// several says whether more than one word holds digits.
func several(s string) bool {
	n := 0
	for word := range strings.FieldsSeq(s) {
		if strings.ContainsAny(word, "0123456789") {
			n++
		}
	}
	return n > 1
}

// negative knows the ways in which a till writes a refund.
func negative(s string) bool {
	first, last := s[0], s[len(s)-1]
	return first == '-' || last == '-' || first == '(' && last == ')'
}

// plain gives the full-width forms of a Chinese screen their ASCII form, which changes no value, and
// trims white space around.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　' || r == '\u00a0':
			return ' '
		case r == '￥':
			return '¥'
		case r == '−' || r == '–' || r == '—':
			return '-'
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}
