// Package sheet writes orders and refunds for people who count: as a workbook, as CSV and as lines of
// JSON.
//
// It promises that every amount stands in the file to the fen, that a text which a person or a POS wrote
// never becomes a formula, and that a total adds up only what was really received or given back. Which
// rows are written is left to the caller.
package sheet

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// Format is a kind of file.
type Format string

const (
	XLSX  Format = "xlsx"  // Office Open XML workbook, one sheet for each table
	CSV   Format = "csv"   // RFC 4180 in UTF-8 with a byte order mark, which Excel asks for
	JSONL Format = "jsonl" // one JSON object per line, with a schema name and stable keys
)

// ParseFormat reads a format's name.
func ParseFormat(s string) (Format, error) {
	switch f := Format(strings.ToLower(s)); f {
	case XLSX, CSV, JSONL:
		return f, nil
	}
	return "", fmt.Errorf("format %q is none of xlsx, csv, jsonl", s)
}

// Table is something that can be written: Orders or Refunds.
type Table interface{ table() table }

// Orders are rows of orders.
type Orders []ledger.OrderRow

// Refunds are rows of refunds.
type Refunds []ledger.RefundRow

// Write writes tables to w, with headings and statuses in language l. A workbook and lines of JSON take
// any number of tables, CSV exactly one. An empty table has its headings.
func Write(w io.Writer, f Format, l words.Lang, tables ...Table) error {
	all := make([]table, 0, len(tables))
	for _, t := range tables {
		all = append(all, t.table())
	}
	var err error
	switch {
	case len(all) == 0:
		err = fmt.Errorf("no table")
	case f == XLSX:
		err = writeXLSX(w, l, all)
	case f == CSV && len(all) > 1:
		err = fmt.Errorf("a CSV file holds one table, not %d", len(all))
	case f == CSV:
		err = writeCSV(w, l, all[0])
	case f == JSONL:
		err = writeJSONL(w, all)
	default:
		_, err = ParseFormat(string(f))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", f, err)
	}
	return nil
}

// table is rows in columns, before any format.
type table struct {
	title   string // key of the catalogue
	schema  string
	columns []column
	rows    [][]any // one value for each column, of the types that the columns say
}

// column is one column. Key is its name in JSON, which never changes; the heading is sheet.column.<key>
// where head does not say otherwise.
type column struct {
	key   string
	head  string
	kind  kind
	total bool // its sum means something
}

type kind uint8

const (
	ours    kind = iota // string made by the program or the service's number
	foreign             // string that a person, a POS or a service wrote
	named               // code: a stable name and its word
	money               // pay.Money, or nil for none
	moment              // time.Time, zero for none
)

// code is a stable name and the key of its word.
type code struct{ name, word string }

func (c column) heading(l words.Lang) string {
	head := c.head
	if head == "" {
		head = c.key
	}
	return words.Say(l, words.T("sheet.column."+head))
}

func (rows Orders) table() table {
	t := table{title: "sheet.orders", schema: "cpos.order.v1", columns: []column{
		{key: "at", kind: moment},
		{key: "number"},
		{key: "serial", kind: foreign},
		{key: "tender", kind: named},
		{key: "status", kind: named},
		{key: "amount", kind: money},
		{key: "received", kind: money, total: true},
		{key: "refunded", kind: money, total: true},
		{key: "balance", kind: money, total: true},
		{key: "settlement", kind: money, total: true},
		{key: "clerk", kind: foreign},
		{key: "store", kind: foreign},
		{key: "device", kind: foreign},
		{key: "trade", kind: foreign},
		{key: "settled_at", kind: moment},
		{key: "text", kind: foreign},
		{key: "remark", kind: foreign},
	}}
	for _, r := range rows {
		t.rows = append(t.rows, orderValues(r))
	}
	return t
}

func orderValues(r ledger.OrderRow) []any {
	o, out := r.Order, r.Outcome
	var received pay.Money
	var settlement any
	if out.Status == pay.Paid {
		received = o.Amount
		if out.Net != 0 {
			settlement = out.Net
		}
	}
	return []any{o.At, o.ID, o.Serial,
		code{o.Tender.String(), "tender." + o.Tender.String()},
		code{out.Status.String(), "status." + out.Status.String()},
		o.Amount, received, r.Refunded, received - r.Refunded, settlement,
		o.Clerk, o.Store, o.Device, out.Trade, out.At, out.Text, o.Remark}
}

func (rows Refunds) table() table {
	t := table{title: "sheet.refunds", schema: "cpos.refund.v1", columns: []column{
		{key: "at", kind: moment},
		{key: "number", head: "refund_number"},
		{key: "order", head: "number"},
		{key: "status", kind: named},
		{key: "amount", head: "refund_amount", kind: money},
		{key: "given_back", kind: money, total: true},
		{key: "clerk", kind: foreign},
		{key: "approver", kind: foreign},
		{key: "reason", kind: foreign},
		{key: "trade", head: "refund_trade", kind: foreign},
		{key: "settled_at", kind: moment},
		{key: "text", kind: foreign},
	}}
	for _, r := range rows {
		t.rows = append(t.rows, refundValues(r))
	}
	return t
}

// refundValues counts a refund as given back from the moment the service took it, as the day's sums do.
func refundValues(r ledger.RefundRow) []any {
	b, out := r.Refund, r.Outcome
	var given pay.Money
	switch out.Status {
	case pay.RefundAccepted, pay.RefundDone, pay.RefundManual:
		given = b.Amount
	}
	return []any{b.At, b.ID, b.Order,
		code{out.Status.String(), "sheet.back." + out.Status.String()},
		b.Amount, given, b.Clerk, b.Approver, b.Reason, out.Trade, out.At, out.Text}
}

// china is the time zone that times are shown in; China has had one without summer time since 1991.
var china = time.FixedZone("CST", 8*60*60)

// printable replaces what no cell can hold: control characters, among them line ends, which would tear a
// row apart in half of the programs that read one.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || c == '\ufffe' || c == '\uffff' {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\ufffd"))
}
