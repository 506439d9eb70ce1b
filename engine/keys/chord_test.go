package keys_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cpos/engine/keys"
)

func TestParseChord(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"a function key", "F6", "f6"},
		{"the key left of 1", "~", "grave"},
		{"its other face", "`", "grave"},
		{"modifiers in any order", "Shift + CTRL+p", "ctrl+shift+p"},
		{"a long name", "Escape", "esc"},
		{"a sign", "ctrl+-", "ctrl+minus"},
		{"a keypad key", "KP_5", "kp_5"},
		{"the Windows key", "win+e", "super+e"},
	} {
		c, err := keys.ParseChord(row.text)
		if err != nil || c.String() != row.want {
			t.Errorf("%s: %q gives %v, %v; want %s", row.name, row.text, c, err, row.want)
		}
	}
}

func TestAWrongChordSaysWhatIsWrong(t *testing.T) {
	for _, row := range []struct{ name, text, word, nearest, why string }{
		{"a slip of the finger", "entre", "entre", "enter", "not a key"},
		{"a wrong modifier", "crtl+p", "crtl", "ctrl", "not a key"},
		{"only a modifier", "ctrl", "", "", "a key is missing"},
		{"nothing", "", "", "", "a key is missing"},
		{"a plus too many", "ctrl++p", "", "", "a key is missing"},
		{"two keys", "a+b", "a", "", "not a modifier"},
		{"a function key too far", "f25", "f25", "f15", "not a key"},
		{"nonsense", "qwertzuiop", "qwertzuiop", "", "not a key"},
	} {
		_, err := keys.ParseChord(row.text)
		var e *keys.NameError
		if !errors.As(err, &e) || e.Word != row.word || e.Nearest != row.nearest || e.Why != row.why {
			t.Errorf("%s: %q gives %v", row.name, row.text, err)
		}
	}
	if _, err := keys.ParseChord(strings.Repeat("x", 1<<20)); len(err.Error()) > 300 {
		t.Error("a page of text comes back in the error")
	}
}

func TestAChordSurvivesItsName(t *testing.T) {
	names := keys.Names()
	rapid.Check(t, func(t *rapid.T) {
		c := keys.Chord{Mods: keys.Mods(rapid.IntRange(0, 15).Draw(t, "mods")), Key: rapid.SampledFrom(names).Draw(t, "key")}
		text, err := c.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back keys.Chord
		if err := back.UnmarshalText(text); err != nil || back != c {
			t.Fatalf("%v comes back as %v, %v", c, back, err)
		}
		if c.Label() == "" || !c.Key.Valid() {
			t.Fatalf("%v has no label", c)
		}
	})
}

func FuzzParseChord(f *testing.F) {
	for _, s := range []string{"ctrl+shift+p", "~", "+", "ctrl+", "  f6 ", "\x00", "é+1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := keys.ParseChord(s)
		if err != nil {
			return
		}
		if back, err := keys.ParseChord(c.String()); err != nil || back != c {
			t.Errorf("%q gives %v, which comes back as %v, %v", s, c, back, err)
		}
	})
}

func TestClashesNamesBothOwners(t *testing.T) {
	all := keys.Clashes(map[string]keys.Chord{
		"main": keys.MustChord("ctrl+e"), "pay": keys.MustChord("f6"), "window": keys.MustChord("ctrl+e")})
	if len(all) != 1 || all[0].Error() != `key "ctrl+e" is given to both "main" and "window"` {
		t.Errorf("got %v", all)
	}
}
