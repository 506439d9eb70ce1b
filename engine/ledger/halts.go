package ledger

import (
	"context"
	"fmt"
)

// Differences gives every difference that any halt was ever recorded for, released ones included.
func (b *Book) Differences(ctx context.Context) (map[Difference]bool, error) {
	all := map[Difference]bool{}
	err := b.store.View(ctx, func(rows Rows) error {
		for f, err := range rows.HaltFacts() {
			if err != nil {
				return err
			}
			body, err := decode[haltV1](f)
			if err != nil {
				return err
			}
			for _, d := range body.halt().Differences {
				all[d] = true
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read halts: %w", err)
	}
	return all, nil
}

// latch reads the latch, and remembers a closed one for as long as this book is open: whoever released it
// has looked at the till and starts it again.
func (b *Book) latch(rows Rows) (Halt, bool, error) {
	h, closed, err := rows.Halt()
	if err == nil && closed {
		b.halt.Store(&h)
	}
	return h, closed, err
}

// barred says that no money may be moved through this book.
func (b *Book) barred() error {
	if b.halt.Load() != nil {
		return ErrHalted
	}
	return nil
}
