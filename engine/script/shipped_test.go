package script_test

import (
	"io/fs"
	"testing"

	"cpos/engine/script"
	"cpos/scripts"
)

func shipped(t testing.TB, file string) script.Source {
	t.Helper()
	std, err := fs.Sub(scripts.FS, "std")
	if err != nil {
		t.Fatal(err)
	}
	return script.Source{Root: scripts.FS, Std: std, File: file}
}

func TestTheShippedScriptsLoadAndPassTheirTests(t *testing.T) {
	p, err := script.Load(shipped(t, "practice.star"))
	if err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{"pre_payment", "post_payment", "on_unknown", "receipt", "refund_receipt"} {
		if !p.Defines(hook) {
			t.Errorf("practice.star lacks %s", hook)
		}
	}
	verdicts, err := script.RunTests(t.Context(), shipped(t, "practice_test.star"))
	if err != nil {
		t.Fatal(err)
	}
	if len(verdicts) < 6 {
		t.Errorf("only %d tests ran", len(verdicts))
	}
	for _, v := range verdicts {
		if v.Err != nil {
			t.Errorf("%s: %v", v.Name, v.Err)
		}
	}
}
