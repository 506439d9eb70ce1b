package keys

import (
	"strings"
	"time"
)

// Stroke is one key going down, as it was heard.
type Stroke struct {
	// Rune is the character of the key: printable ASCII, '\r' for Enter, or 0 for a key that no scanner
	// sends (an arrow, a chord with Ctrl), which ends a burst.
	Rune rune
	At   time.Time
	// Raw is the device's own form of the key. It is carried along and given back.
	Raw any
}

// BurstRule says when strokes are a scan. Zero fields take the defaults.
type BurstRule struct {
	// Gap is the longest pause between two strokes of one scan.
	Gap time.Duration
	// Stall is the longest pause once a burst is clearly a machine's: a busy computer may hold up a scanner
	// in the middle of a code, and half a code in the POS is worse than a short wait. A text that is ours
	// as it stands does not wait for more.
	Stall time.Duration
	// Late is how long after a scan that ended without an Enter that Enter still belongs to it.
	Late time.Duration
	// Most bounds the strokes of a burst; a longer one is no scan and is passed on until it pauses.
	Most int
	// Accept says whether a text is ours. Without it nothing is.
	Accept func(text string) bool
}

// Defaults of a BurstRule. Scanners that type as a keyboard leave 5 to 25 ms between keys; a hand leaves
// 60 ms and more. The longest payment code has 24 digits, an AIM prefix adds three.
const (
	DefaultGap   = 40 * time.Millisecond
	DefaultStall = 150 * time.Millisecond
	DefaultLate  = 200 * time.Millisecond
	DefaultMost  = 64
)

// machineAfter is how many strokes in a row, each within Gap of the one before, no hand makes: fingers that
// roll over make two, rarely three.
const machineAfter = 4

// Verdict is what a Detector decided. Strokes that are neither in Back nor still held are swallowed.
type Verdict struct {
	Scan string          // what was scanned, as it came and without its Enter; empty if nothing was
	Ends bool            // it came with its Enter
	Gaps []time.Duration // between the strokes of Scan
	Back []Stroke        // what is not ours, in the order in which it came
}

// Detector tells a scanner that types like a keyboard from a hand. It is driven by strokes and their
// times alone and holds no clock: whoever owns it calls Expire at Deadline.
type Detector struct {
	rule     BurstRule
	held     []Stroke
	last     time.Time // of the newest stroke
	passing  bool      // the burst grew too long: pass on until a pause
	lateTill time.Time // until when an Enter belongs to the scan before
}

// NewDetector makes a detector.
func NewDetector(rule BurstRule) *Detector {
	if rule.Gap <= 0 {
		rule.Gap = DefaultGap
	}
	if rule.Stall <= 0 {
		rule.Stall = DefaultStall
	}
	rule.Stall = max(rule.Gap, rule.Stall)
	if rule.Late <= 0 {
		rule.Late = DefaultLate
	}
	if rule.Most <= 0 {
		rule.Most = DefaultMost
	}
	if rule.Accept == nil {
		rule.Accept = func(string) bool { return false }
	}
	return &Detector{rule: rule}
}

// Starts says whether a character may begin a scan: a digit, or the bracket of an AIM prefix ("]C0").
func Starts(r rune) bool { return r >= '0' && r <= '9' || r == ']' }

// Stroke takes the next stroke.
func (d *Detector) Stroke(s Stroke) Verdict {
	var v Verdict
	if s.At.Sub(d.last) > d.patience() {
		v = d.Expire(s.At)
		d.passing = false
	}
	d.last = s.At
	late := s.Rune == '\r' && s.At.Before(d.lateTill)
	d.lateTill = time.Time{}
	if late {
		return v
	}
	if d.passing || len(d.held) == 0 && !Starts(s.Rune) {
		v.Back = append(v.Back, s)
		return v
	}
	switch {
	case s.Rune == '\r' && d.rule.Accept(text(d.held)):
		v.Scan, v.Ends, v.Gaps = text(d.held), true, Gaps(append(d.held, s))
		d.held = nil
	case s.Rune < ' ' || s.Rune > '~':
		v.Back = append(append(v.Back, d.held...), s)
		d.held = nil
	case len(d.held) == d.rule.Most:
		v.Back = append(append(v.Back, d.held...), s)
		d.held, d.passing = nil, true
	default:
		d.held = append(d.held, s)
	}
	return v
}

// Deadline says when Expire is due. It is false while nothing is held.
func (d *Detector) Deadline() (time.Time, bool) {
	return d.last.Add(d.patience()), len(d.held) > 0
}

// patience is how long the next stroke may take to belong to the burst.
func (d *Detector) patience() time.Duration {
	if len(d.held) >= machineAfter && !d.rule.Accept(text(d.held)) {
		return d.rule.Stall
	}
	return d.rule.Gap
}

// Expire decides what is held, because no stroke came until now.
func (d *Detector) Expire(now time.Time) Verdict {
	if len(d.held) == 0 {
		return Verdict{}
	}
	t := text(d.held)
	if !d.rule.Accept(t) {
		return d.Flush()
	}
	v := Verdict{Scan: t, Gaps: Gaps(d.held)}
	d.held = nil
	d.lateTill = d.last.Add(d.rule.Gap + d.rule.Late)
	return v
}

// Late says until when an Enter belongs to the last scan; it is false when none does.
func (d *Detector) Late(now time.Time) (time.Time, bool) {
	return d.lateTill, now.Before(d.lateTill)
}

// Flush gives back what is held, undecided.
func (d *Detector) Flush() Verdict {
	v := Verdict{Back: d.held}
	d.held = nil
	return v
}

// Holding says that strokes are held, neither decided nor given back.
func (d *Detector) Holding() bool { return len(d.held) > 0 }

func text(strokes []Stroke) string {
	var b strings.Builder
	for _, s := range strokes {
		b.WriteRune(s.Rune)
	}
	return b.String()
}
