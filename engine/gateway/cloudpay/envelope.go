package cloudpay

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Kinds of authentication, as the service numbers them. MD5 has a number too and no description anywhere,
// so it is neither sent nor accepted.
const (
	authenHMAC = 1
	signPSS    = 1
)

// envelope is the outer document of a request. Content is a JSON text inside a JSON string.
type envelope struct {
	Content string     `json:"request_content"`
	Authen  authenInfo `json:"authen_info"`
}

// authenInfo holds exactly one of the two.
type authenInfo struct {
	A *authenA `json:"a,omitempty"`
	S *authenS `json:"s,omitempty"`
}

type authenA struct {
	Type number `json:"authen_type"`
	Code string `json:"authen_code"`
}

// authenS calls its member "sign", as the tables do; some samples of the refund call it "signature".
type authenS struct {
	Type number `json:"sign_type"`
	Sign string `json:"sign"`
}

var errNotUTF8 = errors.New("content is not UTF-8")

// seal wraps content, authenticated over exactly its bytes: by signature when a private key is given, by
// HMAC else.
func seal(content []byte, auth []byte, private *rsa.PrivateKey) ([]byte, error) {
	if !utf8.Valid(content) {
		return nil, errNotUTF8 // the outer document would change the bytes that were authenticated
	}
	e := envelope{Content: string(content)}
	if private == nil {
		e.Authen.A = &authenA{authenHMAC, authenCode(auth, e.Content)}
		return json.Marshal(e)
	}
	signature, err := sign(private, e.Content)
	if err != nil {
		return nil, err
	}
	e.Authen.S = &authenS{signPSS, signature}
	return json.Marshal(e)
}

// opened is an answer whose authentication has been looked at.
type opened struct {
	content string
	signed  bool // false: the answer carries no authentication and may say status 3 or 101 only
}

var (
	errGarbled = errors.New("answer cannot be read")
	errForged  = errors.New("authentication of the answer is wrong")
)

// openEnvelope reads an answer and checks its HMAC over the raw text of response_content, with the \u
// escapes still in it. Whether an unsigned answer may say what it says is checked after its status is known.
func openEnvelope(body, auth []byte) (opened, error) {
	var e struct {
		Content *string     `json:"response_content"`
		Authen  *authenInfo `json:"authen_info"`
	}
	if json.Unmarshal(body, &e) != nil || e.Content == nil || *e.Content == "" {
		return opened{}, errGarbled
	}
	if e.Authen == nil || (e.Authen.A == nil && e.Authen.S == nil) {
		return opened{content: *e.Content}, nil
	}
	a := e.Authen.A
	if a == nil || a.Type != authenHMAC || !authentic(auth, *e.Content, a.Code) {
		return opened{}, errForged
	}
	return opened{content: *e.Content, signed: true}, nil
}
