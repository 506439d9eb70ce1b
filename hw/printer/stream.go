package printer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"cpos/engine/receipt"
	"cpos/hw/port"
)

// Status is whether a printer is asked how it is.
type Status uint8

// The ways to ask. The zero way suits every two-way port, also with a printer that never answers.
const (
	StatusAsk  Status = iota // ask; whoever is silent is printed to without proof
	StatusNone               // one-way wiring: never ask
)

// Options of a printer behind a byte port. Zero values mean the defaults.
type Options struct {
	Status Status
	Rate   int           // bytes per second the printer surely swallows and prints; 4096
	Answer time.Duration // how long an answer to a status question may take; 500 ms
	Pace   port.Pace
}

const (
	defaultRate   = 4096
	defaultAnswer = 500 * time.Millisecond
	// slack is what a job may take beyond its bytes: feeding, cutting, a head that starts moving.
	slack = 5 * time.Second
	// hangup is how long a printer that cannot confirm is watched for breaking the connection.
	hangup = 150 * time.Millisecond
	// DefaultPort is where network printers listen for raw jobs.
	DefaultPort = "9100"
)

// Stream is a printer behind a byte port. It carries one job at a time and opens the port for each, since
// most network printers serve one caller and make the next one wait.
type Stream struct {
	open port.Opener
	opt  Options
	turn chan struct{} // one token: held while the port is open
}

// NewStream makes a printer behind any port.
func NewStream(open port.Opener, o Options) *Stream {
	if o.Rate <= 0 {
		o.Rate = defaultRate
	}
	if o.Answer <= 0 {
		o.Answer = defaultAnswer
	}
	return &Stream{open: open, opt: o, turn: make(chan struct{}, 1)}
}

// NewNetwork makes a printer at host or host:port; the port is 9100 where left out.
func NewNetwork(address string, o Options) (*Stream, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		host, service = address, DefaultPort
	}
	if host == "" || service == "" {
		return nil, fmt.Errorf("printer address %q: want host or host:port", address)
	}
	return NewStream(port.TCP(net.JoinHostPort(host, service)), o), nil
}

// Print carries one job. Its time is bounded by the number of bytes.
func (s *Stream) Print(ctx context.Context, j receipt.Job) (receipt.Proof, error) {
	p, err := s.begin(ctx)
	if err != nil {
		return receipt.ProofNone, err
	}
	proof, err := s.carry(ctx, p, j.Bytes)
	if cerr := s.end(p); proof == receipt.ProofSent && cerr != nil {
		return receipt.ProofUnknown, FaultBroken.because(cerr)
	}
	return proof, err
}

// Check reaches the printer and asks how it is, without printing. A silent printer passes.
func (s *Stream) Check(ctx context.Context) error {
	p, err := s.begin(ctx)
	if err != nil {
		return err
	}
	_, err = s.ask(ctx, p)
	return errors.Join(err, s.end(p))
}

func (s *Stream) begin(ctx context.Context) (port.Port, error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if ctx.Err() != nil { // select had the choice between the turn and the end
		<-s.turn
		return nil, context.Cause(ctx)
	}
	p, err := s.open(ctx)
	if err != nil {
		<-s.turn
		return nil, FaultUnreachable.because(err)
	}
	return p, nil
}

func (s *Stream) end(p port.Port) error {
	defer func() { <-s.turn }()
	return p.Close()
}

// carry asks, writes and waits for the proof.
func (s *Stream) carry(ctx context.Context, p port.Port, job []byte) (receipt.Proof, error) {
	talks, err := s.ask(ctx, p)
	if err != nil {
		return receipt.ProofNone, err
	}
	allowed := s.allowed(len(job))
	n, err := port.Write(ctx, p, job, s.opt.Pace, time.Now().Add(allowed))
	switch {
	case err != nil && n == 0:
		return receipt.ProofNone, FaultBroken.because(err)
	case err != nil:
		return receipt.ProofUnknown, FaultBroken.because(err)
	case !talks:
		return s.watch(ctx, p)
	}
	return s.confirm(ctx, p, allowed)
}

// allowed is the time a job may take.
func (s *Stream) allowed(n int) time.Duration {
	return slack + time.Duration(n)*time.Second/time.Duration(s.opt.Rate) + s.opt.Pace.Time(n)
}

