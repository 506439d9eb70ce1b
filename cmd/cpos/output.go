package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/receipt"
	"cpos/engine/words"
)

// Formats of listings.
const (
	asTable = "table"
	asJSON  = "json"
	asJSONL = "jsonl"
)

func (d door) outputFlag() cli.Flag {
	return &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: asTable, Usage: d.word("cli.flag.output")}
}

// outputOf gives the format that is asked of a command with so many arguments.
func outputOf(c *cli.Context, args int) (string, error) {
	o := c.String("output")
	if o != asTable && o != asJSON && o != asJSONL {
		return "", words.Fail(errUsage, "cli.format", "name", clip(o), "known", "table json jsonl")
	}
	return o, wantArgs(c, args, args)
}

// toList opens the till of a command that only lists, and takes no arguments.
func (d door) toList(ctx context.Context, c *cli.Context) (format string, t *till, err error) {
	if format, err = outputOf(c, 0); err == nil {
		t, err = openTill(ctx, d.globals(c), looking)
	}
	return format, t, err
}

// listing is something to be listed: for people as a grid, for programs as values that marshal to one
// JSON object each.
type listing struct {
	schema string // of the document; a row's is in the row
	head   []string
	cells  [][]string
	rows   []any
	right  map[int]bool // columns of numbers
}

// write writes a listing to the data stream.
func (s streams) write(format string, l listing) error {
	switch format {
	case asJSON:
		if l.rows == nil {
			l.rows = []any{}
		}
		return writeJSON(s.out, struct {
			Schema string `json:"schema"`
			Rows   []any  `json:"rows"`
		}{l.schema, l.rows})
	case asJSONL:
		for _, row := range l.rows {
			b, err := json.Marshal(row)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(s.out, "%s\n", b); err != nil {
				return err
			}
		}
		return nil
	}
	return writeGrid(s.out, l)
}

func writeJSON(to io.Writer, v any) error {
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// gap stands between two columns.
const gap = "  "

// writeGrid aligns by display width, in which a Chinese character takes two columns.
func writeGrid(to io.Writer, l listing) error {
	widths := make([]int, len(l.head))
	all := append([][]string{l.head}, l.cells...)
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], receipt.Columns(cell))
		}
	}
	for _, row := range all {
		var b strings.Builder
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-receipt.Columns(cell))
			if l.right[i] {
				b.WriteString(space + cell + gap)
			} else {
				b.WriteString(cell + space + gap)
			}
		}
		if _, err := fmt.Fprintln(to, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// china is the zone that times are shown in; China has had one without summer time since 1991.
var china = time.FixedZone("CST", 8*60*60)

func showTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(china).Format(time.DateTime)
}
