package station_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/gateway/cloudpay"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/script"
	"cpos/engine/station"
	"cpos/engine/store"
	"cpos/engine/vault"
)

// BenchmarkDecidedToStored measures what the till itself takes for a payment: from the decision to charge
// to the request written (number, request, intention on disk, call), and from the answer read to its
// outcome on disk. What lies between, the network and the service, is told apart as ms-away. ms-came is the
// same with the second part counted from the moment that the answer's last byte came from the network,
// before the HTTP client has read it. The floor is what no program can avoid on the same disk and network
// stack: two flushes and the writing of a request of the same size. Both take turns, so that they meet the
// same machine. What a till's log takes, three lines in a file, is seen between the two.
func BenchmarkDecidedToStored(b *testing.B) {
	b.Run("quiet", func(b *testing.B) { decidedToStored(b, b.TempDir(), nil) })
	b.Run("logging", func(b *testing.B) {
		dir := b.TempDir()
		decidedToStored(b, dir, benchLog(b, dir))
	})
}

func decidedToStored(b *testing.B, dir string, lines *slog.Logger) {
	watch := &stopwatch{}
	server := benchService(b, watch)
	client, err := gateway.NewHTTP(gateway.HTTPOptions{Dial: watch.dial, Log: lines})
	if err != nil {
		b.Fatal(err)
	}
	defer client.CloseIdleConnections()
	watch.base = client.Transport
	watched := *client
	watched.Transport = watch
	teller := benchTeller(b, dir, &watched, server)
	teller.Log = lines
	raw := newFlushes(b, filepath.Join(dir, "floor"))
	turn := func() (own, came, away, floor time.Duration) {
		start := time.Now()
		row, err := teller.Charge(b.Context(), station.Charge{Amount: 100, Code: codeOf(pay.WeChat, sandbox.PaidAtOnce), Source: "manual"}, nil)
		end := time.Now()
		if err != nil || row.Outcome.Status != pay.Paid {
			b.Fatal(row.Outcome, err)
		}
		m := watch.since(b, start)
		own, came, away = m.wrote.Sub(start)+end.Sub(m.read), m.wrote.Sub(start)+end.Sub(m.came), m.read.Sub(m.wrote)
		start = time.Now()
		raw.flush(b)
		floor = time.Since(start)
		start = time.Now()
		exchange(b, &watched, server)
		floor += watch.since(b, start).wrote.Sub(start)
		start = time.Now()
		raw.flush(b)
		return own, came, away, floor + time.Since(start)
	}
	// The first payments grow the files and prepare the statements, which happens once in a day.
	for range 200 {
		turn()
	}
	var own, came, away, floor []time.Duration
	for b.Loop() {
		o, c, a, f := turn()
		own, came, away, floor = append(own, o), append(came, c), append(away, a), append(floor, f)
	}
	ms := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2].Microseconds()) / 1e3
	}
	b.ReportMetric(0, "ns/op") // the time of a turn means nothing
	b.ReportMetric(ms(own), "ms-own")
	b.ReportMetric(ms(came), "ms-came")
	b.ReportMetric(ms(away), "ms-away")
	b.ReportMetric(ms(floor), "ms-floor")
	b.ReportMetric(ms(own)/ms(floor), "x-floor")
}

// stopwatch notes the moments of an exchange. When a request is written it sees below the client, for the
// client's own word for it comes before the bytes leave.
type stopwatch struct {
	base http.RoundTripper
	mu   sync.Mutex // the client reads and writes in goroutines of its own
	moments
}

type moments struct {
	wrote, had time.Time // the request: by the till, and the latest that the service has of it
	came, read time.Time // the answer: from the network, and whole by the caller
}

func (w *stopwatch) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &watchedConn{c, w.noting(&w.came), w.noting(&w.wrote)}, err
}

func (w *stopwatch) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := w.base.RoundTrip(r)
	if err == nil {
		answer.Body = &watchedBody{answer.Body, w.noting(&w.read)}
	}
	return answer, err
}

func (w *stopwatch) noting(at *time.Time) func() {
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		*at = time.Now()
	}
}

