package cloudpay_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/gateway/cloudpay"
	"cpos/engine/gateway/gatewaytest"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
)

func TestDriverExam(t *testing.T) {
	t.Run("refunds by HMAC", func(t *testing.T) {
		gatewaytest.Run(t, func(t *testing.T) gatewaytest.Bench { return newBench(t, nil).Bench })
	})
	t.Run("refunds by signature", func(t *testing.T) {
		gatewaytest.Run(t, func(t *testing.T) gatewaytest.Bench {
			return newBench(t, map[string]string{"sign_key": sandbox.PracticeKeys().PrivateKey}).Bench
		})
	})
}

// bench is a driver before a sandbox, joined in memory.
type bench struct {
	gatewaytest.Bench
	server  *sandbox.Server
	gateway *cloudpay.Gateway
	road    *road
}

// road carries the calls and can be cut or meddled with.
type road struct {
	http.RoundTripper
	strip atomic.Bool // take the authentication off the next answer
}

func (r *road) RoundTrip(q *http.Request) (*http.Response, error) {
	a, err := r.RoundTripper.RoundTrip(q)
	if err != nil || !r.strip.Swap(false) {
		return a, err
	}
	defer a.Body.Close()
	var doc map[string]json.RawMessage
	if err := json.NewDecoder(a.Body).Decode(&doc); err != nil {
		return nil, err
	}
	delete(doc, "authen_info")
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	a.Body = io.NopCloser(bytes.NewReader(body))
	a.ContentLength = int64(len(body))
	return a, nil
}

// practiceOptions are the settings of a till before the sandbox.
func practiceOptions(more map[string]string) map[string]string {
	o := map[string]string{
		"base_url":       "http://127.0.0.1/cpay/",
		"out_mch_id":     sandbox.PracticeMerchant,
		"out_sub_mch_id": sandbox.PracticeSubMerchant,
		"auth_key":       sandbox.PracticeAuthKey,
		"machine_no":     "00-00-5E-00-53-01",
	}
	for k, v := range more {
		o[k] = v
	}
	return o
}

// newBench must be called inside a synctest bubble.
func newBench(t *testing.T, options map[string]string) *bench {
	t.Helper()
	server, err := sandbox.New(sandbox.Practice())
	if err != nil {
		t.Fatal(err)
	}
	pipe := sandbox.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, pipe) }()

	var cut atomic.Bool
	client, err := gateway.NewHTTP(gateway.HTTPOptions{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if cut.Load() {
			return nil, errors.New("network is unreachable")
		}
		return pipe.DialContext(ctx, network, address)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		stop()
		<-ended
	})
	shared := client.Transport
	way := &road{RoundTripper: shared}
	g, err := cloudpay.New(gateway.Env{
		HTTP: &http.Client{Transport: way}, Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice,
		Clerk: sandbox.PracticeStaff, Options: practiceOptions(options),
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{server: server, gateway: g, road: way}
	numbers := 0
	b.Bench = gatewaytest.Bench{
		Gateway: g, Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice, Clerk: sandbox.PracticeStaff,
		Rules:      pay.DefaultCodeRules(),
		Number:     func() string { numbers++; return fmt.Sprintf("%sT%08d", sandbox.PracticePrefix, numbers) },
		Code:       b.code,
		Book:       b.book,
		Arrived:    b.arrived,
		Hang:       func() { b.inject(t, sandbox.Fault{Kind: sandbox.FaultHang}) },
		Cut:        func() { cut.Store(true); client.CloseIdleConnections() },
		RefundTime: 3 * time.Second,
	}
	return b
}

// scenarios are the last two digits of the codes that make the sandbox play a scenario.
var scenarios = map[gatewaytest.Scenario]sandbox.Scenario{
	gatewaytest.Paid:         sandbox.PaidAtOnce,
	gatewaytest.Password:     sandbox.PasswordPaid,
	gatewaytest.Stopped:      sandbox.PasswordStopped,
	gatewaytest.Declined:     sandbox.NoBalance,
	gatewaytest.LostPaid:     sandbox.SilentPaid,
	gatewaytest.NeverCreated: sandbox.SilentNothing,
	gatewaytest.Forged:       sandbox.ForgedPaid,
	gatewaytest.OtherNumber:  sandbox.OtherNumber,
	gatewaytest.Busy:         sandbox.BusyPaid,
	gatewaytest.Garbled:      sandbox.CutPaid,
}

var codes atomic.Int64

func code(t pay.Tender, s sandbox.Scenario) string {
	prefix := map[pay.Tender]string{pay.WeChat: "13", pay.Alipay: "28"}[t]
	return fmt.Sprintf("%s%014d%s", prefix, codes.Add(1), s)
}

func (b *bench) code(t pay.Tender, s gatewaytest.Scenario) string {
	switch s {
	case gatewaytest.Unsigned:
		b.road.strip.Store(true)
		return code(t, sandbox.PaidAtOnce)
	case gatewaytest.OtherAmount:
		return b.lie(t, sandbox.FaultAmount)
	case gatewaytest.OtherShop:
		return b.lie(t, sandbox.FaultMerchant)
	}
	return code(t, scenarios[s])
}

func (b *bench) lie(t pay.Tender, kind sandbox.FaultKind) string {
	if err := b.server.Inject(sandbox.Fault{Kind: kind, Interface: "micro_pay"}); err != nil {
		return ""
	}
	return code(t, sandbox.PaidAtOnce)
}

func (b *bench) inject(t *testing.T, f sandbox.Fault) {
	t.Helper()
	if err := b.server.Inject(f); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) arrived() int {
	n := 0
	for _, c := range b.server.Counts() {
		n += c
	}
	return n
}

func (b *bench) book() []pay.Entry {
	var all []pay.Entry
	for _, o := range b.server.Orders() {
		all = append(all, pay.Entry{
			Kind: pay.EntryPayment, Order: o.Number, Store: o.Shop, Device: o.Device, Tender: o.Tender,
			Amount: o.Amount, Status: o.Status(), Trade: o.Trade, At: o.At,
		})
	}
	for _, r := range b.server.Refunds() {
		all = append(all, pay.Entry{
			Kind: pay.EntryRefund, Order: r.Order, Refund: r.Number, Store: r.Shop, Device: r.Device, Tender: r.Tender,
			Amount: r.Amount, Back: r.Status, Trade: r.Trade, At: r.At,
		})
	}
	return all
}

// anotherKey is a private key that the sandbox has never heard of.
func anotherKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}
