package input

import "context"

// Recording says that somebody waits for a key.
func (d *Device) Recording() (is bool) {
	_ = d.board.call(context.Background(), func() { is = d.board.record != nil })
	return is
}
