//go:build cgo

package screen_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/screen"
)

// bench is a practice POS on a display, with a taught judge before it whose looks a test can get between.
type bench struct {
	*capture.Judge
	t    *testing.T
	x    *xgb.Conn
	pos  xproto.Window
	d    *desktop.Desktop
	at   image.Rectangle // of the amount, on the desktop
	look func(n int)     // called after the n-th grab, from 1
	n    int
}

// Grab is the screen's, and lets the test act before the judge looks again.
func (b *bench) Grab(ctx context.Context, r image.Rectangle) (*image.RGBA, error) {
	picture, err := screen.Eye{}.Grab(ctx, r)
	if b.n++; b.look != nil {
		b.look(b.n)
	}
	return picture, err
}

// hazardTotals are the taught ones, then those that the hazards are tried on.
var hazardTotals = []string{"12345.67", "98760.85", "1234.56", "771.40", "88.03", "9.99", "450.12", "12.34"}

// openBench shows 1234.56.
func openBench(t *testing.T, program string) *bench {
	t.Helper()
	desktoptest.Display(t, 1280, 800)
	s := showPractice(t, program, "standard", 1, hazardTotals)
	s.texts = hazardTotals[:3]
	taught := lessons(t, s)
	glyphs, err := capture.Teach(taught[:2])
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, at: s.at}
	if b.d, err = desktop.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.d.Close)
	if b.x, err = desktop.Dial(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.x.Close)
	window := keys.Window{Title: "^惠民收银"}
	pos, err := b.d.Find(t.Context(), window)
	if err != nil {
		t.Fatal(err)
	}
	b.pos = xproto.Window(pos.ID)
	b.Judge = &capture.Judge{Eye: b, Scene: desktop.Scene{Desktop: b.d, Window: window}, Glyphs: glyphs, Taught: pos.Client.Size(), DPI: 96,
		Regions: practiceRegions(t, program), Grammar: capture.Grammar{Decimals: 2}}
	if got, err := b.Amount(t.Context()); err != nil || !got.Sure || got.Amount != 123456 {
		t.Fatalf("without a hazard: %+v, %v", got, err)
	}
	b.n = 0
	return b
}

func practiceRegions(t *testing.T, program string) []capture.Region {
	t.Helper()
	out, err := exec.Command(program, "--regions").Output()
	if err != nil {
		t.Fatal(err)
	}
	var about taught
	if err := json.Unmarshal(out, &about); err != nil {
		t.Fatal(err)
	}
	return about.regions()
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) eventually(what string, ok func() bool) {
	b.t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("never: %s", what)
		}
	}
}

func (b *bench) place() capture.Place {
	p, _ := b.Scene.POS(b.t.Context()) // gone is the zero Place
	return p
}

// open shows a window of one colour; one that is managed takes the front.
func (b *bench) open(r image.Rectangle, colour uint32, managed bool) xproto.Window {
	b.t.Helper()
	id, err := xproto.NewWindowId(b.x)
	b.must(err)
	unmanaged := uint32(1)
	if managed {
		unmanaged = 0
	}
	b.must(xproto.CreateWindowChecked(b.x, 0, id, xproto.Setup(b.x).DefaultScreen(b.x).Root, int16(r.Min.X), int16(r.Min.Y),
		uint16(r.Dx()), uint16(r.Dy()), 0, xproto.WindowClassInputOutput, 0, xproto.CwBackPixel|xproto.CwOverrideRedirect,
		[]uint32{colour, unmanaged}).Check())
	b.must(xproto.MapWindowChecked(b.x, id).Check())
	if !managed {
		b.eventually("the window is drawn", func() bool {
			p, err := screen.Eye{}.Grab(b.t.Context(), r)
			return err == nil && p.RGBAAt(1, 1).B == uint8(colour)
		})
	}
	return id
}

