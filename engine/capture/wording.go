package capture

import "strings"

// kind is which part of a line a sign may stand in.
type kind uint8

const (
	before kind = iota // a word before the amount: "合计:￥"
	digit
	point // point or comma
	after // a word behind the amount: "元"
)

// part is one sign of a lesson's text. A word is learned in pieces, one for every stretch of ink in it, because
// its letters may stand a column closer or wider when it begins elsewhere.
type part struct {
	text   string
	kind   kind
	piece  int // which piece of a word, from 0
	pieces int // how many it has; 1 for all other signs
}

// ends says that this is a word's last piece.
func (p part) ends() bool { return p.piece == p.pieces-1 }

// wording takes a lesson's text apart: a word before, the amount's signs one by one, a word behind. A word
// is learned as one sign, whatever it is made of. ok is false when there is no amount in it, or one with a
// sign of its own: a minus that belonged to the words would make a refund of every sale.
func wording(text string) (parts []part, ok bool) {
	s := strings.TrimSpace(plain(text))
	first, last := strings.IndexAny(s, "0123456789"), strings.LastIndexAny(s, "0123456789")
	if first < 0 {
		return nil, false
	}
	head, amount, tail := s[:first], s[first:last+1], s[last+1:]
	if strings.Trim(amount, "0123456789.,") != "" || strings.ContainsAny(head+tail, "-()") ||
		strings.HasSuffix(head, ".") || strings.HasSuffix(head, ",") {
		return nil, false
	}
	if strings.TrimSpace(head) != "" {
		parts = append(parts, part{head, before, 0, 1})
	}
	for _, r := range amount {
		k := digit
		if r == '.' || r == ',' {
			k = point
		}
		parts = append(parts, part{string(r), k, 0, 1})
	}
	if strings.TrimSpace(tail) != "" {
		parts = append(parts, part{tail, after, 0, 1})
	}
	return parts, true
}

// spelled puts the signs together again.
func spelled(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.piece == 0 {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// amountOf is the amount among the parts, without the words.
func amountOf(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.kind == digit || p.kind == point {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// shape is how a line was put together: which words stood around the amount, how many decimals it had.
type shape struct {
	before, after string
	decimals      int
	grouped       bool // commas were seen; then a long amount without them is not believed
	long          bool // four or more digits before the point were seen
}

func shapeOf(parts []part) shape {
	var s shape
	for _, p := range parts {
		switch p.kind {
		case before:
			s.before = p.text
		case after:
			s.after = p.text
		}
	}
	yuan, fen, _ := strings.Cut(amountOf(parts), ".")
	s.decimals = len(fen)
	s.grouped = strings.Contains(yuan, ",")
	s.long = len(strings.ReplaceAll(yuan, ",", "")) > 3
	return s
}

// wellFormed says whether an amount is written as the lessons wrote theirs. It refuses what no till writes
// and what a hidden sign would leave behind.
func wellFormed(amount string, decimals int, grouped, ungrouped bool) bool {
	yuan, fen, dotted := strings.Cut(amount, ".")
	if len(fen) != decimals || dotted != (decimals > 0) || strings.ContainsAny(fen, ".,") {
		return false
	}
	bare := strings.ReplaceAll(yuan, ",", "")
	switch {
	case !plainYuan.MatchString(bare):
		return false
	case strings.Contains(yuan, ","):
		return grouped && groupedYuan.MatchString(yuan)
	case len(bare) > 3:
		return !grouped || ungrouped
	}
	return true
}
