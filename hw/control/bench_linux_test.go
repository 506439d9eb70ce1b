package control_test

import (
	"testing"

	"cpos/engine/pay"
	"cpos/hw/control"
)

func BenchmarkAThousandAmounts(b *testing.B) {
	d := session(b)
	window := openTill(b)
	b.Cleanup(func() { window.close() })
	texts := control.New()
	b.Cleanup(texts.Close)
	l := lineOf(b, texts, d, "name:total")
	said(b, l) // the program may still be joining the bus
	const shown = 1000
	right := 0
	for b.Loop() {
		right = 0
		for i := range shown {
			want := pay.Money(1 + (i*7919)%499_999).String()
			window.show(want)
			if said(b, l) == want {
				right++
			}
		}
	}
	b.ReportMetric(shown, "amounts")
	b.ReportMetric(float64(right), "right")
	b.ReportMetric(float64(shown-right), "wrong")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N*shown), "ms/amount")
	b.ReportMetric(0, "ns/op")
}
