package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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

// victim is one till whose program is killed again and again, and the bank before which it stands.
type victim struct {
	program string
	dir     string
	bank    *sandbox.Server
	base    string
	client  *http.Client
	clock   shifted
	dice    *rand.Rand
	lasts   time.Duration // how long the program takes when nobody kills it
	sales   int
	paid    map[string]pay.Money // what the program said was paid before it died, by number
	back    map[string]pay.Money // what it said was given back
	order   string               // one that may be given back from
	deaths  deaths
}

// deaths counts kills by what was on the disk and at the bank when the program died.
type deaths struct{ kills, refunds, before, unsent, unheard, untold, told int }

func (d *deaths) add(o deaths) {
	d.kills += o.kills
	d.refunds += o.refunds
	d.told += o.told
	d.before += o.before
	d.unsent += o.unsent
	d.unheard += o.unheard
	d.untold += o.untold
}

// shifted is the machine's clock some time later, so that nobody waits a minute for what takes a minute.
type shifted struct{ by time.Duration }

func (c *shifted) Now() time.Time        { return time.Now().Add(c.by) }
func (c *shifted) Passed() time.Duration { return station.SystemClock{}.Passed() + c.by }
func (c *shifted) Sleep(ctx context.Context, d time.Duration) error {
	c.by += d
	return ctx.Err()
}

// TestF1KilledProgram kills the real program with no warning at random moments of payments and refunds,
// opens its book each time, and holds it against the bank's.
func TestF1KilledProgram(t *testing.T) {
	kills, tills := 24, 2
	if os.Getenv("FAULTS") == "full" {
		kills, tills = 2100, 3
	}
	program := os.Getenv("FAULTS_PROGRAM")
	if program == "" {
		var err error
		if program, err = exec.LookPath("cpos"); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var sum deaths
	acknowledged := 0
	for i := range tills {
		v := newVictim(t, program, uint64(i))
		all.Go(func() {
			err := v.live(t.Context(), kills/tills)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("till %d, kill %d: %v", i, v.deaths.kills, err)
			}
			sum.add(v.deaths)
			acknowledged += len(v.paid) + len(v.back)
		})
	}
	all.Wait()
	if !t.Failed() {
		t.Logf("F1 kill -9: kills %d (payments before the intention %d, not sent %d, sent and not on disk %d, on disk and not told %d, told %d; refunds %d), "+
			"acknowledged %d, lost 0, doubled 0, double charges 0",
			sum.kills, sum.before, sum.unsent, sum.unheard, sum.untold, sum.told, sum.refunds, acknowledged)
	}
}

func newVictim(t *testing.T, program string, seed uint64) *victim {
	t.Helper()
	cfg := sandbox.Practice()
	cfg.Latency, cfg.RefundAfter = 3*time.Millisecond, time.Millisecond
	bank, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bank.Serve(ctx, ln) }()
	t.Cleanup(func() { stop(); <-ended })
	client, err := gateway.NewHTTP(gateway.HTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	v := &victim{program: program, dir: t.TempDir(), bank: bank, client: client, base: "http://" + ln.Addr().String() + sandbox.BasePath,
		dice: rand.New(rand.NewPCG(seed, 9)), paid: map[string]pay.Money{}, back: map[string]pay.Money{}}
	if out, err := v.command("sandbox", "keys").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return v
}

func (v *victim) command(args ...string) *exec.Cmd {
	c := exec.Command(v.program, append([]string{"--data", v.dir}, args...)...)
	c.Env = append(os.Environ(), "CPOS_LANG=en", "DISPLAY=", "CPOS_PAYMENT_GATEWAY_BASE_URL="+v.base)
	return c
}

// settleEvery is how many sales pass until everything that is open is asked about to its end.
const settleEvery = 10

func (v *victim) live(ctx context.Context, kills int) error {
	begin := time.Now()
	if out, err := v.command("pay", "--amount", "1.00", "--code", "134680423163089400").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	v.lasts = time.Since(begin)
	for v.deaths.kills < kills {
		killed, err := v.trade()
		if err == nil {
			err = v.inspect(ctx, killed, v.sales%settleEvery == 0)
		}
		if err != nil {
			return err
		}
	}
	return v.inspect(ctx, missed, true)
}

// endings are the ways in which practice payments end: at once, after a password, refused, with the answer
// lost, with a busy service.
var endings = []string{"00", "00", "00", "01", "11", "05"}

// forking keeps books closed in this process while it starts a program: until the new process has become
// that program it shares the lock of every open book.
var forking sync.RWMutex

