package profile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io/fs"
	"path"
	"time"

	"cpos/engine/capture"
)

// AmountSource is one way to the amount. They are asked in the profile's order.
type AmountSource struct {
	Kind string `yaml:"kind" need:"yes" enum:"display|window-text|print|ocr"`
	// Protocol is how a customer display is spoken to; empty takes whatever is understood.
	Protocol string `yaml:"protocol" enum:"cd5220|esc-pos|auto"`
	// Control picks the control of the POS's window whose text is taken: its class with a number ("Edit#3"), its
	// automation id ("id:txtTotal") or its name ("name:合计").
	Control string `yaml:"control"`
	// Region is what is read off the screen; empty means "amount".
	Region string `yaml:"region"`
	// Pattern picks the amount's line where a source tells several; its first group is the amount. Empty takes
	// the only line that is one.
	Pattern Pattern `yaml:"pattern"`
}

// OCR says how the amount is read off the screen.
type OCR struct {
	// Preprocess takes frame lines out of the picture before text recognition sees it. It never takes out specks:
	// a decimal point is one.
	Preprocess bool `yaml:"preprocess"`
	// Zoom enlarges the picture before text recognition sees it.
	Zoom int `yaml:"zoom" range:"1..4"`
	// Glyphs is the folder of the taught signs, beside the product's file. Empty: none were taught, and two
	// preparations of the picture must be read alike.
	Glyphs string `yaml:"glyphs"`
}

// Anchor is a picture of something in the POS's window that never changes, and where it stood when the
// regions were taught, in px from the top left of the client area.
type Anchor struct {
	Image string `yaml:"image" need:"yes"` // a PNG file, beside the product's file
	X     int    `yaml:"x" need:"yes"`
	Y     int    `yaml:"y" need:"yes"`
	W     int    `yaml:"w" need:"yes" range:"4..4096"`
	H     int    `yaml:"h" need:"yes" range:"4..4096"`
	// Tolerance is how far its pixels may be off, in percent of what an empty place would be off; 0 (unset)
	// means 20.
	Tolerance int `yaml:"tolerance" range:"0..60"`
}

// SerialPort is how a serial line is set.
type SerialPort struct {
	Baud     int    `yaml:"baud" range:"300..921600"` // 0 (unset) means 9600
	DataBits int    `yaml:"data_bits" range:"5..8"`   // 0 (unset) means 8
	Parity   string `yaml:"parity" enum:"none|even|odd|mark|space"`
	StopBits int    `yaml:"stop_bits" range:"1..2"` // 0 (unset) means 1
}

// DisplayPort is where the POS's customer display can be listened to.
type DisplayPort struct {
	Port     string     `yaml:"port"`    // what the POS writes to arrives here: COM7, /dev/ttyS1; host:port or :port is a network one
	Forward  string     `yaml:"forward"` // every byte goes on to here; empty where the display hears the POS itself
	Protocol string     `yaml:"protocol" enum:"cd5220|esc-pos|auto"`
	Rows     int        `yaml:"rows" range:"1..4"`     // 0 (unset) means 2; 1 for a display of a single number
	Columns  int        `yaml:"columns" range:"6..80"` // 0 (unset) means 20
	CodePage string     `yaml:"code_page" enum:"gb18030|gbk|big5|shift-jis|cp437|cp850|cp852|cp858|cp860|cp863|cp865|cp866|cp1251|cp1252"`
	Serial   SerialPort `yaml:"serial"`
}

// PrintStream is where the POS's slips pass on their way to its printer.
type PrintStream struct {
	Port    string     `yaml:"port"`
	Forward string     `yaml:"forward"` // the printer itself
	Serial  SerialPort `yaml:"serial"`
}

// Privacy says how long what shows a sale is kept.
type Privacy struct {
	// ScreenFrames is for the picture that an amount was read from; 0s keeps none.
	ScreenFrames time.Duration `yaml:"screen_frames" range:"0s..720h"`
}

