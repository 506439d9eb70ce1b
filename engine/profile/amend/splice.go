package amend

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// offset gives where a node begins in the text. Columns count letters.
func (d *document) offset(line, column int) int {
	at := 0
	for ; line > 1; line-- {
		next := bytes.IndexByte(d.text[at:], '\n')
		if next < 0 {
			return len(d.text)
		}
		at += next + 1
	}
	for ; column > 1 && at < len(d.text); column-- {
		_, n := utf8.DecodeRune(d.text[at:])
		at += n
	}
	return at
}

func (d *document) splice(from, to int, text string) {
	d.text = append(d.text[:from:from], append([]byte(text), d.text[to:]...)...)
}

// replace writes a value over a scalar or over a value in brackets.
func (d *document) replace(n *yaml.Node, value string) error {
	from := d.offset(n.Line, n.Column)
	switch {
	case n.Kind == yaml.ScalarNode && n.Value == "" && isNull(n):
		return fmt.Errorf("%w: a key has no value", ErrShape)
	case n.Kind == yaml.ScalarNode && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		end := closing(d.text, from)
		if end < 0 {
			return fmt.Errorf("%w: a quote does not end", ErrShape)
		}
		d.splice(from, end, value)
		return nil
	case n.Kind == yaml.ScalarNode && n.Style == 0 && bytes.HasPrefix(d.text[from:], []byte(n.Value)):
		d.splice(from, from+len(n.Value), value)
		return nil
	case n.Style&yaml.FlowStyle != 0:
		end := closing(d.text, from)
		if end < 0 {
			return fmt.Errorf("%w: a bracket does not end", ErrShape)
		}
		d.splice(from, end, value)
		return nil
	}
	return fmt.Errorf("%w: line %d", ErrShape, n.Line)
}

// closing gives the end of what begins with a bracket or a quote at from, -1 when it does not end.
func closing(text []byte, from int) int {
	if from >= len(text) {
		return -1
	}
	switch text[from] {
	case '"':
		for i := from + 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return -1
	case '\'':
		for i := from + 1; i < len(text); i++ {
			if text[i] != '\'' {
				continue
			}
			if i+1 < len(text) && text[i+1] == '\'' {
				i++
				continue
			}
			return i + 1
		}
		return -1
	case '{', '[':
		return closingBracket(text, from)
	}
	return -1
}

func closingBracket(text []byte, from int) int {
	depth := 0
	for i := from; i < len(text); i++ {
		switch c := text[i]; c {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"', '\'':
			if !strings.ContainsRune(" \t\n,[{:", rune(text[i-1])) {
				continue // an apostrophe inside a word
			}
			end := closing(text, i)
			if end < 0 {
				return -1
			}
			i = end - 1
		case '#':
			if text[i-1] == ' ' || text[i-1] == '\t' || text[i-1] == '\n' {
				line := bytes.IndexByte(text[i:], '\n')
				if line < 0 {
					return -1
				}
				i += line
			}
		}
	}
	return -1
}

// insert adds what is missing to a mapping or a list.
func (d *document) insert(into *yaml.Node, left []Step, value string) error {
	text := ""
	if into.Kind == yaml.SequenceNode {
		whole := wrap(left, value) // "[{...}]"
		text = strings.TrimSuffix(strings.TrimPrefix(whole, "["), "]")
	} else {
		text = quoted(left[0].Key) + ": " + wrap(left[1:], value)
	}
	if into.Style&yaml.FlowStyle != 0 {
		return d.insertFlow(into, text)
	}
	if len(into.Content) == 0 {
		return fmt.Errorf("%w: line %d", ErrShape, into.Line)
	}
	first := into.Content[0]
	if into.Kind == yaml.SequenceNode {
		return d.insertLine(into.Line, into.Column, "- "+text)
	}
	last := into.Content[len(into.Content)-2]
	return d.insertLine(last.Line, first.Column, text)
}

func (d *document) insertFlow(into *yaml.Node, text string) error {
	from := d.offset(into.Line, into.Column)
	end := closing(d.text, from)
	if end < 0 {
		return fmt.Errorf("%w: a bracket does not end", ErrShape)
	}
	inner := bytes.TrimRight(d.text[from:end-1], " \t\r\n")
	if len(into.Content) > 0 && !bytes.HasSuffix(inner, []byte(",")) {
		text = ", " + text
	}
	d.splice(from+len(inner), from+len(inner), text)
	return nil
}

// insertLine adds a line behind the block that holds the given line and whose keys stand at the given column.
func (d *document) insertLine(line, column int, text string) error {
	lines := bytes.SplitAfter(d.text, []byte("\n"))
	end := line // lines[:end] is what the new line follows
	for i := line; i < len(lines); i++ {
		body := bytes.TrimRight(lines[i], " \t\r\n")
		indent := len(body) - len(bytes.TrimLeft(body, " "))
		item := indent == column-1 && len(body) > indent && body[indent] == '-'
		switch {
		case len(body) == 0 || body[indent] == '#':
			continue
		case indent >= column || item:
			end = i + 1
			continue
		}
		break
	}
	ending := "\n"
	if d.crlf {
		ending = "\r\n"
	}
	before := bytes.Join(lines[:end], nil)
	added := strings.Repeat(" ", column-1) + text + ending
	if len(before) > 0 && before[len(before)-1] != '\n' {
		added = ending + strings.TrimSuffix(added, ending)
	}
	d.splice(len(before), len(before), added)
	return nil
}
