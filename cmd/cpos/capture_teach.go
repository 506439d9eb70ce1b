package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"cpos/engine/capture"
	"cpos/engine/capture/trial"
	"cpos/engine/lesson"
	"cpos/engine/profile"
	"cpos/engine/store"
	"cpos/engine/words"
)

// manyTexts is a flag that may be given several times and takes each text as it is: an amount may hold commas.
type manyTexts []string

// Set adds one.
func (m *manyTexts) Set(s string) error { *m = append(*m, s); return nil }

// String is asked for the default, which is none.
func (m *manyTexts) String() string { return strings.Join(*m, " ") }

func (d door) captureTeachCommand() *cli.Command {
	text := func(name string) cli.Flag {
		return &cli.StringFlag{Name: name, Usage: d.word("cli.capture.flag." + name)}
	}
	many := func(name string) cli.Flag {
		return &cli.GenericFlag{Name: name, Value: &manyTexts{}, Usage: d.word("cli.capture.flag." + name)}
	}
	return d.command("capture.teach", "teach", "amount|serial|NAME", []cli.Flag{
		many("image"), many("text"), text("rect"), text("anchor"), text("screen"), text("copy"),
		&cli.BoolFlag{Name: "dry-run", Usage: d.word("cli.capture.flag.dry-run")},
		&cli.BoolFlag{Name: "as-typed", Usage: d.word("cli.capture.flag.as-typed")},
	}, d.captureTeach)
}

// teaching is one region while it is taught.
type teaching struct {
	door
	root    string // folder of the repository
	copied  bool   // the profile is copied there first
	source  profile.Source
	profile *profile.Profile
	name    string
	screen  string // id of the screen that is taught
	fresh   bool   // the profile has no such screen yet
	dry     bool
	asTyped bool // the texts are not held against text recognition

	rect   image.Rectangle // of the region, in px of the client area; empty where pictures are the region
	anchor string          // "", new, none or a rectangle
	size   image.Point     // of the client area
	dpi    int
	looks  []lesson.Capture
}

// regionName keeps names of regions plain: scripts and files bear them.
var regionName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func (d door) captureTeach(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 1, 1); err != nil {
		return err
	}
	x, err := d.newTeaching(c)
	if err != nil {
		return err
	}
	images, texts := *c.Generic("image").(*manyTexts), *c.Generic("text").(*manyTexts)
	if len(images) > 0 || !x.isAmount() && !x.rect.Empty() { // where it is says all about a region that is no amount
		err = x.fromFiles(images, texts)
	} else {
		err = x.fromScreen(ctx, texts)
	}
	if err != nil {
		return err
	}
	return x.finish(ctx)
}

// newTeaching finds the product layer that is to be written, before anybody draws anything.
func (d door) newTeaching(c *cli.Context) (*teaching, error) {
	x := &teaching{door: d, name: c.Args().First(), dry: c.Bool("dry-run"), asTyped: c.Bool("as-typed"), anchor: c.String("anchor")}
	if !regionName.MatchString(x.name) {
		return nil, words.Fail(errUsage, "cli.capture.name", "name", clip(x.name)).Advise("cli.capture.name.hint")
	}
	var err error
	if x.rect, err = parseRect(c.String("rect")); err != nil {
		return nil, err
	}
	if x.anchor != "" && x.anchor != "new" && x.anchor != "none" {
		if _, err := parseRect(x.anchor); err != nil {
			return nil, err
		}
	}
	return x, x.open(d.globals(c), c.String("screen"), c.String("copy"))
}

// open loads the profile, and copies the repository first where that is wished.
func (x *teaching) open(g globals, screen, copyTo string) error {
	src, err := g.source()
	if err != nil {
		return err
	}
	if x.profile, err = loadToTeach(src); err != nil {
		return err
	}
	x.source, x.root = src, src.Root
	taught := x.profile.Taught()
	x.screen = screen
	if x.screen == "" {
		x.screen = taught.ID
	}
	if x.screen == "" {
		x.screen = "standard"
	}
	at := slices.IndexFunc(x.profile.Screens, func(s profile.Screen) bool { return s.ID == x.screen })
	if x.fresh = at < 0; !x.fresh {
		x.size, x.dpi = x.profile.Screens[at].Client(), x.profile.Screens[at].DPI
	}
	switch {
	case copyTo != "":
		x.root, x.copied = copyTo, true
		return emptyFolder(copyTo)
	case x.dry:
		return nil
	}
	return x.writable()
}

