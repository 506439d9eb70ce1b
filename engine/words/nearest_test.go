package words_test

import (
	"strings"
	"testing"

	"cpos/engine/words"
)

func TestNearest(t *testing.T) {
	names := []string{"post_payment", "pre_payment", "receipt"}
	for _, row := range []struct {
		name, word string
		most       int
		want       string
	}{
		{"a letter left out", "pre_paymen", 2, "pre_payment"},
		{"a letter too many", "receiptt", 1, "receipt"},
		{"two letters swapped", "reciept", 2, "receipt"},
		{"swapped, where one edit is allowed", "reciept", 1, ""},
		{"the nearer of two", "pst_payment", 3, "post_payment"},
		{"as near to two", "prst_payment", 3, "post_payment"},
		{"nothing like any", "opening_hours", 3, ""},
		{"an empty word", "", 2, ""},
		{"a word too long to compare", strings.Repeat("receipt", 20), 40, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := words.Nearest(row.word, names, row.most); got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}
