package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/hw/desktop"
)

// Why a control tells nothing.
var (
	ErrNone    = errors.New("the window has no such control")
	ErrSeveral = errors.New("several controls have that address")
	ErrSecret  = errors.New("the control is for a password")
	// ErrNoAccess says that programs cannot be asked here at all.
	ErrNoAccess = errors.New("the texts of windows cannot be asked for here")
)

// Control is a control of a window that has a text. The text itself is kept back, for it may be anything.
type Control struct {
	Address Address
	Role    string // what it is: a class on Windows, a role on Linux
	Name    string // what assistive programs call it; a program may put its text there
	Length  int    // of the text, in characters
	Shape   string // the text with its digits and letters masked
}

// Shape masks a text so far that only its form is left: digits become 0, letters become x and Chinese
// characters 字.
func Shape(text string) string {
	const most = 40
	mask := func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return '0'
		case unicode.Is(unicode.Han, r):
			return '字'
		case unicode.IsLetter(r):
			return 'x'
		case unicode.IsSpace(r), !unicode.IsPrint(r):
			return ' '
		}
		return r
	}
	s := []rune(strings.Map(mask, text))
	if len(s) > most {
		return string(s[:most]) + "…"
	}
	return string(s)
}

// made describes a control whose text is known.
func made(a Address, role, name, text string) Control {
	return Control{Address: a, Role: role, Name: Shape(name), Length: len([]rune(text)), Shape: Shape(text)}
}

// limit is how long one question may take: a program that hangs must not hold up a sale.
const limit = 500 * time.Millisecond

// Line is the text of one control of the POS's window.
type Line struct {
	texts   *Texts
	desktop *desktop.Desktop
	window  keys.Window
	address Address

	mu   sync.Mutex
	told capture.Told
}

var _ capture.Line = (*Line)(nil)

// Line makes a line of the control that the address means in the window that is meant. Neither has to be
// there yet.
func (t *Texts) Line(d *desktop.Desktop, w keys.Window, address string) (*Line, error) {
	a, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	return &Line{texts: t, desktop: d, window: w, address: a}, nil
}

// Said gives the text that the control has now, line by line. The error is capture.ErrSilent, with its
// reason, while the window or the control is not there, hidden or busy, and another one where nothing can be
// told at all: no access, several controls of that address, a password.
func (l *Line) Said(ctx context.Context) (capture.Told, error) {
	ask, stop := context.WithTimeout(ctx, limit)
	defer stop()
	w, err := l.desktop.Find(ask, l.window)
	if err == nil {
		var text string
		if text, err = l.texts.Read(ask, w, l.address); err == nil {
			return l.tell(text), nil
		}
	}
	if ctx.Err() != nil {
		return capture.Told{}, context.Cause(ctx)
	}
	if errors.Is(err, ErrNoAccess) || errors.Is(err, ErrSeveral) || errors.Is(err, ErrSecret) {
		return capture.Told{}, fmt.Errorf("control %s: %w", l.address, err) // waiting does not help
	}
	return capture.Told{}, fmt.Errorf("%w: control %s: %w", capture.ErrSilent, l.address, err)
}

// tell notes what the control says. It is told now, whenever it was written.
func (l *Line) tell(text string) capture.Told {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "\n")) {
		lines = append(lines, strings.TrimSpace(line))
	}
	if lines == nil {
		lines = []string{""}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told.Serial == 0 || !slices.Equal(lines, l.told.Lines) {
		l.told.Serial++
		l.told.Lines = lines
	}
	l.told.At = time.Now()
	told := l.told
	told.Lines = slices.Clone(l.told.Lines)
	return told
}
