package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"cpos/engine/words"
	"cpos/hw/desktop"
)

func TestWhatIsSaidAndDoneAboutAMishap(t *testing.T) {
	pos, mail := desktop.Window{Title: "POS"}, desktop.Window{Title: "mail"}
	begins := func(m desktop.Mishap) desktop.Befallen { return desktop.Befallen{Mishap: m} }
	over := func(m desktop.Mishap) desktop.Befallen { return desktop.Befallen{Mishap: m, Over: true} }
	high := func(w desktop.Window, over bool) desktop.Befallen {
		return desktop.Befallen{Mishap: desktop.TooHigh, Window: w, Over: over}
	}
	for name, row := range map[string]struct {
		news []desktop.Befallen
		want string
	}{
		"locked and unlocked":              {[]desktop.Befallen{begins(desktop.Locked), over(desktop.Locked)}, "+locked -locked takes-up"},
		"the remote desktop left and back": {[]desktop.Befallen{begins(desktop.Away), over(desktop.Away)}, "+away -away takes-up"},
		"left twice, by two messages":      {[]desktop.Befallen{begins(desktop.Away), begins(desktop.Away), over(desktop.Away)}, "+away -away +away -away takes-up"},
		"locked by leaving":                {[]desktop.Befallen{begins(desktop.Locked), begins(desktop.Away), over(desktop.Away), over(desktop.Locked)}, "+locked +away -away takes-up -locked takes-up"},
		"the end of what began before us":  {[]desktop.Befallen{over(desktop.Locked)}, ""},
		"a POS that is administrator":      {[]desktop.Befallen{high(pos, false), high(mail, true)}, "+too_high -too_high takes-up"},
		"another program that is":          {[]desktop.Befallen{high(mail, false), high(pos, true)}, ""},
		"a display unplugged":              {[]desktop.Befallen{begins(desktop.Screens)}, "rearranges ~screens"},
		"another scaling":                  {[]desktop.Befallen{begins(desktop.Scaling)}, "rearranges ~scaling"},
		"asleep and awake":                 {[]desktop.Befallen{begins(desktop.Woken)}, "takes-up ~woken"},
	} {
		t.Run(name, func(t *testing.T) {
			var did []string
			note := func(what string) { did = append(did, what) }
			short := func(text words.Text) string { return strings.TrimPrefix(text.Key, "run.mishap.") }
			m := mishaps{log: slog.New(slog.DiscardHandler), isPOS: func(w desktop.Window) bool { return w == pos },
				takeUp: func(context.Context) { note("takes-up") }, rearrange: func() { note("rearranges") },
				say:       func(text words.Text) func() { note("+" + short(text)); return func() { note("-" + short(text)) } },
				sayAWhile: func(_ context.Context, text words.Text) { note("~" + short(text)) },
				lasting:   map[desktop.Mishap]func(){}}
			for _, b := range row.news {
				m.befell(t.Context(), b)
			}
			if got := strings.Join(did, " "); got != row.want {
				t.Errorf("it did %q, want %q", got, row.want)
			}
			for _, b := range row.news {
				for _, lang := range []words.Lang{words.English, words.Chinese} {
					if key := "run.mishap." + b.Mishap.String(); words.Say(lang, words.T(key)) == key {
						t.Errorf("%s has no sentence in %s", b.Mishap, lang)
					}
				}
			}
		})
	}
}
