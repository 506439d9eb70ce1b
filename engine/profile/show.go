package profile

import (
	"encoding"
	"io"
	"reflect"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// Write writes the whole profile with every default filled in. With origins, each value says which line
// set it.
func (p *Profile) Write(to io.Writer, origins bool) error {
	e := yaml.NewEncoder(to)
	e.SetIndent(2)
	if err := e.Encode(p.node(reflect.ValueOf(p).Elem(), "", origins)); err != nil {
		return err
	}
	return e.Close()
}

// node gives a value as YAML. A value that nobody set is left out.
func (p *Profile) node(v reflect.Value, path string, origins bool) *yaml.Node {
	var n *yaml.Node
	switch {
	case v.Kind() == reflect.Map:
		n = &yaml.Node{Kind: yaml.MappingNode}
		for _, name := range sortedNames(v) {
			at := join(path, name)
			n.Content = append(n.Content, scalar(name), p.node(v.MapIndex(reflect.ValueOf(name)), at, origins))
		}
	case interior(v.Type()):
		n = &yaml.Node{Kind: yaml.MappingNode}
		for _, f := range fieldsOf(v.Type()) {
			if field := v.Field(f.index); !p.silent(field, join(path, f.name)) {
				n.Content = append(n.Content, scalar(f.name), p.node(field, join(path, f.name), origins))
			}
		}
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		n = &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			n.Content = append(n.Content, p.node(v.Index(i), path+"[]", false))
		}
		if v.Len() == 0 || !interior(v.Type().Elem()) {
			n.Style = yaml.FlowStyle
		}
	default:
		n = scalar(textOf(v))
		n.Style = styleOf(v)
	}
	// A comment beside a block would land on the wrong line.
	if origins && p.origins.has(path) && (n.Kind == yaml.ScalarNode || n.Style == yaml.FlowStyle) {
		n.LineComment = p.origins.at(path).String()
	}
	return n
}

// silent says that a key has nothing to show: nobody set it and it is empty.
func (p *Profile) silent(v reflect.Value, path string) bool {
	return v.IsZero() && !p.origins.has(path)
}

func scalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

// styleOf quotes texts that YAML would otherwise read as numbers, as people are told to write them.
func styleOf(v reflect.Value) yaml.Style {
	if v.Kind() == reflect.Int || v.Kind() == reflect.Bool {
		return 0
	}
	text := textOf(v)
	if _, err := strconv.ParseFloat(text, 64); err == nil || text == "" || text == "true" || text == "false" || text == "null" || text == "~" {
		return yaml.DoubleQuotedStyle
	}
	return 0
}

func textOf(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return x.String()
	case encoding.TextMarshaler:
		b, err := x.MarshalText()
		if err != nil {
			return err.Error()
		}
		return string(b)
	case bool:
		return strconv.FormatBool(x)
	case int:
		return strconv.Itoa(x)
	}
	return v.String()
}

func sortedNames(m reflect.Value) []string {
	names := map[string]bool{}
	for _, k := range m.MapKeys() {
		names[k.String()] = true
	}
	return sortedKeys(names)
}

// child gives the value of a key of a mapping, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
