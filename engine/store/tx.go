package store

import (
	"encoding/json"
	"slices"
	"strings"

	"cpos/engine/ledger"
)

// tx writes inside the transaction of the writer's session.
type tx struct {
	rows
	hot *hot
}

// hot is the little that every payment reads again: the newest fact, the order read or written last, the
// latch and the counters. Only the holder of the writer's lock changes them, so what it met last needs no
// query. A transaction that fails empties it.
type hot struct {
	tail     *ledger.Fact
	order    *ledger.OrderRow
	latch    *latch
	counters map[string]uint64
	shifts   map[string]*ledger.Shift // the open ones by clerk; nil for a clerk who has none
}

type latch struct {
	halt   ledger.Halt
	closed bool
}

func newHot() *hot {
	return &hot{counters: map[string]uint64{}, shifts: map[string]*ledger.Shift{}}
}

func (t tx) Tail() (ledger.Fact, bool, error) {
	if t.hot.tail != nil {
		return *t.hot.tail, true, nil
	}
	f, ok, err := t.rows.Tail()
	if ok {
		t.hot.tail = &f
	}
	return f, ok, err
}

func (t tx) Order(id string) (ledger.OrderRow, bool, error) {
	if t.hot.order != nil && t.hot.order.Order.ID == id {
		return *t.hot.order, true, nil
	}
	row, ok, err := t.rows.Order(id)
	if ok {
		t.hot.order = &row
	}
	return row, ok, err
}

func (t tx) Halt() (ledger.Halt, bool, error) {
	if t.hot.latch == nil {
		h, closed, err := t.rows.Halt()
		if err != nil {
			return h, closed, err
		}
		t.hot.latch = &latch{h, closed}
	}
	h := t.hot.latch.halt
	h.Differences = slices.Clone(h.Differences)
	return h, t.hot.latch.closed, nil
}

func (t tx) Counter(name string) (uint64, error) {
	if n, ok := t.hot.counters[name]; ok {
		return n, nil
	}
	n, err := t.rows.Counter(name)
	if err == nil {
		t.hot.counters[name] = n
	}
	return n, err
}

func (t tx) OpenShift(clerk string) (ledger.Shift, bool, error) {
	s, met := t.hot.shifts[clerk]
	if !met {
		found, ok, err := t.rows.OpenShift(clerk)
		if err != nil {
			return found, false, err
		}
		if ok {
			s = &found
		}
		t.hot.shifts[clerk] = s
	}
	if s == nil {
		return ledger.Shift{}, false, nil
	}
	return *s, true, nil
}

func (t tx) Shift(number uint64) (ledger.Shift, bool, error) {
	for _, s := range t.hot.shifts {
		if s != nil && s.Number == number {
			return *s, true, nil
		}
	}
	return t.rows.Shift(number)
}

// insert writes an INSERT with one mark for each column.
func insert(table, columns string) string {
	marks := strings.Repeat("?, ", strings.Count(columns, ",")) + "?"
	return "INSERT INTO " + table + " (" + columns + ") VALUES (" + marks + ")"
}

