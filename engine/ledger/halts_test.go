package ledger_test

import (
	"maps"
	"testing"

	"cpos/engine/ledger"
)

func TestReleasedDifferencesAreRemembered(t *testing.T) {
	b := newTill(t)
	first := ledger.Difference{Code: ledger.MissingHere, Number: "A", Theirs: 5}
	second := ledger.Difference{Code: ledger.AmountOff, Number: "B", Ours: 1, Theirs: 2}
	halt := func(d ...ledger.Difference) {
		t.Helper()
		if err := b.Halt(t.Context(), noon, d); err != nil {
			t.Fatal(err)
		}
	}
	halt(first)
	if err := b.Release(t.Context(), "owner", "known"); err != nil {
		t.Fatal(err)
	}
	halt(second)
	got, err := b.Differences(t.Context())
	if want := map[ledger.Difference]bool{first: true, second: true}; err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}
