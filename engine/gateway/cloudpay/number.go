package cloudpay

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// number reads what the service calls a Number and sends as 12, "12" or 12.0. A fraction or an empty text
// is an error: it decides about money or about a state, and no guess is good enough there.
type number int64

var errNumber = errors.New("not a whole number")

func (n *number) UnmarshalJSON(b []byte) error {
	s := unquoted(b)
	if s == "" && string(b) == "null" {
		return nil // as encoding/json does with every type
	}
	whole, fraction, _ := strings.Cut(s, ".")
	v, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.Trim(fraction, "0") != "" {
		return errNumber
	}
	*n = number(v)
	return nil
}

// hint is a number that helps and decides nothing, such as a time. What cannot be read is zero, so that it
// cannot spoil an answer about money.
type hint int64

func (h *hint) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseInt(unquoted(b), 10, 64)
	if err != nil {
		v = 0
	}
	*h = hint(v)
	return nil
}

// logID is unsigned and above 2^31 now and then. It is for the support desk only, so that nothing that
// stands there can spoil an answer about money.
type logID uint64

func (id *logID) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseUint(unquoted(b), 10, 64)
	if err != nil {
		v = 0
	}
	*id = logID(v)
	return nil
}

// text reads a String that some samples send as a number, such as device_id.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = text(unquoted(b))
	return nil
}

// flag reads a bool that may come as 1 or "true". Anything that is not a clear no is a yes: the one flag
// there is says "still being processed", and that is the careful reading.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(unquoted(b)) {
	case "", "false", "0", "n", "no":
		*f = false
	default:
		*f = true
	}
	return nil
}

// present remembers only whether a member said something other than nothing or zero; it reads nested
// amounts that come in fen, in yuan or as text.
type present bool

func (p *present) UnmarshalJSON(b []byte) error {
	*p = strings.Trim(unquoted(b), "0.") != ""
	return nil
}

// unquoted gives a scalar's text: null and the empty string are "".
func unquoted(b []byte) string {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || b[0] != '"' {
		return strings.TrimPrefix(string(b), "null")
	}
	if s, ok := textOf(b); ok {
		return strings.TrimSpace(s)
	}
	return string(b)
}

// cut shortens s to at most n bytes without splitting a character: the service counts bytes.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// maxText bounds the service's sentence, in bytes, as its own table does.
const maxText = 255

// sentence makes the service's text fit for a window, a slip and a book: one line, no controls.
func sentence(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return cut(strings.TrimSpace(s), maxText)
}
