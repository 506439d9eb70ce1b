package station_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"
	"sync"
	"time"

	"cpos/engine/capture"
	"cpos/engine/capture/capturetest"
	"cpos/engine/face"
	"cpos/engine/keys"
	"cpos/engine/receipt"
	"cpos/engine/station"
	"cpos/hw/printer"
)

// screen is a painted desktop with the POS's window on it. It is an Eye and a Scene.
type screen struct {
	client  image.Rectangle
	regions []capture.Region

	mu     sync.Mutex
	texts  map[string]string // by region
	gone   bool
	away   bool // another window is in front
	signs  bool // the total is written in a font, as a till does, and not as a tape
	moved  image.Point
	anchor bool // something stands in the window that the regions move with
}

func (s *screen) set(region, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[region] = text
}

func (s *screen) place(gone, away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone, s.away = gone, away
}

// move puts everything in the window somewhere else.
func (s *screen) move(by image.Point, anchor bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved, s.anchor = by, anchor
}

func (s *screen) POS(context.Context) (capture.Place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return capture.Place{}, capture.ErrNoPOS
	}
	return capture.Place{Client: s.client, InFront: !s.away, DPI: 96}, nil
}

func (s *screen) Grab(_ context.Context, r image.Rectangle) (*image.RGBA, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !r.In(s.client) {
		return nil, fmt.Errorf("%v is not in the window", r)
	}
	picture := image.NewRGBA(image.Rectangle{Max: r.Size()})
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	put := func(at image.Rectangle, what *image.RGBA) {
		draw.Draw(picture, at.Add(s.moved).Sub(r.Min), what, image.Point{}, draw.Src)
	}
	for _, region := range s.regions {
		at := region.Rect(s.client)
		if s.signs && region.Name == capture.RegionAmount {
			put(at, written(s.texts[region.Name]))
		} else {
			put(at, paint(at.Size(), s.texts[region.Name]))
		}
	}
	if s.anchor {
		sign := anchorPicture()
		put(sign.Bounds().Add(s.client.Min).Add(anchorAt), sign)
	}
	return picture, nil
}

// written is the total as a till writes it, in its region.
func written(text string) *image.RGBA {
	style := capturetest.Ordinary
	style.Size = 34
	return capturetest.DrawIn(style, image.Pt(248, 68), text)
}

// taughtSigns are the signs of written, taught once for all stories.
var taughtSigns = sync.OnceValues(func() (*capture.Glyphs, error) {
	var lessons []capture.Lesson
	for _, text := range []string{"¥123.45", "¥678.90", "¥1,234.50", "¥6,789.01"} {
		lessons = append(lessons, capture.Lesson{Picture: written(text), Text: text})
	}
	return capture.Teach(lessons)
})

// The anchor is the name of the till's page.
var anchorAt = image.Pt(20, 12)

func anchorPicture() *image.RGBA {
	style := capturetest.Ordinary
	style.Size = 20
	return capturetest.DrawIn(style, image.Pt(90, 36), "SALES")
}

// second is text recognition as a second reader of the total: it says what the story lets it say, as late as
// the story wants. Tapes it hands on.
type second struct {
	tape tapeReader

	mu   sync.Mutex
	text string
	late time.Duration
}

func (s *second) says(text string, late time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text, s.late = text, late
}

func (s *second) Read(ctx context.Context, line *image.Gray) (string, error) {
	if text, err := s.tape.Read(ctx, line); err == nil && strings.Contains(text, "-") {
		return text, nil
	}
	s.mu.Lock()
	text, late := s.text, s.late
	s.mu.Unlock()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(late):
		return text, nil
	}
}

// told is a line of the POS: its customer display.
type told struct {
	mu   sync.Mutex
	told capture.Told
}

func (d *told) say(lines ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = capture.Told{Lines: lines, At: time.Now(), Serial: d.told.Serial + 1}
}

func (d *told) Said(context.Context) (capture.Told, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.told.Lines) == 0 {
		return capture.Told{}, capture.ErrSilent
	}
	return d.told, nil
}

