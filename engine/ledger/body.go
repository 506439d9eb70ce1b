package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"cpos/engine/pay"
)

// A body is one JSON object per fact, its members in the order of the structs below and its amounts in
// whole fen, so that the same content always gives the same bytes. The structs are the format: a change
// of meaning takes a new version number and a new struct, and the old one stays, for old facts are read
// for ever.
//
// Rows are folded from the decoded bytes, or from the values that were encoded where those are exact. What
// a row says is therefore what the chain proves, also where JSON cannot hold a value.

const versionOne uint16 = 1

// exacter is a body that writes its own bytes and can say whether decoding them would give the same body
// again. The two that every payment writes do, while a customer waits.
type exacter interface {
	exact() bool
	written() []byte
}

func (b intentionV1) exact() bool {
	var t pay.Tender
	return t.UnmarshalText([]byte(b.Tender.String())) == nil &&
		valid(b.Order, b.Store, b.Device, b.Clerk, b.Serial, b.Remark, b.Source)
}

func (b outcomeV1) exact() bool {
	var s pay.Status
	return s.UnmarshalText([]byte(b.Status.String())) == nil && valid(b.Trade, string(b.Why), b.Text)
}

func valid(texts ...string) bool {
	for _, s := range texts {
		if !utf8.ValidString(s) {
			return false
		}
	}
	return true
}

// errFormat says that a fact's version or body is not one this program can read.
var errFormat = errors.New("fact has an unknown format")

type intentionV1 struct {
	Order  string     `json:"order"`
	Store  string     `json:"store"`
	Device string     `json:"device"`
	Clerk  string     `json:"clerk"`
	Tender pay.Tender `json:"tender"`
	Fen    int64      `json:"fen"`
	Serial string     `json:"serial"`
	Remark string     `json:"remark"`
	Source string     `json:"source"`
	At     stamp      `json:"at"`
	Digest pay.Digest `json:"digest"`
}

type outcomeV1 struct {
	Status pay.Status `json:"status"`
	Trade  string     `json:"trade"`
	Why    pay.Why    `json:"why"`
	Text   string     `json:"text"`
	NetFen int64      `json:"net_fen"`
	LogID  uint64     `json:"log_id"`
	At     stamp      `json:"at"`
}

type refundV1 struct {
	Refund   string     `json:"refund"`
	Order    string     `json:"order"`
	Fen      int64      `json:"fen"`
	Reason   string     `json:"reason"`
	Clerk    string     `json:"clerk"`
	Approver string     `json:"approver"`
	At       stamp      `json:"at"`
	Digest   pay.Digest `json:"digest"`
}

type refundOutcomeV1 struct {
	Status pay.RefundStatus `json:"status"`
	Trade  string           `json:"trade"`
	Why    pay.Why          `json:"why"`
	Text   string           `json:"text"`
	LogID  uint64           `json:"log_id"`
	At     stamp            `json:"at"`
}

type slipV1 struct {
	Kind  string `json:"kind"`
	Copy  int    `json:"copy"`
	Proof string `json:"proof"`
	Why   string `json:"why"`
}

type remarkV1 struct {
	Text  string `json:"text"`
	Clerk string `json:"clerk"`
}

type haltV1 struct {
	At          stamp          `json:"at"`
	Differences []differenceV1 `json:"differences"`
}

type differenceV1 struct {
	Code      DiffCode `json:"code"`
	Number    string   `json:"number"`
	OursFen   int64    `json:"ours_fen"`
	TheirsFen int64    `json:"theirs_fen"`
	State     string   `json:"state"`
}

type releaseV1 struct {
	Who    string `json:"who"`
	Reason string `json:"reason"`
}

// stamp is a time in UTC and whole ms, the precision of the book.
type stamp time.Time

const stampForm = "2006-01-02T15:04:05.000Z"

// MarshalText refuses years that RFC 3339 cannot write.
func (s stamp) MarshalText() ([]byte, error) {
	t := whole(time.Time(s))
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, fmt.Errorf("year %d cannot be recorded", t.Year())
	}
	return []byte(t.Format(stampForm)), nil
}

