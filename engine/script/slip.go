package script

import (
	"errors"
	"fmt"

	"cpos/engine/receipt"

	"go.starlark.net/starlark"
)

// Limits of one slip, far above any that a customer would carry home.
const (
	maxSlipText = 64 << 10 // bytes of all texts together
	maxTimes    = 50       // lines fed, beeps
)

// builder is r in the receipt hooks: each call adds a block.
type builder struct {
	slip  receipt.Slip
	bytes int
}

func newBuilder() *builder { return &builder{slip: receipt.Slip{Version: receipt.SlipVersion}} }

func (r *builder) String() string        { return "<slip>" }
func (r *builder) Type() string          { return "slip" }
func (r *builder) Freeze()               {}
func (r *builder) Truth() starlark.Bool  { return true }
func (r *builder) Hash() (uint32, error) { return 0, errors.New("a slip cannot be a key of a dict") }

// Attr gives the words of the slip.
func (r *builder) Attr(name string) (starlark.Value, error) {
	for _, w := range slipWords() {
		if w.name == name {
			return starlark.NewBuiltin("r."+name, w.call).BindReceiver(r), nil
		}
	}
	return nil, nil
}

// AttrNames lists them.
func (r *builder) AttrNames() []string {
	var names []string
	for _, w := range slipWords() {
		names = append(names, w.name)
	}
	return names
}

const styleUsage = `align = "left", size = 1, bold = False, underline = False, invert = False`

func slipWords() []word {
	return []word{
		{"text", `r.text(text, ` + styleUsage + `)`, "Lines of text; long ones are wrapped. size is 1, 2 or (width, height).", slipText},
		{"row", `r.row([text or cell(...), ...], widths = ["*", 5, 10])`, `Columns; "*" shares what is left.`, slipRow},
		{"kv", `r.kv(key, value, size = 1, bold = False)`, "A name at the left and its value at the right.", slipKV},
		{"rule", `r.rule(sign = "-")`, "A line across the paper.", slipRule},
		{"feed", `r.feed(lines = 1)`, "Empty lines.", slipFeed},
		{"qr", `r.qr(text)`, "A QR code in the middle.", slipQR},
		{"barcode", `r.barcode(text)`, "A bar code (Code 128) in the middle; a QR code where it would be too wide.", slipBarcode},
		{"cut", `r.cut()`, "Cut the paper.", slipCut},
		{"drawer", `r.drawer(pin = 2)`, "Open the cash drawer on pin 2 or 5.", slipDrawer},
		{"beep", `r.beep(times = 1)`, "Let the printer beep.", slipBeep},
	}
}

// add puts a block on the slip while there is room.
func (r *builder) add(b receipt.Block) (starlark.Value, error) {
	r.bytes += len(b.Text)
	for _, c := range b.Cells {
		r.bytes += len(c.Text)
	}
	switch {
	case len(r.slip.Blocks) >= receipt.MaxBlocks:
		return nil, fmt.Errorf("a slip has at most %d blocks", receipt.MaxBlocks)
	case r.bytes > maxSlipText:
		return nil, fmt.Errorf("a slip has at most %d bytes of text", maxSlipText)
	}
	r.slip.Blocks = append(r.slip.Blocks, b)
	return starlark.None, nil
}

func self(b *starlark.Builtin) *builder { return b.Receiver().(*builder) }

// size is 1, 2 or (width, height).
type size struct{ width, height int }

// Unpack reads it.
func (s *size) Unpack(v starlark.Value) error {
	read := func(v starlark.Value) int {
		n, err := starlark.AsInt32(v)
		if err != nil || n < 1 || n > 2 {
			return 0
		}
		return n
	}
	if t, ok := v.(starlark.Tuple); ok && len(t) == 2 {
		s.width, s.height = read(t[0]), read(t[1])
	} else {
		s.width = read(v)
		s.height = s.width
	}
	if s.width == 0 || s.height == 0 {
		return fmt.Errorf("size %s is not 1, 2 or (width, height) of them", v)
	}
	return nil
}

// style is the arguments that texts and cells share.
type style struct {
	align string
	size  size
	receipt.Style
}

func (s *style) pairs() []any {
	return []any{"align?", &s.align, "size?", &s.size, "bold?", &s.Bold, "underline?", &s.Underline, "invert?", &s.Invert}
}

