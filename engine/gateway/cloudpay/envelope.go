package cloudpay

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Kinds of authentication, as the service numbers them. MD5 has a number too and no description anywhere,
// so it is neither sent nor accepted.
const (
	authenHMAC = 1
	signPSS    = 1
)

var errNotUTF8 = errors.New("content is not UTF-8")

// seal wraps content, authenticated over exactly its bytes, as a JSON text inside a JSON string: by signature
// when a private key is given, by HMAC else. The signature is called "sign", as the tables do; some samples of
// the refund call it "signature".
func seal(content []byte, auth []byte, private *rsa.PrivateKey) ([]byte, error) {
	if !utf8.Valid(content) {
		return nil, errNotUTF8 // the outer document would change the bytes that were authenticated
	}
	body := append(make([]byte, 0, 2*len(content)+512), `{"request_content":`...)
	body = appendText(body, content)
	if private == nil {
		code := authenCode(auth, string(content))
		return fmt.Appendf(body, `,"authen_info":{"a":{"authen_type":%d,"authen_code":"%s"}}}`, authenHMAC, code), nil
	}
	signature, err := sign(private, string(content))
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(body, `,"authen_info":{"s":{"sign_type":%d,"sign":"%s"}}}`, signPSS, signature), nil
}

// appendText writes UTF-8 as a JSON string.
func appendText(to, text []byte) []byte {
	to = append(to, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case c < ' ':
			to = fmt.Appendf(to, `\u%04x`, c)
		default:
			to = append(to, c)
		}
	}
	return append(to, '"')
}

// opened is an answer whose authentication has been looked at.
type opened struct {
	content string
	signed  bool // false: the answer carries no authentication and may say status 3 or 101 only
}

// authenInfo holds exactly one of the two in an answer that is authenticated.
type authenInfo struct {
	A *authenA
	S *authenS
}

func (i *authenInfo) UnmarshalJSON(b []byte) error {
	return object(b, member{"a", optional(&i.A)}, member{"s", optional(&i.S)})
}

type authenA struct {
	Type number
	Code string
}

func (a *authenA) UnmarshalJSON(b []byte) error {
	return object(b, member{"authen_type", &a.Type}, member{"authen_code", (*strict)(&a.Code)})
}

// authenS is not looked into: till and service share no key that could check it.
type authenS struct{}

func (s *authenS) UnmarshalJSON(b []byte) error { return object(b) }

var (
	errGarbled = errors.New("answer cannot be read")
	errForged  = errors.New("authentication of the answer is wrong")
)

// openEnvelope reads an answer and checks its HMAC over the raw text of response_content, with the \u
// escapes still in it. Whether an unsigned answer may say what it says is checked after its status is known.
func openEnvelope(body, auth []byte) (opened, error) {
	var content string
	var authen authenInfo
	err := eachMember(body, func(name string, value []byte) error {
		switch name {
		case "response_content":
			return (*strict)(&content).UnmarshalJSON(value)
		case "authen_info":
			return authen.UnmarshalJSON(value)
		}
		return nil
	})
	if err != nil || content == "" {
		return opened{}, errGarbled
	}
	if authen.A == nil && authen.S == nil {
		return opened{content: content}, nil
	}
	a := authen.A
	if a == nil || a.Type != authenHMAC || !authentic(auth, content, a.Code) {
		return opened{}, errForged
	}
	return opened{content: content, signed: true}, nil
}
