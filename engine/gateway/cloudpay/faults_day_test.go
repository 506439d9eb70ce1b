package cloudpay_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"cpos/engine/gateway"
	"cpos/engine/gateway/cloudpay"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
)

// recorder keeps every answer of a day, or plays one of them whatever is asked.
type recorder struct {
	http.RoundTripper
	kept [][]byte
	play []byte
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	if r.play != nil {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(r.play)), Request: q}, nil
	}
	a, err := r.RoundTripper.RoundTrip(q)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(a.Body)
	a.Body.Close()
	if err != nil {
		return nil, err
	}
	r.kept = append(r.kept, body)
	a.Body = io.NopCloser(bytes.NewReader(body))
	return a, nil
}

// TestF12Replay records a day of sales of one price and plays every answer of it into another sale, as
// the answer to each of its calls.
func TestF12Replay(t *testing.T) {
	sales := 20
	if os.Getenv("FAULTS") == "full" {
		sales = 500
	}
	tried := 0
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		tape := &recorder{RoundTripper: b.road}
		g, err := cloudpay.New(gateway.Env{HTTP: &http.Client{Transport: tape}, Store: b.Store, Device: b.Device, Clerk: b.Clerk,
			Options: practiceOptions(nil)})
		if err != nil {
			t.Fatal(err)
		}
		b.gateway = g
		for range sales {
			for _, tender := range []pay.Tender{pay.WeChat, pay.Alipay} {
				o, out, err := b.buy(t, tender, sandbox.PaidAtOnce)
				if err != nil || out.Status != pay.Paid {
					t.Fatalf("%+v %v", out, err)
				}
				b.giveBack(t, o)
			}
		}
		for _, tender := range []pay.Tender{pay.WeChat, pay.Alipay} {
			tape.play = nil
			o, _, err := b.buy(t, tender, sandbox.PasswordPaid)
			if err != nil {
				t.Fatal(err)
			}
			tried += b.replay(t, tape, o)
		}
	})
	t.Logf("F12 a recorded day played into another sale: answers played %d, accepted 0", tried)
}

func (b *bench) giveBack(t *testing.T, o pay.Order) {
	t.Helper()
	r := pay.Refund{ID: b.Number(), Order: o.ID, Amount: 34, Clerk: b.Clerk}
	q, err := b.gateway.PrepareRefund(o, r)
	if err == nil {
		_, err = b.gateway.Refund(t.Context(), o, r, q)
	}
	if err == nil {
		_, err = b.gateway.QueryRefund(t.Context(), o, r)
	}
	if err == nil {
		_, err = b.gateway.Query(t.Context(), o)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// replay plays every kept answer but those about this sale itself.
func (b *bench) replay(t *testing.T, tape *recorder, o pay.Order) (tried int) {
	t.Helper()
	r := pay.Refund{ID: b.Number(), Order: o.ID, Amount: 34, Clerk: b.Clerk}
	q := pay.Request{Number: o.ID, Content: []byte("{}")}
	for _, old := range tape.kept {
		if strings.Contains(string(old), o.ID) {
			continue
		}
		tape.play = old
		paid, payErr := b.gateway.Pay(t.Context(), o, q)
		asked, askErr := b.gateway.Query(t.Context(), o)
		back, backErr := b.gateway.Refund(t.Context(), o, r, pay.Request{Number: r.ID, Content: []byte("{}")})
		found, findErr := b.gateway.QueryRefund(t.Context(), o, r)
		tried += 4
		for what, said := range map[string]struct {
			final bool
			err   error
		}{
			"pay": {paid.Status.Final(), payErr}, "query": {asked.Status.Final(), askErr},
			"refund": {back.Status.Final() || back.Status == pay.RefundAccepted, backErr}, "query of a refund": {found.Status.Final(), findErr},
		} {
			if said.final || said.err == nil {
				t.Errorf("%s believed %s", what, fmt.Sprintf("%.300s", old))
			}
		}
	}
	return tried
}
