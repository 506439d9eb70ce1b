package profile

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"cpos/engine/pay"
)

// Errors of single values; each names the sentence that tells how to write it.
var (
	errPattern = errors.New("profile.value.pattern")
	errWidth   = errors.New("profile.value.width")
	errConfirm = errors.New("profile.value.confirm")
	errURL     = errors.New("profile.value.url")
	errDigits  = errors.New("profile.value.digits")
	errNumber  = errors.New("profile.value.number")
	errMethod  = errors.New("profile.value.method")
	errSecret  = errors.New("profile.value.secret")
	errPicture = errors.New("not a PNG picture of a usable size")
	errPass    = errors.New("profile.literal_pass")
)

// Pattern is a regular expression (RE2), kept as it was written.
type Pattern string

// UnmarshalText checks that it compiles.
func (p *Pattern) UnmarshalText(b []byte) error {
	if _, err := regexp.Compile(string(b)); err != nil {
		return errPattern
	}
	*p = Pattern(b)
	return nil
}

// Width is the width by which paper is sold, in mm.
type Width int

// UnmarshalText reads "58mm", "80mm" or "88mm".
func (w *Width) UnmarshalText(b []byte) error {
	for _, mm := range []Width{58, 80, 88} {
		if mm.String() == string(b) {
			*w = mm
			return nil
		}
	}
	return errWidth
}

func (w Width) String() string {
	switch w {
	case 58:
		return "58mm"
	case 80:
		return "80mm"
	case 88:
		return "88mm"
	}
	return ""
}

// MarshalText writes the form of UnmarshalText.
func (w Width) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Confirm says whether a payment waits for Enter or goes out by itself.
type Confirm struct {
	Manual bool
	After  time.Duration // when not Manual; at least ShortestWait
}

// Bounds of paying by itself. Even "at once" leaves the cashier a moment to see the amount.
const (
	ShortestWait = 100 * time.Millisecond
	longestWait  = 10 * time.Second
)

// UnmarshalText reads "manual" or a duration from 0s to 10s; 0s acts after ShortestWait.
func (c *Confirm) UnmarshalText(b []byte) error {
	if string(b) == "manual" {
		*c = Confirm{Manual: true}
		return nil
	}
	d, err := time.ParseDuration(string(b))
	if err != nil || d < 0 || d > longestWait {
		return errConfirm
	}
	*c = Confirm{After: max(d, ShortestWait)}
	return nil
}

// MarshalText writes the form of UnmarshalText.
func (c Confirm) MarshalText() ([]byte, error) {
	if c.Manual {
		return []byte("manual"), nil
	}
	return []byte(c.After.String()), nil
}

// URL is an http or https address without a user or a password in it.
type URL string

// UnmarshalText refuses anything else, above all a password inside the address.
func (u *URL) UnmarshalText(b []byte) error {
	a, err := url.Parse(string(b))
	if err != nil || a.Host == "" || a.User != nil || (a.Scheme != "http" && a.Scheme != "https") {
		return errURL
	}
	*u = URL(b)
	return nil
}

// PassHash is a pass phrase as bcrypt keeps it ("$2a$10$..."), so that it may stand in a repository.
type PassHash string

// UnmarshalText refuses what no pass phrase could ever fit, and the pass phrase itself.
func (h *PassHash) UnmarshalText(b []byte) error {
	if _, err := bcrypt.Cost(b); err != nil {
		return errPass
	}
	*h = PassHash(b)
	return nil
}

// Fits says whether it is this pass phrase that was kept.
func (h PassHash) Fits(pass string) bool {
	return bcrypt.CompareHashAndPassword([]byte(h), []byte(pass)) == nil
}

// HashPass keeps a pass phrase of at most 72 bytes.
func HashPass(pass string) (PassHash, error) {
	h, err := bcrypt.GenerateFromPassword([]byte(pass), bcrypt.DefaultCost)
	return PassHash(h), err
}

// Digits is a text of ASCII digits.
type Digits string

// UnmarshalText refuses anything else.
func (d *Digits) UnmarshalText(b []byte) error {
	if len(b) == 0 || strings.Trim(string(b), "0123456789") != "" {
		return errDigits
	}
	*d = Digits(b)
	return nil
}

// Number is the beginning of an order number: letters and digits, short enough to leave room for the
// till's code, the day and the counter.
type Number string

const longestPrefix = 14

// UnmarshalText refuses anything else.
func (n *Number) UnmarshalText(b []byte) error {
	if pay.ValidNumber(string(b)) != nil || len(b) > longestPrefix {
		return errNumber
	}
	*n = Number(b)
	return nil
}

// Method is a means of payment that the till takes.
type Method struct{ pay.Tender }

// UnmarshalText reads "wechat" or "alipay".
func (m *Method) UnmarshalText(b []byte) error {
	var t pay.Tender
	if err := t.UnmarshalText(b); err != nil || (t != pay.WeChat && t != pay.Alipay) {
		return errMethod
	}
	m.Tender = t
	return nil
}

// Secret is a reference to a sealed value, "sealed:cloudpay/shop/auth". A profile never holds the value.
type Secret string

const sealed = "sealed:"

var reference = regexp.MustCompile(`^sealed:[A-Za-z0-9][A-Za-z0-9._/-]{0,119}$`)

// UnmarshalText refuses everything that is not a reference, without repeating it.
func (s *Secret) UnmarshalText(b []byte) error {
	if !reference.Match(b) {
		return errSecret
	}
	*s = Secret(b)
	return nil
}

// Name is the reference without its "sealed:".
func (s Secret) Name() string { return strings.TrimPrefix(string(s), sealed) }