// moveTo puts the POS's window somewhere and waits until it is there.
func (b *bench) moveTo(x, y int) {
	b.t.Helper()
	before := b.place().Client.Min
	b.must(xproto.ConfigureWindowChecked(b.x, b.pos, xproto.ConfigWindowX|xproto.ConfigWindowY, []uint32{uint32(x), uint32(y)}).Check())
	b.eventually("the window moved", func() bool { return b.place().Client.Min != before })
}

// next lets the POS go on to the next sale and waits until that is on the screen.
func (b *bench) next() {
	b.t.Helper()
	last, err := screen.Eye{}.Grab(b.t.Context(), b.at)
	b.must(err)
	next(b.t, show{name: "practice", at: b.at}, b.tapped(last))
}

func (b *bench) tapped(last *image.RGBA) *image.RGBA {
	tap(b.t, keySpace, keyF6, keyEnter)
	return last
}

// tell sends the window manager a message about the POS's window (ICCCM 4.1.4, EWMH).
func (b *bench) tell(atom string, data ...uint32) {
	b.t.Helper()
	name, err := xproto.InternAtom(b.x, false, uint16(len(atom)), atom).Reply()
	b.must(err)
	root := xproto.Setup(b.x).DefaultScreen(b.x).Root
	ev := xproto.ClientMessageEvent{Format: 32, Window: b.pos, Type: name.Atom,
		Data: xproto.ClientMessageDataUnionData32New(append(data, make([]uint32, 5-len(data))...))}
	b.must(xproto.SendEventChecked(b.x, false, root, xproto.EventMaskSubstructureNotify|xproto.EventMaskSubstructureRedirect, string(ev.Bytes())).Check())
}

func TestHazardsOfALiveScreen(t *testing.T) {
	desktoptest.Need(t)
	program := desktoptest.BuildPOS(t)
	for _, row := range []struct {
		name string
		do   func(b *bench)
		why  capture.Reason
	}{
		{"a tooltip over the last digits", func(b *bench) {
			b.open(image.Rect(b.at.Max.X-70, b.at.Min.Y+10, b.at.Max.X+40, b.at.Min.Y+40), 0xffffe1, false)
		}, capture.Covered},
		{"a patch in the colour of the ground over the first digit", func(b *bench) {
			b.open(image.Rect(b.at.Min.X+20, b.at.Min.Y+8, b.at.Min.X+90, b.at.Max.Y-8), 0xffffff, false)
		}, capture.Covered},
		{"another program in front", func(b *bench) {
			b.open(image.Rect(20, 20, 220, 120), 0x336699, true)
			b.eventually("it is in front", func() bool { return !b.place().InFront })
		}, capture.NotInFront},
		{"another program comes to the front between two looks", func(b *bench) {
			b.look = func(n int) {
				if n == 1 {
					b.open(image.Rect(20, 20, 220, 120), 0x336699, true)
					b.eventually("it is in front", func() bool { return !b.place().InFront })
				}
			}
		}, capture.Moved},
		{"the window moves while it is read", func(b *bench) {
			b.look = func(n int) {
				if n == 1 {
					b.moveTo(60, 60)
				}
			}
		}, capture.Moved},
		{"the amount keeps changing", func(b *bench) { b.look = func(int) { b.next() } }, capture.Unstable},
		{"the POS is an icon", func(b *bench) {
			const iconic = 3
			b.tell("WM_CHANGE_STATE", iconic)
			b.eventually("it is not in front", func() bool { return !b.place().InFront })
		}, capture.NotInFront},
		{"the screen is scaled by another factor", func(b *bench) {
			text := "Xft.dpi:\t120\n"
			b.must(xproto.ChangePropertyChecked(b.x, xproto.PropModeReplace, xproto.Setup(b.x).DefaultScreen(b.x).Root,
				xproto.AtomResourceManager, xproto.AtomString, 8, uint32(len(text)), []byte(text)).Check())
			b.eventually("the scaling is known", func() bool { return b.place().DPI == 120 })
		}, capture.Rescaled},
		{"the region hangs over the screen's edge", func(b *bench) { b.moveTo(1280-760, 40) }, capture.Blind},
		{"the POS has ended", func(b *bench) {
			b.must(xproto.DestroyWindowChecked(b.x, b.pos).Check())
			b.eventually("it is gone", func() bool { return b.place().Client.Empty() })
		}, capture.NoPOS},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := openBench(t, program)
			row.do(b)
			got, err := b.Amount(t.Context())
			if got.Sure || got.Amount != 0 || got.Why != row.why {
				t.Errorf("%s sure %v, %q (%q), %v; want %q", got.Amount, got.Sure, got.Why, got.Text, err, row.why)
			}
		})
	}
	t.Run("a window of another size", func(t *testing.T) { aLargerWindowIsNotTheTaughtOne(t, program) })
	t.Run("the amount changes between two looks", func(t *testing.T) { aTotalThatChangesBetweenTwoLooksIsReadAnew(t, program) })
	t.Run("the amount changes before it is sent", func(t *testing.T) { aTotalThatChangedBeforeSendingStops(t, program) })
	t.Run("ink that no taught sign explains", func(t *testing.T) { inkThatNoTaughtSignExplainsIsRefused(t, program) })
}

