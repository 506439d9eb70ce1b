package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// The smallest and largest amount of the corpus, in fen.
const (
	smallestAmount = 1
	largestAmount  = 99_999_99
)

// wording is how a program writes an amount.
type wording struct {
	Prefix, Suffix string
	Grouped        bool // 1,234.56
	Whole          bool // no decimals
}

// spell writes an amount (fen) as the program shows it.
func (w wording) spell(fen int) string {
	yuan := fmt.Sprint(fen / 100)
	if w.Grouped && len(yuan) > 3 {
		yuan = yuan[:len(yuan)-3] + "," + yuan[len(yuan)-3:]
	}
	if w.Whole {
		return w.Prefix + yuan + w.Suffix
	}
	return fmt.Sprintf("%s%s.%02d%s", w.Prefix, yuan, fen%100, w.Suffix)
}

// plain writes an amount as the column want holds it: yuan with two decimals.
func plain(fen int) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }

// draw picks an amount as they come at a till: most of them tens of yuan, prices that end in .00, .50,
// .90, .80 or .99, and a third with any digits, so that rare ones are tried as well.
func (w wording) draw(rng *rand.Rand) int {
	var fen int
	switch pick := rng.IntN(100); {
	case pick < 60:
		yuan := int(math.Exp(3.6 + 1.1*rng.NormFloat64()))
		endings := []int{0, 0, 50, 90, 80, 99, 60, 10 * rng.IntN(10), rng.IntN(100), rng.IntN(100)}
		fen = yuan*100 + endings[rng.IntN(len(endings))]
	case pick < 94:
		digits := 1 + rng.IntN(5)
		fen = rng.IntN(int(math.Pow10(digits))*100-1) + 1
	case pick < 97:
		fen = 1 + rng.IntN(99)
	default:
		fen = 10_000_00 + rng.IntN(90_000_00)
	}
	if w.Grouped && rng.IntN(2) == 0 {
		fen += (1 + rng.IntN(40)) * 1000_00
	}
	fen = min(max(fen, smallestAmount), largestAmount)
	if w.Whole {
		fen = max(100, fen/100*100)
	}
	return fen
}

// digits is the set of digits of an amount as it is written.
func (w wording) digits(fen int) map[rune]bool {
	set := map[rune]bool{}
	for _, r := range w.spell(fen) {
		if r >= '0' && r <= '9' {
			set[r] = true
		}
	}
	return set
}

// lessons are the amounts that a field engineer lets the till show to teach it: two or three sales, chosen
// so that together they have all ten digits (and the comma, where the program writes one). With missing
// digits asked for, it is somebody in a hurry: together they lack at least one digit.
func (w wording) lessons(rng *rand.Rand, hurry bool) []int {
	count := 3
	if rng.IntN(10) < 3 {
		count = 2
	}
	if hurry {
		count = 2
	}
	for {
		picks := make([]int, count)
		seen := map[rune]bool{}
		comma := !w.Grouped
		for i := range picks {
			picks[i] = w.lesson(rng, hurry)
			for r := range w.digits(picks[i]) {
				seen[r] = true
			}
			comma = comma || picks[i] >= 1000_00
		}
		complete := len(seen) == 10
		if comma && complete != hurry && len(seen) >= 6 && distinct(picks) {
			return picks
		}
	}
}

// lesson is one amount for teaching: several digits long, unless somebody takes any sale.
func (w wording) lesson(rng *rand.Rand, hurry bool) int {
	if hurry {
		return w.draw(rng)
	}
	yuan := []int{100 + rng.IntN(900), 1000 + rng.IntN(9000), 10_000 + rng.IntN(90_000)}[rng.IntN(3)]
	if w.Whole {
		yuan = 1000 + rng.IntN(99_000)
		return yuan * 100
	}
	return yuan*100 + rng.IntN(100)
}

func distinct(picks []int) bool {
	sorted := slices.Sorted(slices.Values(picks))
	return len(slices.Compact(sorted)) == len(picks)
}

// covers says whether the lessons show every digit of an amount.
func (w wording) covers(lessons []int, fen int) bool {
	seen := ""
	for _, l := range lessons {
		seen += w.spell(l)
	}
	for r := range w.digits(fen) {
		if !strings.ContainsRune(seen, r) {
			return false
		}
	}
	return true
}
