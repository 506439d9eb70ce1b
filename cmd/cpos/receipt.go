package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/pay"
	"cpos/engine/receipt"
	"cpos/engine/script"
	"cpos/engine/words"
)

func (d door) receiptCommand() *cli.Command {
	text := func(name string) cli.Flag {
		return &cli.StringFlag{Name: name, Usage: d.word("cli.flag.receipt_" + name)}
	}
	return d.group("receipt", d.command("receipt.render", "render", "", []cli.Flag{
		text("order"), text("refund"), &cli.BoolFlag{Name: "sample", Usage: d.word("cli.flag.receipt_sample")},
		text("png"), text("escpos"),
	}, d.receiptRender))
}

// receiptRender makes a slip without printing it: as text, as a picture, or as the printer's bytes. All
// three come from one layout.
func (d door) receiptRender(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 0, 0); err != nil {
		return err
	}
	chosen := 0
	for _, name := range []string{"order", "refund", "sample"} {
		if c.IsSet(name) {
			chosen++
		}
	}
	if chosen != 1 {
		return words.Fail(errUsage, "cli.receipt.which").Advise("cli.receipt.which.hint")
	}
	return d.withTill(ctx, c, reading, func(t *till) error {
		doc, err := t.document(ctx, c.String("order"), c.String("refund"))
		if err != nil {
			return err
		}
		lines, paper, err := t.layOut(ctx, doc)
		if err != nil {
			return err
		}
		return d.writeSlip(lines, paper, c.String("png"), c.String("escpos"))
	})
}

func (d door) writeSlip(lines []receipt.Line, paper receipt.Paper, png, escpos string) error {
	if png == "" && escpos == "" {
		_, err := fmt.Fprint(d.out, receipt.Text(lines))
		return err
	}
	if png != "" {
		picture, err := pictureOf(lines, paper)
		if err != nil {
			return err
		}
		if err := writeWhole(png, picture); err != nil {
			return err
		}
		d.say("cli.receipt.written", "file", png)
	}
	if escpos != "" {
		if err := writeWhole(escpos, receipt.Bytes(lines, paper)); err != nil {
			return err
		}
		d.say("cli.receipt.written", "file", escpos)
	}
	return nil
}

// document gives what the slip of an order or a refund is made from, or a sample when neither is named.
func (t *till) document(ctx context.Context, order, refund string) (script.Document, error) {
	who := t.stationTill()
	doc := script.Document{Store: who.Store, Device: who.Device, Clerk: who.Clerk, Copy: 1}
	if order == "" && refund == "" {
		doc.Order, doc.Out = t.sample()
		return doc, nil
	}
	if refund != "" {
		row, err := t.book.Refund(ctx, refund)
		if err != nil {
			return doc, err
		}
		doc.Refund, order = &row.Refund, row.Refund.Order
	}
	row, err := t.book.Order(ctx, order)
	doc.Order, doc.Out, doc.Again = row.Order, row.Outcome, row.Slips > 0
	if row.Order.Clerk != "" {
		doc.Clerk = row.Order.Clerk
	}
	return doc, err
}

// sample is a sale that never was; its number says so.
func (t *till) sample() (pay.Order, pay.Outcome) {
	p, at := t.profile, time.Now()
	return pay.Order{ID: t.sampleNumber(), Store: p.Merchant.Shop, Device: p.DeviceID, Clerk: p.Clerk,
			Tender: pay.WeChat, Amount: 1250, Serial: "20260101-0001", At: at},
		pay.Outcome{Status: pay.Paid, Trade: "SAMPLE", At: at}
}

// layOut lets the profile's script write the slip and sets it for the till's paper.
func (t *till) layOut(ctx context.Context, doc script.Document) ([]receipt.Line, receipt.Paper, error) {
	paper, err := t.profile.Paper()
	if err != nil {
		return nil, paper, err
	}
	p, err := script.Load(t.scripts)
	if err != nil {
		return nil, paper, err
	}
	write := p.Receipt
	if doc.Refund != nil {
		write = p.RefundReceipt
	}
	slip, err := write(ctx, doc)
	if err != nil {
		return nil, paper, err
	}
	lines, err := receipt.Layout(slip, paper)
	return lines, paper, err
}
