package screen

import (
	"errors"
	"strings"
	"testing"

	"cpos/engine/words"
)

func TestMissingDataComesWithAHint(t *testing.T) {
	err := noData()
	var p *words.Problem
	if !errors.Is(err, ErrNoData) || !errors.As(err, &p) {
		t.Fatalf("%v", err)
	}
	for _, lang := range []words.Lang{words.Chinese, words.English} {
		if !strings.Contains(words.Say(lang, p.Hint), "eng.traineddata") {
			t.Errorf("hint %q", words.Say(lang, p.Hint))
		}
	}
}
