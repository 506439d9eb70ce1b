package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/station"
	"cpos/engine/words"
)

// payOptions is one payment as the command line asks for it.
type payOptions struct {
	amount pay.Money
	code   string
	order  string
	remark string
	serial string
	noWait bool
	again  bool // although it looks like an earlier sale
	output string
}

func (d door) payCommand() *cli.Command {
	text := func(name string) cli.Flag { return &cli.StringFlag{Name: name, Usage: d.word("cli.flag." + name)} }
	flags := []cli.Flag{text("amount"), text("code"), text("order-id"), text("remark"), text("serial"),
		&cli.BoolFlag{Name: "no-wait", Usage: d.word("cli.flag.no-wait")},
		&cli.BoolFlag{Name: "yes", Usage: d.word("cli.flag.yes")}, d.outputFlag()}
	return d.command("pay", "pay", "", flags, func(ctx context.Context, c *cli.Context) error {
		o, err := d.payOptions(c)
		if err != nil {
			return err
		}
		return d.pay(ctx, c, o)
	})
}

func (d door) payOptions(c *cli.Context) (payOptions, error) {
	o := payOptions{code: c.String("code"), order: c.String("order-id"), remark: c.String("remark"), serial: c.String("serial"),
		noWait: c.Bool("no-wait"), again: c.Bool("yes")}
	var err error
	if o.output, err = outputOf(c, 0); err != nil {
		return o, err
	}
	if o.code == "" {
		return o, words.Fail(errUsage, "cli.pay.no_code").Advise("cli.pay.no_code.hint")
	}
	if o.code == "-" {
		if o.code, err = firstLine(d.in); err != nil {
			return o, err
		}
	}
	if o.amount, err = pay.ParseMoney(c.String("amount")); err != nil || o.amount <= 0 {
		return o, words.Fail(errUsage, "cli.pay.amount", "text", clip(c.String("amount"))).Advise("cli.pay.amount.hint")
	}
	if o.order != "" {
		err = pay.ValidNumber(o.order)
	}
	return o, err
}

// mostSecret bounds a code or a secret that is read from the input, in bytes.
const mostSecret = 64 << 10

func firstLine(from io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(from, mostSecret)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimSpace(line), nil
}

// payable checks against the profile what is to be paid, before anything is opened.
func payable(t *till, o payOptions) (pay.Code, error) {
	code := t.codes.rules().Classify(o.code)
	if code.Tender() == pay.TenderUnknown {
		return code, words.Fail(errUsage, "cli.pay.bad_code", "code", code).Advise("cli.pay.bad_code.hint")
	}
	if most := t.profile.Amount.Max; o.amount > most {
		return code, words.Fail(errUsage, "cli.pay.most", "amount", o.amount, "most", most).Advise("cli.pay.most.hint")
	}
	return code, nil
}

// pay makes one payment and follows it: through the engine where one runs, for it is the one that holds
// the book. Whatever ends the waiting, the last word is the book's.
func (d door) pay(ctx context.Context, c *cli.Context, o payOptions) (err error) {
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	code, err := payable(t, o)
	if err != nil {
		return err
	}
	switch desk, err := dialDesk(ctx, t.data); {
	case err == nil:
		defer desk.Close()
		return d.payAtDesk(ctx, c, desk, o)
	case !errors.Is(err, errNoEngine):
		return err
	}
	if err := t.open(ctx, charging); err != nil {
		return err
	}
	row, err := t.charge(ctx, o, code, func(number string) error {
		d.say("cli.pay.sending", "order", number, "amount", o.amount)
		return nil
	}, d.progress())
	switch {
	case err != nil && row.Order.ID == "":
		return err
	case err != nil:
		d.say("cli.interrupted")
	}
	return d.tellOrder(o.output, row)
}

