package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"cpos/engine/words"
)

// Bounds of the shared client.
const (
	// ConnectTimeout is the longest wait for a usable connection: name, dial, proxy and TLS together. A
	// cashier with a queue learns within it that nothing was sent.
	ConnectTimeout = 5 * time.Second
	// MaxBody is the longest answer that is read, in bytes. The longest honest one, a page of fifty
	// statement lines, stays below a tenth of it.
	MaxBody = 4 << 20
	// idleTimeout outlives two beats of Warm, so that the beat and not the pool decides, and ends before the
	// five minutes after which servers commonly hang up, so that no request meets a closing connection.
	idleTimeout = 270 * time.Second
	idlePerHost = 4
)

// ErrSettings marks settings that no client or driver can be made from.
var ErrSettings = errors.New("settings are wrong")

// Proxy is the HTTP proxy of the shop. The zero value is a direct connection.
type Proxy struct {
	URL            string // http://host:port or https://host:port
	User, Password string
}

// HTTPOptions is what the door knows about the road to the payment services.
type HTTPOptions struct {
	Proxy Proxy
	// ExtraRootsPEM holds certificates to trust beside those of the system.
	ExtraRootsPEM  []byte
	ConnectTimeout time.Duration // zero means ConnectTimeout; longer is cut to it
	MaxBody        int64         // bytes; zero means MaxBody
	// Log gets one line per call: interface, HTTP status, milliseconds and what the driver noted. It never
	// gets a body, a header, a payment code or a key. Nil means no log.
	Log *slog.Logger
	// Dial replaces the network, for a till in memory. Nil means TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewHTTP makes the one client that all drivers share. It opens nothing. Certificates are verified
// always: there is no switch to turn that off.
//
// Its errors wrap pay.ErrNotSent when no byte of the request can have left this machine and
// pay.ErrNoAnswer in every other case. It follows no redirect, speaks HTTP/1.1 and puts a POST on the
// wire once at most: net/http repeats one only when it wrote nothing of it to a kept connection that had died.
func NewHTTP(o HTTPOptions) (*http.Client, error) {
	if o.ConnectTimeout <= 0 || o.ConnectTimeout > ConnectTimeout {
		o.ConnectTimeout = ConnectTimeout
	}
	if o.MaxBody <= 0 {
		o.MaxBody = MaxBody
	}
	base, err := newTransport(o)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport:     &wire{base: base, log: o.Log, connect: o.ConnectTimeout, maxBody: o.MaxBody},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func newTransport(o HTTPOptions) (*http.Transport, error) {
	roots, err := rootsWith(o.ExtraRootsPEM)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyFunc(o.Proxy)
	if err != nil {
		return nil, err
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: o.ConnectTimeout, KeepAlive: 30 * time.Second}).DialContext
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  proxy,
		OnProxyConnectResponse: refuseProxyAnswer,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    o.ConnectTimeout,
		Protocols:              protocols,
		DisableCompression:     true, // an answer is small, and a packed one could unfold without end
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 64 << 10,
	}, nil
}

// rootsWith gives the system's roots with the extra ones, or nil for the system's alone.
func rootsWith(extra []byte) (*x509.CertPool, error) {
	if len(extra) == 0 {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("system certificates: %w", err)
	}
	if !roots.AppendCertsFromPEM(extra) {
		return nil, words.Fail(ErrSettings, "gateway.http.bad_roots").Advise("gateway.http.bad_roots.hint")
	}
	return roots, nil
}

// proxyFunc sends everything through the proxy but calls to this machine itself, where the sandbox lives.
func proxyFunc(p Proxy) (func(*http.Request) (*url.URL, error), error) {
	if p.URL == "" {
		return nil, nil
	}
	u, err := url.Parse(p.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
		// The parse error would repeat a password written into the address; it stays out on purpose.
		return nil, words.Fail(ErrSettings, "gateway.http.bad_proxy").Advise("gateway.http.bad_proxy.hint")
	}
	if p.User != "" {
		u.User = url.UserPassword(p.User, p.Password)
	}
	return func(r *http.Request) (*url.URL, error) {
		if Loopback(r.URL.Hostname()) {
			return nil, nil
		}
		return u, nil
	}, nil
}

// Loopback says that a host name or address is this machine itself.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// refuseProxyAnswer names the proxy as the one that refused, for 407 and 502 read like the service's own.
func refuseProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("proxy refused the connection: http status %d", answer.StatusCode)
}

// limitedBody ends an answer that is longer than anybody honest would send, and tells when it is closed.
type limitedBody struct {
	io.ReadCloser
	left   int64
	closed func()
}

var errBodyTooLong = errors.New("answer is too long")

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return b.readPastEnd()
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}

// readPastEnd tells an answer of exactly the limit from a longer one.
func (b *limitedBody) readPastEnd() (int, error) {
	var one [1]byte
	n, err := b.ReadCloser.Read(one[:])
	if n > 0 {
		return 0, errBodyTooLong
	}
	return 0, err
}

func (b *limitedBody) Close() error {
	err := b.ReadCloser.Close()
	if b.closed != nil {
		b.closed()
		b.closed = nil
	}
	return err
}
