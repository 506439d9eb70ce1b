package profile

import (
	"encoding"
	"errors"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cpos/engine/keys"
	"cpos/engine/pay"

	"go.yaml.in/yaml/v3"
)

// freeName is what names may look like where the profile leaves them free (regions, secrets).
var freeName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// decoder reads YAML nodes strictly into the types of the profile and gathers what is wrong. Scalars are
// taken by their text and never by YAML's own reading of it, so leading zeros survive and no amount ever
// becomes a float.
type decoder struct {
	file     string
	problems *Problems
}

func (d *decoder) at(n *yaml.Node) Position {
	if n.Line == 0 {
		return Position{File: d.file} // a variable or a flag
	}
	return Position{d.file, n.Line, n.Column}
}

func (d *decoder) fail(code Code, n *yaml.Node, key string, namesAndValues ...any) *Problem {
	return d.problems.add(code, d.at(n), key, namesAndValues...)
}

// tree checks a mapping against a type and gives its leaves for merging, in nested maps. What is wrong
// is reported and left out.
func (d *decoder) tree(n *yaml.Node, t reflect.Type, path string, keep func(n *yaml.Node) int) map[string]any {
	all := map[string]any{}
	d.eachKey(n, path, func(name string, key, value *yaml.Node) {
		at := join(path, name)
		to, ok := d.member(t, key, name, at)
		switch {
		case !ok:
		case interior(to.typ):
			if value.Kind == yaml.ScalarNode && value.Tag == "!!null" {
				return // "receipt:" with everything below it commented out
			}
			all[name] = d.tree(value, to.typ, at, keep)
		case d.value(value, reflect.New(to.typ).Elem(), to.rules, at):
			all[name] = keep(value)
		}
	})
	return all
}

// member finds the type of one key below a type, or reports it as unknown.
func (d *decoder) member(t reflect.Type, key *yaml.Node, name, path string) (leaf, bool) {
	if t.Kind() == reflect.Map {
		if freeName.MatchString(name) {
			return leaf{typ: t.Elem()}, true
		}
		d.fail(BadValue, key, "profile.bad_name", "name", clip(name))
		return leaf{}, false
	}
	f, ok := findField(t, name)
	if !ok {
		var names []string
		for _, f := range fieldsOf(t) {
			names = append(names, f.name)
		}
		d.unknown(key, name, path, names)
	}
	return leaf{f.typ, f.rules}, ok
}

func (d *decoder) unknown(key *yaml.Node, name, path string, names []string) {
	p := d.fail(UnknownKey, key, "profile.unknown_key", "key", clip(path))
	if path == "hotkeys.pay.cash" { // the natural thing to try: it is said that it would do nothing
		p.advise("profile.cash_key", "keys", strings.Join(names, ", "))
		return
	}
	if near := nearest(name, names); near != "" {
		p.advise("profile.did_you_mean", "key", strings.TrimSuffix(path, name)+near)
	} else {
		p.advise("profile.known_keys", "keys", strings.Join(names, ", "))
	}
}

// eachKey calls do for every key of a mapping, once.
func (d *decoder) eachKey(n *yaml.Node, path string, do func(name string, key, value *yaml.Node)) {
	if d.alias(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.fail(WrongForm, n, "profile.want_keys", "key", clip(path))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || d.alias(key) {
			d.fail(WrongForm, key, "profile.want_name", "key", clip(path))
			continue
		}
		if line, twice := first[key.Value]; twice {
			d.fail(KeyTwice, key, "profile.key_twice", "key", clip(join(path, key.Value)), "line", line)
			continue
		}
		first[key.Value] = key.Line
		if !d.alias(value) {
			do(key.Value, key, value)
		}
	}
}

// alias refuses anchors and aliases: layers are the way to share values, and a line must say what it sets.
func (d *decoder) alias(n *yaml.Node) bool {
	if n.Kind != yaml.AliasNode && n.Anchor == "" && n.Tag != "!!merge" {
		return false
	}
	d.fail(NoAlias, n, "profile.no_alias")
	return true
}

// value decodes one node into v and says whether all of it was right.
func (d *decoder) value(n *yaml.Node, v reflect.Value, r rules, path string) bool {
	if d.alias(n) {
		return false
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		d.fail(EmptyValue, n, "profile.empty_value", "key", path).advise("profile.empty_value.hint")
		return false
	}
	switch {
	case interior(v.Type()) && v.Kind() == reflect.Struct:
		return d.structure(n, v, path)
	case interior(v.Type()):
		return d.named(n, v, path)
	case v.Kind() == reflect.Slice, v.Kind() == reflect.Array:
		return d.list(n, v, path)
	}
	return d.scalar(n, v, r, path)
}

// structure decodes a struct inside a list, where nothing is merged and so every needed key must stand.
func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) bool {
	before := len(d.problems.All)
	seen := map[string]bool{}
	d.eachKey(n, path, func(name string, key, value *yaml.Node) {
		at := join(path, name)
		seen[name] = true
		if _, ok := d.member(v.Type(), key, name, at); ok {
			f, _ := findField(v.Type(), name)
			d.value(value, v.Field(f.index), f.rules, at)
		}
	})
	for _, f := range fieldsOf(v.Type()) {
		if n.Kind == yaml.MappingNode && f.rules.needed && !seen[f.name] {
			d.fail(MissingKey, n, "profile.missing_key", "key", join(path, f.name))
		}
	}
	return len(d.problems.All) == before
}

