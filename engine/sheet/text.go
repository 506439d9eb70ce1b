package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"time"

	"cpos/engine/pay"
	"cpos/engine/words"
)

const byteOrderMark = "\ufeff"

// writeCSV writes amounts as plain decimals and times in China. Excel turns long runs of digits into
// rounded numbers when it opens CSV; who needs them whole in Excel takes the workbook.
func writeCSV(w io.Writer, l words.Lang, t table) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	line := make([]string, len(t.columns))
	for i, c := range t.columns {
		line[i] = c.heading(l)
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for _, row := range t.rows {
		for i, v := range row {
			line[i] = shown(l, t.columns[i], v)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// shown gives a value as a person reads it.
func shown(l words.Lang, c column, v any) string {
	switch v := v.(type) {
	case pay.Money:
		return v.String()
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.In(china).Format(time.DateTime)
	case code:
		return words.Say(l, words.T(v.word))
	case string:
		if c.kind == foreign {
			return harmless(printable(v))
		}
		return v
	}
	return ""
}

// harmless puts an apostrophe before a text that a spreadsheet would run as a formula. Full-width signs
// count too, since some input methods and some programs take them for the plain ones.
func harmless(s string) string {
	if strings.ContainsAny(firstRune(strings.TrimLeft(s, " ")), "=+-@＝＋－＠") {
		return "'" + s
	}
	return s
}

// firstRune gives the first character, or a harmless one of an empty text.
func firstRune(s string) string {
	for _, c := range s {
		return string(c)
	}
	return ""
}

// writeJSONL writes one object per row. Keys and names of statuses never change within a schema; an
// amount stands as "12.50" under its key and in fen under key_fen; times are RFC 3339 in China.
func writeJSONL(w io.Writer, tables []table) error {
	out := bufio.NewWriter(w)
	for _, t := range tables {
		for _, row := range t.rows {
			line, err := object(t, row)
			if err != nil {
				return err
			}
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// object writes the members in the order of the columns.
func object(t table, row []any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	member := func(key string, v any) error {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		for i, part := range []any{key, v} {
			if i == 1 {
				b.WriteByte(':')
			}
			if err := e.Encode(part); err != nil {
				return err
			}
			b.Truncate(b.Len() - 1) // the encoder ends every value with a line end
		}
		return nil
	}
	b.WriteByte('{')
	err := member("schema", t.schema)
	for i, c := range t.columns {
		if err == nil {
			err = members(member, c, row[i])
		}
	}
	b.WriteString("}\n")
	return b.Bytes(), err
}

func members(member func(string, any) error, c column, v any) error {
	switch v := v.(type) {
	case pay.Money:
		if err := member(c.key, v.String()); err != nil {
			return err
		}
		return member(c.key+"_fen", int64(v))
	case time.Time:
		if v.IsZero() {
			return member(c.key, nil)
		}
		return member(c.key, v.In(china).Format(time.RFC3339))
	case code:
		return member(c.key, v.name)
	case nil: // an amount that is not known
		if err := member(c.key, nil); err != nil {
			return err
		}
		return member(c.key+"_fen", nil)
	}
	return member(c.key, v)
}