func (a Anchor) inside(size [2]int) bool {
	return a.X >= 0 && a.Y >= 0 && a.X+a.W <= size[0] && a.Y+a.H <= size[1]
}

// beside gives the path of a file that stands beside the product's file, inside the repository.
func (p *Profile) beside(name string) string { return path.Join("products", path.Clean("/"+name)) }

// GlyphsDir gives the folder of the taught signs of this till's screen inside the repository; empty when none
// were taught.
func (p *Profile) GlyphsDir() string {
	dir := cmp.Or(p.Taught().Glyphs, p.Amount.OCR.Glyphs)
	if dir == "" {
		return ""
	}
	return p.beside(dir)
}

// forgetGlyphs makes a profile of one whose signs were never taught.
func (p *Profile) forgetGlyphs() {
	p.Amount.OCR.Glyphs = ""
	for i := range p.Screens {
		p.Screens[i].Glyphs = ""
	}
}

// Glyphs gives the taught signs of the amount's region; nil when none were taught.
func (p *Profile) Glyphs() (*capture.Glyphs, error) {
	dir := p.GlyphsDir()
	if dir == "" {
		return nil, nil
	}
	return capture.LoadGlyphs(p.files, dir)
}

// WayOfReading names how this till reads amounts: sources, places, grammar, anchor and taught signs. It is
// another one whenever one of them changes, so that what was learned of the old way is not believed of it.
func (p *Profile) WayOfReading() (string, error) {
	a, taught := p.Amount, p.Taught()
	a.Max, a.Pause = 0, 0 // neither changes what is read
	h := sha256.New()
	if err := json.NewEncoder(h).Encode([]any{p.names.product, taught, a, p.Display.Protocol, p.Match}); err != nil {
		return "", err
	}
	files := []string{}
	if taught.Anchor.Image != "" {
		files = append(files, p.beside(taught.Anchor.Image))
	}
	if dir := p.GlyphsDir(); dir != "" {
		err := fs.WalkDir(p.files, dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return "", fmt.Errorf("read %s: %w", dir, err)
		}
	}
	for _, name := range files {
		data, err := fs.ReadFile(p.files, name)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", name, err)
		}
		fmt.Fprintf(h, "%q %d\n", name, len(data))
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Files is the repository that the profile was loaded from.
func (p *Profile) Files() fs.FS { return p.files }

// Anchor gives the taught anchor of this till's screen; nil when there is none.
func (p *Profile) Anchor() (*capture.Anchor, error) {
	a := p.Taught().Anchor
	if a.Image == "" {
		return nil, nil
	}
	picture, err := p.picture(a.Image)
	if err != nil {
		return nil, err
	}
	at := image.Rect(a.X, a.Y, a.X+a.W, a.Y+a.H)
	if picture.Bounds().Size() != at.Size() {
		return nil, fmt.Errorf("read %s: it is %d by %d px", a.Image, picture.Bounds().Dx(), picture.Bounds().Dy())
	}
	return &capture.Anchor{Picture: picture, At: at.Min, Tolerance: a.Tolerance}, nil
}

// largestPicture bounds the pixels of a picture in a profile.
const largestPicture = 4 << 20

// picture reads a PNG file that stands beside the product's file.
func (p *Profile) picture(name string) (*image.RGBA, error) {
	f, err := p.files.Open(p.beside(name))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer f.Close()
	size, err := png.DecodeConfig(f)
	if err != nil || size.Width*size.Height > largestPicture {
		return nil, fmt.Errorf("read %s: %w", name, errPicture)
	}
	g, err := p.files.Open(p.beside(name))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer g.Close()
	read, err := png.Decode(g)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, errPicture)
	}
	out := image.NewRGBA(image.Rectangle{Max: read.Bounds().Size()})
	draw.Draw(out, out.Bounds(), read, read.Bounds().Min, draw.Src)
	return out, nil
}
