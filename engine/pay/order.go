package pay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"
)

// Digest is the SHA-256 of the exact bytes of a request.
type Digest [sha256.Size]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes lower-case hex.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads hex.
func (d *Digest) UnmarshalText(b []byte) error {
	if hex.DecodedLen(len(b)) != len(d) {
		return fmt.Errorf("digest has %d hex characters, want %d", len(b), 2*len(d))
	}
	_, err := hex.Decode(d[:], b)
	return err
}

// Order is one sale's payment. It holds no payment code: the code lives in the sealed request only.
type Order struct {
	ID     string    `json:"id"`     // out_trade_no, made by the till, never reused
	Store  string    `json:"store"`  // the service's store number (out_shop_id)
	Device string    `json:"device"` // terminal number inside the store
	Clerk  string    `json:"clerk"`
	Tender Tender    `json:"tender"`
	Amount Money     `json:"amount"`
	Serial string    `json:"serial,omitempty"` // the POS's own number of the sale
	Remark string    `json:"remark,omitempty"`
	Source string    `json:"source,omitempty"` // where the amount came from: screen, manual, cli
	At     time.Time `json:"at"`
	Digest Digest    `json:"digest"` // of the request that was or will be sent
}

// Refund gives back a part or all of one paid order.
type Refund struct {
	ID       string    `json:"id"` // out_refund_no, made by the till, never reused
	Order    string    `json:"order"`
	Amount   Money     `json:"amount"`
	Reason   string    `json:"reason,omitempty"`
	Clerk    string    `json:"clerk"`
	Approver string    `json:"approver,omitempty"`
	At       time.Time `json:"at"`
	Digest   Digest    `json:"digest"`
}

// Request is the exact content of one money-moving call, fixed before it is sent and sent byte for byte
// however often it is repeated. It may hold a payment code and therefore never prints itself.
type Request struct {
	Number  string // the order or refund number
	Content []byte
}

// Digest identifies the content.
func (r Request) Digest() Digest { return sha256.Sum256(r.Content) }

func (r Request) String() string {
	return fmt.Sprintf("request %s (%d bytes)", r.Number, len(r.Content))
}

// GoString keeps the content out of %#v.
func (r Request) GoString() string { return "pay." + r.String() }

// LogValue keeps the content out of structured logs.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Why is a stable code for the cause of an outcome; the words room turns "why.<code>" into a sentence.
type Why string

const (
	WhyNone            Why = ""
	WhyCustomerStopped Why = "customer_stopped" // the customer closed the password page
	WhyBalance         Why = "balance"          // not enough money
	WhyPayError        Why = "pay_error"        // the platform could not pay
	WhyRefused         Why = "refused"          // refused for a cause that only the service's text tells
	WhyMismatch        Why = "shop_mismatch"    // store, device and clerk do not belong together
	WhyNumberUsed      Why = "number_used"      // the service wants a new number and a new code
	WhyReentry         Why = "reentry"          // the number exists with other content: lock the till
	WhyAuthKey         Why = "auth_key"         // the authentication key is wrong
	WhySignKey         Why = "sign_key"         // the signature private key is wrong
	WhyNotFound        Why = "not_found"        // the service does not know the number
	WhyNotSent         Why = "not_sent"         // nothing left this machine
	WhyNoAnswer        Why = "no_answer"        // sent, and no answer
	WhyForged          Why = "forged"           // the answer's code or signature is wrong
	WhyGarbled         Why = "garbled"          // the answer cannot be read
	WhyContradiction   Why = "contradiction"    // a verified answer speaks of another number, amount or merchant
	WhyBusy            Why = "busy"             // the service asks to try later
	WhyReversing       Why = "reversing"        // an undo is on its way, nobody has answered it
	WhyReversed        Why = "reversed"         // with Unknown: the service will undo it
	WhyEvidence        Why = "evidence"         // a person has seen it at the service; no signed answer yet
	WhyState           Why = "state"            // the service tells a state that nobody has heard of
	WhyTurnedRefund    Why = "turned_refund"    // the service says the order was paid and then refunded
)

// Outcome is what one answer says of a payment.
type Outcome struct {
	Status Status    `json:"status"`
	Trade  string    `json:"trade,omitempty"` // the service's own number
	Why    Why       `json:"why,omitempty"`
	Text   string    `json:"text,omitempty"` // the service's own sentence for the cashier
	Net    Money     `json:"net,omitempty"`  // what the merchant will be settled for, when told
	LogID  uint64    `json:"log_id,omitempty"`
	At     time.Time `json:"at"` // when the service says it happened, else when the answer came
}

// RefundOutcome is what one answer says of a refund.
type RefundOutcome struct {
	Status RefundStatus `json:"status"`
	Trade  string       `json:"trade,omitempty"`
	Why    Why          `json:"why,omitempty"`
	Text   string       `json:"text,omitempty"`
	LogID  uint64       `json:"log_id,omitempty"`
	At     time.Time    `json:"at"`
}

// EntryKind tells the two kinds of statement lines apart.
type EntryKind uint8

const (
	EntryPayment EntryKind = iota + 1
	EntryRefund
)

func (k EntryKind) String() string {
	return nameOf([]string{"unknown", "payment", "refund"}, int(k))
}

// Entry is one line of anybody's statement: ours or theirs.
type Entry struct {
	Kind   EntryKind
	Order  string
	Refund string // empty for a payment
	Store  string
	Device string
	Tender Tender
	Amount Money
	Status Status       // of a payment
	Back   RefundStatus // of a refund
	Trade  string
	At     time.Time
}

// Number is the line's own number: the refund's for a refund, else the order's.
func (e Entry) Number() string {
	if e.Kind == EntryRefund {
		return e.Refund
	}
	return e.Order
}
