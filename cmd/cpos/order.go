package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sheet"
	"cpos/engine/station"
	"cpos/engine/words"
)

func (d door) orderCommand() *cli.Command {
	filter := append([]cli.Flag{d.outputFlag()}, d.filterFlags()...)
	return d.group("order",
		d.command("order.list", "list", "", filter, d.orderList),
		d.command("order.show", "show", "ORDER", []cli.Flag{d.outputFlag()}, d.orderShow),
		d.command("order.explain", "explain", "ORDER", []cli.Flag{d.outputFlag()}, d.orderExplain),
		d.command("order.resolve", "resolve", "ORDER", []cli.Flag{
			&cli.BoolFlag{Name: "query", Usage: d.word("cli.flag.query")}, &cli.StringFlag{Name: "evidence", Usage: d.word("cli.flag.evidence")},
			&cli.StringFlag{Name: "reason", Usage: d.word("cli.flag.evidence_reason")}, d.outputFlag()}, d.orderResolve))
}

// filterFlags choose orders and refunds.
func (d door) filterFlags() []cli.Flag {
	flag := func(name string) cli.Flag {
		return &cli.StringFlag{Name: name, Usage: d.word("cli.flag." + name)}
	}
	return []cli.Flag{flag("from"), flag("to"), flag("state"), flag("clerk"), flag("serial"), flag("method"),
		&cli.IntFlag{Name: "limit", Usage: d.word("cli.flag.limit")}}
}

// filterOf reads the flags of filterFlags. A day without a time means its beginning, for --to its end.
func filterOf(c *cli.Context) (ledger.Filter, error) {
	f := ledger.Filter{Clerk: c.String("clerk"), Serial: c.String("serial"), Limit: c.Int("limit")}
	var err error
	if f.From, err = moment(c.String("from"), false); err != nil {
		return f, err
	}
	if f.To, err = moment(c.String("to"), true); err != nil {
		return f, err
	}
	if s := c.String("method"); s != "" && f.Tender.UnmarshalText([]byte(s)) != nil {
		return f, words.Fail(errUsage, "cli.method", "name", clip(s))
	}
	for _, name := range strings.FieldsFunc(c.String("state"), func(r rune) bool { return r == ',' }) {
		if name == "open" {
			f.Open = true
			continue
		}
		var s pay.Status
		if s.UnmarshalText([]byte(name)) != nil {
			return f, words.Fail(errUsage, "cli.state", "name", clip(name))
		}
		f.Statuses = append(f.Statuses, s)
	}
	return f, nil
}

// listingOf reads the flags of a command that lists, the newest first.
func listingOf(c *cli.Context) (format string, f ledger.Filter, err error) {
	if format, err = outputOf(c, 0); err != nil {
		return "", f, err
	}
	f, err = filterOf(c)
	f.Newest = true
	return format, f, err
}

// moment reads a day or a time: 2006-01-02, 2006-01-02 15:04[:05] in China Standard Time, RFC 3339,
// "today" or "yesterday".
func moment(text string, end bool) (time.Time, error) {
	now := time.Now().In(china)
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, china)
	switch text {
	case "":
		return time.Time{}, nil
	case "today":
		return wholeDay(day, end), nil
	case "yesterday":
		return wholeDay(day.AddDate(0, 0, -1), end), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, china); err == nil {
		return wholeDay(t, end), nil
	}
	for _, form := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(form, text, china); err == nil {
			return t, nil
		}
	}
	return time.Time{}, words.Fail(errUsage, "cli.when", "text", clip(text)).Advise("cli.when.hint")
}

func wholeDay(day time.Time, end bool) time.Time {
	if end {
		return day.AddDate(0, 0, 1)
	}
	return day
}

func (d door) orderList(ctx context.Context, c *cli.Context) error {
	format, f, err := listingOf(c)
	if err != nil {
		return err
	}
	return d.withTill(ctx, c, reading, func(t *till) error {
		rows, err := t.book.Orders(ctx, f)
		if err != nil {
			return err
		}
		return d.writeOrders(format, rows)
	})
}

// withTill opens the till that the flags mean, does something with it and closes it.
func (d door) withTill(ctx context.Context, c *cli.Context, m mode, do func(*till) error) error {
	t, err := openTill(ctx, d.globals(c), m)
	if err != nil {
		return err
	}
	return errors.Join(do(t), t.close())
}