// loadToTeach loads a profile also when its taught signs are damaged, for teaching them again is the cure.
func loadToTeach(src profile.Source) (*profile.Profile, error) {
	p, first := profile.Load(src)
	if first == nil {
		return p, nil
	}
	src.Untaught = true
	if p, err := profile.Load(src); err == nil {
		return p, nil
	}
	return nil, first
}

// emptyFolder refuses a folder that holds something already: a copy would mix with it.
func emptyFolder(name string) error {
	all, err := os.ReadDir(name)
	if err == nil && len(all) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return words.Fail(errUsage, "cli.capture.copy", "dir", name).Advise("cli.capture.copy.hint").Because(err)
	}
	return nil
}

// writable refuses early where nothing can be written, and says where to copy the profile to.
func (x *teaching) writable() error {
	if x.root == "" {
		return words.Fail(errUsage, "cli.capture.shipped").Advise("cli.capture.shipped.hint")
	}
	dir := filepath.Join(x.root, "products")
	f, err := os.CreateTemp(dir, ".cpos-*")
	if err != nil {
		return words.Fail(store.ErrNoWrite, "cli.capture.cannot_write", "dir", dir).Advise("cli.capture.shipped.hint").Because(err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// parseRect reads "x,y,w,h"; empty text is the empty rectangle.
func parseRect(s string) (image.Rectangle, error) {
	if s == "" {
		return image.Rectangle{}, nil
	}
	parts := strings.Split(s, ",")
	var n [4]int
	for i, part := range parts {
		v, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || len(parts) != 4 || v < 0 || v > 1<<15 || i > 1 && v == 0 {
			return image.Rectangle{}, words.Fail(errUsage, "cli.capture.rect", "text", clip(s)).Advise("cli.capture.rect.hint")
		}
		n[i] = v
	}
	return image.Rect(n[0], n[1], n[0]+n[2], n[1]+n[3]), nil
}

// fromFiles takes pictures of the POS's client area, or of the region alone, instead of the screen.
func (x *teaching) fromFiles(images, texts []string) error {
	if x.isAmount() && len(texts) != len(images) || len(texts) > len(images) {
		return words.Fail(errUsage, "cli.capture.texts").Advise("cli.capture.texts.hint")
	}
	for i, name := range images {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		picture, err := trial.Decode(data)
		if err != nil {
			return words.Fail(errUsage, "cli.capture.picture", "file", name).Because(err)
		}
		look, err := x.cut(picture, name)
		if err != nil {
			return err
		}
		if i < len(texts) {
			look.Text = texts[i]
		}
		x.looks = append(x.looks, look)
	}
	return nil
}

// cut takes the region out of a picture. A picture that is no window of the taught size is the region itself.
func (x *teaching) cut(picture *image.RGBA, name string) (lesson.Capture, error) {
	size := picture.Rect.Size()
	rect := x.rect
	if rect.Empty() && !x.fresh && size == x.size {
		rect = x.taughtRect()
	}
	switch {
	case rect.Empty(), size == rect.Size() && size != x.size:
		return lesson.Capture{Crop: picture}, nil
	case !rect.In(picture.Rect):
		return lesson.Capture{}, words.Fail(errUsage, "cli.capture.outside", "rect", showRect(rect), "file", name, "width", size.X, "height", size.Y)
	}
	if err := x.fits(size); err != nil {
		return lesson.Capture{}, err
	}
	x.rect = rect
	return lesson.Capture{Frame: picture, Crop: lesson.Cut(picture, rect)}, nil
}

// fits holds a window's size against the one at which the other regions were taught.
func (x *teaching) fits(size image.Point) error {
	if x.size == (image.Point{}) {
		x.size = size
	}
	if size != x.size {
		return words.Fail(errUsage, "cli.capture.size", "width", size.X, "height", size.Y, "screen", x.screen, "taught_width", x.size.X, "taught_height", x.size.Y).
			Advise("cli.capture.size.hint")
	}
	return nil
}

func (x *teaching) taughtRect() image.Rectangle {
	for _, s := range x.profile.Screens {
		if r, ok := s.Regions[x.name]; ok && s.ID == x.screen {
			return image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H)
		}
	}
	return image.Rectangle{}
}

func showRect(r image.Rectangle) string {
	return fmt.Sprintf("%d,%d,%d,%d", r.Min.X, r.Min.Y, r.Dx(), r.Dy())
}

func (x *teaching) isAmount() bool { return x.name == capture.RegionAmount }

// finish learns, checks everything in a copy, and writes.
func (x *teaching) finish(ctx context.Context) error {
	t, err := x.learn()
	if err != nil {
		return err
	}
	if err := x.proofread(ctx, t); err != nil {
		return err
	}
	if err := x.pickAnchor(&t); err != nil {
		return err
	}
	plan, err := lesson.Make(x.source.FS, t)
	if err != nil {
		return words.Fail(profile.ErrProfile, "cli.capture.shape", "file", t.Product+".yaml").Because(err)
	}
	if err := x.prove(ctx, plan); err != nil {
		return err
	}
	fmt.Fprint(x.out, plan.Diff)
	for _, name := range plan.Files() {
		fmt.Fprintln(x.out, filepath.ToSlash(filepath.Join(x.root, name)))
	}
	switch {
	case plan.Empty():
		x.say("cli.capture.taught.same")
		return nil
	case x.dry:
		x.say("cli.capture.taught.dry")
		return nil
	}
	if x.copied {
		if err := copyLayers(x.root, x.source.FS); err != nil {
			return words.Fail(store.ErrNoWrite, "cli.capture.copy", "dir", x.root).Advise("cli.capture.copy.hint").Because(err)
		}
		x.say("cli.capture.copied", "dir", x.root)
	}
	if err := plan.Apply(x.root); err != nil {
		return words.Fail(store.ErrNoWrite, "cli.capture.cannot_write", "dir", x.root).Advise("cli.capture.shipped.hint").Because(err)
	}
	x.say("cli.capture.taught.done", "name", x.name, "product", t.Product)
	return nil
}

// learn makes the taught reader of an amount; other regions are read by text recognition and have none.
func (x *teaching) learn() (lesson.Taught, error) {
	t := lesson.Taught{Product: x.profile.ProductName(), Screen: x.screen, Name: x.name, Region: x.rect, Captures: x.looks}
	if x.fresh {
		if x.size == (image.Point{}) {
			return t, words.Fail(errUsage, "cli.capture.no_size", "screen", x.screen).Advise("cli.capture.no_size.hint")
		}
		t.Size, t.DPI = x.size, x.dpi
	}
	if !x.isAmount() {
		return t, nil
	}
	glyphs, err := x.learnAs()
	if err != nil {
		return t, err
	}
	t.Glyphs = glyphs
	var texts []string
	for _, look := range x.looks {
		texts = append(texts, look.Text)
	}
	g := trial.GrammarOf(texts)
	g.Prefix, g.Suffix = grown(x.profile.Amount.Prefix, g.Prefix), grown(x.profile.Amount.Suffix, g.Suffix)
	t.Grammar = &g
	if missing := glyphs.Missing(); missing != "" {
		x.say("cli.capture.missing", "signs", missing)
	}
	return t, nil
}

// learnAs teaches with the texts as they were typed and then, for a keypad has no yuan sign, with what the profile
// says may stand around an amount. The self-check keeps a wrong guess from being learned.
func (x *teaching) learnAs() (*capture.Glyphs, error) {
	glyphs, first := capture.Teach(lesson.Lessons(x.looks))
	if first == nil {
		return glyphs, nil
	}
	for _, prefix := range append([]string{""}, x.profile.Amount.Prefix...) {
		for _, suffix := range append([]string{""}, x.profile.Amount.Suffix...) {
			dressed := slices.Clone(x.looks)
			for i := range dressed {
				if bare.MatchString(dressed[i].Text) {
					dressed[i].Text = prefix + dressed[i].Text + suffix
				}
			}
			if glyphs, err := capture.Teach(lesson.Lessons(dressed)); err == nil {
				x.looks = dressed
				return glyphs, nil
			}
		}
	}
	return nil, x.notTaught(first)
}

// bare is an amount without anything around it.
var bare = regexp.MustCompile(`^[0-9.,]+$`)

// errNotTaught says that the self-check refused the lessons.
var errNotTaught = errors.New("not taught")

// notTaught says in a sentence why nothing was learned.
func (x *teaching) notTaught(err error) error {
	var no *capture.TeachError
	if !errors.As(err, &no) {
		return err
	}
	why := x.word(no.Key())
	if no.Lesson > 0 {
		return words.Fail(errNotTaught, "cli.capture.not_taught.one", "why", why, "number", no.Lesson, "text", no.Text).Advise("cli.capture.not_taught.hint")
	}
	return words.Fail(errNotTaught, "cli.capture.not_taught", "why", why).Advise("cli.capture.not_taught.hint")
}

// grown adds words to those of the profile, and gives none where the profile has them all.
func grown(all, more []string) []string {
	out := slices.Clone(all)
	for _, one := range more {
		if !slices.ContainsFunc(out, func(is string) bool { return yuan(is) == yuan(one) }) {
			out = append(out, one)
		}
	}
	if len(out) == len(all) {
		return nil
	}
	return out
}

// yuan makes the two yuan signs one, as the grammar does.
func yuan(s string) string { return strings.ReplaceAll(s, "￥", "¥") }

// pickAnchor finds what the region moves with. An anchor that was taught before and is where it was stays.
func (x *teaching) pickAnchor(t *lesson.Taught) error {
	var frames []*image.RGBA
	for _, look := range x.looks {
		if look.Frame != nil {
			frames = append(frames, look.Frame)
		}
	}
	if x.anchor == "none" || len(frames) == 0 {
		return nil
	}
	if x.anchor != "" && x.anchor != "new" {
		r, err := parseRect(x.anchor)
		if err == nil && !r.In(frames[0].Rect) {
			err = words.Fail(errUsage, "cli.capture.rect", "text", x.anchor).Advise("cli.capture.rect.hint")
		}
		t.Anchor = r
		return err
	}
	if is, known := x.knownAnchor(); known && x.anchor == "" {
		if samePixels(lesson.Cut(frames[0], is.rect), is.picture) {
			t.Anchor = is.rect
			return nil
		}
	}
	avoid := []image.Rectangle{x.rect}
	for _, s := range x.profile.Screens {
		for _, r := range s.Regions {
			if s.ID == x.screen {
				avoid = append(avoid, image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H))
			}
		}
	}
	found, ok := lesson.Anchor(frames, avoid)
	if !ok {
		x.say("cli.capture.no_anchor")
		return nil
	}
	t.Anchor = found
	return nil
}

type placedPicture struct {
	rect    image.Rectangle
	picture *image.RGBA
}

// knownAnchor gives the anchor of the screen that is taught, where its picture can be read.
func (x *teaching) knownAnchor() (placedPicture, bool) {
	for _, s := range x.profile.Screens {
		if s.ID != x.screen || s.Anchor.Image == "" {
			continue
		}
		data, err := fs.ReadFile(x.source.FS, "products/"+s.Anchor.Image)
		if err != nil {
			return placedPicture{}, false
		}
		picture, err := trial.Decode(data)
		r := image.Rect(s.Anchor.X, s.Anchor.Y, s.Anchor.X+s.Anchor.W, s.Anchor.Y+s.Anchor.H)
		return placedPicture{r, picture}, err == nil && picture.Rect.Size() == r.Size() && r.In(image.Rectangle{Max: x.size})
	}
	return placedPicture{}, false
}

func samePixels(a, b *image.RGBA) bool {
	return a.Rect.Size() == b.Rect.Size() && slices.Equal(a.Pix, b.Pix)
}

// prove applies a plan to a copy of the repository and has the profile loaded and the lessons read there, so that
// nothing is written that the till would refuse.
func (x *teaching) prove(ctx context.Context, plan lesson.Plan) error {
	dir, err := os.MkdirTemp("", "cpos-teach-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a folder of the system's for what may be lost
	if err := copyLayers(dir, x.source.FS); err != nil {
		return err
	}
	if err := plan.Apply(dir); err != nil {
		return err
	}
	src := x.source
	src.FS, src.Root = os.DirFS(dir), dir
	p, err := profile.Load(src)
	if err != nil {
		return err
	}
	if !x.isAmount() {
		return nil
	}
	glyphs, err := capture.LoadGlyphs(src.FS, p.GlyphsDir())
	if err != nil {
		return x.notTaught(err)
	}
	judge := &capture.Judge{Glyphs: glyphs, Grammar: p.Grammar()}
	for i, look := range x.looks {
		read, err := judge.Picture(ctx, look.Crop)
		if err != nil || !read.Sure || read.Amount != trial.Amount(look.Text) {
			return words.Fail(errNotTaught, "cli.capture.not_taught.one", "why", x.word("capture."+string(read.Why)), "number", i+1, "text", look.Text).
				Advise("cli.capture.not_taught.hint").Because(err)
		}
	}
	return nil
}

// copyLayers copies the folders of a repository that a profile is made of, and nothing else that may lie there.
func copyLayers(to string, from fs.FS) error {
	for _, name := range []string{"products", "providers", "stores", "environments"} {
		part, err := fs.Sub(from, name)
		if err != nil {
			return err
		}
		if _, err := fs.Stat(part, "."); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.CopyFS(filepath.Join(to, name), part); err != nil {
			return err
		}
	}
	return nil
}
