package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"time"

	"cpos/engine/fault"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
)

// Times of the network.
const (
	payLimit   = 30 * time.Second // as the driver has them
	askLimit   = 10 * time.Second
	pingLimit  = 2 * time.Second
	dialLimit  = 5 * time.Second
	mostInHand = 45 * time.Second // the longest that a request is on its way; the tills wait for 60 s
)

// link is a till's way to the bank, in place of an HTTP transport. What a request meets is drawn when it
// leaves.
type link struct{ life *life }

// exchange is one request in flight. Whatever comes first ends it: an answer, an error, the time-out.
type exchange struct {
	thread *thread
	life   *life
	call   string
	body   []byte
	done   bool
	failed int // commits of the till when it left
	back   reply
	err    error
}

var (
	errTimeOut = errors.New("time-out")
	errReset   = errors.New("connection reset")
)

// fate is what a request meets on its way.
type fate struct {
	lost, unanswered, reset bool
	there, back, again      time.Duration
	spoil                   func(reply) reply
	lie                     Fault
	lies                    []sandbox.Fault
}

// RoundTrip carries one request.
func (l *link) RoundTrip(r *http.Request) (*http.Response, error) {
	w, t := l.life.till.w, l.life.till
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	call := path.Base(r.URL.Path)
	l.life.point(sends[call].before)
	if err := t.unreachable(min(dialLimit, limitOf(call))); err != nil {
		return nil, err
	}
	x := &exchange{thread: w.current, life: l.life, call: call, body: body, failed: t.disk.failed}
	f := w.fateOf(call, body)
	x.launch(f, limitOf(call))
	l.life.point(sends[call].after)
	w.park()
	if x.err != nil {
		if w.tracing() {
			w.tell(t.name, call+": "+x.err.Error())
		}
		return nil, fmt.Errorf("%w: %w", pay.ErrNoAnswer, x.err)
	}
	if w.tracing() {
		w.tell(t.name, fmt.Sprintf("%s: answer %d, %d bytes", call, x.back.status, len(x.back.body)))
	}
	return &http.Response{StatusCode: x.back.status, Body: io.NopCloser(bytes.NewReader(x.back.body)), Header: x.back.header,
		ContentLength: int64(len(x.back.body)), Request: r}, nil
}

// limitOf is how long a till waits for an answer. It is the program's own limit, on the world's clock.
func limitOf(call string) time.Duration {
	switch call {
	case "micro_pay", "refund", "reverse":
		return payLimit
	case "ping":
		return pingLimit
	}
	return askLimit
}

// sends are the points of each call.
var sends = func() map[string]struct{ before, after fault.Point } {
	all := map[string]struct{ before, after fault.Point }{}
	for _, c := range append([]string{"reverse", "ping"}, everyCall...) {
		all[c] = struct{ before, after fault.Point }{fault.Point(fault.BeforeSend + c), fault.Point(fault.AfterSend + c)}
	}
	return all
}()

// unreachable is the error of a connection that cannot be had, or nil.
func (t *till) unreachable(within time.Duration) error {
	w := t.w
	switch {
	case t.linkUntil > w.now && !t.swallows:
		w.fire(Outage)
		w.sleep(w.between(0, within))
		return fmt.Errorf("%w: network is unreachable", pay.ErrNotSent)
	case t.linkUntil <= w.now && !t.quiet() && w.strikes(Refused):
		w.sleep(w.between(0, within))
		return fmt.Errorf("%w: no connection", pay.ErrNotSent)
	}
	return nil
}

// launch sends the request on its way.
func (x *exchange) launch(f fate, limit time.Duration) {
	w, t := x.life.till.w, x.life.till
	w.after(limit, func() { x.end(reply{}, errTimeOut) })
	if t.linkUntil > w.now && t.swallows {
		w.fire(BlackHole)
		return
	}
	if f.lost {
		if f.reset {
			w.after(f.there, func() { x.end(reply{}, errReset) })
		}
		return
	}
	w.after(f.there, func() { x.arrive(f) })
	if f.again > 0 {
		w.after(f.there+f.again, func() { w.bank.arrive(x, fate{}) })
	}
}

// arrive is the request at the bank, whatever became of the till meanwhile.
func (x *exchange) arrive(f fate) {
	w := x.life.till.w
	if x.cutOff() {
		return
	}
	back := w.bank.arrive(x, f)
	if back.lost {
		w.after(f.back, func() { x.end(reply{}, errReset) })
		return
	}
	if f.spoil != nil {
		back = f.spoil(back)
	}
	if f.unanswered {
		if f.reset {
			w.after(f.back, func() { x.end(reply{}, errReset) })
		}
		return
	}
	w.after(f.back, func() {
		if !x.cutOff() && x.end(back, nil) && len(f.lies) > 0 && back.speaksOf() {
			x.life.lied(x, f.lie)
		}
	})
}

// cutOff says that the link is down at this moment, so that what is under way on it is lost.
func (x *exchange) cutOff() bool {
	w, t := x.life.till.w, x.life.till
	switch {
	case t.linkUntil <= w.now:
		return false
	case t.swallows:
		w.fire(BlackHole)
	default:
		w.fire(Outage)
		w.after(0, func() { x.end(reply{}, errReset) })
	}
	return true
}

// end resumes the till unless it has given up or lost its power.
func (x *exchange) end(back reply, err error) bool {
	if x.done || x.life.dead {
		return false
	}
	x.done, x.back, x.err = true, back, err
	x.life.till.w.resume(x.thread)
	return true
}

// arrive notes what comes in which order and lets the bank have it.
func (b *bank) arrive(x *exchange, f fate) reply {
	switch number := numberIn(x.body); x.call {
	case "query_order":
		if !b.came[number] {
			b.asked[number] = true
		}
	case "micro_pay":
		if b.asked[number] && !b.came[number] {
			b.w.fire(Reordered)
		}
		if !b.came[number] && b.w.plan.twins {
			b.w.twinPays(x.life.till, number)
		}
		b.came[number] = true
	}
	back := b.handle(x.call, x.body, f.lies...)
	if b.w.tracing() {
		b.w.tell("bank", fmt.Sprintf("%s %s from %s: %d bytes", x.call, numberIn(x.body), x.life.till.name, len(back.body)))
	}
	return back
}
