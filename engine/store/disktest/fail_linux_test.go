package disktest_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/gateway/cloudpay"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/script"
	"cpos/engine/station"
	"cpos/engine/store"
	"cpos/engine/store/disktest"
)

// way is one in which a disk fails.
type way struct {
	name   string
	err    error
	stays  bool // it goes on failing until it is mended
	writes bool // it happens to writes only
}

var ways = []way{
	{"is full once", disktest.ErrFull, false, true},
	{"takes half a write", disktest.ErrShort, false, true},
	{"fails once", disktest.ErrIO, false, false},
	{"is full and stays so", disktest.ErrFull, true, true},
	{"fails and stays so", disktest.ErrIO, true, false},
}

// failing is a disk that fails at its n-th operation.
type failing struct {
	way
	n      int
	seen   int
	mended bool
}

func (f *failing) layer(op disktest.Op) error {
	if f.writes && op.Kind != disktest.Write {
		return nothingIsFlushed(op)
	}
	f.seen++
	if !f.mended && (f.seen == f.n || f.stays && f.seen > f.n) {
		return f.err
	}
	return nothingIsFlushed(op)
}

// counter is a till before its bank, on a disk that fails.
type counter struct {
	t      *testing.T
	bank   *sandbox.Server
	pipe   *sandbox.PipeListener
	path   string
	store  *store.SQLite
	teller *station.Teller
	codes  int
}

// TestF3FailingDisk fails each operation on the disk in turn, in every way, during a payment and a refund
// from the making of the book on. Whatever the bank has heard of is in the book, what the till said it
// knows, and when the disk is mended the till goes on.
func TestF3FailingDisk(t *testing.T) {
	covered := 0
	for _, w := range ways {
		step := 1
		switch {
		case full():
		case raced:
			step = 19
		default:
			step = 7
		}
		for n := 1; ; n += step {
			fired := false
			synctest.Test(t, func(t *testing.T) { fired = survivesFailure(t, &failing{way: w, n: n}) })
			if t.Failed() {
				t.Fatalf("a disk that %s at operation %d", w.name, n)
			}
			if !fired {
				break
			}
			covered++
		}
	}
	t.Logf("F3 disk full, n-th operation fails: operations covered %d in %d ways, sent without intention 0, facts lost 0",
		covered, len(ways))
}

// survivesFailure says whether the failure came to pass.
func survivesFailure(t *testing.T, f *failing) (fired bool) {
	dir := ram(t)
	under(t, dir, f.layer)
	c := newCounter(t, filepath.Join(dir, "book.db"))
	paid, refunded := "", ""
	if err := c.open(); err == nil {
		paid, refunded = c.serve()
		_ = c.store.Close() // on a failing disk
	}
	fired, f.mended = f.seen >= f.n, true
	if err := c.open(); err != nil {
		t.Fatalf("after the disk was mended: %v", err)
	}
	defer func() {
		if err := c.store.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := c.settle(); err != nil {
		t.Fatal(err)
	}
	c.compare(paid, refunded)
	if again, _ := c.serve(); again == "" {
		t.Error("the till does not go on")
	}
	c.compare(paid, refunded)
	return fired
}

func newCounter(t *testing.T, path string) *counter {
	t.Helper()
	bank, err := sandbox.New(sandbox.Practice())
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{t: t, bank: bank, pipe: sandbox.Pipe(), path: path}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bank.Serve(ctx, c.pipe) }()
	t.Cleanup(func() { stop(); <-ended })
	return c
}

// open starts the till on what lies on the disk.
func (c *counter) open() error {
	s, err := store.Open(c.t.Context(), c.path)
	if err != nil {
		return err
	}
	book, err := ledger.Open(c.t.Context(), s, ledger.Options{Sealer: clearSealer{}, Numbering: ledger.Numbering{
		Prefix: sandbox.PracticePrefix, Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice}})
	if err != nil {
		return errors.Join(err, s.Close())
	}
	client, err := gateway.NewHTTP(gateway.HTTPOptions{Dial: c.pipe.DialContext})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(client.CloseIdleConnections)
	g, err := cloudpay.New(gateway.Env{HTTP: client, Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice,
		Clerk: sandbox.PracticeStaff, Options: map[string]string{"base_url": "http://127.0.0.1/cpay/",
			"out_mch_id": sandbox.PracticeMerchant, "out_sub_mch_id": sandbox.PracticeSubMerchant, "auth_key": sandbox.PracticeAuthKey}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.store = s
	c.teller = &station.Teller{Book: book, Gateway: g, Clock: station.SystemClock{},
		Till: station.Till{Store: script.Store{ID: sandbox.PracticeShop}, Device: sandbox.PracticeDevice, Clerk: sandbox.PracticeStaff},
		Rules: station.MoneyRules{PollEvery: 2 * time.Second, PollFor: 2 * time.Minute, FollowEvery: 30 * time.Second,
			Grace: time.Minute, Freeze: true, Partial: true}}
	return nil
}

// serve takes one payment and gives part of it back. It gives the numbers of what the till said was done.
func (c *counter) serve() (paid, refunded string) {
	c.codes++
	code := pay.DefaultCodeRules().Classify(fmt.Sprintf("13%014d00", c.codes))
	row, err := c.teller.Charge(c.t.Context(), station.Charge{Amount: 1280, Code: code, Source: "manual"}, nil)
	if err != nil || row.Outcome.Status != pay.Paid {
		return "", ""
	}
	back, err := c.teller.Refund(c.t.Context(), station.Giveback{Order: row.Order.ID, Amount: 80})
	if err != nil || back.Outcome.Status == pay.RefundUnknown {
		return row.Order.ID, ""
	}
	return row.Order.ID, back.Refund.ID
}

// settle does what a start does, and lets two minutes of asking pass.
func (c *counter) settle() error {
	ctx := c.t.Context()
	if _, err := c.teller.Book.Verify(ctx); err != nil {
		return err
	}
	if err := c.teller.CatchUp(ctx); err != nil {
		return err
	}
	for range 5 {
		if _, err := c.teller.FollowOpen(ctx); err != nil {
			return err
		}
		time.Sleep(30 * time.Second)
	}
	return nil
}

// compare holds the till's book against the bank's.
func (c *counter) compare(paid, refunded string) {
	c.t.Helper()
	ctx, book := c.t.Context(), c.teller.Book
	if _, err := book.Verify(ctx); err != nil {
		c.t.Error(err)
	}
	for _, o := range c.bank.Orders() {
		row, err := book.Order(ctx, o.Number)
		if err != nil || row.Outcome.Status != pay.Paid || row.Order.Amount != o.Amount || row.Refunded != o.Refunded {
			c.t.Errorf("the bank has %+v, the book %+v, %v", o, row, err)
		}
	}
	rows, err := book.Orders(ctx, ledger.Filter{Statuses: []pay.Status{pay.Paid}})
	if err != nil || len(rows) != len(c.bank.Orders()) {
		c.t.Errorf("%d orders are paid here and %d there, %v", len(rows), len(c.bank.Orders()), err)
	}
	if _, err := book.Order(ctx, paid); paid != "" && err != nil {
		c.t.Errorf("the till had said that %s was paid: %v", paid, err)
	}
	if _, err := book.Refund(ctx, refunded); refunded != "" && err != nil {
		c.t.Errorf("the till had said that %s was accepted: %v", refunded, err)
	}
	if _, halted, err := book.Halted(ctx); err != nil || halted {
		c.t.Errorf("halted: %t, %v", halted, err)
	}
}
