package sandbox

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// request is the outer document. Its one content member is a text, authenticated as it stands.
type request struct {
	Content string `json:"request_content"`
	Authen  *proof `json:"authen_info"`
}

// proof holds exactly one of a code and a signature.
type proof struct {
	A *codeProof `json:"a,omitempty"`
	S *signProof `json:"s,omitempty"`
}

type codeProof struct {
	Type int    `json:"authen_type"`
	Code string `json:"authen_code"`
}

type signProof struct {
	Type int    `json:"sign_type"`
	Sign string `json:"sign"`
}

const (
	hmacSHA256   = 1 // authen_type
	rsaPSSSHA256 = 1 // sign_type
)

// openEnvelope authenticates the raw text and only then reads it. Where signed is false a signature is
// refused, however good it is.
func (s *Server) openEnvelope(body []byte, signed bool) (fields, *refusal) {
	var r request
	if !utf8.Valid(body) || json.Unmarshal(body, &r) != nil || r.Content == "" {
		return fields{}, badParameter("request_content")
	}
	if bad := s.authenticate(r, signed); bad != nil {
		return fields{}, bad
	}
	f, ok := parseFields(r.Content)
	if !ok {
		return fields{}, badParameter("request_content")
	}
	return f, nil
}

func (s *Server) authenticate(r request, signed bool) *refusal {
	switch {
	case r.Authen == nil || (r.Authen.A == nil) == (r.Authen.S == nil):
		return badParameter("authen_info")
	case r.Authen.A != nil:
		if r.Authen.A.Type != hmacSHA256 {
			return badParameter("authen_type")
		}
		want := authenCode(s.cfg.AuthKey, r.Content)
		got := strings.ToUpper(r.Authen.A.Code)
		if subtle.ConstantTimeCompare([]byte(want), []byte(got)) != 1 {
			return badParameter("authen_code")
		}
		return nil
	}
	if !signed || r.Authen.S.Type != rsaPSSSHA256 {
		return badParameter("sign_type")
	}
	if !s.signatureFits(r.Content, r.Authen.S.Sign) {
		return badParameter("sign")
	}
	return nil
}

func (s *Server) signatureFits(content, sign string) bool {
	raw, err := base64.StdEncoding.DecodeString(sign)
	if err != nil || s.public == nil {
		return false
	}
	digest := sha256.Sum256([]byte(content))
	// The reference asks for the longest salt; other lengths are let through as any verifier may.
	return rsa.VerifyPSS(s.public, crypto.SHA256, digest[:], raw, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) == nil
}

func authenCode(key, content string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(content))
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
}

func parsePublicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("public key is not PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("public key is %T, not RSA", key)
	}
	return public, nil
}

// head is what every answer begins with.
type head struct {
	Status      int    `json:"status"`
	Description string `json:"description"`
	LogID       uint64 `json:"log_id"`
	Internal    int    `json:"internal_status"`
}

// sealed says whether an answer of this status carries an authentication code: 3 and 101 do not.
func sealed(status int) bool { return status != statusInternal && status != statusRefused }

// seal writes the whole answer. The interface object stands only in authenticated answers.
func (s *Server) seal(h head, name string, object map[string]any, key string) []byte {
	inner := encode(h)
	if sealed(h.Status) {
		object["nonce_str"] = nonce()
		inner = inner[:len(inner)-1] + "," + encode(name) + ":" + encode(object) + "}"
	}
	inner = asciiOnly(inner)
	outer := struct {
		Content string `json:"response_content"`
		Authen  *proof `json:"authen_info,omitempty"`
	}{Content: inner}
	if sealed(h.Status) {
		outer.Authen = &proof{A: &codeProof{Type: hmacSHA256, Code: authenCode(key, inner)}}
	}
	return []byte(encode(outer))
}

// encode is JSON without the HTML escapes of encoding/json, which the service does not make.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("sandbox: an answer that cannot be encoded: " + err.Error()) // only our own types come here
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// asciiOnly writes everything outside ASCII as an escape with four upper-case hex digits, as the service does: a
// client that decodes before it verifies must fail here.
func asciiOnly(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/4)
	for i := 0; i < len(s); {
		if n := untouched(s[i:]); n > 0 {
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\\' && strings.HasPrefix(s[i+1:], "u"):
			b.WriteString(`\u` + strings.ToUpper(s[i+2:i+6]))
			size = len(`\u0000`)
		case r == '\\':
			b.WriteString(s[i : i+2])
			size = 2
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04X`, unit)
			}
		}
		i += size
	}
	return b.String()
}

// untouched counts the bytes in front that stay as they are.
func untouched(s string) int {
	for i := range len(s) {
		if s[i] == '\\' || s[i] >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

func nonce() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
