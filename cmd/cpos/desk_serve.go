package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"cpos/engine/face"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/station"
	"cpos/engine/words"
)

// deskHost is what the desk serves.
type deskHost struct {
	Lang   words.Lang
	Desk   face.Desk
	View   func() face.View
	Engine func() deskEngine
	// Pay makes a payment; told hears of it in the order that deskPayment promises, and its error before
	// anything is sent ends it.
	Pay     func(ctx context.Context, o payOptions, told func(deskPayment) error) error
	Resolve func(ctx context.Context, order string) error
	// Evidence takes a person's word that an order was paid.
	Evidence func(ctx context.Context, order, transaction, who, reason string) error
	Refund   func(context.Context, station.Giveback) (ledger.RefundRow, error)
	Release  func(ctx context.Context, who, reason string) error
	Shift    func(ctx context.Context, turn, clerk string, cash *pay.Money) (number uint64, err error)
	// Play plays a hook's plan; sent hears of everything that it sends.
	Play func(ctx context.Context, a macroAsk, sent func(keys.Sent)) error
	Stop func()
	// Fault gives the exit code and the sentences of an error.
	Fault func(error) *deskFault
	Board *deskBoard
}

// listenDesk opens the socket of a data folder. Whoever holds the book's lock is the only engine there, so
// a socket that is found was left behind.
func listenDesk(ctx context.Context, data string) (net.Listener, error) {
	path, err := deskPath(data)
	if err != nil {
		return nil, err
	}
	ln, err := openSocket(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open desk: %w", err)
	}
	return ln, nil
}

// serveDesk answers until ctx ends, then closes the socket and waits for every conversation.
func serveDesk(ctx context.Context, ln net.Listener, h deskHost) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var talks sync.WaitGroup
	defer talks.Wait()
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	for {
		conn, err := ln.Accept()
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			cancel()
			return fmt.Errorf("serve desk: %w", err)
		}
		talks.Go(func() { h.talk(ctx, conn) })
	}
}

// longestAsk bounds one request, in bytes.
const longestAsk = 64 << 10

// talk is one conversation. A caller that sends no JSON is told so and left.
func (h deskHost) talk(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer conn.Close()
	out := json.NewEncoder(conn)
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 4096), longestAsk)
	for lines.Scan() {
		var a deskAsk
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			_ = out.Encode(deskSay{Fault: h.Fault(words.Fail(errAsk, "desk.not_understood"))})
			return
		}
		switch a.Do {
		case deskWatch:
			h.watch(ctx, conn, out)
			return
		case deskPay:
			h.pay(ctx, conn, out, a)
			return
		case deskPlay:
			h.play(ctx, conn, out, a)
			return
		}
		if err := out.Encode(h.answer(ctx, a)); err != nil {
			return
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		_ = out.Encode(deskSay{Fault: h.Fault(words.Fail(errAsk, "desk.not_understood"))})
	}
}

// errAsk marks a request that cannot be served.
var errAsk = errors.New("request not understood")

func (h deskHost) answer(ctx context.Context, a deskAsk) deskSay {
	say, err := deskSay{}, error(nil)
	switch a.Do {
	case deskView:
		say = h.now(h.View())
	case deskIntend:
		err = h.intend(a)
	case deskResolve:
		err = h.Resolve(ctx, a.Order)
	case deskEvidence:
		err = h.Evidence(ctx, a.Order, a.Text, a.Who, a.Reason)
	case deskRefund:
		var row ledger.RefundRow
		row, err = h.Refund(ctx, station.Giveback{Order: a.Order, Amount: a.Amount, Reason: a.Reason, Approver: a.Approver})
		if err == nil {
			say.Refund = newDeskGiveback(row)
		}
	case deskRelease:
		err = h.Release(ctx, a.Who, a.Reason)
	case deskShift:
		say.Shift, err = h.Shift(ctx, a.Text, a.Who, a.Cash)
	case deskStop:
		h.Stop()
	default:
		err = words.Fail(errAsk, "desk.not_understood")
	}
	if err != nil {
		return deskSay{Fault: h.Fault(err)}
	}
	return say
}

