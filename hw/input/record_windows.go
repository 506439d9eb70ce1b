package input

import (
	"context"
	"fmt"

	"cpos/engine/keys"
)

var _ keys.Recorder = (*Device)(nil)

// Record waits for a chord, which reaches no program.
func (d *Device) Record(ctx context.Context) (keys.Chord, error) {
	heard := make(chan keys.Chord, 1)
	var err error
	failed := d.board.call(ctx, func() {
		if d.board.record != nil {
			err = keys.ErrKeyTaken
			return
		}
		d.board.record = heard
	})
	if failed != nil {
		err = failed
	}
	if err != nil {
		return keys.Chord{}, fmt.Errorf("record a key: %w", err)
	}
	defer func() {
		_ = d.board.call(context.Background(), func() { d.board.record = nil }) // a keyboard that has ended records nothing
	}()
	return d.recorded(ctx, heard)
}

// note tells a chord to whoever records one. A modifier by itself is none.
func (k *keyboard) note(raw rawKey) {
	key, ok := keyOf(raw)
	if !ok || raw.mod {
		return
	}
	select {
	case k.record <- keys.Chord{Mods: k.mods(), Key: key}:
	default: // the first counts
	}
}

// keyOf names a key. Keys of the same virtual key are told apart by being on the grey block or not.
func keyOf(raw rawKey) (found keys.Key, ok bool) {
	const capsLock, numLock, scrollLock = 0x14, 0x90, 0x91
	if raw.code == capsLock || raw.code == numLock || raw.code == scrollLock {
		return "", false
	}
	for name, key := range virtualKeys {
		if key.vk != raw.code {
			continue
		}
		if key.extended == (raw.scan&extendedScan != 0) {
			return name, true
		}
		found, ok = name, true
	}
	return found, ok
}
