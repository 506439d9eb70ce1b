package main

import (
	"context"
	"fmt"

	robot "github.com/go-vgo/robotgo/win"
)

// openDisplay: a Windows session has a desktop.
func openDisplay(context.Context, bool, string) (close func(), err error) { return func() {}, nil }

// hand is somebody else's keyboard: the scanner's and the cashier's. Its keys enter the system where those
// of a device do, from another process than the engine's, and are pressed by a library that knows nothing of
// cpos.
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

// handKeys are the library's names of them.
var handKeys = map[rune]string{handEnter: robot.Enter, handEsc: robot.Esc, handF6: robot.F6, handF7: robot.F7, handF10: robot.F10}

func newHand() (*hand, error) { return &hand{}, nil }

func (*hand) close() {}

// write presses the keys of signs as one burst, each for the library's 10 ms.
func (h *hand) write(signs string) error {
	for _, sign := range signs {
		name, known := handKeys[sign]
		if !known {
			name = string(sign)
		}
		if err := robot.KeyTap(name); err != nil {
			return fmt.Errorf("press %q: %w", sign, err)
		}
	}
	return nil
}