// charge makes one payment with a till that holds its book. begun is told the number before anything is
// written or sent under it; its error ends the payment. An error beside a row says that the waiting was
// ended; something may have been sent.
func (t *till) charge(ctx context.Context, o payOptions, code pay.Code, begun func(number string) error,
	told func(pay.Outcome)) (ledger.OrderRow, error) {
	number, err := t.numberFor(ctx, o.order)
	if err != nil {
		return ledger.OrderRow{}, err
	}
	if _, halted, err := t.book.Halted(ctx); err != nil || halted {
		return ledger.OrderRow{}, cmp.Or(err, ledger.ErrHalted)
	}
	if err := begun(number); err != nil {
		return ledger.OrderRow{}, err
	}
	row, err := t.teller.Charge(ctx, station.Charge{ID: number, Amount: o.amount, Code: code, Serial: o.serial,
		Remark: o.remark, Source: "cli", NoWait: o.noWait, Again: o.again}, told)
	if err == nil || row.Order.ID == "" {
		return row, err
	}
	known, bookErr := t.book.Order(context.WithoutCancel(ctx), number)
	if bookErr != nil {
		return ledger.OrderRow{}, errors.Join(err, bookErr)
	}
	return known, err
}

// numberFor gives the number of a new order. One that is asked for and in use is refused before anybody
// is told of it, so that nobody takes the older order for this one.
func (t *till) numberFor(ctx context.Context, wanted string) (string, error) {
	if wanted == "" {
		return t.book.NewOrderID(t.teller.Clock.Now())
	}
	_, err := t.book.Order(ctx, wanted)
	if errors.Is(err, ledger.ErrNoOrder) {
		return wanted, nil
	}
	return "", cmp.Or(err, fmt.Errorf("charge %s: %w", wanted, ledger.ErrNumber))
}

// payAtDesk lets the running engine make the payment.
func (d door) payAtDesk(ctx context.Context, c *cli.Context, desk *deskClient, o payOptions) error {
	number, progress := "", d.progress()
	err := desk.pay(ctx, deskAsk{Do: deskPay, Amount: o.amount, Text: o.code, Order: o.order, Serial: o.serial,
		Remark: o.remark, NoWait: o.noWait, Again: o.again}, func(p deskPayment) {
		switch {
		case number == "":
			number = p.Order
			d.say("cli.pay.sending", "order", number, "amount", o.amount)
		case !p.Done:
			progress(pay.Outcome{Status: p.Status, Why: p.Why})
		}
	})
	var refused *deskFault
	if errors.As(err, &refused) {
		return err
	}
	if err == nil && ctx.Err() != nil {
		d.say("cli.interrupted")
	}
	if number == "" {
		return lostEngine(err)
	}
	ctx = context.WithoutCancel(ctx) // the book is looked into even where nobody waits any more
	return d.withTill(ctx, c, reading, func(t *till) error {
		row, bookErr := t.book.Order(ctx, number)
		if err != nil && errors.Is(bookErr, ledger.ErrNoOrder) {
			return lostEngine(err)
		}
		if bookErr != nil {
			return errors.Join(pay.ErrNoAnswer, bookErr)
		}
		return d.tellOrder(o.output, row)
	})
}

// lostEngine says what is known of a payment that is not in the book after the engine was lost. An engine
// that hung up has ended, and whatever it sends is in the book before; of a silent one nothing is known.
func lostEngine(err error) error {
	kind, hint := pay.ErrNoAnswer, "cli.pay.engine_silent.hint"
	if errors.Is(err, io.EOF) || errors.Is(err, pay.ErrNotSent) {
		kind, hint = pay.ErrNotSent, "cli.pay.engine_ended.hint"
	}
	return words.Fail(kind, "cli.pay.engine_lost").Advise(hint).Because(err)
}

// progress tells each new status once.
func (d door) progress() func(pay.Outcome) {
	var last pay.Outcome
	return func(out pay.Outcome) {
		if out.Status == last.Status && out.Why == last.Why {
			return
		}
		last = out
		d.say("cli.pay.progress", "status", d.word("status."+out.Status.String()), "why", d.why(out.Why))
	}
}

func (d door) why(w pay.Why) string {
	if w == pay.WhyNone {
		return ""
	}
	return d.word("why." + string(w))
}

func (d door) refundCommand() *cli.Command {
	text := func(name string) cli.Flag { return &cli.StringFlag{Name: name, Usage: d.word("cli.flag." + name)} }
	return d.group("refund",
		d.command("refund.create", "create", "ORDER", []cli.Flag{text("amount"), text("reason"), d.outputFlag()}, d.refundCreate),
		d.command("refund.list", "list", "", append([]cli.Flag{d.outputFlag(), text("order")}, d.filterFlags()...), d.refundList))
}

