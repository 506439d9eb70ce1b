package sandbox

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// BasePath is where the interfaces stand; a till's base URL is the address with this path behind it.
const BasePath = "/cpay/"

// MaxBody bounds a request, in bytes.
const MaxBody = 1 << 20

// ErrNotLoopback says that the service was to be shown to a network, which it must never be: its keys are
// public and its control path asks nobody who they are.
var ErrNotLoopback = errors.New("a sandbox serves this machine only")

// Server is the practice service. It is an http.Handler and safe for concurrent use.
type Server struct {
	cfg    Config
	public *rsa.PublicKey
	routes *http.ServeMux

	mu     sync.Mutex // guards everything below; never held while waiting
	book   book
	counts map[string]int
	faults []Fault
	logID  uint64
}

// New makes a service, with the book of Config.File if that exists.
func New(cfg Config) (*Server, error) {
	if cfg.Merchant == "" || cfg.SubMerchant == "" || cfg.Prefix == "" || cfg.AuthKey == "" || len(cfg.Shops) == 0 {
		return nil, ErrConfig
	}
	s := &Server{cfg: cfg.withDefaults(), book: newBook(), counts: map[string]int{}, logID: firstLogID}
	if cfg.PublicKey != "" {
		key, err := parsePublicKey(cfg.PublicKey)
		if err != nil {
			return nil, fmt.Errorf("open sandbox: %w", err)
		}
		s.public = key
	}
	if cfg.File != "" {
		b, err := load(cfg.File)
		if err != nil {
			return nil, fmt.Errorf("open sandbox: %w", err)
		}
		s.book = b
	}
	s.routes = s.newRoutes()
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 5 * time.Minute // clients keep a connection warm with one request each two minutes
	endTimeout    = 2 * time.Second
)

// Serve answers on ln until ctx ends, then closes it and waits for the calls in flight. It refuses a
// listener that other machines can reach.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	if !onLoopback(ln.Addr()) {
		return errors.Join(fmt.Errorf("serve sandbox on %s: %w", ln.Addr(), ErrNotLoopback), ln.Close())
	}
	calls, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	web := &http.Server{
		Handler: s, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		BaseContext: func(net.Listener) context.Context { return calls },
	}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve sandbox: %w", err)
	case <-ctx.Done():
	}
	hangUp() // calls that a fault keeps waiting end at once
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if web.Shutdown(grace) != nil {
		web.Close()
	}
	<-ended
	return nil
}

func onLoopback(a net.Addr) bool {
	if a.Network() == (pipeAddr{}).Network() || a.Network() == "unix" {
		return true
	}
	at, err := netip.ParseAddrPort(a.String())
	return err == nil && at.Addr().IsLoopback()
}

// Orders gives the bank's truth, newest first.
func (s *Server) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.settle(s.cfg.Now())
	return copies(s.book.orders())
}

// Refunds gives the bank's truth, newest first.
func (s *Server) Refunds() []Refund {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book.settle(s.cfg.Now())
	return copies(s.book.refunds())
}

func copies[T any](from []*T) []T {
	to := make([]T, 0, len(from))
	for _, v := range from {
		to = append(to, *v)
	}
	return to
}

// Counts gives the number of requests that arrived for each interface, whatever became of them.
func (s *Server) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// call is one authenticated request on its way through a handler. Handlers hold the server's lock.
type call struct {
	fields
	now    time.Time
	faults active
}

// answer is what a handler found out.
type answer struct {
	refusal *refusal       // nil means status 0
	object  map[string]any // members of the interface object
	trick   trick
	changed bool // the book is to be saved
}

func refuse(r *refusal) answer { return answer{refusal: r} }

func told(object map[string]any) answer { return answer{object: object} }

// interfaceOf describes one interface of the service.
type interfaceOf struct {
	name   string
	object string // the member of the answer, mostly the name
	signed bool   // may carry a signature instead of a code
	handle func(*Server, *call) answer
}

