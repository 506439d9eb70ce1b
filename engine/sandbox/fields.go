package sandbox

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"

	"cpos/engine/pay"
)

// Statuses of the envelope.
const (
	statusOK        = 0
	statusInternal  = 3   // result unknown; no authentication code
	statusRefused   = 101 // programming or configuration error; no authentication code
	statusNewNumber = 102
	statusBusy      = 103
	statusFailed    = 104

	internalParameter = 7
	internalReentry   = 407
)

// refusal is an answer other than success.
type refusal struct {
	status, internal int
	text             string
}

func badParameter(name string) *refusal {
	return &refusal{statusRefused, internalParameter, "参数" + name + "错误."}
}

func failed(text string) *refusal { return &refusal{status: statusFailed, text: text} }

// fields reads one JSON object by exact names. The first fault sticks, so a handler reads all it needs
// and asks once.
type fields struct {
	m   map[string]any
	bad **refusal
}

func parseFields(text string) (fields, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if d.Decode(&m) != nil || m == nil {
		return fields{}, false
	}
	if _, err := d.Token(); err != io.EOF { // something stands behind the object
		return fields{}, false
	}
	return fields{m, new(*refusal)}, true
}

func (f fields) problem() *refusal { return *f.bad }

func (f fields) fail(r *refusal) {
	if *f.bad == nil {
		*f.bad = r
	}
}

func (f fields) has(name string) bool { _, ok := f.m[name]; return ok }

// object gives a required member object; when it is missing, all reads of it give zero values.
func (f fields) object(name string) fields {
	m, ok := f.m[name].(map[string]any)
	if !ok {
		f.fail(badParameter(name))
	}
	return fields{m, f.bad}
}

// text gives a required text of at most most bytes.
func (f fields) text(name string, most int) string {
	s := f.optional(name, most)
	if s == "" {
		f.fail(badParameter(name))
	}
	return s
}

// optional gives a text that may be missing or empty.
func (f fields) optional(name string, most int) string {
	v, there := f.m[name]
	s, ok := v.(string)
	if (there && !ok) || len(s) > most {
		f.fail(badParameter(name))
	}
	return s
}

// label gives a required text that some clients send as a number.
func (f fields) label(name string, most int) string {
	if n, ok := f.m[name].(json.Number); ok && len(n) <= most {
		return n.String()
	}
	return f.text(name, most)
}

// number gives a required whole number: no fraction, no exponent, no text.
func (f fields) number(name string) int64 {
	if !f.has(name) {
		f.fail(badParameter(name))
	}
	return f.numberOr(name, 0)
}

func (f fields) numberOr(name string, missing int64) int64 {
	v, there := f.m[name]
	if !there {
		return missing
	}
	n, _ := v.(json.Number)
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil {
		f.fail(badParameter(name))
	}
	return i
}

// fen gives a required amount: Number(32), greater than zero.
func (f fields) fen(name string) pay.Money {
	n := f.number(name)
	if n <= 0 || n > math.MaxInt32 {
		f.fail(failed("参数" + name + "错误."))
	}
	return pay.Money(n)
}

// currency checks the only currency there is.
func (f fields) currency(name string) {
	if f.text(name, 3) != "CNY" {
		f.fail(failed("参数" + name + "错误."))
	}
}