func (s *style) finish() (receipt.Style, error) {
	switch a := receipt.Align(s.align); a {
	case "", receipt.Left, receipt.Center, receipt.Right:
		s.Align = a
	default:
		return s.Style, fmt.Errorf("align %q is not left, center or right", s.align)
	}
	s.Width, s.Height = s.size.width, s.size.height
	return s.Style, nil
}

func slipText(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var t typed
	var s style
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, append([]any{"text", &t}, s.pairs()...)...); err != nil {
		return nil, err
	}
	st, err := s.finish()
	if err != nil {
		return nil, err
	}
	return self(b).add(receipt.Block{Kind: receipt.BlockText, Text: string(t), Style: st})
}

// column is a cell inside a script.
type column struct{ receipt.Cell }

func (c column) String() string        { return c.Text }
func (c column) Type() string          { return "cell" }
func (c column) Freeze()               {}
func (c column) Truth() starlark.Bool  { return true }
func (c column) Hash() (uint32, error) { return 0, errors.New("a cell cannot be a key of a dict") }

func cellValue(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var t typed
	var s style
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, append([]any{"text", &t}, s.pairs()...)...); err != nil {
		return nil, err
	}
	st, err := s.finish()
	return column{receipt.Cell{Text: string(t), Style: st}}, err
}

const maxCells = 12

func slipRow(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var list starlark.Iterable
	var widths *starlark.List
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "cells", &list, "widths?", &widths); err != nil {
		return nil, err
	}
	var cells []receipt.Cell
	err := each(list, maxCells, func(v starlark.Value) error {
		if c, ok := v.(column); ok {
			cells = append(cells, c.Cell)
			return nil
		}
		var t typed
		err := t.Unpack(v)
		cells = append(cells, receipt.Cell{Text: string(t)})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("r.row: %w", err)
	}
	if len(cells) == 0 || widths != nil && widths.Len() != len(cells) {
		return nil, fmt.Errorf("r.row: %d cells do not go with their widths", len(cells))
	}
	for i := range cells {
		if widths == nil || widths.Index(i) == starlark.String("*") {
			continue
		}
		n, err := starlark.AsInt32(widths.Index(i))
		if err != nil || n < 1 {
			return nil, fmt.Errorf(`r.row: width %s is neither "*" nor a number of columns`, widths.Index(i))
		}
		cells[i].Columns = n
	}
	return self(b).add(receipt.Block{Kind: receipt.BlockRow, Cells: cells})
}

func slipKV(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var k, v typed
	var s style
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "key", &k, "value", &v, "size?", &s.size, "bold?", &s.Bold); err != nil {
		return nil, err
	}
	s.align = string(receipt.Right)
	st, err := s.finish()
	if err != nil {
		return nil, err
	}
	return self(b).add(receipt.Block{Kind: receipt.BlockRow, Cells: []receipt.Cell{
		{Text: string(k), Columns: max(receipt.Columns(string(k)), 1)},
		{Text: string(v), Style: st},
	}})
}

func slipRule(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	sign := "-"
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "sign?", &sign); err != nil {
		return nil, err
	}
	return self(b).add(receipt.Block{Kind: receipt.BlockRule, Text: sign})
}

func counted(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple, name string, kind receipt.BlockKind, allowed func(int) bool, usual int) (starlark.Value, error) {
	n := usual
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, name+"?", &n); err != nil {
		return nil, err
	}
	if !allowed(n) {
		return nil, fmt.Errorf("%s: %s = %d is not possible", b.Name(), name, n)
	}
	return self(b).add(receipt.Block{Kind: kind, N: n})
}

func few(n int) bool { return n >= 1 && n <= maxTimes }

func slipFeed(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return counted(b, args, kwargs, "lines", receipt.BlockFeed, few, 1)
}

func slipBeep(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return counted(b, args, kwargs, "times", receipt.BlockBeep, few, 1)
}

func slipDrawer(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return counted(b, args, kwargs, "pin", receipt.BlockDrawer, func(n int) bool { return n == 2 || n == 5 }, 2)
}

func slipQR(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var text string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text); err != nil {
		return nil, err
	}
	return self(b).add(receipt.Block{Kind: receipt.BlockQR, Text: text, Style: receipt.Style{Align: receipt.Center}})
}

func slipBarcode(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var text string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text); err != nil {
		return nil, err
	}
	return self(b).add(receipt.Block{Kind: receipt.BlockBarcode, Text: text, Style: receipt.Style{Align: receipt.Center}})
}

func slipCut(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	return self(b).add(receipt.Block{Kind: receipt.BlockCut})
}
