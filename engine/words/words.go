// Package words owns every sentence a person reads, in Chinese and in English, in one catalogue.
//
// The rest of cpos speaks in keys and parameters (Text) and never in sentences; this room turns them
// into a language. It promises that each key has both languages with the same parameters. It formats
// nothing for storage: money and times arrive as finished text.
package words

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Lang is a language of the catalogue.
type Lang string

const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// ParseLang reads a language from a setting or from LANG ("zh_CN.UTF-8"); anything unknown is English.
func ParseLang(s string) Lang {
	if strings.HasPrefix(strings.ToLower(s), "zh") {
		return Chinese
	}
	return English
}

// Text is a sentence before it has a language: a key of the catalogue and its parameters, as
// alternating names and values.
type Text struct {
	Key  string
	Args []string
	Then *Text `json:",omitempty"` // said after it
}

// T makes a Text. Values are printed with fmt, so a payment code stays masked and money has its decimals.
func T(key string, namesAndValues ...any) Text {
	if len(namesAndValues)%2 != 0 {
		panic("words.T: a parameter without a value in " + key)
	}
	t := Text{Key: key}
	for _, v := range namesAndValues {
		t.Args = append(t.Args, fmt.Sprint(v))
	}
	return t
}

// And gives a text with another one behind it.
func (t Text) And(more Text) Text {
	switch {
	case t.IsZero():
		return more
	case more.IsZero():
		return t
	case t.Then != nil:
		more = t.Then.And(more)
	}
	t.Then = &more
	return t
}

// IsZero says that there is nothing to say.
func (t Text) IsZero() bool { return t.Key == "" }

// String gives the English form, for logs and tests.
func (t Text) String() string { return Say(English, t) }

// Say turns a text into a language. A key that is not in the catalogue comes back as itself with its
// parameters, so that nothing is swallowed; a test keeps that from happening.
func Say(l Lang, t Text) string {
	said := say(l, t)
	if t.Then == nil {
		return said
	}
	return said + between[l] + Say(l, *t.Then)
}

// between stands between two texts that are said one after the other.
var between = map[Lang]string{English: " "}

func say(l Lang, t Text) string {
	if t.IsZero() {
		return ""
	}
	entry, ok := catalogue()[t.Key]
	if !ok {
		return strings.TrimSpace(t.Key + " " + strings.Join(t.Args, " "))
	}
	pairs := make([]string, 0, len(t.Args))
	for i := 0; i+1 < len(t.Args); i += 2 {
		pairs = append(pairs, "{"+t.Args[i]+"}", t.Args[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(entry[l])
}

// Known says whether the catalogue holds the key.
func Known(key string) bool { _, ok := catalogue()[key]; return ok }

// Keys lists the catalogue in order.
func Keys() []string {
	keys := make([]string, 0, len(catalogue()))
	for k := range catalogue() {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

//go:embed catalogue/*.yaml
var files embed.FS

// catalogue is read once. The files are part of the program and tested with it, so a fault in them is
// ours alone.
var catalogue = sync.OnceValue(func() map[string]map[Lang]string {
	all, err := load(files)
	if err != nil {
		panic(err)
	}
	return all
})

func load(from fs.FS) (map[string]map[Lang]string, error) {
	all := map[string]map[Lang]string{}
	names, err := fs.Glob(from, "catalogue/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		var part map[string]map[Lang]string
		if err := yaml.Unmarshal(data, &part); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", path.Base(name), err)
		}
		for key, entry := range part {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("catalogue %s: key %q stands twice", path.Base(name), key)
			}
			all[key] = entry
		}
	}
	return all, nil
}