// UnmarshalText reads exactly the form that MarshalText writes.
func (s *stamp) UnmarshalText(b []byte) error {
	t, err := time.Parse(stampForm, string(b))
	*s = stamp(t)
	return err
}

func whole(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }

// encode gives the canonical bytes of a body.
func encode(body any) ([]byte, error) {
	if own, ok := body.(exacter); ok {
		if b := own.written(); b != nil {
			return b, nil
		}
	}
	b, err := marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode fact: %w", err)
	}
	return b, nil
}

// marshal is encoding/json without its escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// decode reads the body of a fact into the struct of its version. It refuses members that the version
// does not have and anything behind the object, since such bytes were not written by the book.
func decode[T any](f Fact) (T, error) {
	var body T
	if f.Version != versionOne {
		return body, fmt.Errorf("fact %d, %s version %d: %w", f.Seq, f.Kind, f.Version, errFormat)
	}
	d := json.NewDecoder(bytes.NewReader(f.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return body, fmt.Errorf("fact %d, %s: %w: %w", f.Seq, f.Kind, errFormat, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return body, fmt.Errorf("fact %d, %s: %w", f.Seq, f.Kind, errFormat)
	}
	return body, nil
}

func bodyOfOrder(o pay.Order) intentionV1 {
	return intentionV1{o.ID, o.Store, o.Device, o.Clerk, o.Tender, int64(o.Amount), o.Serial, o.Remark,
		o.Source, stamp(whole(o.At)), o.Digest}
}

func (b intentionV1) order() pay.Order {
	return pay.Order{ID: b.Order, Store: b.Store, Device: b.Device, Clerk: b.Clerk, Tender: b.Tender,
		Amount: pay.Money(b.Fen), Serial: b.Serial, Remark: b.Remark, Source: b.Source,
		At: time.Time(b.At), Digest: b.Digest}
}

func bodyOfOutcome(o pay.Outcome) outcomeV1 {
	return outcomeV1{o.Status, o.Trade, o.Why, o.Text, int64(o.Net), o.LogID, stamp(whole(o.At))}
}

func (b outcomeV1) outcome() pay.Outcome {
	return pay.Outcome{Status: b.Status, Trade: b.Trade, Why: b.Why, Text: b.Text,
		Net: pay.Money(b.NetFen), LogID: b.LogID, At: time.Time(b.At)}
}

func bodyOfRefund(r pay.Refund) refundV1 {
	return refundV1{r.ID, r.Order, int64(r.Amount), r.Reason, r.Clerk, r.Approver, stamp(r.At), r.Digest}
}

func (b refundV1) refund() pay.Refund {
	return pay.Refund{ID: b.Refund, Order: b.Order, Amount: pay.Money(b.Fen), Reason: b.Reason,
		Clerk: b.Clerk, Approver: b.Approver, At: time.Time(b.At), Digest: b.Digest}
}

func bodyOfRefundOutcome(o pay.RefundOutcome) refundOutcomeV1 {
	return refundOutcomeV1{o.Status, o.Trade, o.Why, o.Text, o.LogID, stamp(o.At)}
}

func (b refundOutcomeV1) outcome() pay.RefundOutcome {
	return pay.RefundOutcome{Status: b.Status, Trade: b.Trade, Why: b.Why, Text: b.Text,
		LogID: b.LogID, At: time.Time(b.At)}
}

func bodyOfHalt(at time.Time, ds []Difference) haltV1 {
	b := haltV1{At: stamp(at), Differences: []differenceV1{}}
	for _, d := range ds {
		b.Differences = append(b.Differences,
			differenceV1{d.Code, d.Number, int64(d.Ours), int64(d.Theirs), d.State})
	}
	return b
}

func (b haltV1) halt() Halt {
	h := Halt{At: time.Time(b.At)}
	for _, d := range b.Differences {
		h.Differences = append(h.Differences,
			Difference{d.Code, d.Number, pay.Money(d.OursFen), pay.Money(d.TheirsFen), d.State})
	}
	return h
}
