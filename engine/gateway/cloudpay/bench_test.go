package cloudpay_test

import (
	"context"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/gateway/cloudpay"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
)

// BenchmarkSignedCall is one micro_pay over loopback TCP, signed and verified on both sides, beside a bare
// TCP round trip of about the same bytes in the same run. What travels between machines is x-floor.
func BenchmarkSignedCall(b *testing.B) {
	g, client, stop := loopbackTill(b)
	defer stop()
	defer client()
	o := pay.Order{
		ID: sandbox.PracticePrefix + "B1", Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice,
		Clerk: sandbox.PracticeStaff, Tender: pay.WeChat, Amount: 1234, At: time.Now(),
	}
	r, err := g.Prepare(o, pay.DefaultCodeRules().Classify(code(pay.WeChat, sandbox.PaidAtOnce)))
	if err != nil {
		b.Fatal(err)
	}
	floor, closeFloor := echo(b)
	defer closeFloor()
	var calls, floors []time.Duration
	for b.Loop() {
		start := time.Now()
		if out, err := g.Pay(b.Context(), o, r); err != nil || out.Status != pay.Paid {
			b.Fatalf("%+v %v", out, err)
		}
		calls = append(calls, time.Since(start))
		start = time.Now()
		floor()
		floors = append(floors, time.Since(start))
	}
	call, bare := median(calls), median(floors)
	b.ReportMetric(float64(call.Nanoseconds())/1000, "call-µs")
	b.ReportMetric(float64(bare.Nanoseconds())/1000, "floor-µs")
	b.ReportMetric(float64(call)/float64(bare), "x-floor")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return max(d[len(d)/2], 1)
}

// loopbackTill is a till before a sandbox on a real socket.
func loopbackTill(b *testing.B) (g *cloudpay.Gateway, closeClient, stop func()) {
	b.Helper()
	server, err := sandbox.New(sandbox.Practice())
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, ln) }()
	client, err := gateway.NewHTTP(gateway.HTTPOptions{})
	if err != nil {
		b.Fatal(err)
	}
	g, err = cloudpay.New(gateway.Env{
		HTTP: client, Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice, Clerk: sandbox.PracticeStaff,
		Options: practiceOptions(map[string]string{"base_url": "http://" + ln.Addr().String() + "/cpay/"}),
	})
	if err != nil {
		b.Fatal(err)
	}
	return g, client.CloseIdleConnections, func() { cancel(); <-ended }
}

// messageBytes is about what a payment and its answer weigh, headers included.
const messageBytes = 1000

// echo gives a function that makes one round trip of messageBytes each way over a kept connection.
func echo(b *testing.B) (trip, closeAll func()) {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		buf := make([]byte, messageBytes)
		for {
			if _, err := io.ReadFull(c, buf); err != nil {
				return
			}
			if _, err := c.Write(buf); err != nil {
				return
			}
		}
	}()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, messageBytes)
	return func() {
		if _, err := c.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, buf); err != nil {
			b.Fatal(err)
		}
	}, func() { c.Close(); ln.Close(); <-ended }
}
