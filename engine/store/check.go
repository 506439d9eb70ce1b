package store

import (
	"context"
	"fmt"

	"cpos/engine/ledger"
)

// Check has SQLite compare every index with its table, which the seals of pages cannot: they say that a page
// is as it was written, not that it was written right. ErrBroken.
func (s *SQLite) Check(ctx context.Context) error {
	err := s.readers.with(ctx, func(r *session) error {
		var found string
		if err := r.conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
			return explain(err)
		}
		if found != "ok" {
			return fmt.Errorf("%w: %s", ledger.ErrBroken, found)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("check the indexes of the book: %w", err)
	}
	return nil
}
