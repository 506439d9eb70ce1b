package input

import (
	"context"
	"fmt"

	"github.com/jezek/xgb/xproto"

	"cpos/engine/keys"
)

var _ keys.Recorder = (*Device)(nil)

// Record waits for a chord, which reaches no program.
func (d *Device) Record(ctx context.Context) (keys.Chord, error) {
	heard := make(chan keys.Chord, 1)
	var err error
	failed := d.board.call(ctx, func() {
		k := d.board
		got, failed := xproto.GrabKeyboard(k.x, false, k.root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
		switch {
		case failed != nil:
			err = failed
		case got.Status != xproto.GrabStatusSuccess:
			err = fmt.Errorf("another program holds the keyboard: %w", keys.ErrKeyTaken)
		default:
			k.record = heard
		}
	})
	if failed != nil || err != nil {
		return keys.Chord{}, fmt.Errorf("record a key: %w", firstOf(failed, err))
	}
	defer func() {
		_ = d.board.call(context.Background(), func() { d.board.record = nil; d.board.grabAll(false); d.board.x.Sync() })
	}()
	return d.recorded(ctx, heard)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// note tells a chord to whoever records one. A modifier by itself is none.
func (k *keyboard) note(ev xproto.KeyPressEvent) {
	if k.keymap.mods[ev.Detail] || k.keymap.locks[ev.Detail] {
		return
	}
	c, ok := k.keymap.chord(ev.Detail, ev.State)
	if !ok {
		return
	}
	select {
	case k.record <- c:
	default:
	}
}

// chord names a key that went down with the modifiers of a state.
func (m *keymap) chord(code xproto.Keycode, state uint16) (keys.Chord, bool) {
	c := keys.Chord{}
	for _, mod := range []keys.Mods{keys.Ctrl, keys.Shift, keys.Alt, keys.Super} {
		if state&maskOf(mod) != 0 {
			c.Mods |= mod
		}
	}
	named := map[xproto.Keysym]keys.Key{}
	for key, sym := range symbols {
		named[sym] = key
	}
	for column := range 4 {
		if key, ok := named[m.sym(code, column)]; ok {
			c.Key = key
			return c, true
		}
	}
	return c, false
}