func (d *decoder) named(n *yaml.Node, v reflect.Value, path string) bool {
	before := len(d.problems.All)
	v.Set(reflect.MakeMap(v.Type()))
	d.eachKey(n, path, func(name string, key, value *yaml.Node) {
		to, ok := d.member(v.Type(), key, name, join(path, name))
		if !ok {
			return
		}
		element := reflect.New(to.typ).Elem()
		if d.value(value, element, to.rules, join(path, name)) {
			v.SetMapIndex(reflect.ValueOf(name), element)
		}
	})
	return len(d.problems.All) == before
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) bool {
	if n.Kind != yaml.SequenceNode {
		d.fail(WrongForm, n, "profile.want_list", "key", path)
		return false
	}
	if v.Kind() == reflect.Array {
		if len(n.Content) != v.Len() {
			d.fail(WrongForm, n, "profile.want_count", "key", path, "count", v.Len())
			return false
		}
	} else {
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	}
	good := true
	for i, item := range n.Content {
		good = d.value(item, v.Index(i), rules{}, path+"["+strconv.Itoa(i)+"]") && good
	}
	return good
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, r rules, path string) bool {
	if n.Kind != yaml.ScalarNode {
		p := d.fail(WrongForm, n, "profile.want_value", "key", path)
		if example := exampleOf(v.Type()); example != "" {
			p.advise(example)
		}
		return false
	}
	if err := setText(v, n.Value); err != nil {
		d.badValue(n, v.Type(), err, path)
		return false
	}
	if len(r.enum) > 0 && !contains(r.enum, n.Value) {
		p := d.fail(NotOneOf, n, "profile.not_one_of", "key", path, "value", clip(n.Value), "allowed", strings.Join(r.enum, ", "))
		if near := nearest(n.Value, r.enum); near != "" {
			p.advise("profile.did_you_mean", "key", near)
		}
		return false
	}
	if r.span != "" && !within(v, r.span) {
		least, most, _ := strings.Cut(r.span, "..")
		d.fail(OutOfRange, n, "profile.out_of_range", "key", path, "value", clip(n.Value), "least", least, "most", most)
		return false
	}
	return true
}

// badValue says how the value is to be written. The text of a secret is never repeated, for it may be one.
func (d *decoder) badValue(n *yaml.Node, t reflect.Type, err error, path string) {
	if errors.Is(err, errPass) { // what stands there may be the pass phrase itself
		d.fail(SecretInText, n, "profile.literal_pass", "key", path).advise("profile.literal_pass.hint")
		return
	}
	if errors.Is(err, errSecret) {
		d.fail(SecretInText, n, "profile.literal_secret", "key", path).advise("profile.literal_secret.hint")
		return
	}
	if errors.Is(err, errURL) {
		// An address may hold a password; it is not repeated either.
		d.fail(BadValue, n, "profile.bad_url", "key", path).advise(err.Error())
		return
	}
	p := d.fail(BadValue, n, "profile.bad_value", "key", path, "value", clip(n.Value))
	if example := exampleOf(t); example != "" {
		p.advise(example)
	}
	var chord *keys.NameError
	if errors.As(err, &chord) && chord.Nearest != "" {
		p.advise("profile.did_you_mean", "key", chord.Nearest)
	}
}

// examples say how a value of a type is written.
var examples = map[reflect.Type]string{
	reflect.TypeFor[time.Duration](): "profile.value.duration",
	reflect.TypeFor[pay.Money]():     "profile.value.money",
	reflect.TypeFor[keys.Chord]():    "profile.value.chord",
	reflect.TypeFor[Pattern]():       errPattern.Error(),
	reflect.TypeFor[Width]():         errWidth.Error(),
	reflect.TypeFor[Confirm]():       errConfirm.Error(),
	reflect.TypeFor[Digits]():        errDigits.Error(),
	reflect.TypeFor[Number]():        errNumber.Error(),
	reflect.TypeFor[Method]():        errMethod.Error(),
	reflect.TypeFor[int]():           "profile.value.int",
	reflect.TypeFor[bool]():          "profile.value.bool",
}

func exampleOf(t reflect.Type) string { return examples[t] }

// setText reads the text of a scalar into a value.
func setText(v reflect.Value, text string) error {
	if d, ok := v.Addr().Interface().(*time.Duration); ok {
		parsed, err := time.ParseDuration(text)
		*d = parsed
		return err
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return strconv.ErrSyntax
		}
		v.SetBool(text == "true")
	case reflect.Int:
		i, err := strconv.ParseInt(text, 10, 32)
		v.SetInt(i)
		return err
	default:
		panic("a profile type that the decoder does not know: " + v.Type().String())
	}
	return nil
}

// within says whether a number, a duration or an amount lies in its range; all three are whole numbers.
func within(v reflect.Value, span string) bool {
	least, most, _ := strings.Cut(span, "..")
	low, high := reflect.New(v.Type()).Elem(), reflect.New(v.Type()).Elem()
	if setText(low, least) != nil || setText(high, most) != nil {
		panic("bad range tag " + span)
	}
	return low.Int() <= v.Int() && v.Int() <= high.Int()
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// clip keeps a sentence readable when a text is hostile.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
