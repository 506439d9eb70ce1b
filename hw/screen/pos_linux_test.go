//go:build cgo

package screen_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/screen"
)

var update = flag.Bool("update", false, "take the pictures in testdata/screens anew")

// fiftyTotals are amounts as tills show them: every digit in every place, the smallest and the largest.
var fiftyTotals = strings.Fields(`
	12.50 0.01 0.08 0.10 1.00 1.11 2.22 3.33 4.44 5.55
	6.66 7.77 8.88 9.99 10.00 11.11 17.71 19.90 23.45 34.56
	45.67 56.78 67.89 78.90 89.01 90.12 99.99 100.00 101.01 110.11
	123.45 138.88 168.00 188.88 200.20 258.30 369.00 399.90 417.14 500.05
	666.66 789.12 888.80 999.99 1000.00 1234.56 4711.17 7912.23 8080.80 99999.99`)

// taught is what the practice POS says about its regions.
type taught struct {
	Client  struct{ W, H int }
	Regions map[string]struct{ X, Y, W, H int }
}

func (t taught) regions() (all []capture.Region) {
	for name, r := range t.Regions {
		all = append(all, capture.Region{Name: name, X: r.X, Y: r.Y, W: r.W, H: r.H})
	}
	return all
}

// practicePOS starts the practice POS and waits until it is on the screen.
func practicePOS(t testing.TB, args ...string) taught {
	t.Helper()
	program := desktoptest.BuildPOS(t)
	said, err := exec.Command(program, "--regions").Output()
	if err != nil {
		t.Fatal(err)
	}
	var about taught
	if err := json.Unmarshal(said, &about); err != nil {
		t.Fatal(err)
	}
	desktoptest.StartPOS(t, program, args...)
	return about
}

// judgeOf makes the judge that a profile for the practice POS would make.
func judgeOf(t testing.TB, about taught, reader capture.Reader) *capture.Judge {
	t.Helper()
	d, err := desktop.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return &capture.Judge{
		Eye: screen.Eye{}, Reader: reader, Scene: desktop.Scene{Desktop: d, Window: keys.Window{Title: "^惠民收银"}},
		Regions: about.regions(), Taught: image.Pt(about.Client.W, about.Client.H), Grammar: capture.Grammar{Decimals: 2},
	}
}

// tap presses keys by their X keycodes in the usual layout.
func tap(t testing.TB, codes ...byte) {
	t.Helper()
	x, err := desktop.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := xtest.Init(x); err != nil {
		t.Fatal(err)
	}
	root := xproto.Setup(x).DefaultScreen(x).Root
	for _, code := range codes {
		for _, kind := range []byte{xproto.KeyPress, xproto.KeyRelease} {
			if err := xtest.FakeInputChecked(x, kind, code, 0, root, 0, 0, 0).Check(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Keycodes of a PC keyboard under X.
const (
	keyEnter = 36
	keySpace = 65
	keyF6    = 72
)

func openReader(t testing.TB) *screen.Reader {
	t.Helper()
	r, err := screen.OpenReader(t.Context(), screen.ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// nextSerial waits until the serial region shows a number, which is when the POS has drawn the sale.
func nextSerial(t testing.TB, j *capture.Judge, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		got, err := j.Serial(ctx)
		if got == want {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("serial %q, %v: want %q", got, err, want)
		}
	}
}

func TestFiftySalesAreReadRightFromARealPOS(t *testing.T) {
	for _, look := range []string{"standard", "dark"} {
		t.Run(look, func(t *testing.T) {
			desktoptest.Display(t, 1280, 800)
			about := practicePOS(t, "--look", look, "--sale", strings.Join(fiftyTotals, ","), "--serial", "20261123-0001")
			j := judgeOf(t, about, openReader(t))
			read := 0
			for i, total := range fiftyTotals {
				nextSerial(t, j, fmt.Sprintf("20261123-%04d", i+1))
				want, err := pay.ParseMoney(total)
				if err != nil {
					t.Fatal(err)
				}
				got, err := j.Amount(t.Context())
				switch {
				case err != nil, got.Sure && got.Amount != want:
					t.Errorf("total %s: %v sure %v, %s %q, %v", total, got.Amount, got.Sure, got.Why, got.Text, err)
				case got.Sure:
					read++
				}
				if *update && i%5 == 0 {
					keep(t, got.Crop, look+"_"+total)
				}
				tap(t, keySpace, keyF6, keyEnter)
			}
			// Nothing was taught here: text recognition alone takes a point for a comma now and then, and refuses.
			if least := len(fiftyTotals) * 9 / 10; read < least {
				t.Errorf("%d of %d totals were read, want at least %d", read, len(fiftyTotals), least)
			}
		})
	}
}

func keep(t *testing.T, crop *image.RGBA, name string) {
	t.Helper()
	f, err := os.Create(filepath.Join("..", "..", "testdata", "screens", "practice_"+name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, crop); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
