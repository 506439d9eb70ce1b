// Package amend owns changing single values of a YAML file that people write: it splices the text and leaves
// every other character, comment and blank line where it was.
//
// It promises that the result decodes to the old document with exactly the asked change, or that nothing is
// handed out; and that setting what is there already changes nothing. What the keys mean is the caller's.
package amend

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ErrShape says that a file is written in a way that cannot be changed in place.
var ErrShape = errors.New("cannot be changed in place")

// Step is one step into a document: the key of a mapping, or, where Is is set, the item of a list of mappings
// whose key Key has that value.
type Step struct {
	Key string
	Is  string
}

// Key is a step to a mapping's key, and Item one to a list's item.
func Key(name string) Step { return Step{Key: name} }

// Item is told at Key.
func Item(key, is string) Step { return Step{Key: key, Is: is} }

// Set gives the text with a value at the end of a path. The value is YAML in one line ("12", "{x: 1, y: 2}").
// Keys of a mapping that is there already are set one by one, so its other keys and its comments stay;
// what is missing on the way is made.
func Set(text []byte, path []Step, value string) ([]byte, error) {
	var want yaml.Node
	if err := yaml.Unmarshal([]byte(value), &want); err != nil || len(want.Content) != 1 {
		return nil, fmt.Errorf("value %q is no YAML: %w", value, errors.Join(err, ErrShape))
	}
	d := &document{text: slices.Clone(text), crlf: bytes.Contains(text, []byte("\r\n"))}
	if err := d.put(path, want.Content[0], strings.TrimSpace(value)); err != nil {
		return nil, err
	}
	return d.text, nil
}

// document is a file while it is changed.
type document struct {
	text []byte
	crlf bool
}

// put sets one value, or, where a mapping stands, each of its keys.
func (d *document) put(path []Step, want *yaml.Node, value string) error {
	root, err := d.parse()
	if err != nil {
		return err
	}
	at, left, err := walk(root, path)
	if err != nil {
		return err
	}
	if len(left) == 0 && at.Kind == yaml.MappingNode && want.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(want.Content); i += 2 {
			to := append(slices.Clone(path), Key(want.Content[i].Value))
			if err := d.put(to, want.Content[i+1], flow(want.Content[i+1])); err != nil {
				return err
			}
		}
		return nil
	}
	before, expected := decode(root), decode(root)
	if expected, err = plant(expected, path, decode(want)); err != nil {
		return err
	}
	if reflect.DeepEqual(before, expected) {
		return nil
	}
	if len(left) == 0 {
		err = d.replace(at, value)
	} else {
		err = d.insert(at, left, value)
	}
	if err != nil {
		return err
	}
	return d.check(expected)
}

func (d *document) parse() (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(d.text, &doc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrShape, err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%w: it is no mapping", ErrShape)
	}
	return doc.Content[0], nil
}

// check makes sure that nothing but the asked change happened.
func (d *document) check(expected any) error {
	root, err := d.parse()
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(decode(root), expected) {
		return fmt.Errorf("%w: something else would change too", ErrShape)
	}
	return nil
}

func decode(n *yaml.Node) any {
	var v any
	if err := n.Decode(&v); err != nil {
		return err.Error() // two documents that cannot be decoded are compared by why
	}
	return v
}

// walk goes as far as the document goes and gives the node there with the steps that are left.
func walk(n *yaml.Node, path []Step) (*yaml.Node, []Step, error) {
	for i, step := range path {
		if n.Kind == yaml.AliasNode || n.Anchor != "" {
			return nil, nil, fmt.Errorf("%w: %q stands at several places", ErrShape, step.Key)
		}
		next, err := child(n, step)
		if err != nil {
			return nil, nil, err
		}
		if next == nil {
			return n, path[i:], nil
		}
		if isNull(next) && i+1 < len(path) {
			return nil, nil, fmt.Errorf("%w: %q has no value", ErrShape, step.Key)
		}
		n = next
	}
	return n, nil, nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// child gives the node of a step, nil when it is missing.
func child(n *yaml.Node, step Step) (*yaml.Node, error) {
	switch {
	case step.Is == "" && n.Kind == yaml.MappingNode:
		return valueOf(n, step.Key), nil
	case step.Is != "" && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			if v := valueOf(item, step.Key); v != nil && v.Value == step.Is {
				return item, nil
			}
		}
		return nil, nil
	}
	return nil, fmt.Errorf("%w: %q is of another kind", ErrShape, step.Key)
}

func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// plant makes in a decoded document the change that the text is to get.
func plant(into any, path []Step, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	step := path[0]
	if step.Is == "" {
		m, ok := into.(map[string]any)
		if into != nil && !ok {
			return nil, fmt.Errorf("%w: %q is of another kind", ErrShape, step.Key)
		}
		if m == nil {
			m = map[string]any{}
		}
		var err error
		m[step.Key], err = plant(m[step.Key], path[1:], value)
		return m, err
	}
	all, ok := into.([]any)
	if into != nil && !ok {
		return nil, fmt.Errorf("%w: %q is of another kind", ErrShape, step.Key)
	}
	for i, item := range all {
		if m, ok := item.(map[string]any); ok && fmt.Sprint(m[step.Key]) == step.Is {
			var err error
			all[i], err = plant(item, path[1:], value)
			return all, err
		}
	}
	made, err := plant(map[string]any{step.Key: step.Is}, path[1:], value)
	return append(all, made), err
}

// wrap writes what is missing on the way around a value.
func wrap(left []Step, value string) string {
	for i := len(left) - 1; i >= 0; i-- {
		step := left[i]
		switch {
		case step.Is == "":
			value = "{" + quoted(step.Key) + ": " + value + "}"
		default:
			inner := strings.TrimSuffix(strings.TrimPrefix(value, "{"), "}")
			value = "[{" + quoted(step.Key) + ": " + quoted(step.Is) + join(inner) + "}]"
		}
	}
	return value
}

func join(inner string) string {
	if inner == "" {
		return ""
	}
	return ", " + inner
}

// quoted writes a word so that it stays a word.
func quoted(s string) string { return flow(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}) }

// flow writes a value in one line.
func flow(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		var parts []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, flow(n.Content[i])+": "+flow(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		var parts []string
		for _, item := range n.Content {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	one := yaml.Node{Kind: yaml.ScalarNode, Tag: n.Tag, Value: n.Value, Style: n.Style &^ (yaml.LiteralStyle | yaml.FoldedStyle)}
	out, err := yaml.Marshal(&one)
	if err != nil {
		return n.Value
	}
	s := strings.TrimSpace(string(out))
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0 && n.Tag == "!!str" && strings.ContainsAny(s, ",[]{}") && s == n.Value {
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return s
}
