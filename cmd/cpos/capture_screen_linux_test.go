package main

import (
	"bytes"
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
	"cpos/hw/screen"
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
	if !p.within(time.Minute, ok) {
		log, _ := os.ReadFile(filepath.Join(p.data, "cpos.log"))
		p.t.Fatalf("it never came true that %s\n%s", what, log)
	}
}

// within waits so long for something to come true.
func (p *teacher) within(most time.Duration, ok func() bool) bool {
	for end := time.Now().Add(most); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return true
		}
	}
	return false
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
	var from, to image.Point
	for try := 0; ; try++ {
		if from, to = p.frame(); p.within(40*time.Second, p.posHasKeys) {
			break
		}
		if try == 3 {
			p.t.Fatal("what was framed is never taken")
		}
		p.t.Log("what was framed is not taken: once more from the beginning, as a person who sees that would")
		for end := time.Now().Add(time.Minute); !p.within(5*time.Second, p.posHasKeys) && time.Now().Before(end); {
			p.xdotool("key", "Escape")
		}
	}
	p.nextSale()
	p.eventually("the frozen screen is there again", func() bool { return !p.posHasKeys() })
	p.still()
	p.xdotool("type", taughtWith[1])
	p.still()
	p.xdotool("key", "Return")
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

// frame presses the hot-key, drags the rectangle and types the first amount.
func (p *teacher) frame() (from, to image.Point) {
	p.t.Helper()
	p.eventually("the POS has the keyboard", p.posHasKeys)
	p.xdotool("key", "ctrl+shift+p")
	p.eventually("the frozen screen is there", func() bool { return !p.posHasKeys() })
	p.still()
	var at image.Rectangle
	for _, r := range p.profile.Regions() {
		if r.Name == capture.RegionAmount {
			at = r.Rect(p.pos().Client)
		}
	}
	from, to = at.Min.Add(image.Pt(-12, 12)), at.Max.Add(image.Pt(2, -14))
	p.xdotool("mousemove", from.X, from.Y, "sleep", 0.3, "mousedown", 1, "sleep", 0.2, "mousemove", from.X+40, from.Y+20,
		"sleep", 0.2, "mousemove", to.X, to.Y, "sleep", 0.2, "mouseup", 1)
	p.still()
	p.xdotool("key", "Return")
	p.still()
	p.xdotool("type", taughtWith[0])
	p.still()
	p.xdotool("key", "Return")
	return from, to
}

// still waits, as a person does, until the screen shows the same for a while: then it has taken what was done. A
// cursor that blinks is not waited for.
func (p *teacher) still() {
	p.t.Helper()
	const look, blinks = 400 * time.Millisecond, 12
	var before *image.RGBA
	for same, looks := 0, 0; same < 3 && looks < blinks || looks < 4; looks++ {
		now, err := screen.Eye{}.Grab(p.t.Context(), image.Rect(0, 0, stageW, stageH))
		if err != nil {
			p.t.Fatal(err)
		}
		same++
		if before == nil || !bytes.Equal(before.Pix, now.Pix) {
			same = 0
		}
		before = now
		time.Sleep(look)
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
