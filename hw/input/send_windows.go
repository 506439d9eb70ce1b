package input

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unsafe"

	"cpos/engine/keys"
	"cpos/hw/desktop"
)

// extendedScan marks a scan code with the E0 prefix in a rawKey.
const extendedScan = 0xE000

// Flags of KEYBDINPUT.
const (
	flagExtended = 1
	flagUp       = 2
	flagUnicode  = 4
	flagScan     = 8
)

// keyInput is INPUT of the Windows API holding a KEYBDINPUT; the end pads it to the size of the union.
type keyInput struct {
	kind  uint32
	key   keybdInput
	union [8]byte
}

type keybdInput struct {
	vk, scan    uint16
	flags, time uint32
	extra       uintptr
}

func newInput(vk, scan uint16, flags uint32, tag uintptr) keyInput {
	const keyboard = 1 // INPUT_KEYBOARD
	return keyInput{kind: keyboard, key: keybdInput{vk: vk, scan: scan, flags: flags, extra: tag}}
}

// errRefused is what the system says to a program that may not send keys now.
var errRefused = errors.New("the system refuses keys: is the session locked?")

// ErrAbove says that the window belongs to a program with more rights than this one: the system lets no key
// and no click of ours through to it, and tells us of none that goes there.
var ErrAbove = desktop.ErrAbove

// prepare has nothing to do: Windows types every character.
func (k *keyboard) prepare(_ context.Context, all []tap) (ready int, err error) { return len(all), nil }

// batch is how many taps are sent in one go: so long the cashier's own keys wait behind them.
const batch = 16

// send sends some taps, one behind the other in one breath, if guard is in front and no modifier is held. It
// says how many of them our own hook let through; whether they got there arrived says.
func (k *keyboard) send(ctx context.Context, guard uintptr, all []tap) (sent int, err error) {
	if k.known.above(guard) {
		return 0, ErrAbove
	}
	if guard != 0 {
		k.ime.close(guard)
	}
	all = all[:min(len(all), batch)]
	if slices.ContainsFunc(all, func(t tap) bool { return t.chord.Mods != 0 }) {
		if err := k.guard.post(); err != nil {
			return 0, err
		}
	}
	if failed := k.call(ctx, func() { sent, err = k.sendNow(guard, all) }); failed != nil {
		return 0, failed
	}
	return sent, err
}

func (k *keyboard) sendNow(guard uintptr, all []tap) (sent int, err error) {
	if held := modifiersHeld(); held != 0 {
		k.owed.add(guard, held) // what comes up now may come up in front of another window
		return 0, keys.ErrModifiers
	}
	inputs, mods := k.owed.releases(guard), keys.Mods(0)
	for _, t := range all {
		mods |= t.chord.Mods
		more, err := tapInputs(t)
		if err != nil {
			return 0, err
		}
		inputs = append(inputs, more...)
	}
	for id, h := range k.hot { // our own key must not come back to us as a hot-key
		if slices.ContainsFunc(all, func(t tap) bool { return t.char == 0 && h.chord == t.chord }) {
			_, _, _ = procUnregisterHotKey.Call(0, id)
			defer func() { _ = registerHotkey(id, h.chord) }() // nobody can have taken it meanwhile: we are the thread
		}
	}
	if guard != 0 && !desktop.HasKeyboard(guard) {
		return 0, keys.ErrNotInFront
	}
	k.own.begin(guard)
	err = k.inject(inputs)
	sent = tapsOf(all, k.own.let)
	k.let(guard, sent, mods)
	if k.own.stopped {
		k.owed.add(guard, mods)
	}
	k.catchUp()
	if err == nil && k.own.stopped {
		err = keys.ErrNotInFront
	}
	return sent, err
}

// tapsOf says how many taps so many presses of keys are, modifiers among them.
func tapsOf(all []tap, presses int) int {
	for i, t := range all {
		if presses -= t.presses(); presses < 0 {
			return i
		}
	}
	return len(all)
}

