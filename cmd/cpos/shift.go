package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

func (d door) shiftCommand() *cli.Command {
	clerk := &cli.StringFlag{Name: "clerk", Usage: d.word("cli.flag.shift_clerk")}
	counted := &cli.StringFlag{Name: "counted", Usage: d.word("cli.flag.counted")}
	number := &cli.Uint64Flag{Name: "number", Usage: d.word("cli.flag.number")}
	limit := &cli.IntFlag{Name: "limit", Usage: d.word("cli.flag.limit")}
	return d.group("shift",
		d.command("shift.open", "open", "", []cli.Flag{clerk}, d.shiftOpen),
		d.command("shift.close", "close", "", []cli.Flag{clerk, counted, d.outputFlag()}, d.shiftClose),
		d.command("shift.summary", "summary", "", []cli.Flag{clerk, number, d.outputFlag()}, d.shiftSummary),
		d.command("shift.list", "list", "", []cli.Flag{limit, d.outputFlag()}, d.shiftList))
}

// clerkOf is the clerk that is meant, or the one of the profile.
func clerkOf(c *cli.Context, t *till) string {
	if clerk := c.String("clerk"); clerk != "" {
		return clerk
	}
	return t.profile.Clerk
}

// What happens to a shift.
const (
	shiftBegins = "open"
	shiftEnds   = "close"
)

// turnOn begins and ends shifts in a book and gives their numbers.
func turnOn(b *ledger.Book) func(ctx context.Context, turn, clerk string, cash *pay.Money) (uint64, error) {
	return func(ctx context.Context, turn, clerk string, cash *pay.Money) (number uint64, err error) {
		var s ledger.Shift
		switch turn {
		case shiftBegins:
			s, err = b.OpenShift(ctx, clerk)
		case shiftEnds:
			s, err = b.CloseShift(ctx, clerk, cash)
		default:
			err = words.Fail(errAsk, "desk.not_understood")
		}
		return s.Number, err
	}
}

// turn begins or ends a shift through the engine that is running, or in the book where none is.
func (d door) turn(ctx context.Context, c *cli.Context, turn string, cash *pay.Money) (number uint64, clerk string, err error) {
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return 0, "", err
	}
	clerk = clerkOf(c, t)
	said, err := askDesk(ctx, t.data, deskAsk{Do: deskShift, Text: turn, Who: clerk, Cash: cash})
	if !errors.Is(err, errNoEngine) {
		return said.Shift, clerk, err
	}
	err = d.withTill(ctx, c, writing, func(t *till) (err error) {
		number, err = turnOn(t.book)(ctx, turn, clerk, cash)
		return err
	})
	return number, clerk, err
}

func (d door) shiftOpen(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 0, 0); err != nil {
		return err
	}
	number, clerk, err := d.turn(ctx, c, shiftBegins, nil)
	if err == nil {
		d.say("cli.shift.opened", "number", number, "clerk", clerk)
	}
	return err
}

// shiftClose ends the shift and says what it comes to.
func (d door) shiftClose(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 0)
	if err != nil {
		return err
	}
	cash, err := countedCash(c.String("counted"))
	if err != nil {
		return err
	}
	number, clerk, err := d.turn(ctx, c, shiftEnds, cash)
	if err != nil {
		return err
	}
	d.say("cli.shift.closed", "number", number, "clerk", clerk)
	return d.withTill(ctx, c, reading, func(t *till) error {
		sum, err := t.book.Shift(ctx, number)
		if err != nil {
			return err
		}
		return d.write(format, d.shiftSums(sum))
	})
}

// countedCash reads "cash=812.50"; nil where nobody counted.
func countedCash(text string) (*pay.Money, error) {
	if text == "" {
		return nil, nil
	}
	amount, ok := strings.CutPrefix(text, "cash=")
	if !ok {
		return nil, words.Fail(errUsage, "cli.shift.counted")
	}
	cash, err := pay.ParseMoney(amount)
	if err != nil {
		return nil, words.Fail(errUsage, "cli.shift.counted").Because(err)
	}
	return &cash, nil
}