func interfaces() []interfaceOf {
	return []interfaceOf{
		{"micro_pay", "micro_pay", false, (*Server).microPay},
		{"query_order", "query_order", false, (*Server).queryOrder},
		{"reverse", "reverse", true, (*Server).reverse},
		{"close_order", "close_order", false, (*Server).closeOrder},
		{"refund", "refund", true, (*Server).refund},
		{"query_refund_order", "query_refund_order", false, (*Server).queryRefund},
		{"client_order_detail", "order_detail_query", false, (*Server).list},
		{"query_sub_mch_shop_info", "query_shop_info", false, (*Server).shops},
		{"query_identity_mapping", "query_identity_mapping", false, (*Server).prefixes},
		{"sdk_query_sub_mch_info", "query_sub_mch_info", false, (*Server).subMerchant},
	}
}

func (s *Server) newRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, i := range interfaces() {
		mux.HandleFunc("POST "+BasePath+i.name, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, i) })
	}
	mux.HandleFunc("POST "+BasePath+"ping", s.ping)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	mux.HandleFunc("GET "+BasePath+"{$}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	s.controlRoutes(mux)
	return mux
}

func (s *Server) ping(w http.ResponseWriter, r *http.Request) {
	now, fs, _ := s.arrive("ping")
	if !s.before(r.Context(), fs) {
		hangUp()
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"description": "ok", "status": 0, "timestamp": now.Unix()})
}

// arrive counts a request and takes the faults that are meant for it.
func (s *Server) arrive(name string) (time.Time, active, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[name]++
	return s.cfg.Now(), s.takeFaults(name), s.nextLogID()
}

// answer carries one request through: read, wait, authenticate, handle, spoil, send.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, i interfaceOf) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		http.Error(w, "request body cannot be read", http.StatusRequestEntityTooLarge)
		return
	}
	_, fs, logID := s.arrive(i.name)
	if !s.before(r.Context(), fs) {
		hangUp()
	}
	var a answer
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		a = refuse(badParameter("Content-Type"))
	} else if f, bad := s.openEnvelope(body, i.signed); bad != nil {
		a = refuse(bad)
	} else if fs.has(FaultBusy) {
		a = refuse(&refusal{status: statusBusy, text: "系统繁忙，请稍后再试."})
	} else {
		a = s.handle(i, f, fs)
	}
	if fs.has(FaultInternal) {
		a = refuse(&refusal{status: statusInternal, text: "系统内部错误."})
	}
	s.note(i.name, logID, a)
	s.send(w, r, i, fs, a, logID)
}

// handle runs one handler under the lock and keeps the book.
func (s *Server) handle(i interfaceOf, f fields, fs active) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	s.book.settle(now)
	a := i.handle(s, &call{f, now, fs})
	if a.changed && s.cfg.File != "" {
		if err := s.book.save(s.cfg.File); err != nil {
			s.cfg.Log.Error("sandbox book not saved", "err", err)
			return refuse(&refusal{status: statusInternal, text: "系统内部错误."})
		}
	}
	return a
}

func (s *Server) note(name string, logID uint64, a answer) {
	status := statusOK
	if a.refusal != nil {
		status = a.refusal.status
	}
	s.cfg.Log.Info("sandbox answered", "interface", name, "status", status, "log_id", logID)
}

const (
	firstLogID    = 18654852
	logIDBeyond31 = 1 << 31
	farLogIDEvery = 3
)

// nextLogID counts, and jumps above 2^31 now and then, as the service's unsigned numbers do.
func (s *Server) nextLogID() uint64 {
	s.logID++
	if s.logID%farLogIDEvery == 0 {
		return s.logID + logIDBeyond31
	}
	return s.logID
}

// hangUp ends the request and its connection without a byte of an answer; net/http keeps this value for
// exactly that and does not report it.
func hangUp() { panic(http.ErrAbortHandler) }

// wait lets d pass and reports false when the caller has gone.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// half is what arrives of an answer that is cut off.
func half(b []byte) []byte { return b[:len(b)/2] }

func htmlPage(status int) string {
	text := strings.ToUpper(http.StatusText(status))
	return "<html><head><title>" + text + "</title></head><body><h1>" + text + "</h1></body></html>"
}
