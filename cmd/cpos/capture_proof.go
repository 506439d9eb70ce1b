package main

import (
	"context"
	"strings"

	"cpos/engine/capture"
	"cpos/engine/capture/trial"
	"cpos/engine/lesson"
	"cpos/engine/words"
	"cpos/hw/screen"
)

// proofread holds what was typed against what text recognition makes of the pictures. The taught reader's own
// check cannot see two digits that were typed the wrong way round when each stands in one place only, and
// would read one for the other for ever.
func (x *teaching) proofread(ctx context.Context, t lesson.Taught) error {
	if !x.isAmount() || x.asTyped {
		return nil
	}
	alike := false
	if reader, err := screen.OpenReader(ctx, screen.ReaderOptions{}); err == nil {
		defer func() { _ = reader.Close() }() // nothing is read any more
		if alike, err = x.compared(ctx, &capture.Judge{Reader: reader, Grammar: *t.Grammar}); err != nil {
			return err
		}
	}
	if once := shownOnce(x.looks); !alike && len(once) > 1 {
		x.say("cli.capture.once", "signs", strings.Join(once, " "))
	}
	return nil
}

// compared says whether every picture was recognised as the amount that was typed. Another amount is an error.
func (x *teaching) compared(ctx context.Context, judge *capture.Judge) (alike bool, err error) {
	alike = true
	for i, look := range x.looks {
		read, err := judge.Picture(ctx, look.Crop)
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case err != nil || !read.Sure:
			alike = false
		case read.Amount != trial.Amount(look.Text):
			return false, words.Fail(errNotTaught, "cli.capture.typed", "number", i+1, "text", look.Text, "read", strings.TrimSpace(read.Text)).
				Advise("cli.capture.typed.hint")
		}
	}
	return alike, nil
}

// shownOnce lists the digits that stand in one place only in all that was typed.
func shownOnce(looks []lesson.Capture) (once []string) {
	var all strings.Builder
	for _, look := range looks {
		all.WriteString(look.Text)
	}
	for _, digit := range strings.Split("0123456789", "") {
		if strings.Count(all.String(), digit) == 1 {
			once = append(once, digit)
		}
	}
	return once
}
