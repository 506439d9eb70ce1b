package script

import (
	"fmt"
	"strings"
	"time"

	"cpos/engine/pay"
	"cpos/engine/receipt"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// amount is money inside a script: whole fen, never a float.
type amount struct{ fen pay.Money }

var (
	_ starlark.HasBinary  = amount{}
	_ starlark.HasUnary   = amount{}
	_ starlark.Comparable = amount{}
	_ starlark.HasAttrs   = amount{}
)

func (a amount) String() string        { return a.fen.String() }
func (a amount) Type() string          { return "money" }
func (a amount) Freeze()               {}
func (a amount) Truth() starlark.Bool  { return a.fen != 0 }
func (a amount) Hash() (uint32, error) { return starlark.MakeInt64(int64(a.fen)).Hash() }

// Attr gives the amount in fen.
func (a amount) Attr(name string) (starlark.Value, error) {
	if name == "fen" {
		return starlark.MakeInt64(int64(a.fen)), nil
	}
	return nil, nil
}

// AttrNames lists what Attr knows.
func (a amount) AttrNames() []string { return []string{"fen"} }

// Unary is the sign.
func (a amount) Unary(op syntax.Token) (starlark.Value, error) {
	if op == syntax.MINUS {
		return a.times(-1)
	}
	return nil, nil
}

// CompareSameType orders amounts.
func (a amount) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	b := y.(amount)
	switch op {
	case syntax.EQL:
		return a.fen == b.fen, nil
	case syntax.NEQ:
		return a.fen != b.fen, nil
	case syntax.LT:
		return a.fen < b.fen, nil
	case syntax.LE:
		return a.fen <= b.fen, nil
	case syntax.GT:
		return a.fen > b.fen, nil
	case syntax.GE:
		return a.fen >= b.fen, nil
	}
	return false, fmt.Errorf("money cannot be compared with %s", op)
}

// Binary adds and subtracts amounts and multiplies by a whole number, refusing what does not fit.
func (a amount) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch b := y.(type) {
	case amount:
		switch op {
		case syntax.PLUS:
			return a.plus(b)
		case syntax.MINUS:
			less, err := b.times(-1)
			if err != nil {
				return nil, err
			}
			return a.plus(less.(amount))
		}
	case starlark.Int:
		if n, ok := b.Int64(); ok && op == syntax.STAR {
			return a.times(n)
		}
	}
	return nil, nil // Starlark says which types do not go together
}

func (a amount) plus(b amount) (starlark.Value, error) {
	sum, err := a.fen.Add(b.fen)
	return amount{sum}, err
}

func (a amount) times(n int64) (starlark.Value, error) {
	p := int64(a.fen) * n
	if a.fen != 0 && (p/int64(a.fen) != n || (n == -1 && p == int64(a.fen))) {
		return nil, fmt.Errorf("%s * %d: %w", a.fen, n, pay.ErrMoneyRange)
	}
	return amount{pay.Money(p)}, nil
}

func moneyValue(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var text string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text); err != nil {
		return nil, err
	}
	m, err := pay.ParseMoney(text)
	return amount{m}, err
}

// moment is a time inside a script; only date() can look into it.
type moment struct{ at time.Time }

func (m moment) String() string        { return m.in(dateForms["datetime"]) }
func (m moment) Type() string          { return "time" }
func (m moment) Freeze()               {}
func (m moment) Truth() starlark.Bool  { return starlark.Bool(!m.at.IsZero()) }
func (m moment) Hash() (uint32, error) { return starlark.MakeInt64(m.at.UnixNano()).Hash() }

// chinaTime is the zone in which both payment platforms keep their days.
var chinaTime = time.FixedZone("CST", 8*60*60)

var dateForms = map[string]string{"datetime": "2006-01-02 15:04:05", "date": "2006-01-02", "time": "15:04:05"}

func (m moment) in(layout string) string {
	if m.at.IsZero() {
		return "-"
	}
	return m.at.In(chinaTime).Format(layout)
}

func dateText(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var at starlark.Value
	form := "datetime"
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "at", &at, "form?", &form); err != nil {
		return nil, err
	}
	m, ok := at.(moment)
	layout, known := dateForms[form]
	switch {
	case !ok:
		return nil, fmt.Errorf("date: got %s, want a time", at.Type())
	case !known:
		return nil, fmt.Errorf("date: form %q is not datetime, date or time", form)
	}
	return starlark.String(m.in(layout)), nil
}

func widthOf(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var text string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text); err != nil {
		return nil, err
	}
	return starlark.MakeInt(receipt.Columns(text)), nil
}

func maskText(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	text, keep := "", 4
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text, "keep?", &keep); err != nil {
		return nil, err
	}
	r := []rune(text)
	keep = min(max(keep, 0), len(r))
	return starlark.String(strings.Repeat("*", len(r)-keep) + string(r[len(r)-keep:])), nil
}

func structValue(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return starlarkstruct.Make(t, b, args, kwargs)
}

func record(fields starlark.StringDict) starlark.Value {
	s := starlarkstruct.FromStringDict(starlarkstruct.Default, fields)
	s.Freeze()
	return s
}

func texts(list []string) starlark.Value {
	t := make(starlark.Tuple, len(list))
	for i, s := range list {
		t[i] = starlark.String(s)
	}
	return t
}

func storeValue(s Store) starlark.Value {
	return record(starlark.StringDict{"id": starlark.String(s.ID), "name": starlark.String(s.Name),
		"header": texts(s.Header), "welcome": starlark.String(s.Welcome)})
}

func contextValue(c Context) starlark.Value {
	return record(starlark.StringDict{"trigger": starlark.String(c.Trigger), "kind": starlark.String(c.Kind),
		"store": storeValue(c.Store), "device": starlark.String(c.Device), "clerk": starlark.String(c.Clerk),
		"serial": starlark.String(c.Serial), "amount": amount{c.Amount}})
}

func resultValue(r Result) starlark.Value {
	return record(starlark.StringDict{"order_id": starlark.String(r.OrderID), "method": starlark.String(r.Method),
		"status": starlark.String(r.Status), "amount": amount{r.Amount}, "trade": starlark.String(r.Trade), "at": moment{r.At}})
}

func givebackValue(b Giveback) starlark.Value {
	return record(starlark.StringDict{"id": starlark.String(b.ID), "order_id": starlark.String(b.OrderID), "method": starlark.String(b.Method),
		"status": starlark.String(b.Status), "amount": amount{b.Amount}, "paid": amount{b.Paid}, "reason": starlark.String(b.Reason), "at": moment{b.At}})
}

func documentValue(d Document) starlark.Value {
	o := d.Order
	order := record(starlark.StringDict{"id": starlark.String(o.ID), "amount": amount{o.Amount},
		"method": starlark.String(o.Tender.String()), "serial": starlark.String(o.Serial),
		"remark": starlark.String(o.Remark), "clerk": starlark.String(o.Clerk), "at": moment{o.At}})
	var back starlark.Value = starlark.None
	if f := d.Refund; f != nil {
		back = record(starlark.StringDict{"id": starlark.String(f.ID), "amount": amount{f.Amount},
			"reason": starlark.String(f.Reason), "clerk": starlark.String(f.Clerk), "at": moment{f.At}})
	}
	return record(starlark.StringDict{"store": storeValue(d.Store), "device": starlark.String(d.Device),
		"clerk": starlark.String(d.Clerk), "order": order, "trade": starlark.String(d.Out.Trade),
		"paid_at": moment{d.Out.At}, "refund": back, "copy": starlark.MakeInt(max(d.Copy, 1)), "again": starlark.Bool(d.Again)})
}
