package capture

import (
	"context"
	"errors"
	"image"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// ladder gives the ways to the amount in their order.
func (j *Judge) ladder() []Source {
	if len(j.Sources) == 0 {
		return []Source{{Kind: Pixels}}
	}
	return j.Sources
}

func (j *Judge) amountRegion() string {
	for _, s := range j.ladder() {
		if s.Line == nil && s.Region != "" {
			return s.Region
		}
	}
	return RegionAmount
}

// answered is what one source told, and for pixels the whole Reading.
type answered struct {
	said  Said
	seen  Reading
	cause error
}

// Amount asks the sources in their order until as many as the profile wants tell the same amount. Two that
// tell different amounts refuse, whatever others say. The Reading always says whether it is sure and if not,
// why; the error is set only when a device failed and no source stood in for it, or ctx ended.
func (j *Judge) Amount(ctx context.Context) (Reading, error) {
	var heard []answered
	sources, need := j.ladder(), max(j.Agree, 1)
	for len(heard) < len(sources) && need > told(heard) && !conflict(heard) {
		next := sources[len(heard):]
		heard = append(heard, j.askAll(ctx, next[:min(need-told(heard), len(next))])...)
		if err := ctx.Err(); err != nil {
			r, _ := j.decide(heard, need)
			r.Sure = false
			return r, err
		}
	}
	return j.decide(heard, need)
}

// askAll asks sources at the same time: each takes its own pause.
func (j *Judge) askAll(ctx context.Context, sources []Source) []answered {
	all := make([]answered, len(sources))
	var asked sync.WaitGroup
	for i, s := range sources {
		asked.Go(func() { all[i] = j.ask(ctx, s) })
	}
	asked.Wait()
	return all
}

func (j *Judge) ask(ctx context.Context, s Source) answered {
	if s.Line != nil {
		said, err := j.hearSteady(ctx, s)
		return answered{said: said, cause: err}
	}
	region := s.Region
	if region == "" {
		region = RegionAmount
	}
	r, err := j.look(ctx, region)
	return answered{saidOf(r), r, err}
}

// told counts the sources that told an amount.
func told(heard []answered) (n int) {
	for _, a := range heard {
		if a.said.Why == "" {
			n++
		}
	}
	return n
}

func conflict(heard []answered) bool { return len(against(heard)) > 0 }

// against gives the first two that told different amounts.
func against(heard []answered) []Said {
	first := slices.IndexFunc(heard, func(a answered) bool { return a.said.Why == "" })
	if first < 0 {
		return nil
	}
	for _, a := range heard[first:] {
		if a.said.Why == "" && a.said.Amount != heard[first].said.Amount {
			return []Said{heard[first].said, a.said}
		}
	}
	return nil
}

// decide makes one Reading of what the sources told.
func (j *Judge) decide(heard []answered, need int) (Reading, error) {
	r := Reading{By: heard[0].said.Kind, Text: heard[0].said.Text, Why: heard[0].said.Why}
	var causes []error
	for _, a := range slices.Backward(heard) {
		if a.said.Kind == Pixels {
			r = a.seen // its picture, and what it would pre-fill
		}
		causes = append(causes, a.cause)
	}
	for _, a := range heard {
		r.Sources = append(r.Sources, a.said)
	}
	first := slices.IndexFunc(heard, func(a answered) bool { return a.said.Why == "" })
	switch two := against(heard); {
	case two != nil:
		r.dropped()
		r.Amount, r.Sure, r.Why, r.Hold, r.Opinion, r.Against = 0, false, Disagree, "", NoOpinion, two
		return r, nil
	case first < 0:
		return r, errors.Join(causes...)
	}
	one := heard[first].said
	if one.Kind != Pixels || told(heard) > 1 { // nobody else's opinion is needed
		r.dropped()
		r.Amount, r.Text, r.By, r.Sure, r.Why = one.Amount, one.Text, one.Kind, true, ""
		r.Opinion, r.Second, r.Hold = NoOpinion, "", ""
		if j.large(r.Amount) {
			r.Hold = TooLarge
		}
	}
	if told(heard) < need {
		r.Hold = hold(r.Hold, OneSource)
	}
	return r, nil
}

// hearSteady listens to a line until it says the same twice in a row.
func (j *Judge) hearSteady(ctx context.Context, s Source) (Said, error) {
	before, err := s.Line.Said(ctx)
	for range mostLooks - 1 {
		if err != nil {
			return unheard(ctx, s, err)
		}
		if err := j.pause(ctx); err != nil {
			return Said{Kind: s.Kind, Why: Silent}, err
		}
		var now Told
		now, err = s.Line.Said(ctx)
		if err == nil && slices.Equal(now.Lines, before.Lines) && now.Serial == before.Serial {
			return j.fresh(s, now), nil
		}
		before = now
	}
	if err != nil {
		return unheard(ctx, s, err)
	}
	return Said{Kind: s.Kind, Why: Unstable, Text: strings.Join(before.Lines, "\n")}, nil
}

// hear listens once.
func (j *Judge) hear(ctx context.Context, s Source) (Said, error) {
	now, err := s.Line.Said(ctx)
	if err != nil {
		return unheard(ctx, s, err)
	}
	return j.fresh(s, now), nil
}

func unheard(ctx context.Context, s Source, err error) (Said, error) {
	switch {
	case ctx.Err() != nil:
		return Said{Kind: s.Kind, Why: Silent}, ctx.Err()
	case errors.Is(err, ErrSilent):
		return Said{Kind: s.Kind, Why: Silent}, nil
	}
	return Said{Kind: s.Kind, Why: SourceLost}, &Refusal{Why: SourceLost, Cause: err}
}

// parse finds the one amount among the lines that a source told. With a form, its first group (or all that
// fits it) is the amount, and lines that do not fit are not looked at; without one, every line must be an
// amount or hold no digit at all, for a second number may be the one that counts.
func (j *Judge) parse(s Source, lines []string) Said {
	said := Said{Kind: s.Kind, Text: strings.Join(lines, "\n"), Why: Blank}
	for _, line := range lines {
		text, fits := candidate(s.Form, line)
		if !fits || s.Form == nil && !hasDigit(text) {
			continue
		}
		amount, why := j.amountOf(text)
		if said.Why != Blank && (why != said.Why || amount != said.Amount) {
			said.Amount, said.Why = 0, TwoAmounts
			return said
		}
		said.Amount, said.Why = amount, why
	}
	return said
}

func candidate(form *regexp.Regexp, line string) (text string, fits bool) {
	line = plain(line)
	if form == nil {
		return line, line != ""
	}
	m := form.FindStringSubmatch(line)
	switch len(m) {
	case 0:
		return "", false
	case 1:
		return m[0], true
	}
	return m[1], true
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// look reads the amount off the screen: pixels as a source.
func (j *Judge) look(ctx context.Context, region string) (Reading, error) {
	seen, err := steady(ctx, j, region, j.first(region))
	if err != nil {
		return refused(seen.crop, err)
	}
	return j.withSecond(ctx, seen.read), nil
}

// first gives the reader whose word counts for a region.
func (j *Judge) first(region string) func(context.Context, *image.RGBA) (Reading, error) {
	if j.Glyphs == nil || region != j.amountRegion() {
		return func(ctx context.Context, crop *image.RGBA) (Reading, error) {
			read, err := j.read(ctx, crop)
			if err != nil {
				return refused(crop, err)
			}
			return j.judge(crop, read), nil
		}
	}
	return func(ctx context.Context, crop *image.RGBA) (Reading, error) {
		second := j.askSecond(ctx, crop)
		r, _ := j.taught(crop)
		r.second = second
		return r, nil
	}
}

// dropped ends what still runs for a Reading that is not used.
func (r *Reading) dropped() {
	if r.second != nil {
		r.second.stop()
		r.second = nil
	}
}
