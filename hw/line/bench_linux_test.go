package line_test

import (
	"errors"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/engine/pay"
	"cpos/hw/line"
)

// shown is how many amounts a line is tried with.
const shown = 1000

// thousand shows a thousand amounts and counts what a line tells of each: the amount, or something else.
func thousand(b *testing.B, l capture.Line, show func(pay.Money)) {
	right := 0
	for b.Loop() {
		right = rightOf(b, l, show)
	}
	b.ReportMetric(shown, "amounts")
	b.ReportMetric(float64(right), "right")
	b.ReportMetric(float64(shown-right), "wrong")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N*shown), "ms/amount")
	b.ReportMetric(0, "ns/op")
}

func rightOf(b *testing.B, l capture.Line, show func(pay.Money)) (right int) {
	for i := range shown {
		show(amount(i))
		if after(b, l, amount(i-1)) == amount(i) {
			right++
		}
	}
	return right
}

// after gives the first amount that a line tells that is not the one before.
func after(b *testing.B, l capture.Line, before pay.Money) pay.Money {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		told, err := l.Said(b.Context())
		var away *line.AwayError
		if err != nil && !errors.Is(err, capture.ErrSilent) && !errors.As(err, &away) {
			b.Fatal(err)
		}
		for _, text := range told.Lines {
			if m, why := grammar.Parse(text); why == "" && m != before {
				return m
			}
		}
	}
	return 0
}

func BenchmarkAThousandAmounts(b *testing.B) {
	for protocol, show := range shows {
		b.Run("display "+string(protocol), func(b *testing.B) {
			wire, behind := newCable(b, "pos"), newCable(b, "display")
			pos := open(b, wire.A)
			d := display(b, line.Wire{Port: wire.B, Forward: behind.A}, protocol)
			thousand(b, d, func(m pay.Money) { write(b, pos, show(m)) })
		})
	}
	b.Run("print serial", func(b *testing.B) {
		wire := newCable(b, "pos")
		pos := open(b, wire.A)
		p := listen(b, line.Wire{Port: wire.B})
		thousand(b, p, func(m pay.Money) { write(b, pos, slipOf(m)) })
	})
	b.Run("print network", func(b *testing.B) {
		ours := freeAddress(b)
		p := listen(b, line.Wire{Port: ours})
		eventually(b, "way in", func() bool { return send(ours, nil) == nil })
		thousand(b, p, func(m pay.Money) {
			if err := send(ours, slipOf(m)); err != nil {
				b.Fatal(err)
			}
		})
	})
}
