package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"cpos/hw/desktop"
)

// openDisplay makes sure that there is a screen: the one of DISPLAY, or one of its own in memory under a name, or
// under any.
func openDisplay(ctx context.Context, own bool, name string) (close func(), err error) {
	if os.Getenv("DISPLAY") != "" && !own {
		return func() {}, nil
	}
	v, err := desktop.StartVirtualAs(ctx, name, stageW, stageH)
	if err != nil {
		return nil, err
	}
	if err := os.Setenv("DISPLAY", v.Display); err != nil {
		v.Stop()
		return nil, err
	}
	return v.Stop, nil
}

// hand is somebody else's keyboard: the scanner's and the cashier's. Its keys reach the display server as
// those of a device do (XTEST), so that the engine under test hears them the real way.
type hand struct {
	x       *xgb.Conn
	codes   map[rune]xproto.Keycode // of signs that need no Shift
	shifted map[rune]xproto.Keycode // of signs that need it
	shift   xproto.Keycode
}

// Signs of the keys that type nothing.
const (
	handEnter rune = 0xff0d
	handEsc   rune = 0xff1b
	handGrave rune = '`'
	handF6    rune = 0xffc3
	handF7    rune = 0xffc4
	handF10   rune = 0xffc7
)

func newHand() (*hand, error) {
	x, err := desktop.Dial()
	if err != nil {
		return nil, err
	}
	if err := xtest.Init(x); err != nil {
		x.Close()
		return nil, fmt.Errorf("open the keyboard of the demonstration: %w", err)
	}
	s := xproto.Setup(x)
	m, err := xproto.GetKeyboardMapping(x, s.MinKeycode, byte(s.MaxKeycode-s.MinKeycode)+1).Reply()
	if err != nil {
		x.Close()
		return nil, fmt.Errorf("open the keyboard of the demonstration: %w", err)
	}
	h := &hand{x: x, codes: map[rune]xproto.Keycode{}, shifted: map[rune]xproto.Keycode{}}
	per := int(m.KeysymsPerKeycode)
	for i := 0; i < len(m.Keysyms); i += per {
		for level, known := range []map[rune]xproto.Keycode{h.codes, h.shifted}[:min(per, 2)] {
			if sign := rune(m.Keysyms[i+level]); sign != 0 && known[sign] == 0 {
				known[sign] = s.MinKeycode + xproto.Keycode(i/per)
			}
		}
	}
	const shiftLeft = 0xffe1
	h.shift = h.codes[shiftLeft]
	h.take()
	return h, nil
}

// take makes the display change over to this keyboard, by a Shift that nobody sees. The change takes it a
// while, in which it would tear the first scan apart.
func (h *hand) take() {
	for _, kind := range []byte{xproto.KeyPress, xproto.KeyRelease} {
		xtest.FakeInput(h.x, kind, byte(h.shift), 0, 0, 0, 0, 0)
	}
	h.x.Sync()
}

func (h *hand) close() { h.x.Close() }

// gather is how long the display waits per sign with the first key, so that it has them all before it
// begins, also on a busy machine.
const gather = 10 * time.Millisecond

// write presses the keys of signs as one burst. A display in memory stamps a key when it gets to run, so
// on a busy machine a pause between two keys would be the machine's and no scanner's.
func (h *hand) write(signs string) error {
	wait := uint32(gather.Milliseconds()) * uint32(len(signs)+1)
	press := func(kind byte, code xproto.Keycode) {
		xtest.FakeInput(h.x, kind, byte(code), wait, 0, 0, 0, 0)
		wait = 0
	}
	for _, sign := range signs {
		code, plain := h.codes[sign]
		if !plain {
			code = h.shifted[sign]
		}
		if code == 0 {
			return fmt.Errorf("the keyboard has no key for %q", sign)
		}
		if !plain {
			press(xproto.KeyPress, h.shift)
		}
		press(xproto.KeyPress, code)
		press(xproto.KeyRelease, code)
		if !plain {
			press(xproto.KeyRelease, h.shift)
		}
	}
	h.x.Sync()
	return nil
}