func (h deskHost) intend(a deskAsk) error {
	kind, known := wishes[a.Intent]
	if !known {
		return words.Fail(errAsk, "desk.not_understood")
	}
	turn := a.Turn
	if turn == 0 {
		turn = h.View().Turn
	}
	h.Desk.Intend(face.Intent{Kind: kind, Turn: turn, Amount: a.Amount, Text: a.Text})
	return nil
}

func (h deskHost) now(v face.View) deskSay {
	engine := h.Engine()
	return deskSay{View: newDeskFace(v, h.Lang), Engine: &engine}
}

// pay makes a payment for a caller, who ends the waiting by hanging up on his side.
func (h deskHost) pay(ctx context.Context, conn net.Conn, out *json.Encoder, a deskAsk) {
	ctx, end := untilHungUp(ctx, conn)
	defer end()
	o := payOptions{amount: a.Amount, code: a.Text, order: a.Order, serial: a.Serial, remark: a.Remark, noWait: a.NoWait, again: a.Again}
	err := h.Pay(ctx, o, func(p deskPayment) error { return out.Encode(deskSay{Pay: &p}) })
	if err != nil {
		_ = out.Encode(deskSay{Fault: h.Fault(err)}) // a caller who is gone finds it in the book
	}
}

// play plays a plan for a caller, who ends it by hanging up.
func (h deskHost) play(ctx context.Context, conn net.Conn, out *json.Encoder, a deskAsk) {
	if a.Macro == nil {
		_ = out.Encode(deskSay{Fault: h.Fault(words.Fail(errAsk, "desk.not_understood"))})
		return
	}
	ctx, end := untilHungUp(ctx, conn)
	defer end()
	err := h.Play(ctx, *a.Macro, func(s keys.Sent) {
		row := newSentJSON(s)
		_ = out.Encode(deskSay{Sent: &row}) // a caller who is gone ends ctx
	})
	var at *keys.StepError
	switch {
	case err == nil:
		_ = out.Encode(deskSay{Played: &deskPlayed{}})
	case errors.As(err, &at) && !errors.Is(err, keys.ErrPlan):
		played := deskPlayed{Step: at.Number, Sent: at.Sent, Why: keys.Why(at.Err)}
		if at.Several() {
			played.UntilStep, played.UntilSent = at.Until.Number, at.Until.Sent
		}
		_ = out.Encode(deskSay{Played: &played})
	default:
		_ = out.Encode(deskSay{Fault: h.Fault(err)})
	}
}

// untilHungUp gives a context that ends when the caller hangs up. What he says meanwhile is not heard. end
// closes the conversation and waits.
func untilHungUp(ctx context.Context, conn net.Conn) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var listener sync.WaitGroup
	listener.Go(func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, conn) // ends when either side hangs up
	})
	return ctx, func() {
		_ = conn.Close() // nothing is buffered
		listener.Wait()
	}
}

// watch sends what is shown, now and at every change, until the caller hangs up.
func (h deskHost) watch(ctx context.Context, conn net.Conn, out *json.Encoder) {
	views, leave := h.Board.look()
	defer leave()
	ctx, end := untilHungUp(ctx, conn)
	defer end()
	if out.Encode(h.now(h.View())) != nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case v := <-views:
			if out.Encode(deskSay{View: newDeskFace(v, h.Lang)}) != nil {
				return
			}
		}
	}
}

// deskBoard is a face.Face that hands each view to everybody who watches. A watcher that does not keep up
// loses the oldest views, never the newest.
type deskBoard struct {
	mu       sync.Mutex
	watchers map[chan face.View]bool
}

// unread is how many views wait for a slow watcher.
const unread = 64

// Show hands a view out.
func (b *deskBoard) Show(v face.View) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.watchers {
		for sent := false; !sent; {
			select {
			case c <- v:
				sent = true
			default:
				select {
				case <-c:
				default:
				}
			}
		}
	}
}

// look begins to watch; leave ends it.
func (b *deskBoard) look() (views <-chan face.View, leave func()) {
	c := make(chan face.View, unread)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers == nil {
		b.watchers = map[chan face.View]bool{}
	}
	b.watchers[c] = true
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, c)
	}
}
