package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"cpos/engine/capture"
	"cpos/engine/capture/trial"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/witness"
	"cpos/hw/screen"
)

// amountRead is how an order's amount was read off the POS.
type amountRead struct {
	witness.Record
	Picture string `json:"picture,omitempty"` // path of what was looked at, while it is kept
}

// amountRead gives what is remembered of reading an order's amount; nil when that is nothing.
func (t *till) amountRead(row ledger.OrderRow) (*amountRead, error) {
	r, picture, err := witness.Find(filepath.Join(t.data, readingsFolder), row.Order.ID, row.Order.At)
	if errors.Is(err, witness.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &amountRead{r, picture}, nil
}

// readLines says in a few lines what was read and by whom.
func (d door) readLines(r *amountRead) [][2]string {
	if r == nil {
		return nil
	}
	lines := [][2]string{{"read", r.Amount.String()}, {"read_by", d.word("order.read.by." + r.By)}, {"read_text", quoted(r.Text)}}
	if r.Opinion != "" {
		lines = append(lines, [2]string{"second", d.word("order.read.opinion."+r.Opinion) + " " + quoted(r.Second)})
	}
	for _, why := range []string{r.Why, r.Hold} {
		if why != "" {
			lines = append(lines, [2]string{"why", d.readWhy(capture.Reason(why))})
		}
	}
	if r.Confirmed {
		lines = append(lines, [2]string{"confirmed", d.word("order.read.confirmed")})
	}
	return append(lines, [2]string{"picture", r.Picture})
}

// readWhy is the sentence of a reason, or its code where the sentence wants numbers that nobody kept.
func (d door) readWhy(why capture.Reason) string { return d.word("capture." + string(why)) }

// quoted shows a text as it was read, also one of several lines.
func quoted(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	return strconv.Quote(text)
}

// explained is an order's amount, how it was read then, and what today's readers make of the same picture.
type explained struct {
	Schema  string      `json:"schema"`
	Order   string      `json:"order"`
	Charged pay.Money   `json:"charged"`
	Source  string      `json:"source"`
	Reading *amountRead `json:"reading,omitempty"`
	Now     []voiceJSON `json:"now,omitempty"`
}

type voiceJSON struct {
	Reader string    `json:"reader"`
	Text   string    `json:"text"`
	Amount pay.Money `json:"amount,omitempty"`
	Why    string    `json:"why,omitempty"`
}

// orderExplain proves an amount: what was read, by whom, and what the kept picture is read as now.
func (d door) orderExplain(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 1)
	if err != nil {
		return err
	}
	return d.withTill(ctx, c, reading, func(t *till) error {
		row, err := t.book.Order(ctx, c.Args().First())
		if err != nil {
			return err
		}
		read, err := t.amountRead(row)
		if err != nil {
			return err
		}
		e := explained{"cpos.order_explained.v1", row.Order.ID, row.Order.Amount, row.Order.Source, read, nil}
		if read != nil && read.Picture != "" {
			if e.Now, err = t.readAgain(ctx, read.Picture); err != nil {
				return err
			}
		}
		return d.writeExplained(format, e)
	})
}

// readAgain has today's readers read a kept picture. Text recognition may be missing.
func (t *till) readAgain(ctx context.Context, picture string) ([]voiceJSON, error) {
	data, err := os.ReadFile(picture)
	if err != nil {
		return nil, err
	}
	crop, err := trial.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", picture, err)
	}
	var second capture.Reader
	if r, err := screen.OpenReader(ctx, screen.ReaderOptions{Cache: filepath.Join(t.data, "cache")}); err == nil {
		defer func() { _ = r.Close() }() // nothing is read any more
		second = r
	}
	j, err := judgeOf(t.profile, nil, second)
	if err != nil {
		return nil, err
	}
	var all []voiceJSON
	for _, v := range j.Explain(ctx, crop).Voices {
		all = append(all, voiceJSON{v.Reader, strings.TrimSpace(v.Text), v.Amount, string(v.Why)})
	}
	return all, nil
}

func (d door) writeExplained(format string, e explained) error {
	switch format {
	case asJSONL:
		return json.NewEncoder(d.out).Encode(e)
	case asTable:
	default:
		return writeJSON(d.out, e)
	}
	d.writeLines(append([][2]string{{"number", e.Order}, {"amount", e.Charged.String()}, {"source", d.sourceWord(e.Source)}},
		d.readLines(e.Reading)...))
	if e.Reading == nil {
		d.say("order.read.none")
		return nil
	}
	l := listing{head: []string{d.word("cli.column.reader"), d.word("cli.column.read_text"), d.word("cli.column.amount"), d.word("cli.column.why")},
		right: map[int]bool{2: true}}
	for _, s := range e.Reading.Sources {
		l.cells = append(l.cells, d.voiceRow(d.word("order.read.by."+s.Kind), s.Text, s.Amount, s.Why))
	}
	for _, v := range e.Now {
		l.cells = append(l.cells, d.voiceRow(d.word("order.read.now", "reader", d.word("order.read.reader."+v.Reader)), v.Text, v.Amount, v.Why))
	}
	fmt.Fprintln(d.out)
	return writeGrid(d.out, l)
}

func (d door) sourceWord(source string) string {
	if source == "" {
		return ""
	}
	return d.word("order.source." + source)
}

func (d door) voiceRow(who, text string, amount pay.Money, why string) []string {
	number, reason := "", ""
	if amount > 0 {
		number = amount.String()
	}
	if why != "" {
		reason = d.readWhy(capture.Reason(why))
	}
	return []string{who, quoted(text), number, reason}
}
