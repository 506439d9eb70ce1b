package store

import (
	"context"
	"encoding/json"
	"iter"
	"math"
	"strings"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// rows reads inside the transaction of a session.
type rows struct {
	ctx context.Context
	s   *session
}

const factColumns = "seq, at, kind, version, number, body, prev, hash, before"

type scan func(to ...any) error

func readFact(scan scan) (ledger.Fact, error) {
	var f ledger.Fact
	var at int64
	var prev, hash []byte
	err := scan(&f.Seq, &at, &f.Kind, &f.Version, &f.Number, &f.Body, &prev, &hash, &f.Before)
	f.At = moment(at)
	copy(f.Prev[:], prev)
	copy(f.Hash[:], hash)
	return f, err
}

func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func (r rows) Tail() (ledger.Fact, bool, error) {
	return first(list(r, "SELECT "+factColumns+" FROM fact ORDER BY seq DESC LIMIT 1", nil, readFact))
}

func (r rows) Fact(seq uint64) (ledger.Fact, bool, error) {
	return first(list(r, "SELECT "+factColumns+" FROM fact WHERE seq = ?", []any{int64(seq)}, readFact))
}

func (r rows) Facts(from uint64) iter.Seq2[ledger.Fact, error] {
	return list(r, "SELECT "+factColumns+" FROM fact WHERE seq >= ? ORDER BY seq", []any{int64(from)}, readFact)
}

// HaltFacts names the kind as its index does, or SQLite would not use it.
func (r rows) HaltFacts() iter.Seq2[ledger.Fact, error] {
	return list(r, "SELECT "+factColumns+" FROM fact WHERE kind = 'halt' ORDER BY seq", nil, readFact)
}

// list runs a query as an iterator; an error is its last element.
func list[T any](r rows, query string, args []any, read func(scan) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		st, err := r.s.stmt(r.ctx, query)
		if err != nil {
			yield(none, err)
			return
		}
		// A statement has one result at a time. While this one is read, whoever asks the same gets another.
		delete(r.s.stmts, query)
		defer r.s.putBack(query, st)
		found, err := st.QueryContext(r.ctx, args...)
		if err != nil {
			yield(none, explain(err))
			return
		}
		defer found.Close()
		for found.Next() {
			row, err := read(found.Scan)
			if !yield(row, explain(err)) || err != nil {
				return
			}
		}
		if err := found.Err(); err != nil {
			yield(none, explain(err))
		}
	}
}

func first[T any](all iter.Seq2[T, error]) (row T, ok bool, err error) {
	for row, err := range all {
		return row, err == nil, err
	}
	return row, false, nil
}

const orderColumns = "seq, id, last, refunded, slips, store, device, clerk, tender, amount, serial, remark, " +
	"source, at, digest, status, trade, why, told, net, log_id, since, shift"

func readOrder(scan scan) (ledger.OrderRow, error) {
	var r ledger.OrderRow
	var at, since, logID int64
	var digest []byte
	o, out := &r.Order, &r.Outcome
	err := scan(&r.Seq, &o.ID, &r.Last, &r.Refunded, &r.Slips, &o.Store, &o.Device, &o.Clerk, &o.Tender,
		&o.Amount, &o.Serial, &o.Remark, &o.Source, &at, &digest, &out.Status, &out.Trade, &out.Why,
		&out.Text, &out.Net, &logID, &since, &r.Shift)
	o.At, out.At, out.LogID = moment(at), moment(since), uint64(logID)
	copy(o.Digest[:], digest)
	return r, err
}

func orderValues(r ledger.OrderRow) []any {
	o, out := r.Order, r.Outcome
	return []any{int64(r.Seq), o.ID, int64(r.Last), int64(r.Refunded), int64(r.Slips), o.Store, o.Device, o.Clerk,
		int64(o.Tender), int64(o.Amount), o.Serial, o.Remark, o.Source, o.At.UnixMilli(), o.Digest[:],
		int64(out.Status), out.Trade, string(out.Why), out.Text, int64(out.Net), int64(out.LogID),
		out.At.UnixMilli(), int64(r.Shift)}
}