// hit is what a kill met.
type hit uint8

const (
	missed hit = iota // the program had ended before
	hitPayment
	hitRefund
)

// trade starts one payment or refund and kills the program at a random moment of it.
func (v *victim) trade() (hit, error) {
	v.sales++
	amount := pay.Money(100 + v.sales) // no two sales are alike, so that a second charge is seen
	code := fmt.Sprintf("13%014d%s", v.sales, endings[v.dice.IntN(len(endings))])
	args := []string{"pay", "--amount", amount.String(), "--code", code, "-o", "json"}
	refund := v.order != "" && v.dice.IntN(3) == 0
	if refund {
		amount = 1
		args = []string{"refund", "create", v.order, "--amount", amount.String(), "-o", "json"}
	}
	said, killed, err := v.kill(v.command(args...), !refund)
	if err != nil {
		return missed, err
	}
	var told struct {
		Rows []struct{ Number, Status string }
	}
	if json.Unmarshal(said, &told) == nil && len(told.Rows) == 1 {
		switch row := told.Rows[0]; {
		case refund && (row.Status == "accepted" || row.Status == "done"):
			v.back[row.Number] = amount
		case !refund && row.Status == "paid":
			v.paid[row.Number], v.order = amount, row.Number
		}
	}
	switch {
	case !killed:
		return missed, nil
	case refund:
		return hitRefund, nil
	}
	return hitPayment, nil
}

// kill lets a command work for a while. Half of the payments die shortly after they said that they are
// about to charge, everything else at any moment of its life.
func (v *victim) kill(c *exec.Cmd, says bool) (said []byte, killed bool, err error) {
	var out bytes.Buffer
	c.Stdout = &out
	trouble, err := c.StderrPipe()
	if err != nil {
		return nil, false, err
	}
	start := time.Now()
	forking.Lock()
	err = c.Start()
	forking.Unlock()
	if err != nil {
		return nil, false, err
	}
	begun := make(chan struct{})
	var words bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		one := make([]byte, 1)
		if n, err := io.ReadFull(trouble, one); n == 1 && err == nil {
			close(begun)
			words.Write(one)
		}
		_, _ = io.Copy(&words, trouble)
	}()
	if says && v.dice.IntN(2) == 0 {
		select {
		case <-begun:
		case <-read:
		}
		time.Sleep(time.Duration(v.dice.Int64N(int64(v.lasts / 8))))
	} else {
		time.Sleep(time.Duration(v.dice.Int64N(int64(v.lasts))))
	}
	_ = c.Process.Kill() // it may have ended by itself
	<-read
	ended := c.Wait()
	var exit *exec.ExitError
	if errors.As(ended, &exit) && !exit.Exited() {
		return out.Bytes(), true, nil
	}
	// A refusal (8), a result that is not known yet (9) and a wait that ended (20) are ends like any other.
	if code := c.ProcessState.ExitCode(); ended != nil && code != 8 && code != 9 && code != 20 {
		return nil, false, fmt.Errorf("%s: %w: %s", strings.Join(c.Args[1:], " "), ended, &words)
	}
	v.lasts = (7*v.lasts + time.Since(start)) / 8
	return out.Bytes(), false, nil
}

