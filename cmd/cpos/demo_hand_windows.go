package main

import (
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// openDisplay: a Windows session has a desktop.
func openDisplay(context.Context, bool) (close func(), err error) { return func() {}, nil }

// hand is somebody else's keyboard: the scanner's and the cashier's. Its keys enter the system where those
// of a device do (SendInput), from another process than the engine's.
type hand struct{}

// Signs of the keys that type nothing.
const (
	handEnter rune = 0xff0d
	handEsc   rune = 0xff1b
	handGrave rune = '`'
	handF6    rune = 0xffc3
	handF7    rune = 0xffc4
	handF10   rune = 0xffc7
)

// handKeys are virtual keys as winuser.h numbers them.
var handKeys = map[rune]uint16{handEnter: 0x0D, handEsc: 0x1B, handGrave: 0xC0, '.': 0xBE,
	handF6: 0x75, handF7: 0x76, handF10: 0x79}

func newHand() (*hand, error) { return &hand{}, nil }

func (*hand) close() {}

// keyInput is INPUT of winuser.h with a KEYBDINPUT inside, padded to the size of the union.
type keyInput struct {
	kind  uint32
	_     uint32
	vk    uint16
	scan  uint16
	flags uint32
	time  uint32
	_     uint32
	extra uintptr
	_     [8]byte
}

const (
	inputKeyboard = 1
	keyUp         = 2
	shiftKey      = 0x10
)

var sendInput = windows.NewLazySystemDLL("user32.dll").NewProc("SendInput")

// write presses the keys of signs as one burst.
func (h *hand) write(signs string) error {
	var all []keyInput
	for _, sign := range signs {
		vk, ok := handKeys[sign]
		capital := sign >= 'A' && sign <= 'Z'
		if !ok && (capital || sign >= '0' && sign <= '9') {
			vk, ok = uint16(sign), true
		}
		if !ok {
			return fmt.Errorf("the keyboard has no key for %q", sign)
		}
		stroke := []keyInput{{kind: inputKeyboard, vk: vk}, {kind: inputKeyboard, vk: vk, flags: keyUp}}
		if capital {
			shift := keyInput{kind: inputKeyboard, vk: shiftKey}
			stroke = append([]keyInput{shift}, append(stroke, keyInput{kind: inputKeyboard, vk: shiftKey, flags: keyUp})...)
		}
		all = append(all, stroke...)
	}
	n, _, err := sendInput.Call(uintptr(len(all)), uintptr(unsafe.Pointer(&all[0])), unsafe.Sizeof(all[0]))
	if int(n) != len(all) {
		return fmt.Errorf("press keys: %w", err)
	}
	return nil
}
