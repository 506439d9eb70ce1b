package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
)

// ordersEnv sizes the large book, and bookEnv names a file where it is kept for the next run.
const (
	ordersEnv = "STORE_BENCH_ORDERS"
	bookEnv   = "STORE_BENCH_BOOK"
)

// BenchmarkLargeBook fills a book with years of trade, once, and asks what people ask of it. The figures
// are medians; the first answer is that of a writer who opens the book, as an engine that starts does.
func BenchmarkLargeBook(b *testing.B) {
	orders := 1_000_000
	if s, ok := os.LookupEnv(ordersEnv); ok {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		orders = n
	}
	path := os.Getenv(bookEnv)
	if path == "" {
		path = filepath.Join(b.TempDir(), "book.db")
	}
	filled := took(func() { fillBook(b, path, orders) })
	ids := someNumbers(b, path, orders/ordersPerDay)
	first := firstAnswers(b, path, ids)
	s := openFor(b, path)
	book := open(b, s)
	var byNumber, byShift, byDay []time.Duration
	shifts := orders / ordersPerDay
	for b.Loop() {
		byNumber = append(byNumber, took(func() { orderOf(b, book, ids[rand.IntN(len(ids))]) }))
		n := 1 + rand.Uint64N(uint64(shifts))
		byShift = append(byShift, took(func() { shiftOf(b, book, n) }))
		day := ledger.Day(firstDay.AddDate(0, 0, rand.IntN(shifts)))
		byDay = append(byDay, took(func() { dayOf(b, book, day) }))
	}
	before := peak()
	proved := took(func() {
		if n, err := book.Verify(b.Context()); err != nil || n < 2*orders {
			b.Fatal(n, err)
		}
	})
	b.ReportMetric(0, "ns/op") // the time of a turn means nothing
	b.ReportMetric(float64(orders)/1e6, "M-orders")
	b.ReportMetric(filled.Seconds(), "s-fill")
	b.ReportMetric(median(byNumber).Seconds()*1e3, "ms-order")
	b.ReportMetric(median(byShift).Seconds()*1e3, "ms-shift")
	b.ReportMetric(median(byDay).Seconds()*1e3, "ms-day")
	b.ReportMetric(median(first).Seconds()*1e3, "ms-first-answer")
	b.ReportMetric(proved.Seconds(), "s-verify")
	b.ReportMetric(before, "MiB-reading")
	b.ReportMetric(peak(), "MiB-verify")
}

func orderOf(b *testing.B, book *ledger.Book, id string) {
	if row, err := book.Order(b.Context(), id); err != nil || row.Order.ID != id {
		b.Fatal(row, err)
	}
}

func shiftOf(b *testing.B, book *ledger.Book, n uint64) {
	if sum, err := book.Shift(b.Context(), n); err != nil || sum.Sums[0].Paid == 0 {
		b.Fatal(sum, err)
	}
}

func dayOf(b *testing.B, book *ledger.Book, day string) {
	if sums, err := book.Sums(b.Context(), day, day); err != nil || len(sums) == 0 {
		b.Fatal(day, sums, err)
	}
}