var (
	appendFact = insert("fact", factColumns)

	// What an order was when it was made never changes, apart from its remark. Only the rest is set again,
	// which also leaves the pages of the indexes alone.
	putOrder = insert("orders", orderColumns) + " ON CONFLICT (seq) DO UPDATE SET last = excluded.last, " +
		"refunded = excluded.refunded, slips = excluded.slips, remark = excluded.remark, " +
		"status = excluded.status, trade = excluded.trade, why = excluded.why, told = excluded.told, " +
		"net = excluded.net, log_id = excluded.log_id, since = excluded.since"
	renewOrder = "UPDATE orders SET last = ?, refunded = ?, slips = ?, remark = ?, status = ?, trade = ?, " +
		"why = ?, told = ?, net = ?, log_id = ?, since = ? WHERE seq = ?"
	setCounter = insert("counter", "name, n") + " ON CONFLICT (name) DO UPDATE SET n = excluded.n"
	addSum     = insert("sum", sumColumns) + " ON CONFLICT (day, tender, shift, late) DO UPDATE SET paid = paid + excluded.paid, " +
		"paid_fen = paid_fen + excluded.paid_fen, refunds = refunds + excluded.refunds, " +
		"refunds_fen = refunds_fen + excluded.refunds_fen"
	putShift = insert("shift", shiftColumns) + " ON CONFLICT (number) DO UPDATE SET closed = excluded.closed, " +
		"counted = excluded.counted, cash = excluded.cash, last = excluded.last"
	putRefund = insert("refunds", refundColumns) + " ON CONFLICT (seq) DO UPDATE SET last = excluded.last, " +
		"status = excluded.status, trade = excluded.trade, why = excluded.why, told = excluded.told, " +
		"log_id = excluded.log_id, since = excluded.since"
)

func (t tx) Append(f ledger.Fact) error {
	t.hot.tail = nil
	err := t.s.exec(t.ctx, appendFact, int64(f.Seq), f.At.UnixMilli(), string(f.Kind), int64(f.Version),
		f.Number, f.Body, f.Prev[:], f.Hash[:], int64(f.Before))
	if err == nil {
		f.Body = slices.Clone(f.Body)
		t.hot.tail = &f
	}
	return err
}

func (t tx) PutOrder(r ledger.OrderRow) error {
	before := t.hot.order
	t.hot.order = nil
	var err error
	if before != nil && before.Seq == r.Seq {
		out := r.Outcome
		err = t.s.exec(t.ctx, renewOrder, int64(r.Last), int64(r.Refunded), int64(r.Slips), r.Order.Remark, int64(out.Status),
			out.Trade, string(out.Why), out.Text, int64(out.Net), int64(out.LogID), out.At.UnixMilli(), int64(r.Seq))
	} else {
		err = t.s.exec(t.ctx, putOrder, orderValues(r)...)
	}
	if err == nil {
		t.hot.order = &r
	}
	return err
}

func (t tx) PutRefund(r ledger.RefundRow) error {
	return t.s.exec(t.ctx, putRefund, refundValues(r)...)
}

func (t tx) PutSealed(number string, sealed []byte) error {
	return t.s.exec(t.ctx, "INSERT INTO sealed (number, content) VALUES (?, ?)", number, sealed)
}

func (t tx) DropSealed(number string) error {
	return t.s.exec(t.ctx, "DELETE FROM sealed WHERE number = ?", number)
}

func (t tx) SetCounter(name string, n uint64) error {
	delete(t.hot.counters, name)
	err := t.s.exec(t.ctx, setCounter, name, int64(n))
	if err == nil {
		t.hot.counters[name] = n
	}
	return err
}

func (t tx) SetHalt(h *ledger.Halt) error {
	t.hot.latch = nil
	if h == nil {
		return t.s.exec(t.ctx, "DELETE FROM halt")
	}
	body, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return t.s.exec(t.ctx, "INSERT INTO halt (one, body) VALUES (1, ?) "+
		"ON CONFLICT (one) DO UPDATE SET body = excluded.body", string(body))
}

func (t tx) AddSum(s ledger.Sum) error {
	late := int64(0)
	if s.Late {
		late = 1
	}
	return t.s.exec(t.ctx, addSum, s.Day, int64(s.Tender), int64(s.Shift), late, int64(s.Paid),
		int64(s.PaidAmount), int64(s.Refunds), int64(s.RefundsAmount))
}

func (t tx) PutShift(s ledger.Shift) error {
	delete(t.hot.shifts, s.Clerk)
	counted := int64(0)
	if s.Counted {
		counted = 1
	}
	return t.s.exec(t.ctx, putShift, int64(s.Number), s.Clerk, s.Opened.UnixMilli(), s.Closed.UnixMilli(),
		counted, int64(s.Cash), int64(s.Seq), int64(s.Last))
}
