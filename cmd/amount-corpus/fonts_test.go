package main

import "testing"

// foundFonts gives the fonts of this machine, or skips with what to install.
func foundFonts(t testing.TB) []font {
	t.Helper()
	fonts, missing := findFonts()
	if err := enough(fonts, missing); err != nil {
		t.Skipf("%v (.ci/deps corpus)", err)
	}
	return fonts
}

func TestEveryFontOpensAndHasWhatAnAmountIsMadeOf(t *testing.T) {
	r, err := newRasteriser()
	if err != nil {
		t.Skipf("%v (.ci/deps corpus)", err)
	}
	defer r.close()
	for _, f := range foundFonts(t) {
		opened, err := r.open(f.Path, f.Index, 20, systems["gdi-grey"])
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		for _, c := range "0123456789.,-" {
			g, ok := opened.glyph(c, 0)
			if f.Kind == kindSegment && c == ',' {
				continue
			}
			if !ok || g.w*g.h == 0 {
				t.Errorf("%s has no %q", f.Name, c)
			}
		}
		if f.Kind == kindBitmap && !opened.fixed() {
			t.Errorf("%s is not a bitmap font", f.Name)
		}
		opened.close()
	}
}
