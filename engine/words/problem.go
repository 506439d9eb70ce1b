package words

import "errors"

// Problem is an error a person is meant to read: what is wrong, and what to do now. Kind is a sentinel
// by which a caller decides, Cause what lies beneath.
type Problem struct {
	What  Text
	Hint  Text
	Kind  error
	Cause error
}

// Fail makes a Problem.
func Fail(kind error, key string, namesAndValues ...any) *Problem {
	return &Problem{What: T(key, namesAndValues...), Kind: kind}
}

// Because adds the cause.
func (p *Problem) Because(err error) *Problem { p.Cause = err; return p }

// Advise adds what to do now.
func (p *Problem) Advise(key string, namesAndValues ...any) *Problem {
	p.Hint = T(key, namesAndValues...)
	return p
}

// Error is the English form with the cause, as it stands in logs.
func (p *Problem) Error() string { return p.In(English) }

// In gives the sentence and its cause in a language. A cause that is itself a Problem is translated too.
func (p *Problem) In(l Lang) string {
	s := Say(l, p.What)
	if p.Cause == nil {
		return s
	}
	var inner *Problem
	if errors.As(p.Cause, &inner) {
		return s + ": " + inner.In(l)
	}
	return s + ": " + p.Cause.Error()
}

// Unwrap gives errors.Is and errors.As both the kind and the cause.
func (p *Problem) Unwrap() []error {
	var all []error
	for _, err := range []error{p.Kind, p.Cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}
