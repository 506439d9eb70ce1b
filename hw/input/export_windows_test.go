package input

import (
	"context"

	"cpos/engine/keys"
)

// Recording says that somebody waits for a key.
func (d *Device) Recording() (is bool) {
	_ = d.board.call(context.Background(), func() { is = d.board.record != nil })
	return is
}

// Doubt has it that a window may have got presses of modifiers without their releases.
func (d *Device) Doubt(window uintptr, mods keys.Mods) {
	_ = d.board.call(context.Background(), func() { d.board.owed.add(window, mods) })
}