// presses is how many keys go down for a tap.
func (t tap) presses() int {
	if t.char != 0 {
		return utf16.RuneLen(t.char)
	}
	return 1 + bits.OnesCount(uint(t.chord.Mods))
}

// modifiersHeld gives the modifiers that are down.
func modifiersHeld() (held keys.Mods) {
	for vk, mod := range map[uintptr]keys.Mods{vkShift: keys.Shift, vkControl: keys.Ctrl, vkMenu: keys.Alt, vkLeftWin: keys.Super, vkRightWin: keys.Super} {
		if state, _, _ := procGetAsyncKeyState.Call(vk); state&0x8000 != 0 {
			held |= mod
		}
	}
	return held
}

// inject sends all in one call, which no other input can come between. The hook hears them before it returns.
func (k *keyboard) inject(all []keyInput) error {
	if len(all) == 0 {
		return nil
	}
	k.sending = true
	defer func() { k.sending = false }()
	sent, _, _ := procSendInput.Call(uintptr(len(all)), uintptr(unsafe.Pointer(&all[0])), unsafe.Sizeof(all[0]))
	if int(sent) != len(all) {
		return errRefused
	}
	return nil
}

// tapInputs turns a tap into the inputs of one press: scan codes for keys, as a keyboard sends them, and
// characters whatever the layout.
func tapInputs(t tap) ([]keyInput, error) {
	if t.char != 0 {
		var all []keyInput
		for _, unit := range utf16.Encode([]rune{t.char}) {
			all = append(all, newInput(0, unit, flagUnicode, tagOwn), newInput(0, unit, flagUnicode|flagUp, tagOwn))
		}
		return all, nil
	}
	key, ok := virtualKeys[t.chord.Key]
	if !ok {
		return nil, fmt.Errorf("press %s: no such key", t)
	}
	var down []keyInput
	for _, key := range append(modifierKeys(t.chord.Mods), key) {
		down = append(down, keyInputOf(key))
	}
	all := down
	for i := len(down) - 1; i >= 0; i-- {
		up := down[i]
		up.key.flags |= flagUp
		all = append(all, up)
	}
	return all, nil
}

// modifierKeys are the keys of modifiers, in the order in which a hand presses them.
func modifierKeys(mods keys.Mods) (all []virtualKey) {
	for _, m := range []struct {
		mod keys.Mods
		vk  uint16
	}{{keys.Ctrl, vkControl}, {keys.Alt, vkMenu}, {keys.Shift, vkShift}, {keys.Super, vkLeftWin}} {
		if mods&m.mod != 0 {
			all = append(all, virtualKey{vk: m.vk, extended: m.vk == vkLeftWin})
		}
	}
	return all
}

func keyInputOf(key virtualKey) keyInput {
	const toScan = 0 // MAPVK_VK_TO_VSC
	scan, _, _ := procMapVirtualKey.Call(uintptr(key.vk), toScan)
	flags := uint32(0)
	if key.extended {
		flags |= flagExtended
	}
	switch {
	case key.keypad != 0:
		return newInput(key.vk, key.keypad, flags, tagOwn)
	case scan == 0:
		return newInput(key.vk, 0, flags, tagOwn)
	}
	return newInput(key.vk, uint16(scan), flags|flagScan, tagOwn) // Windows goes by the scan code alone, wine by both
}

// rawInputs repeats keys as they came.
func rawInputs(all []rawKey) []keyInput {
	inputs := make([]keyInput, 0, len(all))
	for _, raw := range all {
		flags := uint32(0)
		if raw.scan&extendedScan != 0 {
			flags |= flagExtended
		}
		if !raw.down {
			flags |= flagUp
		}
		inputs = append(inputs, newInput(raw.code, raw.scan&^extendedScan, flags, tagBack))
	}
	return inputs
}
