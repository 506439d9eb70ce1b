package input

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jezek/xgb/xproto"
)

// mapSettles is how long programs get to read a new layout before a key of it comes. They are told of it
// in order with the keys, so this only helps those that look late.
const mapSettles = 30 * time.Millisecond

// slowest is how long a busy program may take to look up a key that it got, before the key may change its
// meaning.
const slowest = 300 * time.Millisecond

// sparePool remembers which characters lie on which of the keys that mean nothing. They stay there after
// typing: a program that is slow to look must still find them.
type sparePool struct {
	codes []xproto.Keycode
	on    map[xproto.Keycode]rune
	of    map[rune]xproto.Keycode
	next  int // the key to be given away next: the one used longest ago
}

func newSparePool(codes []xproto.Keycode) *sparePool {
	return &sparePool{codes: codes, on: map[xproto.Keycode]rune{}, of: map[rune]xproto.Keycode{}}
}

func (p *sparePool) lookup(r rune) (xproto.Keycode, bool) {
	code, ok := p.of[r]
	return code, ok
}

// full says that n more characters would take keys from others.
func (p *sparePool) full(n int) bool { return len(p.on)+n > len(p.codes) }

// place gives a character a key.
func (p *sparePool) place(r rune) xproto.Keycode {
	code := p.codes[p.next]
	p.next = (p.next + 1) % len(p.codes)
	delete(p.of, p.on[code])
	p.on[code], p.of[r] = r, code
	return code
}

// follow brings the pool in line with a layout that somebody may have changed: characters that are no
// longer where they were put are forgotten, and keys that got a meaning are left alone.
func (p *sparePool) follow(m *keymap) {
	codes := slices.Clone(m.spare)
	for code, r := range p.on {
		if m.sym(code, 0) == symbolOf(r) {
			codes = append(codes, code)
			continue
		}
		delete(p.on, code)
		delete(p.of, r)
	}
	slices.Sort(codes)
	p.codes = codes
	p.next %= max(1, len(codes))
}

// mapSpare puts the characters of a text that no key has onto spare ones, until there is no more room. It
// says how many taps are ready, and how long to wait before the first. Unless evict is set, it takes no key
// from a character typed before: it asks to wait and be called again.
func (k *keyboard) mapSpare(all []tap, evict bool) (ready int, wait time.Duration, err error) {
	var missing []rune
	wanted := map[rune]bool{}
	for _, t := range all {
		_, ours := k.spare.lookup(t.char)
		_, has := k.keymap.places[symbolOf(t.char)]
		if t.char != 0 && (ours || !has) && !wanted[t.char] {
			if len(wanted) == len(k.spare.codes) {
				break
			}
			wanted[t.char] = true
			if !ours {
				missing = append(missing, t.char)
			}
		}
		ready++
	}
	if ready == 0 && len(all) > 0 {
		return 0, 0, fmt.Errorf("type %s: the keyboard has no such key and no spare one", all[0])
	}
	if len(missing) == 0 {
		return ready, 0, nil
	}
	if !evict && k.spare.full(len(missing)) {
		return 0, slowest, nil
	}
	var changed []xproto.Keycode
	for _, r := range missing {
		for wanted[k.spare.on[k.spare.codes[k.spare.next]]] { // keep those that this text needs
			k.spare.next = (k.spare.next + 1) % len(k.spare.codes)
		}
		changed = append(changed, k.spare.place(r))
	}
	if err := k.setKeys(changed); err != nil {
		return 0, 0, fmt.Errorf("type text: %w", err)
	}
	return ready, mapSettles, nil
}

// setKeys tells the server what now lies on spare keys, with and without Shift. Neighbours go in one
// request: after each one every program of the desktop reads the layout again, which takes some window
// managers 0.1 s. What a layout has, as amounts and Latin letters, needs none of this.
func (k *keyboard) setKeys(codes []xproto.Keycode) error {
	slices.Sort(codes)
	for len(codes) > 0 {
		n := 1
		for n < len(codes) && codes[n] == codes[n-1]+1 {
			n++
		}
		syms := make([]xproto.Keysym, 0, 2*n)
		for _, code := range codes[:n] {
			sym := xproto.Keysym(0)
			if r, ok := k.spare.on[code]; ok {
				sym = symbolOf(r)
			}
			syms = append(syms, sym, sym)
		}
		if err := xproto.ChangeKeyboardMappingChecked(k.x, byte(n), codes[0], 2, syms).Check(); err != nil {
			return err
		}
		codes = codes[n:]
	}
	return nil
}

// unmapSpare leaves the layout as it was found.
func (k *keyboard) unmapSpare() {
	if len(k.spare.on) == 0 {
		return
	}
	time.Sleep(slowest) // the last key typed may not have been looked at yet
	used := slices.Collect(maps.Keys(k.spare.on))
	clear(k.spare.on)
	_ = k.setKeys(used) // the display may be gone
}
