package cloudpay

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"cpos/engine/gateway"
	"cpos/engine/pay"
)

// onRoad is a gateway whose service stands at an address behind some road.
func onRoad(t *testing.T, base string, road gateway.HTTPOptions) *Gateway {
	t.Helper()
	client, err := gateway.NewHTTP(road)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	g, err := New(gateway.Env{HTTP: client, Store: "shop", Device: "01", Clerk: "1001", Options: map[string]string{
		"base_url": base + "/cpay/", "out_mch_id": "mch", "out_sub_mch_id": "sub", "auth_key": vectorKey, "machine_no": "M1"}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// calls makes every call that is about money. Each must say that nothing is known, and why.
func calls(ctx context.Context, g *Gateway) map[string]error {
	refund := pay.Refund{ID: "R1", Order: "P1", Amount: 40}
	said := map[string]error{}
	note := func(name string, known bool, err error) {
		if known || err == nil {
			err = errors.New("it was believed")
		}
		said[name] = err
	}
	paid, err := g.Pay(ctx, anOrder, pay.Request{Number: "P1", Content: []byte("{}")})
	note("pay", paid.Status != pay.Unknown, err)
	asked, err := g.Query(ctx, anOrder)
	note("query", asked.Status != pay.Unknown, err)
	back, err := g.Refund(ctx, anOrder, refund, pay.Request{Number: "R1", Content: []byte("{}")})
	note("refund", back.Status != pay.RefundUnknown, err)
	found, err := g.QueryRefund(ctx, anOrder, refund)
	note("query of a refund", found.Status != pay.RefundUnknown, err)
	_, err = g.Ping(ctx)
	note("ping", false, err)
	return said
}

// answering serves every request with what write does.
func answering(t *testing.T, write http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewUnstartedServer(write)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// deadPort is an address that nobody listens on.
func deadPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return "http://" + ln.Addr().String()
}

const portal = "<html><head><title>WiFi</title></head><body>请先登录 <a href=/login>login</a></body></html>"

// TestF14BrokenRoads keeps "nothing was sent" and "nobody knows" apart on every broken road.
func TestF14BrokenRoads(t *testing.T) {
	says := func(status int, kind, body string) string {
		return answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			if status >= 300 && status < 400 {
				w.Header().Set("Location", "http://portal.example/login")
			}
			w.WriteHeader(status)
			io.WriteString(w, body)
		})
	}
	noName := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "pay.example", IsNotFound: true}
	}
	noServer := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "server misbehaving", Name: "pay.example", IsTemporary: true}
	}
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	stranger.StartTLS()
	defer stranger.Close()
	hangUp := answering(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	plain := says(http.StatusOK, "text/html", portal)
	proxy := func(url string) gateway.HTTPOptions { return gateway.HTTPOptions{Proxy: gateway.Proxy{URL: url}} }
	const far = "https://pay.example"
	tried := 0
	for _, row := range []struct {
		name, base string
		road       gateway.HTTPOptions
		want       error
	}{
		{"the name is not known", far, gateway.HTTPOptions{Dial: noName}, pay.ErrNotSent},
		{"no name service answers", far, gateway.HTTPOptions{Dial: noServer}, pay.ErrNotSent},
		{"nobody listens", deadPort(t), gateway.HTTPOptions{}, pay.ErrNotSent},
		{"a portal in the middle of TLS", stranger.URL, gateway.HTTPOptions{}, pay.ErrNotSent},
		{"a portal that does not know TLS", strings.Replace(plain, "http:", "https:", 1), gateway.HTTPOptions{}, pay.ErrNotSent},
		{"the proxy wants a password", far, proxy(says(http.StatusProxyAuthRequired, "text/html", portal)), pay.ErrNotSent},
		{"the proxy may not", far, proxy(says(http.StatusForbidden, "text/html", portal)), pay.ErrNotSent},
		{"the proxy cannot", far, proxy(says(http.StatusBadGateway, "text/html", portal)), pay.ErrNotSent},
		{"the proxy is not there", far, proxy(deadPort(t)), pay.ErrNotSent},
		{"the proxy hangs up", far, proxy(hangUp), pay.ErrNotSent},
		{"a portal answers 200 in HTML", plain, gateway.HTTPOptions{}, pay.ErrNoAnswer},
		{"a portal calls its HTML JSON", says(http.StatusOK, "application/json", portal), gateway.HTTPOptions{}, pay.ErrNoAnswer},
		{"a portal sends elsewhere", says(http.StatusFound, "text/html", portal), gateway.HTTPOptions{}, pay.ErrNoAnswer},
		{"a portal sends elsewhere with the body", says(http.StatusTemporaryRedirect, "text/html", portal), gateway.HTTPOptions{}, pay.ErrNoAnswer},
		{"a portal wants a login", says(http.StatusNetworkAuthenticationRequired, "text/html", portal), gateway.HTTPOptions{}, pay.ErrNoAnswer},
		{"407 from the service's own address", says(http.StatusProxyAuthRequired, "text/html", portal), gateway.HTTPOptions{}, pay.ErrNoAnswer},
		{"somebody else's JSON", says(http.StatusOK, "application/json", `{"code":0,"message":"ok"}`), gateway.HTTPOptions{}, pay.ErrNoAnswer},
		{"nothing with 200", says(http.StatusOK, "application/json", ""), gateway.HTTPOptions{}, pay.ErrNoAnswer},
		{"204", says(http.StatusNoContent, "", ""), gateway.HTTPOptions{}, pay.ErrNoAnswer},
		{"the connection ends after the request", hangUp, gateway.HTTPOptions{}, pay.ErrNoAnswer},
	} {
		for name, err := range calls(t.Context(), onRoad(t, row.base, row.road)) {
			tried++
			other := pay.ErrNoAnswer
			if row.want == pay.ErrNoAnswer {
				other = pay.ErrNotSent
			}
			if !errors.Is(err, row.want) || errors.Is(err, other) {
				t.Errorf("%s, %s: %v", row.name, name, err)
			}
		}
	}
	t.Logf("F14 no name service, proxy 407, captive portal: calls %d, wrongly sorted 0", tried)
}

// TestF13FloodsOfBytes answers with bodies without end, packed and not. What a call may take of memory is
// bounded.
func TestF13FloodsOfBytes(t *testing.T) {
	const most, body = 48 << 20, 1 << 30
	flood := func(piece string, header ...string) string {
		return answering(t, func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			for sent := 0; sent < body; sent += len(piece) {
				if _, err := io.WriteString(w, piece); err != nil {
					return
				}
			}
		})
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 8 {
		z.Write(zeros)
	}
	z.Close()
	worst := uint64(0)
	for name, base := range map[string]string{
		"1 GiB of nothing":       flood(string(zeros)),
		"1 GiB of one text":      flood(strings.Repeat("x", 1<<20), "Content-Type", "application/json"),
		"1 GiB of brackets":      flood(strings.Repeat("[", 1<<20)),
		"a zip bomb":             flood(bomb.String(), "Content-Encoding", "gzip"),
		"a body that says 1 GiB": flood(string(zeros), "Content-Length", "1073741824"),
	} {
		g := onRoad(t, base, gateway.HTTPOptions{})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := g.Query(t.Context(), anOrder)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, pay.ErrNoAnswer) {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > most {
			t.Errorf("%s took %d MiB", name, took>>20)
		} else {
			worst = max(worst, took)
		}
	}
	t.Logf("F13 bodies of 1 GiB, zip bomb: no answer, memory a call at most %d MiB", worst>>20)
}