func (d door) writeOrders(format string, rows []ledger.OrderRow) error {
	l := listing{schema: "cpos.orders.v1", right: map[int]bool{3: true, 4: true}}
	for _, key := range []string{"at", "number", "status", "amount", "refunded", "tender", "serial", "clerk", "remark"} {
		l.head = append(l.head, d.word("cli.column."+key))
	}
	for _, r := range rows {
		o := r.Order
		l.cells = append(l.cells, []string{showTime(o.At), o.ID, d.word("status." + r.Outcome.Status.String()),
			o.Amount.String(), r.Refunded.String(), d.word("tender." + o.Tender.String()), o.Serial, o.Clerk, o.Remark})
	}
	var err error
	if l.rows, err = objects(sheet.Orders(rows)); err != nil {
		return err
	}
	return d.write(format, l)
}

func (d door) writeRefunds(format string, rows []ledger.RefundRow) error {
	l := listing{schema: "cpos.refunds.v1", right: map[int]bool{4: true}}
	for _, key := range []string{"at", "refund", "number", "status", "amount", "clerk", "reason"} {
		l.head = append(l.head, d.word("cli.column."+key))
	}
	for _, r := range rows {
		b := r.Refund
		l.cells = append(l.cells, []string{showTime(b.At), b.ID, b.Order, d.word("sheet.back." + r.Outcome.Status.String()),
			b.Amount.String(), b.Clerk, b.Reason})
	}
	var err error
	if l.rows, err = objects(sheet.Refunds(rows)); err != nil {
		return err
	}
	return d.write(format, l)
}

// objects gives the JSON objects of a table as every export has them, so that listings and files agree.
func objects(t sheet.Table) ([]any, error) {
	var b bytes.Buffer
	if err := sheet.Write(&b, sheet.JSONL, words.English, t); err != nil {
		return nil, err
	}
	var all []any
	for line := range bytes.Lines(b.Bytes()) {
		all = append(all, json.RawMessage(bytes.TrimSpace(line)))
	}
	return all, nil
}

func (d door) orderShow(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 1)
	if err != nil {
		return err
	}
	return d.withTill(ctx, c, reading, func(t *till) error {
		row, err := t.book.Order(ctx, c.Args().First())
		if err != nil {
			return err
		}
		facts, err := t.book.History(ctx, row.Order.ID)
		if err != nil {
			return err
		}
		read, err := t.amountRead(row)
		if err != nil {
			return err
		}
		if format != asTable {
			return d.showObject(format, row, read, facts)
		}
		d.writeOrder(row)
		d.writeLines(d.readLines(read))
		fmt.Fprintln(d.out)
		return writeGrid(d.out, d.history(facts))
	})
}

// factJSON is a fact of the book as programs read it.
type factJSON struct {
	Seq    uint64          `json:"seq"`
	At     time.Time       `json:"at"`
	Kind   ledger.Kind     `json:"kind"`
	Number string          `json:"number"`
	Body   json.RawMessage `json:"body"`
}

func (d door) showObject(format string, row ledger.OrderRow, read *amountRead, facts []ledger.Fact) error {
	rows, err := objects(sheet.Orders{row})
	if err != nil {
		return err
	}
	history := []factJSON{}
	for _, f := range facts {
		history = append(history, factJSON{f.Seq, f.At, f.Kind, f.Number, f.Body})
	}
	v := struct {
		Schema  string      `json:"schema"`
		Order   any         `json:"order"`
		Reading *amountRead `json:"reading,omitempty"` // how its amount came off the POS's screen, where that is remembered
		History []factJSON  `json:"history"`
	}{"cpos.order_history.v1", rows[0], read, history}
	if format == asJSONL {
		return json.NewEncoder(d.out).Encode(v)
	}
	return writeJSON(d.out, v)
}

func (d door) history(facts []ledger.Fact) listing {
	l := listing{head: []string{d.word("cli.column.seq"), d.word("cli.column.at"), d.word("cli.column.fact"), d.word("cli.column.number"),
		d.word("cli.column.body")}, right: map[int]bool{0: true}}
	for _, f := range facts {
		l.cells = append(l.cells, []string{fmt.Sprint(f.Seq), showTime(f.At), d.word("cli.fact." + string(f.Kind)), f.Number, gist(f.Body)})
	}
	return l
}

// gist gives what a person wants to know of a fact, in the words of the book; JSON output has all of it.
func gist(body []byte) string {
	var all map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&all) != nil {
		return string(body)
	}
	var parts []string
	if n, ok := all["fen"].(json.Number); ok {
		if fen, err := n.Int64(); err == nil {
			parts = append(parts, pay.Money(fen).String())
		}
	}
	for _, key := range []string{"status", "why", "kind", "proof", "reason", "text", "remark", "clerk", "approver", "who", "transaction"} {
		if v, ok := all[key].(string); ok && v != "" {
			parts = append(parts, key+"="+v)
		}
	}
	return strings.Join(parts, " ")
}

