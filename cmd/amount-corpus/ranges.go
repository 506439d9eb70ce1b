package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// tell says what was found, what was drawn and in which ranges.
func tell(out io.Writer, o order, fonts []font, missing []string, styles []*style, rows []row) error {
	fmt.Fprintf(out, "fonts: %d found (%s)\n", len(fonts), counted(fonts, func(f font) string { return string(f.Kind) }))
	if len(missing) > 0 {
		fmt.Fprintf(out, "fonts not found, so not drawn with: %s\n", strings.Join(missing, " "))
	}
	fmt.Fprintf(out, "seed %d, %d styles, amounts %s to %s\n\n", o.seed, len(styles), plain(smallestAmount), plain(largestAmount))
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "category\tstyles\tlessons\tpictures\tpixels\tsystems\twhat")
	for _, c := range categories {
		tellCategory(t, c, styles, rows)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, h := range hazards {
		n := count(rows, func(r row) bool { return r.cat == hazardPrefix+h.Name })
		fmt.Fprintf(t, "%s\t%d\t%s\n", hazardPrefix+h.Name, n, h.Says)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return tellSum(out, styles, rows)
}

func tellCategory(t io.Writer, c category, styles []*style, rows []row) {
	var own []*style
	for _, s := range styles {
		if s.Cat == c.Name {
			own = append(own, s)
		}
	}
	low := slices.MinFunc(own, func(a, b *style) int { return cmp.Compare(a.Px, b.Px) }).Px
	high := slices.MaxFunc(own, func(a, b *style) int { return cmp.Compare(a.Px, b.Px) }).Px
	lessons := count(rows, func(r row) bool { return r.cat == c.Name && r.role == roleTeach })
	tests := count(rows, func(r row) bool { return r.cat == c.Name && r.role == roleTest })
	fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d-%d\t%s\t%s\n", c.Name, len(own), lessons, tests, low, high,
		counted(own, func(s *style) string { return s.d.System }), c.Says)
}

func tellSum(out io.Writer, styles []*style, rows []row) error {
	hazard := func(r row) bool { return strings.HasPrefix(r.cat, hazardPrefix) }
	lesson := func(r row) bool { return r.role == roleTeach }
	readable := count(rows, func(r row) bool { return !hazard(r) && !lesson(r) })
	fmt.Fprintf(out, "\n%d lessons, %d readable pictures, %d hazards\n", count(rows, lesson), readable, count(rows, hazard))
	looks := []struct {
		name string
		of   func(s *style) string
	}{
		{"smoothing", func(s *style) string { return string(s.d.Smoothing) }},
		{"hinting", func(s *style) string { return string(s.d.Hinting) }},
		{"places in a pixel", func(s *style) string { return fmt.Sprint(s.d.Phases) }},
		{"scaling", scalingOf},
		{"alignment", func(s *style) string { return string(s.Align) }},
		{"around the amount", wordsOf},
		{"lessons without all digits", func(s *style) string { return fmt.Sprint(s.Hurry) }},
		{"window off by", func(s *style) string { return fmt.Sprintf("%d px", s.Wander) }},
	}
	for _, l := range looks {
		if _, err := fmt.Fprintf(out, "%s: %s\n", l.name, counted(styles, l.of)); err != nil {
			return err
		}
	}
	return nil
}

func scalingOf(s *style) string {
	switch {
	case s.Stretch:
		return fmt.Sprintf("%g stretched", s.Scale)
	case s.Scale > 1:
		return fmt.Sprintf("%g drawn", s.Scale)
	}
	return "1"
}

func wordsOf(s *style) string {
	switch {
	case s.w.Prefix != "" && s.w.Suffix != "":
		return "both"
	case s.w.Prefix != "":
		return "prefix"
	case s.w.Suffix != "":
		return "suffix"
	}
	return "nothing"
}

func count(rows []row, match func(row) bool) int {
	n := 0
	for _, r := range rows {
		if match(r) {
			n++
		}
	}
	return n
}

// counted says how often each word comes, the words in their order.
func counted[T any](all []T, word func(T) string) string {
	times := map[string]int{}
	for _, one := range all {
		times[word(one)]++
	}
	var parts []string
	for _, w := range slices.Sorted(maps.Keys(times)) {
		parts = append(parts, fmt.Sprintf("%s %d", w, times[w]))
	}
	return strings.Join(parts, ", ")
}