func (d door) refundList(ctx context.Context, c *cli.Context) error {
	format, f, err := listingOf(c)
	if err != nil {
		return err
	}
	f.Order = c.String("order")
	return d.withTill(ctx, c, reading, func(t *till) error {
		rows, err := t.book.Refunds(ctx, f)
		if err != nil {
			return err
		}
		return d.writeRefunds(format, rows)
	})
}

func (d door) refundCreate(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 1)
	if err != nil {
		return err
	}
	g := station.Giveback{Order: c.Args().First(), Reason: c.String("reason")}
	if text := c.String("amount"); text != "" {
		if g.Amount, err = pay.ParseMoney(text); err != nil || g.Amount <= 0 {
			return words.Fail(errUsage, "cli.pay.amount", "text", clip(text)).Advise("cli.pay.amount.hint")
		}
	}
	// Where an engine runs it is the one that holds the book, and it gives the money back for us.
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	if g.Reason == "" && t.profile.Refund.Reason == "required" {
		return words.Fail(errUsage, "cli.refund.reason").Advise("cli.refund.reason.hint")
	}
	say, err := askDesk(ctx, t.data, deskAsk{Do: deskRefund, Order: g.Order, Amount: g.Amount, Reason: g.Reason})
	if say.Refund != nil {
		return d.tellRefundOf(ctx, c, format, say.Refund.Refund)
	}
	if !errors.Is(err, errNoEngine) {
		return lostRefund(err)
	}
	return d.withTill(ctx, c, charging, func(t *till) error {
		row, err := t.teller.Refund(ctx, g)
		if err != nil && row.Refund.ID == "" {
			return err
		}
		return d.tellRefund(format, row)
	})
}

// lostRefund says what is known of a refund that the engine gave no answer about: it may have been sent.
func lostRefund(err error) error {
	var refused *deskFault
	switch {
	case errors.As(err, &refused):
		return err
	case errors.Is(err, pay.ErrNotSent):
		return words.Fail(pay.ErrNotSent, "cli.pay.engine_lost").Advise("cli.pay.engine_ended.hint").Because(err)
	}
	return words.Fail(pay.ErrNoAnswer, "cli.pay.engine_lost").Advise("cli.refund.engine_lost.hint").Because(err)
}

// tellRefundOf tells about a refund that the engine has made.
func (d door) tellRefundOf(ctx context.Context, c *cli.Context, format, refund string) error {
	return d.withTill(ctx, c, reading, func(t *till) error {
		row, err := t.book.Refund(ctx, refund)
		if err != nil {
			return err
		}
		return d.tellRefund(format, row)
	})
}

func (d door) tellRefund(format string, row ledger.RefundRow) error {
	b, out := row.Refund, row.Outcome
	if format != asTable {
		if err := d.writeRefunds(format, []ledger.RefundRow{row}); err != nil {
			return err
		}
	} else {
		d.writeLines([][2]string{
			{"refund", b.ID}, {"number", b.Order}, {"status", d.word("sheet.back." + out.Status.String())},
			{"amount", b.Amount.String()}, {"why", d.why(out.Why)}, {"told", out.Text}, {"trade", out.Trade},
			{"reason", b.Reason}, {"at", showTime(b.At)},
		})
	}
	if out.Status == pay.RefundManual {
		d.say("cli.refund.manual", "amount", b.Amount)
	}
	if code := refundCode(out); code != exitDone {
		return verdict{code}
	}
	return nil
}

// refundCode is what a refund's outcome means to a script. A refund that the service has accepted is
// done as far as the till goes.
func refundCode(out pay.RefundOutcome) int {
	switch {
	case out.Status == pay.RefundFailed && out.Why == pay.WhyNotSent:
		return exitNotSent
	case out.Status == pay.RefundFailed && (out.Why == pay.WhyAuthKey || out.Why == pay.WhySignKey):
		return exitProfile
	case out.Status == pay.RefundFailed:
		return exitDeclined
	case out.Status == pay.RefundUnknown:
		return exitUnknown
	}
	return exitDone
}
