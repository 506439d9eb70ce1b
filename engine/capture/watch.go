package capture

import (
	"context"
	"errors"
	"image"
	"regexp"
	"sync"

	"cpos/engine/pay"
)

// memory keeps the last picture of each region with its reading, for questions that are asked again and
// again while a plan waits.
type memory struct {
	sync.Mutex
	last map[string]remembered
}

type remembered struct {
	crop *image.RGBA
	read texts
}

// Matches says whether the region shows text that matches: both readings must. A window that is not
// there or not in front, an empty or unsteady region, is simply not a match; the error is set only when
// a device failed or ctx ended. It is made to be asked repeatedly: an unchanged picture is not read again.
func (j *Judge) Matches(ctx context.Context, region string, form *regexp.Regexp) (bool, error) {
	read, err := j.current(ctx, region)
	if err != nil {
		return answer(err)
	}
	return form.MatchString(plain(read.grey)) && form.MatchString(plain(read.otsu)), nil
}

// AmountIs says whether the region shows exactly this amount, under the grammar: read by the taught signs
// where they are of that region, else from both readings. It answers like Matches.
func (j *Judge) AmountIs(ctx context.Context, region string, amount pay.Money) (bool, error) {
	if j.Glyphs != nil && region == j.amountRegion() {
		crop, _, err := j.glance(ctx, region)
		if err != nil {
			return answer(err)
		}
		r, _ := j.taught(crop)
		return r.Sure && r.Amount == amount, nil
	}
	read, err := j.current(ctx, region)
	if err != nil {
		return answer(err)
	}
	r := j.judge(nil, read)
	return r.Sure && r.Amount == amount, nil
}

// answer turns a refusal without a cause into "no". A region that was never taught stays an error: it
// would be "no" for ever.
func answer(err error) (bool, error) {
	var no *Refusal
	if errors.As(err, &no) && no.Cause == nil && no.Why != NoRegion {
		return false, nil
	}
	return false, err
}

// current reads a region as it is now.
func (j *Judge) current(ctx context.Context, name string) (texts, error) {
	crop, _, err := j.glance(ctx, name)
	if err != nil {
		return texts{}, err
	}
	j.known.Lock()
	last, seen := j.known.last[name]
	j.known.Unlock()
	if seen && samePicture(last.crop, crop) {
		return last.read, nil
	}
	read, err := j.read(ctx, crop)
	if err != nil {
		return texts{}, err
	}
	j.known.Lock()
	defer j.known.Unlock()
	if j.known.last == nil {
		j.known.last = map[string]remembered{}
	}
	j.known.last[name] = remembered{crop, read}
	return read, nil
}