// firstAnswers opens the book again and again and asks for one order each time.
func firstAnswers(b *testing.B, path string, ids []string) (all []time.Duration) {
	for i := range 21 {
		var s *store.SQLite
		all = append(all, took(func() {
			s = openAt(b, path)
			orderOf(b, open(b, s), ids[i%len(ids)])
		}))
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	return all
}

// someNumbers gives numbers from all over a book of so many days.
func someNumbers(b *testing.B, path string, days int) (ids []string) {
	s := openFor(b, path)
	book := open(b, s)
	for range 200 {
		from := firstDay.AddDate(0, 0, rand.IntN(days))
		some, err := book.Orders(b.Context(), ledger.Filter{From: from, To: from.AddDate(0, 0, 1), Limit: 50})
		if err != nil {
			b.Fatal(err)
		}
		for _, row := range some {
			ids = append(ids, row.Order.ID)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return ids
}

// peak is the most memory this process ever had, in MiB; 0 where the system does not say.
func peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	return 0
}

// The trade of the large book: a shift a day, and one order in a hundred given back in part.
const (
	ordersPerDay  = 1000
	ordersPerGift = 100
)

var firstDay = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// fillBook writes the facts and what they fold to, a hundred days in a transaction. It goes past the
// book's own rules, which would take an hour; that it keeps to them is what Verify says in the end.
func fillBook(b *testing.B, path string, orders int) {
	if _, err := os.Stat(path); err == nil {
		return
	} else if !errors.Is(err, fs.ErrNotExist) {
		b.Fatal(err)
	}
	s := openAt(b, path)
	f := &filler{book: open(b, s)}
	const daysAtOnce = 100
	for day := 0; day < orders/ordersPerDay; day += daysAtOnce {
		err := s.Update(context.Background(), func(tx ledger.Tx) error {
			f.tx = tx
			for d := day; d < min(day+daysAtOnce, orders/ordersPerDay); d++ {
				if err := f.day(d); err != nil {
					return err
				}
			}
			return errors.Join(tx.SetCounter("order", f.orders), tx.SetCounter("refund", f.refunds))
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

type filler struct {
	book            *ledger.Book
	tx              ledger.Tx
	tail            ledger.Fact
	at              time.Time
	orders, refunds uint64
}

func (f *filler) fact(kind ledger.Kind, number string, before uint64, body []byte) error {
	next := ledger.Fact{Seq: f.tail.Seq + 1, At: f.at, Kind: kind, Version: 1, Number: number, Body: body,
		Prev: f.tail.Hash, Before: before}
	next.Hash = next.ExpectedHash()
	f.tail = next
	return f.tx.Append(next)
}

func (f *filler) day(d int) error {
	f.at = firstDay.AddDate(0, 0, d)
	shift := ledger.Shift{Number: uint64(d) + 1, Clerk: "1003", Opened: f.at}
	if err := f.fact(ledger.KindShift, "", 0, turnBody(shift.Number, "open")); err != nil {
		return err
	}
	shift.Seq = f.tail.Seq
	sums := map[pay.Tender]ledger.Sum{}
	for i := range ordersPerDay {
		f.at = f.at.Add(50 * time.Second)
		tender := pay.WeChat
		if i%3 == 0 {
			tender = pay.Alipay
		}
		s, err := f.order(shift.Number, tender, pay.Money(100+i))
		if err != nil {
			return err
		}
		s.Day, s.Tender, s.Shift = ledger.Day(f.at), tender, shift.Number
		sums[tender] = s.Add(sums[tender])
	}
	if err := f.fact(ledger.KindShift, "", 0, turnBody(shift.Number, "close")); err != nil {
		return err
	}
	shift.Closed, shift.Last = f.at, f.tail.Seq
	for tender, s := range sums {
		s.Day, s.Tender, s.Shift = ledger.Day(f.at), tender, shift.Number
		if err := f.tx.AddSum(s); err != nil {
			return err
		}
	}
	return f.tx.PutShift(shift)
}

func turnBody(shift uint64, turn string) []byte {
	return fmt.Appendf(nil, `{"shift":%d,"clerk":"1003","turn":%q,"counted":false,"cash_fen":0}`, shift, turn)
}

const stampForm = "2006-01-02T15:04:05.000Z"

var noDigest = bytes.Repeat([]byte("0"), 64)

func (f *filler) order(shift uint64, tender pay.Tender, amount pay.Money) (ledger.Sum, error) {
	id, err := f.book.NewOrderID(f.at)
	if err != nil {
		return ledger.Sum{}, err
	}
	f.orders++
	trade := "4200" + id
	row := ledger.OrderRow{Order: pay.Order{ID: id, Store: numbering.Store, Device: numbering.Device, Clerk: "1003",
		Tender: tender, Amount: amount, At: f.at}, Outcome: pay.Outcome{Status: pay.Paid, Trade: trade, Net: amount, At: f.at}, Shift: shift}
	stamp := f.at.Format(stampForm)
	err = f.fact(ledger.KindIntention, id, 0, fmt.Appendf(nil, `{"order":%q,"store":%q,"device":"02","clerk":"1003","tender":%q,`+
		`"fen":%d,"serial":"","remark":"","source":"","at":%q,"digest":"%s"}`, id, numbering.Store, tender.String(), amount, stamp, noDigest))
	row.Seq = f.tail.Seq
	if err == nil {
		err = f.fact(ledger.KindOutcome, id, row.Seq, fmt.Appendf(nil, `{"status":"paid","trade":%q,"why":"","text":"",`+
			`"net_fen":%d,"log_id":0,"at":%q}`, trade, amount, stamp))
	}
	row.Last = f.tail.Seq
	sum := ledger.Sum{Paid: 1, PaidAmount: amount}
	if err == nil && f.orders%ordersPerGift == 0 {
		sum.Refunds, sum.RefundsAmount = 1, 50
		err = f.gift(&row, shift, 50)
	}
	return sum, errors.Join(err, f.tx.PutOrder(row))
}

// gift gives a part of an order back.
func (f *filler) gift(row *ledger.OrderRow, shift uint64, amount pay.Money) error {
	id, err := f.book.NewRefundID(f.at)
	if err != nil {
		return err
	}
	f.refunds++
	stamp := f.at.Format(stampForm)
	err = f.fact(ledger.KindRefund, id, row.Last, fmt.Appendf(nil, `{"refund":%q,"order":%q,"fen":%d,"reason":"","clerk":"1003",`+
		`"approver":"","at":%q,"digest":"%s"}`, id, row.Order.ID, amount, stamp, noDigest))
	back := ledger.RefundRow{Refund: pay.Refund{ID: id, Order: row.Order.ID, Amount: amount, Clerk: "1003", At: f.at},
		Outcome: pay.RefundOutcome{Status: pay.RefundDone, At: f.at}, Seq: f.tail.Seq, Shift: shift}
	if err == nil {
		err = f.fact(ledger.KindRefundOutcome, id, back.Seq, fmt.Appendf(nil, `{"status":%q,"trade":"","why":"","text":"","log_id":0,"at":%q}`,
			pay.RefundDone.String(), stamp))
	}
	back.Last, row.Last, row.Refunded = f.tail.Seq, f.tail.Seq, amount
	// The order's row has to be there first, and is renewed by the caller.
	return errors.Join(err, f.tx.PutOrder(*row), f.tx.PutRefund(back))
}
