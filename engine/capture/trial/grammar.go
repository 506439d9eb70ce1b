package trial

import (
	"slices"
	"strings"

	"cpos/engine/capture"
	"cpos/engine/pay"
)

// cutNumber takes the first number of a text out of it: digits with points and commas between them.
func cutNumber(text string) (before, number, after string) {
	from := strings.IndexAny(text, "0123456789")
	if from < 0 {
		return text, "", ""
	}
	to := from
	for to < len(text) && strings.ContainsRune("0123456789.,", rune(text[to])) {
		to++
	}
	for text[to-1] == '.' || text[to-1] == ',' {
		to--
	}
	return text[:from], text[from:to], text[to:]
}

// Shown is what stands in a lesson's picture: its text, or its amount where the manifest gives no text.
func (r Row) Shown() string {
	if r.Text == "" && r.Want > 0 {
		return r.Want.String()
	}
	return r.Text
}

// Grammar tells from the lessons of a style what stands around an amount there and how many decimals it has.
// Lessons that differ in their decimals leave the greatest number: a missing point is then refused.
func (s Style) Grammar() capture.Grammar {
	g := capture.Grammar{}
	for _, r := range s.Lessons {
		before, number, after := cutNumber(plainDigits(r.Shown()))
		g.Prefix = keep(g.Prefix, before)
		g.Suffix = keep(g.Suffix, after)
		if _, fen, dotted := strings.Cut(number, "."); dotted {
			g.Decimals = min(max(g.Decimals, len(fen)), 2)
		}
	}
	return g
}

// plainDigits makes the full-width digits of a Chinese screen plain, and nothing else.
func plainDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' || r == '．' || r == '，' {
			return r - '！' + '!'
		}
		return r
	}, s)
}

func keep(all []string, word string) []string {
	word = strings.TrimSpace(word)
	if word == "" || slices.Contains(all, word) {
		return all
	}
	return append(all, word)
}

// GrammarOf tells what an amount looks like from texts that each show one.
func GrammarOf(texts []string) capture.Grammar {
	var s Style
	for _, t := range texts {
		s.Lessons = append(s.Lessons, Row{Text: t})
	}
	return s.Grammar()
}

// Amount gives the amount in a text, zero where there is none.
func Amount(text string) pay.Money { return parseWant(text) }
