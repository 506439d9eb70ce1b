package input

import (
	"context"
	"fmt"
)

// Renew takes the keyboard anew, as it was armed. Some systems take hooks and grabs away while the session is
// locked or the computer sleeps, and tell nobody.
func (d *Device) Renew(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.board.renew(ctx); err != nil {
		return fmt.Errorf("take the keyboard again: %w", err)
	}
	return d.board.arm(ctx, d.armed, d.inFront)
}
