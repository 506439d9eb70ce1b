package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cpos/engine/pay"
)

// State is what really became of an order, whatever the till was told.
type State string

// The states of an order. A refund leaves an order paid; Order.Refunded tells how much went back.
const (
	StatePaying   State = "paying"   // the customer has the password page open
	StatePaid     State = "paid"     // the money is with the merchant
	StateStopped  State = "stopped"  // the customer closed the password page
	StateFailed   State = "failed"   // the platform could not pay
	StateReversed State = "reversed" // undone, and given back if it was paid
)

// Order is one line of the bank's own book.
type Order struct {
	Number   string     `json:"number"`
	Shop     string     `json:"shop"`
	Device   string     `json:"device"`
	Staff    string     `json:"staff,omitempty"`
	Machine  string     `json:"machine,omitempty"`
	Tender   pay.Tender `json:"tender"`
	Amount   pay.Money  `json:"amount"`
	Cash     pay.Money  `json:"cash"` // what the customer paid after coupons
	State    State      `json:"state"`
	Trade    string     `json:"trade"`
	Body     string     `json:"body,omitempty"`
	Scenario Scenario   `json:"scenario"`
	Queries  int        `json:"queries"`
	Foreign  bool       `json:"foreign,omitempty"` // made by a fault, not by any till
	At       time.Time  `json:"at"`
	PaidAt   time.Time  `json:"paid_at,omitzero"`
	Changed  time.Time  `json:"changed"`
	Refunded pay.Money  `json:"refunded"` // sum of the refunds that did not fail

	CodeSum string    `json:"code_sum,omitempty"` // SHA-256 of the payment code; the code itself is not kept
	Until   time.Time `json:"until,omitzero"`     // end of is_transforming
	Decides time.Time `json:"decides,omitzero"`   // when the customer at the password page does, where that is a time
	Reason  string    `json:"reason,omitempty"`   // the sentence of a refused payment
}

// Status is the state as the till should end up seeing it.
func (o Order) Status() pay.Status {
	switch o.State {
	case StatePaying:
		return pay.Pending
	case StatePaid:
		return pay.Paid
	case StateStopped, StateFailed:
		return pay.Declined
	case StateReversed:
		return pay.Closed
	}
	return pay.Unknown
}

// Refund is one refund in the bank's own book.
type Refund struct {
	Number  string           `json:"number"`
	Order   string           `json:"order"`
	Shop    string           `json:"shop"`
	Device  string           `json:"device"`
	Staff   string           `json:"staff,omitempty"`
	Tender  pay.Tender       `json:"tender"`
	Amount  pay.Money        `json:"amount"`
	Total   pay.Money        `json:"total"`
	Reason  string           `json:"reason,omitempty"`
	Trade   string           `json:"trade"`
	Status  pay.RefundStatus `json:"status"`
	Ending  pay.RefundStatus `json:"ending"` // what Status becomes at Due
	Due     time.Time        `json:"due"`
	At      time.Time        `json:"at"`
	Changed time.Time        `json:"changed"`
}

// book is everything that outlives a call. It is guarded by the server's lock.
type book struct {
	Format  int                `json:"format"`
	Orders  map[string]*Order  `json:"orders"`
	Refunds map[string]*Refund `json:"refunds"`
	Trades  int                `json:"trades"` // counter of transaction numbers

	codes map[string]bool // sums of the payment codes in Orders
	open  []*Refund       // those of Refunds that are not final
	asked []*Order        // those of Orders whose customer decides at a time that is known
}

const bookFormat = 1

func newBook() book {
	return book{
		Format: bookFormat, Orders: map[string]*Order{}, Refunds: map[string]*Refund{}, codes: map[string]bool{},
	}
}

func (b *book) addOrder(o *Order) {
	b.Orders[o.Number] = o
	b.codes[o.CodeSum] = true
	if !o.Decides.IsZero() {
		b.asked = append(b.asked, o)
	}
}

func (b *book) addRefund(o *Order, r *Refund) {
	b.Refunds[r.Number] = r
	b.open = append(b.open, r)
	o.Refunded += r.Amount
	o.Changed = r.At
}

// decide is the customer's last word at the password page.
func (o *Order) decide(at time.Time) {
	switch {
	case o.State != StatePaying:
		return // reversed meanwhile
	case o.Scenario == PasswordStopped:
		o.State, o.Reason = StateStopped, "用户取消支付."
	default:
		o.State, o.Reason, o.PaidAt = StatePaid, "", at
	}
	o.Changed = at
}

func codeSum(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// nextTrade gives a platform's transaction number: 28 digits, the shape of WeChat's.
func (b *book) nextTrade(now time.Time) string {
	b.Trades++
	return fmt.Sprintf("4200%s%016d", now.UTC().Format("20060102"), b.Trades)
}

// settle lets time pass: customers decide, and refunds that are due reach their end; a failed one frees its
// sum.
func (b *book) settle(now time.Time) {
	b.asked = slices.DeleteFunc(b.asked, func(o *Order) bool {
		if now.Before(o.Decides) {
			return o.State != StatePaying
		}
		o.decide(o.Decides)
		return true
	})
	b.open = slices.DeleteFunc(b.open, func(r *Refund) bool {
		if now.Before(r.Due) {
			return false
		}
		r.Status, r.Changed = r.Ending, r.Due
		if o := b.Orders[r.Order]; o != nil && !r.Status.Held() {
			o.Refunded -= r.Amount
		}
		return true
	})
}

// orders lists newest first, as the service does.
func (b *book) orders() []*Order {
	all := make([]*Order, 0, len(b.Orders))
	for _, o := range b.Orders {
		all = append(all, o)
	}
	slices.SortFunc(all, func(x, y *Order) int { return newestFirst(x.At, y.At, x.Trade, y.Trade) })
	return all
}

func (b *book) refunds() []*Refund {
	all := make([]*Refund, 0, len(b.Refunds))
	for _, r := range b.Refunds {
		all = append(all, r)
	}
	slices.SortFunc(all, func(x, y *Refund) int { return newestFirst(x.At, y.At, x.Trade, y.Trade) })
	return all
}

func newestFirst(at, other time.Time, trade, otherTrade string) int {
	if c := other.Compare(at); c != 0 {
		return c
	}
	if trade > otherTrade {
		return -1
	}
	return 1
}

// load reads the book of an earlier run; no file is an empty book.
func load(path string) (book, error) {
	b := newBook()
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return b, fmt.Errorf("read book %s: %w", path, err)
	}
	if b.Format != bookFormat {
		return b, fmt.Errorf("read book %s: format %d is not known", path, b.Format)
	}
	if b.Orders == nil || b.Refunds == nil {
		return b, fmt.Errorf("read book %s: orders or refunds are missing", path)
	}
	b.index()
	return b, nil
}

// index makes anew what is not written down.
func (b *book) index() {
	for _, o := range b.Orders {
		b.codes[o.CodeSum] = true
		if !o.Decides.IsZero() && o.State == StatePaying {
			b.asked = append(b.asked, o)
		}
	}
	for _, r := range b.Refunds {
		if !r.Status.Final() {
			b.open = append(b.open, r)
		}
	}
}

// save replaces the file in one step, so that a killed process leaves the old book or the new one.
func (b *book) save(path string) error {
	data, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing left to remove
	_, werr := f.Write(data)
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
