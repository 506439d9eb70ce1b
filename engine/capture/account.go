package capture

import (
	"context"
	"image"
	"time"

	"cpos/engine/pay"
)

// Account tells how a picture was judged, for people who want to see why.
type Account struct {
	Reading Reading
	Sight   Sight   // of the taught reader; empty without one
	Voices  []Voice // every reader's, the first word first
}

// Voice is what one reader made of a picture.
type Voice struct {
	Reader  string      // glyphs, grey or otsu
	Picture *image.Gray // as it was prepared for the reader; nil for glyphs
	Text    string
	Amount  pay.Money
	Why     Reason // empty exactly when Amount counts
	Took    time.Duration
}

// Names of readers in an Account.
const (
	VoiceGlyphs = "glyphs"
	VoiceGrey   = "grey"
	VoiceOtsu   = "otsu"
)

// Explain judges a picture of the amount region and tells every step. The verdict is Picture's.
func (j *Judge) Explain(ctx context.Context, crop *image.RGBA) Account {
	a, _ := j.account(ctx, crop) // what failed stands in the reading
	return a
}

// account has every reader read, one after the other, and weighs what they say.
func (j *Judge) account(ctx context.Context, crop *image.RGBA) (Account, error) {
	var a Account
	if j.Glyphs != nil {
		began := time.Now()
		r, sight := j.taught(crop)
		a.Reading, a.Sight = r, sight
		a.Voices = append(a.Voices, Voice{Reader: VoiceGlyphs, Text: sight.Text, Amount: r.Amount, Why: r.Why, Took: time.Since(began)})
		if j.Reader == nil {
			if r.Sure {
				a.Reading.Hold = hold(r.Hold, NoSecond)
			}
			return a, nil
		}
	}
	read, err := j.voices(ctx, crop, &a)
	switch {
	case j.Glyphs == nil && err != nil:
		a.Reading, err = refused(crop, err)
		return a, err
	case j.Glyphs == nil:
		a.Reading = j.judge(crop, read)
	case a.Reading.Sure:
		a.Reading = j.weigh(a.Reading, read, err)
	default:
		a.Reading = j.prefill(a.Reading, read, err)
	}
	a.Reading.Sources = []Said{saidOf(a.Reading)}
	return a, ctx.Err()
}

// voices has the two preparations read, and keeps what was seen and how long it took.
func (j *Judge) voices(ctx context.Context, crop *image.RGBA, a *Account) (texts, error) {
	grey, otsu, err := j.prepare(crop)
	if err != nil {
		return texts{}, err
	}
	if j.Reader == nil {
		return texts{}, &Refusal{Why: Unread, Cause: ErrNoReader}
	}
	var read texts
	if err := j.reader.take(ctx); err != nil {
		return texts{}, err
	}
	defer j.reader.give()
	for _, one := range []struct {
		name    string
		picture *image.Gray
		text    *string
	}{{VoiceGrey, grey, &read.grey}, {VoiceOtsu, otsu, &read.otsu}} {
		began := time.Now()
		text, err := j.recognise(ctx, one.picture)
		v := Voice{Reader: one.name, Picture: one.picture, Text: text, Took: time.Since(began), Why: Unread}
		if err == nil {
			v.Amount, v.Why = j.amountOf(text)
		}
		a.Voices = append(a.Voices, v)
		if err != nil {
			return texts{}, err
		}
		*one.text = text
	}
	return read, nil
}

// saidOf gives a Reading of pixels as one source's word.
func saidOf(r Reading) Said {
	said := Said{Kind: Pixels, Text: r.Text, Why: r.Why}
	if r.Sure {
		said.Amount = r.Amount
	}
	return said
}
