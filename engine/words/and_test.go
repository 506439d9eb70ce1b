package words_test

import (
	"testing"

	"cpos/engine/words"
)

func TestTextsOneAfterTheOther(t *testing.T) {
	a, b := words.T("keys.stopped_at", "step", 4), words.T("keys.step.key", "chord", "F10")
	both := a.And(b).And(words.Text{}).And(words.T("keys.step.wait", "for", "1s"))
	if got := words.Say(words.English, both); got != "step 4: press F10 wait 1s" {
		t.Errorf("said %q", got)
	}
	if got := words.Say(words.Chinese, a.And(b)); got != "第 4 步：按 F10 键" {
		t.Errorf("said %q", got)
	}
	if a.Then != nil || words.Say(words.English, words.Text{}.And(b)) != "press F10" {
		t.Error("And changed its parts")
	}
}