// inspect opens the book as the next start does and holds it against the bank's. At the end it waits
// until nothing is open any more.
func (v *victim) inspect(ctx context.Context, killed hit, end bool) (err error) {
	forking.RLock()
	defer forking.RUnlock()
	s, err := store.Open(ctx, filepath.Join(v.dir, bookFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	teller, err := v.teller(ctx, s)
	if err != nil {
		return err
	}
	if _, err := teller.Book.Verify(ctx); err != nil {
		return err
	}
	v.count(ctx, teller.Book, killed)
	if err := teller.CatchUp(ctx); err != nil {
		return err
	}
	rounds := 1
	if end {
		rounds = 8 // with half a minute between them, as long as it takes to believe that an order never arrived
	}
	v.clock.by = 0
	for range rounds {
		if _, err := teller.FollowOpen(ctx); err != nil {
			return err
		}
		if err := v.clock.Sleep(ctx, 30*time.Second); err != nil {
			return err
		}
	}
	return errors.Join(v.agree(ctx, teller.Book, end), v.remembered(ctx, teller.Book))
}

func (v *victim) teller(ctx context.Context, s *store.SQLite) (*station.Teller, error) {
	sealer, err := vault.Open(v.dir)
	if err != nil {
		return nil, err
	}
	book, err := ledger.Open(ctx, s, ledger.Options{Sealer: sealer, Now: v.clock.Now, Numbering: ledger.Numbering{
		Prefix: sandbox.PracticePrefix, Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice}})
	if err != nil {
		return nil, err
	}
	keys := sandbox.PracticeKeys()
	g, err := cloudpay.New(gateway.Env{HTTP: v.client, Now: v.clock.Now, Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice,
		Clerk: sandbox.PracticeStaff, Options: map[string]string{"base_url": v.base, "out_mch_id": sandbox.PracticeMerchant,
			"out_sub_mch_id": sandbox.PracticeSubMerchant, "auth_key": keys.AuthKey}})
	return &station.Teller{Book: book, Gateway: g, Clock: &v.clock,
		Till: station.Till{Store: script.Store{ID: sandbox.PracticeShop}, Device: sandbox.PracticeDevice, Clerk: sandbox.PracticeStaff},
		Rules: station.MoneyRules{PollEvery: time.Second, PollFor: time.Minute, FollowEvery: 30 * time.Second,
			Grace: time.Minute, Freeze: true, Partial: true}}, err
}

// count notes a kill by how far the payment had come.
func (v *victim) count(ctx context.Context, b *ledger.Book, killed hit) {
	if killed == missed {
		return
	}
	v.deaths.kills++
	if killed == hitRefund {
		v.deaths.refunds++
		return
	}
	rows, err := b.Orders(ctx, ledger.Filter{Newest: true, Limit: 1})
	switch {
	case err != nil || len(rows) == 0 || rows[0].Order.Amount != pay.Money(100+v.sales):
		v.deaths.before++
	case rows[0].Outcome.Status.Final() && v.paid[rows[0].Order.ID] != 0:
		v.deaths.told++
	case rows[0].Outcome.Status.Final():
		v.deaths.untold++
	case v.atBank(rows[0].Order.ID) != nil:
		v.deaths.unheard++
	default:
		v.deaths.unsent++
	}
}

func (v *victim) atBank(number string) *sandbox.Order {
	for _, o := range v.bank.Orders() {
		if o.Number == number {
			return &o
		}
	}
	return nil
}

// agree checks that both books say the same of every order and refund, and no sale was charged twice.
func (v *victim) agree(ctx context.Context, b *ledger.Book, end bool) error {
	charged := map[pay.Money]string{}
	theirs := map[string]bool{}
	for _, o := range v.bank.Orders() {
		row, err := b.Order(ctx, o.Number)
		if err != nil {
			return fmt.Errorf("the bank has %s: %w", o.Number, err)
		}
		if o.Status().Final() && row.Outcome.Status != o.Status() || row.Order.Amount != o.Amount {
			return fmt.Errorf("the bank has %+v, the book %+v", o, row)
		}
		if o.Status() != pay.Paid {
			continue
		}
		if first := charged[o.Amount]; first != "" {
			return fmt.Errorf("one sale was charged as %s and as %s", first, o.Number)
		}
		charged[o.Amount], theirs[o.Number] = o.Number, true
		if end && row.Refunded != o.Refunded {
			return fmt.Errorf("of %s %s was given back there and %s here", o.Number, o.Refunded, row.Refunded)
		}
	}
	rows, err := b.Orders(ctx, ledger.Filter{})
	for _, row := range rows {
		if row.Outcome.Status == pay.Paid && !theirs[row.Order.ID] {
			return fmt.Errorf("%s is paid here and not there", row.Order.ID)
		}
		if end && !row.Outcome.Status.Final() {
			return fmt.Errorf("%s is still %s", row.Order.ID, row.Outcome.Status)
		}
	}
	return err
}

// remembered checks what the program had said before it died.
func (v *victim) remembered(ctx context.Context, b *ledger.Book) error {
	for number, amount := range v.paid {
		if row, err := b.Order(ctx, number); err != nil || row.Outcome.Status != pay.Paid || row.Order.Amount != amount {
			return fmt.Errorf("it had said that %s was paid: %+v, %w", number, row.Outcome, err)
		}
	}
	for number, amount := range v.back {
		if row, err := b.Refund(ctx, number); err != nil || row.Outcome.Status == pay.RefundUnknown || row.Refund.Amount != amount {
			return fmt.Errorf("it had said that %s was on its way: %+v, %w", number, row.Outcome, err)
		}
	}
	if _, halted, err := b.Halted(ctx); err != nil || halted {
		return fmt.Errorf("the till is halted: %t, %w", halted, err)
	}
	return nil
}