// A painted text is a punched tape: one column a character with its eight bits below one another, between
// two full lines and two full columns. It is written for one reader, which must not guess.
const (
	tapeBits = 8
	tapeRows = tapeBits + 2
)

func paint(size image.Point, text string) *image.RGBA {
	picture := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	if text == "" {
		return picture
	}
	letters := []rune(text)
	dot := min((size.Y-4)/tapeRows, (size.X-4)/(len(letters)+2))
	punch := func(col, row int) {
		at := image.Rect(2+col*dot, 2+row*dot, 2+(col+1)*dot, 2+(row+1)*dot)
		draw.Draw(picture, at, image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	for col := range len(letters) + 2 {
		for row := range tapeRows {
			edge := row == 0 || row == tapeRows-1 || col == 0 || col == len(letters)+1
			if edge || letters[col-1]>>(row-1)&1 == 1 {
				punch(col, row)
			}
		}
	}
	return picture
}

// tapeReader reads a painted text off a prepared line, whatever its scale.
type tapeReader struct{}

func (tapeReader) Read(_ context.Context, line *image.Gray) (string, error) {
	var ink image.Rectangle
	for y := range line.Bounds().Dy() {
		for x := range line.Bounds().Dx() {
			if line.GrayAt(x, y).Y < 128 {
				ink = ink.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	dot := float64(ink.Dy()) / tapeRows
	if dot < 1 {
		return "", errors.New("no tape in the picture")
	}
	columns := int(float64(ink.Dx())/dot + 0.5)
	var text strings.Builder
	for col := 1; col < columns-1; col++ {
		var letter rune
		for row := range tapeBits {
			x := ink.Min.X + int((float64(col)+0.5)*float64(ink.Dx())/float64(columns))
			y := ink.Min.Y + int((float64(row)+1.5)*dot)
			if line.GrayAt(x, y).Y < 128 {
				letter |= 1 << row
			}
		}
		text.WriteRune(letter)
	}
	return text.String(), nil
}

// strokeTime is what one key takes on a real keyboard, and slowStroke on a POS that is busy with itself.
const (
	strokeTime = 20 * time.Millisecond
	slowStroke = time.Second
)

// hands press nothing and remember what they would have pressed.
type hands struct {
	mu      sync.Mutex
	strokes []string
	noises  []string // beeps and short texts
	stuck   bool
	slow    bool
}

func (h *hands) Focus(ctx context.Context, _ keys.Window) error {
	h.mu.Lock()
	stuck := h.stuck
	h.mu.Unlock()
	if stuck {
		return keys.ErrNotInFront
	}
	return h.note(ctx, "focus")
}

func (h *hands) InFront(context.Context, keys.Window) (bool, error) { return true, nil }

func (h *hands) Press(ctx context.Context, c keys.Chord) error { return h.note(ctx, c.String()) }

func (h *hands) Type(ctx context.Context, text string) error { return h.note(ctx, "text:"+text) }

func (h *hands) Click(ctx context.Context, _ keys.Window, x, y int) error {
	return h.note(ctx, fmt.Sprintf("click:%d,%d", x, y))
}

func (h *hands) note(ctx context.Context, stroke string) error {
	takes := strokeTime
	h.mu.Lock()
	if h.slow {
		takes = slowStroke
	}
	h.mu.Unlock()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(takes):
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.strokes = append(h.strokes, stroke)
	return nil
}

func (h *hands) sound(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noises = append(h.noises, what)
}

func (h *hands) heard() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.noises)
}

func (h *hands) seen() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.strokes)
}

func (h *hands) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.strokes = nil
}

// ears hear a keyboard that the story types on, with the detector that real ears have.
type ears struct {
	accept func(string) bool

	mu    sync.Mutex
	armed keys.Armed
	sink  func(keys.Event)
}

func (e *ears) Arm(_ context.Context, a keys.Armed) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.armed = a
	return nil
}

