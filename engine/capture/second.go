package capture

import (
	"context"
	"errors"
	"image"
	"sync"
	"time"

	"cpos/engine/pay"
)

// Limits of the second opinion.
const (
	// secondLimit ends an opinion that nobody can be waiting for any more.
	secondLimit = 5 * time.Second
	// prefillLimit is how long an amount is waited for that may only pre-fill the box.
	prefillLimit = 250 * time.Millisecond
)

// ErrNoReader is the cause of a Refusal where a region needs text recognition and there is none.
var ErrNoReader = errors.New("there is no text recognition")

// turns lets one goroutine at a time have something; waiting for it ends with a context.
type turns struct {
	made sync.Once
	free chan struct{}
}

func (t *turns) take(ctx context.Context) error {
	t.made.Do(func() { t.free = make(chan struct{}, 1); t.free <- struct{}{} })
	select {
	case <-t.free:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *turns) give() { t.free <- struct{}{} }

// texts is what the two preparations of one picture were read as.
type texts struct{ grey, otsu string }

// opinion is the second reader's work on one picture.
type opinion struct {
	stop context.CancelFunc
	done chan struct{}
	read texts
	err  error
}

// askSecond begins a second opinion. It outlives its caller, who has the first reader's word and goes on;
// Judge.Wait waits for it. nil when there is nobody to ask.
func (j *Judge) askSecond(ctx context.Context, crop *image.RGBA) *opinion {
	if j.Reader == nil {
		return nil
	}
	asked, stop := context.WithTimeout(context.WithoutCancel(ctx), secondLimit)
	o := &opinion{stop: stop, done: make(chan struct{})}
	j.running.Go(func() {
		defer stop()
		defer close(o.done)
		o.read, o.err = j.read(asked, crop)
	})
	return o
}

// Opinion waits for the second opinion on a Reading whose Opinion is Pending, and gives the Reading as it
// stands then. When ctx ends first the opinion is Late and the amount waits for Enter; Opinion may be asked
// again.
func (j *Judge) Opinion(ctx context.Context, r Reading) Reading {
	if r.second == nil || r.Opinion != Pending && r.Opinion != Late {
		return r
	}
	select {
	case <-r.second.done:
		return j.weigh(r, r.second.read, r.second.err)
	default:
	}
	select {
	case <-r.second.done:
		return j.weigh(r, r.second.read, r.second.err)
	case <-ctx.Done():
		r.Opinion, r.Hold = Late, hold(r.Hold, NoSecond)
		return r
	}
}

// hold keeps the reason that came first.
func hold(first, then Reason) Reason {
	if first == "" {
		return then
	}
	return first
}

// withSecond puts into a Reading what is known of its second opinion by now. One that the taught reader
// refused waits a moment for what may pre-fill the box.
func (j *Judge) withSecond(ctx context.Context, r Reading) Reading {
	switch {
	case r.Sure && r.second != nil:
		r.Opinion = Pending
		select {
		case <-r.second.done:
			return j.weigh(r, r.second.read, r.second.err)
		default:
		}
	case r.Sure && j.Glyphs != nil && r.By == Pixels:
		r.Hold = hold(r.Hold, NoSecond)
	case r.second != nil:
		late := time.NewTimer(prefillLimit)
		defer late.Stop()
		select {
		case <-r.second.done:
			return j.prefill(r, r.second.read, r.second.err)
		case <-late.C:
		case <-ctx.Done():
		}
		r.second = nil
	}
	return r
}

// weigh holds the second reader's texts against the amount that the taught reader is sure of. Only another
// valid amount speaks against it: what tesseract cannot read (seven-segment digits, say) says nothing.
func (j *Judge) weigh(r Reading, read texts, err error) Reading {
	r.second = nil
	if err != nil && !onlyRefused(err) {
		r.Opinion, r.Hold = Late, hold(r.Hold, NoSecond)
		return r
	}
	if r.Hold == NoSecond {
		r.Hold = ""
	}
	same, other := false, Said{}
	for _, text := range []string{read.grey, read.otsu} {
		m, why := j.amountOf(text)
		switch {
		case why != "":
		case m == r.Amount:
			same, r.Second = true, text
		default:
			other = Said{Kind: Recognition, Text: text, Amount: m}
		}
	}
	switch {
	case same:
		r.Opinion = Confirmed
	case other.Amount > 0:
		first := Said{Kind: Pixels, Text: r.Text, Amount: r.Amount}
		r.Opinion, r.Second = Vetoed, other.Text
		r.Amount, r.Sure, r.Why, r.Hold, r.Against = 0, false, Disagree, "", []Said{first, other}
	default:
		r.Opinion, r.Second = Mute, read.grey
	}
	return r
}

// onlyRefused says that the second reader was given nothing that it could read: no device failed.
func onlyRefused(err error) bool {
	var no *Refusal
	return errors.As(err, &no) && no.Cause == nil
}

// prefill takes an amount from the second reader where the first refused. It never pays by itself, and the
// first reader's reason stands.
func (j *Judge) prefill(r Reading, read texts, err error) Reading {
	r.second = nil
	if err != nil {
		return r
	}
	alone := j.judge(r.Crop, read)
	r.Amount, r.Second = alone.Amount, alone.Text
	return r
}

// amountOf reads a text under the grammar. An amount above the profile's largest is one: it stands, and
// waits for Enter.
func (j *Judge) amountOf(text string) (pay.Money, Reason) {
	m, why := j.Grammar.Parse(text)
	if why == TooLarge && m > 0 && m <= pay.MaxCharge {
		why = ""
	}
	if why != "" {
		m = 0
	}
	return m, why
}

// large says that an amount is above the profile's largest.
func (j *Judge) large(m pay.Money) bool { return j.Grammar.bounds(m) == TooLarge }

// taught has the taught reader read a picture.
func (j *Judge) taught(crop *image.RGBA) (Reading, Sight) {
	sight := j.Glyphs.Read(crop)
	r := Reading{Text: sight.Text, Why: sight.Why, Crop: crop, By: Pixels}
	if r.Why != "" {
		return r, sight
	}
	if r.Amount, r.Why = j.amountOf(sight.Text); r.Why != "" {
		return r, sight
	}
	r.Sure = true
	if j.large(r.Amount) {
		r.Hold = TooLarge
	}
	return r, sight
}

// judge makes the two preparations agree under the grammar. When only one of them is an amount it may
// pre-fill a box; two different amounts give none.
func (j *Judge) judge(crop *image.RGBA, read texts) Reading {
	a, whyA := j.Grammar.Parse(read.grey)
	b, whyB := j.Grammar.Parse(read.otsu)
	r := Reading{Text: read.grey, Crop: crop, By: Pixels}
	switch {
	case whyA == "" && whyB == "" && a == b:
		r.Amount, r.Sure = a, true
	case whyA == "" && whyB == "":
		r.Why = Disagree
		r.Against = []Said{{Kind: Recognition, Text: read.grey, Amount: a}, {Kind: Recognition, Text: read.otsu, Amount: b}}
	case whyA == "" && mayPrefill(whyB):
		r.Amount, r.Why = a, Disagree
	case whyB == "" && mayPrefill(whyA):
		r.Amount, r.Text, r.Why = b, read.otsu, Disagree
	case whyA == TooLarge && whyB == TooLarge && a == b && a <= pay.MaxCharge:
		r.Amount, r.Why = a, TooLarge
	case whyA == whyB:
		r.Why = whyA
	default:
		r.Why = worse(whyA, whyB)
	}
	return r
}

// mayPrefill says that a reading which was no amount does not speak against the other one.
func mayPrefill(why Reason) bool { return why == NotAmount || why == NoDecimals || why == Blank }

// worse picks the reason that says more about what is on the screen than about the reading of it.
func worse(a, b Reason) Reason {
	for _, why := range []Reason{Negative, TwoAmounts, Zero, TooLarge, TooSmall, BadGrouping, NoDecimals} {
		if a == why || b == why {
			return why
		}
	}
	return NotAmount
}

// read prepares a picture twice and has both read.
func (j *Judge) read(ctx context.Context, crop *image.RGBA) (texts, error) {
	grey, otsu, err := j.prepare(crop)
	if err != nil {
		return texts{}, err
	}
	if j.Reader == nil {
		return texts{}, &Refusal{Why: Unread, Cause: ErrNoReader}
	}
	if err := j.reader.take(ctx); err != nil {
		return texts{}, err
	}
	defer j.reader.give()
	var read texts
	if read.grey, err = j.recognise(ctx, grey); err != nil {
		return texts{}, err
	}
	read.otsu, err = j.recognise(ctx, otsu)
	return read, err
}

// prepare makes the two pictures that the second reader sees.
func (j *Judge) prepare(crop *image.RGBA) (grey, otsu *image.Gray, err error) {
	if crop == nil || !readable(crop.Bounds()) {
		return nil, nil, &Refusal{Why: Unfit}
	}
	if j.Preprocess {
		crop = unframed(crop)
	}
	if size := crop.Bounds().Size().Mul(j.Zoom); j.Zoom > 1 && readable(image.Rectangle{Max: size}) {
		crop = enlarged(crop, j.Zoom)
	}
	found, ok := findInk(crop)
	switch {
	case !ok:
		return nil, nil, &Refusal{Why: Blank}
	case found.edge:
		return nil, nil, &Refusal{Why: EdgeInk}
	}
	return found.asGrey(), found.asOtsu(), nil
}

func (j *Judge) recognise(ctx context.Context, line *image.Gray) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	text, err := j.Reader.Read(ctx, line)
	switch {
	case err == nil:
		return text, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	return "", &Refusal{Why: Unread, Cause: err}
}
