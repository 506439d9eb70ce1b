package printertest

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Emulator is a small network printer: it takes raw jobs over TCP and answers status questions as a
// receipt printer does. Set its fields before serving.
type Emulator struct {
	Silent   bool // answers nothing
	NoDrain  bool // answers real-time questions, and never GS r
	DieAfter int  // breaks the connection after this many bytes of a job; 0 means never
	Chatty   bool // sends automatic status and flow control between its answers

	// Answers to DLE EOT 1, 2 and 4; 0 means good.
	Printer, Cause, Paper byte

	mu      sync.Mutex
	arrived [][]byte
}

const good = 0x12 // every DLE EOT answer with nothing to report

// Serve accepts one connection after another until ctx ends, as a printer with a single socket does.
func (e *Emulator) Serve(ctx context.Context, ln net.Listener) error {
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	for {
		c, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		e.session(ctx, c)
	}
}

// Arrived gives the jobs that were read, without the status questions in and behind them. A job that was
// broken off is among them as far as it came.
func (e *Emulator) Arrived() [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([][]byte(nil), e.arrived...)
}

// session reads one connection to its end. What was read of a job is kept before its receipt is confirmed.
func (e *Emulator) session(ctx context.Context, c net.Conn) {
	defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })()
	defer c.Close()
	in := &input{conn: c}
	index := -1
	for {
		b, err := in.next()
		if err != nil {
			return
		}
		if answer, isQuestion := e.question(in, b); isQuestion {
			if len(answer) > 0 {
				if _, err := c.Write(answer); err != nil {
					return
				}
			}
			continue
		}
		index = e.keep(index, b)
		if e.DieAfter > 0 && e.length(index) >= e.DieAfter {
			return
		}
	}
}

func (e *Emulator) keep(index int, b byte) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if index < 0 {
		e.arrived = append(e.arrived, nil)
		index = len(e.arrived) - 1
	}
	e.arrived[index] = append(e.arrived[index], b)
	return index
}

func (e *Emulator) length(index int) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.arrived[index])
}

// question recognises DLE EOT n and GS r n at b and gives the answer.
func (e *Emulator) question(in *input, b byte) (answer []byte, is bool) {
	if n, yes := in.after(b, 0x10, 0x04); yes {
		return e.say(map[byte]byte{1: e.Printer, 2: e.Cause, 4: e.Paper}[n] | good), true
	}
	if _, yes := in.after(b, 0x1D, 0x72); yes {
		if e.NoDrain {
			return nil, true
		}
		const nothingToReport = 0x00
		return e.say(nothingToReport), true
	}
	return nil, false
}

func (e *Emulator) say(b byte) []byte {
	switch {
	case e.Silent:
		return nil
	case e.Chatty: // XON, then a group of automatic status, then what was asked for
		return []byte{0x11, 0x10, 0x00, 0x00, 0x00, b}
	}
	return []byte{b}
}

// input reads bytes and can look two ahead.
type input struct {
	conn  net.Conn
	ahead []byte
}

var errEnd = errors.New("end of input")

func (i *input) next() (byte, error) {
	if !i.fill(1) {
		return 0, errEnd
	}
	b := i.ahead[0]
	i.ahead = i.ahead[1:]
	return b, nil
}

// after says whether b begins the command first second n, and takes it in if so.
func (i *input) after(b, first, second byte) (n byte, is bool) {
	if b != first || !i.fill(1) || i.ahead[0] != second || !i.fill(2) {
		return 0, false
	}
	n = i.ahead[1]
	i.ahead = i.ahead[2:]
	return n, true
}

func (i *input) fill(n int) bool {
	var buf [4096]byte
	for len(i.ahead) < n {
		k, err := i.conn.Read(buf[:])
		i.ahead = append(i.ahead, buf[:k]...)
		if err != nil && len(i.ahead) < n {
			return false
		}
	}
	return true
}
