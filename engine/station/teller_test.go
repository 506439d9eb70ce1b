package station_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cpos/engine/fault"
	"cpos/engine/gateway"
	"cpos/engine/gateway/cloudpay"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/script"
	"cpos/engine/station"
	"cpos/engine/store"
	"cpos/engine/vault"
)

// bank is a practice service in memory; call newBank inside a bubble.
type bank struct {
	*sandbox.Server
	t    *testing.T
	cfg  sandbox.Config
	pipe *sandbox.PipeListener
	shut func()
}

func newBank(t *testing.T, change func(*sandbox.Config)) *bank {
	t.Helper()
	b := &bank{t: t, cfg: sandbox.Practice()}
	if change != nil {
		change(&b.cfg)
	}
	b.open()
	t.Cleanup(func() { b.shut() })
	return b
}

func (b *bank) open() {
	b.t.Helper()
	server, err := sandbox.New(b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	pipe := sandbox.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, pipe) }()
	b.Server, b.pipe = server, pipe
	b.shut = func() { stop(); <-ended }
}

// burn makes the bank lose its whole book.
func (b *bank) burn() { b.shut(); b.open() }

func (b *bank) inject(f sandbox.Fault) {
	b.t.Helper()
	if err := b.Inject(f); err != nil {
		b.t.Fatal(err)
	}
}

// desk is one till's teller, its book and its road to the bank.
type desk struct {
	*station.Teller
	t       *testing.T
	bank    *bank
	store   ledger.Store
	sealer  ledger.Sealer
	device  string
	options map[string]string
	cut     atomic.Bool
	mu      sync.Mutex
	logged  bytes.Buffer
}

func (d *desk) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.logged.Write(b)
}

func (b *bank) desk(device string, options map[string]string) *desk {
	b.t.Helper()
	v, err := vault.Open(b.t.TempDir())
	if err != nil {
		b.t.Fatal(err)
	}
	d := &desk{t: b.t, bank: b, store: store.NewMemory(), sealer: v, device: device, options: options}
	d.restart()
	return d
}

// newDesk is a till alone before its bank.
func newDesk(t *testing.T) *desk {
	t.Helper()
	return newBank(t, nil).desk(sandbox.PracticeDevice, nil)
}

// restart makes everything anew but what lies on the disk.
func (d *desk) restart() {
	d.t.Helper()
	book, err := ledger.Open(context.Background(), d.store, ledger.Options{Sealer: d.sealer, Numbering: ledger.Numbering{
		Prefix: sandbox.PracticePrefix, Store: sandbox.PracticeShop, Device: d.device}})
	if err != nil {
		d.t.Fatal(err)
	}
	d.Teller = &station.Teller{
		Book: book, Gateway: d.driver(), Clock: station.SystemClock{}, Points: &fault.Points{},
		Till: station.Till{Store: script.Store{ID: sandbox.PracticeShop}, Device: d.device, Clerk: sandbox.PracticeStaff},
		Rules: station.MoneyRules{PollEvery: 2 * time.Second, PollFor: 2 * time.Minute, FollowEvery: 30 * time.Second,
			Grace: time.Minute, Freeze: true, Partial: true},
		Log: slog.New(slog.NewTextHandler(d, nil)),
	}
}

func (d *desk) driver() pay.Gateway {
	d.t.Helper()
	client, err := gateway.NewHTTP(gateway.HTTPOptions{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if d.cut.Load() {
			return nil, errors.New("network is unreachable")
		}
		return d.bank.pipe.DialContext(ctx, network, address)
	}})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(client.CloseIdleConnections)
	options := map[string]string{"base_url": "http://127.0.0.1/cpay/", "out_mch_id": sandbox.PracticeMerchant,
		"out_sub_mch_id": sandbox.PracticeSubMerchant, "auth_key": sandbox.PracticeAuthKey}
	maps.Copy(options, d.options)
	g, err := cloudpay.New(gateway.Env{HTTP: client, Store: sandbox.PracticeShop, Device: d.device,
		Clerk: sandbox.PracticeStaff, Options: options})
	if err != nil {
		d.t.Fatal(err)
	}
	return g
}

var codeCount atomic.Int64

// codeOf is a fresh payment code that makes the bank play a scenario.
func codeOf(tender pay.Tender, s sandbox.Scenario) pay.Code {
	prefix := map[pay.Tender]string{pay.WeChat: "13", pay.Alipay: "28"}[tender]
	return pay.DefaultCodeRules().Classify(fmt.Sprintf("%s%014d%s", prefix, codeCount.Add(1), s))
}

