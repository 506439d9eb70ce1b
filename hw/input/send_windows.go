package input

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"

	"cpos/engine/keys"
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

func newInput(vk, scan uint16, flags uint32) keyInput {
	const keyboard = 1 // INPUT_KEYBOARD
	return keyInput{kind: keyboard, key: keybdInput{vk: vk, scan: scan, flags: flags, extra: ownTag}}
}

// errBlocked is what a program that runs with more rights does to keys from one with fewer.
var errBlocked = errors.New("the system blocked the key: does the POS run as administrator?")

// prepare has nothing to do: Windows types every character.
func (k *keyboard) prepare(_ context.Context, all []tap) (ready int, err error) { return len(all), nil }

// send sends one tap if guard is in front and no modifier is held.
func (k *keyboard) send(ctx context.Context, guard uintptr, t tap) error {
	var err error
	if failed := k.call(ctx, func() { err = k.sendNow(guard, t) }); failed != nil {
		return failed
	}
	return err
}

func (k *keyboard) sendNow(guard uintptr, t tap) error {
	for _, vk := range []uintptr{vkShift, vkControl, vkMenu, vkLeftWin, vkRightWin} {
		if state, _, _ := procGetAsyncKeyState.Call(vk); state&0x8000 != 0 {
			return keys.ErrModifiers
		}
	}
	inputs, err := tapInputs(t)
	if err != nil {
		return err
	}
	for id, h := range k.hot { // our own key must not come back to us as a hot-key
		if t.char == 0 && h.chord == t.chord {
			_, _, _ = procUnregisterHotKey.Call(0, id)
			defer func() { _ = registerHotkey(id, h.chord) }() // nobody can have taken it meanwhile: we are the thread
		}
	}
	if guard != 0 && uintptr(windows.GetForegroundWindow()) != guard {
		return keys.ErrNotInFront
	}
	return k.inject(inputs)
}

// inject sends all in one call, which no other input can come between.
func (k *keyboard) inject(all []keyInput) error {
	if len(all) == 0 {
		return nil
	}
	sent, _, _ := procSendInput.Call(uintptr(len(all)), uintptr(unsafe.Pointer(&all[0])), unsafe.Sizeof(all[0]))
	if int(sent) != len(all) {
		return errBlocked
	}
	return nil
}

// tapInputs turns a tap into the inputs of one press: scan codes for keys, as a keyboard sends them, and
// characters whatever the layout.
func tapInputs(t tap) ([]keyInput, error) {
	if t.char != 0 {
		var all []keyInput
		for _, unit := range utf16.Encode([]rune{t.char}) {
			all = append(all, newInput(0, unit, flagUnicode), newInput(0, unit, flagUnicode|flagUp))
		}
		return all, nil
	}
	key, ok := virtualKeys[t.chord.Key]
	if !ok {
		return nil, fmt.Errorf("press %s: no such key", t)
	}
	var down []keyInput
	for _, m := range []struct {
		mod keys.Mods
		vk  uint16
	}{{keys.Ctrl, vkControl}, {keys.Alt, vkMenu}, {keys.Shift, vkShift}, {keys.Super, vkLeftWin}} {
		if t.chord.Mods&m.mod != 0 {
			down = append(down, keyInputOf(virtualKey{vk: m.vk, extended: m.vk == vkLeftWin}))
		}
	}
	down = append(down, keyInputOf(key))
	all := down
	for i := len(down) - 1; i >= 0; i-- {
		up := down[i]
		up.key.flags |= flagUp
		all = append(all, up)
	}
	return all, nil
}

func keyInputOf(key virtualKey) keyInput {
	const toScan = 0 // MAPVK_VK_TO_VSC
	scan, _, _ := procMapVirtualKey.Call(uintptr(key.vk), toScan)
	flags := uint32(0)
	if key.extended {
		flags |= flagExtended
	}
	if scan == 0 || key.keypad {
		return newInput(key.vk, uint16(scan), flags)
	}
	return newInput(0, uint16(scan), flags|flagScan)
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
		inputs = append(inputs, newInput(raw.code, raw.scan&^extendedScan, flags))
	}
	return inputs
}
