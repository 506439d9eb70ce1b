package profile

import (
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"
)

// setting is one value as one line set it.
type setting struct {
	node *yaml.Node
	at   Position
}

// origins remembers every value of every layer. The merge carries only numbers into settings, so each
// merged value still knows its line.
type origins struct {
	settings []setting
	byKey    map[string][]int // in the order of layers; the last one won
}

func newOrigins() *origins { return &origins{byKey: map[string][]int{}} }

func (o *origins) keep(n *yaml.Node, at Position) int {
	o.settings = append(o.settings, setting{n, at})
	return len(o.settings) - 1
}

func (o *origins) has(key string) bool { return len(o.byKey[key]) > 0 }

// at gives the line that won for a key, or for the nearest key above it that was set as a whole.
func (o *origins) at(key string) Position {
	for key != "" {
		if all := o.byKey[key]; len(all) > 0 {
			return o.settings[all[len(all)-1]].at
		}
		i := strings.LastIndexByte(key, '.')
		key = key[:max(i, 0)]
	}
	return Position{File: "profile"}
}

// mapProvider hands a layer to koanf.
type mapProvider map[string]any

// ReadBytes is for providers of bytes; koanf calls it only together with a parser.
func (m mapProvider) ReadBytes() ([]byte, error) { return nil, errWantsMap }

// Read gives the layer.
func (m mapProvider) Read() (map[string]any, error) { return m, nil }

var errWantsMap = errors.New("a layer is read as a map")

// merge lays the layers over each other and decodes the result into p.
func (l *loading) merge(p *Profile) {
	k := koanf.New(".")
	finals := map[string]Position{}
	for _, y := range l.layers {
		one := koanf.New(".")
		if err := one.Load(mapProvider(y.keys), nil); err != nil {
			panic(err) // a map without a parser cannot fail to load
		}
		for _, key := range one.Keys() {
			id, ok := one.Get(key).(int)
			if !ok {
				continue // an empty map
			}
			if l.overridesFinal(finals, key, id) {
				one.Delete(key)
				continue
			}
			l.origins.byKey[key] = append(l.origins.byKey[key], id)
		}
		if err := k.Merge(one); err != nil {
			panic(err) // only a strict merge of different types fails
		}
		for _, n := range y.final {
			finals[n.Value] = y.at(n)
		}
	}
	l.fill(reflect.ValueOf(p).Elem(), k.Raw(), "")
}

// overridesFinal reports a key that an earlier layer declared final, itself or one above it.
func (l *loading) overridesFinal(finals map[string]Position, key string, id int) bool {
	for final, declared := range finals {
		if key == final || strings.HasPrefix(key, final+".") {
			l.problems.add(FinalChanged, l.origins.settings[id].at, "profile.final", "key", key, "declared", declared).
				advise("profile.final.hint")
			return true
		}
	}
	return false
}

// fill decodes the merged leaves, each of which was found right when its layer was read.
func (l *loading) fill(v reflect.Value, merged map[string]any, path string) {
	for name, value := range merged {
		at := join(path, name)
		to, r := v, rules{}
		if v.Kind() == reflect.Struct {
			f, ok := findField(v.Type(), name)
			if !ok {
				continue
			}
			to, r = v.Field(f.index), f.rules
		} else {
			to = reflect.New(v.Type().Elem()).Elem()
		}
		switch x := value.(type) {
		case map[string]any:
			if to.Kind() == reflect.Map && to.IsNil() {
				to.Set(reflect.MakeMap(to.Type()))
			}
			l.fill(to, x, at)
		case int:
			s := l.origins.settings[x]
			(&decoder{file: s.at.File, problems: &Problems{}}).value(s.node, to, r, at)
		}
		if v.Kind() == reflect.Map {
			v.SetMapIndex(reflect.ValueOf(name), to)
		}
	}
}

// Setting is one value and the line that set it.
type Setting struct {
	Value string
	At    Position
}

// Origin says where a value comes from.
type Origin struct {
	Key      string
	Setting            // the one that won
	Overrode []Setting // the ones it overrode, the nearest layer first
}

// Explain says which line set a key and what that line overrode. ok is false when the key does not exist
// or no layer sets it.
func (p *Profile) Explain(key string) (o Origin, ok bool) {
	all := p.origins.byKey[key]
	if len(all) == 0 {
		return Origin{}, false
	}
	o.Key = key
	for i := len(all) - 1; i >= 0; i-- {
		s := p.origins.settings[all[i]]
		one := Setting{flow(s.node), s.at}
		if i == len(all)-1 {
			o.Setting = one
		} else {
			o.Overrode = append(o.Overrode, one)
		}
	}
	return o, true
}

// Keys lists every key that has a value, in order.
func (p *Profile) Keys() []string { return sortedKeys(p.origins.byKey) }

// flow writes a value on one line, as it was written.
func flow(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		var parts []string
		for _, item := range n.Content {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.MappingNode:
		var parts []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, n.Content[i].Value+": "+flow(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		return strconv.Quote(n.Value)
	}
	return n.Value
}
