package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/store"
)

// pagesEnv says how many pages the trial of damaged pages takes, spread over the whole book; 0 is all.
const pagesEnv = "STORE_TEST_PAGES"

// answers are everything that a till ever reads off its book.
type answers struct {
	Orders   []ledger.OrderRow
	Newest   []ledger.OrderRow
	Open     []ledger.OrderRow
	ByNumber map[string]ledger.OrderRow
	History  map[string][]ledger.Fact
	Ours     []pay.Entry
	Refunds  []ledger.RefundRow
	Sums     []ledger.Sum
}

// ask gathers the answers; each that fails is left out and its error kept.
func ask(t *testing.T, b *ledger.Book, numbers []string) (a answers, errs []error) {
	ctx := t.Context()
	got := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	var err error
	a.Orders, err = b.Orders(ctx, ledger.Filter{})
	got(err)
	a.Newest, err = b.Orders(ctx, ledger.Filter{Newest: true, Limit: 10})
	got(err)
	a.Open, err = b.Orders(ctx, ledger.Filter{Open: true})
	got(err)
	a.Refunds, err = b.Refunds(ctx, ledger.Filter{})
	got(err)
	a.Sums, err = b.Sums(ctx, "0000-00-00", "9999-99-99")
	got(err)
	a.Ours, err = b.Statement(ctx, time.Now().AddDate(0, 0, -1), time.Now().AddDate(0, 0, 1))
	got(err)
	a.ByNumber, a.History = map[string]ledger.OrderRow{}, map[string][]ledger.Fact{}
	for _, n := range numbers {
		row, err := b.Order(ctx, n)
		if got(err); err == nil {
			a.ByNumber[n] = row
		}
		facts, err := b.History(ctx, n)
		if got(err); err == nil {
			a.History[n] = facts
		}
	}
	return a, errs
}

// wrong names what an answer says that is not the truth. What is missing is told by an error.
func (a answers) wrong(truth answers) string {
	for _, one := range []struct {
		name      string
		got, want any
		empty     bool
	}{
		{"orders", a.Orders, truth.Orders, a.Orders == nil}, {"newest orders", a.Newest, truth.Newest, a.Newest == nil},
		{"open orders", a.Open, truth.Open, a.Open == nil}, {"refunds", a.Refunds, truth.Refunds, a.Refunds == nil},
		{"statement", a.Ours, truth.Ours, a.Ours == nil}, {"sums", a.Sums, truth.Sums, a.Sums == nil},
	} {
		if !one.empty && !reflect.DeepEqual(one.got, one.want) {
			return one.name
		}
	}
	for n, facts := range a.History {
		if !reflect.DeepEqual(facts, truth.History[n]) {
			return "history of " + n
		}
	}
	for n, row := range a.ByNumber {
		if row != truth.ByNumber[n] {
			return "order " + n
		}
	}
	return ""
}

// dayOfTrade writes a book in which every table has a few pages, and gives the numbers of its orders.
func dayOfTrade(t *testing.T, path string) []string {
	s := openAt(t, path)
	defer closed(t, s)
	b := open(t, s)
	var numbers []string
	for i := range 150 {
		id := charge(t, b, pay.Money(100+i))
		numbers = append(numbers, id)
		if i%3 == 0 {
			give(t, b, id, 10)
		}
	}
	for range 3 {
		numbers = append(numbers, intended(t, b))
	}
	return numbers
}

// TestF17OneBitOfAnyPageIsNeverServed turns one bit of a page over, opens the book and asks for everything.
// Each answer is the truth or the error that says what to do.
func TestF17OneBitOfAnyPageIsNeverServed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "book.db")
	numbers := dayOfTrade(t, path)
	truth, errs := askAt(t, path, numbers)
	if len(errs) != 0 {
		t.Fatal(errs)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 1024
	pages := len(whole) / page
	take := 60
	if s, ok := os.LookupEnv(pagesEnv); ok {
		if take, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	if take == 0 || take > pages {
		take = pages
	}
	bits := 1
	if take == pages {
		bits = 3
	}
	random := rand.New(rand.NewPCG(1, 2))
	found, proved, wrong := 0, 0, 0
	for i := range take * bits {
		at := i / bits * pages / take
		bit := random.IntN(8 * page)
		damaged := append([]byte(nil), whole...)
		damaged[at*page+bit/8] ^= 1 << (bit % 8)
		copied := filepath.Join(dir, fmt.Sprintf("damaged%d.db", i))
		if err := os.WriteFile(copied, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		got, errs := askAt(t, copied, numbers)
		if bad := got.wrong(truth); bad != "" || len(errs) == 0 && !reflect.DeepEqual(got, truth) {
			wrong++
			t.Errorf("page %d, bit %d: %q is wrong and nobody was told: %v", at+1, bit, bad, errs)
		}
		for _, err := range errs {
			if !errors.Is(err, ledger.ErrBroken) {
				t.Errorf("page %d, bit %d: %v", at+1, bit, err)
			}
		}
		switch {
		case len(errs) > 0:
			found++
		case !provedWhole(t, copied):
			proved++
		}
		if err := os.Remove(copied); err != nil {
			t.Fatal(err)
		}
	}
	if found < take*bits*9/10 {
		t.Errorf("only %d of %d damages were met", found, take*bits)
	}
	t.Logf("F17 damaged book: pages %d of %d, bits turned over %d, met when read %d, else by verify %d, in no use %d, wrong sums served %d",
		take, pages, take*bits, found, proved, take*bits-found-proved, wrong)
}

// askAt opens a book and asks; what it cannot even open it says.
func askAt(t *testing.T, path string, numbers []string) (answers, []error) {
	s, err := store.OpenReader(t.Context(), path)
	if err != nil {
		return answers{}, []error{err}
	}
	defer closed(t, s)
	b, err := ledger.Open(t.Context(), s, ledger.Options{Numbering: numbering, Sealer: clearSealer{}})
	if err != nil {
		return answers{}, []error{err}
	}
	return ask(t, b, numbers)
}

// provedWhole says that the proof of a book finds nothing either.
func provedWhole(t *testing.T, path string) bool {
	s, err := store.OpenReader(t.Context(), path)
	if err != nil {
		return false
	}
	defer closed(t, s)
	_, err = open(t, s).Verify(t.Context())
	return errors.Join(err, s.Check(t.Context())) == nil
}
