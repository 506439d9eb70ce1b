package profile

import (
	"encoding"
	"maps"
	"reflect"
	"slices"
	"strings"

	"cpos/engine/words"
)

// field is one key of a struct, as its tags describe it.
type field struct {
	name  string
	index int
	typ   reflect.Type
	rules rules
}

// rules are what the tags say about a value beyond its type.
type rules struct {
	enum   []string
	span   string // "least..most"
	needed bool
}

func fieldsOf(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, tagged := f.Tag.Lookup("yaml")
		if !tagged {
			continue
		}
		r := rules{span: f.Tag.Get("range"), needed: f.Tag.Get("need") == "yes"}
		if all := f.Tag.Get("enum"); all != "" {
			r.enum = strings.Split(all, "|")
		}
		all = append(all, field{name: name, index: i, typ: f.Type, rules: r})
	}
	return all
}

func findField(t reflect.Type, name string) (field, bool) {
	all := fieldsOf(t)
	i := slices.IndexFunc(all, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return all[i], true
}

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()

// interior says that layers merge inside values of this type; everything else is replaced as a whole.
func interior(t reflect.Type) bool {
	return t.Kind() == reflect.Map || t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(textType)
}

// leaf is one mergeable key.
type leaf struct {
	typ   reflect.Type
	rules rules
}

// leaves lists every mergeable key of the profile, except those below maps whose names are free.
func leaves() map[string]leaf {
	all := map[string]leaf{}
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		for _, f := range fieldsOf(t) {
			at := join(path, f.name)
			switch {
			case f.typ.Kind() == reflect.Map:
			case interior(f.typ):
				walk(f.typ, at)
			default:
				all[at] = leaf{f.typ, f.rules}
			}
		}
	}
	walk(reflect.TypeFor[Profile](), "")
	return all
}

// keyAt finds the type of a key, be it a leaf or what stands above leaves.
func keyAt(path string) (leaf, bool) {
	at := leaf{typ: reflect.TypeFor[Profile]()}
	for part := range strings.SplitSeq(path, ".") {
		switch {
		case at.typ.Kind() == reflect.Map && freeName.MatchString(part):
			at = leaf{typ: at.typ.Elem()}
		case interior(at.typ) && at.typ.Kind() == reflect.Struct:
			f, ok := findField(at.typ, part)
			if !ok {
				return leaf{}, false
			}
			at = leaf{f.typ, f.rules}
		default:
			return leaf{}, false
		}
	}
	return at, true
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// nearest gives the name that a word was meant to be, or "" when none is near.
func nearest(word string, names []string) string {
	return words.Nearest(word, names, max(1, len(word)/3))
}
