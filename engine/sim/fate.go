package sim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"cpos/engine/sandbox"
)

// fateOf draws what a request meets. Mostly nothing.
func (w *world) fateOf(call string, body []byte) fate {
	f := fate{there: w.between(5*time.Millisecond, 60*time.Millisecond), back: w.between(5*time.Millisecond, 60*time.Millisecond)}
	if w.calm || w.current.life.till.quiet() {
		return f
	}
	switch {
	case w.strikes(RequestLost):
		f.lost, f.reset, f.there = true, w.dice.IntN(2) == 0, w.between(0, 3*time.Second)
	case w.strikes(AnswerLost):
		f.unanswered, f.reset = true, true
	case w.strikes(Hang):
		f.unanswered = true
	case w.strikes(AnswerLate):
		f.back = w.between(0, mostInHand)
	case w.strikes(RequestLate):
		f.there = w.between(0, mostInHand)
		if w.dice.IntN(2) == 0 {
			f.there = w.between(payLimit, mostInHand)
		}
	case w.strikes(Twice):
		f.again = w.between(0, mostInHand/2)
	}
	w.spoils(&f, call, body)
	return f
}

// spoils draws how an answer is spoilt or falsified.
func (w *world) spoils(f *fate, call string, body []byte) {
	acts := func(kind sandbox.FaultKind, of Fault) bool {
		if !slices.Contains(lieable[kind], call) || !concerns(kind, body) || !w.strikes(of) {
			return false
		}
		f.lie = of
		f.lies = []sandbox.Fault{{Kind: kind}}
		return true
	}
	switch {
	case acts(sandbox.FaultAmount, LieAmount), acts(sandbox.FaultCurrency, LieCurrency),
		acts(sandbox.FaultNumber, LieNumber), acts(sandbox.FaultMerchant, LieMerchant),
		acts(sandbox.FaultDevice, LieDevice), acts(sandbox.FaultShift, ListShifts), acts(sandbox.FaultDuplicate, ListDoubles),
		acts(sandbox.FaultRefundFails, RefundFails), acts(sandbox.FaultRefundManual, RefundByHand),
		acts(sandbox.FaultForge, Forged), acts(sandbox.FaultInternal, Status3), acts(sandbox.FaultBusy, Status103):
	case w.strikes(Unsigned):
		f.spoil = unsigned
	case w.strikes(CutBody):
		f.spoil = func(r reply) reply { r.body = r.body[:w.dice.IntN(max(1, len(r.body)))]; return r }
	case w.strikes(HTTP500):
		f.spoil = page(http.StatusInternalServerError)
	case w.strikes(HTTP502):
		f.spoil = page(http.StatusBadGateway)
	case w.strikes(HTMLPage):
		f.spoil = page(http.StatusOK)
	case w.strikes(Status101):
		f.spoil = refused101
	case call == "query_order" && w.threatens(Replayed):
		f.spoil = w.replay
	}
}

// concerns says whether a misbehaviour changes anything about a request: a list shifts between its pages,
// and only one platform has refunds that are paid by hand.
func concerns(kind sandbox.FaultKind, body []byte) bool {
	switch kind {
	case sandbox.FaultShift:
		return !bytes.Contains(body, []byte(`page_num\":1,`))
	case sandbox.FaultRefundManual:
		return bytes.Contains(body, []byte(`pay_platform\":1,`))
	}
	return true
}

// lieable says which calls a misbehaviour of the bank can act on.
var lieable = map[sandbox.FaultKind][]string{
	sandbox.FaultAmount:       {"micro_pay", "query_order", "refund", "query_refund_order", "client_order_detail"},
	sandbox.FaultCurrency:     {"micro_pay", "query_order", "refund", "query_refund_order"},
	sandbox.FaultNumber:       {"micro_pay", "query_order", "refund"},
	sandbox.FaultMerchant:     {"micro_pay", "query_order", "refund"},
	sandbox.FaultDevice:       {"client_order_detail"},
	sandbox.FaultShift:        {"client_order_detail"},
	sandbox.FaultDuplicate:    {"client_order_detail"},
	sandbox.FaultRefundFails:  {"refund"},
	sandbox.FaultRefundManual: {"refund"},
	sandbox.FaultForge:        everyCall,
	sandbox.FaultInternal:     everyCall,
	sandbox.FaultBusy:         everyCall,
}

var everyCall = []string{"micro_pay", "query_order", "refund", "query_refund_order", "client_order_detail"}

// unsigned takes the signature off an answer.
func unsigned(r reply) reply {
	var outer map[string]json.RawMessage
	if json.Unmarshal(r.body, &outer) != nil {
		return r
	}
	delete(outer, "authen_info")
	body, err := json.Marshal(outer)
	if err != nil {
		return r
	}
	r.body = body
	return r
}

func page(status int) func(reply) reply {
	return func(r reply) reply {
		r.status, r.body = status, []byte("<html><body>please log in</body></html>")
		return r
	}
}

// refused101 is what anybody between till and bank can say: it needs no signature.
func refused101(r reply) reply {
	r.body = []byte(`{"response_content":"{\"status\":101,\"description\":\"refused\",\"log_id\":1,\"internal_status\":0}"}`)
	return r
}

// replay plays back an old answer about another order, and keeps this one for the next time.
func (w *world) replay(r reply) reply {
	old, ok := w.bank.last["query_order"]
	if r.speaksOf() {
		w.bank.last["query_order"] = reply{status: r.status, body: bytes.Clone(r.body), header: r.header}
	}
	if !ok {
		return r
	}
	w.fire(Replayed)
	return old
}
