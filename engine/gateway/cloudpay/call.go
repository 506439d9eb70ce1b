package cloudpay

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// Statuses of a call. They say whether the call worked, never whether an order is paid.
const (
	statusOK       = 0
	statusInternal = 3   // unsigned; the result is unknown
	statusRefused  = 101 // unsigned; a wrong key or a wrong request
	statusNewNo    = 102 // asks for a new number
	statusLater    = 103 // asks to try again in three seconds
	statusFailed   = 104 // refused for the cause in the text

	internalAuth    = 7   // with 101: the authentication of the request is wrong
	internalReentry = 407 // with 104: the number exists with other content
)

// answer is an authenticated answer, or an unsigned one of the two kinds that may be.
type answer struct {
	Status   number
	Text     string
	LogID    logID
	Internal hint
	content  []byte
	objects  []found // what content has beside these
}

// found is a member of an answer, not decoded yet.
type found struct {
	name  string
	value json.RawMessage
}

// read takes the members of content that every answer has.
func (a *answer) read() error {
	return eachMember(a.content, func(name string, value []byte) error {
		switch name {
		case "status":
			return a.Status.UnmarshalJSON(value)
		case "description":
			return (*strict)(&a.Text).UnmarshalJSON(value)
		case "log_id":
			return a.LogID.UnmarshalJSON(value)
		case "internal_status":
			return a.Internal.UnmarshalJSON(value)
		}
		a.objects = append(a.objects, found{name, value})
		return nil
	})
}

// member decodes one object of the answer, the last of that name. One that is not there leaves into as it is.
func (a answer) member(name string, into any) error {
	for _, f := range slices.Backward(a.objects) {
		if f.name != name {
			continue
		}
		decode := json.Unmarshal
		if own, ok := into.(json.Unmarshaler); ok { // what is whole JSON already need not be looked through again
			decode = func(b []byte, _ any) error { return own.UnmarshalJSON(b) }
		}
		if err := decode(f.value, into); err != nil {
			return fmt.Errorf("%w: %s", errGarbled, name)
		}
		return nil
	}
	return nil
}

// call is one attempt at one interface: seal, send, open.
type call struct {
	name    string
	content []byte
	private *rsa.PrivateKey // nil: authenticated by HMAC
	limit   time.Duration
}

// do makes the attempt. Its error wraps exactly one kind of pay's gateway errors; the answer then still
// holds the service's text and log number where there were any.
func (g *Gateway) do(ctx context.Context, c call) (answer, error) {
	body, err := seal(c.content, g.authKey, c.private)
	if err != nil {
		return answer{}, problem(pay.ErrNotSent, c.name, err)
	}
	note := &gateway.Note{Status: -1}
	ctx, cancel := context.WithTimeout(gateway.WithNote(ctx, note), c.limit)
	defer cancel()
	answered, err := g.post(ctx, c.name, body, func(raw []byte) (answer, error) {
		a, err := g.open(raw)
		if err == nil {
			note.Status, note.LogID = int(a.Status), uint64(a.LogID)
		}
		return a, err
	})
	if err != nil {
		return answer{}, problem(kindOf(err), c.name, err)
	}
	if kind := keyRefused(answered, c.private != nil); kind != nil {
		return answered, problem(kind, c.name, nil)
	}
	return answered, nil
}

// post sends the body and hands what came back to read while the call is still open, so that the log line
// can hold what read found.
func (g *Gateway) post(ctx context.Context, name string, body []byte, read func([]byte) (answer, error)) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.base+name, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", pay.ErrNotSent, err)
	}
	r.Header.Set("Content-Type", "application/json")
	back, err := g.env.HTTP.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer back.Body.Close()
	if back.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("http status %d", back.StatusCode)
	}
	raw, err := io.ReadAll(back.Body)
	if err != nil {
		return answer{}, err
	}
	return read(raw)
}

// open authenticates an answer. Without authentication only statuses 3 and 101 are allowed: anything
// else would be a way to take the signature off an answer and change it.
func (g *Gateway) open(raw []byte) (answer, error) {
	o, err := openEnvelope(raw, g.authKey)
	if err != nil {
		return answer{}, err
	}
	a := answer{Status: -1, content: []byte(o.content)}
	if a.read() != nil || a.Status < 0 {
		return answer{}, errGarbled
	}
	if !o.signed && a.Status != statusInternal && a.Status != statusRefused {
		return answer{}, errForged
	}
	a.Text = sentence(a.Text)
	return a, nil
}

// kindOf sorts an error of the road. What the client did not mark as unsent may have arrived.
func kindOf(err error) error {
	switch {
	case errors.Is(err, pay.ErrNotSent):
		return pay.ErrNotSent
	case errors.Is(err, errForged):
		return pay.ErrForged
	}
	return pay.ErrNoAnswer
}

// keyRefused tells which of the two keys the service did not like. The answer is unsigned and therefore
// only a hint to a person; it decides nothing about money.
func keyRefused(a answer, signed bool) error {
	if a.Status != statusRefused {
		return nil
	}
	aboutKey := a.Internal == internalAuth || strings.Contains(a.Text, "authen_code") ||
		strings.Contains(a.Text, "authen_info") || strings.Contains(a.Text, "sign") || strings.Contains(a.Text, "签名")
	switch {
	case !aboutKey:
		return nil
	case signed:
		return pay.ErrSignKey
	}
	return pay.ErrAuthKey
}

// isGatewayError says that an error already has one of pay's kinds.
func isGatewayError(err error) bool {
	for _, kind := range []error{pay.ErrNotSent, pay.ErrNoAnswer, pay.ErrForged, pay.ErrAuthKey, pay.ErrSignKey} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// problem gives an error of the road its sentence.
func problem(kind error, name string, cause error) error {
	key := map[error]string{
		pay.ErrNotSent:       "not_sent",
		pay.ErrNoAnswer:      "no_answer",
		pay.ErrForged:        "forged",
		pay.ErrContradiction: "contradiction",
		pay.ErrAuthKey:       "auth_key",
		pay.ErrSignKey:       "sign_key",
		pay.ErrNotAllowed:    "not_allowed",
	}[kind]
	return words.Fail(kind, "gateway.error."+key, "call", name).Advise("gateway.error." + key + ".hint").Because(cause)
}

// whyOf is the code an outcome carries beside an error.
func whyOf(err error) pay.Why {
	switch {
	case errors.Is(err, errGarbled):
		return pay.WhyGarbled
	case errors.Is(err, pay.ErrNotSent):
		return pay.WhyNotSent
	case errors.Is(err, pay.ErrForged):
		return pay.WhyForged
	case errors.Is(err, pay.ErrContradiction):
		return pay.WhyContradiction
	case errors.Is(err, pay.ErrAuthKey):
		return pay.WhyAuthKey
	case errors.Is(err, pay.ErrSignKey):
		return pay.WhySignKey
	}
	return pay.WhyNoAnswer
}
