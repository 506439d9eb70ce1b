package input

import (
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"cpos/engine/keys"
)

// Key symbols that are no characters, as X11/keysymdef.h numbers them.
const (
	symEnter   = 0xff0d
	symKPEnter = 0xff8d
	symKP0     = 0xffb0
	symNumLock = 0xff7f
	symShiftL  = 0xffe1
	symCtrlL   = 0xffe3
	symAltL    = 0xffe9
	symSuperL  = 0xffeb
	symUnicode = 0x01000000 // plus the code point, above Latin 1
)

// symbols gives the key symbol of each key that has a name of its own.
var symbols = func() map[keys.Key]xproto.Keysym {
	all := map[keys.Key]xproto.Keysym{
		"enter": symEnter, "esc": 0xff1b, "space": ' ', "tab": 0xff09, "backspace": 0xff08, "delete": 0xffff,
		"insert": 0xff63, "home": 0xff50, "end": 0xff57, "pageup": 0xff55, "pagedown": 0xff56,
		"left": 0xff51, "up": 0xff52, "right": 0xff53, "down": 0xff54,
		"grave": '`', "minus": '-', "equal": '=', "lbracket": '[', "rbracket": ']', "backslash": '\\',
		"semicolon": ';', "quote": '\'', "comma": ',', "period": '.', "slash": '/',
		"menu": 0xff67, "print": 0xff61, "pause": 0xff13, "capslock": 0xffe5, "numlock": symNumLock, "scrolllock": 0xff14,
		"kp_add": 0xffab, "kp_subtract": 0xffad, "kp_multiply": 0xffaa, "kp_divide": 0xffaf,
		"kp_decimal": 0xffae, "kp_enter": symKPEnter,
	}
	for n := range 10 {
		all[keys.Key(fmt.Sprintf("kp_%d", n))] = xproto.Keysym(symKP0 + n)
		all[keys.Key(fmt.Sprintf("%d", n))] = xproto.Keysym('0' + n)
	}
	for n := 1; n <= 24; n++ {
		all[keys.Key(fmt.Sprintf("f%d", n))] = xproto.Keysym(0xffbe + n - 1)
	}
	for r := 'a'; r <= 'z'; r++ {
		all[keys.Key(r)] = xproto.Keysym(r)
	}
	return all
}()

// symbolOf gives the key symbol of a character.
func symbolOf(r rune) xproto.Keysym {
	if r >= 0x20 && r <= 0x7e || r >= 0xa0 && r <= 0xff {
		return xproto.Keysym(r)
	}
	return xproto.Keysym(symUnicode + r)
}

// place is where a key symbol lies: a key, whether Shift (or NumLock, on the keypad) is wanted, and in which
// of the keyboard's two layouts.
type place struct {
	code    xproto.Keycode
	shifted bool
	group   byte
}

// keymap is the keyboard layout as the server has it.
type keymap struct {
	first   xproto.Keycode
	per     int
	syms    []xproto.Keysym
	places  map[xproto.Keysym]place
	spare   []xproto.Keycode // keys that mean nothing
	mods    map[xproto.Keycode]bool
	locks   map[xproto.Keycode]bool // CapsLock and NumLock
	numLock uint16                  // the modifier bit that NumLock sets
}

func readKeymap(c *xgb.Conn) (*keymap, error) {
	setup := xproto.Setup(c)
	m := &keymap{first: setup.MinKeycode, places: map[xproto.Keysym]place{},
		mods: map[xproto.Keycode]bool{}, locks: map[xproto.Keycode]bool{}}
	reply, err := xproto.GetKeyboardMapping(c, m.first, byte(setup.MaxKeycode-m.first)+1).Reply()
	if err != nil {
		return nil, fmt.Errorf("read keyboard layout: %w", err)
	}
	m.per, m.syms = int(reply.KeysymsPerKeycode), reply.Keysyms
	for i := range len(m.syms) / m.per {
		m.add(m.first + xproto.Keycode(i))
	}
	return m, m.readModifiers(c)
}

// add notes where the symbols of one key lie. The first key that has a symbol is the one to use.
func (m *keymap) add(code xproto.Keycode) {
	empty := true
	for column := range m.per {
		sym := m.sym(code, column)
		if sym == 0 {
			continue
		}
		empty = false
		at, known := m.places[sym]
		if column < 4 && (!known || byte(column/2) < at.group) {
			m.places[sym] = place{code: code, shifted: column%2 == 1, group: byte(column / 2)}
		}
	}
	if empty {
		m.spare = append(m.spare, code)
	}
}

func (m *keymap) readModifiers(c *xgb.Conn) error {
	reply, err := xproto.GetModifierMapping(c).Reply()
	if err != nil {
		return fmt.Errorf("read modifiers: %w", err)
	}
	const lockRow = 1
	per := int(reply.KeycodesPerModifier)
	for i, code := range reply.Keycodes {
		switch row := i / per; {
		case code == 0:
		case m.sym(code, 0) == symNumLock:
			m.numLock |= 1 << row
			m.locks[code] = true
		case row == lockRow:
			m.locks[code] = true
		default:
			m.mods[code] = true
		}
	}
	return nil
}

func (m *keymap) sym(code xproto.Keycode, column int) xproto.Keysym {
	i := int(code-m.first)*m.per + column
	if code < m.first || column >= m.per || i >= len(m.syms) {
		return 0
	}
	return m.syms[i]
}

// char gives the character that a key has under a modifier state, '\r' for Enter, 0 for none. CapsLock
// does not count: a scanner that presses Shift for a capital letter means it.
func (m *keymap) char(code xproto.Keycode, state uint16) rune {
	if state&(xproto.ModMaskControl|xproto.ModMask1|xproto.ModMask4) != 0 {
		return 0
	}
	column := 0
	if groupOf(state) == 1 && m.sym(code, 2) != 0 {
		column = 2
	}
	if state&xproto.ModMaskShift != 0 {
		column++
	}
	sym := m.sym(code, column)
	if keypad := m.sym(code, 1); keypad >= symKP0 && keypad <= symKP0+9 && state&m.numLock != 0 {
		return '0' + rune(keypad-symKP0)
	}
	switch {
	case sym == symEnter || sym == symKPEnter || sym == 0xff0a:
		return '\r'
	case sym >= 0x20 && sym <= 0x7e:
		return rune(sym)
	}
	return 0
}

// lockStates lists every combination of CapsLock and NumLock: a grab must name each one.
func (m *keymap) lockStates() []uint16 {
	if m.numLock == 0 {
		return []uint16{0, xproto.ModMaskLock}
	}
	return []uint16{0, xproto.ModMaskLock, m.numLock, m.numLock | xproto.ModMaskLock}
}

// maskOf gives the X11 modifier bits of a chord.
func maskOf(mods keys.Mods) uint16 {
	var mask uint16
	for mod, bit := range map[keys.Mods]uint16{keys.Ctrl: xproto.ModMaskControl, keys.Shift: xproto.ModMaskShift,
		keys.Alt: xproto.ModMask1, keys.Super: xproto.ModMask4} {
		if mods&mod != 0 {
			mask |= bit
		}
	}
	return mask
}

// heldMods are the modifiers that change what a key means to a program.
const heldMods = xproto.ModMaskShift | xproto.ModMaskControl | xproto.ModMask1 | xproto.ModMask4
