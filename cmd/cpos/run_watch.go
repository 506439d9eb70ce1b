package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/profile"
	"cpos/hw/desktop"
	"cpos/hw/screen"
)

// watch answers the questions of a plan: about regions through the judge, about windows through the
// desktop.
type watch struct {
	desk  *desktop.Desktop
	judge *capture.Judge // nil: regions cannot be read
	from  *profile.Profile
}

// Holds answers one question now.
func (w watch) Holds(ctx context.Context, p keys.Predicate) (bool, error) {
	yes, err := w.holds(ctx, p)
	switch {
	case err == nil, errors.Is(err, keys.ErrPlan), errors.Is(err, keys.ErrCannotSee), ctx.Err() != nil:
		return yes, err
	case errors.Is(err, capture.ErrNoReader):
		return false, fmt.Errorf("%w: %w", keys.ErrCannotSee, err)
	}
	return false, fmt.Errorf("%w: %w", keys.ErrUnread, err)
}

func (w watch) holds(ctx context.Context, p keys.Predicate) (bool, error) {
	switch p.Op {
	case "window":
		_, err := w.desk.Find(ctx, p.Window)
		if errors.Is(err, keys.ErrNoWindow) {
			return false, nil
		}
		return err == nil, err
	case "region_matches", "region_amount":
		return w.region(ctx, p)
	case "image":
		return w.image(ctx, p)
	case "not":
		if len(p.Of) != 1 {
			return false, fmt.Errorf("%w: not takes one question", keys.ErrPlan)
		}
		yes, err := w.holds(ctx, p.Of[0])
		return !yes && err == nil, err
	case "all_of":
		return w.of(ctx, p.Of, true)
	case "any_of":
		return w.of(ctx, p.Of, false)
	}
	return false, fmt.Errorf("%w: unknown question %q", keys.ErrPlan, p.Op)
}

func (w watch) region(ctx context.Context, p keys.Predicate) (bool, error) {
	if w.judge == nil {
		return false, keys.ErrCannotSee
	}
	if p.Op == "region_amount" {
		amount, err := pay.ParseMoney(p.Want)
		if err != nil {
			return false, fmt.Errorf("%w: %w", keys.ErrPlan, err)
		}
		return w.judge.AmountIs(ctx, p.Region, amount)
	}
	form, err := regexp.Compile(p.Want)
	if err != nil {
		return false, fmt.Errorf("%w: %w", keys.ErrPlan, err)
	}
	return w.judge.Matches(ctx, p.Region, form)
}

// image looks for a taught picture on the POS.
func (w watch) image(ctx context.Context, p keys.Predicate) (bool, error) {
	picture, err := w.from.Picture(p.Want)
	if err != nil {
		return false, fmt.Errorf("%w: %w", keys.ErrPlan, err)
	}
	pos, err := w.desk.Find(ctx, w.from.Window())
	if err != nil {
		return false, err
	}
	seen, err := screen.Eye{}.Grab(ctx, pos.Client)
	if err != nil {
		return false, err
	}
	return capture.Finds(seen, picture, p.Off), nil
}

// of asks until one answer decides: the first no of all, the first yes of any.
func (w watch) of(ctx context.Context, questions []keys.Predicate, all bool) (bool, error) {
	for _, q := range questions {
		yes, err := w.holds(ctx, q)
		if err != nil || yes != all {
			return yes && err == nil, err
		}
	}
	return all, nil
}
