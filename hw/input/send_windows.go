package input

import (
	"context"
	"errors"
	"fmt"
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

// ownKeys watches the keys of a plan on their way through our own hook. Between looking which window is in
// front and the arrival of a key another window may come there; then the hook swallows it.
type ownKeys struct {
	guard   uintptr         // the window that they are for, 0 for any
	through map[uint16]bool // pressed and not yet up: their release must arrive too, wherever
	stopped bool            // a key was swallowed; all after it are
	x, y    int32           // of a click
	strayed bool            // the pointer was elsewhere
}

func (o *ownKeys) begin(guard uintptr) { *o = ownKeys{guard: guard, through: map[uint16]bool{}} }

// keeps says whether one of our own keys is kept from the program in front. Characters have no virtual key
// of their own; their code is their scan code.
func (o *ownKeys) keeps(vk, scan uint16, down bool) bool {
	const packet = 0xE7 // VK_PACKET
	id := vk
	if vk == packet {
		id = scan | 1<<15
	}
	if !down {
		passes := o.through[id]
		delete(o.through, id)
		return !passes
	}
	if o.guard != 0 && !desktop.HasKeyboard(o.guard) {
		o.stopped = true
	}
	if !o.stopped {
		o.through[id] = true
	}
	return o.stopped
}

// prepare has nothing to do: Windows types every character.
func (k *keyboard) prepare(_ context.Context, all []tap) (ready int, err error) { return len(all), nil }

// send sends one tap if guard is in front and no modifier is held.
func (k *keyboard) send(ctx context.Context, guard uintptr, t tap) error {
	if desktop.Above(guard) {
		return ErrAbove
	}
	if guard != 0 {
		k.ime.close(guard)
	}
	var err error
	if t.chord.Mods != 0 {
		if err = k.guard.post(); err != nil {
			return err
		}
	}
	if failed := k.call(ctx, func() { err = k.sendNow(guard, t) }); failed != nil {
		return failed
	}
	if guard == 0 {
		return err
	}
	return k.confirm(guard, t, err)
}

// Keys that were let through wait in the queue of their program, and are lost there if another window takes
// the keyboard first. So the program is asked for a sign of life behind each key, and every few characters.
// A program that draws at every key makes plans slow that way; one that loses keys would make them wrong.
const (
	runAhead  = 4   // characters without a sign of life
	signLimit = 300 // ms that a program may take to give one
)

// confirm says whether a key has arrived. Without a sign of life within its time the program is busy, and
// the key waits for it.
func (k *keyboard) confirm(guard uintptr, t tap, err error) error {
	const null, abortIfHung = 0x0000, 0x0002 // WM_NULL, SMTO_ABORTIFHUNG
	switch before := k.unsure.Load(); {
	case errors.Is(err, keys.ErrNotInFront) && before > 0:
		k.unsure.Store(0)
		return keys.ErrDoubt
	case err != nil:
		return err
	case t.char != 0 && before+1 < runAhead:
		k.unsure.Store(before + 1)
		return nil
	}
	k.unsure.Store(0)
	var answer uintptr
	_, _, _ = procSendMessage.Call(guard, null, 0, 0, abortIfHung, signLimit, uintptr(unsafe.Pointer(&answer)))
	if !desktop.HasKeyboard(guard) {
		return keys.ErrDoubt
	}
	return nil
}

func (k *keyboard) sendNow(guard uintptr, t tap) error {
	if modifierHeld() {
		return keys.ErrModifiers
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
	if guard != 0 && !desktop.HasKeyboard(guard) {
		return keys.ErrNotInFront
	}
	k.own.begin(guard)
	err = k.inject(inputs)
	k.catchUp()
	if err == nil && k.own.stopped {
		return keys.ErrNotInFront
	}
	return err
}

func modifierHeld() bool {
	for _, vk := range []uintptr{vkShift, vkControl, vkMenu, vkLeftWin, vkRightWin} {
		if state, _, _ := procGetAsyncKeyState.Call(vk); state&0x8000 != 0 {
			return true
		}
	}
	return false
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
