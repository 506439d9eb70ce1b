package main

import (
	"testing"

	"cpos/engine/face"
	"cpos/engine/words"
)

// shown keeps the newest view.
type shown struct{ face.View }

func (s *shown) Show(v face.View) { s.View = v }

func TestAMessageStandsUntilItsOwnEnd(t *testing.T) {
	var screen shown
	f := faces{all: []face.Face{&screen}}
	want := func(mood face.Mood, text string) {
		t.Helper()
		if note := words.Say(words.English, screen.Note); screen.Mood != mood || note != text {
			t.Errorf("%s %q, want %s %q", screen.Mood, note, mood, text)
		}
	}
	endFirst := f.say(words.T("run.toast", "text", "first"))
	want(face.Notice, "first")
	endSecond := f.say(words.T("run.toast", "text", "second"))
	endFirst()
	want(face.Notice, "second")
	f.Show(face.View{Mood: face.Asking})
	want(face.Asking, "second")
	endSecond()
	want(face.Asking, "")
}