func (e *ears) Listen(ctx context.Context, sink func(keys.Event)) error {
	e.mu.Lock()
	e.sink = sink
	e.mu.Unlock()
	<-ctx.Done()
	e.mu.Lock()
	e.sink, e.armed = nil, keys.Armed{}
	e.mu.Unlock()
	return ctx.Err()
}

// now gives what is armed while the window pos is in front or is not.
func (e *ears) now(posInFront bool) (a keys.Armed, tell func(keys.Event)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a = e.armed
	if !a.When.IsZero() && !posInFront {
		a.Scan, a.Modal = false, nil
	}
	return a, e.sink
}

// chord hears one key; false means that it is nobody's and goes on to the program in front.
func (e *ears) chord(c keys.Chord, posInFront bool) bool {
	a, tell := e.now(posInFront)
	for _, names := range []map[string]keys.Chord{a.Hotkeys, a.Modal} {
		for name, armed := range names {
			if armed == c {
				tell(keys.Event{Kind: keys.HeardHotkey, Name: name, At: time.Now()})
				return true
			}
		}
	}
	return false
}

// burst hears a text typed by a scanner and gives back what is not ours.
func (e *ears) burst(text string, posInFront bool) (back string) {
	a, tell := e.now(posInFront)
	if !a.Scan {
		return text
	}
	detector := keys.NewDetector(keys.BurstRule{Accept: e.accept})
	take := func(v keys.Verdict) {
		if v.Scan != "" {
			tell(keys.Event{Kind: keys.HeardScan, Text: v.Scan, At: time.Now()})
		}
		for _, s := range v.Back {
			back += string(s.Rune)
		}
	}
	for _, r := range text {
		time.Sleep(10 * time.Millisecond)
		take(detector.Stroke(keys.Stroke{Rune: r, At: time.Now()}))
	}
	time.Sleep(keys.DefaultGap + time.Millisecond)
	take(detector.Expire(time.Now()))
	return back
}

// window is a payment window that draws nothing and remembers every view.
type window struct {
	mu    sync.Mutex
	views []face.View
	taken int // views before this one were asked about
}

func (w *window) Show(v face.View) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.views = append(w.views, v)
}

func (w *window) now() face.View {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.views) == 0 {
		return face.View{}
	}
	return w.views[len(w.views)-1]
}

// mark says that views up to now do not answer what is done next.
func (w *window) mark() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken = len(w.views)
}

// find takes the next view that fits. looked is what there was to choose from when none did.
func (w *window) find(fits func(face.View) bool) (ok bool, looked []face.View) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := w.taken; i < len(w.views); i++ {
		if fits(w.views[i]) {
			w.taken = i
			return true, nil
		}
	}
	return false, slices.Clone(w.views[min(w.taken, len(w.views)):])
}

// paper is the roll in the printer. What comes out is what the bytes say.
type paper struct {
	form  receipt.Paper
	queue *printer.Queue // a new one each time the till is switched on

	mu    sync.Mutex
	slips []string
	out   bool
}

// Print is the printer's side of paper; the station's side is slips.
func (p *paper) Print(_ context.Context, j receipt.Job) (receipt.Proof, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out {
		return receipt.ProofNone, errors.New("the printer is out of paper")
	}
	read := receipt.Decode(j.Bytes)
	if wrong := read.Problems(); len(wrong) > 0 {
		return receipt.ProofUnknown, errors.Join(wrong...)
	}
	p.slips = append(p.slips, read.Text())
	return receipt.ProofPrinted, nil
}

func (p *paper) Check(context.Context) error { return nil }

// slips is the road from finished slips to the printer's queue.
type slips struct{ *paper }

func (s slips) Print(j station.SlipJob, done func(receipt.Proof, error)) error {
	lines, err := receipt.Layout(j.Slip, s.form)
	if err != nil {
		return err
	}
	id := fmt.Sprintf("%s-%s-%d", j.Number, j.Kind, j.Copy)
	return s.queue.Submit(receipt.Job{ID: id, Bytes: receipt.Bytes(lines, s.form)}, done)
}

func (p *paper) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.slips)
}

func (p *paper) tear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slips = p.slips[1:]
}