func (r rows) Order(id string) (ledger.OrderRow, bool, error) {
	return first(list(r, "SELECT "+orderColumns+" FROM orders WHERE id = ?", []any{id}, readOrder))
}

func (r rows) Orders(f ledger.Filter) iter.Seq2[ledger.OrderRow, error] {
	var w where
	w.within(f)
	if len(f.Statuses) > 0 {
		marks := make([]string, 0, len(f.Statuses))
		for _, s := range f.Statuses {
			marks = append(marks, "?")
			w.args = append(w.args, int64(s))
		}
		w.terms = append(w.terms, "status IN ("+strings.Join(marks, ", ")+")")
	}
	w.and(f.Clerk != "", "clerk = ?", f.Clerk)
	w.and(f.Serial != "", "serial = ?", f.Serial)
	w.and(f.Order != "", "id = ?", f.Order)
	w.and(f.Tender != pay.TenderUnknown, "tender = ?", int64(f.Tender))
	w.open(f, orderUndone)
	return list(r, "SELECT "+orderColumns+" FROM orders"+w.sql(f), w.args, readOrder)
}

// where gathers the conditions of a filter.
type where struct {
	terms []string
	args  []any
}

func (w *where) and(asked bool, term string, arg any) {
	if asked {
		w.terms = append(w.terms, term)
		w.args = append(w.args, arg)
	}
}

// What is not done: not final, or final on no more than a person's word.
const (
	orderUndone  = "(status IN (0, 1) OR why = 'evidence')"
	refundUndone = "status IN (0, 1)"
)

// open leaves what is not done. Its request lies sealed, so the few numbers come from there.
func (w *where) open(f ledger.Filter, undone string) {
	if f.Open {
		w.terms = append(w.terms, "id IN (SELECT number FROM sealed) AND "+undone)
	}
}

// within bounds the time. Rows hold whole ms, so a bound between two of them is rounded up: nothing at an
// earlier ms is at or after it. A time without an end gets one, for SQLite takes a range with one end for
// so many rows that it would rather read all of them.
func (w *where) within(f ledger.Filter) {
	w.and(!f.From.IsZero(), "at >= ?", upToMs(f.From))
	w.and(!f.To.IsZero(), "at < ?", upToMs(f.To))
	w.and(!f.From.IsZero() && f.To.IsZero(), "at < ?", int64(math.MaxInt64))
}

func upToMs(t time.Time) int64 { return t.Add(time.Millisecond - time.Nanosecond).UnixMilli() }

func (w *where) sql(f ledger.Filter) string {
	s := ""
	if len(w.terms) > 0 {
		s = " WHERE " + strings.Join(w.terms, " AND ")
	}
	s += " ORDER BY seq"
	if f.Newest {
		s += " DESC"
	}
	if f.Limit > 0 {
		s += " LIMIT ?"
		w.args = append(w.args, f.Limit)
	}
	return s
}

const refundColumns = "seq, id, last, order_id, amount, reason, clerk, approver, at, digest, status, " +
	"trade, why, told, log_id, since, shift"

func readRefund(scan scan) (ledger.RefundRow, error) {
	var r ledger.RefundRow
	var at, since, logID int64
	var digest []byte
	b, out := &r.Refund, &r.Outcome
	err := scan(&r.Seq, &b.ID, &r.Last, &b.Order, &b.Amount, &b.Reason, &b.Clerk, &b.Approver, &at, &digest,
		&out.Status, &out.Trade, &out.Why, &out.Text, &logID, &since, &r.Shift)
	b.At, out.At, out.LogID = moment(at), moment(since), uint64(logID)
	copy(b.Digest[:], digest)
	return r, err
}

func refundValues(r ledger.RefundRow) []any {
	b, out := r.Refund, r.Outcome
	return []any{int64(r.Seq), b.ID, int64(r.Last), b.Order, int64(b.Amount), b.Reason, b.Clerk, b.Approver,
		b.At.UnixMilli(), b.Digest[:], int64(out.Status), out.Trade, string(out.Why), out.Text,
		int64(out.LogID), out.At.UnixMilli(), int64(r.Shift)}
}

