package profile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cpos/engine/words"
)

// ErrProfile says that a profile cannot be used. It is wrapped by every *Problems.
var ErrProfile = errors.New("profile has problems")

// Position is a place in a file of the repository, or the name of a variable or flag with line 0.
type Position struct {
	File      string
	Line, Col int
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Code names a kind of problem. Codes never change their meaning; CI scripts and searches rely on them.
type Code string

// Codes of what is written wrongly (E1) and of what does not fit together (E2).
const (
	BadSyntax    Code = "E101"
	UnknownKey   Code = "E102"
	WrongForm    Code = "E103" // a list where keys belong, or the like
	BadValue     Code = "E104"
	OutOfRange   Code = "E105"
	NotOneOf     Code = "E106"
	KeyTwice     Code = "E107"
	NoAlias      Code = "E108"
	EmptyValue   Code = "E109"
	SecretInText Code = "E110"
	BadHeader    Code = "E111"
	MissingFile  Code = "E112"
	FinalChanged Code = "E113"
	MissingKey   Code = "E114"
	UnknownName  Code = "E115" // a variable or flag that names no key

	TwinTills      Code = "E201" // two tills with one store and device number
	KeyClash       Code = "E202" // a hot-key given twice, or one that the POS uses itself
	RegionOutside  Code = "E203"
	TooWide        Code = "E204" // a receipt wider than its paper
	ManualNoWait   Code = "E205" // payment without Enter of an amount that is typed
	NoSecret       Code = "E206"
	NoRegion       Code = "E207"
	UnknownDriver  Code = "E208"
	NoWindow       Code = "E209"
	NoPort         Code = "E210"
	BoundsReversed Code = "E211"
	TooFewSources  Code = "E212" // more sources are to agree than there are, or one is counted twice
	HalfSource     Code = "E213" // a source without its port, control or region
	BadFile        Code = "E214" // a picture or a folder of taught signs that cannot be used
	PortTwice      Code = "E215"
)

// Problem is one thing that is wrong, and where.
type Problem struct {
	Code Code
	At   Position
	What words.Text
	Hint words.Text
}

// In gives "file:line:col: code: sentence" in a language.
func (p Problem) In(l words.Lang) string {
	return fmt.Sprintf("%s: %s: %s", p.At, p.Code, words.Say(l, p.What))
}

// Problems is everything that is wrong with a profile, in the order of files and lines.
type Problems struct{ All []Problem }

// Error gives one line for each problem, and its hint.
func (p *Problems) Error() string { return p.In(words.English) }

// In is Error in a language.
func (p *Problems) In(l words.Lang) string {
	var b strings.Builder
	for i, one := range p.All {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.In(l))
		if !one.Hint.IsZero() {
			b.WriteString(" (" + words.Say(l, one.Hint) + ")")
		}
	}
	return b.String()
}

// Unwrap gives ErrProfile.
func (p *Problems) Unwrap() error { return ErrProfile }

func (p *Problems) add(code Code, at Position, key string, namesAndValues ...any) *Problem {
	p.All = append(p.All, Problem{Code: code, At: at, What: words.T(key, namesAndValues...)})
	return &p.All[len(p.All)-1]
}

func (p *Problem) advise(key string, namesAndValues ...any) { p.Hint = words.T(key, namesAndValues...) }

// sort puts the problems in reading order and drops those reported twice.
func (p *Problems) sort() {
	slices.SortStableFunc(p.All, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line),
			cmp.Compare(a.At.Col, b.At.Col), cmp.Compare(a.Code, b.Code), cmp.Compare(a.What.String(), b.What.String()))
	})
	p.All = slices.CompactFunc(p.All, func(a, b Problem) bool {
		return a.Code == b.Code && a.At == b.At && a.What.String() == b.What.String()
	})
}

// or gives nil instead of an empty list.
func (p *Problems) or() error {
	if len(p.All) == 0 {
		return nil
	}
	p.sort()
	return p
}
