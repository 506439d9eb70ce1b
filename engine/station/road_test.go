package station_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
)

// watchUntil lets the till's watch beat until every order is final, and says how long that took.
func (d *desk) watchUntil(most time.Duration) time.Duration {
	d.t.Helper()
	begin := time.Now()
	for time.Since(begin) < most {
		time.Sleep(d.Rules.PollEvery)
		if _, err := d.Beat(context.Background()); err != nil {
			d.t.Fatal(err)
		}
		open := 0
		for _, row := range d.orders() {
			if !row.Outcome.Status.Final() {
				open++
			}
		}
		if open == 0 {
			return time.Since(begin)
		}
	}
	d.t.Fatalf("after %v there are still open orders", most)
	return 0
}

// lose charges without waiting for more than the answer, which gets lost.
func (d *desk) lose(s sandbox.Scenario) ledger.OrderRow {
	d.t.Helper()
	row, err := d.Charge(context.Background(), station.Charge{Amount: 1280, Code: codeOf(pay.WeChat, s), NoWait: true, Again: true}, nil)
	if err != nil || row.Outcome.Status != pay.Unknown {
		d.t.Fatalf("%+v, %v", row.Outcome, err)
	}
	return row
}

func TestWhatTheServiceKnowsIsKnownWithin5SecondsOfItsReturn(t *testing.T) {
	for _, away := range []time.Duration{0, time.Second, 7 * time.Second, 29 * time.Second, 31 * time.Second, 10 * time.Minute} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("away for %v, restarted %v", away, restart), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDesk(t)
					for range 3 {
						d.lose(sandbox.SilentPaid)
					}
					d.cut.Store(true)
					d.Gateway = d.driver()
					if restart {
						d.restart()
					}
					for begin := time.Now(); time.Since(begin) < away; time.Sleep(d.Rules.PollEvery) {
						if _, err := d.Beat(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
					asked := d.bank.Counts()["query_order"]
					d.cut.Store(false)
					if took := d.watchUntil(time.Minute); took > 5*time.Second {
						t.Errorf("known after %v", took)
					}
					if n := d.bank.Counts()["query_order"] - asked; n != 3 {
						t.Errorf("asked %d times about three orders", n)
					}
					d.audit()
				})
			})
		}
	}
}

func TestARequestThatNeverArrivedIsBelievedWithin75Seconds(t *testing.T) {
	for _, row := range []struct {
		name    string
		away    time.Duration
		restart bool
		least   time.Duration // since sending
	}{
		{"the road stays open", 0, false, 60 * time.Second},
		{"the road was closed for a while", 40 * time.Second, false, 60 * time.Second},
		{"the road was closed for long", 10 * time.Minute, false, 60 * time.Second},
		{"the till was restarted", 0, true, 60 * time.Second},
		{"the till was restarted with the road closed", 10 * time.Minute, true, 60 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				sent := time.Now()
				d.lose(sandbox.SilentNothing)
				if row.restart {
					d.restart()
				}
				d.cut.Store(row.away > 0)
				if row.away > 0 {
					d.Gateway = d.driver()
				}
				for begin := time.Now(); time.Since(begin) < row.away; time.Sleep(d.Rules.PollEvery) {
					if _, err := d.Beat(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				d.cut.Store(false)
				if took := d.watchUntil(2 * time.Minute); took > 75*time.Second {
					t.Errorf("believed after %v", took)
				}
				if since := time.Since(sent); since < row.least {
					t.Errorf("believed %v after sending", since)
				}
				d.audit()
			})
		})
	}
}

// TestAServiceThatAnswersPingsAndNoQuestionsIsNotStormed bounds how often a till asks in vain.
func TestAServiceThatAnswersPingsAndNoQuestionsIsNotStormed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.lose(sandbox.SilentPaid)
		d.bank.inject(sandbox.Fault{Kind: sandbox.FaultHTTP, Interface: "query_order", Count: sandbox.Always})
		for range 300 {
			time.Sleep(d.Rules.PollEvery)
			if _, err := d.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := d.bank.Counts()["query_order"]; n < 15 || n > 50 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		d.bank.Clear()
		if took := d.watchUntil(time.Minute); took > d.Rules.FollowEvery+d.Rules.PollEvery {
			t.Errorf("known after %v", took)
		}
		d.audit()
	})
}

