package cloudpay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// The answer to a payment is read while a customer waits, and it is objects in objects in a text in an
// object. What reads it here looks at each byte once for each of these. It takes what encoding/json takes,
// and nothing else, but a name counts only in exactly its letters.

// member is a member of an object and what reads its value.
type member struct {
	name string
	into json.Unmarshaler
}

// object reads the members that it is told of; others are passed over. Of two members of one name both are
// read, in their order. null leaves everything as it is.
func object(b []byte, members ...member) error {
	if isNull(b) {
		return nil
	}
	return eachMember(b, func(name, value []byte) error {
		for _, m := range members {
			if m.name != string(name) {
				continue
			}
			if err := m.into.UnmarshalJSON(value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
}

func isNull(b []byte) bool { return string(bytes.TrimSpace(b)) == "null" }

// eachMember tells of each member of the object that b is. What was told before an error counts for nothing.
func eachMember(b []byte, tell func(name, value []byte) error) error {
	s := scan{b: b}
	s.space()
	var err error
	whole := s.object(func(name, value []byte) {
		if err == nil {
			err = tell(unescaped(name), value)
		}
	})
	if s.space(); !whole || s.at < len(b) {
		return errGarbled
	}
	return err
}

// optional reads into a pointer, which stays nil where the member is missing or null.
func optional[T any, P interface {
	*T
	json.Unmarshaler
}](to **T) json.Unmarshaler {
	return pointer[T, P]{to}
}

type pointer[T any, P interface {
	*T
	json.Unmarshaler
}] struct{ to **T }

func (p pointer[T, P]) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		*p.to = nil
		return nil
	}
	if *p.to == nil {
		*p.to = new(T)
	}
	return P(*p.to).UnmarshalJSON(b)
}

// strict reads a String and nothing else.
type strict string

func (t *strict) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	s, ok := textOf(b)
	if !ok {
		return errGarbled
	}
	*t = strict(s)
	return nil
}

// textOf gives the content of a String, if b is one.
func textOf(b []byte) (string, bool) {
	b = bytes.TrimSpace(b)
	if s := (scan{b: b}); !s.text() || s.at < len(b) {
		return "", false
	}
	return string(unescaped(b)), true
}

// deepest is how many objects and lists may stand in one another, as in encoding/json.
const deepest = 10000

// scan goes through a JSON text. Its methods pass what they are called after and say whether it was there.
type scan struct {
	b         []byte
	at, depth int
}

func (s *scan) space() {
	for s.at < len(s.b) && (s.b[s.at] == ' ' || s.b[s.at] == '\n' || s.b[s.at] == '\t' || s.b[s.at] == '\r') {
		s.at++
	}
}

func (s *scan) sign(c byte) bool {
	if s.at == len(s.b) || s.b[s.at] != c {
		return false
	}
	s.at++
	return true
}

func (s *scan) value() bool {
	if s.at == len(s.b) {
		return false
	}
	switch s.b[s.at] {
	case '"':
		return s.text()
	case '{':
		return s.object(func(_, _ []byte) {})
	case '[':
		return s.list()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

func (s *scan) word(w string) bool {
	found := bytes.HasPrefix(s.b[s.at:], []byte(w))
	if found {
		s.at += len(w)
	}
	return found
}

// object tells of each member: its name in quotes and its value.
func (s *scan) object(tell func(name, value []byte)) bool {
	return s.series('{', '}', func() bool {
		start := s.at
		if !s.text() {
			return false
		}
		name := s.b[start:s.at]
		if s.space(); !s.sign(':') {
			return false
		}
		s.space()
		if start = s.at; !s.value() {
			return false
		}
		tell(name, s.b[start:s.at])
		return true
	})
}

func (s *scan) list() bool { return s.series('[', ']', s.value) }

// series passes what stands between two brackets, with a comma between each and the next.
func (s *scan) series(open, end byte, each func() bool) bool {
	if s.depth++; s.depth > deepest || !s.sign(open) {
		return false
	}
	if s.space(); s.sign(end) {
		s.depth--
		return true
	}
	for each() {
		if s.space(); s.sign(end) {
			s.depth--
			return true
		}
		if !s.sign(',') {
			return false
		}
		s.space()
	}
	return false
}

func (s *scan) text() bool {
	if !s.sign('"') {
		return false
	}
	for s.at < len(s.b) {
		c := s.b[s.at]
		s.at++
		switch {
		case c == '"':
			return true
		case c < ' ' || c == '\\' && !s.escape():
			return false
		}
	}
	return false
}

// escape passes what stands behind a backslash.
func (s *scan) escape() bool {
	if s.at == len(s.b) {
		return false
	}
	c := s.b[s.at]
	s.at++
	if c != 'u' {
		return bytes.IndexByte([]byte(`"\/bfnrt`), c) >= 0
	}
	if _, ok := unit(s.b[s.at:]); !ok {
		return false
	}
	s.at += 4
	return true
}

func (s *scan) number() bool {
	s.sign('-')
	if !s.sign('0') && !s.digits() {
		return false
	}
	if s.sign('.') && !s.digits() {
		return false
	}
	if s.sign('e') || s.sign('E') {
		_ = s.sign('+') || s.sign('-')
		return s.digits()
	}
	return true
}

func (s *scan) digits() bool {
	start := s.at
	for s.at < len(s.b) && s.b[s.at] >= '0' && s.b[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

// unit reads the four digits of an escape, which are one unit of UTF-16.
func unit(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	u, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(u), err == nil
}

// unescaped gives the content of a well-formed String, in place where it is as it stands. What is no
// character becomes U+FFFD.
func unescaped(b []byte) []byte {
	b = b[1 : len(b)-1]
	if bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
		return b
	}
	to := make([]byte, 0, len(b))
	for {
		run := bytes.IndexByte(b, '\\')
		if run < 0 {
			return appendValid(to, b)
		}
		to = appendValid(to, b[:run])
		c := b[run+1]
		b = b[run+2:]
		if c != 'u' {
			to = append(to, plainly(c))
			continue
		}
		r, _ := unit(b)
		b = b[4:]
		if utf16.IsSurrogate(r) {
			r, b = pair(r, b)
		}
		to = utf8.AppendRune(to, r)
	}
}

func appendValid(to, b []byte) []byte {
	if utf8.Valid(b) {
		return append(to, b...)
	}
	for _, r := range string(b) {
		to = utf8.AppendRune(to, r)
	}
	return to
}

// pair joins half a character with the other half, if that is what stands in front of b.
func pair(half rune, b []byte) (rune, []byte) {
	if len(b) > 2 && b[0] == '\\' && b[1] == 'u' {
		other, _ := unit(b[2:])
		if r := utf16.DecodeRune(half, other); r != utf8.RuneError {
			return r, b[6:]
		}
	}
	return utf8.RuneError, b
}

// plainly is the character that an escape of one letter stands for.
func plainly(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
