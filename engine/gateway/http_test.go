package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/pay"
)

func newHTTP(t *testing.T, o gateway.HTTPOptions) *http.Client {
	t.Helper()
	c, err := gateway.NewHTTP(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func post(t *testing.T, c *http.Client, address string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader("secret-body"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	return string(b), err
}

// closedPort is an address that nobody listens on.
func closedPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func TestNothingWasSent(t *testing.T) {
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	stranger.StartTLS()
	defer stranger.Close()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer refusing.Close()
	noName := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "pay.example", IsNotFound: true}
	}
	for _, row := range []struct {
		name    string
		options gateway.HTTPOptions
		address string
		says    string
	}{
		{"name is not known", gateway.HTTPOptions{Dial: noName}, "https://pay.example/cpay/micro_pay", "no such host"},
		{"nobody listens", gateway.HTTPOptions{}, "http://" + closedPort(t) + "/cpay/micro_pay", "refused"},
		{"certificate of a stranger", gateway.HTTPOptions{}, stranger.URL, "certificate"},
		{"plain http where TLS is expected", gateway.HTTPOptions{}, strings.Replace(refusing.URL, "http:", "https:", 1), "TLS"},
		{"proxy wants a password", gateway.HTTPOptions{Proxy: gateway.Proxy{URL: refusing.URL}}, "https://pay.example/cpay/micro_pay", "407"},
		{"proxy is not there", gateway.HTTPOptions{Proxy: gateway.Proxy{URL: "http://" + closedPort(t)}}, "https://pay.example/", "proxy"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := post(t, newHTTP(t, row.options), row.address)
			if !errors.Is(err, pay.ErrNotSent) || errors.Is(err, pay.ErrNoAnswer) {
				t.Errorf("error %v, want nothing sent", err)
			}
			if err != nil && !strings.Contains(err.Error(), row.says) {
				t.Errorf("error %v does not say %q", err, row.says)
			}
		})
	}
}

func TestSlowConnectionIsGivenUpUnsentAfterFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		start := time.Now()
		_, err := post(t, newHTTP(t, gateway.HTTPOptions{Dial: stuck, ConnectTimeout: time.Hour}), "http://pay.example/")
		if !errors.Is(err, pay.ErrNotSent) {
			t.Errorf("error %v, want nothing sent", err)
		}
		if waited := time.Since(start); waited != gateway.ConnectTimeout {
			t.Errorf("gave up after %v", waited)
		}
	})
}

// rawServer answers each connection with what answer does to it and counts the requests it has read.
func rawServer(t *testing.T, answer func(c net.Conn, nth int)) (address string, requests *atomic.Int64) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	requests = new(atomic.Int64)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, r.Body)
					answer(c, int(requests.Add(1)))
				}
			})
		}
	})
	t.Cleanup(func() { ln.Close(); all.Wait() })
	return "http://" + ln.Addr().String() + "/cpay/micro_pay", requests
}

const fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestSentAndNoAnswer(t *testing.T) {
	for _, row := range []struct {
		name  string
		bytes string
	}{
		{"connection closed without a word", ""},
		{"half a status line", "HTTP/1.1 2"},
		{"something that is not HTTP", "SSH-2.0-OpenSSH\r\n\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			address, requests := rawServer(t, func(c net.Conn, _ int) { io.WriteString(c, row.bytes); c.Close() })
			_, err := post(t, newHTTP(t, gateway.HTTPOptions{}), address)
			if !errors.Is(err, pay.ErrNoAnswer) || errors.Is(err, pay.ErrNotSent) {
				t.Errorf("error %v, want no answer", err)
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("%d requests arrived", n)
			}
		})
	}
}

func TestKeptConnectionThatDiesTakesTheRequestOnceOnly(t *testing.T) {
	address, requests := rawServer(t, func(c net.Conn, nth int) {
		if nth == 1 {
			io.WriteString(c, fine)
			return
		}
		c.Close() // the second request was read, and its connection dies
	})
	client := newHTTP(t, gateway.HTTPOptions{})
	if _, err := post(t, client, address); err != nil {
		t.Fatal(err)
	}
	_, err := post(t, client, address)
	if !errors.Is(err, pay.ErrNoAnswer) {
		t.Errorf("error %v, want no answer", err)
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("%d requests arrived, want 2: a payment must not be sent again by itself", n)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var hits atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		http.Redirect(w, r, "/portal", http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	a, err := newHTTP(t, gateway.HTTPOptions{}).Post(s.URL, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.StatusCode != http.StatusTemporaryRedirect || hits.Load() != 1 {
		t.Errorf("status %d after %d requests", a.StatusCode, hits.Load())
	}
}

func TestAnswerIsReadUpToItsLimit(t *testing.T) {
	for _, row := range []struct {
		name  string
		bytes int
		ok    bool
	}{{"exactly the limit", 1000, true}, {"one byte more", 1001, false}, {"without end", 1 << 22, false}} {
		t.Run(row.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Accept-Encoding") != "" {
					t.Error("asks for packed answers")
				}
				w.Write(make([]byte, row.bytes))
			}))
			defer s.Close()
			body, err := post(t, newHTTP(t, gateway.HTTPOptions{MaxBody: 1000}), s.URL)
			if (err == nil) != row.ok || (row.ok && len(body) != row.bytes) {
				t.Errorf("%d bytes, error %v", len(body), err)
			}
		})
	}
}

