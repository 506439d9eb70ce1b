package main

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAmountsAreSpeltAsProgramsSpellThem(t *testing.T) {
	for _, c := range []struct {
		w    wording
		fen  int
		want string
	}{
		{wording{}, 1, "0.01"},
		{wording{}, 123456, "1234.56"},
		{wording{Grouped: true}, 123456, "1,234.56"},
		{wording{Grouped: true}, 99999, "999.99"},
		{wording{Prefix: "￥", Suffix: "元"}, 500, "￥5.00元"},
		{wording{Whole: true}, 1200, "12"},
		{wording{Whole: true, Grouped: true, Prefix: "RMB "}, largestAmount, "RMB 99,999"},
	} {
		if got := c.w.spell(c.fen); got != c.want {
			t.Errorf("%d fen is spelt %q, want %q", c.fen, got, c.want)
		}
	}
}

func TestDrawnAmountsAreInTheirRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wording{Grouped: rapid.Bool().Draw(t, "grouped"), Whole: rapid.Bool().Draw(t, "whole")}
		rng := stream(rapid.Uint64().Draw(t, "seed"), "amounts", 0)
		for range 100 {
			fen := w.draw(rng)
			if fen < smallestAmount || fen > largestAmount || w.Whole && fen%100 != 0 {
				t.Fatalf("%+v drew %d fen", w, fen)
			}
		}
	})
}

func TestLessonsShowAllDigitsAndTheComma(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wording{Grouped: rapid.Bool().Draw(t, "grouped"), Whole: rapid.Bool().Draw(t, "whole")}
		rng := stream(rapid.Uint64().Draw(t, "seed"), "lessons", 0)
		lessons := w.lessons(rng, false)
		comma := !w.Grouped
		for d := range 10 {
			if !w.covers(lessons, d*111_11) && !w.Whole {
				t.Fatalf("%v do not show a %d", lessons, d)
			}
		}
		for _, l := range lessons {
			comma = comma || l >= 1000_00
		}
		if !comma {
			t.Fatalf("%v show no comma", lessons)
		}
		if hurried := w.lessons(rng, true); len(hurried) != 2 || !distinct(hurried) {
			t.Fatalf("somebody in a hurry shows %v", hurried)
		}
	})
}

func TestSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number, of := rapid.IntRange(0, 5000).Draw(t, "number"), rapid.IntRange(1, 700).Draw(t, "of")
		sum := 0
		for n := range of {
			sum += share(number, of, n)
		}
		if sum != number {
			t.Fatalf("%d shares of %d are %d", of, number, sum)
		}
	})
}
