package pay

import (
	"errors"
	"log/slog"
	"strings"
)

// Kind says what a scanned text is.
type Kind uint8

// The zero kind is a text that is not ours and goes back to the POS untouched.
const (
	KindOther Kind = iota
	KindWeChat
	KindAlipay
	KindOrder // one of our own order numbers, scanned from a slip or a phone for a refund
)

var kindNames = [...]string{"other", "wechat", "alipay", "order"}

func (k Kind) String() string { return nameOf(kindNames[:], int(k)) }

// Tender gives the means of payment that a code of this kind most likely pays with.
func (k Kind) Tender() Tender {
	switch k {
	case KindWeChat:
		return WeChat
	case KindAlipay:
		return Alipay
	}
	return TenderUnknown
}

// Tender is a means of payment.
type Tender uint8

// The zero tender is unknown.
const (
	TenderUnknown Tender = iota
	WeChat
	Alipay
	Cash
)

var tenderNames = [...]string{"unknown", "wechat", "alipay", "cash"}

func (t Tender) String() string { return nameOf(tenderNames[:], int(t)) }

// MarshalText writes the name.
func (t Tender) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the name; an unknown name is an error.
func (t *Tender) UnmarshalText(b []byte) error { return parseName(tenderNames[:], string(b), t) }

// MaxCodeText bounds a scanned text, in bytes, before anything is done with it.
const MaxCodeText = 256

// CodeRule is the grammar of one platform's payment codes.
type CodeRule struct {
	MinLen, MaxLen int      // digits
	Prefixes       []string // leading digits
}

// CodeRules classifies scanned texts.
type CodeRules struct {
	WeChat, Alipay CodeRule
	// OrderPrefix is the sub-merchant's order prefix; a text that starts with it and has the shape of an
	// order number is KindOrder. Empty means none.
	OrderPrefix string
}

// DefaultCodeRules is the published grammar: WeChat 18 digits starting 10-15 and Alipay 16-24 digits
// starting 25-30 (prefixes from the Cloud Pay reference, lengths from both platforms' own pages).
func DefaultCodeRules() CodeRules {
	return CodeRules{
		WeChat: CodeRule{MinLen: 18, MaxLen: 18, Prefixes: []string{"10", "11", "12", "13", "14", "15"}},
		Alipay: CodeRule{MinLen: 16, MaxLen: 24, Prefixes: []string{"25", "26", "27", "28", "29", "30"}},
	}
}

// Classify normalises raw and says what it is.
func (r CodeRules) Classify(raw string) Code {
	text := NormalizeCode(raw)
	switch {
	case r.WeChat.matches(text):
		return Code{text, KindWeChat}
	case r.Alipay.matches(text):
		return Code{text, KindAlipay}
	case r.isOrder(text):
		return Code{text, KindOrder}
	}
	return Code{text, KindOther}
}

func (r CodeRules) isOrder(text string) bool {
	return r.OrderPrefix != "" && strings.HasPrefix(text, r.OrderPrefix) &&
		len(text) > len(r.OrderPrefix) && ValidNumber(text) == nil
}

func (r CodeRule) matches(text string) bool {
	if len(text) < r.MinLen || len(text) > r.MaxLen || !allDigits(text) {
		return false
	}
	for _, p := range r.Prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

// NormalizeCode takes off what scanners put around a code: white space anywhere, an optional vendor
// letter with the AIM symbology identifier ]C0 (Code 128) or ]Q1 (QR), and full-width forms of digits
// and letters. A text longer than MaxCodeText becomes empty, for it is no code of anybody's.
func NormalizeCode(raw string) string {
	if len(raw) > MaxCodeText {
		return ""
	}
	var b strings.Builder
	for _, c := range raw {
		switch {
		case c == ' ' || c == '\r' || c == '\n' || c == '\t' || c == '\u3000' || c == '\u00a0':
		case c >= '！' && c <= '～':
			b.WriteRune(c - '！' + '!')
		default:
			b.WriteRune(c)
		}
	}
	return trimAIM(b.String())
}

func trimAIM(s string) string {
	for _, id := range []string{"]C0", "]Q1"} {
		if i := strings.Index(s, id); i == 0 || (i == 1 && isLetter(s[0])) {
			return s[i+len(id):]
		}
	}
	return s
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// Code is a scanned payment code. It prints masked through fmt, slog and every encoder, since whoever
// holds the digits within their minute of life can spend with them.
type Code struct {
	text string
	kind Kind
}

// Kind says what the code is.
func (c Code) Kind() Kind { return c.kind }

// Tender gives the likely means of payment.
func (c Code) Tender() Tender { return c.kind.Tender() }

// Reveal gives the digits; only a gateway request, the way back to the POS and a search for one of our
// own order numbers may ask for them.
func (c Code) Reveal() string { return c.text }

// IsZero says that there is no code.
func (c Code) IsZero() bool { return c.text == "" }

// String shows the first two and last two characters: "13**************56".
func (c Code) String() string {
	const shown = 2
	if len(c.text) <= 4*shown {
		return strings.Repeat("*", len(c.text))
	}
	return c.text[:shown] + strings.Repeat("*", len(c.text)-2*shown) + c.text[len(c.text)-shown:]
}

// GoString masks %#v as well.
func (c Code) GoString() string { return "pay.Code(" + c.String() + ")" }

// LogValue masks structured logs.
func (c Code) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText masks encoders, so that no file can hold a code by accident.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Errors of ValidNumber.
var (
	ErrNumberLength = errors.New("number is empty or longer than 32 characters")
	ErrNumberSign   = errors.New("number has a character other than 0-9 A-Z a-z")
)

// MaxNumber is the longest order or refund number, in bytes (Cloud Pay: String(32)).
const MaxNumber = 32

// ValidNumber checks the length and the alphabet of an order or refund number.
func ValidNumber(s string) error {
	if s == "" || len(s) > MaxNumber {
		return ErrNumberLength
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && (c < '0' || c > '9') {
			return ErrNumberSign
		}
	}
	return nil
}
