package line

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/text/encoding"

	"cpos/engine/capture"
	"cpos/hw/port"
)

// DisplayOptions describe a customer display. Zero values mean the defaults.
type DisplayOptions struct {
	Wire
	Protocol Protocol // Auto
	Rows     int      // 2
	Columns  int      // 20
	CodePage string   // DefaultCodePage
	// Settle is how long the POS must have been quiet before its text counts as whole; 60 ms. A character
	// takes 1 ms at 9600 baud, and an adapter may hold some back for 16 ms.
	Settle time.Duration
	// Fresh is how long a text counts after it was written; 10 minutes.
	Fresh time.Duration
}

const (
	defaultSettle = 60 * time.Millisecond
	defaultFresh  = 10 * time.Minute
	// patience is how long Said waits for a display that keeps being written.
	patience = 400 * time.Millisecond
	// refresh is how soon a POS writes the same text again without meaning anything by it.
	refresh = 2 * time.Second
)

// errWriting says that the POS writes without a pause, as with running text.
var errWriting = errors.New("the text keeps changing")

// errHalf says that it is not known what the whole display shows.
var errHalf = errors.New("not all of the text was heard")

// Display is the text of a POS's customer display. Run hears it.
type Display struct {
	opt  DisplayOptions
	page encoding.Encoding
	road road

	mu      sync.Mutex
	screen  *screen
	at      time.Time // of the last byte
	told    capture.Told
	text    string // that was told, byte for byte
	counted uint64 // writes that belong to what was told
}

var _ capture.Line = (*Display)(nil)

// NewDisplay makes a display that nothing was heard of yet. Nothing is opened before Run.
func NewDisplay(o DisplayOptions) (*Display, error) {
	page, err := codePage(o.CodePage)
	if err != nil {
		return nil, err
	}
	orDefault(&o.Rows, 2)
	orDefault(&o.Columns, 20)
	orDefault(&o.Settle, defaultSettle)
	orDefault(&o.Fresh, defaultFresh)
	s, err := newScreen(o.Protocol, o.Rows, o.Columns)
	if err != nil {
		return nil, err
	}
	d := &Display{opt: o, page: page, screen: s}
	d.road = road{Wire: o.Wire, begin: func() hearing {
		if port.IsNetwork(o.Port) {
			return hearing{d.hear, d.rest}
		}
		return hearing{d.hear, d.lose}
	}}
	return d, nil
}

func orDefault[T comparable](v *T, usual T) {
	var zero T
	if *v == zero {
		*v = usual
	}
}

// Run listens until ctx ends and gives the cause of that. A port that is away is opened again by itself.
func (d *Display) Run(ctx context.Context) error { return d.road.run(ctx) }

// hear takes bytes of the POS.
func (d *Display) hear(b []byte) {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if now.Sub(d.at) >= d.opt.Settle {
		d.settle() // what stood until now was a text of its own, whether somebody asked or not
	}
	d.screen.hear(b)
	d.at = now
}

// settle takes what stands on the display for told, and is false while that is not known. The same text again
// within a moment is no new telling: many POS refresh their display.
func (d *Display) settle() bool {
	cells, known := d.screen.panel.text()
	if !known || d.screen.busy() {
		return false
	}
	if d.screen.writes == d.counted {
		return true
	}
	d.counted = d.screen.writes
	text := string(bytes.Join(cells, nil)) + string(rune(d.screen.lamp))
	if text == d.text && d.at.Sub(d.told.At) < refresh {
		d.told.At = d.at
		return true
	}
	d.text = text
	d.told = capture.Told{Lines: d.lines(cells), At: d.at, Serial: d.told.Serial + 1}
	return true
}

// lose forgets what was shown: the line was cut, and who knows what was missed.
func (d *Display) lose() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.screen.lose()
	d.text, d.told.Lines = "", nil
}

// rest is the end of one connection of a POS that connects for every text: what it said stands.
func (d *Display) rest() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.screen.busy() {
		d.screen.lose()
	}
}

// Said gives the display's lines, without the blanks around them. An empty one was wiped. The error is
// capture.ErrSilent while the text is not wholly known, written without a pause, or was written too long ago,
// and an *AwayError while the port is away.
func (d *Display) Said(ctx context.Context) (capture.Told, error) {
	limit := time.Now().Add(patience)
	for {
		told, wait, err := d.now()
		switch {
		case err != nil:
			return capture.Told{}, err
		case wait <= 0:
			return told, nil
		case time.Now().Add(wait).After(limit):
			return capture.Told{}, fmt.Errorf("%w: %w", capture.ErrSilent, errWriting)
		}
		select {
		case <-ctx.Done():
			return capture.Told{}, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

// now gives what is shown, or how long to wait until it is whole.
func (d *Display) now() (told capture.Told, wait time.Duration, err error) {
	if err := d.road.gone(); err != nil {
		return capture.Told{}, 0, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if quiet := now.Sub(d.at); quiet < d.opt.Settle {
		return capture.Told{}, d.opt.Settle - quiet, nil
	}
	if !d.settle() {
		return capture.Told{}, 0, fmt.Errorf("%w: %w", capture.ErrSilent, errHalf)
	}
	if age := now.Sub(d.told.At); age > d.opt.Fresh {
		return capture.Told{}, 0, fmt.Errorf("%w: written %v ago", capture.ErrSilent, age.Round(time.Second))
	}
	told = d.told
	told.Lines = slices.Clone(d.told.Lines)
	return told, 0, nil
}

// lines decodes the text. A single number whose lamp says that it is not the total is told with that word
// before it, so that nobody takes the change for the price.
func (d *Display) lines(text [][]byte) []string {
	all := make([]string, len(text))
	for y, b := range text {
		all[y] = decode(d.page, b)
	}
	if word := lamps[d.screen.lamp]; word != "" && len(all) == 1 && all[0] != "" {
		all[0] = word + " " + all[0]
	}
	return all
}
