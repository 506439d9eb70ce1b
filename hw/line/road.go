package line

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"cpos/hw/port"
)

// Wire is where the bytes of a POS can be heard.
type Wire struct {
	Port    string // what the POS writes arrives here: a serial port, or "host:port" or ":port" to serve
	Forward string // every byte goes on to here; empty where there is no device behind
	Serial  port.SerialSettings
	// Trouble tells once that an end is away (ErrAway), and once with nil that all is there again. It must
	// not wait.
	Trouble func(error)
}

// AwayError says which port cannot be opened, or was lost.
type AwayError struct {
	Port string
	Err  error
}

func (e *AwayError) Error() string { return fmt.Sprintf("port %s: %v", e.Port, e.Err) }
func (e *AwayError) Unwrap() error { return e.Err }

// hearing is one stream of bytes: a serial line, or one connection.
type hearing struct {
	heard func(b []byte)
	ended func() // no more bytes will come
}

// road carries the bytes of a wire and lets them be heard.
type road struct {
	Wire
	patient bool           // the device is worth waiting for
	begin   func() hearing // a stream begins
	mu      sync.Mutex
	away    [2]error // by port.End
}

func (r *road) run(ctx context.Context) error {
	if r.Port == "" {
		return errors.New("no port to listen on")
	}
	var far port.Opener
	if r.Forward != "" {
		far = port.Named(r.Forward, r.Serial)
	}
	if port.IsNetwork(r.Port) {
		p := port.Proxy{Address: r.Port, Far: far, Turned: r.turned,
			Heard: func() (func([]byte), func()) { h := r.begin(); return h.heard, h.ended }}
		return p.Run(ctx)
	}
	h := r.begin()
	b := port.Between{Near: port.Serial(r.Port, r.Serial), Far: far, Heard: h.heard, Patient: r.patient,
		Lazy: port.IsNetwork(r.Forward), Turned: func(end port.End, err error) {
			if end == port.NearEnd && err != nil {
				h.ended()
			}
			r.turned(end, err)
		}}
	return b.Run(ctx)
}

// turned notes that an end came or went, and tells it.
func (r *road) turned(end port.End, err error) {
	r.mu.Lock()
	was := errors.Join(r.away[port.NearEnd], r.away[port.FarEnd])
	name := r.Port
	if end == port.FarEnd {
		name = r.Forward
	}
	r.away[end] = nil
	if err != nil {
		r.away[end] = &AwayError{name, err}
	}
	is := errors.Join(r.away[port.NearEnd], r.away[port.FarEnd])
	r.mu.Unlock()
	if r.Trouble != nil && (err != nil || was != nil && is == nil) {
		r.Trouble(is)
	}
}

// gone says why nothing can be heard; nil while the POS's end is there.
func (r *road) gone() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.away[port.NearEnd]
}
