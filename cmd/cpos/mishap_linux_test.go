package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"

	"cpos/hw/desktop"
)

// What befalls the desktop is told to the cashier while the till goes on: a monitor that comes and goes, another
// scaling, a locked screen. After each the next sale works.
func TestWhatBefallsTheDesktopIsToldAndTheTillGoesOn(t *testing.T) {
	p := &screenStory{t: t, stage: openTestStage(t, buildPOS(t), "12.50", "20260801-0007")}
	play := func(lines ...string) {
		t.Helper()
		p.play(t, lines...)
	}
	x, err := desktop.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	root := xproto.Setup(x).DefaultScreen(x).Root
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	told := func(note string) {
		t.Helper()
		p.eventuallyShows(t, "notice", note)
	}

	check(desktop.Extend(x, "RANDR"))
	_, err = randr.QueryVersion(x, 1, 5).Reply()
	check(err)
	name, err := xproto.InternAtom(x, false, 6, "SECOND").Reply()
	check(err)
	check(randr.SetMonitorChecked(x, root, randr.MonitorInfo{Name: name.Atom, X: 1000, Width: 280, Height: 800, WidthInMillimeters: 70, HeightInMillimeters: 200}).Check())
	told("run.mishap.screens")
	check(randr.DeleteMonitorChecked(x, root, name.Atom).Check())
	told("run.mishap.screens")
	scale := func(dpi string) {
		t.Helper()
		text := "Xft.dpi:\t" + dpi + "\n"
		check(xproto.ChangePropertyChecked(x, xproto.PropModeReplace, root, xproto.AtomResourceManager, xproto.AtomString, 8, uint32(len(text)), []byte(text)).Check())
		told("run.mishap.scaling")
	}
	scale("120") // nothing is read now, and the cashier is told why; back again it is read as before
	play("scan 134567899023456701", "shows typing amount=0.00 note=capture.rescaled", "press esc", "shows hidden", "bank orders=0")
	scale("96")

	id, err := xproto.NewWindowId(x)
	check(err)
	check(xproto.CreateWindowChecked(x, 0, id, root, 0, 0, stageW, stageH, 0, xproto.WindowClassInputOutput, 0, xproto.CwOverrideRedirect, []uint32{1}).Check())
	check(xproto.MapWindowChecked(x, id).Check())
	for end := time.Now().Add(time.Minute); ; _ = sleep(t.Context(), 10*time.Millisecond) {
		got, err := xproto.GrabKeyboard(x, false, root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
		if err == nil && got.Status == xproto.GrabStatusSuccess {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the keyboard cannot be held")
		}
	}
	told("run.mishap.locked")
	xproto.UngrabKeyboard(x, xproto.TimeCurrentTime)
	xproto.DestroyWindow(x, id)
	x.Sync()
	for end := time.Now().Add(2 * time.Minute); !p.nowShows("hidden"); _ = sleep(t.Context(), 50*time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the till still says that the screen is locked")
		}
	}
	play("scan 134567899023456700", "shows asking amount=12.50", "press enter", "shows succeeded", "bank orders=1 paid=1")
}

// play does the lines of a story.
func (p *screenStory) play(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := p.do(strings.Fields(line)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
}

// eventuallyShows waits, longer than a cashier would, for a view after the last one that was looked at.
func (p *screenStory) eventuallyShows(t *testing.T, mood, note string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; _ = sleep(t.Context(), 50*time.Millisecond) {
		err := p.do([]string{"shows", mood, "note=" + note})
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
