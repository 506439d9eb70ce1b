package input

import "encoding/binary"

// rawEvent is one event of Windows Raw Input, as far as a scanner needs it.
type rawEvent struct {
	device uint64 // the handle of the keyboard that it came from
	vk     uint16
	down   bool
}

// readRawEvent reads a RAWINPUT of a 64-bit Windows (winuser.h): a header of 24 bytes (type, size, device,
// wParam) and a RAWKEYBOARD. It is false for what no keyboard sent.
func readRawEvent(b []byte) (e rawEvent, ok bool) {
	const header, keyboard, isUp, overrun = 24, 1, 1, 0xFF
	if len(b) < header+16 || binary.LittleEndian.Uint32(b) != keyboard {
		return rawEvent{}, false
	}
	code, flags := binary.LittleEndian.Uint16(b[header:]), binary.LittleEndian.Uint16(b[header+2:])
	e = rawEvent{device: binary.LittleEndian.Uint64(b[8:]), vk: binary.LittleEndian.Uint16(b[header+6:]), down: flags&isUp == 0}
	return e, code != overrun && e.vk != overrun // more keys at once than the keyboard can tell, and half of a pair
}

// rawDecoder turns the events of one device into the characters that it types, under the US layout that
// scanners come with.
type rawDecoder struct {
	device uint64
	shift  bool
	down   map[uint16]bool
}

func (d *rawDecoder) feed(e rawEvent) (typed []byte) {
	if e.device != d.device {
		return nil
	}
	if d.down == nil {
		d.down = map[uint16]bool{}
	}
	repeat := d.down[e.vk]
	d.down[e.vk] = e.down
	switch {
	case e.vk == vkShift || e.vk == vkLeftShift || e.vk == vkLeftShift+1:
		d.shift = e.down
	case e.down && !repeat:
		if r := virtualChar(e.vk, d.shift, true); r != 0 {
			return []byte(string(r))
		}
	}
	return nil
}
