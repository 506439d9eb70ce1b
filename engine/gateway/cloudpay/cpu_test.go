package cloudpay

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"cpos/engine/pay"
)

// paper writes each request out in full and reads a fixed answer back: the work of a call without a network.
type paper struct {
	answer []byte
	wrote  int
}

func (p *paper) RoundTrip(r *http.Request) (*http.Response, error) {
	var w counter
	if err := r.Write(&w); err != nil {
		return nil, err
	}
	p.wrote = int(w)
	return http.ReadResponse(bufio.NewReader(bytes.NewReader(p.answer)), r)
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return io.Discard.Write(p) }

// BenchmarkDecidedToOutcome is the work on this side of a payment: from the decided order to the written
// bytes, and from the read answer to the outcome. of-1ms is its share of the millisecond that the till
// promises for both; x-hmac compares it with the two HMACs over the same bytes that nothing can save.
func BenchmarkDecidedToOutcome(b *testing.B) {
	text := orderText(callMicroPay, wechat(2))
	body := sealed(text)
	p := &paper{answer: fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)}
	e := envOfVectors()
	e.HTTP = &http.Client{Transport: p}
	g, err := New(e)
	if err != nil {
		b.Fatal(err)
	}
	c := pay.DefaultCodeRules().Classify("134567890123456789")
	var times []time.Duration
	for b.Loop() {
		start := time.Now()
		r, err := g.Prepare(anOrder, c)
		if err != nil {
			b.Fatal(err)
		}
		if out, err := g.Pay(b.Context(), anOrder, r); err != nil || out.Status != pay.Paid {
			b.Fatalf("%+v %v", out, err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	each := times[len(times)/2]
	b.ReportMetric(float64(each)/float64(time.Millisecond), "of-1ms")
	b.ReportMetric(float64(each)/float64(twoHMACs(p.wrote, len(text))), "x-hmac")
}

// twoHMACs is the time of one HMAC over each size.
func twoHMACs(sizes ...int) time.Duration {
	const rounds = 2000
	start := time.Now()
	for range rounds {
		for _, size := range sizes {
			authenCode([]byte(vectorKey), string(make([]byte, size)))
		}
	}
	return max(time.Since(start)/rounds, 1)
}
