//go:build cgo

package screen_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"cpos/engine/capture"
	"cpos/hw/desktop/desktoptest"
)

var (
	amounts = flag.Int("amounts", 16, "how many amounts each practice look shows to the live tests; a web page shows twice as many")
	grabsTo = flag.String("grabs", "", "folder for every picture that the live tests grab, with a manifest for `cpos capture bench`")
)

// TestLiveLooks teaches from the first amounts that a program on a real screen shows and reads all others.
// None may be wrong; of a practice POS at least 95 of 100 must be read, of a web page all.
func TestLiveLooks(t *testing.T) {
	desktoptest.Need(t)
	program := desktoptest.BuildPOS(t)
	for _, look := range []string{"standard", "dark", "large", "lcd"} {
		for _, scale := range []float64{1, 1.25, 1.5} {
			t.Run(fmt.Sprintf("practice %s %.0f %%", look, 100*scale), func(t *testing.T) {
				desktoptest.Display(t, 1600, 1200)
				n := *amounts
				if scale != 1 {
					n = max(n/4, 12)
				}
				score(t, showPractice(t, program, look, scale, totals(n, 1)), 95)
			})
		}
	}
	for _, smoothing := range []string{"grey", "sub-pixel"} {
		for _, scale := range []float64{1, 1.25, 1.5} {
			t.Run(fmt.Sprintf("chromium %s %.0f %%", smoothing, 100*scale), func(t *testing.T) {
				desktoptest.Display(t, 1600, 1200)
				score(t, showPage(t, scale, smoothing, totals(2*(*amounts), 2)), 100)
			})
		}
	}
}

// score teaches, reads and counts.
func score(t *testing.T, s show, least int) {
	all := lessons(t, s)
	keepGrabs(t, s, all)
	taught, rest := all[:len(teachTotals)], all[len(teachTotals):]
	glyphs, err := capture.Teach(taught)
	if err != nil {
		t.Fatal(err)
	}
	j := &capture.Judge{Glyphs: glyphs, Grammar: capture.Grammar{Decimals: 2, Prefix: []string{"￥"}}}
	right, wrong := 0, 0
	for _, l := range rest {
		got, err := j.Picture(t.Context(), l.Picture)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := j.Grammar.Parse(l.Text)
		switch {
		case got.Sure && got.Amount == want:
			right++
		case got.Sure:
			wrong++
			t.Errorf("%s was read as %s", l.Text, got.Amount)
		default:
			t.Logf("%s was refused: %s", l.Text, got.Why)
		}
	}
	t.Logf("LIVE %s: %d amounts, right %d, wrong %d, refused %d", s.name, len(rest), right, wrong, len(rest)-right-wrong)
	if 100*right < least*len(rest) {
		t.Errorf("%d of %d read, want %d %%", right, len(rest), least)
	}
}

func keepGrabs(t testing.TB, s show, all []capture.Lesson) {
	t.Helper()
	if *grabsTo == "" {
		return
	}
	var manifest strings.Builder
	cat := strings.ReplaceAll(strings.TrimSuffix(s.name, " %"), " ", "-")
	for i, l := range all {
		role, must := "test", "read"
		if i < len(teachTotals) {
			role = "teach"
		}
		name := fmt.Sprintf("%s/%03d.png", cat, i)
		want := strings.Trim(strings.ReplaceAll(l.Text, ",", ""), "￥¥")
		fmt.Fprintf(&manifest, "%s,%s,%s,%s,%s,%s,%s\n", name, cat, cat, role, must, want, strconv.Quote(l.Text))
		savePNG(t, filepath.Join(*grabsTo, name), l.Picture)
	}
	path := filepath.Join(*grabsTo, "manifest.csv")
	head := ""
	if _, err := os.Stat(path); err != nil {
		head = "file,cat,style,role,must,want,text\n"
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(head + manifest.String()); err != nil {
		t.Fatal(err)
	}
}

func savePNG(t testing.TB, path string, p *image.RGBA) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
