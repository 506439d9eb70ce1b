package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"path"
	"time"

	"cpos/engine/pay"
)

// Note is what a driver read in an answer and the log may hold.
type Note struct {
	Status int    // the service's own status; -1 while no answer was understood
	LogID  uint64 // the service's number of the call, for its support desk
}

// ping is the interface that asks for a sign of life only.
const ping = "ping"

type noteKey struct{}

// WithNote hands the client a note that the driver fills in before it closes the answer's body; the log
// line of the call is written then.
func WithNote(ctx context.Context, n *Note) context.Context {
	return context.WithValue(ctx, noteKey{}, n)
}

// wire sorts what can go wrong on the way, bounds the wait for a connection and the length of an answer,
// and writes the redacted log.
type wire struct {
	base    *http.Transport
	log     *slog.Logger
	connect time.Duration
	maxBody int64
}

var errConnectSlow = errors.New("no connection in time")

// RoundTrip sends one request. A request counts as unsent only as long as no connection was handed to
// it: from then on its bytes may leave at any moment, even while an error is on its way back.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	connected := false // written and read by this goroutine alone, for GotConn is called inside RoundTrip
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(w.connect, func() { cancel(errConnectSlow) })
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			connected = true
			timer.Stop()
		},
	})
	answer, err := w.base.RoundTrip(r.WithContext(ctx))
	timer.Stop()
	if err != nil {
		defer cancel(nil)
		err = sorted(ctx, err, connected)
		w.tell(r, start, 0, err)
		return nil, err
	}
	status := answer.StatusCode
	answer.Body = &limitedBody{ReadCloser: answer.Body, left: w.maxBody, closed: func() {
		cancel(nil)
		w.tell(r, start, status, nil)
	}}
	return answer, nil
}

// sorted marks an error with what it means for the money.
func sorted(ctx context.Context, err error, connected bool) error {
	if cause := context.Cause(ctx); errors.Is(cause, errConnectSlow) {
		err = errConnectSlow
	}
	kind := pay.ErrNotSent
	if connected {
		kind = pay.ErrNoAnswer
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// tell writes the log line. The path's last element is the interface; nothing else of the request is said.
func (w *wire) tell(r *http.Request, start time.Time, status int, err error) {
	if w.log == nil {
		return
	}
	attrs := []slog.Attr{
		slog.String("interface", path.Base(r.URL.Path)),
		slog.Int64("ms", time.Since(start).Milliseconds()),
	}
	if status != 0 {
		attrs = append(attrs, slog.Int("http", status))
	}
	if n, ok := r.Context().Value(noteKey{}).(*Note); ok && err == nil {
		attrs = append(attrs, slog.Int("status", n.Status), slog.Uint64("log_id", n.LogID))
	}
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("err", err.Error()))
	}
	if path.Base(r.URL.Path) == ping {
		level = slog.LevelDebug // a road that is closed for a night is felt for every two seconds
	}
	w.log.LogAttrs(r.Context(), level, "gateway call", attrs...)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the pool.
func (w *wire) CloseIdleConnections() { w.base.CloseIdleConnections() }