// writeOrder shows one order, a line for each thing that is known.
func (d door) writeOrder(r ledger.OrderRow) {
	o, out := r.Order, r.Outcome
	why := ""
	if out.Why != pay.WhyNone {
		why = d.word("why." + string(out.Why))
	}
	net := ""
	if out.Net != 0 {
		net = out.Net.String()
	}
	d.writeLines([][2]string{
		{"number", o.ID}, {"status", d.word("status." + out.Status.String())}, {"amount", o.Amount.String()},
		{"refunded", r.Refunded.String()}, {"tender", d.word("tender." + o.Tender.String())}, {"why", why}, {"told", out.Text},
		{"trade", out.Trade}, {"settlement", net}, {"serial", o.Serial}, {"remark", o.Remark}, {"clerk", o.Clerk},
		{"at", showTime(o.At)}, {"slips", fmt.Sprint(r.Slips)},
	})
}

// writeLines writes headings and values side by side and leaves out what is empty.
func (d door) writeLines(pairs [][2]string) {
	l := listing{}
	for _, p := range pairs {
		if p[1] == "" {
			continue
		}
		line := []string{d.word("cli.column." + p[0]), p[1]}
		if l.head == nil {
			l.head = line
		} else {
			l.cells = append(l.cells, line)
		}
	}
	_ = writeGrid(d.out, l) // a broken pipe ends the program by itself
}

// resolution is how an order whose result is not known is to leave that state.
type resolution struct {
	order       string
	transaction string // seen at the service by a person; empty asks the service only
	who, reason string
}

func resolutionOf(c *cli.Context) (resolution, error) {
	r := resolution{order: c.Args().First(), transaction: c.String("evidence"), who: person(), reason: c.String("reason")}
	switch {
	case c.IsSet("evidence") && c.Bool("query"):
		return r, words.Fail(errUsage, "cli.resolve.one_way")
	case c.IsSet("evidence") && (r.transaction == "" || r.reason == ""):
		return r, words.Fail(errUsage, "cli.evidence").Advise("cli.evidence.hint")
	}
	return r, nil
}

// orderResolve asks the service about an order, or takes a person's word for it, and tells what is known then.
func (d door) orderResolve(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 1)
	if err != nil {
		return err
	}
	r, err := resolutionOf(c)
	if err != nil {
		return err
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	ask := deskAsk{Do: deskResolve, Order: r.order}
	if r.transaction != "" {
		ask = deskAsk{Do: deskEvidence, Order: r.order, Text: r.transaction, Who: r.who, Reason: r.reason}
	}
	_, err = askDesk(ctx, t.data, ask)
	if err == nil {
		return d.withTill(ctx, c, reading, func(t *till) error {
			row, err := t.book.Order(ctx, r.order)
			if err != nil {
				return err
			}
			return d.tellOrder(format, row)
		})
	}
	if !errors.Is(err, errNoEngine) {
		return err
	}
	return d.withTill(ctx, c, charging, func(t *till) error {
		row, err := r.resolve(ctx, t.teller)
		if err != nil {
			return err
		}
		return d.tellOrder(format, row)
	})
}

// resolve carries it out where no engine runs.
func (r resolution) resolve(ctx context.Context, t *station.Teller) (ledger.OrderRow, error) {
	if r.transaction == "" {
		return t.Resolve(ctx, r.order)
	}
	row, err := t.Evidence(ctx, r.order, r.transaction, r.who, r.reason)
	if errors.Is(err, ledger.ErrFinal) {
		return row, nil // the service's own word comes first
	}
	return row, err
}

// tellOrder writes an order and ends with the code that its status means.
func (d door) tellOrder(format string, row ledger.OrderRow) error {
	if format == asTable {
		d.writeOrder(row)
	} else if err := d.writeOrders(format, []ledger.OrderRow{row}); err != nil {
		return err
	}
	code := statusCode(row.Outcome)
	switch code {
	case exitUnknown, exitPending:
		d.say("cli.pay.follow", "order", row.Order.ID)
	case exitNotSent:
		d.say("cli.pay.not_sent")
	}
	if code == exitDone {
		return nil
	}
	return verdict{code}
}

// statusCode is what an outcome means to a script in a shop.
func statusCode(out pay.Outcome) int {
	switch out.Why {
	case pay.WhyReentry, pay.WhyContradiction:
		return exitHalted
	case pay.WhyNotSent:
		if out.Status == pay.Closed {
			return exitNotSent
		}
	case pay.WhyAuthKey, pay.WhySignKey:
		if out.Status == pay.Declined {
			return exitProfile
		}
	}
	switch out.Status {
	case pay.Paid:
		return exitDone
	case pay.Declined, pay.Closed:
		return exitDeclined
	case pay.Pending:
		return exitPending
	}
	return exitUnknown
}