func TestExtraRootsAreTrusted(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }))
	defer s.Close()
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if body, err := post(t, newHTTP(t, gateway.HTTPOptions{ExtraRootsPEM: root}), s.URL); err != nil || body != "hello" {
		t.Errorf("%q %v", body, err)
	}
	if _, err := gateway.NewHTTP(gateway.HTTPOptions{ExtraRootsPEM: []byte("no certificate")}); !errors.Is(err, gateway.ErrSettings) {
		t.Errorf("bad roots: %v", err)
	}
}

func TestProxyGetsItsPasswordAndLoopbackGoesDirect(t *testing.T) {
	service := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "through") }))
	defer service.Close()
	var auth atomic.Value
	auth.Store("")
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth.Store(r.Header.Get("Proxy-Authorization"))
		tunnel(w, service.Listener.Addr().String())
	}))
	defer proxy.Close()
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: service.Certificate().Raw})
	client := newHTTP(t, gateway.HTTPOptions{
		ExtraRootsPEM: root, Proxy: gateway.Proxy{URL: proxy.URL, User: "pos", Password: "p:ss word"},
	})
	if body, err := post(t, client, "https://example.com/cpay/ping"); err != nil || body != "through" {
		t.Fatalf("%q %v", body, err)
	}
	want := http.Request{Header: http.Header{}}
	want.SetBasicAuth("pos", "p:ss word")
	if got := auth.Load(); got != want.Header.Get("Authorization") {
		t.Errorf("proxy was told %q", got)
	}
	auth.Store("")
	if _, err := post(t, client, service.URL); err != nil || auth.Load() != "" {
		t.Errorf("a call to this machine: error %v, proxy was told %q", err, auth.Load())
	}
}

// tunnel joins a CONNECT request to an address.
func tunnel(w http.ResponseWriter, address string) {
	there, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		there.Close()
		return
	}
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { io.Copy(there, here); there.Close() }()
	io.Copy(here, there)
	here.Close()
}

func TestBadProxyIsRefusedWithoutRepeatingItsPassword(t *testing.T) {
	for _, address := range []string{"10.1.0.9:8080", "ftp://10.1.0.9", "http://pos:hunter2@10.1.0.9:8080", "http://", "http://%zz"} {
		_, err := gateway.NewHTTP(gateway.HTTPOptions{Proxy: gateway.Proxy{URL: address}})
		if !errors.Is(err, gateway.ErrSettings) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestLogNamesTheCallAndNothingElse(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "secret-answer") }))
	defer s.Close()
	var out bytes.Buffer
	client := newHTTP(t, gateway.HTTPOptions{Log: slog.New(slog.NewTextHandler(&out, nil))})
	note := &gateway.Note{Status: -1}
	r, _ := http.NewRequestWithContext(gateway.WithNote(t.Context(), note), http.MethodPost, s.URL+"/cpay/micro_pay?q=secret-query", strings.NewReader("secret-body"))
	r.Header.Set("X-Key", "secret-key")
	a, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	note.Status, note.LogID = 103, 3637968353
	a.Body.Close()
	a.Body.Close()
	if _, err := post(t, client, "http://"+closedPort(t)+"/cpay/refund?q=secret-query"); err == nil {
		t.Fatal("a closed port answered")
	}
	log := out.String()
	for _, want := range []string{"interface=micro_pay", "http=200", "status=103", "log_id=3637968353", "ms=", "interface=refund", "level=WARN"} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log, "secret") || strings.Count(log, "\n") != 2 {
		t.Errorf("log says too much:\n%s", log)
	}
}

type pings struct {
	at  []time.Duration
	now func() time.Duration
}

func (p *pings) Ping(context.Context) (time.Time, error) {
	p.at = append(p.at, p.now())
	return time.Time{}, pay.ErrNoAnswer // a dead service must not stop the beat
}

func TestWarmPingsAtOnceAndEveryTwoMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := &pings{now: func() time.Duration { return time.Since(start) }}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		gateway.Warm(ctx, p)
		if len(p.at) != 3 || p.at[0] != 0 || p.at[1] != 2*time.Minute || p.at[2] != 4*time.Minute {
			t.Errorf("pinged at %v", p.at)
		}
	})
}

func TestLoopbackIsThisMachineOnly(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"localhost.example.com": false, "10.0.0.1": false, "0.0.0.0": false, "": false, "127.0.0.1.example.com": false,
	} {
		if got := gateway.Loopback(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func TestFillReportsEveryMistakeAndNoValue(t *testing.T) {
	d := gateway.Driver{Name: "d", Options: []gateway.Option{
		{Name: "a", Required: true}, {Name: "b", Default: "1"}, {Name: "c", Required: true, Default: "2"}, {Name: "k", Secret: true},
	}}
	full, err := d.Fill(map[string]string{"x": "hunter2", "b": "3", "y": "hunter2", "k": "hunter2"})
	if full["b"] != "3" || full["c"] != "2" || full["k"] != "hunter2" {
		t.Errorf("filled %v", full)
	}
	if !errors.Is(err, gateway.ErrSettings) || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("error %v", err)
	}
	for _, name := range []string{"setting a", "setting x", "setting y"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("error %v does not name %s", err, name)
		}
	}
	if _, err := (gateway.Set{d}).Find("e"); err == nil {
		t.Error("found a driver that is not there")
	}
	if _, err := (gateway.Set{d}).Find("d"); err != nil {
		t.Error(err)
	}
}