// TestTillsTurnedAwayTogetherComeBackApart has many tills lose an answer in one moment, and looks when each
// asks again while the service answers pings and nothing else.
func TestTillsTurnedAwayTogetherComeBackApart(t *testing.T) {
	const tills = 8
	at := map[time.Duration]int{} // how many of them asked then
	longest, shortest := time.Duration(0), time.Hour
	for i := range tills {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			d.lose(sandbox.SilentPaid)
			d.Till.Device = fmt.Sprint("till ", i)
			d.bank.inject(sandbox.Fault{Kind: sandbox.FaultHTTP, Interface: "query_order", Count: sandbox.Always})
			begin, before := time.Now(), time.Duration(0)
			for asked := d.bank.Counts()["query_order"]; time.Since(begin) < 20*time.Minute; time.Sleep(d.Rules.PollEvery) {
				if _, err := d.Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
				n, now := d.bank.Counts()["query_order"], time.Since(begin)
				if n == asked {
					continue
				}
				if asked = n; now > 10*time.Minute { // the back-off has reached its end
					at[now]++
					longest, shortest = max(longest, now-before), min(shortest, now-before)
				}
				before = now
			}
		})
	}
	most := 0
	for _, n := range at {
		most = max(most, n)
	}
	if most > tills/2 {
		t.Errorf("%d of %d tills ask in one moment", most, tills)
	}
	if longest > 32*time.Second || shortest < 20*time.Second {
		t.Errorf("they wait %v to %v, want 20s to 30s", shortest, longest)
	}
}

// TestTheTimesOfTheWatchDoNotFollowTheWallClock lets the clock of the wall jump while a till waits.
func TestTheTimesOfTheWatchDoNotFollowTheWallClock(t *testing.T) {
	for _, jump := range []time.Duration{20 * 365 * 24 * time.Hour, -20 * 365 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			wall := &jumping{Clock: d.Clock}
			d.Clock = wall
			row := d.lose(sandbox.SilentNothing)
			d.Resolve(t.Context(), row.Order.ID)
			wall.by = jump
			time.Sleep(20 * time.Second)
			if got, err := d.Resolve(t.Context(), row.Order.ID); err != nil || got.Outcome.Status != pay.Unknown {
				t.Errorf("20 s after sending it is %v, %v", got.Outcome.Status, err)
			}
			if took := d.watchUntil(2 * time.Minute); took > 75*time.Second {
				t.Errorf("believed after %v", took)
			}
		})
	}
}

// TestAClosedRoadIsFeltForOnlyWhileSomethingIsOpen keeps a shop without a network from asking all night.
func TestAClosedRoadIsFeltForOnlyWhileSomethingIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		pinged := &pings{Gateway: d.Gateway}
		d.Gateway = pinged
		night := func(wait time.Duration) int {
			before := pinged.n
			for begin := time.Now(); time.Since(begin) < wait; time.Sleep(d.Rules.PollEvery) {
				if _, err := d.Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			return pinged.n - before
		}
		d.lose(sandbox.SilentPaid)
		d.cut.Store(true)
		pinged.Gateway = d.driver()
		if n := night(time.Minute); n < 29 || n > 31 {
			t.Errorf("%d pings in a minute with an open order", n)
		}
		d.cut.Store(false)
		d.watchUntil(time.Minute)
		d.cut.Store(true)
		pinged.Gateway = d.driver()
		if row, _ := d.charge(sandbox.PaidAtOnce); row.Outcome.Why != pay.WhyNotSent {
			t.Fatalf("%+v", row.Outcome)
		}
		if n := night(time.Hour); n > 125 {
			t.Errorf("%d pings in an hour with nothing open", n)
		}
		d.audit()
	})
}

// pings counts them.
type pings struct {
	pay.Gateway
	n int
}

func (p *pings) Ping(ctx context.Context) (time.Time, error) {
	p.n++
	return p.Gateway.(pay.Pinger).Ping(ctx)
}
