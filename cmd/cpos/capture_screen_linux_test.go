package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/engine/profile"
	"cpos/engine/words"
	"cpos/hw/desktop"
	"cpos/profiles"
)

// taughtWith are the two amounts that are taught; together they show every digit. The rest is read.
var (
	taughtWith = []string{"1034.67", "258.90"}
	thenRead   = []string{"12.50", "7.89", "6.66", "1111.11", "90.12", "345.67", "808.80", "23.45", "999.99", "4711.36"}
)

// TestTheAmountIsTaughtAtTheScreenAndThenReadRight presses Ctrl+Shift+P in front of the practice POS beside a
// running engine, drags a rectangle over the frozen screen, types what two sales show, and has ten more read.
func TestTheAmountIsTaughtAtTheScreenAndThenReadRight(t *testing.T) {
	if _, err := exec.LookPath("xdotool"); err != nil {
		t.Skip("xdotool is not installed (make deps)")
	}
	pos := buildPOS(t)
	t.Setenv("DISPLAY", "")
	repository := filepath.Join(t.TempDir(), "profiles")
	if err := os.CopyFS(repository, profiles.FS); err != nil {
		t.Fatal(err)
	}
	voice := &strings.Builder{}
	s, err := openStage(t.Context(), stageOptions{Dir: t.TempDir(), POS: pos, Totals: strings.Join(append(taughtWith, thenRead...), ","),
		Lang: string(words.English), Own: true, Voice: voice, Env: []string{"CPOS_PROFILE=" + repository, "CPOS_ENV=sandbox"}})
	if err != nil {
		t.Fatalf("%v\n%s", err, voice)
	}
	t.Cleanup(s.Close)
	p := &teacher{t: t, stage: s, repository: repository, profile: loadedFrom(t, repository)}
	p.teach()
	before := taughtWith[1]
	for _, total := range thenRead {
		p.nextSale()
		p.reads(before, total)
		before = total
	}
}

func loadedFrom(t *testing.T, repository string) *profile.Profile {
	t.Helper()
	src, err := globals{profile: repository, environ: practiceEnv, vars: nil}.source()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Load(src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// teacher is the person in front of the POS.
type teacher struct {
	t *testing.T
	*stage
	repository string
	profile    *profile.Profile
}

func (p *teacher) xdotool(args ...any) {
	p.t.Helper()
	var all []string
	for _, a := range args {
		all = append(all, fmt.Sprint(a))
	}
	if out, err := exec.Command("xdotool", all...).CombinedOutput(); err != nil {
		p.t.Fatalf("xdotool: %v %s", err, out)
	}
}

func (p *teacher) eventually(what string, ok func() bool) {
	p.t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	log, _ := os.ReadFile(filepath.Join(p.data, "cpos.log"))
	p.t.Fatalf("it never came true that %s\n%s", what, log)
}

func (p *teacher) pos() desktop.Window {
	p.t.Helper()
	w, err := p.desktop.Find(p.t.Context(), p.profile.Window())
	if err != nil {
		p.t.Fatal(err)
	}
	return w
}

// posHasKeys is false while the frozen screen stands before the POS.
func (p *teacher) posHasKeys() bool { return p.desktop.HasKeyboard(p.pos().ID) }

// teach frames the amount a little larger than the profile has it, and types it twice.
func (p *teacher) teach() {
	p.t.Helper()
	p.eventually("the POS has the keyboard", p.posHasKeys)
	p.xdotool("key", "ctrl+shift+p")
	p.eventually("the frozen screen is there", func() bool { return !p.posHasKeys() })
	var at image.Rectangle
	for _, r := range p.profile.Regions() {
		if r.Name == capture.RegionAmount {
			at = r.Rect(p.pos().Client)
		}
	}
	from, to := at.Min.Add(image.Pt(-12, 12)), at.Max.Add(image.Pt(2, -14))
	p.xdotool("mousemove", from.X, from.Y, "sleep", 0.3, "mousedown", 1, "sleep", 0.2, "mousemove", from.X+40, from.Y+20,
		"sleep", 0.2, "mousemove", to.X, to.Y, "sleep", 0.2, "mouseup", 1)
	time.Sleep(time.Second) // a person looks at what was framed
	p.xdotool("key", "Return", "sleep", 0.5, "type", taughtWith[0])
	p.xdotool("sleep", 0.3, "key", "Return")
	p.eventually("the frozen screen is gone", p.posHasKeys)
	p.nextSale()
	p.eventually("the frozen screen is there again", func() bool { return !p.posHasKeys() })
	p.xdotool("sleep", 0.5, "type", taughtWith[1])
	p.xdotool("sleep", 0.3, "key", "Return")
	drawn := image.Rectangle{Min: from, Max: to}
	p.eventually("the region is written", func() bool {
		for _, r := range loadedFrom(p.t, p.repository).Regions() {
			if r.Name == capture.RegionAmount && r.Rect(p.pos().Client) == drawn {
				return true
			}
		}
		return false
	})
	p.eventually("the POS has the keyboard", p.posHasKeys)
	taught := loadedFrom(p.t, p.repository)
	if a, err := taught.Anchor(); err != nil || a == nil {
		p.t.Errorf("the anchor: %v %v", a, err)
	}
	if g, err := capture.LoadGlyphs(taught.Files(), taught.GlyphsDir()); err != nil || g.Missing() != "" {
		p.t.Errorf("the signs: %v", err)
	}
}

// nextSale lets the POS take cash and begin its next sale.
func (p *teacher) nextSale() {
	p.t.Helper()
	for _, key := range []rune{' ', handF6, handEnter} {
		_ = sleep(p.t.Context(), thought)
		if err := p.tap(p.t.Context(), key); err != nil {
			p.t.Fatal(err)
		}
	}
}

// reads waits until the till reads a total off the screen. Whatever it is sure of before that is the sale before.
func (p *teacher) reads(before, total string) {
	p.t.Helper()
	p.eventually("the till reads "+total, func() bool {
		c, err := p.cpos("capture", "try", "--live", "-o", "json")
		if err != nil {
			p.t.Fatal(err)
		}
		out, err := c.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			p.t.Fatal(err)
		}
		var got tryJSON
		if err := json.Unmarshal(out, &got); err != nil {
			p.t.Fatalf("%v\n%s", err, out)
		}
		if got.Sure && got.Amount != before && got.Amount != total {
			p.t.Fatalf("read %s off a screen that shows %s", got.Amount, total)
		}
		return got.Sure && got.Amount == total
	})
}