// watch looks at a printer that says nothing: all that can still be seen is the connection breaking.
func (s *Stream) watch(ctx context.Context, p port.Port) (receipt.Proof, error) {
	if s.opt.Status == StatusNone {
		return receipt.ProofSent, nil // nothing ever comes back, not even the end
	}
	deadline := time.Now().Add(hangup)
	for {
		_, err := port.ReadByte(ctx, p, deadline)
		switch {
		case isSilence(err):
			return receipt.ProofSent, nil
		case err != nil:
			return receipt.ProofUnknown, FaultBroken.because(err)
		}
	}
}

// confirm asks in turn (GS r 1): the answer comes when all bytes before it were read and processed.
func (s *Stream) confirm(ctx context.Context, p port.Port, allowed time.Duration) (receipt.Proof, error) {
	deadline := time.Now().Add(allowed)
	_, err := port.Write(ctx, p, []byte{0x1D, 0x72, 1}, port.Pace{}, deadline)
	if err == nil {
		_, err = await(ctx, p, deadline, isPaperAnswer)
	}
	switch {
	case err == nil:
		return receipt.ProofDrained, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return receipt.ProofUnknown, s.why(ctx, p)
	}
	return receipt.ProofUnknown, FaultBroken.because(err)
}

// why names the cause of a job that was not confirmed, where the printer still tells it.
func (s *Stream) why(ctx context.Context, p port.Port) error {
	if _, err := s.ask(ctx, p); err != nil {
		return err
	}
	return FaultSilent
}

// ask puts the real-time questions (DLE EOT 1, 2, 4), which a printer answers even when offline. It tells
// whether the printer answers at all, and the fault it reports.
func (s *Stream) ask(ctx context.Context, p port.Port) (bool, error) {
	if s.opt.Status == StatusNone {
		return false, nil
	}
	var got [5]byte
	for _, n := range []byte{1, 2, 4} {
		deadline := time.Now().Add(s.opt.Answer)
		if _, err := port.Write(ctx, p, []byte{0x10, 0x04, n}, port.Pace{}, deadline); err != nil {
			return false, FaultBroken.because(err)
		}
		b, err := await(ctx, p, deadline, isStatusAnswer)
		switch {
		case isSilence(err):
			return false, readStatus(got) // some answer the first question only
		case err != nil:
			return false, FaultBroken.because(err)
		}
		got[n] = b
	}
	return true, readStatus(got)
}

// isSilence tells "nothing came" from a connection that broke.
func isSilence(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, port.ErrOneWay)
}

// await reads until a byte fits, passing over flow control and automatic status. The latter comes in
// groups of four, the last three of which look like answers to GS r.
func await(ctx context.Context, p port.Port, deadline time.Time, fits func(byte) bool) (byte, error) {
	const groupTail = 3
	skip := 0
	for {
		b, err := port.ReadByte(ctx, p, deadline)
		switch {
		case err != nil:
			return 0, err
		case isGroupHead(b):
			skip = groupTail
		case skip > 0 && isPaperAnswer(b):
			skip--
		case fits(b):
			return b, nil
		}
	}
}

// The fixed bits by which answers are told apart.
func isStatusAnswer(b byte) bool { return b&0x93 == 0x12 }
func isGroupHead(b byte) bool    { return b&0x93 == 0x10 }
func isPaperAnswer(b byte) bool  { return b&0x90 == 0x00 }

// readStatus finds the fault in the answers to DLE EOT 1, 2 and 4. Not every printer sets both bits of a
// pair, so any of them counts. Paper near its end is no fault.
func readStatus(got [5]byte) error {
	const (
		offline    = 0x08 // 1
		coverOpen  = 0x04 // 2
		paperStop  = 0x20 // 2
		errorState = 0x40 // 2
		paperEnd   = 0x60 // 4
	)
	switch {
	case got[2]&coverOpen != 0:
		return FaultCover
	case got[2]&paperStop != 0, got[4]&paperEnd != 0:
		return FaultPaper
	case got[2]&errorState != 0:
		return FaultError
	case got[1]&offline != 0:
		return FaultOffline
	}
	return nil
}