func (d *desk) charge(s sandbox.Scenario) (ledger.OrderRow, error) {
	return d.Charge(context.Background(), station.Charge{Amount: 1280, Code: codeOf(pay.WeChat, s), Source: "manual"}, nil)
}

// paid makes an order that is paid.
func (d *desk) paid() ledger.OrderRow {
	d.t.Helper()
	row, err := d.charge(sandbox.PaidAtOnce)
	if err != nil || row.Outcome.Status != pay.Paid {
		d.t.Fatalf("a plain payment is %s, %v", row.Outcome.Status, err)
	}
	return row
}

// follow lets FollowOpen work for so long, in its own rhythm.
func (d *desk) follow(long time.Duration) {
	d.t.Helper()
	for end := time.Now().Add(long); ; time.Sleep(d.Rules.FollowEvery) {
		if _, err := d.FollowOpen(context.Background()); err != nil {
			d.t.Fatal(err)
		}
		if !time.Now().Before(end) {
			return
		}
	}
}

func (d *desk) order(id string) ledger.OrderRow {
	d.t.Helper()
	row, err := d.Book.Order(context.Background(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return row
}

func (d *desk) orders() []ledger.OrderRow {
	d.t.Helper()
	rows, err := d.Book.Orders(context.Background(), ledger.Filter{})
	if err != nil {
		d.t.Fatal(err)
	}
	return rows
}

func (d *desk) refunds() []ledger.RefundRow {
	d.t.Helper()
	rows, err := d.Book.Refunds(context.Background(), ledger.Filter{})
	if err != nil {
		d.t.Fatal(err)
	}
	return rows
}

func (d *desk) facts(order string) int {
	d.t.Helper()
	facts, err := d.Book.History(context.Background(), order)
	if err != nil {
		d.t.Fatal(err)
	}
	return len(facts)
}

// halted gives the codes that the till is halted for.
func (d *desk) halted() string {
	d.t.Helper()
	h, _, err := d.Book.Halted(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	var codes []string
	for _, x := range h.Differences {
		codes = append(codes, string(x.Code))
	}
	return strings.Join(codes, " ")
}

func (d *desk) reconcile(full bool) []ledger.Difference {
	d.t.Helper()
	found, err := d.Reconcile(context.Background(), full)
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

// audit holds our book against the bank's: nothing is open, and money is where both say it is.
func (d *desk) audit() {
	d.t.Helper()
	if _, err := d.Book.Verify(context.Background()); err != nil {
		d.t.Error(err)
	}
	theirs := map[string]sandbox.Order{}
	for _, o := range d.bank.Orders() {
		if o.Device == d.device {
			theirs[o.Number] = o
		}
	}
	for _, row := range d.orders() {
		o, there := theirs[row.Order.ID]
		delete(theirs, row.Order.ID)
		ours := row.Outcome.Status
		switch {
		case !ours.Final():
			d.t.Errorf("order %s is still %s", row.Order.ID, ours)
		case there && (ours != o.Status() || row.Order.Amount != o.Amount || row.Refunded != o.Refunded):
			d.t.Errorf("ours %s %s back %s, the bank's %s %s back %s", ours, row.Order.Amount, row.Refunded, o.Status(), o.Amount, o.Refunded)
		case !there && ours == pay.Paid:
			d.t.Errorf("order %s is paid and the bank does not know it", row.Order.ID)
		}
	}
	for number := range theirs {
		d.t.Errorf("the bank has order %s and we do not", number)
	}
	d.auditRefunds()
}

func (d *desk) auditRefunds() {
	d.t.Helper()
	theirs := map[string]sandbox.Refund{}
	for _, r := range d.bank.Refunds() {
		theirs[r.Number] = r
	}
	for _, row := range d.refunds() {
		r, there := theirs[row.Refund.ID]
		if there && (row.Outcome.Status != r.Status || row.Refund.Amount != r.Amount) || !there && row.Outcome.Status.Held() {
			d.t.Errorf("refund %s: ours %s %s, the bank's %s %s", row.Refund.ID, row.Outcome.Status, row.Refund.Amount, r.Status, r.Amount)
		}
		delete(theirs, row.Refund.ID)
	}
	for number, r := range theirs {
		if r.Device == d.device {
			d.t.Errorf("the bank has refund %s and we do not", number)
		}
	}
}

// jumping is a clock whose wall clock was set to another time.
type jumping struct {
	station.Clock
	by time.Duration
}

func (j *jumping) Now() time.Time { return j.Clock.Now().Add(j.by) }
