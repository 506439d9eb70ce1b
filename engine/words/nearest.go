package words

// Nearest gives the name that somebody most likely meant by a word that is none of them, for the hint "did
// you mean": the one with the fewest edits, the first of several, and "" where each needs more than most.
func Nearest(word string, names []string, most int) string {
	best, least := "", most+1
	for _, n := range names {
		if d := edits(word, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// edits is the Levenshtein distance in bytes; long words are not worth comparing.
func edits(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