func (r rows) Refund(id string) (ledger.RefundRow, bool, error) {
	return first(list(r, "SELECT "+refundColumns+" FROM refunds WHERE id = ?", []any{id}, readRefund))
}

func (r rows) Refunds(f ledger.Filter) iter.Seq2[ledger.RefundRow, error] {
	var w where
	w.within(f)
	w.and(f.Clerk != "", "clerk = ?", f.Clerk)
	w.and(f.Order != "", "order_id = ?", f.Order)
	w.open(f, refundUndone)
	return list(r, "SELECT "+refundColumns+" FROM refunds"+w.sql(f), w.args, readRefund)
}

func (r rows) Sealed(number string) (sealed []byte, ok bool, err error) {
	ok, err = r.s.one(r.ctx, "SELECT content FROM sealed WHERE number = ?", []any{number}, &sealed)
	return sealed, ok, err
}

func (r rows) SealedNumbers() ([]string, error) {
	return gathered(list(r, "SELECT number FROM sealed ORDER BY number", nil, func(scan scan) (n string, err error) {
		err = scan(&n)
		return n, err
	}))
}

func gathered[T any](rows iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

func (r rows) Counter(name string) (uint64, error) {
	var n int64
	_, err := r.s.one(r.ctx, "SELECT n FROM counter WHERE name = ?", []any{name}, &n)
	return uint64(n), err
}

func (r rows) Halt() (ledger.Halt, bool, error) {
	var body string
	ok, err := r.s.one(r.ctx, "SELECT body FROM halt", nil, &body)
	if err != nil || !ok {
		return ledger.Halt{}, false, err
	}
	var h ledger.Halt
	err = json.Unmarshal([]byte(body), &h)
	return h, err == nil, err
}

const sumColumns = "day, tender, shift, late, paid, paid_fen, refunds, refunds_fen"

func (r rows) Sums(fromDay, toDay string) ([]ledger.Sum, error) {
	const query = "SELECT " + sumColumns + " FROM sum WHERE day BETWEEN ? AND ? ORDER BY day, tender, shift, late"
	return gathered(list(r, query, []any{fromDay, toDay}, readSum))
}

func (r rows) ShiftSums(shift uint64) ([]ledger.Sum, error) {
	const query = "SELECT " + sumColumns + " FROM sum WHERE shift = ? ORDER BY day, tender, late"
	return gathered(list(r, query, []any{int64(shift)}, readSum))
}

func readSum(scan scan) (ledger.Sum, error) {
	var s ledger.Sum
	err := scan(&s.Day, &s.Tender, &s.Shift, &s.Late, &s.Paid, &s.PaidAmount, &s.Refunds, &s.RefundsAmount)
	return s, err
}

const shiftColumns = "number, clerk, opened, closed, counted, cash, seq, last"

func readShift(scan scan) (ledger.Shift, error) {
	var s ledger.Shift
	var opened, closed int64
	err := scan(&s.Number, &s.Clerk, &opened, &closed, &s.Counted, &s.Cash, &s.Seq, &s.Last)
	s.Opened, s.Closed = moment(opened), moment(closed)
	return s, err
}

func (r rows) Shift(number uint64) (ledger.Shift, bool, error) {
	return first(list(r, "SELECT "+shiftColumns+" FROM shift WHERE number = ?", []any{int64(number)}, readShift))
}

func (r rows) OpenShift(clerk string) (ledger.Shift, bool, error) {
	return first(list(r, "SELECT "+shiftColumns+" FROM shift WHERE clerk = ? AND last = 0", []any{clerk}, readShift))
}

func (r rows) Shifts() iter.Seq2[ledger.Shift, error] {
	return list(r, "SELECT "+shiftColumns+" FROM shift ORDER BY number DESC", nil, readShift)
}
