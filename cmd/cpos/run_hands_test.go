package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"cpos/engine/keys"
	"cpos/engine/profile"
	"cpos/engine/script"
	"cpos/engine/words"
	"cpos/scripts"
)

func TestWhatAProfileSaysAboutListening(t *testing.T) {
	hot := map[string]keys.Chord{"payment_window": keys.MustChord("~")}
	modal := map[string]keys.Chord{"confirm": keys.MustChord("enter")}
	wanted := keys.Armed{Scan: true, When: keys.Window{Exe: "pos"}, Hotkeys: hot, Modal: modal}
	for _, row := range []struct {
		name  string
		rules earRules
		scan  bool
		hot   []string
		modal []string
	}{
		{"as it comes", earRules{}, true, []string{"payment_window"}, []string{"confirm"}},
		{"a scanner with a line of its own", earRules{ownLine: true}, false, []string{"payment_window"}, []string{"confirm"}},
		{"hot-keys at the POS only", earRules{local: true}, true, nil, []string{"confirm", "payment_window"}},
	} {
		a := row.rules.apply(wanted)
		if a.Scan != row.scan || !slices.Equal(slices.Sorted(maps.Keys(a.Hotkeys)), row.hot) || !slices.Equal(slices.Sorted(maps.Keys(a.Modal)), row.modal) {
			t.Errorf("%s: armed %+v", row.name, a)
		}
	}
	if len(modal) != 1 || len(wanted.Modal) != 1 {
		t.Error("what the till wanted was changed")
	}
	p := &profile.Profile{}
	p.Scanner.Kind, p.Hotkeys.When = "serial", "pos_focused"
	p.Scanner.Exclude = []profile.Match{{Exe: "keepassxc"}}
	if r := earRulesOf(p); !r.ownLine || !r.local || len(r.except) != 2 || r.except[1].Exe != "keepassxc" {
		t.Errorf("rules %+v", r)
	}
}

func TestEveryTakenKeyIsNamed(t *testing.T) {
	chords := map[string]keys.Chord{"payment_window": keys.MustChord("~"), "main_window": keys.MustChord("ctrl+e"), "pay.wechat": keys.MustChord("f11")}
	err := errors.Join(fmt.Errorf("hot-key %q (%s): %w", "pay.wechat", chords["pay.wechat"], keys.ErrKeyTaken),
		fmt.Errorf("hot-key %q (%s): %w", "main_window", chords["main_window"], keys.ErrKeyTaken))
	if got := takenOf(err, chords); !slices.Equal(got, []keys.Chord{chords["main_window"], chords["pay.wechat"]}) {
		t.Errorf("named %v", got)
	}
}

func TestDifferentPlansForTriggerCodeAndPayment(t *testing.T) {
	std, err := fs.Sub(scripts.FS, "std")
	if err != nil {
		t.Fatal(err)
	}
	p, err := script.Load(script.Source{Std: std, File: "till.star", Root: fstest.MapFS{"till.star": {Data: []byte(`
def pre_payment(ctx):
    if ctx.trigger == "hotkey":
        return [key("f2")]
    return [key({"wechat": "f3", "alipay": "f4"}[ctx.kind])]

def post_payment(ctx, result):
    return [key({"wechat": "f6", "alipay": "f7"}[result.method])]
`)}}})
	if err != nil {
		t.Fatal(err)
	}
	tl := &till{profile: &profile.Profile{}}
	for want, ask := range map[string]macroAsk{
		"key f2": {Hook: "pre_payment", Trigger: "hotkey", Kind: "wechat"}, "key f3": {Hook: "pre_payment", Trigger: "scan", Kind: "wechat"},
		"key f4": {Hook: "pre_payment", Trigger: "scan", Kind: "alipay"}, "key f7": {Hook: "post_payment", Trigger: "scan", Kind: "alipay"},
	} {
		plan, err := ask.plan(t.Context(), p, tl)
		if err != nil || len(plan) != 1 || plan[0].String() != want {
			t.Errorf("%+v: %v, %v", ask, plan, err)
		}
	}
	var said *words.Problem
	if _, err := (macroAsk{Hook: "receipt"}).plan(t.Context(), p, tl); !errors.As(err, &said) {
		t.Errorf("an unknown hook: %v", err)
	}
}