func (d door) shiftSummary(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 0)
	if err != nil {
		return err
	}
	return d.withTill(ctx, c, reading, func(t *till) error {
		sum, err := shiftOf(ctx, c, t)
		if err != nil {
			return err
		}
		return d.write(format, d.shiftSums(sum))
	})
}

// shiftOf is the shift of a number, or the clerk's open one.
func shiftOf(ctx context.Context, c *cli.Context, t *till) (ledger.ShiftSummary, error) {
	if n := c.Uint64("number"); n != 0 {
		return t.book.Shift(ctx, n)
	}
	return t.book.CurrentShift(ctx, clerkOf(c, t))
}

// shiftSumJSON is one line of a summary as programs read it.
type shiftSumJSON struct {
	Schema     string `json:"schema"`
	Shift      uint64 `json:"shift"`
	Clerk      string `json:"clerk"`
	Tender     string `json:"tender"`
	Late       bool   `json:"late"` // known only after the close
	Paid       int    `json:"paid"`
	PaidFen    int64  `json:"paid_fen"`
	Refunds    int    `json:"refunds"`
	RefundsFen int64  `json:"refunds_fen"`
}

func (d door) shiftSums(sum ledger.ShiftSummary) listing {
	l := listing{schema: "cpos.shift_sums.v1", right: map[int]bool{3: true, 4: true, 5: true, 6: true}}
	for _, key := range []string{"shift", "clerk", "tender", "paid_count", "paid_sum", "refund_count", "refund_sum", "late"} {
		l.head = append(l.head, d.word("cli.column."+key))
	}
	for _, s := range append(append([]ledger.Sum{}, sum.Sums...), sum.Late...) {
		late := ""
		if s.Late {
			late = d.word("cli.shift.late")
		}
		l.cells = append(l.cells, []string{strconv.FormatUint(s.Shift, 10), sum.Shift.Clerk, d.word("tender." + s.Tender.String()),
			strconv.Itoa(s.Paid), s.PaidAmount.String(), strconv.Itoa(s.Refunds), s.RefundsAmount.String(), late})
		l.rows = append(l.rows, shiftSumJSON{"cpos.shift_sum.v1", s.Shift, sum.Shift.Clerk, s.Tender.String(), s.Late,
			s.Paid, int64(s.PaidAmount), s.Refunds, int64(s.RefundsAmount)})
	}
	return l
}

// shiftJSON is a shift as programs read it.
type shiftJSON struct {
	Schema  string     `json:"schema"`
	Shift   uint64     `json:"shift"`
	Clerk   string     `json:"clerk"`
	Opened  time.Time  `json:"opened"`
	Closed  *time.Time `json:"closed,omitempty"`
	CashFen *int64     `json:"cash_fen,omitempty"`
}

func (d door) shiftList(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 0)
	if err != nil {
		return err
	}
	return d.withTill(ctx, c, reading, func(t *till) error {
		all, err := t.book.Shifts(ctx, c.Int("limit"))
		if err != nil {
			return err
		}
		return d.write(format, d.shifts(all))
	})
}

func (d door) shifts(all []ledger.Shift) listing {
	l := listing{schema: "cpos.shifts.v1", right: map[int]bool{0: true, 4: true}}
	for _, key := range []string{"shift", "clerk", "opened", "closed", "counted"} {
		l.head = append(l.head, d.word("cli.column."+key))
	}
	for _, s := range all {
		row := shiftJSON{Schema: "cpos.shift.v1", Shift: s.Number, Clerk: s.Clerk, Opened: s.Opened}
		cash := ""
		if !s.Open() {
			row.Closed = &s.Closed
		}
		if s.Counted {
			fen := int64(s.Cash)
			row.CashFen, cash = &fen, s.Cash.String()
		}
		l.cells = append(l.cells, []string{fmt.Sprint(s.Number), s.Clerk, showTime(s.Opened), showTime(s.Closed), cash})
		l.rows = append(l.rows, row)
	}
	return l
}
