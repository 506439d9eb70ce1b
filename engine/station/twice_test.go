package station_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
)

func TestTheSameSaleIsNotChargedTwiceByMistake(t *testing.T) {
	code, other := codeOf(pay.WeChat, sandbox.PaidAtOnce), codeOf(pay.WeChat, sandbox.PaidAtOnce)
	stuck := codeOf(pay.WeChat, sandbox.SilentPaid) // its answer is lost
	stopped := codeOf(pay.WeChat, sandbox.NoBalance)
	for _, row := range []struct {
		name          string
		first, second station.Charge
		wait          time.Duration
		restart       bool
		want          error // nil: it is charged
		by            station.Likeness
		agreed        error // when Again is set
	}{
		{name: "the same code", first: station.Charge{Code: code, Amount: 5, Serial: "1"}, second: station.Charge{Code: code, Amount: 9, Serial: "2"},
			want: station.ErrTwice, by: station.LikeCode},
		{name: "the same serial number", first: station.Charge{Code: code, Amount: 5, Serial: "1"}, second: station.Charge{Code: other, Amount: 9, Serial: "1"},
			want: station.ErrTwice, by: station.LikeSerial},
		{name: "the same amount without serial numbers", first: station.Charge{Code: code, Amount: 5}, second: station.Charge{Code: other, Amount: 5},
			want: station.ErrTwice, by: station.LikeAmount},
		{name: "the same amount and one serial number", first: station.Charge{Code: code, Amount: 5, Serial: "1"}, second: station.Charge{Code: other, Amount: 5},
			want: station.ErrTwice, by: station.LikeAmount},
		{name: "the same amount of two sales", first: station.Charge{Code: code, Amount: 5, Serial: "1"}, second: station.Charge{Code: other, Amount: 5, Serial: "2"}},
		{name: "two sales", first: station.Charge{Code: code, Amount: 5}, second: station.Charge{Code: other, Amount: 6}},
		{name: "the window has passed", first: station.Charge{Code: code, Amount: 5, Serial: "1"}, second: station.Charge{Code: other, Amount: 5, Serial: "1"},
			wait: 61 * time.Second},
		{name: "the first came to nothing", first: station.Charge{Code: stopped, Amount: 5, Serial: "1"}, second: station.Charge{Code: other, Amount: 5, Serial: "1"}},
		{name: "after a restart", first: station.Charge{Code: code, Amount: 5, Serial: "1"}, second: station.Charge{Code: other, Amount: 5, Serial: "1"},
			restart: true, want: station.ErrTwice, by: station.LikeSerial},
		{name: "an open payment of the same sale", first: station.Charge{Code: stuck, Amount: 5, Serial: "1", NoWait: true}, second: station.Charge{Code: other, Amount: 5, Serial: "1"},
			wait: time.Hour, want: station.ErrStillOpen, by: station.LikeSerial, agreed: station.ErrStillOpen},
		{name: "an open payment with the same code", first: station.Charge{Code: stuck, Amount: 5, NoWait: true}, second: station.Charge{Code: stuck, Amount: 6},
			want: station.ErrStillOpen, by: station.LikeCode, agreed: station.ErrStillOpen},
		{name: "an open payment with the same code, after a restart", first: station.Charge{Code: stuck, Amount: 5, NoWait: true}, second: station.Charge{Code: stuck, Amount: 6},
			restart: true, want: station.ErrStillOpen, by: station.LikeCode, agreed: station.ErrStillOpen},
		{name: "an open payment of the same amount may be another customer's", first: station.Charge{Code: stuck, Amount: 5, NoWait: true}, second: station.Charge{Code: other, Amount: 5},
			wait: time.Hour, want: station.ErrTwice, by: station.LikeAmount},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				d.Rules.Twice = time.Minute
				if _, err := d.Charge(t.Context(), row.first, nil); err != nil {
					t.Fatal(err)
				}
				time.Sleep(row.wait)
				if row.restart {
					d.restart()
					d.Rules.Twice = time.Minute
				}
				asked := d.bank.Counts()["micro_pay"]
				got, err := d.Charge(context.Background(), row.second, nil)
				if !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
					t.Fatalf("%+v, %v", got.Outcome, err)
				}
				if row.want == nil {
					return
				}
				var twin *station.Twin
				if !errors.As(err, &twin) || twin.By != row.by || twin.Row.Order.Amount != row.first.Amount {
					t.Errorf("%+v", twin)
				}
				if n := d.bank.Counts()["micro_pay"]; n != asked || len(d.orders()) != 1 {
					t.Errorf("%d requests, %d orders in the book", n, len(d.orders()))
				}
				row.second.Again = true
				if got, err := d.Charge(context.Background(), row.second, nil); !errors.Is(err, row.agreed) || (err == nil) != (row.agreed == nil) {
					t.Errorf("agreed to: %+v, %v", got.Outcome, err)
				}
			})
		})
	}
}

func TestCashIsNotTakenWhileTheCodePaymentOfTheSaleIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		got, err := d.Charge(t.Context(), station.Charge{Amount: 1280, Serial: "7", Code: codeOf(pay.WeChat, sandbox.SilentPaid), NoWait: true}, nil)
		if err != nil || got.Outcome.Status != pay.Unknown {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, row := range []struct {
			name   string
			serial string
			amount pay.Money
			again  bool
			want   error
		}{
			{"the same sale", "7", 1280, false, station.ErrStillOpen},
			{"the same sale, whatever the cashier says", "7", 1280, true, station.ErrStillOpen},
			{"the same sale with another amount", "7", 900, false, station.ErrStillOpen},
			{"the same amount, no number", "", 1280, false, station.ErrTwice},
			{"the same amount of another sale, says the cashier", "", 1280, true, nil},
			{"another sale", "8", 1280, false, nil},
		} {
			if err := d.MayTakeCash(t.Context(), row.serial, row.amount, row.again); !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
				t.Errorf("%s: %v", row.name, err)
			}
		}
		d.follow(time.Minute)
		if row := d.order(got.Order.ID); row.Outcome.Status != pay.Paid {
			t.Fatal(row.Outcome)
		}
		if err := d.MayTakeCash(t.Context(), "7", 1280, false); err != nil {
			t.Errorf("without a window, after the end: %v", err)
		}
	})
}
