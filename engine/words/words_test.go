package words

import (
	"regexp"
	"slices"
	"testing"
)

var parameter = regexp.MustCompile(`\{[a-z_]+\}`)

func TestEveryKeyHasBothLanguagesWithTheSameParameters(t *testing.T) {
	for key, entry := range catalogue() {
		zh, en := entry[Chinese], entry[English]
		if zh == "" || en == "" {
			t.Errorf("%s: zh %q, en %q", key, zh, en)
		}
		if len(entry) != 2 {
			t.Errorf("%s: %d languages", key, len(entry))
		}
		if a, b := parameters(zh), parameters(en); !slices.Equal(a, b) {
			t.Errorf("%s: zh has %v, en has %v", key, a, b)
		}
	}
}

func parameters(s string) []string {
	found := parameter.FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}