// since gives the moments of the exchange that began after start. A goroutine may come back late from
// writing, when the processor went to the service that was just woken; what the service has is written.
func (w *stopwatch) since(b *testing.B, start time.Time) moments {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.moments
	for _, at := range []time.Time{m.wrote, m.had, m.came, m.read} {
		if at.Before(start) {
			b.Fatalf("no whole exchange was seen: %+v", m)
		}
	}
	if m.had.Before(m.wrote) {
		m.wrote = m.had
	}
	return m
}

type watchedBody struct {
	io.ReadCloser
	ended func()
}

func (r *watchedBody) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err == io.EOF {
		r.ended()
	}
	return n, err
}

type watchedConn struct {
	net.Conn
	read, wrote func()
}

func (c *watchedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.wrote()
	return n, err
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.read()
	}
	return n, err
}

// watchedListener is the service's side.
type watchedListener struct {
	net.Listener
	watch *stopwatch
}

func (l watchedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &watchedConn{c, l.watch.noting(&l.watch.had), func() {}}, err
}

const rawPath = "/raw"

// benchService is the practice service on this machine, with a raw road beside it.
func benchService(b *testing.B, watch *stopwatch) (address string) {
	s, err := sandbox.New(sandbox.Practice())
	if err != nil {
		b.Fatal(err)
	}
	answer := bytes.Repeat([]byte("a"), 1200)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+rawPath, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(answer)
	})
	mux.Handle("/", s)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	web := &http.Server{Handler: mux}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(watchedListener{ln, watch}) }()
	b.Cleanup(func() { web.Close(); <-ended })
	return "http://" + ln.Addr().String()
}

func benchLog(b *testing.B, dir string) *slog.Logger {
	f, err := os.Create(filepath.Join(dir, "till.log"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return slog.New(slog.NewJSONHandler(f, nil))
}

func benchTeller(b *testing.B, dir string, client *http.Client, server string) *station.Teller {
	ctx := context.Background()
	v, err := vault.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(ctx, filepath.Join(dir, "book.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	book, err := ledger.Open(ctx, s, ledger.Options{Sealer: v, Numbering: ledger.Numbering{
		Prefix: sandbox.PracticePrefix, Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice}})
	if err != nil {
		b.Fatal(err)
	}
	g, err := cloudpay.New(gateway.Env{HTTP: client, Store: sandbox.PracticeShop, Device: sandbox.PracticeDevice,
		Clerk: sandbox.PracticeStaff, Options: map[string]string{"base_url": server + sandbox.BasePath,
			"out_mch_id": sandbox.PracticeMerchant, "out_sub_mch_id": sandbox.PracticeSubMerchant, "auth_key": sandbox.PracticeAuthKey}})
	if err != nil {
		b.Fatal(err)
	}
	return &station.Teller{Book: book, Gateway: g, Clock: station.SystemClock{},
		Till:  station.Till{Store: script.Store{ID: sandbox.PracticeShop}, Device: sandbox.PracticeDevice, Clerk: sandbox.PracticeStaff},
		Rules: station.MoneyRules{PollEvery: 2 * time.Second, PollFor: time.Minute, Freeze: true}}
}

// exchange is one HTTP call of about the size of a payment's, by the same client.
func exchange(b *testing.B, client *http.Client, server string) {
	back, err := client.Post(server+rawPath, "application/json", bytes.NewReader(make([]byte, 900)))
	if err != nil {
		b.Fatal(err)
	}
	_, err = io.Copy(io.Discard, back.Body)
	back.Body.Close()
	if err != nil {
		b.Fatal(err)
	}
}

// flushes writes over the pages of a file that has its size already, as a write-ahead log does.
type flushes struct {
	f     *os.File
	pages []byte
	at    int64
}

const flushBytes, flushFile = 16 << 10, 4 << 20

func newFlushes(b *testing.B, path string) *flushes {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	if _, err := f.Write(make([]byte, flushFile)); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	return &flushes{f: f, pages: bytes.Repeat([]byte{1}, flushBytes)}
}

func (w *flushes) flush(b *testing.B) {
	if _, err := w.f.WriteAt(w.pages, w.at); err != nil {
		b.Fatal(err)
	}
	if err := flushData(w.f); err != nil {
		b.Fatal(err)
	}
	w.at = (w.at + flushBytes) % flushFile
}
