package keys

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Mods is a set of modifiers.
type Mods uint8

const (
	Ctrl Mods = 1 << iota
	Shift
	Alt
	Super
)

// Key is the canonical lower-case name of a key: "a", "7", "f6", "enter", "grave".
type Key string

// Chord is a key with its modifiers.
type Chord struct {
	Mods Mods
	Key  Key
}

// ParseChord reads "f6", "ctrl+shift+p" or "~" (the key left of 1, without Shift). Case and spaces do not
// matter and the modifiers come in any order. The error is a *NameError that names the wrong word.
func ParseChord(s string) (Chord, error) {
	words := strings.Split(strings.ToLower(strings.TrimSpace(s)), "+")
	var c Chord
	for i, word := range words {
		word = strings.TrimSpace(word)
		last := i == len(words)-1
		mod, isMod := modifiers[word]
		key, isKey := canonical[word]
		switch {
		case word == "" || last && isMod:
			return Chord{}, &NameError{Chord: s, Why: "a key is missing"}
		case isMod:
			c.Mods |= mod
		case isKey && last:
			c.Key = key
		case isKey:
			return Chord{}, &NameError{Chord: s, Word: word, Why: "not a modifier"}
		default:
			return Chord{}, &NameError{Chord: s, Word: word, Why: "not a key", Nearest: nearest(word, canonical, modifiers)}
		}
	}
	return c, nil
}

// MustChord is ParseChord for names that stand in the program itself.
func MustChord(s string) Chord {
	c, err := ParseChord(s)
	if err != nil {
		panic(err)
	}
	return c
}

// String gives the chord as ParseChord reads it.
func (c Chord) String() string {
	var b strings.Builder
	for i, row := range modNames {
		if c.Mods&(1<<i) != 0 {
			b.WriteString(row[0] + "+")
		}
	}
	b.WriteString(string(c.Key))
	return b.String()
}

// IsZero says that no key is named.
func (c Chord) IsZero() bool { return c == Chord{} }

// MarshalText and UnmarshalText let a chord stand in a profile as its name.
func (c Chord) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText is ParseChord; an empty text is no chord, as MarshalText writes it.
func (c *Chord) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = Chord{}
		return nil
	}
	parsed, err := ParseChord(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// ResumeChord lets a plan that stopped go on, while the payment window says that it can.
var ResumeChord = Chord{Mods: Ctrl, Key: "enter"}

// Clash says that one chord was given to two purposes.
type Clash struct {
	Chord         Chord
	First, Second string
}

func (c *Clash) Error() string {
	return fmt.Sprintf("key %q is given to both %q and %q", c.Chord, c.First, c.Second)
}

// Clashes finds every chord that stands twice in a map of hot-keys.
func Clashes(hotkeys map[string]Chord) []*Clash {
	owner := map[Chord]string{}
	var all []*Clash
	for _, name := range slices.Sorted(maps.Keys(hotkeys)) {
		c := hotkeys[name]
		if first, twice := owner[c]; twice {
			all = append(all, &Clash{Chord: c, First: first, Second: name})
			continue
		}
		owner[c] = name
	}
	return all
}
