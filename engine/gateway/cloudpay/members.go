package cloudpay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// The answer to a payment is read while a customer waits, and it is objects in objects in a text in an
// object. What reads it here looks at each byte once for each of these. It takes what encoding/json takes, and
// nothing else, but a name counts only in exactly its letters.

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
	return eachMember(b, func(name string, value []byte) error {
		for _, m := range members {
			if m.name != name {
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
func eachMember(b []byte, tell func(name string, value []byte) error) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(b), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return errGarbled
	}
	var wrong error
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return errGarbled
		}
		text := name.String() // the token is good until the next is read
		value, err := d.ReadValue()
		if err != nil {
			return errGarbled
		}
		if wrong == nil {
			wrong = tell(text, value)
		}
	}
	if t, err := d.ReadToken(); err != nil || t.Kind() != '}' {
		return errGarbled
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return errGarbled
	}
	return wrong
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

// textOf gives the content of a String, if b is one. What is no character becomes U+FFFD.
func textOf(b []byte) (string, bool) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || b[0] != '"' {
		return "", false
	}
	if text, err := jsontext.AppendUnquote(nil, b); err == nil {
		return string(text), true
	}
	var text string // jsontext forgives no half characters
	return text, json.Unmarshal(b, &text) == nil
}