// A window of another size shows everything elsewhere.
func aLargerWindowIsNotTheTaughtOne(t *testing.T, program string) {
	b := openBench(t, program)
	b.Taught = image.Pt(1125, 850)
	if got, err := b.Amount(t.Context()); got.Sure || got.Why != capture.Resized || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func aTotalThatChangesBetweenTwoLooksIsReadAnew(t *testing.T, program string) {
	b := openBench(t, program)
	b.look = func(n int) {
		if n == 1 {
			b.next()
		}
	}
	got, err := b.Amount(t.Context())
	if err != nil || !got.Sure || got.Amount != 77140 {
		t.Errorf("%s sure %v, %q, %v", got.Amount, got.Sure, got.Why, err)
	}
}

func aTotalThatChangedBeforeSendingStops(t *testing.T, program string) {
	b := openBench(t, program)
	was, err := b.Amount(t.Context())
	b.must(err)
	if same, err := b.Same(t.Context(), was); !same || err != nil {
		t.Errorf("unchanged: %v, %v", same, err)
	}
	b.next()
	if same, err := b.Same(t.Context(), was); same || err != nil {
		t.Errorf("changed: %v, %v", same, err)
	}
	b.open(image.Rect(b.at.Min.X, b.at.Min.Y, b.at.Max.X, b.at.Max.Y), 0xffffff, false)
	same, err := b.Same(t.Context(), was)
	var no *capture.Refusal
	if same || !errors.As(err, &no) || no.Why != capture.Covered {
		t.Errorf("covered: %v, %v", same, err)
	}
}

// Where a tooltip is drawn by the POS itself no window lies over the amount: the picture alone must tell.
func inkThatNoTaughtSignExplainsIsRefused(t *testing.T, program string) {
	b := openBench(t, program)
	crop, err := screen.Eye{}.Grab(t.Context(), b.at)
	b.must(err)
	want, _ := pay.ParseMoney("1234.56")
	for y := 0; y < crop.Bounds().Dy(); y++ {
		stained := image.NewRGBA(crop.Bounds())
		copy(stained.Pix, crop.Pix)
		row := stained.Pix[y*stained.Stride : (y+1)*stained.Stride]
		copy(row, bytes.Repeat([]byte{30, 30, 30, 255}, stained.Bounds().Dx()))
		if got, err := b.Picture(t.Context(), stained); err != nil || got.Sure && got.Amount != want {
			t.Errorf("a line over row %d: %s, %v", y, got.Amount, err)
		} else if got.Sure {
			t.Errorf("a line over row %d was not seen", y)
		}
	}
	if s := strings.TrimSpace(b.Glyphs.Read(crop).Text); s != "1234.56" {
		t.Errorf("without a line: %q", s)
	}
}
