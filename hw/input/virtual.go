package input

import (
	"fmt"

	"cpos/engine/keys"
)

// Windows virtual keys, as winuser.h numbers them. They stand apart from the calls that need Windows, so
// that the tables are tested everywhere.
const (
	vkBack, vkTab, vkReturn       = 0x08, 0x09, 0x0D
	vkShift, vkControl, vkMenu    = 0x10, 0x11, 0x12
	vkLeftWin, vkRightWin         = 0x5B, 0x5C
	vkNumpad0, vkF1               = 0x60, 0x70
	vkLeftShift, vkRightMenu      = 0xA0, 0xA5 // and those between: the six sided modifiers
	vkOEM1, vkOEM2, vkOEM3        = 0xBA, 0xBF, 0xC0
	vkOEM4, vkOEM5, vkOEM6        = 0xDB, 0xDC, 0xDD
	vkOEM7, vkOEMPlus, vkOEMComma = 0xDE, 0xBB, 0xBC
	vkOEMMinus, vkOEMPeriod       = 0xBD, 0xBE
)

// virtualKey is a key as SendInput and RegisterHotKey know it.
type virtualKey struct {
	vk       uint16
	extended bool   // on the grey block or the keypad: the same scan code with a prefix
	keypad   uint16 // its scan code there; it goes by its virtual key, for by that code it would depend on NumLock
}

var virtualKeys = func() map[keys.Key]virtualKey {
	all := map[keys.Key]virtualKey{
		"enter": {vk: vkReturn}, "esc": {vk: 0x1B}, "space": {vk: 0x20}, "tab": {vk: vkTab}, "backspace": {vk: vkBack},
		"delete": {vk: 0x2E, extended: true}, "insert": {vk: 0x2D, extended: true},
		"home": {vk: 0x24, extended: true}, "end": {vk: 0x23, extended: true},
		"pageup": {vk: 0x21, extended: true}, "pagedown": {vk: 0x22, extended: true},
		"left": {vk: 0x25, extended: true}, "up": {vk: 0x26, extended: true},
		"right": {vk: 0x27, extended: true}, "down": {vk: 0x28, extended: true},
		"grave": {vk: vkOEM3}, "minus": {vk: vkOEMMinus}, "equal": {vk: vkOEMPlus},
		"lbracket": {vk: vkOEM4}, "rbracket": {vk: vkOEM6}, "backslash": {vk: vkOEM5}, "semicolon": {vk: vkOEM1},
		"quote": {vk: vkOEM7}, "comma": {vk: vkOEMComma}, "period": {vk: vkOEMPeriod}, "slash": {vk: vkOEM2},
		"menu": {vk: 0x5D, extended: true}, "print": {vk: 0x2C, extended: true}, "pause": {vk: 0x13},
		"capslock": {vk: 0x14}, "numlock": {vk: 0x90, extended: true}, "scrolllock": {vk: 0x91},
		"kp_multiply": {vk: 0x6A, keypad: 0x37}, "kp_add": {vk: 0x6B, keypad: 0x4E}, "kp_subtract": {vk: 0x6D, keypad: 0x4A},
		"kp_decimal": {vk: 0x6E, keypad: 0x53}, "kp_divide": {vk: 0x6F, extended: true, keypad: 0x35},
		"kp_enter": {vk: vkReturn, extended: true},
	}
	for n, scan := range []uint16{0x52, 0x4F, 0x50, 0x51, 0x4B, 0x4C, 0x4D, 0x47, 0x48, 0x49} {
		all[keys.Key(fmt.Sprintf("kp_%d", n))] = virtualKey{vk: uint16(vkNumpad0 + n), keypad: scan}
		all[keys.Key(fmt.Sprintf("%d", n))] = virtualKey{vk: uint16('0' + n)}
	}
	for n := 1; n <= 24; n++ {
		all[keys.Key(fmt.Sprintf("f%d", n))] = virtualKey{vk: uint16(vkF1 + n - 1)}
	}
	for r := 'A'; r <= 'Z'; r++ {
		all[keys.Key(r+'a'-'A')] = virtualKey{vk: uint16(r)}
	}
	return all
}()

// virtualMod says that a virtual key is Shift, Ctrl, Alt or Win, on either side.
func virtualMod(vk uint16) bool {
	return vk >= vkShift && vk <= vkMenu || vk >= vkLeftShift && vk <= vkRightMenu || vk == vkLeftWin || vk == vkRightWin
}

// virtualChar gives the character of a virtual key as a scanner with the common US layout means it, '\r'
// for Enter, 0 for none. numLock matters to the keypad only.
func virtualChar(vk uint16, shift, numLock bool) rune {
	const digits = ")!@#$%^&*("
	punctuation := map[uint16][2]rune{
		0x20: {' ', ' '}, vkOEM1: {';', ':'}, vkOEM2: {'/', '?'}, vkOEM3: {'`', '~'}, vkOEM4: {'[', '{'}, vkOEM5: {'\\', '|'},
		vkOEM6: {']', '}'}, vkOEM7: {'\'', '"'}, vkOEMPlus: {'=', '+'}, vkOEMComma: {',', '<'}, vkOEMMinus: {'-', '_'},
		vkOEMPeriod: {'.', '>'},
	}
	pair, known := punctuation[vk]
	switch {
	case vk == vkReturn:
		return '\r'
	case vk >= '0' && vk <= '9' && shift:
		return rune(digits[vk-'0'])
	case vk >= '0' && vk <= '9', vk >= 'A' && vk <= 'Z' && shift:
		return rune(vk)
	case vk >= 'A' && vk <= 'Z':
		return rune(vk) + 'a' - 'A'
	case vk >= vkNumpad0 && vk <= vkNumpad0+9 && numLock:
		return '0' + rune(vk-vkNumpad0)
	case known && shift:
		return pair[1]
	case known:
		return pair[0]
	}
	return 0
}
