package station

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"cpos/engine/ledger"
)

// When "no such order" is believed: heard twice, so far apart, the second so long after the request was
// sent, or, where another process sent it, after this one took it up. Before that the request may still be
// on its way.
const (
	absentApart = 10 * time.Second
	absentAge   = 60 * time.Second
)

// memory is what a Teller knows beyond the book. None of it is needed to be safe after a restart. Its times
// are those of Clock.Passed.
type memory struct {
	mu     sync.Mutex
	inHand map[string]bool   // orders and refunds that a call is working on
	orders map[string]watch  // orders that are not final
	asked  map[string]asking // refunds that are not final
	road   road
	failed []ledger.RefundRow // refunds that ended without the customer's money, nobody told yet
	begun  bool
	skew   time.Duration // of the service's clock, as last seen
	next   time.Duration // once begun: when everything open is to be asked about again
}

// watch is what is remembered of an open order.
type watch struct {
	since  time.Duration // from then on its request may have been on its way
	absent bool          // the service has said that it does not know it
	first  time.Duration // when it said so first
	due    time.Duration // when it saying so once more would be believed
}

// road is what is known of the way to the service.
type road struct {
	lost   bool          // the last question got no answer
	dark   bool          // and neither did a ping
	pinged bool          // a ping was answered since then
	vain   int           // questions in a row that got none although a ping did
	again  time.Duration // earliest time to ask again
	owed   bool          // everything open is to be asked about at once
}

// hold takes an order or refund in hand; false means that another call has it.
func (m *memory) hold(number string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.inHand[number] {
		return false
	}
	if m.inHand == nil {
		m.inHand = map[string]bool{}
	}
	m.inHand[number] = true
	return true
}

func (m *memory) release(number string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.inHand, number)
}

// watch begins to remember an open order, if that has not begun.
func (m *memory) watch(order string, now time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.orders[order]; known {
		return
	}
	if m.orders == nil {
		m.orders = map[string]watch{}
	}
	m.orders[order] = watch{since: now}
}

// absentTwice takes an answer about an order and says whether the order certainly does not exist.
// undecided means that the answer told no fate.
func (m *memory) absentTwice(order string, now time.Duration, undecided, notFound bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	w, known := m.orders[order]
	switch {
	case !known:
		return false
	case !undecided:
		w.absent, w.due = false, 0
	case notFound && !w.absent:
		w.absent, w.first = true, now
		w.due = max(now+absentApart, w.since+absentAge)
	case notFound && now >= w.due:
		return true
	}
	m.orders[order] = w
	return false
}

func (m *memory) forgetOrder(order string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.orders, order)
}

// ripe gives the orders of which another "no such order" would be believed, in the order of their numbers.
func (m *memory) ripe(now time.Duration) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for id, w := range m.orders {
		if w.absent && now >= w.due && !m.inHand[id] {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

// asking is how often a refund was asked about and when that is due again.
type asking struct {
	times int
	due   time.Duration
}

// refundWaits are the times between the questions about one refund; the last one stays. Money to a purse is
// there at once, money to a bank card takes hours.
var refundWaits = [...]time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second, 10 * time.Minute}

// repeatFor is how long a refund of which the service knows nothing is sent again by itself. After a day
// the customer may have been paid in another way.
const repeatFor = 24 * time.Hour

// Questions about a refund come every ten minutes for a day, then once an hour.
const (
	askedInADay = len(refundWaits) - 1 + int(24*time.Hour/(10*time.Minute))
	slowWait    = time.Hour
)

// askLater sets when a refund is due again.
func (m *memory) askLater(refund string, now time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.asked == nil {
		m.asked = map[string]asking{}
	}
	a := m.asked[refund]
	wait := slowWait
	if a.times < askedInADay {
		wait = refundWaits[min(a.times, len(refundWaits)-1)]
	}
	a.due = now + wait
	a.times++
	m.asked[refund] = a
}

// due says that a refund is to be asked about; one that this process has never asked about always is.
func (m *memory) due(refund string, now time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, known := m.asked[refund]
	return !known || now >= a.due
}

// refundsDue says that a refund which this process has asked about is due again.
func (m *memory) refundsDue(now time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, a := range m.asked {
		if now >= a.due && !m.inHand[id] {
			return true
		}
	}
	return false
}

// forget drops what is remembered of a refund that is final.
func (m *memory) forget(refund string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.asked, refund)
}

// arrived notes that the service answered a question.
func (m *memory) arrived() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.road = road{owed: m.road.owed || m.road.dark}
}

// missed notes that a question got no answer. Where the service answers pings and no questions, the time
// between questions doubles up to most, less what early takes off it.
func (m *memory) missed(now, every, most time.Duration, seed uint64) {
	const doublings = 8
	m.mu.Lock()
	defer m.mu.Unlock()
	m.road.again = now
	if m.road.pinged {
		m.road.vain = min(m.road.vain+1, doublings)
		wait := min(every<<m.road.vain, max(every, most))
		m.road.again += wait - early(wait, seed, m.road.vain)
	}
	m.road.lost, m.road.pinged = true, false
}

// early is up to a third of a wait. Tills that a service turned away in one moment would come back in one
// moment, again and again, so each has a seed of its own.
func early(wait time.Duration, seed uint64, nth int) time.Duration {
	return time.Duration(rand.New(rand.NewPCG(seed, uint64(nth))).Int64N(int64(wait/3) + 1))
}

// ping notes whether a ping was answered.
func (m *memory) ping(answered bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.road.pinged = answered
	m.road.dark = m.road.dark || !answered
}

func (m *memory) lost() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.road.lost
}

// waiting says that something is open, or that it is time to look whether something is.
func (m *memory) waiting(now time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.orders)+len(m.asked) > 0 || m.road.owed || !m.begun || now >= m.next
}

// later puts the next look off where nothing is known to be open.
func (m *memory) later(now, every time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.orders)+len(m.asked) == 0 {
		m.next, m.road.owed = now+every, false
	}
}

// round says whether everything open is due now, because its time has come, or because an answer came
// after a time without.
func (m *memory) round(now time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.road.lost {
		return now >= m.road.again
	}
	return m.road.owed || !m.begun || now >= m.next
}

// begins notes that a round over everything open begins.
func (m *memory) begins(now, every time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.road.owed, m.road.dark, m.begun, m.next = false, false, true, now+every
}

// setSkew keeps what the two clocks differ by and gives what was known before.
func (m *memory) setSkew(d time.Duration) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.skew
	m.skew = d
	return before
}

func (m *memory) lastSkew() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.skew
}

// keepRefunds forgets all refunds but those that are open.
func (m *memory) keepRefunds(open []ledger.RefundRow) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.asked, func(id string, _ asking) bool {
		return !slices.ContainsFunc(open, func(r ledger.RefundRow) bool { return r.Refund.ID == id })
	})
}

// gaveUp keeps a refund that ended without the customer's money until somebody tells of it.
func (m *memory) gaveUp(r ledger.RefundRow) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed = append(m.failed, r)
}

// untoldRefunds gives what gaveUp kept, once.
func (m *memory) untoldRefunds() []ledger.RefundRow {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.failed
	m.failed = nil
	return all
}
