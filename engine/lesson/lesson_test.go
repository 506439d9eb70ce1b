package lesson_test

import (
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"cpos/engine/capture"
	"cpos/engine/lesson"
)

// till draws a believable POS: a title, goods that look alike, and a total.
func till(total string) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 600, 400))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{0xf4, 0xf4, 0xf0, 0xff}), image.Point{}, draw.Src)
	say := func(x, y int, s string) {
		d := font.Drawer{Dst: img, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
		d.DrawString(s)
	}
	say(20, 30, "WELCOME TO THE CORNER SHOP")
	for i := range 8 {
		say(20, 80+30*i, "Tea   1 x 5.00   5.00")
	}
	say(440, 200, total)
	return img
}

var region = image.Rect(430, 184, 540, 210)

func TestTheAnchorIsSomethingThatStandsOnceAndStays(t *testing.T) {
	frames := []*image.RGBA{till("12.50"), till("8.88"), till("1034.67")}
	at, ok := lesson.Anchor(frames, nil)
	if !ok {
		t.Fatal("none was found")
	}
	if title := image.Rect(10, 10, 220, 45); !at.Overlaps(title) || at.Overlaps(region) {
		t.Errorf("%v is not the title", at)
	}
}

func TestNoAnchorWhereEverythingLooksAlikeOrChanges(t *testing.T) {
	empty := image.NewRGBA(image.Rect(0, 0, 300, 200))
	if at, ok := lesson.Anchor([]*image.RGBA{empty}, nil); ok {
		t.Errorf("an empty window: %v", at)
	}
	if at, ok := lesson.Anchor(nil, nil); ok {
		t.Errorf("no window: %v", at)
	}
	noise := func(seed uint64) *image.RGBA {
		img := image.NewRGBA(image.Rect(0, 0, 300, 200))
		dice := rand.New(rand.NewPCG(seed, 1))
		for i := range img.Pix {
			img.Pix[i] = uint8(dice.UintN(256))
		}
		return img
	}
	if at, ok := lesson.Anchor([]*image.RGBA{noise(1), noise(2)}, nil); ok {
		t.Errorf("a film: %v", at)
	}
	if at, ok := lesson.Anchor([]*image.RGBA{noise(1)}, []image.Rectangle{image.Rect(0, 0, 300, 200)}); ok {
		t.Errorf("all of it is a region: %v", at)
	}
}

func TestARecordingShowsOnlyWhatWasTaught(t *testing.T) {
	frame := till("12.50")
	masked := lesson.Mask(frame, []image.Rectangle{region, image.Rect(590, 390, 700, 500)})
	for y := range 400 {
		for x := range 600 {
			p := image.Pt(x, y)
			taught := p.In(region) || p.In(image.Rect(590, 390, 600, 400))
			if got := masked.RGBAAt(x, y); taught != (got == frame.RGBAAt(x, y)) && got != (color.RGBA{0x80, 0x80, 0x80, 0xff}) {
				t.Fatalf("%v shows %v", p, got)
			}
		}
	}
}

const product = `schema: cpos/profile/v1
layer: product
name: corner

screens:
  - id: standard
    size: [600, 400]   # as it comes
    regions:
      amount: {x: 1, y: 2, w: 30, h: 40}   # the total

amount:
  decimals: 2
`

func repository() fstest.MapFS { return fstest.MapFS{"products/corner.yaml": {Data: []byte(product)}} }

// taught is what a teaching of two captures finds out.
func taught(t *testing.T, texts ...string) lesson.Taught {
	t.Helper()
	var all []lesson.Capture
	for _, text := range texts {
		frame := till(text)
		all = append(all, lesson.Capture{Frame: frame, Crop: lesson.Cut(frame, region), Text: text})
	}
	glyphs, err := capture.Teach(lesson.Lessons(all))
	if err != nil {
		t.Fatal(err)
	}
	return lesson.Taught{Product: "corner", Screen: "standard", Name: "amount", Region: region, Anchor: image.Rect(20, 16, 140, 48),
		Glyphs: glyphs, Grammar: &capture.Grammar{Decimals: 2, Prefix: []string{"￥"}}, Captures: all}
}

func TestAPlanChangesOnlyWhatWasTaughtAndOnce(t *testing.T) {
	before := taught(t, "1034.67", "58.29")
	plan, err := lesson.Make(repository(), before)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"-      amount: {x: 1, y: 2, w: 30, h: 40}   # the total",
		"+      amount: {x: 430, y: 184, w: 110, h: 26}   # the total",
		"+    anchor: {image: corner/anchor-standard.png, x: 20, y: 16, w: 120, h: 32}",
		"+    glyphs: corner/glyphs-standard", `+  prefix: ["￥"]`,
	} {
		if !strings.Contains(plan.Diff, line+"\n") {
			t.Errorf("%q is missing in\n%s", line, plan.Diff)
		}
	}
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "products"), 0o755); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(root, "products", "corner", "recordings", "standard-amount", "lesson-3.png")
	if err := os.MkdirAll(filepath.Dir(stale), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{filepath.Join(root, "products", "corner.yaml"): product, stale: "old"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if plan, err = lesson.Make(os.DirFS(root), before); err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("a picture of an earlier teaching is still there")
	}
	again, err := lesson.Make(os.DirFS(root), taught(t, "1034.67", "58.29"))
	if err != nil || !again.Empty() || again.Diff != "" {
		t.Errorf("the second time: %v %v\n%s", err, again.Files(), again.Diff)
	}
	if _, err := capture.LoadGlyphs(os.DirFS(root), "products/corner/glyphs-standard"); err != nil {
		t.Error(err)
	}
}

// A till starts, or somebody checks the profile, in the very moment in which another person teaches.
func TestATeachingThatIsWrittenCanBeReadAtAnyMoment(t *testing.T) {
	root := t.TempDir()
	if err := os.CopyFS(root, repository()); err != nil {
		t.Fatal(err)
	}
	teachings := []lesson.Taught{taught(t, "1034.67", "58.29"), taught(t, "8761.09", "53.42")}
	write := func(one lesson.Taught) {
		plan, err := lesson.Make(os.DirFS(root), one)
		if err == nil {
			err = plan.Apply(root)
		}
		if err != nil {
			t.Error(err)
		}
	}
	write(teachings[0])
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 4 {
			write(teachings[i%2])
		}
	}()
	for reads, over := 0, false; !over; reads++ {
		select {
		case <-done:
			over = true
		default:
		}
		if _, err := capture.LoadGlyphs(os.DirFS(root), "products/corner/glyphs-standard"); err != nil {
			t.Errorf("read %d: %v", reads, err)
		}
	}
}
