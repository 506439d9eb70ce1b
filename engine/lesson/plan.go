package lesson

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"cpos/engine/capture"
	"cpos/engine/capture/trial"
	"cpos/engine/profile/amend"
)

// Capture is one look at the POS while it was taught.
type Capture struct {
	// Frame is the client area; nil when only the region was given.
	Frame *image.RGBA
	// Crop is the region.
	Crop *image.RGBA
	// Text is what stands in it, as a person typed it; empty where nobody was asked.
	Text string
}

// Lessons are the looks as the reader wants them.
func Lessons(all []Capture) []capture.Lesson {
	var out []capture.Lesson
	for _, c := range all {
		out = append(out, capture.Lesson{Picture: c.Crop, Text: c.Text})
	}
	return out
}

// Taught is everything that one teaching found out.
type Taught struct {
	Product string // name of the product layer
	Screen  string // id of the screen
	Name    string // of the region
	// Size and DPI of the client area are written where the screen is new; a zero Size leaves the region alone.
	Size   image.Point
	DPI    int
	Region image.Rectangle // in px of the client area; empty leaves it alone
	// Anchor is empty where none was found. It needs a frame.
	Anchor   image.Rectangle
	Glyphs   *capture.Glyphs // nil where the region is no amount
	Grammar  *capture.Grammar
	Captures []Capture
}

// Plan is what a teaching changes below the folder of a repository: files by their path, with slashes.
type Plan struct {
	Write  map[string][]byte
	Remove []string
	// Diff tells the changes of the product's file, empty when there are none.
	Diff string
}

// Empty says that everything stands there already.
func (p Plan) Empty() bool { return len(p.Write)+len(p.Remove) == 0 }

// Files lists what is written, in order.
func (p Plan) Files() []string { return slices.Sorted(maps.Keys(p.Write)) }

// productFile is where a product's layer lies in a repository.
func productFile(product string) string { return path.Join("products", product+".yaml") }

// Make works out what a teaching changes in a repository, and changes nothing.
func Make(repository fs.FS, t Taught) (Plan, error) {
	name := productFile(t.Product)
	before, err := fs.ReadFile(repository, name)
	if err != nil {
		return Plan{}, err
	}
	after, err := t.amend(before)
	if err != nil {
		return Plan{}, fmt.Errorf("change %s: %w", name, err)
	}
	all := map[string][]byte{name: after}
	t.addGlyphs(all)
	for _, add := range []func(map[string][]byte) error{t.addAnchor, t.addRecording} {
		if err := add(all); err != nil {
			return Plan{}, err
		}
	}
	p := Plan{Write: map[string][]byte{}, Diff: amend.Diff(name, before, after)}
	for name, data := range all {
		if is, err := fs.ReadFile(repository, name); err != nil || !bytes.Equal(is, data) {
			p.Write[name] = data
		}
	}
	p.Remove, err = t.leftovers(repository, all)
	return p, err
}

// amend changes the product's file: the region, the anchor, where the signs are, and what an amount looks like.
func (t Taught) amend(text []byte) ([]byte, error) {
	var err error
	set := func(value string, steps ...amend.Step) {
		if err == nil {
			text, err = amend.Set(text, steps, value)
		}
	}
	screens, screen := amend.Key("screens"), amend.Item("id", t.Screen)
	if t.Size != (image.Point{}) {
		set(fmt.Sprintf("[%d, %d]", t.Size.X, t.Size.Y), screens, screen, amend.Key("size"))
		if t.DPI > 0 {
			set(fmt.Sprint(t.DPI), screens, screen, amend.Key("dpi"))
		}
	}
	if !t.Region.Empty() {
		set(rectangle(t.Region, ""), screens, screen, amend.Key("regions"), amend.Key(t.Name))
	}
	if !t.Anchor.Empty() {
		set(rectangle(t.Anchor, "image: "+t.anchorFile()+", "), screens, screen, amend.Key("anchor"))
	}
	if t.Glyphs != nil {
		set(t.glyphsDir(), screens, screen, amend.Key("glyphs"))
	}
	if g := t.Grammar; g != nil {
		set(fmt.Sprint(g.Decimals), amend.Key("amount"), amend.Key("decimals"))
		if len(g.Prefix) > 0 {
			set(list(g.Prefix), amend.Key("amount"), amend.Key("prefix"))
		}
		if len(g.Suffix) > 0 {
			set(list(g.Suffix), amend.Key("amount"), amend.Key("suffix"))
		}
	}
	return text, err
}

