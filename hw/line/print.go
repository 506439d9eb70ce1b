package line

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"time"

	"cpos/engine/capture"
)

// PrintOptions describe the way of a POS's slips. Zero values mean the defaults.
type PrintOptions struct {
	Wire
	// Total finds the line with the amount; its first group is told, or all of it where it has none.
	// DefaultTotal.
	Total *regexp.Regexp
	// Settle is how long the POS must have been quiet before a slip without a cut counts as finished; 250 ms.
	Settle time.Duration
	// Fresh is how long the amount of a slip counts; 2 minutes: a slip is printed for one sale.
	Fresh time.Duration
}

const (
	defaultSlipSettle = 250 * time.Millisecond
	defaultSlipFresh  = 2 * time.Minute
	// slipPatience is how long Said waits for a slip that is being printed.
	slipPatience = time.Second
	// nextSlip is how long a pause is after which a new slip begins, on printers without a cutter.
	nextSlip = 3 * time.Second
)

// Print is the total on the slips of a POS. Run hears them.
type Print struct {
	opt  PrintOptions
	road road

	mu   sync.Mutex
	told capture.Told
	open map[*job]struct{} // streams that are being heard
}

// job is one stream of slips.
type job struct {
	slip slip
	at   time.Time // of its last byte
	read bool      // nothing came since it was read
}

var _ capture.Line = (*Print)(nil)

// NewPrint makes a listener that heard nothing yet. Nothing is opened before Run.
func NewPrint(o PrintOptions) *Print {
	orDefault(&o.Total, DefaultTotal)
	orDefault(&o.Settle, defaultSlipSettle)
	orDefault(&o.Fresh, defaultSlipFresh)
	p := &Print{opt: o, open: map[*job]struct{}{}}
	p.road = road{Wire: o.Wire, patient: true, begin: p.begin}
	return p
}

// Run listens until ctx ends and gives the cause of that. A port that is away is opened again by itself.
func (p *Print) Run(ctx context.Context) error { return p.road.run(ctx) }

// begin makes a stream. A serial one goes on after it was cut; the network makes one for each caller.
func (p *Print) begin() hearing {
	j := &job{slip: slip{total: p.opt.Total}}
	return hearing{
		heard: func(b []byte) {
			p.mu.Lock()
			defer p.mu.Unlock()
			now := time.Now()
			if !j.at.IsZero() && now.Sub(j.at) > nextSlip {
				if p.read(j); j.read {
					j.slip.close()
				}
			}
			p.open[j] = struct{}{}
			j.slip.add(b)
			j.at, j.read = now, false
		},
		ended: func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.read(j)
			j.slip.close()
			delete(p.open, j)
		},
	}
}

// read takes the amount from what a stream brought. What it told stands at the time of its last byte.
func (p *Print) read(j *job) {
	if j.read {
		return
	}
	said, whole := j.slip.read()
	j.read = whole
	if len(said) > 0 {
		p.told = capture.Told{Lines: said, At: j.at, Serial: p.told.Serial + 1}
	}
}

// Said gives what the newest slip with a total says about it: one line, or several where it says
// different things. The error is capture.ErrSilent before the first one, and when it is too old, and an
// *AwayError while the port is away.
func (p *Print) Said(ctx context.Context) (capture.Told, error) {
	limit := time.Now().Add(slipPatience)
	for {
		told, wait, err := p.now()
		if err != nil {
			return capture.Told{}, err
		}
		if wait <= 0 {
			return told, p.heed(told)
		}
		if time.Now().Add(wait).After(limit) {
			return capture.Told{}, fmt.Errorf("%w: %w", capture.ErrSilent, errWriting)
		}
		select {
		case <-ctx.Done():
			return capture.Told{}, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

// heed refuses what is too old.
func (p *Print) heed(t capture.Told) error {
	switch age := time.Since(t.At); {
	case t.At.IsZero():
		return capture.ErrSilent
	case age > p.opt.Fresh:
		return fmt.Errorf("%w: the slip was printed %v ago", capture.ErrSilent, age.Round(time.Second))
	}
	return nil
}

// now gives what was told, or how long to wait for a slip that is under way.
func (p *Print) now() (told capture.Told, wait time.Duration, err error) {
	if err := p.road.gone(); err != nil {
		return capture.Told{}, 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for j := range p.open {
		if j.read {
			continue
		}
		if quiet := now.Sub(j.at); quiet < p.opt.Settle {
			wait = max(wait, p.opt.Settle-quiet)
			continue
		}
		p.read(j)
	}
	told = p.told
	told.Lines = append([]string(nil), p.told.Lines...)
	return told, wait, nil
}
