package input

import (
	"testing"

	"cpos/engine/keys"
)

func TestEveryNamedKeyHasItsWindowsKey(t *testing.T) {
	owner := map[virtualKey]keys.Key{}
	for _, name := range keys.Names() {
		vk, ok := virtualKeys[name]
		if !ok || vk.vk == 0 {
			t.Errorf("%s has no Windows key", name)
		}
		if other, twice := owner[vk]; twice {
			t.Errorf("%s and %s are one Windows key", name, other)
		}
		owner[vk] = name
		if virtualMod(vk.vk) {
			t.Errorf("%s is a modifier", name)
		}
	}
	for _, mod := range []uint16{vkShift, vkControl, vkMenu, vkLeftShift, vkRightMenu, vkLeftWin, vkRightWin} {
		if !virtualMod(mod) {
			t.Errorf("%#x is no modifier", mod)
		}
	}
}

func TestCharactersOfWindowsKeys(t *testing.T) {
	for _, row := range []struct {
		name           string
		vk             uint16
		shift, numLock bool
		want           rune
	}{
		{"a digit", '7', false, false, '7'},
		{"the sign above a digit", '2', true, false, '@'},
		{"a small letter", 'C', false, false, 'c'},
		{"a capital letter", 'C', true, false, 'C'},
		{"the bracket of an AIM prefix", vkOEM6, false, false, ']'},
		{"Enter", vkReturn, false, false, '\r'},
		{"a keypad digit", vkNumpad0 + 5, false, true, '5'},
		{"a keypad digit without NumLock", vkNumpad0 + 5, false, false, 0},
		{"an arrow", 0x25, false, false, 0},
		{"Backspace", vkBack, false, false, 0},
		{"Tab", vkTab, false, false, 0},
	} {
		if got := virtualChar(row.vk, row.shift, row.numLock); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}