func rectangle(r image.Rectangle, before string) string {
	return fmt.Sprintf("{%sx: %d, y: %d, w: %d, h: %d}", before, r.Min.X, r.Min.Y, r.Dx(), r.Dy())
}

func list(words []string) string {
	var all []string
	for _, w := range words {
		all = append(all, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w)+`"`)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// Names of files, below the folder of the product's file.
func (t Taught) anchorFile() string   { return path.Join(t.Product, "anchor-"+t.Screen+".png") }
func (t Taught) glyphsDir() string    { return path.Join(t.Product, "glyphs-"+t.Screen) }
func (t Taught) recordingDir() string { return path.Join(t.Product, "recordings", t.Screen+"-"+t.Name) }

func (t Taught) addAnchor(all map[string][]byte) error {
	if t.Anchor.Empty() {
		return nil
	}
	data, err := pngOf(Cut(t.Captures[0].Frame, t.Anchor))
	all[path.Join("products", t.anchorFile())] = data
	return err
}

func (t Taught) addGlyphs(all map[string][]byte) {
	if t.Glyphs == nil {
		return
	}
	for name, data := range t.Glyphs.Files() {
		all[path.Join("products", t.glyphsDir(), name)] = data
	}
}

// addRecording keeps the lesson as a labelled folder, so that it can be repeated as a test.
func (t Taught) addRecording(all map[string][]byte) error {
	if len(t.Captures) == 0 {
		return nil
	}
	dir := path.Join("products", t.recordingDir())
	var manifest bytes.Buffer
	w := csv.NewWriter(&manifest)
	rows := [][]string{{"file", "cat", "style", "role", "must", "want", "text"}}
	for i, c := range t.Captures {
		file := fmt.Sprintf("lesson-%d.png", i+1)
		data, err := pngOf(c.Crop)
		if err != nil {
			return err
		}
		all[path.Join(dir, file)] = data
		if c.Text != "" && t.Glyphs != nil {
			want := trial.Amount(c.Text).String()
			rows = append(rows, []string{file, t.Name, t.Screen, "teach", "", want, c.Text}, []string{file, t.Name, t.Screen, "test", "read", want, c.Text})
		}
		if c.Frame == nil {
			continue
		}
		keep := []image.Rectangle{t.Region, t.Anchor}
		if all[path.Join(dir, fmt.Sprintf("frame-%d.png", i+1))], err = pngOf(Mask(c.Frame, keep)); err != nil {
			return err
		}
	}
	if len(rows) > 1 {
		if err := w.WriteAll(rows); err != nil {
			return err
		}
		all[path.Join(dir, trial.ManifestName)] = manifest.Bytes()
	}
	return nil
}

// leftovers are files of an earlier teaching that this one does not write.
func (t Taught) leftovers(repository fs.FS, all map[string][]byte) (gone []string, err error) {
	dirs := []string{t.recordingDir()}
	if t.Glyphs != nil {
		dirs = append(dirs, t.glyphsDir())
	}
	for _, dir := range dirs {
		root := path.Join("products", dir)
		if _, err := fs.Stat(repository, root); err != nil {
			continue
		}
		err := fs.WalkDir(repository, root, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && all[name] == nil {
				gone = append(gone, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return gone, nil
}

func pngOf(p image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, p)
	return b.Bytes(), err
}

// Apply writes a plan below a folder: pictures first, then the index of the signs, then the product's file, and
// what nothing names any more goes last. So the signs that the product's file names are whole at every moment.
func (p Plan) Apply(root string) error {
	names := p.Files()
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	for _, name := range names {
		to := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := replaceFile(to, p.Write[name]); err != nil {
			return err
		}
	}
	for _, name := range p.Remove {
		if err := os.Remove(filepath.Join(root, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

// place orders files: whatever names others comes behind them.
func place(name string) int {
	switch {
	case strings.Count(name, "/") == 1:
		return 2
	case path.Base(name) == capture.GlyphIndex:
		return 1
	}
	return 0
}

// replaceFile writes a file beside the old one first, so that nobody finds half of it.
func replaceFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".cpos-*")
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = f.Write(data)
	for _, then := range []func() error{func() error { return f.Chmod(mode) }, f.Sync, f.Close} {
		if e := then(); err == nil {
			err = e
		}
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one that counts
	}
	return err
}
